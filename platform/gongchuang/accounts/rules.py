"""What an address, a code, a password may be, and who needs a second factor. Pure: values and `now` in, a value or a reason out."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from email_validator import EmailNotValidError, validate_email

from gongchuang.refusal import Refusal

CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
CODES_AN_HOUR = 6
LINK_LASTS = timedelta(minutes=30)
PASSKEY_LASTS = timedelta(minutes=5)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
RECOVERY_CODES = 10
LONGEST_TOKEN_LIFE = timedelta(days=366)
TOKENS_AT_MOST = 20

MOBILE = re.compile(r"1[3-9]\d{9}")


@dataclass(frozen=True)
class Address:
    """Where a person is reached: a mobile number as +8613…, or an e-mail address in lower case."""

    kind: Literal["phone", "email"]
    value: str

    @property
    def masked(self) -> str:
        return masked(self.value)


def masked(value: str) -> str:
    """Return an address as it may stand on a page: 139****0001, z***@example.com."""
    if "@" in value:
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    local = value.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}"


def address_of(typed: str) -> Address:
    """Return the address somebody typed: +86, spaces, dashes and full-width digits are understood. Refuses anything else with `address.invalid`."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if "@" in text:
        try:
            return Address("email", validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized.lower()[:254])
        except EmailNotValidError:
            raise Refusal("address.invalid", "邮箱格式不正确，请检查 @ 前后的部分", field="address") from None
    digits = re.sub(r"[\s\-()]", "", text)
    digits = re.sub(r"^(\+86|0086)", "", digits)
    if MOBILE.fullmatch(digits) and digits.isascii():
        return Address("phone", f"+86{digits}")
    if digits.isdigit() and len(digits) != 11:
        raise Refusal("address.invalid", "手机号应为 11 位，当前 %(length)s 位", field="address", length=len(digits))
    raise Refusal("address.invalid", "请输入中国大陆手机号（1 开头的 11 位）或邮箱", field="address")


def why_not_send(sent_at: Sequence[datetime], now: datetime) -> Refusal | None:
    """Return why no code is sent now to an address that got codes at `sent_at` (newest first, of the last hour). The same for known and unknown addresses."""
    if sent_at and now - sent_at[0] < RESEND_AFTER:
        wait = int((RESEND_AFTER - (now - sent_at[0])).total_seconds()) + 1
        return Refusal("code.too_soon", "验证码刚刚发出，请 %(seconds)s 秒后再获取", field="address", seconds=wait)
    if len(sent_at) >= CODES_AN_HOUR:
        wait = int((timedelta(hours=1) - (now - sent_at[-1])).total_seconds() // 60) + 1
        return Refusal("code.too_many", "获取验证码太频繁，请 %(minutes)s 分钟后再试，或改用其他登录方式", field="address", minutes=wait)
    return None


def code_wrong() -> Refusal:
    """The one answer to a wrong, an old and an unknown code."""
    return Refusal("code.wrong", "验证码不正确或已失效，请核对后重试，或重新获取", field="code")


def sign_in_wrong() -> Refusal:
    """The one answer to a wrong password, a missing account and one without a password."""
    return Refusal("password.wrong", "账号或密码不正确。没有设过密码？请用验证码登录", field="password")


def needs_second_factor(*, duties: Collection[str], enrolled: bool) -> bool:
    """Operators always pass a second factor; others do once they have set one up."""
    return bool(duties) or enrolled


COMMON = frozenset(
    """password passw0rd p@ssw0rd p@ssword qwertyuiop qwerty asdfghjkl zxcvbnm iloveyou woaini woaini1314 woaini520 5201314 1314520 admin
    administrator welcome letmein monkey dragon football baseball superman batman trustno1 sunshine princess master shadow michael jennifer
    jordan hunter starwars computer internet samsung iphone huawei xiaomi alibaba taobao tencent wechat weixin google baidu changeme default
    guest root toor test tester secret login abc abcd abcde abcdef abcdefg abcdefgh aaaaaa qazwsx qazwsxedc 1qaz2wsx 1qaz2wsx3edc 1q2w3e4r
    1q2w3e4r5t q1w2e3r4 q1w2e3r4t5 zaq12wsx gongchuang gongchuangyun zhongguo beijing shanghai xian shaanxi xinjiang guangxi nihao woaiwojia
    zhang wang li liu chen""".split()  # noqa: SIM905 - a list of words reads best as words
)
WALKS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
)


def is_common(password: str) -> bool:
    """Say whether a password is one of those tried first: a common word with figures around it, a walk over the keyboard, something repeated."""
    text = unicodedata.normalize("NFKC", password).casefold()
    core = text.strip("0123456789!@#$%^&*()_+-=.,?~ ")
    if core in COMMON or text in COMMON or not core:
        return True
    if any(text in walk or (text[: len(text) // 2] in walk and text[len(text) // 2 :] in walk) for walk in WALKS):
        return True
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 5))


def why_not_password(password: str, *, own: Collection[str]) -> Refusal | None:
    """Return why `password` may not be chosen, or None. `own`: the person's address and name, which it may not contain.

    Length counts, not kinds of characters (NIST SP 800-63B §5.1.1.2).
    """
    length = len(unicodedata.normalize("NFKC", password))
    if length < SHORTEST_PASSWORD:
        return Refusal("password.short", "密码至少 %(least)s 位，当前 %(length)s 位；可以是一句话", field="password", least=SHORTEST_PASSWORD, length=length)
    if length > LONGEST_PASSWORD:
        return Refusal("password.long", "密码最多 %(most)s 位", field="password", most=LONGEST_PASSWORD)
    lowered = password.casefold()
    if is_common(password) or any(len(word) >= 4 and word.casefold() in lowered for word in own):
        return Refusal("password.common", "这个密码太常见或含有您的手机号、邮箱、姓名，容易被猜到，请换一个", field="password")
    return None


def why_not_token(*, name: str, scopes: Collection[str], known: Collection[str], count: int) -> Refusal | None:
    """Return why a personal token may not be made."""
    if not name.strip():
        return Refusal("token.name", "请给令牌起一个名字，方便以后辨认", field="name")
    if not scopes:
        return Refusal("token.scopes", "请至少选择一个权限范围", field="scopes")
    unknown = sorted(set(scopes) - set(known))
    if unknown:
        return Refusal("token.scope_unknown", "没有名为 %(scope)s 的权限范围", field="scopes", scope=unknown[0][:60])
    if count >= TOKENS_AT_MOST:
        return Refusal("token.too_many", "最多保留 %(most)s 个有效令牌，请先撤销不用的", most=TOKENS_AT_MOST)
    return None
