"""Forms of messages."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from gongchuang.web import Form

WANTS = [SelectChoice("all", _l("全部")), SelectChoice("todo", _l("仅待办")), SelectChoice("none", _l("不接收"))]


class PreferenceForm(Form):
    mail = SelectField(_l("邮件"), choices=WANTS)
    sms = SelectField(_l("短信"), choices=WANTS)


class RobotForm(Form):
    kind = SelectField(_l("平台"), choices=[SelectChoice("wecom", _l("企业微信")), SelectChoice("dingtalk", _l("钉钉")), SelectChoice("feishu", _l("飞书"))])
    url = StringField(_l("Webhook 地址"), [InputRequired(_l("请填写机器人的 Webhook 地址")), Length(max=500)])
    secret = StringField(_l("加签密钥"), [Length(max=200)])
    todo_only = BooleanField(_l("仅推送待办"))


class LineForm(Form):
    text = TextAreaField(_l("消息"), [InputRequired(_l("请先写点什么")), Length(max=2000)])
