"""What every engine must do, written once: run on the table, on tantivy and (tests/live) on Elasticsearch.

Each function takes a filled engine and the entries it was filled with; the meaning of filters is `clauses.holds`.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from search.documents.document import Place
from search.documents.fields import Entry
from search.engines.clauses import All, AtLeast, AtMost, Clause, Has, Known, Not, Some, has, holds
from search.engines.port import Engine, Filter, Preference, Query, Sort, Word
from search.geography import distance_km
from tests.search.corpus import CERTIFICATES, MATERIALS, NOW, OFFER, ORDER, PROCESSES, REGIONS, WEEKS

TOKENS: dict[str, tuple[str, ...]] = {
    "kind": (OFFER, ORDER),
    "side": ("offer", "need"),
    "market": ("production", "design"),
    "process": (*PROCESSES, "milling", "cutting"),
    "material": (*MATERIALS, "nonferrous"),
    "certificate": CERTIFICATES,
    "region": (*REGIONS, "61", "6101"),
    "audience": ("public", "park:xa-hitech"),
    "park": ("xa-hitech",),
    "week": tuple(map(str, WEEKS)),
}
NUMBERS: dict[str, tuple[float, ...]] = {
    "side_a": (120.0, 300.0, 650.0),
    "side_b": (120.0, 475.0),
    "tolerance": (0.003, 0.01, 0.05),
    "quantity_min": (1, 5, 20),
    "quantity_max": (1, 15, 100),
    "price": (26_000, 100_000),
    "lead_time": (2, 12),
    "confirmed": (NOW.timestamp() - 500_000,),
    "open_until": (NOW.timestamp(),),
    "latitude": (35.5,),
    "free_minutes": (1, 2400),
}


def some_clause(random: Random, depth: int = 3) -> Clause:
    """Return any clause of the language."""
    kind = random.choice(("has", "least", "most", "known") if depth == 0 else ("has", "least", "most", "known", "not", "all", "some", "some"))
    if kind == "has":
        field = random.choice(list(TOKENS))
        return Has(field, frozenset(random.sample(TOKENS[field], random.randint(0, min(3, len(TOKENS[field]))))))
    if kind in ("least", "most"):
        field = random.choice(list(NUMBERS))
        value = random.choice(NUMBERS[field])
        return AtLeast(field, value) if kind == "least" else AtMost(field, value)
    if kind == "known":
        return Known(random.choice([*TOKENS, *NUMBERS]))
    if kind == "not":
        return Not(some_clause(random, depth - 1))
    inner = tuple(some_clause(random, depth - 1) for _ in range(random.randint(0, 4)))
    return All(inner) if kind == "all" else Some(inner, at_least=random.randint(-1, len(inner) + 1))


def finds_what_clauses_hold_for(engine: Engine, entries: Sequence[Entry], rounds: int = 150) -> None:
    random = Random(11)
    for _ in range(rounds):
        clause = some_clause(random)
        expected = {entry.id for entry in entries if holds(clause, entry.fields)}
        assert set(engine.candidates(clause)) == expected, clause
        found = engine.search(Query(base=clause, size=len(entries)))
        assert {hit.id for hit in found.hits} == expected, clause
        assert found.total == len(expected), clause


def counts_each_facet_without_its_own_filter(engine: Engine, entries: Sequence[Entry]) -> None:
    filters = (Filter("process", has("process", "milling")), Filter("region", has("region", "61")))
    query = Query(base=has("side", "offer"), filters=filters, facets=("process", "region", "certificate"), size=1)
    found = engine.search(query)
    for name in query.facets:
        counted: Counter[str] = Counter()
        for entry in entries:
            if holds(query.without(name), entry.fields):
                counted.update(entry.fields.get(name, ()))
        assert dict(found.facets[name]) == dict(counted), name
        assert list(found.facets[name]) == sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])), name
    assert found.total == sum(holds(query.conditions, entry.fields) for entry in entries)


def orders_and_pages(engine: Engine, entries: Sequence[Entry]) -> None:
    """Every order is the same in every engine: unknown last, ties by freshness; pages neither repeat nor skip."""
    origin = Place(34.3, 109.0)

    def away(entry: Entry) -> float:
        known = "latitude" in entry.fields and "longitude" in entry.fields
        return distance_km(origin, Place(entry.fields["latitude"], entry.fields["longitude"])) if known else float("inf")

    keys = {
        Sort.LEAD_TIME: lambda e: (e.fields.get("lead_time", float("inf")), -int(e.fields["confirmed"]) if "lead_time" in e.fields else 0),
        Sort.PRICE: lambda e: (e.fields.get("price", float("inf")), -int(e.fields["confirmed"]) if "price" in e.fields else 0),
        Sort.FRESHNESS: lambda e: -e.fields["confirmed"],
        Sort.DISTANCE: lambda e: round(away(e), 3),
        Sort.MATCH: lambda e: -e.fields["confirmed"],
    }
    by_id = {entry.id: entry for entry in entries}
    base = has("side", "offer")
    wanted = [entry for entry in entries if holds(base, entry.fields)]
    for sort, key in keys.items():
        paged = []
        for offset in range(0, len(wanted) + 7, 7):
            paged += [hit.id for hit in engine.search(Query(base=base, sort=sort, origin=origin, offset=offset, size=7)).hits]
        assert len(paged) == len(set(paged)) == len(wanted), sort
        assert [key(by_id[found]) for found in paged] == sorted(map(key, wanted)), sort


def finds_words(engine: Engine, entries: Sequence[Entry]) -> None:
    def found(*words: str, loose: bool = False) -> set[object]:
        query = Query(words=tuple(Word(tuple(word.split("|"))) for word in words), loose=loose, size=len(entries))
        return {hit.id for hit in engine.search(query).hits}

    def holding(*parts: str) -> set[object]:
        return {entry.id for entry in entries if all(f" {' '.join(part)} " in f" {' '.join(entry.tokens)} " for part in parts)}

    assert found("钛合金") == holding("钛合金") != set()
    assert found("钛合金", "三坐标") == holding("钛合金", "三坐标")
    assert found("ck6150") == {e.id for e in entries if "ck6150" in e.tokens} != set()
    assert found("轴承座|减重") == holding("轴承座") | holding("减重")
    assert found("没有这个词") == set()
    assert found("没有 钛合金没有", loose=True) >= holding("钛合金")
    assert found("铣" * 300) == set()
    assert found("。！") == {entry.id for entry in entries}, "signs alone ask nothing"


def ranks_the_title_first(engine: Engine, entries: Sequence[Entry]) -> None:
    """A word of the title counts more than one of the text; a preference adds to the score."""
    found = engine.search(Query(words=(Word(("五轴",)),), size=len(entries)))
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    assert all(hit.score > 0 for hit in found.hits)
    preferred = has("region", "61")
    by_id = {entry.id: entry for entry in entries}
    pushed = engine.search(Query(words=(Word(("五轴",)),), preferences=(Preference(preferred, 1000.0),), size=len(entries)))
    favoured = [holds(preferred, by_id[hit.id].fields) for hit in pushed.hits]
    assert favoured == sorted(favoured, reverse=True)
    assert pushed.total == found.total


def knows_its_versions(engine: Engine, entries: Sequence[Entry]) -> None:
    assert dict(engine.versions()) == {entry.id: entry.sequence for entry in entries}
    health = engine.health()
    assert health.answers
    assert health.documents == len(entries)


EVERY = (
    finds_what_clauses_hold_for,
    counts_each_facet_without_its_own_filter,
    orders_and_pages,
    finds_words,
    ranks_the_title_first,
    knows_its_versions,
)
"""What a filled engine must do."""
