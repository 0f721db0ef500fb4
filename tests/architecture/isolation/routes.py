"""From the route table to calls: which ids a route takes, what is asked for, what is sent."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from werkzeug.routing import Rule

from gongchuang.web.application import Application
from tests.architecture.isolation.calls import Call
from tests.architecture.isolation.cases import CASES, KIND_OF_SLOT, WORDS_IN_PATHS, Case
from tests.architecture.isolation.making import World
from tests.flows.nonsense import FormReader

OWN_KEYS = frozenset({"draft_key", "idempotency_key", "csrf_token"})
"""Fields whose ids are made by the form itself and name nothing of anybody."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(app: Application) -> list[tuple[Rule, str]]:
    """Return every rule with every method it answers."""
    found = [(rule, method) for rule in app.url_map.iter_rules() for method in METHODS if method in (rule.methods or ())]
    return sorted(found, key=lambda each: (each[0].rule, each[1]))


def slots(rule: Rule) -> list[str]:
    """Return the names of the ids in a path."""
    return [name for name, converter in rule._converters.items() if type(converter).__name__ == "UUIDConverter"]


def kind_of(slot: str) -> str:
    return KIND_OF_SLOT.get(slot, slot.removesuffix("_id"))


def words_of(rule: Rule) -> dict[str, str]:
    return {name: WORDS_IN_PATHS[name] for name in rule._converters if name not in slots(rule)}


def asked_for(world: World, rule: Rule) -> Iterator[dict[str, Any]]:
    """Yield paths to every object of the first id's kind; other ids keep their first object."""
    names = slots(rule)
    rest = {name: next(iter(world.of_kind(kind_of(name)).values())) for name in names[1:]}
    if not names:
        yield words_of(rule)
        return
    for found in world.of_kind(kind_of(names[0])).values():
        yield {**words_of(rule), **rest, names[0]: found}


def filled(world: World, value: Any) -> Any:
    """Return what is sent with every `@kind.variant` made the id it stands for."""
    if isinstance(value, Mapping):
        return {name: filled(world, each) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(world, each) for each in value]
    if isinstance(value, str) and "@" in value and not value.endswith("example.org"):
        head, _, name = value.partition("@")
        return head + _special(world, name)
    return value


def _special(world: World, name: str) -> str:
    if name == "new":
        return str(uuid4())
    return world.links[name] if name in world.links else str(world.ids[name])


def things(world: World, rule: Rule, case: Case) -> dict[str, Any]:
    """Return the path of a case's own object."""
    given = dict(zip(slots(rule), (world.ids[name] for name in case.things), strict=True))
    return {**words_of(rule), **{name: filled(world, word) for name, word in case.path.items()}, **given}


def first_body(world: World, rule: Rule, method: str) -> dict[str, Any]:
    """Return what the rightful person sends: for a page with a form, the form as it is shown, with the case's fields filled in."""
    case = CASES[rule.endpoint]
    body: dict[str, Any] = {}
    if method == "POST" and "GET" in (rule.methods or ()):
        page = world.people[case.who].browser.get(Call(rule, "GET", things(world, rule, case)).address())
        reader = FormReader(page.text) if page.status_code == 200 else None
        for name, value in reader.fields if reader and reader.forms else ():
            body.setdefault(name, []).append(value)
    return {**body, **filled(world, case.body)}


def body_of(world: World, rule: Rule, method: str, known: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return (and remember) the body of a route; None for one that reads."""
    if method == "GET":
        return None
    if rule.endpoint not in known:
        known[rule.endpoint] = first_body(world, rule, method)
    return known[rule.endpoint]


def ids_in(sent: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield every id of what is sent, at whatever depth, with its place; an audience's name holds one too."""
    if isinstance(sent, Mapping | list):
        for name, each in sent.items() if isinstance(sent, Mapping) else enumerate(sent):
            yield from ids_in(each, (*place, name))
    elif is_id(str(sent).removeprefix("org:")) and place[-1] not in OWN_KEYS:
        yield place, str(sent)


def is_id(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


__all__ = ["asked_for", "body_of", "filled", "ids_in", "kind_of", "routes", "slots", "things", "words_of"]
