"""How facts and sizes of files are put before people."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext

from .models import FileRevision
from .rules import largest
from .sniff import EXTENSIONS, MODELS, PICTURES
from .words import KINDS, STATUSES, TIERS, reason_text

ALL_EXTENSIONS = ",".join(sorted(EXTENSIONS))


def millimetres(value: float) -> str:
    """Return a length to a tenth of a millimetre: a curve's mesh lies a few hundredths inside the part."""
    return f"{value:,.1f}".removesuffix(".0") if value >= 1 else f"{value:.2f}"


def box_text(facts: dict[str, Any]) -> str:
    """Return the outer size: 220 × 220 × 52 mm."""
    return " × ".join(millimetres(side) for side in facts["box_mm"]) + " mm"


def volume_text(volume_mm3: float) -> str:
    """Return a volume in cm³, in mm³ when it is tiny."""
    return f"{volume_mm3 / 1000:,.1f} cm³" if volume_mm3 >= 1000 else f"{volume_mm3:,.1f} mm³"


def fact_items(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was measured, as the page part `facts` shows it; a card shows the brief ones."""
    items: list[dict[str, Any]] = []
    if "box_mm" in facts:
        note = gettext("STL 不带单位，按毫米计") if facts.get("unit_assumed") else ""
        items.append({"label": gettext("外形尺寸"), "value": box_text(facts), "note": note, "brief": True})
    if facts.get("volume_mm3") is not None:
        items.append({"label": gettext("体积"), "value": volume_text(facts["volume_mm3"]), "brief": True})
    if "area_mm2" in facts:
        items.append({"label": gettext("表面积"), "value": f"{facts['area_mm2'] / 100:,.1f} cm²", "brief": True})
    if "triangles" in facts:
        items.append({"label": gettext("三角面"), "value": f"{facts['triangles']:,}", "brief": False})
    if "width_px" in facts:
        items.append({"label": gettext("像素"), "value": f"{facts['width_px']:,} × {facts['height_px']:,}", "brief": True})
    return items


def size_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:,.0f} KB" if size < 1 << 20 else f"{size / (1 << 20):,.1f} MB"


def open_mesh(revision: FileRevision) -> str | None:
    """Return why no volume is shown: 模型未封闭, or faces that disagree about what is inside; None when all is well."""
    facts = revision.facts
    if revision.status != "checked" or "watertight" not in facts or facts.get("volume_mm3") is not None:
        return None
    if not facts["watertight"]:
        return str(gettext("模型未封闭（破面），无法计算体积和重量，请在 CAD 软件中修补后重新导出"))
    return str(gettext("模型部分面的朝向不一致，无法计算体积和重量，请在 CAD 软件中检查后重新导出"))


GLOBALS: dict[str, Callable[..., Any]] = {
    "file_facts": fact_items,
    "file_size": size_text,
    "file_open_mesh": open_mesh,
    "file_reason": lambda revision: reason_text(revision.reason_code, revision.reason_params),
    "file_status": lambda revision: str(STATUSES[revision.status]),
    "file_kind": lambda revision: str(KINDS.get(revision.kind, revision.kind)),
    "file_tier": lambda tier: str(TIERS[tier]),
    "file_extensions": lambda: ALL_EXTENSIONS,
    "file_largest": largest,
    "file_is_model": lambda revision: revision.kind in MODELS and revision.model_key is not None,
    "file_is_picture": lambda revision: revision.kind in PICTURES,
}
