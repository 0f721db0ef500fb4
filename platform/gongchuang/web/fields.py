"""Form fields every room uses: what cannot be read stays as it was typed, with a sentence that says how to write it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DateTimeLocalField, Field, FloatField, IntegerField, StringField

from gongchuang import figures
from gongchuang.money import fen_of
from gongchuang.refusal import Refusal
from gongchuang.web.filters import SHANGHAI
from gongchuang.web.forms import words_of

MOST_IDS = 200


def stripped(value: str | None) -> str:
    """Return what was typed without the blanks around it: a filter for text fields."""
    return (value or "").strip()


class Money(StringField):  # type: ignore[misc]
    """Yuan as people type them; `data` is fen, None when left empty."""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = None
        if typed.strip():
            try:
                self.data = fen_of(typed[:60])
            except Refusal as refusal:
                raise ValueError(words_of(refusal)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data // 100}.{self.data % 100:02d}".removesuffix(".00")


class _Readable:
    """A figure or date in a sentence of ours when it cannot be read."""

    data: Any
    raw_data: list[str]
    unreadable: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data, self.raw_data = None, []  # blanks are nothing, also to what asks whether anything was put in
            return
        try:
            super().process_formdata([self.typed(valuelist[0].strip()[:60])])  # type: ignore[misc]
        except ValueError:
            self.data = None
            raise ValueError(str(self.unreadable)) from None

    def typed(self, text: str) -> str:
        return text


class _Figure(_Readable):
    def typed(self, text: str) -> str:
        return figures.plain(text) or ""


class Figure(_Figure, FloatField):  # type: ignore[misc]
    unreadable = _l("请填写数字，例如 120 或 0.5")


class Whole(_Figure, IntegerField):  # type: ignore[misc]
    unreadable = _l("请填写整数")


class Day(_Readable, DateField):  # type: ignore[misc]
    unreadable = _l("日期不存在，请重新选择")


class Moment(_Readable, DateTimeLocalField):  # type: ignore[misc]
    """A point of time as the clock on a Chinese wall shows it; `data` is aware."""

    unreadable = _l("时间不存在，请重新选择")

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if isinstance(self.data, datetime) and self.data.tzinfo is None:
            self.data = self.data.replace(tzinfo=SHANGHAI)

    def process_data(self, value: datetime | None) -> None:
        self.data: Any = value.astimezone(SHANGHAI) if value else None


class Ids(Field):  # type: ignore[misc]
    """Several ids, each in a hidden field or an option of its own."""

    data: tuple[UUID, ...]

    def process_data(self, value: Any) -> None:
        self.data = tuple(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            self.data = tuple(UUID(value) for value in valuelist[:MOST_IDS])
        except ValueError:
            self.data = ()
            raise ValueError(gettext("编号格式不正确")) from None
