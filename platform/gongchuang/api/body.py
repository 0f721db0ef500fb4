"""Reading a JSON body strictly before anyone looks at it: no duplicate keys, no NaN or 1e400, no depth that exhausts the stack, no characters nobody sees."""

import json
import math
import re
from typing import Any

from flask import request

from gongchuang.refusal import Refusal
from gongchuang.types import clean_text

DEEPEST = 32
LONGEST = 2 * 1024 * 1024


class _Beyond:
    """A number beyond counting, until the name it stands under is known."""

    def __init__(self, text: str) -> None:
        self.text = text


def _refuse_beyond(value: Any, field: str | None) -> None:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, list):
            _refuse_beyond(each, field)
        elif isinstance(each, _Beyond):
            raise Refusal("json.number", "JSON 中的数字 %(number)s 超出范围", field=field, number=each.text[:30])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, value in pairs:
        _refuse_beyond(value, key[:60])
        if key in read:
            raise Refusal("json.duplicate", "JSON 中字段 %(key)s 重复出现", field=key[:60], key=key[:60])
        read[key] = value
    return read


def _finite(text: str) -> float | _Beyond:
    value = float(text)
    return value if math.isfinite(value) else _Beyond(text)


def _integer(text: str) -> int | _Beyond:
    return int(text) if len(text) <= 19 else _Beyond(text)


STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def deepest(text: str) -> int:
    """Return how deep brackets nest outside strings."""
    depth = found = 0
    for bracket in re.findall(r"[\[{\]}]", STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        found = max(found, depth)
    return found


def loads(raw: bytes) -> Any:
    """Return the value of a JSON text, or refuse it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("json.encoding", "请求内容不是有效的 UTF-8") from None
    if deepest(text) > DEEPEST:
        raise Refusal("json.depth", "JSON 嵌套过深，最多 %(deepest)s 层", deepest=DEEPEST)
    try:
        read = json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_int=_integer, parse_constant=_finite)
    except json.JSONDecodeError as error:
        raise Refusal("json.syntax", "JSON 格式有误：第 %(line)s 行第 %(column)s 列", line=error.lineno, column=error.colno) from None
    _refuse_beyond(read, None)
    return read


def _refuse_hidden(value: Any, place: str = "") -> None:
    """Refuse characters nobody can see, by the name of their field."""
    if isinstance(value, str):
        clean_text(value, field=place or None)
    elif isinstance(value, dict):
        for key, inner in value.items():
            clean_text(key, field=place or None)
            _refuse_hidden(inner, f"{place}.{key[:60]}".lstrip("."))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            _refuse_hidden(inner, f"{place}.{at}".lstrip("."))


def read_strictly() -> None:
    """Before the view: put the checked value where Flask and APIFlask look for it."""
    if not request.path.startswith("/api/") or request.method in ("GET", "HEAD", "OPTIONS") or "json" not in request.mimetype:
        return
    raw = request.get_data(cache=True)
    if len(raw) > LONGEST:
        raise Refusal("json.too_large", "请求内容过大，最多 2 MiB", status=413)
    value = loads(raw) if raw.strip() else {}
    _refuse_hidden(value)
    request._cached_json = (value, value)
