"""Shapes of the API's input and output."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from gongchuang.api import Instant, Schema


class UploadIn(Schema):
    """What is about to be uploaded. `file_id` makes it the next revision of that file."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    size: Annotated[int, Field(ge=0, le=1 << 40)]
    content_type: Annotated[str, Field(max_length=200)] = ""
    purpose: Annotated[str, Field(max_length=40)] = "other"
    file_id: UUID | None = None


class FormOut(Schema):
    """Where to post the file as multipart/form-data: these fields first, then the bytes in a field called `file`. Valid for five minutes."""

    url: str
    fields: dict[str, str]


class UploadOut(Schema):
    """An upload that has begun: post the form, then confirm."""

    id: UUID
    file_id: UUID
    form: FormOut


class RevisionOut(Schema):
    """A revision with what was measured on it; the reason tells why it was refused."""

    id: UUID
    file_id: UUID
    organisation_id: UUID
    number: int
    name: str
    kind: str
    size: int
    status: Literal["uploading", "received", "checked", "refused"]
    reason_code: str | None = None
    reason: str | None = None
    sha256: str | None = None
    facts: dict[str, Any]
    received_at: datetime | None = None
    checked_at: datetime | None = None


class LinkOut(Schema):
    """A link that serves the original as an attachment, for this object only, for at most `expires_in` seconds."""

    url: str
    expires_in: int


class GrantIn(Schema):
    """To whom a revision is opened: `org:…`, `park:…` or `public`, at which tier, until when."""

    token: Annotated[str, Field(max_length=60)]
    tier: Literal["facts", "preview", "nda", "full"]
    until: Instant | None = None


class RevokeIn(Schema):
    """Whose access ends."""

    token: Annotated[str, Field(max_length=60)]


class GrantOut(Schema):
    """An open grant."""

    token: str
    tier: str
    until: datetime | None = None


class GrantsOut(Schema):
    """All grants of a revision."""

    items: list[GrantOut]


class NdaIn(Schema):
    """The SHA-256 of the text that was shown and accepted."""

    text_digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
