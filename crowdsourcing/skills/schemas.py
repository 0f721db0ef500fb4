"""Shapes of the API's input and output for skills."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema


class SkillsIn(Schema):
    """What an organisation can design: codes of the vocabulary `skills`."""

    skills: Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=15)]
    introduction: Annotated[str, Field(max_length=2000)] = ""


class DesignerOut(Schema):
    """Who takes design tasks, and what it can."""

    id: UUID
    organisation_id: UUID
    status: Literal["active", "paused"]
    skills: list[str]
    introduction: str
