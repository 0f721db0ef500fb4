"""What must never be taken, for every kind of field the API and the pages have."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

ALWAYS_WRONG = {
    "string": ['"a\\u0000b"', '"\\ud800"', '"a\\u202eb"', '"' + "长" * 20_001 + '"'],
    "number": ["NaN", "1e400", "-1e400", "9" * 21],
    "integer": ["NaN", "1e400", "9" * 21, "0.5", '"many"'],
    "boolean": ['"perhaps"', "2"],
    "array": ["{}", "[" * 300 + "]" * 300, "[" + ",".join(["{}"] * 20_000) + "]"],
    "object": ["[]", '{"surprise": 1}', '{"a": 1, "a": 2}'],
    "date": ['"2026-02-30"', '"20261120T"', '"-0001-01-01"', "9" * 21],
    "date-time": ['"2026-02-30T00:00:00Z"', '"yesterday"', '"2026-11-20T12:00:00+99:00"'],
    "uuid": ['"x"', "1", '"00000000-0000-0000-0000-00000000000"'],
}
"""JSON texts of no meaning for a type or format: every one of them is refused, by whatever field of it."""

ODD = {
    "integer": ["-1", "0", "9223372036854775807", "-9223372036854775808"],
    "number": ["-1", "0", "1e-320", "1e308"],
    "date": ['"0001-01-01"', '"9999-12-31"', '"1999-12-31"'],
    "date-time": ['"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-12:00"'],
    "string": ['""', '" "', '"<script>"', '"%00"'],
    "array": ["[]", "[null]", '["x"]'],
}
"""JSON texts that may be right somewhere: they are taken or refused, but nothing breaks."""


def kinds_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    """Yield the types and formats a schema allows."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        for option in options:
            yield from kinds_of(option, schemas)
    elif "enum" in schema or "const" in schema:
        yield "string"
    elif schema.get("type") != "null":
        found = schema.get("format", "")
        yield found if found in ALWAYS_WRONG else schema.get("type", "string")


class FormReader(HTMLParser):
    """The fields of the fullest form of a page as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self.typed: set[str] = set()
        self._area: str | None = None
        self._select: str | None = None
        self.feed(page)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return max(self.forms, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append([])
        elif not self.forms or "disabled" in said:
            return
        elif tag == "input" and said.get("name"):
            self._input(said)
        elif tag == "textarea":
            self._area = said["name"]
            self.typed.add(said["name"])
            self.forms[-1].append((said["name"], ""))
        elif tag == "select":
            self._select = said.get("name")
        elif tag == "option" and self._select and "selected" in said:
            self.forms[-1].append((self._select, said.get("value", "")))

    def _input(self, said: dict[str, str]) -> None:
        kind = said.get("type", "text")
        if (kind in ("checkbox", "radio") and "checked" not in said) or kind in ("file", "submit"):
            return
        if kind not in ("hidden", "checkbox", "radio"):
            self.typed.add(said["name"])
        self.forms[-1].append((said["name"], said.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area and data.strip():
            self.forms[-1][-1] = (self._area, data.lstrip("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
