"""What reporting and deciding ask for."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from gongchuang.web import Form
from gongchuang.web.options import options
from services.moderation.rules import REASONS

WORDS = {code: _l(words) for code, words in REASONS.items()}


class ReportForm(Form):
    """What is wrong, in a reason and words."""

    reason = RadioField(_l("举报原因"), choices=options(WORDS), validators=[InputRequired(_l("请选择举报原因"))])
    note = TextAreaField(_l("补充说明"), validators=[Length(max=2000)])


class TakeDownForm(Form):
    """Why a thing is taken down."""

    reason = SelectField(_l("下架原因"), choices=options(WORDS, none=_l("请选择")))
    note = TextAreaField(_l("依据"), validators=[Length(max=2000)])


class AppealForm(Form):
    """Why a take-down is wrong."""

    words = TextAreaField(_l("申诉理由"), validators=[Length(max=2000)])


class AnswerForm(Form):
    """What the appeal's answer says."""

    answer = TextAreaField(_l("答复"), validators=[Length(max=2000)])
