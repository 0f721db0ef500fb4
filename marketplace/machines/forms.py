"""Forms of machines and certificates."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional, StopValidation

from gongchuang import vocabulary
from gongchuang.refusal import Refusal
from gongchuang.web import Form
from gongchuang.web.fields import Day, Figure, Whole
from gongchuang.web.forms import words_of
from gongchuang.web.options import grouped_terms, options, terms
from marketplace.machines import rules
from marketplace.machines.rules import Facts

SHIFTS = {"one": _l("单班 8 小时"), "two": _l("两班 16 小时"), "three": _l("三班 24 小时"), "own": _l("自定义")}


class Thickness(StringField):  # type: ignore[misc]
    """碳素钢 20，不锈钢 10: the greatest thickness by material, judged with the other fields."""

    read: Mapping[str, float] = {}

    def pre_validate(self, form: Any) -> None:
        try:
            self.read = rules.thickness_of(self.data or "")
        except Refusal as refusal:
            raise StopValidation(words_of(refusal)) from None


class FigureField(Figure):
    """A measure, shown without idle zeros."""

    def _value(self) -> str:
        return figure(self.data) if not self.raw_data and self.data is not None else str(super()._value())


def figure(value: float) -> str:
    """Return 3000 or 0.005."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _number(label: Any, **options: Any) -> FigureField:
    return FigureField(label, [Optional()], **options)


class MachineForm(Form):
    """One machine: eight things to say, filled in from its kind; the rest is behind 更多."""

    kind = SelectField(_l("设备类型"), [InputRequired()])
    name = StringField(_l("名称与型号"), [InputRequired(), Length(max=60)])
    quantity = Whole(_l("同型台数"), [InputRequired()])
    core = SelectMultipleField(_l("主营工艺"), [InputRequired()])
    supplementary = SelectMultipleField(_l("可承接工艺"), [Optional()])
    materials = SelectMultipleField(_l("可加工材料"), [Optional()])
    thickness = Thickness(_l("各材料最大厚度"), [Length(max=400)])
    x_mm = _number(_l("X 行程"))
    y_mm = _number(_l("Y 行程"))
    z_mm = _number(_l("Z 行程"))
    mass_kg = _number(_l("最大件重"))
    tolerance_mm = _number(_l("可保证公差"))
    shift = RadioField(_l("班次"), [InputRequired()], choices=options(SHIFTS))
    work_days = Whole(_l("每周工作天数"), [InputRequired()])
    opens = TimeField(_l("开工"), [Optional()])
    closes = TimeField(_l("收工"), [Optional()])
    soft_factor = Whole(_l("同一时段最多预留的报价数"), [InputRequired()])
    note = TextAreaField(_l("说明"), [Length(max=200)])
    photo = StringField(_l("照片"), [Length(max=40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = terms("machine_kinds")
        self.core.choices = grouped_terms("processes")
        self.supplementary.choices = grouped_terms("processes")
        self.materials.choices = grouped_terms("materials")

    @property
    def envelope(self) -> str:
        """Return what the sizes of the chosen kind mean: box, cylinder, sheet or mass."""
        kind = self.kind.data
        return vocabulary.machine_kind(kind).envelope if kind and vocabulary.known("machine_kinds", kind) else "box"

    def photo_id(self) -> UUID | None:
        return _identifier(self.photo.data)

    def facts(self) -> Facts:
        """Return what was typed. What cannot be read counts as nothing said."""
        said = self.values()
        said |= {name: said[name] or 0 for name in ("quantity", "work_days", "soft_factor")}
        said |= {name: said[name] or "" for name in ("kind", "name", "shift")}
        thickness = self.thickness.read
        del said["thickness"]
        materials = said.pop("materials") or []
        opens, closes = said.pop("opens"), said.pop("closes")
        y = said["x_mm"] if self.envelope == "cylinder" else said["y_mm"]
        listed = {code: thickness.get(code) for code in [*materials, *(c for c in thickness if c not in materials)]}
        more = {"photo_id": _identifier(said.pop("photo")), "materials": listed, "opens": _minutes(opens), "closes": _minutes(closes), "y_mm": y}
        lists = {"core": tuple(said["core"] or ()), "supplementary": tuple(said["supplementary"] or ())}
        return Facts(**{**said, **lists, **more, "note": said["note"] or ""})

    def wrong(self) -> list[Refusal]:
        return rules.why_not_record(self.facts())


def typed(facts: Facts) -> dict[str, Any]:
    """Return a record as the form's first values."""
    values = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    values["materials"] = list(facts.materials)
    values["thickness"] = thickness_words(facts.materials)
    values["photo"] = str(facts.photo_id) if facts.photo_id else ""
    values["opens"], values["closes"] = _clock(facts.opens), _clock(facts.closes)
    return values


def thickness_words(materials: Mapping[str, float | None]) -> str:
    """Return the thicknesses as the form reads them: 碳素钢 20，不锈钢 10."""
    return "，".join(f"{vocabulary.label('materials', code)} {thick:g}" for code, thick in materials.items() if thick is not None)


def _identifier(text: str | None) -> UUID | None:
    """Return the id of an uploaded picture. What is no id is no picture of the firm's either, and refused as such."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)


def _minutes(moment: time | None) -> int | None:
    return None if moment is None else moment.hour * 60 + moment.minute


def _clock(minutes: int | None) -> time | None:
    return None if minutes is None else time(minutes // 60 % 24, minutes % 60)


class CertificateForm(Form):
    """One certificate of the firm."""

    code = SelectField(_l("证书"), [InputRequired()])
    number = StringField(_l("证书编号"), [Length(max=60)])
    expires_on = Day(_l("有效期至"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code.choices = terms("certificates", none=_l("请选择"))


class RenewalForm(Form):
    """A certificate's new number and end."""

    number = StringField(_l("证书编号"), [Length(max=60)])
    expires_on = Day(_l("有效期至"), [Optional()])
