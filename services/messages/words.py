"""Putting a stored message into words: every feature registers its codes with a Chinese source sentence in its manifest."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask_babel import gettext

from gongchuang import vocabulary
from gongchuang.manifest import features
from gongchuang.web.languages import language

VOCABULARY_PARAMS = {"process": "processes", "material": "materials", "region": "regions", "machine_kind": "machine_kinds"}


@cache
def sentences() -> Mapping[str, str]:
    """Return every registered code's source sentence."""
    found: dict[str, str] = {}
    for feature in features():
        for code, sentence in feature.messages.items():
            if found.setdefault(code, sentence) != sentence:
                raise ValueError(f"message {code} is said in two ways")
    return found


def put(code: str, params: Mapping[str, Any]) -> str:
    """Return the sentence of `code` in the reader's language; coded parameters get their labels."""
    shown = {name: vocabulary.label(VOCABULARY_PARAMS[name], value, language()) if name in VOCABULARY_PARAMS else value for name, value in params.items()}
    sentence: str = gettext(sentences()[code])
    return sentence % shown
