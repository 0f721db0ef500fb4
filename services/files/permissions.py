"""Who may do what with files: the whole policy."""

from typing import Any

from gongchuang.actor import Actor
from gongchuang.refusal import Refusal
from gongchuang.rights import Permission, Predicate, acting, of_own_organisation

from . import rules
from .queries import access_of


class FilePermission(Permission):
    UPLOAD = "file:upload"
    """People who act for an organisation upload files to it."""
    CONFIRM = "file:confirm"
    """The organisation that began an upload says that it has arrived."""
    FACTS = "file:facts"
    """The owner and whoever a revision was opened to read what was measured on it."""
    THUMBNAIL = "file:thumbnail"
    """From the preview tier on, a small picture is shown."""
    PREVIEW = "file:preview"
    """From the preview tier on, signed-in readers see a picture watermarked for them."""
    MODEL = "file:model"
    """Who may download the original may also turn the model in the browser."""
    DOWNLOAD = "file:download"
    """The owner, whoever was given the full tier, and whoever accepted the NDA of an NDA tier get the original."""
    ACCEPT_NDA = "file:accept_nda"
    """Who was offered a revision under an NDA may accept it."""
    SHARE = "file:share"
    """The owner opens and closes its files to others and sees who opened them."""
    STORE = "file:store"
    """Uploads and downloads by a signed form or link: the signature decides, as it does with S3."""


def _shown(what: str) -> Predicate:
    def why(actor: Actor, revision: Any) -> Refusal | None:
        return rules.why_not_shown(access_of(actor, revision), what)

    return Predicate(f"shown({what})", why)


def _offered_under_nda(actor: Actor, revision: Any) -> Refusal | None:
    if access_of(actor, revision).tier == rules.NDA:
        return None
    return Refusal("file.no_nda", "这份文件不需要接受保密约定", status=409)


by_signature = Predicate("by_signature", lambda actor, obj: None)

POLICY = {
    FilePermission.UPLOAD: [acting],
    FilePermission.CONFIRM: [of_own_organisation],
    FilePermission.FACTS: [_shown("facts")],
    FilePermission.THUMBNAIL: [_shown("thumbnail")],
    FilePermission.PREVIEW: [acting & _shown("preview")],
    FilePermission.MODEL: [acting & _shown("model")],
    FilePermission.DOWNLOAD: [acting & _shown("download")],
    FilePermission.ACCEPT_NDA: [acting & Predicate("offered_under_nda", _offered_under_nda)],
    FilePermission.SHARE: [of_own_organisation],
    FilePermission.STORE: [by_signature],
}
