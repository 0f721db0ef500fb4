"""Who asks: organisations in every relation to `own`, each with people in every role, and those who should get in nowhere."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient

from gongchuang.accounts.identify import by_cookie, by_token
from gongchuang.accounts.models import User
from gongchuang.actor import Actor, Duty, Role
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.web.application import Application
from tests import builders
from tests.architecture.isolation.canary import mark

ROLES = tuple(role.value for role in Role)
RELATIONS = ("own", "counterparty", "invited", "rival", "stranger")
"""Relations of whole firms to `own`, whose orders, tasks and files are asked for: each has a person in every role."""
HERE, ELSEWHERE = "61", "45"


@dataclass
class Person:
    """One who asks: with a browser's cookie, or by a program with a token."""

    name: str
    app: Application
    user: User | None = None
    organisation: Organisation | None = None
    cookie: str = ""
    token: str = ""

    def client(self, *, api: bool) -> FlaskClient:
        return self.program if api else self.browser

    @cached_property
    def browser(self) -> FlaskClient:
        """A browser that never takes a new cookie: the world is put back behind it."""
        client = self.app.test_client(use_cookies=False)
        if self.cookie:
            client.environ_base["HTTP_COOKIE"] = f"{builders.COOKIE}={self.cookie}"
        return client

    @cached_property
    def program(self) -> FlaskClient:
        client = self.app.test_client()
        if self.token:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        return client

    def actor(self, *, api: bool) -> Actor:
        """Return who the program itself takes this person for."""
        if not (self.token if api else self.cookie):
            return Actor()
        with self.app.app_context(), transaction(Scope(system=True)):
            return (by_token(self.token) if api else by_cookie(self.cookie)).actor

    def scope(self, *, api: bool = False) -> Scope:
        return Scope.of(self.actor(api=api))


@dataclass
class People:
    """Everybody, by name: `own/sales`, `counterparty/admin`, `operator/audit`, `anonymous`…"""

    app: Application
    everyone: dict[str, Person] = field(default_factory=dict)
    firms: dict[str, Organisation] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        return self.everyone[name]

    def firm(self, name: str, **values: Any) -> Organisation:
        marked = mark()
        made = builders.make_organisation(f"{marked}机械厂", **{"introduction": f"我厂简介{mark()}"} | values)
        self.firms[name] = made
        return made

    def add(self, name: str, organisation: Organisation | None, *, roles: tuple[str, ...] = (), duties: tuple[str, ...] = (), fresh: bool = True) -> Person:
        user = builders.make_user(organisation, roles=roles, duties=duties, email=f"{mark()}@example.org")
        with builders.as_the_system():
            row = db.session.get(User, user.id)
            assert row is not None
            row.name = f"某人{mark()}"
        token = builders.make_token(user, organisation) if organisation is not None else ""
        self.everyone[name] = Person(name, self.app, user, organisation, builders.make_session(user, organisation, fresh=fresh), token)
        return self.everyone[name]


def make_people(app: Application) -> People:
    """Make everybody. Every firm lies in Shaanxi, whose operators are `operator`; those of Guangxi are `elsewhere`."""
    people = People(app)
    for relation in RELATIONS:
        firm = people.firm(relation)
        for role in ROLES:
            people.add(f"{relation}/{role}", firm, roles=(role,))
    people.add("own/stale", people.firms["own"], roles=("admin",), fresh=False)
    for name, status in (("ex-member", "left"), ("suspended-member", "suspended")):
        gone = people.add(name, people.firms["own"], roles=("admin",))
        assert gone.user is not None
        set_membership(gone.user.id, status)
    people.add("suspended/admin", people.firm("suspended"), roles=("admin",))
    people.add("unverified/admin", people.firm("unverified", verified=False), roles=("admin",))
    people.add("maker/admin", people.firm("maker", kind="person"), roles=("admin",))
    people.add("provider/admin", people.firm("provider", kind="provider"), roles=("admin",))
    for name, region in (("operator", HERE), ("elsewhere", ELSEWHERE)):
        firm = people.firm(name, kind="operator", region=region, operator_region=region)
        for duty in Duty:
            people.add(f"{name}/{duty}", firm, duties=(duty.value,))
    people.add("homeless", None)
    people.everyone["anonymous"] = Person("anonymous", app)
    return people


def set_membership(user_id: UUID, status: str) -> None:
    with builders.as_the_system():
        row = db.session.query(Membership).filter_by(user_id=user_id).one()
        row.status = status


def suspend(organisation_id: UUID) -> None:
    with builders.as_the_system():
        row = db.session.get(Organisation, organisation_id)
        assert row is not None
        row.status = "suspended"
