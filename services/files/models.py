"""Files as stored: the owner's rows, their revisions, who else may open them, and who did."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.types import Code, Digest, Json, Status, Text60, Text200

GRANTED = """status = 'checked' and exists (select 1 from file_grants g where g.revision_id = file_revisions.id
    and g.organisation_id = file_revisions.organisation_id and array[g.token] && (select audience()) and (g.until is null or g.until > now_()))"""


class File(Tenant, Model):
    """A drawing, model or picture that an organisation keeps under a name, through all its revisions. Read by nobody else; emits nothing."""

    __tablename__ = "files"
    __system_writes__: ClassVar = ("delete",)

    name: Mapped[Text200]
    purpose: Mapped[Code]
    revisions: Mapped[list["FileRevision"]] = relationship(back_populates="file", order_by="FileRevision.number")


class FileRevision(Tenant, Model):
    """One upload of a file. Nobody else reads it before it is checked, and then only through a grant. Emits FileReceived, FileChecked, FileRefused.

    `object_version` and `etag` name the very bytes whose SHA-256 was taken. `facts` are what the parser measured: box_mm, volume_mm3 (None when the
    mesh is open), area_mm2, watertight, triangles; width_px and height_px for pictures.
    """

    __tablename__ = "file_revisions"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "file_id"], ["files.organisation_id", "files.id"], name="file_revisions_file"),
        UniqueConstraint("file_id", "number", name="file_revisions_number"),
        CheckConstraint("status in ('uploading', 'received', 'checked', 'refused')", name="file_revisions_status"),
        CheckConstraint("size > 0", name="file_revisions_size"),
        CheckConstraint("status <> 'checked' or sha256 is not null", name="file_revisions_hashed"),
        Index("file_revisions_waiting", "created_at", postgresql_where="status = 'uploading'"),
        Index("file_revisions_verified", text("verified_at nulls first"), postgresql_where="status = 'checked'"),
    )
    __system_writes__: ClassVar = ("delete", "verified_at", "damaged_at")

    file_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(default=1)
    name: Mapped[Text200]
    kind: Mapped[Status]
    size: Mapped[int] = mapped_column(BigInteger)
    declared_type: Mapped[Text200] = mapped_column(default="")
    sniffed_kind: Mapped[Status | None]
    status: Mapped[Status] = mapped_column(default="uploading")
    reason_code: Mapped[Text60 | None]
    reason_params: Mapped[Json]
    sha256: Mapped[Digest | None]
    facts: Mapped[Json]
    object_key: Mapped[str] = mapped_column(String(200), unique=True)
    object_version: Mapped[str | None] = mapped_column(String(100))
    etag: Mapped[str | None] = mapped_column(String(200))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200))
    preview_key: Mapped[str | None] = mapped_column(String(200))
    model_key: Mapped[str | None] = mapped_column(String(200))
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    received_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    damaged_at: Mapped[datetime | None]
    file: Mapped[File] = relationship(back_populates="revisions")


class FileGrant(Tenant, Model):
    """That an audience token (`org:…`, `park:…`, `public`) may see a revision at a tier until an instant. Made and ended by the owner alone."""

    __tablename__ = "file_grants"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="file_grants_revision"),
        UniqueConstraint("revision_id", "token", name="file_grants_once"),
        CheckConstraint("tier in ('facts', 'preview', 'nda', 'full')", name="file_grants_tier"),
    )
    __policies__: ClassVar = (Policy("grantee", "select", using="array[token] && audience()"),)
    # The revisions' policy looks into this table and so can only be made after it; this one looks at its own row alone, so the two never recurse.
    __extra_ddl__: ClassVar = (f'create policy "granted" on file_revisions for select to public using ({GRANTED})',)

    revision_id: Mapped[UUID]
    token: Mapped[str] = mapped_column(String(60))
    tier: Mapped[Status]
    until: Mapped[datetime | None]


class FileNda(Tenant, Row):
    """That a person bound their organisation to keep a revision secret. The row is the reader's, the owner sees it; neither changes it."""

    __tablename__ = "file_ndas"
    __table_args__ = (
        UniqueConstraint("organisation_id", "revision_id", name="file_ndas_once"),
        ForeignKeyConstraint(["owner_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="file_ndas_revision"),
    )
    __policies__: ClassVar = (Policy("owner_reads", "select", using="owner_id = org()"),)
    __app_may__: ClassVar = ("select", "insert")

    owner_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    text_digest: Mapped[Digest]


class Download(Tenant, Row):
    """A receipt: who was given a link to a revision, at which tier. The row is the owner's; only the reader's own act can write it; nobody changes it."""

    __tablename__ = "downloads"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "revision_id"], ["file_revisions.organisation_id", "file_revisions.id"], name="downloads_revision"),
        Index("downloads_of_revision", "revision_id", "created_at"),
    )
    __policies__: ClassVar = (
        Policy("own", "select", using="organisation_id = org()"),
        Policy("reader", "select", using="reader_organisation_id = org()"),
        Policy("receipt", "insert", check="reader_organisation_id = org() and reader_user_id = user_id()"),
    )
    __app_may__: ClassVar = ("select", "insert")

    revision_id: Mapped[UUID]
    reader_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    reader_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    tier: Mapped[Status]


TRANSITIONS: dict[str, set[str]] = {"uploading": {"received", "refused"}, "received": {"checked", "refused"}, "checked": set(), "refused": set()}
