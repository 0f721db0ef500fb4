"""Asking to be verified, and deciding. Each: rule, change, audit, event."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from gongchuang.accounts import keys
from gongchuang.actor import Actor, OrganisationKind
from gongchuang.audit import record
from gongchuang.database import as_system, db, move, refuse_if_excluded
from gongchuang.events import emit
from gongchuang.organisations import queries as organisations
from gongchuang.organisations.actions import initials_of
from gongchuang.organisations.events import OrganisationChanged, OrganisationVerified
from gongchuang.organisations.models import Organisation
from gongchuang.organisations.rules import operator_tokens, short_name, tidy_uscc
from gongchuang.refusal import Refusal, refuse_all, refuse_if
from services.files import actions as files
from services.files import queries as file_queries
from services.files.models import FileRevision

from . import queries, rules
from .events import CertificationDecided, CertificationLapsed, CertificationLapsing, CertificationSubmitted, CertificationWithdrawn
from .identity import Verdict, checker
from .models import TRANSITIONS, CertificationCase, CertificationEvidence

CHINA = timedelta(hours=8)


def today(now: datetime) -> date:
    """Return the day in China, which licences are dated by."""
    return (now + CHINA - (now.utcoffset() or timedelta())).date()


def id_number_digest(typed: str) -> str:
    """Return what is kept of an identity number."""
    return keys.keyed("id-number", rules.tidy_id_number(typed))


def submit_firm(
    actor: Actor,
    organisation: Organisation,
    now: datetime,
    *,
    legal_name: str,
    uscc: str,
    representative: str,
    contact: str,
    licence: Sequence[UUID],
    valid_until: date | None,
) -> CertificationCase:
    """Ask the operators of the place to verify a firm or provider. A USCC that another verified organisation holds is refused with the way to join it."""
    if organisation.kind == OrganisationKind.PERSON:
        raise Refusal("certification.kind", "个人请用实名核验")
    pictures = file_queries.own_checked(organisation.id, list(licence))
    refuse_all(
        rules.why_not_submit_firm(
            legal_name=legal_name, uscc=uscc, representative=representative, evidence=len(pictures), valid_until=valid_until, today=today(now)
        )
    )
    _refuse_taken(organisation.id, tidy_uscc(uscc))
    row = _open(actor, organisation, now, legal_name=legal_name.strip(), uscc=tidy_uscc(uscc), representative=representative.strip(), contact=contact.strip())
    row.valid_until = valid_until
    return _submit(actor, row, pictures, "licence")


def submit_person(actor: Actor, organisation: Organisation, now: datetime, *, legal_name: str, id_number: str, identity: Sequence[UUID]) -> CertificationCase:
    """Ask for verification by real name. The checker may say yes or no at once; by default an operator looks at the card."""
    if organisation.kind != OrganisationKind.PERSON:
        raise Refusal("certification.kind", "企业和机构请用营业执照核验")
    pictures = file_queries.own_checked(organisation.id, list(identity))
    needed = checker().needs_picture
    refuse_all(rules.why_not_submit_person(legal_name=legal_name, id_number=id_number, evidence=len(pictures), pictures_needed=needed))
    verdict = checker().judge(legal_name.strip(), rules.tidy_id_number(id_number))
    if verdict is Verdict.DIFFERENT:
        raise Refusal("identity.different", "姓名与身份证号不一致，请核对", field="id_number")
    row = _open(actor, organisation, now, legal_name=legal_name.strip(), id_number_digest=id_number_digest(id_number))
    _submit(actor, row, pictures, "identity")
    if verdict is Verdict.SAME:
        _approve(Actor.system(), row, organisation, now)
    return row


def _refuse_taken(organisation_id: UUID, uscc: str) -> None:
    holder = organisations.verified_with(uscc)
    if holder is not None and holder.id != organisation_id:
        raise _taken(holder)


def _taken(holder: Organisation | None) -> Refusal:
    remedy = f"/organisations/{holder.id}/join" if holder else None
    name = holder.name if holder else ""
    return Refusal("uscc.taken", "该统一社会信用代码已由核验企业“%(name)s”使用；如是同一家企业，请申请加入", field="uscc", status=409, remedy=remedy, name=name)


def _open(actor: Actor, organisation: Organisation, now: datetime, **values: object) -> CertificationCase:
    assert actor.user_id
    return CertificationCase(
        organisation_id=organisation.id,
        kind=organisation.kind,
        region=organisation.region,
        park=organisation.park,
        audience=operator_tokens("operations", organisation.region, organisation.park),
        submitted_by=actor.user_id,
        submitted_at=now,
        due_at=now + rules.ANSWERED_WITHIN,
        **values,
    )


def _submit(actor: Actor, row: CertificationCase, pictures: Sequence[FileRevision], kind: str) -> CertificationCase:
    """Store a case with its evidence, and open the pictures to the operators of the place."""
    waiting = Refusal("certification.waiting", "已有一份材料在审核中，请等待结果，或先撤回再提交", status=409)
    with refuse_if_excluded("certification_cases_open", waiting):
        db.session.add(row)
        db.session.flush()
    for picture in pictures:
        evidence = CertificationEvidence(
            organisation_id=row.organisation_id, case_id=row.id, kind=kind, revision_id=picture.id, valid_until=row.valid_until, audience=row.audience
        )
        db.session.add(evidence)
        for token in row.audience:
            files.grant(actor, picture, token, "full")
    record(actor, "certification:submit", row, kind=row.kind)
    emit(CertificationSubmitted(row))
    return row


def withdraw(actor: Actor, row: CertificationCase) -> None:
    """Take a case back before it is decided; the operators can no longer open its pictures."""
    move(row, TRANSITIONS, to="withdrawn")
    _close_pictures(actor, row)
    record(actor, "certification:withdraw", row)
    emit(CertificationWithdrawn(row))


def _close_pictures(actor: Actor, row: CertificationCase) -> None:
    for picture in queries.pictures_of(row):
        for token in row.audience:
            files.revoke(actor, picture, token)


def _refuse_own(actor: Actor, row: CertificationCase) -> None:
    refuse_if(rules.why_not_review(same_person=row.submitted_by == actor.user_id, member=queries.is_member(actor.user_id, row.organisation_id)))


def approve(actor: Actor, row: CertificationCase, now: datetime, *, id_number: str = "") -> None:
    """Verify the organisation: it may publish, quote and bid from now on, under the name and number of its evidence.

    Of a person the operator types the number from the picture; it must be the one that was digested. Of parallel decisions one succeeds.
    """
    _refuse_own(actor, row)
    if row.kind == OrganisationKind.PERSON and not keys.same(row.id_number_digest or "", id_number_digest(id_number)):
        raise Refusal("certification.id_number", "输入的证件号码与申请人填写的不一致，请核对照片，或以“姓名或证件号码不一致”退回", field="id_number")
    _approve(actor, row, organisations.organisation(row.organisation_id), now)


def _approve(actor: Actor, row: CertificationCase, organisation: Organisation, now: datetime) -> None:
    with as_system(), refuse_if_excluded("organisations_verified_uscc", _taken(organisations.verified_with(row.uscc))):
        move(row, TRANSITIONS, to="approved", reviewer_id=actor.user_id, reviewer_organisation_id=actor.organisation_id, decided_at=now)
        _verify(organisation, row, now)
    record(actor, "certification:approve", row)
    if actor.organisation_id != row.organisation_id:
        record(actor, "certification:approve", row, organisation_id=row.organisation_id)
    emit(CertificationDecided(row))
    emit(OrganisationVerified(organisation, organisation_id=organisation.id))


def _verify(organisation: Organisation, row: CertificationCase, now: datetime) -> None:
    """Put what was proven onto the organisation. A person's real name stays in the case."""
    organisation.verified_at = now
    if organisation.status != "suspended":
        organisation.status = "verified"
    if row.kind != OrganisationKind.PERSON:
        organisation.name, organisation.uscc = row.legal_name, row.uscc
        organisation.short_name, organisation.initials = short_name(row.legal_name), initials_of(row.legal_name)
    db.session.flush()


