"""What a body's check says, in the project's own sentences: pydantic speaks English only, and of inputs rather than to people."""

import re
from collections.abc import Callable

_NUMBER = r"(?P<limit>\S+)"
SENTENCES = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Field required", "请填写此项"),
        (r"Extra inputs are not permitted", "没有这个字段"),
        (rf"Input should be greater than or equal to {_NUMBER}", "须不小于 %(limit)s"),
        (rf"Input should be greater than {_NUMBER}", "须大于 %(limit)s"),
        (rf"Input should be less than or equal to {_NUMBER}", "须不大于 %(limit)s"),
        (rf"Input should be less than {_NUMBER}", "须小于 %(limit)s"),
        (r"Input should be a valid integer.*", "请填写整数"),
        (r"Input should be a (?:valid|finite) number.*", "请填写数字"),
        (r"Input should be a valid boolean.*", "须为 true 或 false"),
        (r"Input should be a valid string", "须为文本"),
        (r"Input should be a valid datetime.*|Input should have timezone info", "请填写带时区的时间，例如 2026-11-24T08:00:00+08:00"),
        (r"Input should be a valid date.*|Datetimes provided to dates .*", "请填写日期，例如 2026-11-24"),
        (r"Input should be a valid UUID.*|UUID .*", "编号格式不正确"),
        (r"Input should be a valid (?:list|tuple|set).*", "须为列表"),
        (r"Input should be (?:a valid dictionary|an object).*", "须为对象"),
        (r"String should have at most (?P<limit>\d+) characters?", "最多 %(limit)s 个字"),
        (r"String should have at least (?P<limit>\d+) characters?", "至少 %(limit)s 个字"),
        (r"\w+ should have at most (?P<limit>\d+) items? .*", "最多 %(limit)s 项"),
        (r"\w+ should have at least (?P<limit>\d+) items? .*", "至少 %(limit)s 项"),
        (r"Input should be (?P<limit>'.+)", "须为 %(limit)s"),
    )
)
OTHERWISE = "内容格式不正确"


def said(message: str, translate: Callable[[str], str]) -> str:
    """Return a check's message as the reader's language says it."""
    for pattern, sentence in SENTENCES:
        found = pattern.fullmatch(message)
        if found:
            named = {name: value.replace(" or ", ", ") for name, value in found.groupdict().items()}
            return translate(sentence) % named if named else translate(sentence)
    return message.removeprefix("Value error, ") if message.startswith("Value error, ") else translate(OTHERWISE)
