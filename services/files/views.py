"""Pages and parts of pages that show files, and the disk store's two addresses."""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from gongchuang.refusal import NotFound
from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, now

from . import actions, disk_web, queries, watermark
from .disk import DOWNLOAD_PATH, UPLOAD_PATH, DiskStore
from .forms import NdaForm, RevokeForm
from .models import FileRevision
from .permissions import FilePermission
from .rules import shown
from .store import Store, chunks
from .stores import current_store
from .words import NDA_TEXT

FIELD = re.compile(r"[A-Za-z][\w-]{0,59}", re.ASCII)
"""A form's field as WTForms names it, lists included: parts-0-files."""

pages = Blueprint("files", __name__, template_folder="templates")


@pages.get("/files/<uuid:revision_id>")
@allowed(FilePermission.FACTS, queries.revision)
def see(revision: FileRevision) -> Answer:
    access = queries.access_of(actor(), revision)
    return render_template("files/see.html", revision=revision, access=access, shown=shown(access), nda=NdaForm(), nda_text=str(NDA_TEXT))


@pages.get("/files/<uuid:revision_id>/part")
@allowed(FilePermission.FACTS, queries.revision)
def part(revision: FileRevision) -> Answer:
    field = request.args.get("field", "")
    return render_template("files/_file.html", revision=revision, field=field if FIELD.fullmatch(field) else "", live="live" in request.args)


@pages.get("/files/<uuid:revision_id>/viewer")
@allowed(FilePermission.MODEL, queries.revision)
def viewer(revision: FileRevision) -> Answer:
    return render_template("files/_viewer.html", revision=revision)


@pages.get("/files/<uuid:revision_id>/download")
@allowed(FilePermission.DOWNLOAD, queries.revision)
def download(revision: FileRevision) -> Answer:
    return redirect(actions.download(actor(), current_store(), revision, now()), 303)


@pages.get("/files/<uuid:revision_id>/thumbnail.png")
@allowed(FilePermission.THUMBNAIL, queries.revision)
def thumbnail(revision: FileRevision) -> Answer:
    return _derived(revision, revision.thumbnail_key, "image/png")


@pages.get("/files/<uuid:revision_id>/model.glb")
@allowed(FilePermission.MODEL, queries.revision)
def model(revision: FileRevision) -> Answer:
    return _derived(revision, revision.model_key, "model/gltf-binary")


@pages.get("/files/<uuid:revision_id>/preview.webp")
@allowed(FilePermission.PREVIEW, queries.revision)
def preview(revision: FileRevision) -> Answer:
    if "download" in shown(queries.access_of(actor(), revision)):
        return _derived(revision, revision.preview_key, "image/webp")
    return _marked_preview(revision)


@pages.post("/files/<uuid:revision_id>/nda")
@allowed(FilePermission.ACCEPT_NDA, queries.revision)
def accept_nda(revision: FileRevision) -> Answer:
    if NdaForm().submitted():
        actions.accept_nda(actor(), revision, sha256(str(NDA_TEXT).encode()).hexdigest())
    return redirect(url_for(".see", revision_id=revision.id), 303)


@pages.get("/files/<uuid:revision_id>/access")
@allowed(FilePermission.SHARE, queries.revision)
def access(revision: FileRevision) -> Answer:
    grants = queries.named_grants_of(revision)
    return render_template("files/access.html", revision=revision, grants=grants, downloads=queries.downloads_of(revision), form=RevokeForm())


@pages.post("/files/<uuid:revision_id>/revoke")
@allowed(FilePermission.SHARE, queries.revision)
def revoke(revision: FileRevision) -> Answer:
    form = RevokeForm()
    if form.submitted():
        actions.revoke(actor(), revision, form.token.data or "")
    return redirect(url_for(".access", revision_id=revision.id), 303)


@pages.post(UPLOAD_PATH)
@allowed(FilePermission.STORE)
def store_upload() -> Answer:
    return disk_web.receive(_disk(), request)


store_upload.without_csrf = True  # type: ignore[attr-defined]


@pages.get(f"{DOWNLOAD_PATH}/<path:key>")
@allowed(FilePermission.STORE)
def store_object(key: str) -> Answer:
    return disk_web.serve(_disk(), request, key)


def _disk() -> DiskStore:
    store = current_app.extensions["store"]
    if not isinstance(store, DiskStore):
        raise NotFound
    return store


def _derived(revision: FileRevision, key: str | None, mimetype: str) -> Response:
    """Answer something we made of a revision; browsers keep it, and ask each time whether they may still show it."""
    if key is None:
        raise NotFound
    store = current_store()
    answer = Response(mimetype=mimetype)
    answer.set_etag(f"{revision.sha256}-{key.rpartition('/')[2]}")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.make_conditional(request)
    if answer.status_code == 200:
        answer.content_length = store.stat(key).size
        pieces = _stream(store, key)
        answer.response = chain([next(pieces, b"")], pieces)  # the first piece now, while a store that fails can still be said
    return answer


def _stream(store: Store, key: str) -> Iterator[bytes]:
    with store.open(key) as source:
        yield from chunks(source)


def _marked_preview(revision: FileRevision) -> Response:
    reader = actor().organisation_id
    if revision.preview_key is None or reader is None:
        raise NotFound
    with current_store().open(revision.preview_key) as source:
        picture = watermark.marked(source.read(), watermark.mark_of(reader, now()))
    answer = Response(picture, mimetype="image/webp")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def thumbnail_url(revision: FileRevision) -> str | None:
    """Return the address of a revision's small picture, None where there is none to show."""
    if revision.thumbnail_key is None:
        return None
    return url_for("files.thumbnail", revision_id=revision.id)
