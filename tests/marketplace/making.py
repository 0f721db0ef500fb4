"""What the tests of the marketplace make."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from marketplace.capacity.rules import Window
from marketplace.machines import actions, rules
from marketplace.machines.models import Machine
from tests import builders

MAKERS = ("admin", "sales", "production")


def make_machine(organisation: Organisation, kind: str = "mill-5", **facts: Any) -> Machine:
    """A machine as its owner's first form would record it: three shifts, seven days, unless said otherwise."""
    given = {"shift": "three", "work_days": 7, **facts}
    user = builders.make_user(organisation)
    actor = builders.actor_of(user, organisation)
    with builders._current["app"].app_context(), transaction(Scope.of(actor)):
        preset = rules.preset(kind)
        machine = actions.add(actor, rules.Facts(**{**{n: getattr(preset, n) for n in preset.__dataclass_fields__}, **given}))
        db.session.flush()
    return machine


def window(base: datetime, start: float, end: float, unit: int = 1) -> Window:
    """Hours from `start` to `end` after `base`."""
    return Window(base + timedelta(hours=start), base + timedelta(hours=end), unit)


Act = Callable[..., Any]
