"""Forms of closing days, and the value of a tap on the calendar."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from gongchuang.refusal import Refusal
from gongchuang.web import Form, now
from gongchuang.web.fields import Day
from gongchuang.web.options import options
from marketplace.capacity.rules import why_not_close
from marketplace.capacity.spans import MINUTE, Span, day_of
from marketplace.machines.models import Machine


class ClosureForm(Form):
    """Days on which nothing is made."""

    kind = RadioField(_l("原因"), [InputRequired()], choices=options({"holiday": _l("停工放假"), "maintenance": _l("设备保养")}), default="holiday")
    machine_id = SelectField(_l("设备"))
    first_on = Day(_l("开始日期"), [InputRequired()])
    last_on = Day(_l("结束日期"), [InputRequired()])
    note = StringField(_l("说明"), [Length(max=200)])

    def __init__(self, machines: list[Machine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.machine_id.choices = options({str(m.id): m.name for m in machines}, none=_l("全部设备"))

    def wrong(self) -> list[Refusal]:
        """Judge the dates alone: an unknown kind is said by its own field."""
        first, last = self.first_on.data, self.last_on.data
        refused = why_not_close("holiday", first, last, day_of(now())) if first and last else None
        return [refused] if refused else []


def piece_of(value: str) -> Span:
    """Read what a tapped piece says: its beginning and its minutes, `2026-11-24T00:00:00+00:00/480`. Refuses anything else."""
    start, _, minutes = value.partition("/")
    try:
        begin = datetime.fromisoformat(start)
        length = int(minutes)
    except ValueError:
        begin, length = None, 0
    if begin is None or begin.tzinfo is None or not 0 < length <= 36 * 60:
        raise Refusal("capacity.piece", "时段无效，请刷新页面后重新点选", field="piece")
    return Span(begin, begin + length * MINUTE)
