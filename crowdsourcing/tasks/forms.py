"""Forms of tasks."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired

from crowdsourcing.tasks import words
from crowdsourcing.tasks.rules import SHANGHAI, TaskFacts, why_not_publish, why_not_say
from gongchuang.database import uuid7
from gongchuang.refusal import Refusal
from gongchuang.web import Form, now
from gongchuang.web.fields import Day, Ids, Moment, Money, stripped
from gongchuang.web.options import grouped_terms, options
from services.procedures.rules import why_not_close_at


class TaskForm(Form):
    """The whole task on one page."""

    draft_key = HiddenField(validators=[InputRequired()])
    title = StringField(_l("任务名称"), filters=[stripped])
    brief = TextAreaField(_l("任务说明"), filters=[stripped])
    deliverables = TextAreaField(_l("交付物"), filters=[stripped])
    files = Ids(_l("附件"))
    skills = SelectMultipleField(_l("需要的技能"), validate_choice=False)
    budget_max_fen = Money(_l("预算（含税）"))
    budget_min_fen = Money(_l("最低预算"))
    closes_at = Moment(_l("投标截止时间"))
    delivery_on = Day(_l("交付日期"))
    ip_terms = RadioField(_l("成果知识产权"), choices=options(words.IP_TERMS), validate_choice=False)
    reach = RadioField(_l("公开范围"), choices=options(words.REACHES), default="public")
    named = Ids(_l("邀请的设计方"))
    sealed = RadioField(_l("投标何时可见"), choices=options(words.SEALED), default="", coerce=lambda value: "1" if value in (True, "1") else "")
    file_tier = SelectField(_l("附件开放到什么程度"), choices=options(words.FILE_TIERS), default="nda")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.skills.choices = grouped_terms("skills")

    def facts(self) -> TaskFacts:
        """Return what was said. Figures that cannot be read count as nothing said."""
        said = {name: self[name].data for name in self._fields if name not in ("csrf_token", "draft_key")}
        said |= {"skills": tuple(self.skills.data or ()), "sealed": self.sealed.data == "1", "ip_terms": self.ip_terms.data or None}
        return TaskFacts(**said)

    def key(self) -> UUID:
        """Return the draft's own key. A damaged one is replaced, so that nothing typed is lost by it."""
        try:
            return UUID(self.draft_key.data or "")
        except ValueError:
            made = uuid7()
            self.draft_key.data = str(made)
            return made

    def wrong(self) -> list[Refusal]:
        """Return what the chosen button needs: saving takes what is missing, putting out does not."""
        facts, today = self.facts(), now().astimezone(SHANGHAI).date()
        if request.form.get("do") == "save":
            return why_not_say(facts, today=today)
        late = why_not_close_at(facts.closes_at, now())
        return [*why_not_publish(facts, file_states=(), today=today, park=facts.reach), *([late] if late else [])]


class InviteForm(Form):
    """Whom to ask."""

    firms = Ids(_l("设计方"))
