"""Marks a preview for its reader, in the picture itself: where a copy turns up, the mark tells who was shown it and when."""

import io
from datetime import datetime
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont

LARGEST = (2000, 2000)
INK = (16, 36, 43, 52)


def mark_of(organisation_id: UUID, moment: datetime) -> str:
    """Return the mark of a reader: the end of its organisation's id and the day, which the owner's receipts resolve."""
    return f"GX {organisation_id.hex[-8:].upper()} {moment:%Y-%m-%d}"


def marked(picture: bytes, mark: str) -> bytes:
    """Return a WebP picture with `mark` written across it, faint and repeated."""
    with Image.open(io.BytesIO(picture), formats=["WEBP"]) as opened:
        opened.thumbnail(LARGEST)
        base = opened.convert("RGBA")
    font = ImageFont.load_default(size=max(base.height // 26, 12))
    line = ImageDraw.Draw(base).textlength(mark, font=font)
    side = int((base.width**2 + base.height**2) ** 0.5)
    layer = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(layer)
    for row, y in enumerate(range(0, side, base.height // 5)):
        for x in range(-int(line) * (row % 2) // 2, side, int(line * 1.35)):
            draw.text((x, y), mark, font=font, fill=INK)
    turned = layer.rotate(24, Image.Resampling.BICUBIC)
    left, top = (side - base.width) // 2, (side - base.height) // 2
    base.alpha_composite(turned.crop((left, top, left + base.width, top + base.height)))
    out = io.BytesIO()
    base.convert("RGB").save(out, format="WEBP", quality=78, method=4)
    return out.getvalue()
