"""Checking that a name and an identity number belong together: a port, so that a node may connect its public-security or carrier service.

The default asks nobody outside: an operator compares the card's picture with the name, and types the number from it to compare its digest.
"""

from enum import Enum
from typing import Protocol


class Verdict(Enum):
    """What a checker says."""

    SAME = "same"
    DIFFERENT = "different"
    ASK_OPERATOR = "ask_operator"


class IdentityChecker(Protocol):
    """Judges a real name. Gets the number in clear, and must not keep it."""

    needs_picture: bool

    def judge(self, name: str, id_number: str) -> Verdict:
        """Say whether `name` and `id_number` belong to one person."""


class OperatorChecker:
    """Leaves every case to the operator."""

    needs_picture = True

    def judge(self, name: str, id_number: str) -> Verdict:
        return Verdict.ASK_OPERATOR


_state: dict[str, IdentityChecker] = {"checker": OperatorChecker()}


def checker() -> IdentityChecker:
    return _state["checker"]


def use_checker(given: IdentityChecker) -> IdentityChecker:
    """Replace the checker; return the one before."""
    before = _state["checker"]
    _state["checker"] = given
    return before
