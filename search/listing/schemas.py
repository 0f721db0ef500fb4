"""What the API says of a list's filters, whatever the list holds."""

from gongchuang.api import Schema


class OptionOut(Schema):
    """One value of a filter and how many have it."""

    code: str
    label: str
    count: int
    active: bool


class FacetOut(Schema):
    """A filter and its values."""

    field: str
    label: str
    options: list[OptionOut]
