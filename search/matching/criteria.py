"""What is said about a pair: criteria with their state, contributions to the score, changes that would help.

Codes and figures only; `words` puts them into the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """满足, 不满足, 待确认."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One gate's answer. Unsatisfied shuts the gate; unknown is a question to one of the sides."""

    code: str
    state: State
    params: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "state": self.state.value, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest single change that would open the gate."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


@dataclass(frozen=True, slots=True)
class Score:
    """A score from 0 to 10,000 (hundredths of a point) and what each criterion contributed; the contributions add up to it exactly."""

    points: int
    contributions: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that the rules say about an offer and a need."""

    criteria: tuple[Criterion, ...]
    gate: bool
    near: bool
    """Exactly one gate is shut, and a single change would open it."""
    offer: Score
    need: Score
    rank: int
    potential: int
    """The rank it would have were the gate open: orders near misses."""
    changes: tuple[Change, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether the pair is worth storing."""
        return self.gate or self.near

    def explanation(self) -> dict[str, Any]:
        """Return everything as it is stored with the match."""
        return {
            "criteria": [criterion.stored() for criterion in self.criteria],
            "offer": [list(part) for part in self.offer.contributions],
            "need": [list(part) for part in self.need.contributions],
            "changes": [change.stored() for change in self.changes],
        }
