"""What operators' pages ask for."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from gongchuang.web import Form

REQUIRED = InputRequired(_l("请填写这一项"))


class SuspendForm(Form):
    """Why somebody is suspended."""

    reason = TextAreaField(_l("原因"), validators=[REQUIRED, Length(max=200)])


class FindPersonForm(Form):
    """A whole address: people are not browsed."""

    address = StringField(_l("手机号或邮箱"), validators=[REQUIRED, Length(max=254)])
