"""Shapes in which matches are told by API, whatever was matched."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema
from search.matching.queries import Matched


class WhyOut(Schema):
    """Why it matched, a sentence each in the reader's language: 满足 / 不满足 / 待确认."""

    satisfied: list[str]
    unsatisfied: list[str]
    unknown: list[str]


class MatchOut(Schema):
    """The other side of a match as its list shows it, scores of 100, and why. `fits` is false where one thing stands in the way."""

    kind: str
    object_id: UUID
    organisation_id: UUID
    fits: bool
    score: float = Field(description="How well the other side suits the reader")
    other_score: float = Field(description="How well the reader suits the other side")
    why: WhyOut
    card: dict[str, Any]


class MatchesOut(Schema):
    """Matches, best first."""

    items: list[MatchOut]


def why_out(match: Matched) -> WhyOut:
    return WhyOut(satisfied=match.why.satisfied, unsatisfied=match.why.unsatisfied, unknown=match.why.unknown)


def matches_out(matches: Sequence[Matched]) -> MatchesOut:
    return MatchesOut(items=[_match_out(match) for match in matches])


def _match_out(match: Matched) -> MatchOut:
    names = ("kind", "object_id", "organisation_id", "score", "other_score")
    return MatchOut(**{name: getattr(match, name) for name in names}, fits=match.gate, why=why_out(match), card=dict(match.card))
