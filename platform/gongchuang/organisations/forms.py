"""What the pages of organisations and members ask for."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from gongchuang.actor import Role
from gongchuang.organisations.actions import Profile
from gongchuang.organisations.regions import RegionField
from gongchuang.organisations.rules import why_not_create, why_not_uscc
from gongchuang.refusal import Refusal
from gongchuang.rights import ROLE_LABELS
from gongchuang.web import Form
from gongchuang.web.forms import words_of
from gongchuang.web.options import grouped_terms, options, terms

REQUIRED = InputRequired(_l("请填写这一项"))
KINDS = {"firm": _l("企业"), "provider": _l("服务机构"), "person": _l("个人（创客）")}
ROLES = {r.value: _l(ROLE_LABELS[r]) for r in Role}
DUTIES = {"operations": _l("运营"), "security": _l("安全"), "audit": _l("审计")}


class UsccField(StringField):  # type: ignore[misc]
    """A 统一社会信用代码, judged with the other fields, so that every mistake of a form is shown at once."""

    def pre_validate(self, form: Any) -> None:
        wrong = why_not_uscc(self.data) if (self.data or "").strip() else None
        if wrong is not None:
            raise StopValidation(words_of(wrong))


class ProfileForm(Form):
    """The profile of an organisation."""

    name = StringField(_l("名称"), validators=[REQUIRED, Length(max=60)])
    region = RegionField(_l("所在地区"))
    park = SelectField(_l("所在园区"))
    industry = SelectField(_l("行业"))
    size = SelectField(_l("规模"))
    introduction = TextAreaField(_l("简介"), validators=[Length(max=2000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.park.choices = terms("parks", none="—")
        self.industry.choices = grouped_terms("industries", none="—")
        self.size.choices = terms("sizes", none="—")

    def profile(self) -> Profile:
        """Return what was typed as the action takes it."""
        return Profile(
            name=self.name.data or "",
            region=self.region.data or "",
            park=self.park.data or None,
            industry=self.industry.data or None,
            size=self.size.data or None,
            introduction=self.introduction.data or "",
        )

    def wrong(self) -> list[Refusal]:
        return why_not_create(kind="person", name=self.name.data or "", uscc=None, region=self.region.data or "", unverified=0)


class CreateForm(Form):
    """Registering: kind, name, number, place. Everything else can wait."""

    kind = RadioField(_l("类型"), choices=options(KINDS), default="firm", validators=[REQUIRED])
    name = StringField(_l("名称"), validators=[REQUIRED, Length(max=60)])
    uscc = UsccField(_l("统一社会信用代码"), validators=[Length(max=40)])
    region = RegionField(_l("所在地区"))

    def wrong(self) -> list[Refusal]:
        return why_not_create(kind=self.kind.data or "", name=self.name.data or "", uscc=self.uscc.data, region=self.region.data or "", unverified=0)


class RolesForm(Form):
    """Roles, and for operators one duty."""

    roles = SelectMultipleField(_l("角色"), choices=options(ROLES), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    duties = RadioField(_l("运营职责"), choices=options(DUTIES, none=_l("无")), default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duties.validate_choice = False

    def chosen(self) -> dict[str, Any]:
        return {"roles": self.roles.data or [], "duties": [self.duties.data] if self.duties.data else []}


class InviteForm(RolesForm):
    """Roles and how long the link lives."""

    days = SelectField(_l("有效期"), coerce=int, choices=options({1: _l("1 天"), 7: _l("7 天"), 30: _l("30 天")}), default=7)


class JoinForm(Form):
    """What to say to the administrators."""

    message = StringField(_l("附言"), validators=[Length(max=200)])
