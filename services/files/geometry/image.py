"""Photographs and scans: size checked before decoding, turned upright, made small, and freed of what the camera wrote about place and person."""

import warnings
from pathlib import Path

from PIL import Image, ImageOps

from .unreadable import Unreadable

MOST_PIXELS = 60_000_000
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
PAPER = (241, 245, 246)


def read(path: Path, kind: str, thumbnail: Path, preview: Path) -> dict[str, object]:
    """Decode a picture wholly, and write a thumbnail (400×300) and a preview (longest side 1600) without any metadata."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=[FORMATS[kind]]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Unreadable("image.too_many_pixels", width=opened.width, height=opened.height, most=MOST_PIXELS // 1_000_000)
                size = [opened.width, opened.height]
                opened.draft("RGB", (3200, 3200))
                upright = ImageOps.exif_transpose(opened)
                flat = _on_paper(upright)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Unreadable("image.too_many_pixels", most=MOST_PIXELS // 1_000_000) from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise Unreadable("image.broken") from error
    preview_image = flat.copy()
    preview_image.thumbnail((1600, 1600), Image.Resampling.LANCZOS)
    preview_image.save(preview, format="WEBP", quality=82, method=4)
    ImageOps.fit(flat, (400, 300), Image.Resampling.LANCZOS).save(thumbnail, format="PNG", optimize=True)
    return {"width_px": size[0], "height_px": size[1]}


def _on_paper(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, (*PAPER, 255))
        return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
