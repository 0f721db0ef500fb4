"""What people do with an organisation itself: register it, keep its profile, act for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from gongchuang import audit, vocabulary
from gongchuang.accounts.models import User
from gongchuang.actor import Actor, Role
from gongchuang.database import as_system, db
from gongchuang.events import emit
from gongchuang.organisations import queries, rules
from gongchuang.organisations.events import OrganisationChanged, OrganisationCreated
from gongchuang.organisations.membership import act_for, ask_to_join
from gongchuang.organisations.models import JoinRequest, Membership, Organisation
from gongchuang.refusal import NotFound, Refusal, refuse_all


@dataclass(frozen=True)
class Profile:
    """What an organisation says of itself. Codes are the vocabulary's."""

    name: str
    region: str
    park: str | None = None
    industry: str | None = None
    size: str | None = None
    introduction: str = ""


def initials_of(name: str) -> str:
    """Return the pinyin initials a company is searched by: 西安高新机械 → xagxjx."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its tables are a fifth of a second of every start

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda other: other.lower())).replace(" ", "")[:60]


def _unknown_codes(profile: Profile) -> list[Refusal]:
    found = []
    for field, scheme in (("region", "regions"), ("park", "parks"), ("industry", "industries"), ("size", "sizes")):
        code = getattr(profile, field)
        if code and not vocabulary.known(scheme, code):
            found.append(Refusal("code.unknown", "请从列表中选择", field=field))
    return found


def create(actor: Actor, user: User, profile: Profile, now: datetime, *, kind: str, uscc: str | None = None, message: str = "") -> Organisation | JoinRequest:
    """Register an organisation, unverified, with the actor as its administrator, who acts for it from now on.

    Whoever asks for the very same one again, having got no answer, gets it: the program's client repeats, a person presses twice.
    A USCC that a verified organisation holds makes a request to join that one instead: one company, one organisation.
    """
    number = rules.tidy_uscc(uscc) if uscc and kind != "person" else None
    if (again := queries.founded_already(user.id, kind, profile.name.strip(), number)) is not None:
        act_for(actor, user.id, again.id)
        return again
    unverified = queries.unverified_count_of(user.id)
    wrong = rules.why_not_create(kind=kind, name=profile.name, uscc=number, region=profile.region, unverified=unverified)
    refuse_all([*wrong, *(r for r in _unknown_codes(profile) if r.field not in {w.field for w in wrong})])
    holder = queries.verified_with(number)
    if holder is not None:
        return ask_to_join(actor, user, holder, message)
    organisation = Organisation(
        name=profile.name.strip(),
        short_name=rules.short_name(profile.name),
        kind=kind,
        uscc=number,
        region=profile.region,
        park=profile.park or None,
        industry=profile.industry or None,
        size=profile.size or None,
        introduction=profile.introduction,
        initials=initials_of(profile.name),
    )
    with as_system():
        db.session.add(organisation)
        db.session.flush()
        db.session.add(Membership(organisation_id=organisation.id, user_id=user.id, roles=[Role.ADMIN.value]))
    audit.record(actor, "organisation:create", organisation, organisation_id=organisation.id, kind=kind)
    emit(OrganisationCreated(organisation, organisation_id=organisation.id))
    act_for(actor, user.id, organisation.id)
    return organisation


def edit(actor: Actor, organisation: Organisation, profile: Profile) -> None:
    """Change the profile. The name of a verified organisation is its certification's and changes only with a new one."""
    if organisation.verified and profile.name.strip() != organisation.name:
        raise Refusal("organisation.name_verified", "企业名称以核验为准，如已变更请重新提交核验", field="name", remedy="/certification")
    wrong = rules.why_not_create(kind="person", name=profile.name, uscc=None, region=profile.region, unverified=0)
    refuse_all([*wrong, *(r for r in _unknown_codes(profile) if r.field not in {w.field for w in wrong})])
    organisation.name = profile.name.strip()
    organisation.short_name = rules.short_name(profile.name)
    organisation.initials = initials_of(profile.name)
    organisation.region, organisation.park = profile.region, profile.park or None
    organisation.industry, organisation.size = profile.industry or None, profile.size or None
    organisation.introduction = profile.introduction
    db.session.flush()
    audit.record(actor, "organisation:edit", organisation)
    emit(OrganisationChanged(organisation, organisation_id=organisation.id))


def switch(actor: Actor, organisation_id: UUID) -> None:
    """Act for another of one's organisations, in this session and in the next. One that is not one's own is the 404 of a missing one."""
    assert actor.user_id
    if queries.active_membership(actor.user_id, organisation_id) is None:
        raise NotFound
    act_for(actor, actor.user_id, organisation_id)
    audit.record(actor, "session:switch", organisation_id=organisation_id)


def hide_introduction(organisation_id: UUID, now: datetime | None) -> None:
    """Take an organisation's words about itself off the public page, or put them back (moderation). Runs as the system role."""
    with as_system():
        db.session.execute(update(Organisation).where(Organisation.id == organisation_id).values(introduction_hidden_at=now))


def suspend(actor: Actor, organisation: Organisation, reason: str) -> None:
    """Stop an organisation: its people may look, nothing else. Security operators only (the route says so)."""
    if organisation.status == "suspended":
        raise Refusal("state.conflict", "该企业已被暂停", status=409)
    if not reason.strip():
        raise Refusal("reason.missing", "请填写原因，对方会看到", field="reason")
    _set_status(organisation, "suspended")
    audit.record(actor, "organisation:suspend", organisation, organisation_id=organisation.id)
    emit(OrganisationChanged(organisation, organisation_id=organisation.id))


def restore(actor: Actor, organisation: Organisation) -> None:
    """Let a suspended organisation act again, verified if it was."""
    if organisation.status != "suspended":
        raise Refusal("state.conflict", "该企业没有被暂停", status=409)
    _set_status(organisation, "verified" if organisation.verified_at is not None else "unverified")
    audit.record(actor, "organisation:restore", organisation, organisation_id=organisation.id)
    emit(OrganisationChanged(organisation, organisation_id=organisation.id))


def _set_status(organisation: Organisation, status: str) -> None:
    with as_system():
        organisation.status = status
        db.session.flush()
