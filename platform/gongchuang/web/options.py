"""The options of a select, from a mapping of values to words or from a scheme of the vocabulary, as WTForms takes them."""

from collections.abc import Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice

from gongchuang import vocabulary
from gongchuang.web.languages import language


def options(words: Mapping[Any, Any], *, none: Any = None, group: str | None = None) -> list[SelectChoice]:
    """Return the options in the mapping's order; `none`: the words of an empty option before them; `group`: the heading they stand under."""
    first = [SelectChoice("", none)] if none is not None else []
    return first + [SelectChoice(value, label, optgroup=group) for value, label in words.items()]


def terms(scheme: str, *, none: Any = None) -> list[SelectChoice]:
    """Return the options of a scheme's terms, in the reader's language."""
    return options(dict(vocabulary.choices(scheme, language())), none=none)


def grouped_terms(scheme: str, *, none: Any = None) -> list[SelectChoice]:
    """Return the options of a scheme's terms under their families, in the reader's language."""
    found = options({}, none=none)
    for group, pairs in vocabulary.grouped_choices(scheme, language()).items():
        found += options(dict(pairs), group=group or None)
    return found
