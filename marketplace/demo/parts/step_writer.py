"""Writes a `Solid` as STEP AP214 (ISO 10303-21, MANIFOLD_SOLID_BREP in millimetres), the form every CAD system reads."""

from itertools import pairwise

from .solids import Edge, Face, Point, Solid, add, dot

HEADER = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('{name}.step','2026-11-20T00:00:00',('Gongchuang demo'),('Gongchuang'),'make_parts','Gongchuang','');
FILE_SCHEMA(('AUTOMOTIVE_DESIGN {{ 1 0 10303 214 1 1 1 1 }}'));
ENDSEC;
DATA;
"""

PRODUCT = """#1=APPLICATION_CONTEXT('core data for automotive mechanical design processes');
#2=APPLICATION_PROTOCOL_DEFINITION('international standard','automotive_design',2000,#1);
#3=PRODUCT_CONTEXT('',#1,'mechanical');
#4=PRODUCT('{name}','{name}','',(#3));
#5=PRODUCT_DEFINITION_FORMATION('','',#4);
#6=PRODUCT_DEFINITION_CONTEXT('part definition',#1,'design');
#7=PRODUCT_DEFINITION('design','',#5,#6);
#8=PRODUCT_DEFINITION_SHAPE('','',#7);
#9=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.));
#10=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));
#11=(NAMED_UNIT(*)SI_UNIT($,.STERADIAN.)SOLID_ANGLE_UNIT());
#12=UNCERTAINTY_MEASURE_WITH_UNIT(LENGTH_MEASURE(1.E-05),#9,'distance_accuracy_value','');
#13=(GEOMETRIC_REPRESENTATION_CONTEXT(3)GLOBAL_UNCERTAINTY_ASSIGNED_CONTEXT((#12))GLOBAL_UNIT_ASSIGNED_CONTEXT((#9,#10,#11))REPRESENTATION_CONTEXT('',''));
#14=PRODUCT_RELATED_PRODUCT_CATEGORY('part',$,(#4));
"""


def real(value: float) -> str:
    """Return a STEP real: always with a point, never with a negative zero."""
    text = f"{round(value, 9) + 0.0:.9f}".rstrip("0")
    return "0." if text in {"-0.", "0."} else text


class StepWriter:
    """Numbers the entities as they are written and writes equal points and directions once."""

    def __init__(self, solid: Solid, name: str) -> None:
        broken = solid.why_not_closed()
        assert broken is None, f"{name}: {broken}"
        self.solid = solid
        self.name = name
        self.lines: list[str] = []
        self.seen: dict[str, int] = {}

    def entity(self, text: str) -> int:
        """Write one entity, or find the equal one already written; returns its number."""
        if text not in self.seen:
            self.seen[text] = 100 + len(self.lines)
            self.lines.append(f"#{self.seen[text]}={text};")
        return self.seen[text]

    def point(self, at: Point) -> int:
        """Write a point."""
        return self.entity(f"CARTESIAN_POINT('',({','.join(real(value) for value in at)}))")

    def direction(self, towards: Point) -> int:
        """Write a direction."""
        return self.entity(f"DIRECTION('',({','.join(real(value) for value in towards)}))")

    def placement(self, origin: Point, z: Point, x: Point) -> int:
        """Write a coordinate system."""
        return self.entity(f"AXIS2_PLACEMENT_3D('',#{self.point(origin)},#{self.direction(z)},#{self.direction(x)})")

    def edge(self, edge: Edge) -> int:
        """Write an edge with its curve and its two vertices."""
        start, end = self.solid.points[edge.start], self.solid.points[edge.end]
        if edge.centre is None or edge.axis is None or edge.x is None:
            along = add(end, start, -1.0)
            length = dot(along, along) ** 0.5
            unit = (along[0] / length, along[1] / length, along[2] / length)
            vector = self.entity(f"VECTOR('',#{self.direction(unit)},1.)")
            curve = self.entity(f"LINE('',#{self.point(start)},#{vector})")
        else:
            radius = dot(add(start, edge.centre, -1.0), add(start, edge.centre, -1.0)) ** 0.5
            curve = self.entity(f"CIRCLE('',#{self.placement(edge.centre, edge.axis, edge.x)},{real(radius)})")
        return self.entity(f"EDGE_CURVE('',#{self.vertex(edge.start)},#{self.vertex(edge.end)},#{curve},.T.)")

    def vertex(self, number: int) -> int:
        """Write a vertex."""
        return self.entity(f"VERTEX_POINT('',#{self.point(self.solid.points[number])})")

    def face(self, face: Face, edges: list[int]) -> int:
        """Write a face: its surface and its loops."""
        bounds = []
        for number, loop in enumerate(face.loops):
            uses = [self.entity(f"ORIENTED_EDGE('',*,*,#{edges[use.edge]},{'.T.' if use.forward else '.F.'})") for use in loop]
            ring = self.entity(f"EDGE_LOOP('',({','.join(f'#{use}' for use in uses)}))")
            bounds.append(self.entity(f"{'FACE_OUTER_BOUND' if number == 0 else 'FACE_BOUND'}('',#{ring},.T.)"))
        place = self.placement(face.frame.origin, face.frame.normal, face.frame.x)
        surface = self.entity(f"PLANE('',#{place})" if face.radius is None else f"CYLINDRICAL_SURFACE('',#{place},{real(face.radius)})")
        return self.entity(f"ADVANCED_FACE('',({','.join(f'#{bound}' for bound in bounds)}),#{surface},{'.T.' if face.outward else '.F.'})")

    def text(self) -> str:
        """Return the whole file."""
        edges = [self.edge(edge) for edge in self.solid.edges]
        faces = [self.face(face, edges) for face in self.solid.faces]
        shell = self.entity(f"CLOSED_SHELL('',({','.join(f'#{face}' for face in faces)}))")
        body = self.entity(f"MANIFOLD_SOLID_BREP('{self.name}',#{shell})")
        world = self.placement((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
        shape = self.entity(f"ADVANCED_BREP_SHAPE_REPRESENTATION('{self.name}',(#{world},#{body}),#13)")
        self.entity(f"SHAPE_DEFINITION_REPRESENTATION(#8,#{shape})")
        return HEADER.format(name=self.name) + PRODUCT.format(name=self.name) + "\n".join(self.lines) + "\nENDSEC;\nEND-ISO-10303-21;\n"


def ring_is_connected(solid: Solid, face: Face) -> bool:
    """Tell whether every loop of a face walks from edge to edge without a jump."""
    for loop in face.loops:
        ends = [(solid.edges[use.edge].start, solid.edges[use.edge].end) for use in loop]
        walked = [(a, b) if use.forward else (b, a) for (a, b), use in zip(ends, loop, strict=True)]
        if any(a[1] != b[0] for a, b in pairwise([*walked, walked[0]])):
            return False
    return True
