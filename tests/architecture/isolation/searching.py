"""Looking for every word that stands in a searched document, as somebody who may or may not be shown it."""

from tests.architecture.isolation.canary import marks_in
from tests.architecture.isolation.making import World
from tests.architecture.isolation.readers import Readers

ASKERS = ("anonymous", "stranger/admin", "invited/admin", "elsewhere/operations")
LISTS = (("/api/v1/offers", "offers"), ("/api/v1/orders", "items"), ("/api/v1/tasks", "items"))


def searched(world: World, readers: Readers) -> tuple[int, list[str]]:
    """Ask every list for every word; return how much was found, and what was found by whom that may not see it."""
    wrong, found = [], 0
    words = sorted({each for each, places in readers.places.items() if "search_documents.text" in places or "search_documents.title" in places})
    assert len(words) > 5
    for who in (world.people[name] for name in ASKERS):
        allowed = readers.of(who, api=True)
        for word in words:
            for path, name in LISTS:
                items = (who.program.get(path, query_string={"q": word}).json or {})[name]
                found += len(items)
                hidden = marks_in(str(items)) - allowed
                if hidden or (items and word not in allowed):
                    wrong.append(f"{who.name} {path} {word}: {len(items)} found, {sorted(hidden)}")
    return found, wrong
