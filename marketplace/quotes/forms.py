"""Forms of quotes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FieldList, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from gongchuang.refusal import Refusal
from gongchuang.types import clean_text
from gongchuang.web import Form, now
from gongchuang.web.fields import Day, Figure, Ids, Money, Whole, stripped
from gongchuang.web.filters import SHANGHAI
from gongchuang.web.forms import words_of
from gongchuang.web.options import options
from marketplace.capacity.rules import MOST_WINDOWS
from marketplace.capacity.spans import Window
from marketplace.machines.models import Machine
from marketplace.quotes import words
from marketplace.quotes.rules import TAX_RATES, LineFacts, QuoteFacts, why_not_say


class Windows(Field):  # type: ignore[misc]
    """The hours that were proposed, each as start/end/unit in a hidden field."""

    data: tuple[Window, ...]

    def process_data(self, value: Any) -> None:
        self.data = tuple(value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        found = []
        for value in valuelist[:MOST_WINDOWS]:
            try:
                start, end, unit = value.split("/")
                window = Window(datetime.fromisoformat(start).astimezone(UTC), datetime.fromisoformat(end).astimezone(UTC), int(unit[:4]))
            except (ValueError, OverflowError):
                raise ValueError(gettext("时段格式不正确，请重新选择机时")) from None
            found.append(window)
        self.data = tuple(found)


def written(window: Window) -> str:
    """Return a window as the field reads it."""
    return f"{window.start.isoformat()}/{window.end.isoformat()}/{window.unit}"


def _id_in(text: str | None) -> UUID | None:
    """Return the id a text is, None where it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class LineForm(PlainForm):  # type: ignore[misc]
    """The price of one part."""

    part_id = HiddenField()
    unit_price_fen = Money(_l("单价"))
    breaks = StringField(_l("阶梯价"), filters=[stripped])
    minutes_per_piece = Figure(_l("单件机时"))

    def facts(self) -> LineFacts:
        part_id = _id_in(self.part_id.data) or UUID(int=0)
        price: Any = self.unit_price_fen.data
        return LineFacts(part_id=part_id, unit_price_fen=price, breaks=self.breaks.data or "", minutes_per_piece=self.minutes_per_piece.data)


class QuoteForm(Form):
    """A whole quote."""

    lines = FieldList(FormField(LineForm, separator="_"), separator="_", max_entries=50)
    prices_include_tax = RadioField(
        _l("单价"), choices=[SelectChoice("1", _l("含税")), SelectChoice("", _l("未税"))], default="1", coerce=lambda v: "1" if v in (True, "1", 1) else ""
    )
    tax_bp = SelectField(_l("税率"), choices=[SelectChoice(str(rate), f"{rate // 100}%") for rate in TAX_RATES], default="1300", coerce=str)
    invoice = RadioField(_l("发票"), choices=options(words.INVOICES), default="special")
    tooling_fen = Money(_l("工装模具费"))
    freight_fen = Money(_l("运费"))
    payment = RadioField(_l("付款方式"), choices=options(words.PAYMENTS), default="prepaid")
    prepaid_percent = Whole(_l("预付比例"), default=30)
    payment_days = Whole(_l("账期"), default=30)
    lead_days = Whole(_l("交期"))
    valid_on = Day(_l("报价有效期至"))
    machine_id = SelectField(_l("用哪台设备做"), validate_choice=False, coerce=lambda v: str(v) if v else "")
    setup_minutes = Whole(_l("准备时间"))
    windows = Windows(_l("预留的机时"))
    papers = Ids(_l("附件"))
    note = TextAreaField(_l("说明"), filters=[stripped])

    def __init__(self, machines: Iterable[Machine] = (), **given: Any) -> None:
        super().__init__(**given)
        self.machine_id.choices = [SelectChoice("", gettext("未锁定机时")), *(SelectChoice(str(m.id), m.name) for m in machines)]

    def validate_machine_id(self, field: Field) -> None:
        """Refuse what names no machine: a quote without reserved hours is chosen, never guessed."""
        if field.data and _id_in(field.data) is None:
            raise ValidationError(gettext("编号格式不正确"))

    def facts(self) -> QuoteFacts:
        """Return what was said."""
        said: dict[str, Any] = {name: self[name].data for name in self._fields if name not in ("csrf_token", "lines")}
        machine_id = _id_in(said["machine_id"])
        rate = said["tax_bp"]
        said |= {
            "machine_id": machine_id,
            "prices_include_tax": said["prices_include_tax"] == "1",
            "tax_bp": int(rate) if rate and rate.isdecimal() and len(rate) < 6 else -1,
            "note": said["note"] or "",
            "lines": tuple(entry.form.facts() for entry in self.lines),
        }
        return QuoteFacts(**said)

    def find(self, name: str | None) -> Any:
        """Return the field of a refusal, those of lines included."""
        if name and name.startswith("lines_"):
            _, index, inner = name.split("_", 2)
            return self.lines.entries[int(index)].form._fields.get(inner) if int(index) < len(self.lines.entries) else None
        return self._fields.get(name) if name and name != "lines" else None

    def wrong(self) -> list[Refusal]:
        facts = self.facts()
        return why_not_say(facts, {line.part_id: 1 for line in facts.lines}, today=now().astimezone(SHANGHAI).date(), closes_on=None)

    def _clean(self) -> bool:
        clean = super()._clean()
        for entry in self.lines:
            try:
                entry.form.breaks.data = clean_text(entry.form.breaks.data or "", longest=300)
            except Refusal as refusal:
                entry.form.breaks.errors = [*entry.form.breaks.errors, words_of(refusal)]
                clean = False
        return clean


class DeclineForm(Form):
    """Why a firm will not quote."""

    reason = RadioField(_l("原因"), choices=options(words.DECLINES), default="busy")
    note = TextAreaField(_l("补充说明"), validators=[Length(max=500)], filters=[stripped])


class AwardForm(Form):
    """Why this one."""

    reason = TextAreaField(_l("选定理由"), validators=[InputRequired(_l("请写明选定的理由")), Length(max=2000)], filters=[stripped])


class JustifyForm(Form):
    """Why the price is so low."""

    text = TextAreaField(_l("低价的理由"), validators=[InputRequired(_l("请说明理由")), Length(max=2000)], filters=[stripped])
