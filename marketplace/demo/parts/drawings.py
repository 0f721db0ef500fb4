"""Flat drawings of the demo's parts as DXF R12 in ASCII: layers, centre lines and dimensions, readable by every CAD system since 1992."""

from dataclasses import dataclass, field
from math import hypot

from .solids import around

LAYERS = {"OUTLINE": (7, "CONTINUOUS"), "CENTER": (1, "CENTER"), "HIDDEN": (3, "DASHED"), "DIM": (5, "CONTINUOUS"), "TEXT": (2, "CONTINUOUS")}
LINETYPES = {"CONTINUOUS": [], "CENTER": [31.75, -6.35, 6.35, -6.35], "DASHED": [12.7, -6.35]}


def _pairs(*items: tuple[int, object]) -> list[str]:
    lines = []
    for code, value in items:
        lines += [f"{code:>3}", f"{round(value, 6) + 0.0:g}" if isinstance(value, float) else str(value)]
    return lines


@dataclass
class Drawing:
    """Entities of one drawing, in millimetres."""

    body: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    dimensions: int = 0
    corners: list[tuple[float, float]] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, layer: str = "OUTLINE") -> None:
        """Draw a line."""
        self.corners += [(x1, y1), (x2, y2)]
        self.body += _line(x1, y1, x2, y2, layer)

    def circle(self, x: float, y: float, diameter: float, layer: str = "OUTLINE") -> None:
        """Draw a circle."""
        radius = diameter / 2
        self.corners += [(x - radius, y - radius), (x + radius, y + radius)]
        self.body += _pairs((0, "CIRCLE"), (8, layer), (10, float(x)), (20, float(y)), (30, 0.0), (40, float(radius)))

    def arc(self, x: float, y: float, radius: float, *, start: float, end: float) -> None:
        """Draw an arc counterclockwise from `start` to `end` degrees."""
        self.body += _pairs((0, "ARC"), (8, "OUTLINE"), (10, float(x)), (20, float(y)), (30, 0.0), (40, float(radius)), (50, float(start)), (51, float(end)))

    def text(self, x: float, y: float, height: float, content: str, layer: str = "TEXT") -> None:
        """Write a line of text."""
        self.corners.append((x, y))
        self.body += _text(x, y, height, content, layer)

    def cross(self, x: float, y: float, size: float) -> None:
        """Draw the centre lines of a hole."""
        self.line(x - size / 2, y, x + size / 2, y, "CENTER")
        self.line(x, y - size / 2, x, y + size / 2, "CENTER")

    def rounded(self, width: float, depth: float, radius: float) -> None:
        """Draw a rectangle about the origin with rounded corners."""
        x, y = width / 2, depth / 2
        for sign in (-1, 1):
            self.line(-x + radius, sign * y, x - radius, sign * y)
            self.line(sign * x, -y + radius, sign * x, y - radius)
        for at, start in ((1, 1), 0), ((-1, 1), 90), ((-1, -1), 180), ((1, -1), 270):
            self.arc(at[0] * (x - radius), at[1] * (y - radius), radius, start=start, end=start + 90)

    def dimension(self, x1: float, x2: float, y: float, at: float, *, vertical: bool = False, label: str = "") -> None:
        """Dimension from x1 to x2, measured at `y`, written on a line at `at`; `vertical` swaps the axes."""
        self.dimensions += 1
        block, height = f"*D{self.dimensions}", 5.0

        def place(a: float, b: float) -> tuple[float, float]:
            return (b, a) if vertical else (a, b)

        drawn = _line(*place(x1, y), *place(x1, at), "DIM") + _line(*place(x2, y), *place(x2, at), "DIM") + _line(*place(x1, at), *place(x2, at), "DIM")
        drawn += _arrow(place(x1, at), place(x2, at)) + _arrow(place(x2, at), place(x1, at))
        middle = place((x1 + x2) / 2, at + 1.5)
        drawn += _text(*middle, height, label or f"{abs(x2 - x1):g}", "DIM", turned=90.0 if vertical else 0.0)
        self.blocks += _pairs((0, "BLOCK"), (8, "0"), (2, block), (70, 1), (10, 0.0), (20, 0.0), (30, 0.0), (3, block))
        self.blocks += drawn + _pairs((0, "ENDBLK"), (8, "0"))
        line, first, second = place(x2, at), place(x1, y), place(x2, y)
        self.body += _pairs((0, "DIMENSION"), (8, "DIM"), (2, block), (10, line[0]), (20, line[1]), (30, 0.0), (11, middle[0]), (21, middle[1]), (31, 0.0))
        self.body += _pairs((70, 0), (1, label or "<>"), (13, first[0]), (23, first[1]), (33, 0.0), (14, second[0]), (24, second[1]), (34, 0.0))
        self.body += _pairs((50, 90.0 if vertical else 0.0))
        self.corners += [place(x1, at), place(x2, at)]

    def dxf(self) -> str:
        """Return the whole file, with CRLF line ends as the format's readers expect."""
        low = (min(x for x, _ in self.corners), min(y for _, y in self.corners))
        high = (max(x for x, _ in self.corners), max(y for _, y in self.corners))
        head = _pairs((0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1009"), (9, "$INSUNITS"), (70, 4), (9, "$MEASUREMENT"), (70, 1))
        head += _pairs((9, "$EXTMIN"), (10, low[0]), (20, low[1]), (30, 0.0), (9, "$EXTMAX"), (10, high[0]), (20, high[1]), (30, 0.0), (0, "ENDSEC"))
        tables = _pairs((0, "SECTION"), (2, "TABLES")) + _linetypes() + _layers() + _pairs((0, "ENDSEC"))
        blocks = _pairs((0, "SECTION"), (2, "BLOCKS")) + self.blocks + _pairs((0, "ENDSEC"))
        entities = _pairs((0, "SECTION"), (2, "ENTITIES")) + self.body + _pairs((0, "ENDSEC"), (0, "EOF"))
        return "\r\n".join(head + tables + blocks + entities) + "\r\n"


def _line(x1: float, y1: float, x2: float, y2: float, layer: str) -> list[str]:
    return _pairs((0, "LINE"), (8, layer), (10, float(x1)), (20, float(y1)), (30, 0.0), (11, float(x2)), (21, float(y2)), (31, 0.0))


def _text(x: float, y: float, height: float, content: str, layer: str, *, turned: float = 0.0) -> list[str]:
    return _pairs((0, "TEXT"), (8, layer), (10, float(x)), (20, float(y)), (30, 0.0), (40, height), (1, content), (50, turned))


def _arrow(tip: tuple[float, float], towards: tuple[float, float]) -> list[str]:
    along = (towards[0] - tip[0], towards[1] - tip[1])
    length = hypot(*along)
    x, y = along[0] / length * 4, along[1] / length * 4
    wings = ((tip[0] + x - y * 0.18, tip[1] + y + x * 0.18), (tip[0] + x + y * 0.18, tip[1] + y - x * 0.18))
    points = ((10, tip), (11, wings[0]), (12, wings[1]), (13, wings[1]))
    return _pairs((0, "SOLID"), (8, "DIM"), *((code + add, value) for code, at in points for add, value in ((0, at[0]), (10, at[1]), (20, 0.0))))


def _linetypes() -> list[str]:
    lines = _pairs((0, "TABLE"), (2, "LTYPE"), (70, len(LINETYPES)))
    for name, dashes in LINETYPES.items():
        lines += _pairs((0, "LTYPE"), (2, name), (70, 0), (3, ""), (72, 65), (73, len(dashes)), (40, float(sum(abs(dash) for dash in dashes))))
        lines += _pairs(*((49, float(dash)) for dash in dashes))
    return lines + _pairs((0, "ENDTAB"))


def _layers() -> list[str]:
    lines = _pairs((0, "TABLE"), (2, "LAYER"), (70, len(LAYERS)))
    for name, (colour, linetype) in LAYERS.items():
        lines += _pairs((0, "LAYER"), (2, name), (70, 0), (62, colour), (6, linetype))
    return lines + _pairs((0, "ENDTAB"))


def flange_drawing() -> Drawing:
    """Draw the DN100 flange from above with its pitch circle and main diameters."""
    drawing = Drawing()
    for diameter in (220, 134, 100):
        drawing.circle(0, 0, diameter)
    drawing.circle(0, 0, 180, "CENTER")
    for x, y in around(180, 8):
        drawing.circle(x, y, 18)
        drawing.cross(x, y, 26)
    drawing.cross(0, 0, 240)
    drawing.dimension(-110, 110, 0, -135, label="%%c220")
    drawing.dimension(-50, 50, 0, -122, label="%%c100H7")
    drawing.dimension(-90, 90, 0, 132, label="8-%%c18 EQS %%c180")
    drawing.text(-110, -155, 6, "FLANGE DN100  t22/52  Q355B  GB/T 1804-m")
    return drawing


def shaft_drawing() -> Drawing:
    """Draw the stepped shaft from the side with every step's length and diameter."""
    drawing, at = Drawing(), 0.0
    steps = [(45, 60), (60, 90), (72, 12), (60, 110), (50, 46), (40, 82)]
    for number, (diameter, length) in enumerate(steps):
        radius = diameter / 2
        for sign in (-1, 1):
            drawing.line(at, sign * radius, at + length, sign * radius)
        drawing.line(at, -radius, at, radius)
        drawing.line(at + length, -radius, at + length, radius)
        drawing.dimension(at, at + length, -radius, -55 if number != 2 else -66)
        drawing.text(at + length / 2 - 6, radius + 4, 5, f"%%c{diameter}{'k6' if number in {0, 4} else ''}", "DIM")
        at += length
    drawing.line(-8, 0, at + 8, 0, "CENTER")
    drawing.dimension(0, at, -36, -82)
    drawing.text(0, -102, 6, "STEPPED SHAFT  42CrMo  HB 269-302  2-%%c10x18")
    return drawing


def plate_drawing() -> Drawing:
    """Draw the cover plate as the laser needs it: one closed outline, four holes, one slot."""
    drawing = Drawing()
    drawing.rounded(480, 320, 12)
    for x in (-1, 1):
        for y in (-1, 1):
            drawing.circle(x * 226.5, y * 146.5, 9)
    for sign in (-1, 1):
        drawing.line(-60, sign * 20, 60, sign * 20)
    drawing.arc(60, 0, 20, start=270, end=90)
    drawing.arc(-60, 0, 20, start=90, end=270)
    drawing.dimension(-240, 240, -160, -185)
    drawing.dimension(-160, 160, -240, -265, vertical=True)
    drawing.dimension(-80, 80, 20, 40)
    drawing.text(-240, -210, 6, "COVER PLATE  Q235B t4  LASER CUT  DEBURR")
    return drawing


def bearing_seat_drawing() -> Drawing:
    """Draw the bearing seat from the front with its bore and foot."""
    drawing = Drawing()
    for side in (-1, 1):
        for x1, y1, x2, y2 in ((0, 0, 260, 0), (260, 0, 260, 45), (260, 45, 165, 45), (165, 45, 165, 210)):
            drawing.line(side * x1, y1, side * x2, y2)
    drawing.arc(0, 210, 165, start=0, end=180)
    drawing.circle(0, 210, 220)
    drawing.cross(0, 210, 350)
    for x in (-212.5, 212.5):
        drawing.line(x, -8, x, 53, "CENTER")
        drawing.line(x - 16.5, 0, x - 16.5, 45, "HIDDEN")
        drawing.line(x + 16.5, 0, x + 16.5, 45, "HIDDEN")
    drawing.dimension(-260, 260, 0, -45)
    drawing.dimension(-212.5, 212.5, 0, -28, label="425 (4-%%c33)")
    drawing.dimension(-110, 110, 210, 395, label="%%c220H7")
    drawing.dimension(0, 210, -260, -285, vertical=True)
    drawing.text(-260, -70, 7, "BEARING SEAT  QT450-10  W104")
    return drawing


DRAWINGS = {"flange-dn100": flange_drawing, "shaft-stepped": shaft_drawing, "plate-cover": plate_drawing, "bearing-seat-220": bearing_seat_drawing}
