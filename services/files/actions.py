"""What people do with files. Each: rule, change, audit, event."""

from datetime import datetime
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import after_commit, afterwards, conflict, db, move, refuse_if_excluded, uuid7
from gongchuang.events import emit
from gongchuang.refusal import Refusal, refuse_if
from gongchuang.types import clean_text

from . import queries, rules
from .events import FileReceived
from .models import TRANSITIONS, Download, File, FileGrant, FileNda, FileRevision
from .sniff import CONTENT_TYPES, kind_of
from .store import LONGEST_LINK, ObjectMissing, SignedForm, Store


def start_upload(
    actor: Actor, store: Store, *, name: str, size: int, declared_type: str, purpose: str, file: File | None = None
) -> tuple[FileRevision, SignedForm]:
    """Begin an upload: a row that waits for its bytes, and the form a browser posts them with. `file` makes it the next revision of that file."""
    name = clean_text(PurePath(name.replace("\\", "/")).name.strip(), longest=200, field="name")
    assert actor.organisation_id is not None
    refuse_if(rules.why_not_named(name))
    refuse_if(rules.why_not_upload(name=name, size=size, purpose=purpose, waiting=queries.waiting_of(actor.organisation_id)))
    kind = kind_of(name) or ""
    if file is None:
        file = File(organisation_id=actor.organisation_id, name=name, purpose=purpose)
        db.session.add(file)
        db.session.flush()
    number = uuid7()
    revision = FileRevision(
        id=number,
        organisation_id=actor.organisation_id,
        file_id=file.id,
        number=queries.next_number(file.id),
        name=name,
        kind=kind,
        size=size,
        declared_type=declared_type[:200],
        reason_params={},
        facts={},
        object_key=f"{actor.organisation_id}/{number}/original",
        uploaded_by=actor.user_id,
    )
    with refuse_if_excluded("file_revisions_number", conflict()):
        db.session.add(revision)
    record(actor, "file:start", revision, size=size, kind=kind)
    return revision, store.signed_post(revision.object_key, size, CONTENT_TYPES[kind])


def confirm(actor: Actor, store: Store, revision: FileRevision, now: datetime) -> FileRevision:
    """Take note that the bytes have arrived: their number must be the announced one. A repeat changes nothing."""
    if revision.status != "uploading":
        return revision
    try:
        stored = store.stat(revision.object_key)
    except ObjectMissing:
        raise Refusal("file.not_arrived", "文件还没有传到，请重新上传", status=409) from None
    if stored.size != revision.size:
        params = {"arrived": stored.size, "announced": revision.size}
        move(revision, TRANSITIONS, to="refused", reason_code="file.size_differs", reason_params=params)
        after_commit(lambda: store.delete(revision.object_key))
        record(actor, "file:refuse", revision, code="file.size_differs")
        return revision
    move(revision, TRANSITIONS, to="received", received_at=now, etag=stored.etag, object_version=stored.version)
    record(actor, "file:receive", revision, size=stored.size)
    emit(FileReceived(revision))
    return revision


def grant(actor: Actor, revision: FileRevision, token: str, tier: str, until: datetime | None = None) -> FileGrant:
    """Open a checked revision to an audience (`org:…`, `park:…`, `public`) at a tier until an instant; a second call replaces the first."""
    refuse_if(rules.why_not_grant(status=revision.status, tier=tier, token=token))
    values = {"tier": tier, "until": until}
    row = queries.grant_of(revision, token)
    if row is None:
        row = FileGrant(organisation_id=revision.organisation_id, revision_id=revision.id, token=token, **values)
        db.session.add(row)
    else:
        row.tier, row.until = tier, until
    db.session.flush()
    record(actor, "file:grant", revision, token=token, tier=tier, until=until)
    return row


def revoke(actor: Actor, revision: FileRevision, token: str) -> None:
    """End an audience's access at once; what was downloaded stays in the receipts."""
    ended = db.session.execute(delete(FileGrant).where(FileGrant.revision_id == revision.id, FileGrant.token == token))
    if ended.rowcount:  # type: ignore[attr-defined]
        record(actor, "file:revoke", revision, token=token)


def accept_nda(actor: Actor, revision: FileRevision, text_digest: str) -> None:
    """Bind the actor's organisation to keep a revision secret, as the text with this SHA-256 says. A second call changes nothing."""
    values = {
        "id": uuid7(),
        "organisation_id": actor.organisation_id,
        "owner_id": revision.organisation_id,
        "revision_id": revision.id,
        "user_id": actor.user_id,
        "text_digest": text_digest,
    }
    db.session.execute(postgresql.insert(FileNda).values(values).on_conflict_do_nothing())
    record(actor, "file:accept_nda", revision, text_digest=text_digest)


def download(actor: Actor, store: Store, revision: FileRevision, now: datetime) -> str:
    """Return a link of at most a minute to the checked bytes, and note who got it. Refuses bytes that are not those whose SHA-256 was taken."""
    access = queries.access_of(actor, revision)
    refuse_if(rules.why_not_shown(access, "download"))
    if revision.status != "checked" and not (access.owner and revision.status == "received"):
        raise Refusal("file.not_checked", "文件检查通过后才能下载", status=409)
    stored = store.stat(revision.object_key, version=revision.object_version)
    if stored.etag != revision.etag or stored.size != revision.size or revision.damaged_at is not None:
        raise Refusal("file.damaged", "保存的文件与上传时不一致，已停止下载，请联系平台", status=409)
    afterwards(lambda: note_download(actor, revision.id, revision.organisation_id, access.tier or rules.FULL))
    return store.signed_get(revision.object_key, revision.name, LONGEST_LINK, version=revision.object_version)


def note_download(actor: Actor, revision_id: UUID, owner_id: UUID, tier: str) -> None:
    """Write a receipt: to the owner's list and to the reader's audit trail."""
    receipt = Download(organisation_id=owner_id, revision_id=revision_id, reader_organisation_id=actor.organisation_id, reader_user_id=actor.user_id, tier=tier)
    db.session.add(receipt)
    db.session.flush()
    record(actor, "file:download", receipt, revision_id=revision_id, owner_id=owner_id, tier=tier)
