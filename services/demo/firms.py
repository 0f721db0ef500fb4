"""Made-up organisations and their people, ready to act. All are flagged `demo`: no mail, no statistics, removable."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from stdnum.cn import uscc

from gongchuang.accounts.identify import digest
from gongchuang.accounts.models import User
from gongchuang.actor import Actor, OrganisationKind, Role
from gongchuang.audit import record
from gongchuang.database import Scope, db, uuid7
from gongchuang.organisations.actions import initials_of
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.organisations.queries import audience_tokens

from .tables import Row, codes

TITLES = {
    "admin": "负责人示例",
    "sales": "销售示例",
    "buyer": "采购示例",
    "engineer": "技术示例",
    "production": "生产示例",
    "quality": "质检示例",
    "finance": "财务示例",
}
DUTIES = {"operations": "运营示例", "security": "安全示例", "audit": "审计示例"}
OFFICES = {"operator": "12", "firm": "91", "provider": "91"}
"""The first two signs of a unified social credit code: registered by 工商 (91) or by 机构编制 (12)."""

_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Firm:
    """One of the demo's organisations, with the person who acts in each role."""

    key: str
    id: UUID
    name: str
    short_name: str
    kind: str
    region: str
    park: str | None
    verified: bool
    people: Mapping[str, UUID]

    def actor(self, role: str) -> Actor:
        """Return the person of `role`, or of the first role there is, as an actor."""
        role = role if role in self.people else next(iter(self.people))
        duties = (role,) if role in DUTIES else ()
        region = self.region[:2] if self.kind == "operator" else None
        return Actor(
            user_id=self.people[role],
            organisation_id=self.id,
            roles=frozenset((Role(role),)) if role in TITLES else frozenset(),
            kind=OrganisationKind(self.kind),
            verified=self.verified,
            audience=(*audience_tokens(self.id, self.park), *(f"{duty}:{region}" for duty in duties)),
            operator_duties=frozenset(duties),
            operator_region=region,
            fresh=True,
        )

    def scope(self, role: str = "admin") -> Scope:
        return Scope.of(self.actor(role))


def credit_code(number: int, kind: str) -> str:
    """Return a valid unified social credit code of no registered body: region 999999, then `number` as organisation code (check digit of GB 11714)."""
    body = f"MA{number:06d}"
    rest = 11 - sum(weight * _SIGNS.index(sign) for weight, sign in zip(_WEIGHTS, body, strict=True)) % 11
    first = OFFICES[kind] + "999999" + body + {10: "X", 11: "0"}.get(rest, str(rest))
    return first + uscc.calc_check_digit(first)


def found(rows: Iterable[Row], at: datetime, *, first: int, unverified: Iterable[str] = ()) -> dict[str, Firm]:
    """Add the organisations of a table and one person for each of their roles. Runs as the system role; `first` numbers codes and phones."""
    made: dict[str, Firm] = {}
    waiting = set(unverified)
    for number, row in enumerate(rows, first):
        organisation = _organisation(row, number, at, verified=row["key"] not in waiting)
        db.session.add(organisation)
        db.session.flush()
        people = dict(_people(organisation, row, number, at))
        record(Actor.system(organisation.id), "organisation:register", organisation, kind=organisation.kind)
        made[row["key"]] = Firm(
            key=row["key"],
            id=organisation.id,
            name=organisation.name,
            short_name=organisation.short_name,
            kind=organisation.kind,
            region=organisation.region,
            park=organisation.park,
            verified=organisation.verified,
            people=people,
        )
    return made


def _organisation(row: Row, number: int, at: datetime, *, verified: bool) -> Organisation:
    kind = row["kind"]
    return Organisation(
        name=row["name"],
        short_name=row["short_name"],
        kind=kind,
        status="verified" if verified else "unverified",
        uscc=credit_code(number, kind) if kind in OFFICES else None,
        region=row["region"],
        park=row["park"] or None,
        industry=row["industry"] or None,
        size=row["size"] or None,
        introduction=row["introduction"],
        initials=initials_of(row["short_name"]),
        demo=True,
        verified_at=at - timedelta(days=30 + number) if verified else None,
        operator_region=row["region"][:2] if kind == "operator" else None,
    )


def _people(organisation: Organisation, row: Row, number: int, at: datetime) -> Iterable[tuple[str, UUID]]:
    roles = list(DUTIES) if organisation.kind == "operator" else list(codes(row.get("roles", ""))) or ["admin"]
    for order, role in enumerate(roles):
        title = DUTIES.get(role) or TITLES[role]
        user = User(
            phone=f"+861390000{number:02d}{order:02d}",
            name=f"{organisation.short_name}{title}",
            fs_uniquifier=digest(f"demo:{number}:{order}:{uuid7()}"),
            privacy_consented_at=at,
            organisation_id_last=organisation.id,
            demo=True,
        )
        db.session.add(user)
        db.session.flush()
        held, duties = ([], [role]) if role in DUTIES else ([role], [])
        db.session.add(Membership(organisation_id=organisation.id, user_id=user.id, roles=held, duties=duties, title=title))
        yield role, user.id


def standing() -> dict[str, Firm]:
    """Return the demo's organisations that stand, by short name, with their people. Runs as the system role."""
    people: dict[UUID, dict[str, UUID]] = {}
    chosen: Any = select(Membership, Organisation).join(Organisation, Organisation.id == Membership.organisation_id).where(Organisation.demo)
    organisations: dict[UUID, Organisation] = {}
    for membership, organisation in db.session.execute(chosen.order_by(Membership.id)):
        organisations[organisation.id] = organisation
        for role in (*membership.roles, *membership.duties):
            people.setdefault(organisation.id, {}).setdefault(role, membership.user_id)
    return {o.short_name: Firm(o.short_name, o.id, o.name, o.short_name, o.kind, o.region, o.park, o.verified, people[o.id]) for o in organisations.values()}
