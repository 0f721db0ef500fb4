"""What a list page links to, in the shape the page macros take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A chip or an order: its label and the address it leads to."""

    label: str
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: how many documents have it, and the list with (or, when active, without) it."""

    label: str
    count: int
    url: str
    active: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter beside the list."""

    label: str
    options: tuple[Option, ...]
    field: str = ""
    unit: str = ""
    more_url: str | None = None
