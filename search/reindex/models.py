"""Requests to fill the index anew, as stored."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gongchuang.database import Model
from gongchuang.database.model import Policy
from gongchuang.types import Status, Text2000


class Reindex(Model):
    """One request of an operator at the terminal, and what became of it. Emits ReindexAsked. Read and written by the system alone."""

    __tablename__ = "reindexes"
    __policies__: ClassVar = (Policy("nobody", "select", using="false"),)
    __system_writes__: ClassVar = ("*",)
    __app_may__: ClassVar = ("select",)
    __table_args__ = (CheckConstraint("status in ('asked', 'done', 'failed')", name="reindexes_status"),)

    status: Mapped[Status] = mapped_column(default="asked")
    documents: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[Text2000 | None]


TRANSITIONS = {"asked": {"done", "failed"}, "done": set(), "failed": set()}
