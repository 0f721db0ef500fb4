"""What serving contributes: the readable page of the API, the vocabulary by API, the clock that forgets old idempotency keys."""

from gongchuang.api import codes, docs
from gongchuang.manifest import Feature
from gongchuang.web.idempotency import forget_old_keys

feature = Feature(name="web", pages=docs.pages, api=codes.api, crons=[forget_old_keys])
