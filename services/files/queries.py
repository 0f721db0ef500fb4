"""Reads. Row-level security has already removed what the reader may not see."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select

from gongchuang.actor import Actor
from gongchuang.database import CLOCK, db, found_or_404
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import NotFound

from . import rules
from .models import Download, File, FileGrant, FileNda, FileRevision


def revision(revision_id: UUID) -> FileRevision:
    """Return a revision the reader owns or was given."""
    return found_or_404(FileRevision, revision_id)


def revisions(revision_ids: list[UUID]) -> list[FileRevision]:
    """Return the revisions among `revision_ids` the reader may see, in the order asked for."""
    found = {row.id: row for row in db.session.scalars(select(FileRevision).where(FileRevision.id.in_(revision_ids)))}
    return [found[each] for each in revision_ids if each in found]


def own_checked(organisation_id: UUID, revision_ids: list[UUID]) -> list[FileRevision]:
    """Return an organisation's own revisions that have passed: what it may attach to an order, a bid, a certificate."""
    return [row for row in revisions(revision_ids) if row.organisation_id == organisation_id and row.status == "checked"]


def own_file(actor: Actor, file_id: UUID) -> File:
    """Return one of the actor's own files; another's gives the same 404 as none."""
    found = found_or_404(File, file_id)
    if found.organisation_id != actor.organisation_id:
        raise NotFound
    return found


def next_number(file_id: UUID) -> int:
    """Return the number the file's next revision takes."""
    return (db.session.scalar(select(func.max(FileRevision.number)).where(FileRevision.file_id == file_id)) or 0) + 1


def waiting_of(organisation_id: UUID) -> int:
    """Count the uploads an organisation has begun and not finished."""
    begun = select(func.count()).where(FileRevision.organisation_id == organisation_id, FileRevision.status == "uploading")
    return db.session.scalar(begun) or 0


def access_of(actor: Actor, row: FileRevision) -> rules.Access:
    """Return what `actor` holds on a revision."""
    if actor.organisation_id is not None and row.organisation_id == actor.organisation_id:
        return rules.Access(rules.FULL, owner=True)
    held = select(FileGrant.tier).where(
        FileGrant.revision_id == row.id, FileGrant.token.in_(actor.audience), or_(FileGrant.until.is_(None), FileGrant.until > CLOCK)
    )
    tier = rules.highest(list(db.session.scalars(held))) if row.status == "checked" else None
    return rules.Access(tier, nda=tier == rules.NDA and has_accepted_nda(actor.organisation_id, row.id))


def has_accepted_nda(organisation_id: UUID | None, revision_id: UUID) -> bool:
    """Tell whether an organisation is bound to keep a revision secret."""
    if organisation_id is None:
        return False
    return db.session.scalar(select(FileNda.id).where(FileNda.organisation_id == organisation_id, FileNda.revision_id == revision_id)) is not None


def grants_of(row: FileRevision) -> list[FileGrant]:
    """Return who may open a revision: the owner's list."""
    return list(db.session.scalars(select(FileGrant).where(FileGrant.revision_id == row.id).order_by(FileGrant.id)))


def named_grants_of(row: FileRevision) -> list[tuple[FileGrant, str | None]]:
    """Return who may open a revision with the organisations' names; no name for `public` and parks."""
    grants = grants_of(row)
    ids = {UUID(grant.token[4:]) for grant in grants if grant.token.startswith("org:")}
    names = {f"org:{found.id}": found.name for found in db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    return [(grant, names.get(grant.token)) for grant in grants]


def grant_of(row: FileRevision, token: str) -> FileGrant | None:
    """Return the grant of one audience."""
    return db.session.scalar(select(FileGrant).where(FileGrant.revision_id == row.id, FileGrant.token == token))


def downloads_of(row: FileRevision) -> list[tuple[Download, str]]:
    """Return the receipts of a revision with the readers' names, newest first."""
    found = select(Download, Organisation.name).join(Organisation, Organisation.id == Download.reader_organisation_id).where(Download.revision_id == row.id)
    return [(receipt, name) for receipt, name in db.session.execute(found.order_by(Download.created_at.desc()).limit(200))]


def abandoned(before: datetime) -> list[FileRevision]:
    """Return uploads begun before an instant that never arrived."""
    return list(db.session.scalars(select(FileRevision).where(FileRevision.status == "uploading", FileRevision.created_at < before).limit(200)))


def due_for_verification(now: datetime, days: int, count: int) -> list[FileRevision]:
    """Return the checked revisions whose bytes were never compared, then those not compared for longest, if that is more than `days` ago."""
    old = or_(FileRevision.verified_at.is_(None), FileRevision.verified_at < now - timedelta(days=days))
    due = select(FileRevision).where(FileRevision.status == "checked", old).order_by(FileRevision.verified_at.nulls_first())
    return list(db.session.scalars(due.limit(count)))


def verified_before(moment: datetime) -> int:
    """Count the checked revisions whose bytes were last compared, or if never were checked, before a moment."""
    late = func.coalesce(FileRevision.verified_at, FileRevision.checked_at) < moment
    return db.session.scalar(select(func.count()).select_from(FileRevision).where(FileRevision.status == "checked", late)) or 0
