"""How a code reaches its person: SMS or mail, after the commit.

A code is not in the outbox: it is stored nowhere but as a digest, so there is nothing a later delivery could send. What is lost is asked for again.
"""

import structlog
from flask_babel import gettext

from gongchuang.accounts import mail, sms
from gongchuang.accounts.rules import CODE_LASTS, Address

log = structlog.get_logger(__name__)
MINUTES = int(CODE_LASTS.total_seconds() // 60)


def send_code(address: Address, code: str, *, demo: bool) -> None:
    """Send a code. People of the demo get nothing outside this machine."""
    text = gettext("【工创云】验证码 %(code)s，%(minutes)s 分钟内有效。请勿告诉他人，工作人员不会向您索要。", code=code, minutes=MINUTES)
    try:
        if demo or address.kind == "phone":
            (sms.ConsoleSender() if demo else sms.sender()).send(address.value, text, code=code, minutes=str(MINUTES))
        else:
            mail.send(address.value, gettext("工创云登录验证码 %(code)s", code=code), text)
    except Exception as error:
        log.error("code not sent", kind=address.kind, error=type(error).__name__)
