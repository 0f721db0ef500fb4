"""The demo's parts: each built from its parameters, with its box and volume from a closed formula that knows nothing of meshes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

from .solids import LYING, STANDING, Face, Profile, Segment, Solid, around, circle, dot, polygon, rounded, slot


@dataclass(frozen=True)
class Part:
    """A solid with what must be measured on it: box in mm along x, y, z and volume in mm³."""

    code: str
    name: str
    solid: Solid
    box_mm: tuple[float, float, float]
    volume_mm3: float


def disc(diameter: float) -> float:
    """Return the area of a circle."""
    return pi / 4 * diameter**2


def rounded_area(width: float, depth: float, radius: float) -> float:
    """Return the area of a rectangle with rounded corners."""
    return width * depth - (4 - pi) * radius**2


def slot_area(length: float, width: float) -> float:
    """Return the area of a slot measured over all."""
    return (length - width) * width + disc(width)


def _facing(faces: list[Face], normal: tuple[float, float, float]) -> Face:
    """Return the flat face that looks along `normal`; of several, the one farthest out."""
    flat = [face for face in faces if face.radius is None and dot(face.frame.normal, normal) > 0.999]
    return max(flat, key=lambda face: dot(face.frame.origin, normal))


def flange(code: str, name: str, *, outer: float, bore: float, hub: float, plate: float, height: float, pitch: float, bolts: int, bolt: float) -> Part:
    """Build a hubbed flange with bolt holes on a pitch circle; `height` is measured over all."""
    solid = Solid()
    top, bottom, _ = solid.extrude(circle(outer), plate)
    solid.hole(solid.boss(top, circle(hub), height - plate), circle(bore), bottom)
    for at in around(pitch, bolts):
        solid.hole(top, circle(bolt, at), bottom)
    volume = disc(outer) * plate + disc(hub) * (height - plate) - disc(bore) * height - bolts * disc(bolt) * plate
    return Part(code, name, solid, (outer, outer, height), volume)


def bracket(code: str, name: str, *, foot: float, rise: float, width: float, sheet: float, hole: float, window: float) -> Part:
    """Build an angle bracket: two holes in the foot, two slots and a round window in the upright."""
    solid = Solid()
    outline = polygon((0, 0), (foot, 0), (foot, sheet), (sheet, sheet), (sheet, rise), (0, rise))
    _, _, sides = solid.extrude(outline, width, STANDING)
    down, up, back, front = sides[0], sides[2], sides[5], sides[3]
    for across in (width * 0.25, width * 0.75):
        solid.hole(down, circle(hole, (foot * 0.65, across)), up)
        solid.hole(back, slot(hole * 2.4, hole, (rise * 0.22, across)), front)
    solid.hole(back, circle(window, (rise * 0.48, width / 2)), front)
    volume = (foot * sheet + (rise - sheet) * sheet) * width - sheet * (2 * disc(hole) + 2 * slot_area(hole * 2.4, hole) + disc(window))
    return Part(code, name, solid, (foot, width, rise), volume)


def shaft(code: str, name: str, steps: list[tuple[float, float]], bore: float, bore_depth: float) -> Part:
    """Build a stepped shaft with a blind centre bore in each end."""
    solid = Solid()
    for end in solid.shaft(steps, LYING):
        solid.pocket(end, circle(bore), bore_depth)
    length, widest = sum(step[1] for step in steps), max(step[0] for step in steps)
    volume = sum(disc(diameter) * long for diameter, long in steps) - 2 * disc(bore) * bore_depth
    return Part(code, name, solid, (length, widest, widest), volume)


def housing(code: str, name: str, *, width: float, depth: float, height: float, wall: float, bearing: float) -> Part:
    """Build an open gearbox housing: pocket, four screw bosses with blind holes, a bearing bore through both long walls."""
    solid = Solid()
    outer_r, inner_r, boss, screw, screw_depth = 14.0, 10.0, 18.0, 8.5, 22.0
    top, bottom, sides = solid.extrude(rounded(width, depth, outer_r), height)
    inner_w, inner_d, deep, tall = width - 2 * wall, depth - 2 * wall, height - wall, height * 0.45
    floor, walls = solid.pocket(top, rounded(inner_w, inner_d, inner_r), deep)
    for x in (-1, 1):
        for y in (-1, 1):
            raised = solid.boss(floor, circle(boss, (x * (inner_w / 2 - boss), y * (inner_d / 2 - boss))), tall)
            solid.pocket(raised, circle(screw, (x * (inner_w / 2 - boss), y * (inner_d / 2 - boss))), screw_depth)
    for out in ((0.0, 1.0, 0.0), (0.0, -1.0, 0.0)):
        face = _facing(sides, out)
        towards = [wall_face for wall_face in walls if wall_face.radius is None and dot(wall_face.frame.normal, out) < -0.999]
        solid.hole(face, circle(bearing, (-dot(face.frame.origin, face.frame.x), height * 0.55)), towards[0])
    solid.hole(floor, circle(20.0), bottom)
    shell = rounded_area(width, depth, outer_r) * height - rounded_area(inner_w, inner_d, inner_r) * deep
    volume = shell + 4 * (disc(boss) * tall - disc(screw) * screw_depth) - 2 * disc(bearing) * wall - disc(20.0) * wall
    return Part(code, name, solid, (width, depth, height), volume)


def bearing_seat(code: str, name: str, *, bore: float, ring: float, foot: float, thick: float, width: float, bolt: float) -> Part:
    """Build a pillow block: a foot plate under a round-topped seat whose centre lies `ring` / 2 above the plate, bored through, with four foot bolts.

    The seat's sides drop straight from the ring to the plate, so its section is a half disc on a rectangle.
    """
    solid = Solid()
    radius, half = ring / 2, foot / 2
    centre = thick + radius
    outline: Profile = [
        Segment((half, 0.0)),
        Segment((half, thick)),
        Segment((radius, thick)),
        Segment((radius, centre)),
        Segment((-radius, centre), (0.0, centre)),
        Segment((-radius, thick)),
        Segment((-half, thick)),
        Segment((-half, 0.0)),
    ]
    top, bottom, sides = solid.extrude(outline, width, STANDING)
    solid.hole(top, circle(bore, (0.0, centre)), bottom)
    under, right, left = sides[0], sides[2], sides[6]
    for upper in (right, left):
        span = (half - radius) / 2
        for across in (width * 0.25, width * 0.75):
            solid.hole(upper, circle(bolt, (span, across)), under)
    section = foot * thick + ring * radius + disc(ring) / 2 - disc(bore)
    return Part(code, name, solid, (foot, width, centre + radius), section * width - 4 * disc(bolt) * thick)


def plate(code: str, name: str, *, width: float, depth: float, thick: float, radius: float, hole: float, window: tuple[float, float]) -> Part:
    """Build a laser-cut cover plate: rounded corners, four corner holes, one slotted window."""
    solid = Solid()
    top, bottom, _ = solid.extrude(rounded(width, depth, radius), thick)
    for x in (-1, 1):
        for y in (-1, 1):
            solid.hole(top, circle(hole, (x * (width / 2 - 1.5 * hole), y * (depth / 2 - 1.5 * hole))), bottom)
    solid.hole(top, slot(*window), bottom)
    area = rounded_area(width, depth, radius) - 4 * disc(hole) - slot_area(*window)
    return Part(code, name, solid, (width, depth, thick), area * thick)


def manifold(code: str, name: str, *, width: float, depth: float, height: float, gallery: float, port: float, ports: int) -> Part:
    """Build a hydraulic block: one gallery along its length, threaded-port pockets on top that stop short of it, four fixing holes."""
    solid = Solid()
    top, bottom, sides = solid.extrude(polygon((0, 0), (width, 0), (width, depth), (0, depth)), height)
    left, right = _facing(sides, (-1.0, 0.0, 0.0)), _facing(sides, (1.0, 0.0, 0.0))
    solid.hole(right, circle(gallery, (depth / 2, height * 0.32)), left)
    deep = height * 0.32
    for i in range(ports):
        solid.pocket(top, circle(port, (width * (i + 1) / (ports + 1), depth / 2)), deep)
    for x in (12.0, width - 12.0):
        for y in (12.0, depth - 12.0):
            solid.hole(top, circle(9.0, (x, y)), bottom)
    volume = width * depth * height - disc(gallery) * width - ports * disc(port) * deep - 4 * disc(9.0) * height
    return Part(code, name, solid, (width, depth, height), volume)


PARTS: dict[str, Callable[[], Part]] = {
    "flange-dn100": lambda: flange("flange-dn100", "法兰盘 DN100", outer=220, bore=100, hub=134, plate=22, height=52, pitch=180, bolts=8, bolt=18),
    "flange-dn50": lambda: flange("flange-dn50", "法兰盘 DN50", outer=165, bore=54, hub=84, plate=20, height=45, pitch=125, bolts=4, bolt=18),
    "bracket-l120": lambda: bracket("bracket-l120", "角形支架", foot=90, rise=120, width=80, sheet=8, hole=11, window=34),
    "shaft-stepped": lambda: shaft("shaft-stepped", "阶梯轴", [(45, 60), (60, 90), (72, 12), (60, 110), (50, 46), (40, 82)], 10, 18),
    "housing-gearbox": lambda: housing("housing-gearbox", "减速机壳体", width=240, depth=160, height=110, wall=12, bearing=62),
    "bearing-seat-220": lambda: bearing_seat("bearing-seat-220", "轴承座 φ220H7", bore=220, ring=330, foot=520, thick=45, width=104, bolt=33),
    "plate-cover": lambda: plate("plate-cover", "机柜盖板", width=480, depth=320, thick=4, radius=12, hole=9, window=(160, 40)),
    "manifold-block": lambda: manifold("manifold-block", "液压阀块", width=180, depth=70, height=60, gallery=16, port=22, ports=3),
}
