"""Forms of whoever runs a procedure: a later deadline, and why it ends without an award."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from gongchuang.web import Form
from gongchuang.web.fields import Moment, stripped


class DeadlineForm(Form):
    """A later deadline."""

    closes_at = Moment(_l("新的截止时间"), validators=[InputRequired(_l("请选择新的截止时间"))])


class ReasonForm(Form):
    """Why it is called off or ends without a choice."""

    reason = TextAreaField(_l("原因"), validators=[InputRequired(_l("请写明原因")), Length(max=2000)], filters=[stripped])
