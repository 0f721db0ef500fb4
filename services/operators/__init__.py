"""The operators' board: what waits for 运营, 安全 and 审计, parked deliveries, suspension, the audit chains of a place.

Owns no table. Builds on: services.certification, services.moderation, the ground's outbox and audit trail.
"""

from flask_babel import lazy_gettext as _l

from gongchuang.manifest import Feature, NavItem

from . import api, permissions, views
from .commands import operator

feature = Feature(
    name="operators",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    nav=[NavItem(_l("运营台"), "operators.board", 90, permission=permissions.OperatorPermission.BOARD)],
    commands=[operator],
)

__all__ = ["feature"]
