"""What organisations contribute."""

from gongchuang.manifest import Feature
from gongchuang.organisations import api, member_views, permissions, words

feature = Feature(name="organisations", pages=member_views.pages, api=api.api, permissions=permissions.POLICY, globals=words.GLOBALS)
