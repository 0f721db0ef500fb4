"""Who may do what with messages: the whole policy."""

from gongchuang.actor import Role
from gongchuang.rights import Permission, Predicate, acting, has_role, of_own_organisation, signed_in
from services.messages.queries import has_party


class MessagePermission(Permission):
    READ = "message:read"
    """Members read what their organisation is told."""
    PREFER = "message:prefer"
    """A person chooses how to be told."""
    ROBOTS = "message:robots"
    """Administrators connect and remove chat robots."""
    REMOVE_ROBOT = "message:remove_robot"
    """Administrators remove a robot of their own organisation."""
    CONVERSE = "conversation:begin"
    """Members talk to another organisation about a thing both can see."""
    SAY = "conversation:say"
    """Only the two sides read and write their conversation."""


in_conversation = Predicate("in_conversation", has_party)

POLICY = {
    MessagePermission.READ: [signed_in],
    MessagePermission.PREFER: [signed_in],
    MessagePermission.ROBOTS: [has_role(Role.ADMIN)],
    MessagePermission.REMOVE_ROBOT: [of_own_organisation & has_role(Role.ADMIN)],
    MessagePermission.CONVERSE: [acting],
    MessagePermission.SAY: [acting & in_conversation],
}
