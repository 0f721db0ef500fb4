"""Column types: what a value is, said once. Text is stored NFC and free of control and bidi characters."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, Float, Integer, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, Range
from sqlalchemy.orm import mapped_column

from gongchuang.refusal import Refusal

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")


def clean_text(value: str, *, longest: int | None = None, field: str | None = None) -> str:
    """Return `value` as it is stored (NFC, \\n line ends). Refuses NUL, lone surrogates, control and bidi characters, and too long text."""
    if FORBIDDEN.search(value):
        raise Refusal("text.forbidden", "文字中含有不可见的控制字符，请删除后重新粘贴为纯文本", field=field)
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if longest is not None and len(text) > longest:
        raise Refusal("text.too_long", "最多 %(longest)s 个字，当前 %(length)s 个", field=field, longest=longest, length=len(text))
    return text


def clean_json(value: Any) -> Any:
    """Clean every string of a JSON value."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(k): clean_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(v) for v in value]
    return value


class PlainText(TypeDecorator[str]):
    """Text as `clean_text` leaves it."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(self.length))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean_text(value, longest=self.length)


class CleanJson(TypeDecorator[Any]):
    """JSON whose strings are clean."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return clean_json(value)


Text20 = Annotated[str, mapped_column(PlainText(20))]
Text60 = Annotated[str, mapped_column(PlainText(60))]
Text200 = Annotated[str, mapped_column(PlainText(200))]
Text2000 = Annotated[str, mapped_column(PlainText(2000))]
Text10000 = Annotated[str, mapped_column(PlainText(10000))]
Code = Annotated[str, mapped_column(PlainText(40))]
Status = Annotated[str, mapped_column(String(20))]
Digest = Annotated[str, mapped_column(String(64))]
Fen = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3), default="CNY", server_default="CNY")]
BasisPoints = Annotated[int, mapped_column(Integer)]
Minutes = Annotated[int, mapped_column(Integer)]
Mm = Annotated[float, mapped_column(Float(53))]
Instants = Annotated[Range[datetime], mapped_column(TSTZRANGE)]
Codes = Annotated[list[str], mapped_column(ARRAY(String(80)), default=list, server_default="{}")]
Json = Annotated[dict[str, Any], mapped_column(CleanJson, default=dict, server_default="{}")]
