"""What organisations contribute."""

from flask_babel import lazy_gettext as _l

from gongchuang.manifest import Feature, NavItem
from gongchuang.organisations import api, checks, member_views, permissions, words

feature = Feature(
    name="organisations",
    pages=member_views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    checks=[checks.members_are_led],
    nav=[NavItem(_l("企业名录"), "organisations.directory", 40, icon="building-factory-2")],
    globals=words.GLOBALS,
)
