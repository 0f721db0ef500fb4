"""People: signing in, sessions, tokens."""

from gongchuang.manifest import Feature

from . import models as models

feature = Feature(name="accounts")