def give_back(actor: Actor, row: CertificationCase, now: datetime, *, reason: str, note: str) -> None:
    """Send a case back with the reason, so that it can be mended and submitted again."""
    _refuse_own(actor, row)
    refuse_if(rules.why_not_return(reason=reason, note=note))
    with as_system():
        decision = {"reviewer_id": actor.user_id, "reviewer_organisation_id": actor.organisation_id, "decided_at": now}
        move(row, TRANSITIONS, to="returned", reason=reason, note=note.strip() or None, **decision)
    record(actor, "certification:return", row, reason=reason)
    record(actor, "certification:return", row, organisation_id=row.organisation_id, reason=reason)
    emit(CertificationDecided(row))


def remind(row: CertificationCase, now: datetime) -> None:
    """Note that the licence ends within a month; told once. Runs as the system role."""
    db.session.execute(update(CertificationCase).where(CertificationCase.id == row.id).values(reminded_at=now))
    emit(CertificationLapsing(row))


def lapse(row: CertificationCase) -> None:
    """Note that a licence has ended: the organisation is unverified until it shows a new one. Runs as the system role."""
    organisation = organisations.organisation(row.organisation_id)
    move(row, TRANSITIONS, to="expired")
    organisation.verified_at = None
    if organisation.status == "verified":
        organisation.status = "unverified"
    db.session.flush()
    record(Actor.system(), "certification:lapse", row, organisation_id=row.organisation_id)
    emit(CertificationLapsed(row))
    emit(OrganisationChanged(organisation, organisation_id=organisation.id))
