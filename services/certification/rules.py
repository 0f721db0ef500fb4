"""When a case may be submitted and decided. Pure."""

import unicodedata
from datetime import date, datetime, timedelta

from stdnum.cn import ric

from gongchuang.marking import N_
from gongchuang.organisations.rules import why_not_uscc
from gongchuang.refusal import Refusal

ANSWERED_WITHIN = timedelta(hours=24)
REMIND_BEFORE = timedelta(days=30)
ID_LENGTH = 18

REASONS = {
    "blurred": N_("照片不清楚或不完整，请重新拍摄四角齐全的原件"),
    "name": N_("名称与营业执照不一致"),
    "number": N_("统一社会信用代码与营业执照不一致"),
    "representative": N_("法定代表人与营业执照不一致"),
    "expired": N_("营业执照已过期或已注销"),
    "person": N_("姓名或证件号码与证件不一致"),
    "other": N_("其他原因，见审核意见"),
}
"""Why a case goes back: a code with its sentence."""


def why_not_id_number(typed: str) -> Refusal | None:
    """Return what is wrong with a resident identity number and at which position, or None (GB 11643-1999; the check by python-stdnum)."""
    number = tidy_id_number(typed)
    for position, character in enumerate(number[:ID_LENGTH], start=1):
        if not (character.isdigit() and character.isascii()) and not (position == ID_LENGTH and character == "X"):
            return Refusal("id_number.character", "身份证号第 %(position)s 位应为数字", field="id_number", position=position)
    if len(number) != ID_LENGTH:
        return Refusal("id_number.length", "身份证号应为 18 位，当前 %(length)s 位", field="id_number", length=len(number))
    try:
        ric.get_birth_date(number)
    except (ValueError, ric.InvalidComponent):
        return Refusal("id_number.birth", "身份证号第 7–14 位不是有效的出生日期", field="id_number")
    if ric.calc_check_digit(number) != number[17]:
        return Refusal("id_number.check", "身份证号第 18 位校验不符，请核对证件", field="id_number")
    return None


def tidy_id_number(typed: str) -> str:
    """Return an identity number as it is digested."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "").upper()


def why_not_submit_firm(*, legal_name: str, uscc: str, representative: str, evidence: int, valid_until: date | None, today: date) -> list[Refusal]:
    """Return everything wrong with a firm's case at once."""
    found: list[Refusal] = []
    if len(legal_name.strip()) < 4:
        found.append(Refusal("certification.name", "请填写营业执照上的全称", field="legal_name"))
    wrong = why_not_uscc(uscc)
    if wrong:
        found.append(wrong)
    if len(representative.strip()) < 2:
        found.append(Refusal("certification.representative", "请填写营业执照上的法定代表人（经营者、负责人）姓名", field="representative"))
    if valid_until is not None and valid_until < today:
        found.append(Refusal("certification.out_of_date", "营业期限已过，请换新执照后提交；长期有效的不用填", field="valid_until"))
    return found + _why_not_evidence(evidence, "licence", N_("请上传营业执照照片，等它显示“内容已检查”后再提交"))


def why_not_submit_person(*, legal_name: str, id_number: str, evidence: int, pictures_needed: bool) -> list[Refusal]:
    """Return everything wrong with a person's case at once."""
    found: list[Refusal] = []
    if len(legal_name.strip()) < 2:
        found.append(Refusal("certification.name", "请填写证件上的姓名", field="legal_name"))
    wrong = why_not_id_number(id_number)
    if wrong:
        found.append(wrong)
    return found + (_why_not_evidence(evidence, "identity", N_("请上传身份证人像面照片，等它显示“内容已检查”后再提交")) if pictures_needed else [])


def _why_not_evidence(count: int, field: str, sentence: str) -> list[Refusal]:
    if count == 0:
        return [Refusal("certification.evidence", sentence, field=field)]
    if count > 3:
        return [Refusal("certification.evidence_many", "最多上传 3 张照片", field=field)]
    return []


def why_not_return(*, reason: str, note: str) -> Refusal | None:
    """Return why a case may not go back like this: its people must learn what to mend."""
    if reason not in REASONS:
        return Refusal("certification.reason", "请选择退回原因，对方会看到", field="reason")
    if reason == "other" and len(note.strip()) < 4:
        return Refusal("certification.note", "请写明退回原因，让对方知道怎样修改", field="note")
    return None


def why_not_review(*, same_person: bool, member: bool) -> Refusal | None:
    """Two persons: whoever submitted a case, or belongs to its organisation, does not judge it."""
    if same_person or member:
        return Refusal("certification.two_persons", "本人提交的或所在企业的材料，须由另一位运营人员审核", status=403)
    return None


def is_late(due_at: datetime, now: datetime) -> bool:
    return now > due_at
