"""Pure decisions about files: what may be uploaded, what each tier shows."""

from dataclasses import dataclass

from gongchuang.refusal import Refusal

from .sniff import EXTENSIONS, kind_of

MEBIBYTE = 1 << 20
LARGEST = 100 * MEBIBYTE
LARGEST_BY_KIND = {"step": 48 * MEBIBYTE, "png": 30 * MEBIBYTE, "jpeg": 30 * MEBIBYTE, "webp": 30 * MEBIBYTE}
MOST_WAITING = 50
"""Uploads an organisation may have begun and not finished: more is a mistake or an attack on the disk."""

FACTS, PREVIEW, NDA, FULL = "facts", "preview", "nda", "full"
TIERS = (FACTS, PREVIEW, NDA, FULL)
SHOWN = {
    FACTS: frozenset({"facts"}),
    PREVIEW: frozenset({"facts", "thumbnail", "preview"}),
    FULL: frozenset({"facts", "thumbnail", "preview", "model", "download"}),
}
PURPOSES = frozenset({"order_part", "task_brief", "bid_proposal", "quote_paper", "licence", "certificate", "machine_photo", "message", "other"})


@dataclass(frozen=True)
class Access:
    """What a reader holds on a revision: the highest tier of its grants, or everything as owner; `nda` tells whether it has accepted to keep it secret."""

    tier: str | None
    owner: bool = False
    nda: bool = False


def largest(kind: str) -> int:
    """Return how many bytes a file of this kind may have."""
    return LARGEST_BY_KIND.get(kind, LARGEST)


def why_not_named(name: str) -> Refusal | None:
    """Say why a file cannot bear a name: it goes into a header when the file is downloaded, so it is one line."""
    if any(character in name for character in "\n\r\t"):
        return Refusal("text.forbidden", "文字中含有不可见的控制字符，请删除后重新粘贴为纯文本", field="name")
    return None


def why_not_upload(*, name: str, size: int, purpose: str, waiting: int) -> Refusal | None:
    """Say why an upload is not begun: unknown kind, empty, too large, an unknown purpose, too many begun."""
    kind = kind_of(name)
    if kind is None:
        known = tuple(sorted(extension[1:].upper() for extension in EXTENSIONS))
        return Refusal("file.unknown_kind", "不支持这种文件，请上传 %(known)s；压缩包请先解压", field="name", known=known)
    if size <= 0:
        return Refusal("file.empty", "文件是空的（0 字节），请检查导出是否成功后重新上传", field="size")
    if size > largest(kind):
        most = largest(kind) // MEBIBYTE
        return Refusal(
            "file.too_large", "文件有 %(megabytes)s MB，最多 %(most)s MB：请简化模型或拆分后上传", field="size", megabytes=-(-size // MEBIBYTE), most=most
        )
    if purpose not in PURPOSES:
        return Refusal("file.unknown_purpose", "不认识的文件用途", field="purpose")
    if waiting >= MOST_WAITING:
        return Refusal("file.too_many_waiting", "同时上传的文件太多，请等前面的传完再继续", status=429)
    return None


def shown(access: Access) -> frozenset[str]:
    """Return what a reader may see: facts, thumbnail, preview, model, download. An NDA tier shows the preview until it is accepted."""
    if access.owner:
        return SHOWN[FULL]
    if access.tier is None:
        return frozenset()
    if access.tier == NDA:
        return SHOWN[FULL] if access.nda else SHOWN[PREVIEW]
    return SHOWN[access.tier]


def why_not_shown(access: Access, what: str) -> Refusal | None:
    """Say why a reader may not see `what`, and what would open it."""
    if what in shown(access):
        return None
    if access.tier == NDA and not access.nda:
        return Refusal("file.nda_needed", "查看原图前请先接受保密约定", status=403)
    return Refusal("file.tier", "对方只开放了这份文件的部分内容，需要原图请与对方沟通", status=403)


def highest(tiers: list[str]) -> str | None:
    """Return the tier that shows most."""
    return max(tiers, key=TIERS.index, default=None)


def why_not_grant(*, status: str, tier: str, token: str) -> Refusal | None:
    """Say why a revision is not opened to an audience."""
    if status != "checked":
        return Refusal("file.not_checked", "文件检查通过后才能对外开放", status=409)
    if tier not in TIERS:
        return Refusal("file.unknown_tier", "不认识的开放范围", field="tier")
    if token != "public" and not token.startswith(("org:", "park:", "operations:")):  # noqa: S105  (an audience's name, no secret)
        return Refusal("file.unknown_audience", "不认识的开放对象", field="token")
    return None
