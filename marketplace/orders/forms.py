"""Forms of orders."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from gongchuang import vocabulary
from gongchuang.refusal import Refusal
from gongchuang.types import clean_text
from gongchuang.web import Form, now
from gongchuang.web.fields import Day, Figure, Ids, Moment, Money, Whole, stripped
from gongchuang.web.filters import SHANGHAI
from gongchuang.web.forms import words_of
from gongchuang.web.languages import language
from gongchuang.web.options import grouped_terms, options, terms
from marketplace.orders import words
from marketplace.orders.rules import MOST_PARTS, OrderFacts, PartFacts, why_not_say

DISTRICT = 6
"""Digits of a district's code."""


def cities(*more: str) -> list[SelectChoice]:
    """Return the regions goods go to: the districts given, then cities under their provinces."""
    found = [SelectChoice("", gettext("请选择"))]
    for code in dict.fromkeys(more):
        if code and vocabulary.known("regions", code) and len(code) == DISTRICT:
            found.append(SelectChoice(code, "".join(t.label(language()) for t in vocabulary.region_path(code)[1:]), optgroup=gettext("本企业所在地")))
    for province in vocabulary.children("regions"):
        head = province.label(language())
        found += [SelectChoice(city.code, city.label(language()), optgroup=head) for city in vocabulary.children("regions", province.code)]
    return found


class PartForm(PlainForm):  # type: ignore[misc]
    """One part. The field of the process cannot be called so here: a form has a method of that name."""

    files = Ids(_l("图纸或模型"))
    name = StringField(_l("零件名称"), filters=[stripped])
    process_code = SelectField(_l("工艺"), name="process", validate_choice=False, coerce=lambda v: v or None)
    material = SelectField(_l("材料"), validate_choice=False, coerce=lambda v: v or None)
    quantity = Whole(_l("数量"))
    tolerance = StringField(_l("最严公差"), filters=[stripped])
    surface = SelectField(_l("表面处理"), validate_choice=False, coerce=lambda v: v or None)
    x_mm = Figure(_l("长"))
    y_mm = Figure(_l("宽"))
    z_mm = Figure(_l("高"))
    note = StringField(_l("零件备注"), filters=[stripped])

    def facts(self) -> PartFacts:
        said: dict[str, Any] = {field.short_name: field.data for field in self}
        return PartFacts(**said | {name: said[name] or "" for name in ("name", "tolerance", "note")})


def part_data(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of a part as the form takes it."""
    return {"process_code" if name == "process" else name: value for name, value in said.items()}


class OrderForm(Form):
    """The whole order on one page."""

    draft_key = HiddenField(validators=[InputRequired()])
    parts = FieldList(FormField(PartForm, separator="_"), min_entries=1, max_entries=MOST_PARTS, separator="_", label=_l("零件"))
    title = StringField(_l("标题"), filters=[stripped])
    stage = RadioField(_l("批次"), choices=options(words.STAGES), default="small")
    supply = RadioField(_l("材料由谁提供"), choices=options(words.SUPPLIES), default="all_in")
    governs = RadioField(_l("尺寸以什么为准"), choices=options(words.GOVERNS), default="model")
    delivery_on = Day(_l("交货日期"))
    region = SelectField(_l("交货地区"), validate_choice=False)
    made_in = SelectField(_l("制造地点"), choices=options(words.MADE_IN), default="anywhere")
    certificates = SelectMultipleField(_l("要求的资质证书"), validate_choice=False)
    budget_fen = Money(_l("预算总价（含税）"))
    budget_shown = BooleanField(_l("让供应商看到预算"))
    invoice = RadioField(_l("发票"), choices=options(words.INVOICES), default="special")
    reach = RadioField(_l("公开范围"), choices=options(words.REACHES), default="public")
    named = Ids(_l("邀请的企业"))
    file_tier = SelectField(_l("图纸开放到什么程度"), choices=options(words.FILE_TIERS), default="nda")
    closes_at = Moment(_l("报价截止时间"))
    note = TextAreaField(_l("其他要求"), filters=[stripped])

    def __init__(self, *, home: str = "", **given: Any) -> None:
        super().__init__(**given)
        self.certificates.choices = terms("certificates")
        self.region.choices = cities(home, self.region.data or "")
        self.choose()

    def choose(self) -> None:
        """Give every part its choices; called again when a part is added."""
        schemes = (("process", "processes"), ("material", "materials"), ("surface", "surfaces"))
        known = {name: grouped_terms(scheme, none=gettext("请选择")) for name, scheme in schemes}
        for entry in self.parts:
            for inner in entry.form:
                if inner.short_name in known:
                    inner.choices = known[inner.short_name]

    def facts(self) -> OrderFacts:
        """Return what was said; parts of which nothing was said are left out, unless it is the only one."""
        parts = [entry.form.facts() for entry in self.parts]
        said = tuple(part for part in parts if part.said) or tuple(parts[:1])
        plain = {name: self[name].data for name in self._fields if name not in ("csrf_token", "draft_key", "parts")}
        plain |= {"certificates": tuple(self.certificates.data or ()), "region": self.region.data or "", "parts": said}
        return OrderFacts(**plain)

    def key(self) -> UUID:
        """Return the draft's own key. A damaged one is refused."""
        try:
            return UUID(self.draft_key.data or "")
        except ValueError:
            raise Refusal("order.draft_key", "页面已过期，请重新打开") from None

    def find(self, name: str | None) -> Any:
        """Return the field of a refusal, those of parts included."""
        if name and name.startswith("parts_"):
            _, index, inner = name.split("_", 2)
            entries = self.parts.entries
            return next((field for field in entries[int(index)].form if field.short_name == inner), None) if int(index) < len(entries) else None
        return self._fields.get(name) if name and name != "parts" else None

    def wrong(self) -> list[Refusal]:
        return why_not_say(self.facts(), today=now().astimezone(SHANGHAI).date())

    def _clean(self) -> bool:
        clean = super()._clean()
        for entry in self.parts:
            for inner in entry.form:
                if isinstance(inner.data, str):
                    try:
                        inner.data = clean_text(inner.data)
                    except Refusal as refusal:
                        inner.errors = [*inner.errors, words_of(refusal)]
                        g.status = 422
                        clean = False
        return clean


class InviteForm(Form):
    """Firms to ask."""

    firms = Ids(_l("企业"))
