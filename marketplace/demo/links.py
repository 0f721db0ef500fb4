"""Signing in to the demo without a telephone: one-time links for four people of four kinds, printed when the program starts."""

from datetime import timedelta
from time import monotonic

from flask import Flask
from sqlalchemy import exists, select

from gongchuang.accounts.actions import one_time_link
from gongchuang.accounts.models import User
from gongchuang.database import Scope, db
from gongchuang.organisations.models import Organisation
from services.demo import firms
from services.demo.travel import moment

WHO = (
    ("工厂销售", "岚宇精密", "sales"),
    ("中小企业采购", "邕宁泵业", "buyer"),
    ("创客", "结构工程师甲", "admin"),
    ("园区运营", "陕西运营中心", "operations"),
)
LASTS = timedelta(hours=12)
LOOK_EVERY_S = 60


def sign_in_links() -> list[tuple[str, str]]:
    """Return each kind of reader with the path that signs one of the demo's people in, once."""
    with moment(Scope(system=True)) as now:
        standing = firms.standing()
        found = [(kind, standing[name].actor(role).user_id) for kind, name, role in WHO if name in standing]
        return [(kind, one_time_link(user, now, lasts=LASTS)) for kind, user_id in found if (user := db.session.get(User, user_id)) is not None]


class Loaded:
    """Whether the demo stands, asked of the database at most once a minute."""

    def __init__(self) -> None:
        self._answer = False
        self._until = 0.0

    def __call__(self) -> bool:
        if monotonic() >= self._until:
            self._answer = bool(db.session.scalar(select(exists().where(Organisation.demo))))
            self._until = monotonic() + LOOK_EVERY_S
        return self._answer


def install(app: Flask) -> None:
    """Tell the program how to sign in to the demo, and pages whether it stands."""
    app.extensions["demo_sign_in_links"] = sign_in_links
    app.extensions["demo_loaded"] = Loaded()
