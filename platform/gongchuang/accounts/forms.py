"""What the account pages ask for."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from gongchuang.web import Form
from gongchuang.web.languages import LANGUAGES
from gongchuang.web.options import options

REQUIRED = InputRequired(_l("请填写这一项"))


class AddressForm(Form):
    """Where the code goes."""

    address = StringField(_l("手机号或邮箱"), validators=[REQUIRED, Length(max=254)])


class CodeForm(Form):
    """The six digits, and whether this device is one's own."""

    code = StringField(_l("验证码"), validators=[REQUIRED, Length(max=40)])
    trusted = BooleanField(_l("信任这台设备，30 天内免登录"))


class SecondForm(Form):
    """The authenticator's code, or a recovery code."""

    code = StringField(_l("动态码或恢复码"), validators=[REQUIRED, Length(max=40)])


class TotpForm(Form):
    """A first code shows that the authenticator was set up."""

    code = StringField(_l("动态码"), validators=[REQUIRED, Length(max=40)])


class WelcomeForm(Form):
    """Registering: a name, consent to the privacy notice (never ticked beforehand), and apart from it whether news are wanted."""

    name = StringField(_l("姓名"), validators=[REQUIRED, Length(max=60)])
    privacy = BooleanField(_l("我已阅读并同意《用户协议》和《隐私政策》"), validators=[InputRequired(_l("请先阅读并同意《用户协议》和《隐私政策》"))])
    marketing = BooleanField(_l("愿意接收平台活动和政策资讯（可随时关闭）"))


class PasswordSignInForm(Form):
    """Address and password."""

    address = StringField(_l("手机号或邮箱"), validators=[REQUIRED, Length(max=254)])
    password = PasswordField(_l("密码"), validators=[REQUIRED, Length(max=500)])
    trusted = BooleanField(_l("信任这台设备，30 天内免登录"))


class PasswordForm(Form):
    """A new password, typed once: it can be shown, pasted and kept by a password manager."""

    password = PasswordField(_l("新密码"), validators=[REQUIRED, Length(max=500)])


class LinkForm(Form):
    """The button of a one-time link."""

    privacy = BooleanField(_l("我已阅读并同意《用户协议》和《隐私政策》"))


class ProfileForm(Form):
    """Name, language, news."""

    name = StringField(_l("姓名"), validators=[REQUIRED, Length(max=60)])
    language = SelectField(_l("界面语言"), choices=options({"zh": LANGUAGES["zh-CN"][1], "en": LANGUAGES["en"][1]}))
    marketing = BooleanField(_l("愿意接收平台活动和政策资讯（可随时关闭）"))


class NewAddressForm(Form):
    """A phone number or an e-mail address to add or to put in place of the old one."""

    address = StringField(_l("新的手机号或邮箱"), validators=[REQUIRED, Length(max=254)])


class PasskeyNameForm(Form):
    """How a passkey is called in the list."""

    name = StringField(_l("通行密钥名称"), validators=[Length(max=60)])


class TokenForm(Form):
    """A personal token: what for, what it may, until when."""

    name = StringField(_l("用途"), validators=[REQUIRED, Length(max=60)])
    scopes = SelectMultipleField(_l("权限范围"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    days = SelectField(_l("有效期"), coerce=int, choices=options({30: _l("30 天"), 90: _l("90 天"), 365: _l("一年")}), default=90)

    def __init__(self, known: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes.choices = options(dict(known))


class EraseForm(Form):
    """Erasing is confirmed by typing a word."""

    word = StringField(_l("请输入“注销”以确认"), validators=[REQUIRED, Length(max=20)])
