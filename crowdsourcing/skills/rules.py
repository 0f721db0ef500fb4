"""What may be declared as a skill. Pure."""

from collections.abc import Sequence

from gongchuang import vocabulary
from gongchuang.refusal import Refusal

MOST_SKILLS = 15
LONGEST_INTRODUCTION = 2000


def choosable(code: str) -> bool:
    """Tell whether a code names a skill itself, not a group of them."""
    return vocabulary.known("skills", code) and vocabulary.term("skills", code).parent is not None


def why_not_declare(skills: Sequence[str], introduction: str) -> list[Refusal]:
    """Return everything that keeps these skills from being declared, each at its field."""
    found = []
    if not skills:
        found.append(Refusal("skill.none", "请至少选择一项技能", field="skills"))
    if len(set(skills)) > MOST_SKILLS:
        found.append(Refusal("skill.many", "最多选 %(most)s 项技能，选最拿手的更容易匹配", field="skills", most=MOST_SKILLS))
    if any(not choosable(code) for code in skills):
        found.append(Refusal("skill.unknown", "请从列表中选择技能", field="skills"))
    if len(introduction) > LONGEST_INTRODUCTION:
        found.append(
            Refusal("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", field="introduction", longest=LONGEST_INTRODUCTION, length=len(introduction))
        )
    return found
