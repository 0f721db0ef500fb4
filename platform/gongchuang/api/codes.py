"""The coded data for programs: which codes there are, what each is called, and what it stands under."""

from flask_babel import get_locale

from gongchuang import vocabulary
from gongchuang.api import ApiBlueprint, Schema
from gongchuang.refusal import NotFound
from gongchuang.rights import public
from gongchuang.web.current import Answer

api = ApiBlueprint("vocabulary", __name__)


class TermOut(Schema):
    """A code, its label in the reader's language, what it stands under, other words for it, and the standard that defines it."""

    code: str
    label: str
    parent: str | None
    synonyms: list[str]
    source: str


class SchemesOut(Schema):
    """The lists there are."""

    schemes: list[str]


class TermsOut(Schema):
    """A list, in its own order."""

    items: list[TermOut]


@api.get("/vocabulary")
@public
@api.output(SchemesOut)
def schemes() -> Answer:
    """List the vocabulary's lists: processes, materials, regions …"""
    return SchemesOut(schemes=list(vocabulary.schemes()))  # type: ignore[return-value]


@api.get("/vocabulary/<scheme>")
@public
@api.output(TermsOut)
def terms(scheme: str) -> Answer:
    """List every term of one list."""
    if scheme not in vocabulary.schemes():
        raise NotFound
    language = str(get_locale())
    items = [TermOut(code=t.code, label=t.label(language), parent=t.parent, synonyms=list(t.synonyms), source=t.source) for t in vocabulary.terms(scheme)]
    return TermsOut(items=items)  # type: ignore[return-value]
