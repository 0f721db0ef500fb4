"""Hostile text into every text field of every change: what is stored is what was sent, in NFC, or the answer is a 422 with its reason; never a 5xx.

The fields are found by themselves: the API's off its OpenAPI document, the pages' off their forms.
"""

import json
import os
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from werkzeug.routing import Rule

from gongchuang.types import FORBIDDEN
from tests.architecture.isolation.calls import Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import body_of, routes, things
from tests.flows.nonsense import FormReader
from tests.rounds import SOAK, rounds
from tests.security.hostile import HUGE, corpus, stored

pytestmark = pytest.mark.xdist_group("isolation")
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", str(Random().randrange(10**6) if SOAK else 20261121)))
CORPUS = corpus()
NOT_KEPT = {
    "files_api.revoke": "names whom access is taken from",
    "capacity_api.unblock": "shares its shape with blocking, whose note it takes away",
    "certification_api.approve": "only a keyed digest of the number is kept",
    "operators_api.suspend": "the reason stands in the audit chain, which is put back by itself",
    "quotes_api.preview": "reckons and keeps nothing",
}
"""Changes whose texts are nowhere in the rows, each with its reason."""
SURROGATES = re.compile("[\ud800-\udfff]")
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Slot:
    """One text field of one change."""

    rule: Rule
    method: str
    place: Place

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
    for step in place[:-1]:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return False
    if isinstance(body, list):
        body[:] = [text]
    elif isinstance(body, dict):
        body[place[-1]] = text
    return isinstance(body, list | dict)


def send(ground: Ground, slot: Slot, text: str, known: dict[str, dict[str, Any]]) -> str | None:
    """Send one text into one field; return what is wrong with what came of it."""
    world, case = ground.world, CASES[slot.rule.endpoint]
    body = deepcopy(body_of(world, slot.rule, slot.method, known) or {})
    if not put(body, slot.place, text) or SURROGATES.search(text):  # half a character is sent as raw JSON by tests/flows/nonsense.py
        return None
    answer = ground.ask(world.people[case.who], Call(slot.rule, slot.method, things(world, slot.rule, case), body))
    if answer.status >= 500:
        return f"{slot} {text[:60]!r}: {answer.status}"
    said = answer.response.text
    if answer.status in (400, 413, 422):
        return None if ("detail" in said or "<" in said) else f"{slot} {text[:60]!r}: refused without a word"
    if FORBIDDEN.search(said):
        return f"{slot} {text[:60]!r}: answered with {FORBIDDEN.findall(said)}"
    rows = "".join(row for rows in ground.changed(answer.written - {"audit_entries", "audit_heads"}).values() for row in rows)
    if FORBIDDEN.search(text) and answer.status < 300 and json.dumps(stored(text), ensure_ascii=False)[1:-1] in rows:
        return f"{slot} {text[:60]!r}: stored"
    kept_here = slot.rule.rule.startswith("/api/") and slot.rule.endpoint not in NOT_KEPT
    if kept_here and answer.status < 300 and not is_kept(text, rows + said):
        return f"{slot} {text[:60]!r}: neither kept nor refused"
    return shown(ground, slot, case.who, answer.response.headers.get("Location"), text)


def is_kept(text: str, rows: str) -> bool:
    """Whether rows of JSON hold a text as it is stored, with or without the blanks around it."""
    wanted = stored(text).strip()
    return any(json.dumps(each, ensure_ascii=False)[1:-1] in rows for each in (stored(text), wanted, wanted.casefold(), wanted.upper()))


def shown(ground: Ground, slot: Slot, who: str, place: str | None, text: str) -> str | None:
    """Look at the page that follows, or at the page of the thing that was changed: it shows no raw markup and turns no text around."""
    page = place if place and not slot.rule.rule.startswith("/api/") else None
    if page is None:
        return None
    found = ground.world.people[who].browser.get(page)
    if found.status_code >= 500:
        return f"{slot} {text[:60]!r}: its page answers {found.status_code}"
    raw = text.strip()
    if found.mimetype == "text/html" and len(raw) > 8 and any(each in raw for each in ("<script>a", "onerror=", "onload=", "<iframe")) and raw in found.text:
        return f"{slot} {text[:60]!r}: raw on its page"
    return f"{slot} {text[:60]!r}: turned around on its page" if FORBIDDEN.search(found.text) else None


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 1000


def test_hostile_text_is_stored_as_it_is_or_refused(ground: Ground) -> None:
    known: dict[str, dict[str, Any]] = {}
    wrong, sent, random = [], 0, Random(SEED)
    slots = every_slot(ground)
    for slot in slots if SOAK else random.sample(slots, 120):
        for text in random.sample(CORPUS, rounds(1, 60)):
            sent += 1
            with ground.put_back():
                wrong += [each for each in [send(ground, slot, text, known)] if each]
    print(f"{sent} texts, {len(slots)} fields, seed {SEED}")
    assert not wrong, "\n".join(wrong)
    assert len(slots) > 60


def test_ten_megabytes_are_refused(ground: Ground) -> None:
    known: dict[str, dict[str, Any]] = {}
    slots = every_slot(ground)
    for slot in slots if SOAK else slots[:: len(slots) // 4]:
        with ground.put_back():
            assert send(ground, slot, HUGE, known) is None
