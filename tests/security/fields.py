"""The text fields there are, found by themselves: the API's off its OpenAPI document, the pages' off their forms; and the pages on which a text is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from werkzeug.routing import Rule

from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import routes, slots, things, words_of
from tests.flows.nonsense import FormReader

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Slot:
    """One text field of one change."""

    rule: Rule
    method: str
    place: Place

    @property
    def api(self) -> bool:
        return self.rule.rule.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.rule.endpoint} {'.'.join(map(str, self.place))}"


def schema_texts(schema: dict[str, Any], schemas: dict[str, Any], place: Place = ()) -> Iterator[Place]:
    """Yield where a schema takes free text, at any depth."""
    if "$ref" in schema:
        yield from schema_texts(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, place)
        return
    for option in schema.get("anyOf") or schema.get("oneOf") or ():
        yield from schema_texts(option, schemas, place)
    if schema.get("type") == "string" and not {"enum", "const", "format"} & set(schema):
        yield place
    for name, field in schema.get("properties", {}).items():
        yield from schema_texts(field, schemas, (*place, name))
    if schema.get("type") == "array" and len(place) < 6:
        yield from schema_texts(schema.get("items", {}), schemas, (*place, 0))


def slots_of(ground: Ground, rule: Rule, method: str, spec: dict[str, Any]) -> Iterator[Slot]:
    if rule.rule.startswith("/api/"):
        path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace if part != "|")
        sent = spec["paths"].get(path, {}).get(method.lower(), {}).get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        yield from (Slot(rule, method, place) for place in dict.fromkeys(schema_texts(sent, spec["components"]["schemas"])))
        return
    case = CASES[rule.endpoint]
    names = {name for name, value in case.body.items() if isinstance(value, str) and not value.startswith("@")}
    if "GET" in (rule.methods or ()):
        page = ground.world.people[case.who].browser.get(Call(rule, "GET", things(ground.world, rule, case)).address())
        names |= FormReader(page.text).typed if page.status_code == 200 else set()
    yield from (Slot(rule, method, (name,)) for name in sorted(names))


def every_slot(ground: Ground) -> list[Slot]:
    spec = ground.world.people["anonymous"].program.get("/api/openapi.json").json or {}
    found = [(rule, method) for rule, method in routes(ground.world.app) if method != "GET" and not CASES[rule.endpoint].unproven]
    return [slot for rule, method in found for slot in slots_of(ground, rule, method, spec)]


def put(body: Any, place: Place, text: str) -> bool:
    """Put a text where a field is; False where the body has no such part."""
    for step, following in pairwise(place):
        try:
            body = body.setdefault(step, []) if following == 0 and isinstance(body, dict) else body[step]
        except (KeyError, IndexError, TypeError):
            return False
    if isinstance(body, list):
        body[:] = [text]
    elif isinstance(body, dict):
        body[place[-1]] = text
    return isinstance(body, list | dict)


def pages_of(ground: Ground, slot: Slot, made: str | None) -> list[str]:
    """Return the pages of a feature that show what was changed: of the thing in the path, of what was made, and those that name nothing."""
    feature = slot.rule.endpoint.partition(".")[0].removesuffix("_api")
    case = CASES[slot.rule.endpoint]
    known = [ground.world.ids[name] for name in case.things] + ([UUID(made)] if made else [])
    found = []
    for rule, method in routes(ground.world.app):
        named = slots(rule)
        if method != "GET" or rule.rule.startswith("/api/") or rule.endpoint.partition(".")[0] != feature or len(named) > 1:
            continue
        words = words_of(rule)
        found += [Call(rule, "GET", {**words, **dict.fromkeys(named, each)}).address() for each in (known if named else [None])]
    return sorted(found, key=lambda page: not any(str(each) in page for each in known))


__all__ = ["Slot", "every_slot", "pages_of", "put"]
