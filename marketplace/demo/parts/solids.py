"""A small boundary representation: extruded profiles with bosses, pockets, holes and stepped shafts.

Demo parts must be real solids of planes and cylinders, as a CAD system would export them, and this repository must be able to make them again
without a CAD kernel. Everything here is made by one move, `wall`: a closed profile of lines and arcs swept straight up. Full circles are two half
arcs, so that every edge has two different ends and no seam is needed.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import atan2, cos, hypot, isclose, pi, sin

Point = tuple[float, float, float]
Flat = tuple[float, float]


def add(a: Point, b: Point, factor: float = 1.0) -> Point:
    """Return a + factor * b."""
    return (a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2])


def dot(a: Point, b: Point) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Point, b: Point) -> Point:
    """Return the vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def reverse(a: Point) -> Point:
    """Return the opposite direction."""
    return (-a[0], -a[1], -a[2])


@dataclass(frozen=True)
class Frame:
    """A plane in space: where its origin lies and where its x and y point; its normal is x × y."""

    origin: Point = (0.0, 0.0, 0.0)
    x: Point = (1.0, 0.0, 0.0)
    y: Point = (0.0, 1.0, 0.0)

    @property
    def normal(self) -> Point:
        """The direction out of the plane."""
        return cross(self.x, self.y)

    def at(self, flat: Flat, height: float = 0.0) -> Point:
        """Return the point in space of plane coordinates `flat` at `height` above the plane."""
        return add(add(add(self.origin, self.x, flat[0]), self.y, flat[1]), self.normal, height)

    def raised(self, height: float) -> "Frame":
        """Return the same plane, moved along its normal."""
        return Frame(add(self.origin, self.normal, height), self.x, self.y)

    def flipped(self) -> "Frame":
        """Return the same plane seen from its other side."""
        return Frame(self.origin, self.x, reverse(self.y))


@dataclass(frozen=True)
class Segment:
    """One piece of a profile, from where the piece before ended to `end`; an arc when it has a centre."""

    end: Flat
    centre: Flat | None = None
    counterclockwise: bool = True


Profile = list[Segment]

STANDING = Frame(y=(0.0, 0.0, 1.0))
"""The profile is drawn from the front: x to the right, y up; sweeping goes towards the viewer."""
LYING = Frame(x=(0.0, 1.0, 0.0), y=(0.0, 0.0, 1.0))
"""Sweeping goes along x, as a shaft lies."""


def polygon(*corners: Flat) -> Profile:
    """Return straight lines from corner to corner; the last corner is where it starts."""
    return [Segment(corner) for corner in (*corners[1:], corners[0])]


def circle(diameter: float, at: Flat = (0.0, 0.0)) -> Profile:
    """Return a full circle, counterclockwise, as two half arcs."""
    radius = diameter / 2
    return [Segment((at[0] - radius, at[1]), at), Segment((at[0] + radius, at[1]), at)]


def rounded(width: float, depth: float, radius: float, at: Flat = (0.0, 0.0)) -> Profile:
    """Return a rectangle about `at` with its corners rounded, counterclockwise."""
    right, top = width / 2 - radius, depth / 2 - radius
    x, y = at
    return [
        Segment((x + right, y - top - radius)),
        Segment((x + right + radius, y - top), (x + right, y - top)),
        Segment((x + right + radius, y + top)),
        Segment((x + right, y + top + radius), (x + right, y + top)),
        Segment((x - right, y + top + radius)),
        Segment((x - right - radius, y + top), (x - right, y + top)),
        Segment((x - right - radius, y - top)),
        Segment((x - right, y - top - radius), (x - right, y - top)),
    ]


def slot(length: float, width: float, at: Flat = (0.0, 0.0)) -> Profile:
    """Return a slot along x with half-round ends; `length` is measured over all."""
    half, radius = (length - width) / 2, width / 2
    x, y = at
    return [
        Segment((x + half, y - radius)),
        Segment((x + half, y + radius), (x + half, y)),
        Segment((x - half, y + radius)),
        Segment((x - half, y - radius), (x - half, y)),
    ]


def around(diameter: float, count: int, start: float = 0.0) -> list[Flat]:
    """Return `count` points evenly spread on a pitch circle, the first at `start` radians."""
    return [(diameter / 2 * cos(start + 2 * pi * i / count), diameter / 2 * sin(start + 2 * pi * i / count)) for i in range(count)]


@dataclass(frozen=True)
class Edge:
    """A line between two vertices (numbers), or an arc counterclockwise about `axis`."""

    start: int
    end: int
    centre: Point | None = None
    axis: Point | None = None
    x: Point | None = None


@dataclass(frozen=True)
class Use:
    """An edge as a loop walks it: along it or against it."""

    edge: int
    forward: bool = True


Loop = list[Use]


def against(loop: Loop) -> Loop:
    """Return the loop walked the other way round."""
    return [Use(use.edge, not use.forward) for use in reversed(loop)]


@dataclass
class Face:
    """A piece of a plane, or of a cylinder when it has a radius; the frame's normal points out of the material (the axis, for a cylinder).

    `loops[0]` is the outer one, counterclockwise seen from outside; the others are holes. `outward` is false for a cylinder seen from within.
    """

    frame: Frame
    loops: list[Loop]
    radius: float | None = None
    outward: bool = True


@dataclass
class Wall:
    """What sweeping a profile made: its two rims, walked along the profile, and a face a segment."""

    low: Loop
    high: Loop
    faces: list[Face]


