"""Personal tokens for the API: one organisation, chosen scopes, an end date. Shown once."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from gongchuang import audit
from gongchuang.accounts import queries, rules
from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import AccessToken
from gongchuang.actor import Actor
from gongchuang.database import db
from gongchuang.refusal import refuse_if
from gongchuang.rights import policy

PREFIX = "gc_"
"""Lets secret scanners recognise a token of ours."""


SCOPES = {
    "account": _l("账号资料（只读）"),
    "organisation": _l("企业资料与成员"),
    "certification": _l("企业核验"),
    "file": _l("文件"),
    "machine": _l("设备"),
    "capacity": _l("产能日历"),
    "offer": _l("空闲产能"),
    "order": _l("询价单与订单"),
    "quote": _l("报价"),
    "task": _l("众包任务"),
    "bid": _l("投标"),
    "message": _l("消息与会话"),
    "match": _l("匹配"),
    "search": _l("搜索"),
    "conversation": _l("会话"),
    "skill": _l("技能"),
    "publish": _l("发布入口"),
    "moderation": _l("举报与申诉"),
    "operator": _l("运营"),
}
"""Words for the first part of a permission's name, which is the scope a token may be given."""


def known_scopes() -> list[tuple[str, str]]:
    """Return the scopes a token may have, with words: the first part of every decided permission."""
    found = sorted({permission.split(":")[0] for permission in policy()})
    return [(code, str(SCOPES.get(code, code))) for code in found]


def create(actor: Actor, *, name: str, scopes: Collection[str], days: int, known: Collection[str], now: datetime) -> tuple[AccessToken, str]:
    """Make a token for the organisation acted for; return its row and the token itself, which is stored nowhere."""
    assert actor.user_id
    assert actor.organisation_id
    count = len(queries.live_tokens_of(actor.user_id, now))
    refuse_if(rules.why_not_token(name=name, scopes=scopes, known=known, count=count))
    token = PREFIX + secrets.token_urlsafe(32)
    row = AccessToken(
        token_digest=digest(token),
        name=name.strip(),
        user_id=actor.user_id,
        organisation_id_acting=actor.organisation_id,
        scopes=" ".join(sorted(set(scopes))),
        expires_at=now + min(timedelta(days=days), rules.LONGEST_TOKEN_LIFE),
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "token:create", row, scopes=sorted(set(scopes)))
    return row, token


def revoke(actor: Actor, token: AccessToken, now: datetime) -> None:
    """End a token at once. Revoking it again changes nothing."""
    if token.revoked_at is None:
        token.revoked_at = now
        db.session.flush()
        audit.record(actor, "token:revoke", token)
