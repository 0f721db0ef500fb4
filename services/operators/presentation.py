"""How operators' pages read their questions and word their answers."""

import json
from collections.abc import Iterator
from uuid import UUID

from flask_babel import gettext

from gongchuang import vocabulary
from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import afterwards
from gongchuang.organisations.models import Organisation
from gongchuang.organisations.words import region_words
from gongchuang.web.languages import language

from . import queries


def place_words(region: str | None) -> str:
    """Return an operator's place in words."""
    if not region:
        return str(gettext("全国"))
    if vocabulary.known("parks", region):
        return vocabulary.label("parks", region, language())
    return region_words(region)


def is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def whole_number(value: str | None) -> int | None:
    """Return a whole number of at most 18 digits, or None."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) <= 18 else None


def note_look(actor: Actor, organisation: Organisation, action: str) -> None:
    """Write into an organisation's chain that somebody read it: after the page, whose own transaction only reads."""
    afterwards(lambda: record(actor, action, organisation, organisation_id=organisation.id))


def chain_lines(organisation_id: UUID) -> Iterator[str]:
    """Yield a chain's entries, first to last, as JSON lines with everything its hashes are made of."""
    for entry in queries.whole_chain(organisation_id):
        yield json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
