"""What a company's number, a profile, a membership may be. Pure."""

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from stdnum.cn import uscc as standard

from gongchuang.marking import N_
from gongchuang.refusal import Refusal

INVITATION_LASTS = timedelta(days=7)
LONGEST_INVITATION = 30
UNVERIFIED_AT_MOST = 10
OPEN_INVITATIONS_AT_MOST = 50
LEGAL_FORMS = ("股份有限公司", "有限责任公司", "（集团）有限公司", "(集团)有限公司", "集团有限公司", "有限公司", "（个人独资）", "（普通合伙）")
"""Longest first: what is left out of a short name."""
USCC_LENGTH = 18
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
AUTHORITIES = "123456789ANY"
"""First position: the registering authority (GB 32100-2015, table 1)."""


def tidy_uscc(typed: str) -> str:
    """Return a code without the spaces and dashes people copy along, in capitals."""
    tidied: str = standard.compact(unicodedata.normalize("NFKC", typed))
    return tidied


def why_not_uscc(typed: str) -> Refusal | None:
    """Return what is wrong with a 统一社会信用代码 and at which position (counted from 1), or None.

    GB 32100-2015: 18 positions of figures and capitals without I, O, S, V, Z; 1 the authority, 2 the kind, 3–8 the region in figures, 9–17 the
    organisation, 18 the check (computed by python-stdnum).
    """
    number = tidy_uscc(typed)
    for position, character in enumerate(number[:USCC_LENGTH], start=1):
        wrong = _why_not_at(position, character)
        if wrong:
            return wrong
    if len(number) != USCC_LENGTH:
        return Refusal("uscc.length", "统一社会信用代码应为 18 位，当前 %(length)s 位", field="uscc", length=len(number))
    if standard.calc_check_digit(number[:17]) != number[17]:
        return Refusal("uscc.check", "统一社会信用代码第 18 位校验不符，请核对营业执照", field="uscc")
    return None


def _why_not_at(position: int, character: str) -> Refusal | None:
    """Return what is wrong with one character of a USCC."""
    at: dict[str, Any] = {"position": position, "letter": character}
    if character in "IOSVZ":
        return Refusal("uscc.letter", "统一社会信用代码第 %(position)s 位不会是字母 %(letter)s，请核对是否把数字看成了字母", field="uscc", **at)
    if character not in USCC_ALPHABET:
        return Refusal("uscc.character", "统一社会信用代码第 %(position)s 位“%(letter)s”不是数字或大写字母", field="uscc", **at)
    if position == 1 and character not in AUTHORITIES:
        return Refusal("uscc.authority", "统一社会信用代码第 1 位“%(letter)s”不是登记管理部门代码，企业一般为 9", field="uscc", **at)
    if 3 <= position <= 8 and not character.isdigit():
        return Refusal("uscc.region", "统一社会信用代码第 %(position)s 位应为数字（第 3–8 位是登记地区）", field="uscc", **at)
    return None


def why_not_create(*, kind: str, name: str, uscc: str | None, region: str, unverified: int) -> list[Refusal]:
    """Return everything wrong with a new organisation at once. `unverified`: how many unverified ones the person already administers."""
    found = []
    if kind not in ("firm", "provider", "person"):
        found.append(Refusal("organisation.kind", "请选择企业、服务机构或个人", field="kind"))
    if len(name.strip()) < 2:
        found.append(Refusal("organisation.name", N_("请填写姓名或称呼") if kind == "person" else N_("请填写营业执照上的全称"), field="name"))
    if kind != "person" and not (uscc or "").strip():
        found.append(Refusal("uscc.missing", "请填写营业执照上的统一社会信用代码", field="uscc"))
    wrong = why_not_uscc(uscc) if kind != "person" and uscc and uscc.strip() else None
    if wrong:
        found.append(wrong)
    if len(region) != 6:
        found.append(Refusal("region.incomplete", "请选择到区县", field="region"))
    if unverified >= UNVERIFIED_AT_MOST:
        found.append(Refusal("organisation.too_many", "您已登记 %(most)s 家未核验的企业，请先完成核验", most=UNVERIFIED_AT_MOST))
    return found


def why_not_roles(*, roles: Collection[str], duties: Collection[str], operator: bool) -> Refusal | None:
    """Return why a member may not be given `roles` and `duties`. 运营, 安全, 审计 are apart: nobody watches over what they do themselves."""
    if not roles and not duties:
        return Refusal("member.roles", "请至少选择一个角色", field="roles")
    if duties and not operator:
        return Refusal("member.duties", "只有园区运营机构可以设置运营职责", field="duties")
    if len(set(duties)) > 1:
        return Refusal("member.duties_apart", "运营、安全、审计须由不同的人担任，请只选一项", field="duties")
    return None


def why_not_without_admin(*, admins: Collection[object], losing: object, others: int) -> Refusal | None:
    """Return why `losing` may not stop being an administrator: an organisation with other members keeps at least one."""
    if losing in admins and len(admins) == 1 and others:
        return Refusal("member.last_admin", "您是唯一的管理员，请先把另一位成员设为管理员")
    return None


def short_name(name: str) -> str:
    """Return a firm's name as it fits a card: without the legal form, at most 20 characters."""
    text = name.strip()
    for ending in LEGAL_FORMS:
        text = text.removesuffix(ending) if len(text) - len(ending) >= 2 else text
    return text[:20]


def operator_tokens(duty: str, region: str, park: str | None) -> list[str]:
    """Return the audience tokens of the operators with `duty` who answer for a place: the whole country's, its province's, city's, county's, its park's."""
    prefixes = ["", *(region[:size] for size in (2, 4, 6) if len(region) >= size)]
    return [f"{duty}:{prefix}" for prefix in prefixes] + ([f"{duty}:{park}"] if park else [])
