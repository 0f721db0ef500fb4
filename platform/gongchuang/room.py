"""The ground's own features, as a room like the others."""

from gongchuang.accounts.feature import feature as accounts
from gongchuang.audit.feature import feature as audit
from gongchuang.events.feature import feature as events
from gongchuang.manifest import Room
from gongchuang.organisations.feature import feature as organisations
from gongchuang.web.feature import feature as web

room = Room("gongchuang", (web, audit, events, accounts, organisations))
