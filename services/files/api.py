"""Files by API: begin, confirm, read, open to others, download. The pages' upload module uses these routes too."""

from typing import Any

from gongchuang.api import ApiBlueprint
from gongchuang.rights import allowed
from gongchuang.web import actor, now

from . import actions, queries
from .models import FileRevision
from .permissions import FilePermission
from .schemas import FormOut, GrantIn, GrantOut, GrantsOut, LinkOut, NdaIn, RevisionOut, RevokeIn, UploadIn, UploadOut
from .store import LONGEST_LINK
from .stores import current_store
from .words import reason_text

api = ApiBlueprint("files", __name__)


def out(revision: FileRevision) -> RevisionOut:
    """Return a revision as the API shows it, its reason in the reader's language."""
    shown = RevisionOut.model_validate(revision)
    return shown.model_copy(update={"reason": reason_text(revision.reason_code, revision.reason_params) or None})


@api.post("/files")
@allowed(FilePermission.UPLOAD)
@api.input(UploadIn, location="json")
@api.output(UploadOut, status_code=201)
def start_upload(json_data: UploadIn) -> Any:
    """Begin an upload."""
    values = json_data.model_dump(exclude={"file_id", "content_type"})
    file = queries.own_file(actor(), json_data.file_id) if json_data.file_id else None
    revision, form = actions.start_upload(actor(), current_store(), **values, declared_type=json_data.content_type, file=file)
    return UploadOut(id=revision.id, file_id=revision.file_id, form=FormOut(url=form.url, fields=form.fields))


@api.post("/files/<uuid:revision_id>/confirm")
@allowed(FilePermission.CONFIRM, queries.revision)
@api.output(RevisionOut)
def confirm(revision: FileRevision) -> Any:
    """Say that the bytes have arrived; the check begins."""
    return out(actions.confirm(actor(), current_store(), revision, now()))


@api.get("/files/<uuid:revision_id>")
@allowed(FilePermission.FACTS, queries.revision)
@api.output(RevisionOut)
def show(revision: FileRevision) -> Any:
    """Read the state and the facts of a revision."""
    return out(revision)


@api.post("/files/<uuid:revision_id>/links")
@allowed(FilePermission.DOWNLOAD, queries.revision)
@api.output(LinkOut, status_code=201)
def link(revision: FileRevision) -> Any:
    """Get a link to the original; noted as a download."""
    return LinkOut(url=actions.download(actor(), current_store(), revision, now()), expires_in=LONGEST_LINK)


@api.post("/files/<uuid:revision_id>/nda")
@allowed(FilePermission.ACCEPT_NDA, queries.revision)
@api.input(NdaIn, location="json")
@api.output({}, status_code=204)
def accept_nda(revision: FileRevision, json_data: NdaIn) -> Any:
    """Accept to keep a revision secret."""
    actions.accept_nda(actor(), revision, json_data.text_digest)
    return ""


@api.get("/files/<uuid:revision_id>/grants")
@allowed(FilePermission.SHARE, queries.revision)
@api.output(GrantsOut)
def grants(revision: FileRevision) -> Any:
    """List to whom a revision is open."""
    return GrantsOut(items=[GrantOut.model_validate(grant) for grant in queries.grants_of(revision)])


@api.post("/files/<uuid:revision_id>/grants")
@allowed(FilePermission.SHARE, queries.revision)
@api.input(GrantIn, location="json")
@api.output(GrantOut, status_code=201)
def grant(revision: FileRevision, json_data: GrantIn) -> Any:
    """Open a revision to an audience, or change how."""
    return GrantOut.model_validate(actions.grant(actor(), revision, **json_data.model_dump()))


@api.post("/files/<uuid:revision_id>/revocations")
@allowed(FilePermission.SHARE, queries.revision)
@api.input(RevokeIn, location="json")
@api.output({}, status_code=204)
def revoke(revision: FileRevision, json_data: RevokeIn) -> Any:
    """End an audience's access."""
    actions.revoke(actor(), revision, json_data.token)
    return ""
