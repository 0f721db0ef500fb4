"""Who does what among operators: 运营, 安全, 审计 are apart from each other."""

from typing import Any

from gongchuang.actor import Actor
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, operator

from .rules import is_in_place


def _in_place(actor: Actor, obj: Any) -> Refusal | None:
    if is_in_place(actor.operator_region, region=obj.region or "", park=obj.park):
        return None
    return Refusal("right.region", "不在您负责的地区", status=403)


in_place = Predicate("in_place", _in_place)
"""The organisation lies in the operator's province, city or park."""


class OperatorPermission(Permission):
    BOARD = "operator:board"
    """Every operator sees the board, with what their duty shows."""
    DELIVERIES = "operator:deliveries"
    """Operators on operations duty see parked deliveries and try them again."""
    PLACE = "operator:place"
    """Operators on security duty look up organisations and people of their place."""
    SUSPEND = "operator:suspend"
    """Operators on security duty suspend and restore organisations and people of their place."""
    AUDIT = "operator:audit"
    """Operators on audit duty see whose chains their place has."""
    READ_CHAIN = "operator:read_chain"
    """Operators on audit duty read and verify the chain of an organisation of their place; each look is noted in it."""


POLICY = {
    OperatorPermission.BOARD: [operator("operations"), operator("security"), operator("audit")],
    OperatorPermission.DELIVERIES: [operator("operations")],
    OperatorPermission.PLACE: [operator("security")],
    OperatorPermission.SUSPEND: [operator("security") & in_place],
    OperatorPermission.AUDIT: [operator("audit")],
    OperatorPermission.READ_CHAIN: [operator("audit") & in_place],
}
