"""The options of a select, from a mapping of values to words, as WTForms takes them."""

from collections.abc import Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice


def options(words: Mapping[Any, Any], *, none: Any = None, group: str | None = None) -> list[SelectChoice]:
    """Return the options in the mapping's order; `none`: the words of an empty option before them; `group`: the heading they stand under."""
    first = [SelectChoice("", none)] if none is not None else []
    return first + [SelectChoice(value, label, optgroup=group) for value, label in words.items()]


def grouped_options(groups: Mapping[str, list[tuple[str, str]]], *, none: Any = None) -> list[SelectChoice]:
    """Return the options of `vocabulary.grouped_choices`, each under its heading."""
    found = options({}, none=none)
    for group, pairs in groups.items():
        found += options(dict(pairs), group=group or None)
    return found
