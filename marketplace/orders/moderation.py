"""Reporting an order, and taking it down."""

from typing import Any

from flask_babel import lazy_gettext as _l

from marketplace.orders import actions, queries
from services.procedures.moderation import let_be_reported


def start(app: Any) -> None:
    """Let orders be reported."""
    let_be_reported("order", _l("询价单"), url="/orders", reason="平台已下架这张询价单", find=queries.order, cancel=actions.cancel)
