"""When something may be reported, taken down, appealed. Pure."""

from gongchuang.marking import N_
from gongchuang.refusal import Refusal

REASONS = {
    "false": N_("虚假信息：设备、产能、资质或价格不实"),
    "fraud": N_("欺诈：骗取定金、图纸或个人信息"),
    "infringement": N_("侵权：未经许可使用他人图纸、商标或照片"),
    "illegal": N_("违法违规内容"),
    "privacy": N_("泄露他人隐私或商业秘密"),
    "identity": N_("冒用他人企业或身份"),
    "other": N_("其他，请说明"),
}


def why_not_report(*, reason: str, note: str, own: bool) -> list[Refusal]:
    """Return why a report is not taken."""
    found = []
    if own:
        found.append(Refusal("report.own", "这是您所在企业发布的内容，可以直接修改或撤回"))
    if reason not in REASONS:
        found.append(Refusal("report.reason", "请选择举报原因", field="reason"))
    if reason == "other" and len(note.strip()) < 10:
        found.append(Refusal("report.note", "请至少用 10 个字说明问题，便于核实", field="note"))
    return found


def why_not_take_down(*, reason: str, note: str) -> Refusal | None:
    """Return why something may not be taken down like this: its owner must learn why, to mend it or appeal."""
    if reason not in REASONS:
        return Refusal("take_down.reason", "请选择下架原因，对方会看到", field="reason")
    if len(note.strip()) < 4:
        return Refusal("take_down.note", "请写明依据，对方会看到并可申诉", field="note")
    return None


def why_not_answer(*, same_person: bool, answer: str) -> Refusal | None:
    """Two persons: who took a thing down does not judge the appeal."""
    if same_person:
        return Refusal("appeal.two_persons", "下架人不能处理对自己的申诉，请由另一位运营人员处理", status=403)
    if len(answer.strip()) < 4:
        return Refusal("appeal.answer", "请写明答复理由，对方会看到", field="answer")
    return None
