"""A picture that stands for a business licence in the demo: plainly a sample, so that nobody takes it for a real one."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

NAME = "营业执照示例.png"
SIZE = (1200, 850)
RED, PALE, GREY = (178, 34, 34), (253, 246, 236), (120, 110, 100)


def picture() -> bytes:
    """Return the picture as PNG: a red double frame, a seal, grey lines for text, and SAMPLE across it."""
    image = Image.new("RGB", SIZE, PALE)
    draw = ImageDraw.Draw(image)
    width, height = SIZE
    for inset, line in ((24, 8), (44, 2)):
        draw.rectangle((inset, inset, width - inset, height - inset), outline=RED, width=line)
    draw.ellipse((width / 2 - 55, 70, width / 2 + 55, 180), outline=RED, width=6)
    for order in range(9):
        top = 290 + order * 46
        draw.rectangle((130, top, 290, top + 14), fill=GREY)
        draw.rectangle((330, top, 720 + (order * 97) % 300, top + 14), fill=(200, 190, 180))
    draw.ellipse((860, 590, 1060, 790), outline=RED, width=5)
    draw.text((width / 2, height / 2), "SAMPLE  91 999999", font=ImageFont.load_default(size=96), fill=(214, 150, 140), anchor="mm")
    held = BytesIO()
    image.save(held, "PNG", optimize=True)
    return held.getvalue()
