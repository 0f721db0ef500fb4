"""What the tests of the marketplace make."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gongchuang.database import Scope, db, uuid7
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from marketplace.capacity.spans import Window
from marketplace.machines import actions, rules
from marketplace.machines.models import Machine
from services.files.models import File, FileRevision
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


def make_picture(organisation: Organisation) -> UUID:
    """A checked photograph of a firm's own."""
    revision_id = uuid7()
    with builders._current["app"].app_context(), transaction(Scope.of(builders.actor_of(builders.make_user(organisation), organisation))):
        file = File(organisation_id=organisation.id, name="设备.jpg", purpose="machine_photo")
        db.session.add(file)
        db.session.flush()
        key = f"{organisation.id}/{revision_id}/original"
        given = {"name": "设备.jpg", "kind": "jpeg", "size": 9, "status": "checked", "sha256": "0" * 64, "object_key": key, "thumbnail_key": f"{key}.png"}
        db.session.add(FileRevision(id=revision_id, organisation_id=organisation.id, file_id=file.id, reason_params={}, facts={}, **given))
    return revision_id


def window(base: datetime, start: float, end: float, unit: int = 1) -> Window:
    """Hours from `start` to `end` after `base`."""
    return Window(base + timedelta(hours=start), base + timedelta(hours=end), unit)


Act = Callable[..., Any]
