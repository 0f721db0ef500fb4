"""What every page shows about its reader: organisation, role, navigation, how much waits."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext
from sqlalchemy import text

from gongchuang import vocabulary
from gongchuang.actor import Role
from gongchuang.database import db
from gongchuang.manifest import NavItem, features
from gongchuang.rights import DUTY_LABELS, ROLE_LABELS, may
from gongchuang.settings import Settings
from gongchuang.web.current import actor
from gongchuang.web.languages import language

_MINE = text(
    """select o.id, o.short_name as name, m.roles, m.duties, u.name as person, coalesce(u.phone, u.email) as address
       from users u left join memberships m on m.user_id = u.id and m.status = 'active' left join organisations o on o.id = m.organisation_id
       where u.id = :user order by o.id"""
)


def _role(row: Any) -> str:
    if row["duties"]:
        return str(gettext("、")).join(gettext(DUTY_LABELS[d]) for d in row["duties"])
    return str(gettext(ROLE_LABELS[Role(row["roles"][0])])) if row["roles"] else ""


def reader() -> dict[str, Any] | None:
    """Return who reads, for the header; None when nobody is signed in. One statement a request."""
    who = actor()
    if not who.signed_in:
        return None
    if "reader" not in g:
        rows = list(db.session.execute(_MINE, {"user": who.user_id}).mappings())
        mine = [{"id": r["id"], "name": r["name"], "role": _role(r), "current": r["id"] == who.organisation_id} for r in rows if r["id"]]
        current = next((o for o in mine if o["current"]), None)
        name = rows[0]["person"] or rows[0]["address"] if rows else ""
        g.reader = {"name": name, "organisation": current["name"] if current else None, "role": current["role"] if current else None, "organisations": mine}
    found: dict[str, Any] = g.reader
    return found


def node() -> dict[str, Any]:
    """Return what is said about this installation, and what is degraded at the moment."""
    settings: Settings = current_app.config["SETTINGS"]
    return {
        "name": settings.node_name,
        "icp": settings.icp_number,
        "police": settings.police_number,
        "degraded": [gettext(s) for s in g.get("degraded", [])],
        "demo": current_app.extensions.get("demo_loaded", lambda: False)(),
    }


def arrange(app: Flask) -> None:
    """Order the rooms' navigation once."""
    app.extensions["navigation"] = sorted((item for feature in features() for item in feature.nav), key=lambda i: i.order)


def nav_items() -> list[dict[str, Any]]:
    """Return the main navigation."""
    items: list[NavItem] = current_app.extensions["navigation"]
    endpoint = request.endpoint or ""
    shown = [item for item in items if item.permission is None or may(item.permission)]
    return [{"label": gettext(i.label), "url": url_for(i.endpoint), "active": endpoint.split(".")[0] == i.endpoint.split(".")[0]} for i in shown]


def todo_count() -> int:
    """Return how many things wait for the reader, as `services.messages` counts them."""
    count: Callable[[], int] = current_app.extensions.get("todo_count", lambda: 0)
    return count() if actor().signed_in else 0


def label(scheme: str, code: str | None) -> str:
    """Return a vocabulary code's label in the reader's language."""
    return vocabulary.label(scheme, code, language()) if code else "—"


def machine_drawing(kind: str | None) -> str:
    """Return the name of the line drawing of a machine kind."""
    return vocabulary.machine_kind(kind).drawing if kind and vocabulary.known("machine_kinds", kind) else "other"
