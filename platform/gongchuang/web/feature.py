"""What serving contributes: the clock that forgets old idempotency keys."""

from gongchuang.manifest import Feature
from gongchuang.web.idempotency import forget_old_keys

feature = Feature(name="web", crons=[forget_old_keys])
