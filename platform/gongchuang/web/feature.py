"""What serving contributes: the readable page of the API, the clock that forgets old idempotency keys."""

from gongchuang.api import docs
from gongchuang.manifest import Feature
from gongchuang.web.idempotency import forget_old_keys

feature = Feature(name="web", pages=docs.pages, crons=[forget_old_keys])
