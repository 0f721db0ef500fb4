"""A list asked by a program: the same filters as its page, but what means nothing is refused. Whoever counts must not take the whole list for the answer."""

from typing import Any

from pydantic import Field, create_model
from werkzeug.datastructures import MultiDict

from gongchuang.api import Schema
from gongchuang.refusal import Refusal, refuse_all
from search.listing.address import MOST_PAGES, MOST_VALUES, Shelf, chosen
from search.query.parse import LONGEST


def query_of(shelf: Shelf) -> type[Schema]:
    """Return the query parameters of a shelf's list, as the API's document shows them."""
    fields: dict[str, Any] = dict.fromkeys(shelf.fields, (str | None, Field(None, max_length=200, description="May be given several times.")))
    fields["q"] = (str | None, Field(None, max_length=LONGEST, description="Words, figures and places as people type them."))
    fields["sort"] = (str | None, Field(None, json_schema_extra={"enum": [sort.value for sort in shelf.sorts]}))
    fields["page"] = (int, Field(1, ge=1, le=MOST_PAGES))
    made: type[Schema] = create_model(f"{shelf.kind.title()}Query", __base__=Schema, __doc__="What a list is asked.", **fields)
    return made


def refuse_nonsense(shelf: Shelf, arguments: "MultiDict[str, str]") -> None:
    """Refuse every value that names nothing, all at once. Unknown names are the schema's to refuse."""
    wrong = []
    for name in shelf.fields:
        values = [value for value in arguments.getlist(name) if value]
        if len(values) > MOST_VALUES:
            wrong.append(Refusal("query.many", "最多 %(most)s 项", field=name, most=MOST_VALUES))
        wrong += [Refusal("query.value", "不认识「%(value)s」", field=name, value=value[:40]) for value in values if not [*chosen(name, [value])]]
    sort = arguments.get("sort")
    if sort and sort not in {each.value for each in shelf.sorts}:
        wrong.append(Refusal("query.value", "不认识「%(value)s」", field="sort", value=sort[:40]))
    refuse_all(wrong)
