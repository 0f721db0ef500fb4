"""A machine in words, for pages, cards and documents."""

from typing import Any, Protocol
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from gongchuang import vocabulary
from gongchuang.web.languages import language
from marketplace.machines import rules


class Sized(Protocol):
    """What of a machine its envelope is written from."""

    @property
    def kind(self) -> str: ...
    @property
    def x_mm(self) -> float | None: ...
    @property
    def y_mm(self) -> float | None: ...
    @property
    def z_mm(self) -> float | None: ...
    @property
    def mass_kg(self) -> float | None: ...


def envelope_of(machine: Sized) -> str:
    """Return 650×520×475 mm, φ320×1500 mm, 3000×1500 mm ≤20 mm or ≤800 kg; empty when nothing is recorded."""
    return rules.envelope_words(machine.kind, machine.x_mm, machine.y_mm, machine.z_mm, machine.mass_kg)


def materials_of(materials: dict[str, float | None], most: int = 40) -> str:
    """Return 碳素钢 ≤20 mm、铝合金: materials with their greatest thickness."""
    parts = [
        vocabulary.label("materials", code, language()) + (f" ≤{thick:g} mm" if thick is not None else "") for code, thick in list(materials.items())[:most]
    ]
    return str(_("、")).join(parts) + ("…" if len(materials) > most else "")


def photo_of(photo_id: UUID | str | None) -> str | None:
    """Return the address of a machine's photograph, None where there is only the drawing of its kind."""
    return url_for("files.thumbnail", revision_id=photo_id) if photo_id else None


def process_names(codes: list[str]) -> str:
    """Return processes by name."""
    return str(_("、")).join(vocabulary.label("processes", code, language()) for code in codes)


def shift_words(shifts: dict[str, Any]) -> str:
    """Return the weekly pattern: 两班 16 小时，每周 6 天."""
    day: list[list[int]] = next((day for day in shifts["week"] if day), [])
    span = str(_("、")).join(f"{start // 60:02d}:{start % 60:02d}–{_clock(end)}" for start, end in day)
    names = {"one": _("单班"), "two": _("两班"), "three": _("三班"), "own": _("自定义")}
    return str(_("%(name)s %(span)s，每周 %(days)s 天", name=names.get(shifts["preset"], ""), span=span, days=shifts["days"]))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes <= 1440 else f"{minutes // 60 - 24:02d}:{minutes % 60:02d}"
