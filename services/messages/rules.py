"""Who gets what by which channel, and what a robot is sent. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from gongchuang.refusal import Refusal

DUTIES = frozenset({"operations", "security", "audit"})
WANTS = ("all", "todo", "none")
ROBOT_HOSTS = {"wecom": "qyapi.weixin.qq.com", "dingtalk": "oapi.dingtalk.com", "feishu": "open.feishu.cn"}


def concerns(message_roles: Iterable[str], roles: Iterable[str]) -> bool:
    """Return whether a message for `message_roles` (none: everyone) concerns a member with `roles` (duties among them).

    An administrator sees all but what is for an operator's duty: 运营, 安全 and 审计 are apart.
    """
    wanted, held = set(message_roles), set(roles)
    return not wanted or bool(wanted & held) or ("admin" in held and not wanted & DUTIES)


def wanted(want: str, *, todo: bool) -> bool:
    """Return whether a channel set to `want` carries a message."""
    return want == "all" or (want == "todo" and todo)


def why_not_say(text: str) -> Refusal | None:
    """Return why `text` may not be said."""
    if not text.strip():
        return Refusal("conversation.empty", "请先写点什么", field="text")
    return None


def why_not_sign_with(secret: str) -> Refusal | None:
    """Return why `secret` is no signing secret of a robot: vendors make them of ASCII letters, digits and signs."""
    if secret and not (secret.isascii() and secret.isprintable() and " " not in secret):
        return Refusal("robot.secret", "加签密钥只含英文字母、数字和符号，请从机器人的设置页重新复制", field="secret")
    return None


@dataclass(frozen=True)
class RobotCall:
    """One request to a robot."""

    url: str
    body: dict[str, Any]


def robot_call(kind: str, url: str, secret: str, *, title: str, text: str, link: str, timestamp: int) -> RobotCall:
    """Return what to post to a robot: 企业微信 and 钉钉 markdown, 飞书 text; signed as each vendor's robot documentation says.

    `timestamp` in milliseconds since the epoch. 钉钉: base64(HMAC-SHA256(secret, f"{ms}\\n{secret}")) in the query;
    飞书: base64(HMAC-SHA256(key=f"{s}\\n{secret}", "")) in the body; 企业微信: the key in the URL only.
    """
    if kind == "wecom":
        return RobotCall(url, {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{text}\n[查看]({link})"}})
    if kind == "dingtalk":
        if secret:
            sign = base64.b64encode(hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()).decode()
            url = f"{url}&timestamp={timestamp}&sign={quote_plus(sign)}"
        return RobotCall(url, {"msgtype": "markdown", "markdown": {"title": title, "text": f"#### {title}\n{text}\n\n[查看]({link})"}})
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{title}\n{text}\n{link}"}}
    if secret:
        seconds = str(timestamp // 1000)
        sign = base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()
        body |= {"timestamp": seconds, "sign": sign}
    return RobotCall(url, body)


def robot_refused(kind: str, status: int, answer: Any) -> str | None:
    """Return why a robot did not take a message, None when it did. All three answer 200 with an error code inside."""
    if status >= 300:
        return f"HTTP {status}"
    code = answer.get("errcode" if kind != "feishu" else "code", 0) if isinstance(answer, dict) else 0
    return None if code == 0 else f"{code}: {answer.get('errmsg') or answer.get('msg') or ''}"[:180]