@dataclass
class Solid:
    """Vertices, edges and faces of one closed body."""

    points: list[Point] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    def _edge(self, edge: Edge) -> Use:
        self.edges.append(edge)
        return Use(len(self.edges) - 1)

    def _rim(self, frame: Frame, profile: Profile, height: float) -> tuple[list[int], Loop]:
        first = len(self.points)
        count = len(profile)
        self.points += [frame.at(profile[i - 1].end, height) for i in range(count)]
        corners = list(range(first, first + count))
        loop = []
        for i, piece in enumerate(profile):
            start, end = corners[i], corners[(i + 1) % count]
            if piece.centre is None:
                loop.append(self._edge(Edge(start, end)))
                continue
            centre = frame.at(piece.centre, height)
            axis = frame.normal if piece.counterclockwise else reverse(frame.normal)
            loop.append(self._edge(Edge(start, end, centre, axis, _towards(centre, self.points[start]))))
        return corners, loop

    def wall(self, frame: Frame, profile: Profile, height: float, *, inside: bool = True) -> Wall:
        """Sweep a counterclockwise profile up by `height`; the material lies inside it, or outside for a hole."""
        low, low_rim = self._rim(frame, profile, 0.0)
        high, high_rim = self._rim(frame, profile, height)
        posts = [self._edge(Edge(a, b)) for a, b in zip(low, high, strict=True)]
        faces = []
        for i, piece in enumerate(profile):
            after = posts[(i + 1) % len(profile)]
            loop = [low_rim[i], after, Use(high_rim[i].edge, False), Use(posts[i].edge, False)]
            faces.append(_side(frame, profile[i - 1].end, piece, loop, inside=inside))
        self.faces += faces
        return Wall(low_rim, high_rim, faces)

    def plane(self, frame: Frame, *loops: Loop) -> Face:
        """Add a flat face; the first loop is its outline, counterclockwise about the frame's normal."""
        face = Face(frame, list(loops))
        self.faces.append(face)
        return face

    def extrude(self, profile: Profile, height: float, frame: Frame | None = None) -> tuple[Face, Face, list[Face]]:
        """Sweep a profile into a body; returns its top, its bottom and its side faces."""
        frame = frame or Frame()
        wall = self.wall(frame, profile, height)
        return self.plane(frame.raised(height), wall.high), self.plane(frame.flipped(), against(wall.low)), wall.faces

    def boss(self, face: Face, profile: Profile, height: float) -> Face:
        """Raise a boss on a flat face; returns the boss's top."""
        wall = self.wall(face.frame, profile, height)
        face.loops.append(against(wall.low))
        return self.plane(face.frame.raised(height), wall.high)

    def pocket(self, face: Face, profile: Profile, depth: float) -> tuple[Face, list[Face]]:
        """Sink a blind pocket or hole into a flat face; returns its floor and its walls."""
        floor = face.frame.raised(-depth)
        wall = self.wall(floor, profile, depth, inside=False)
        face.loops.append(against(wall.high))
        return self.plane(floor, wall.low), wall.faces

    def hole(self, face: Face, profile: Profile, opposite: Face) -> None:
        """Cut from a flat face through to a parallel one that looks the other way."""
        normal = face.frame.normal
        assert isclose(dot(normal, opposite.frame.normal), -1.0), "a hole runs between two faces that look away from each other"
        depth = dot(add(face.frame.origin, opposite.frame.origin, -1.0), normal)
        wall = self.wall(face.frame.raised(-depth), profile, depth, inside=False)
        face.loops.append(against(wall.high))
        opposite.loops.append(list(wall.low))

    def shaft(self, steps: list[tuple[float, float]], frame: Frame) -> tuple[Face, Face]:
        """Build a stepped shaft along the frame's normal from (diameter, length) steps; returns its far and its near end."""
        height, below = 0.0, self.wall(frame, circle(steps[0][0]), steps[0][1])
        bottom = self.plane(frame.flipped(), against(below.low))
        for (diameter, length), (next_diameter, next_length) in pairwise(steps):
            height += length
            wall = self.wall(frame.raised(height), circle(next_diameter), next_length)
            if next_diameter < diameter:
                self.plane(frame.raised(height), below.high, against(wall.low))
            else:
                self.plane(frame.raised(height).flipped(), against(wall.low), below.high)
            below = wall
        return self.plane(frame.raised(height + steps[-1][1]), below.high), bottom

    def why_not_closed(self) -> str | None:
        """Say which edge is not walked exactly once each way; None when the body is closed and consistently oriented."""
        uses: dict[tuple[int, bool], int] = {}
        for use in (use for face in self.faces for loop in face.loops for use in loop):
            uses[(use.edge, use.forward)] = uses.get((use.edge, use.forward), 0) + 1
        for number in range(len(self.edges)):
            if (uses.get((number, True)), uses.get((number, False))) != (1, 1):
                return f"edge {number} is walked {uses.get((number, True), 0)} times along and {uses.get((number, False), 0)} times against"
        return None


def _towards(centre: Point, point: Point) -> Point:
    away = add(point, centre, -1.0)
    length = dot(away, away) ** 0.5
    return (away[0] / length, away[1] / length, away[2] / length)


def _side(frame: Frame, start: Flat, piece: Segment, loop: Loop, *, inside: bool) -> Face:
    ordered = loop if inside else against(loop)
    if piece.centre is not None:
        radius = hypot(start[0] - piece.centre[0], start[1] - piece.centre[1])
        return Face(Frame(frame.at(piece.centre), frame.x, frame.y), [ordered], radius, piece.counterclockwise == inside)
    angle = atan2(piece.end[1] - start[1], piece.end[0] - start[0])
    along = add(add((0.0, 0.0, 0.0), frame.x, cos(angle)), frame.y, sin(angle))
    if inside:
        return Face(Frame(frame.at(start), along, frame.normal), [ordered])
    return Face(Frame(frame.at(piece.end), reverse(along), frame.normal), [ordered])
