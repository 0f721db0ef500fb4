"""Forms of files."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from gongchuang.web import Form


class NdaForm(Form):
    """Accept to keep a file secret."""

    accept = BooleanField(_l("我已阅读并代表本企业接受保密约定"), validators=[InputRequired(_l("请勾选后再继续"))])


class RevokeForm(Form):
    """End an audience's access."""

    token = HiddenField(validators=[InputRequired(), Length(max=60)])
