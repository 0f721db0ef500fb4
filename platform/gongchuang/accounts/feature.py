"""What accounts contribute."""

from gongchuang.accounts import api, checks, codes, keys, me_views, permissions, sms
from gongchuang.manifest import Feature

feature = Feature(
    name="accounts",
    pages=me_views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    crons=[codes.forget_old_codes],
    checks=[checks.gone_people_are_gone],
    start=[keys.start, sms.start],
)
