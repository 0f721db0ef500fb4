"""Forms of offers."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from gongchuang.organisations.models import Organisation
from gongchuang.refusal import Refusal
from gongchuang.web import Form
from gongchuang.web.fields import Figure, Money, Whole
from gongchuang.web.filters import show_date
from gongchuang.web.options import options
from marketplace.capacity.spans import week_start, weeks_from
from marketplace.machines.models import Machine
from marketplace.offers import rules
from marketplace.offers.rules import Chosen, Terms

SHOWN_WEEKS = 8
UNITS = {"hour": _l("小时"), "piece": _l("件"), "kg": _l("千克"), "gram": _l("克"), "stroke": _l("刀"), "kilopoint": _l("千点")}


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


class ManyField(SelectMultipleField):  # type: ignore[misc]
    """Several of a few, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def week_choices(today: date, also: Sequence[int] = ()) -> list[tuple[int, str]]:
    """Return the weeks that can be tapped, with their days; weeks an offer already has are among them."""
    codes = sorted({*weeks_from(today, SHOWN_WEEKS), *(code for code in also if code >= weeks_from(today, 1)[0])})
    labels = []
    for code in codes:
        monday = week_start(code)
        span = f"{show_date(monday, 'tiny')}–{show_date(monday + timedelta(days=6), 'tiny')}"
        labels.append((code, str(_("本周 %(span)s", span=span)) if code == codes[0] else span))
    return labels


class OfferForm(Form):
    """Idle hours: six things to say; the rest is behind 更多."""

    machine_ids = ManyField(_l("设备"), [InputRequired(_l("请选择设备"))], coerce=_uuid)
    weeks = ManyField(_l("哪几周"), [InputRequired(_l("请至少点选一周"))], coerce=int)
    hours = Figure(_l("每周空闲"), [InputRequired()])
    price = Money(_l("单价（未税）"))
    lead_time_days = Whole(_l("交期"), [InputRequired()])
    reach = RadioField(_l("给谁看"), [InputRequired()], choices=options({"public": _l("公开"), "park": _l("本园区"), "named": _l("指定客户")}))
    named = SelectMultipleField(_l("指定客户"), [Optional()], coerce=_uuid, validate_choice=False)
    price_unit = SelectField(_l("计价单位"), choices=options(UNITS))
    tax_rate = SelectField(_l("税率"), coerce=int, choices=options({rate: f"{rate // 100}%" for rate in rules.TAX_RATES}))
    quantity_min = Whole(_l("起订量"))
    note = TextAreaField(_l("说明"), [Length(max=2000)])

    def __init__(self, machines: Sequence[Machine], today: date, *, firms: Sequence[Organisation] = (), weeks: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.machines, self.today = machines, today
        self.machine_ids.choices = options({machine.id: machine.name for machine in machines})
        self.weeks.choices = options(dict(week_choices(today, weeks)))
        self.named.choices = options({firm.id: firm.name for firm in firms})

    def terms(self) -> Terms:
        """Return what was typed. What cannot be read counts as nothing said."""
        hours = self.hours.data or 0.0
        return Terms(
            machine_ids=tuple(self.machine_ids.data or ()),
            weeks=tuple(self.weeks.data or ()),
            minutes_per_week=round(hours * 60) if math.isfinite(hours) and abs(hours) < 10**6 else 0,
            price_fen=self.price.data,
            price_unit=self.price_unit.data or "",
            tax_rate=-1 if self.tax_rate.data is None else self.tax_rate.data,
            lead_time_days=-1 if self.lead_time_days.data is None else self.lead_time_days.data,
            quantity_min=self.quantity_min.data,
            reach=self.reach.data or "",
            named=tuple(self.named.data or ()),
            note=self.note.data or "",
        )

    def wrong(self) -> list[Refusal]:
        terms = self.terms()
        chosen = [Chosen(m.id, own=True, active=True, kind=m.kind, quantity=m.quantity) for m in self.machines if m.id in terms.machine_ids]
        found = rules.why_not_draft(terms, chosen)
        if "draft" in request.form:
            return found
        return found + rules.why_not_publish(terms, today=self.today, in_park=True, free=dict.fromkeys(terms.weeks, 1))


def typed(terms: Terms) -> dict[str, Any]:
    """Return an offer's terms as the form's first values."""
    values = {name: getattr(terms, name) for name in ("lead_time_days", "reach", "price_unit", "tax_rate", "quantity_min", "note")}
    lists = {"machine_ids": list(terms.machine_ids), "weeks": list(terms.weeks), "named": list(terms.named)}
    return {**values, **lists, "hours": f"{terms.minutes_per_week / 60:g}", "price": terms.price_fen}


class ImportForm(Form):
    """A table of offers."""

    file = FileField(_l("Excel 或 CSV 文件"), [FileRequired(_l("请选择文件"))])
