"""省 / 市 / 区: three selects that narrow each other, one field. The code chosen furthest down counts.

For any form: `region = RegionField(_l("所在地区"))`, and in the template, imported from
"organisations/region.html", `{{ region_selects(form.region) }}`.
Without JavaScript the form comes back with the next select filled.
"""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from wtforms import Field
from wtforms.validators import StopValidation

from gongchuang import vocabulary
from gongchuang.web.languages import language

LEVELS = (2, 4, 6)


class RegionField(Field):  # type: ignore[misc]
    """A region's code. `complete`: it must reach the county (区县)."""

    def __init__(self, label: Any = None, *, complete: bool = True, **arguments: Any) -> None:
        super().__init__(label, **arguments)
        self.complete = complete
        self.flags.required = complete

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the longest known code that lies within those above it."""
        self.data = chosen(valuelist)

    def pre_validate(self, form: Any) -> None:
        if self.complete and len(self.data or "") != LEVELS[-1]:
            raise StopValidation(gettext("请选择到区县"))

    @property
    def levels(self) -> list[dict[str, Any]]:
        return levels(self.data or "")


def chosen(codes: Sequence[str]) -> str:
    """Return the furthest code of 省, 市, 区 whose every step lies within the one above."""
    found = ""
    for code in sorted({c for c in codes if c and vocabulary.known("regions", c)}, key=len):
        if code.startswith(found):
            found = code
    return found


def levels(code: str) -> list[dict[str, Any]]:
    """Return the three selects: label, options (code, label), and which is chosen."""
    tongue, found = language(), []
    for size, label in zip(LEVELS, (gettext("省"), gettext("市"), gettext("区县")), strict=True):
        above = code[: size - 2] if len(code) >= size - 2 else None
        terms = vocabulary.children("regions", above or None) if size == LEVELS[0] or above else ()
        found.append({"label": label, "options": [(t.code, t.label(tongue)) for t in terms], "chosen": code[:size] if len(code) >= size else ""})
    return found
