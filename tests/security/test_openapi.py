"""Schemathesis over the whole OpenAPI document: whatever is sent by whomever, the answer is one that the document names, and never a 5xx.

The first half of the examples name real objects of the right person, so that requests get past the doors; the others name whatever is generated.
"""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.routing import Rule

from gongchuang import rights
from gongchuang.api.document import METHODS
from tests.architecture.isolation.calls import Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.expected import decided
from tests.architecture.isolation.routes import asked_for, things
from tests.rounds import SOAK, rounds
from tests.security.test_ignored import PUBLIC

pytestmark = pytest.mark.xdist_group("isolation")
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", str(Random().randrange(10**6) if SOAK else 20261121)))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
MEMBER = "own/admin"
OPERATORS = {"operator": "operator/operations", "security": "operator/security", "audit": "operator/audit"}
"""An operator with each of the duties: what is reserved to one is a refusal to the others."""
LET_IN = {"anonymous": set(), "member": {"GET", "POST", "PUT", "DELETE"}, "operator": {"GET", "POST"}, "security": {"POST"}, "audit": {"GET"}}
"""By which methods each is surely let in: the member when done as asked, an operator when heard on what is reserved."""
WITHOUT_TOKEN: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer gc_" + "0" * 32}, {"Authorization": "Basic YTpi"})


def operations(ground: Ground) -> Iterator[tuple[Rule, str, Any]]:
    """Yield every operation of the document with its route."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", ground.world.app)
    found = {(operation.ok().path, operation.ok().method.upper()): operation.ok() for operation in schema.get_all_operations()}
    for rule in ground.world.app.url_map.iter_rules():
        path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace if part != "|")
        for method in METHODS:
            if method.upper() in (rule.methods or ()) and (path, method.upper()) in found:
                yield rule, method.upper(), found.pop((path, method.upper()))
    assert not found


def asker(ground: Ground, rule: Rule, name: str) -> dict[str, str]:
    """Return the headers of an asker; the member is the one whom the operation is meant for."""
    if name == "anonymous":
        return {}
    if name == "member" and rule.endpoint in CASES:
        name = CASES[rule.endpoint].who
    who = ground.world.people[{"member": MEMBER, **OPERATORS}.get(name, name)]
    return {"Authorization": f"Bearer {who.token}"} if who.token else {}


def real_path(ground: Ground, rule: Rule) -> dict[str, str]:
    known = CASES.get(rule.endpoint)
    found = things(ground.world, rule, known) if known else next(iter(asked_for(ground.world, rule)))
    return {name: str(value) for name, value in found.items()}


def attack(ground: Ground, rule: Rule, operation: Any, mode: GenerationMode, name: str, real: bool) -> tuple[list[int], str]:
    """Send generated requests; return how they were answered, and the failure with its smallest example."""
    sent: list[int] = []
    headers = asker(ground, rule, name)
    closed = rule.endpoint not in PUBLIC
    fixed = {"path_parameters": real_path(ground, rule)} if real and rule.arguments else {}
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @seed(SEED)
    @settings(
        max_examples=rounds(1, 40),
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if SOAK else [Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def send(case: Any) -> None:
        with ground.put_back():
            sent.append(case.call_and_validate(headers=headers, checks=checks).status_code)
        if closed and len(sent) == 1:
            with ground.put_back():
                for wrong in WITHOUT_TOKEN:  # an address that was made up may be none of the site's
                    answer = case.call(headers=wrong)
                    elsewhere = answer.status_code in (404, 405) and rule.arguments and not real
                    assert answer.status_code == 401 or elsewhere, f"{operation.label} {wrong}: {answer.status_code}"

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing is taken that could be wrong
    except (FailureGroup, AssertionError) as failed:
        return sent, f"{operation.label} as {name} ({mode.value}): {failed}"
    return sent, ""


def plans(ground: Ground, rule: Rule, name: str, number: int) -> list[tuple[GenerationMode, bool]]:
    """Return which data is sent, and whether to real objects: everything in the long form.

    In the short one the member is sent both kinds, the others one; the duties beside operations ask for what is reserved to them.
    """
    right, wrong = (GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, True)
    if SOAK:
        return [right, wrong, (GenerationMode.POSITIVE, False), (GenerationMode.NEGATIVE, False)]
    if name in ("security", "audit"):
        return [right, wrong] if reserved(ground, rule, name) else []
    return [right, wrong] if name == "member" else [(right, wrong)[(number + (name == "operator")) % 2]]


def reserved(ground: Ground, rule: Rule, duty: str) -> bool:
    """Whether the map of rights gives a route to operators of a duty."""
    permission, _ = decided(ground.world.app, rule.endpoint)
    return any(f"operator({duty})" in predicate.name for predicate in rights.policy().get(permission, ()))


@pytest.mark.parametrize("name", ["anonymous", "member", *OPERATORS])
def test_every_answer_is_one_that_the_document_names(ground: Ground, name: str) -> None:
    load_all_checks()
    total, wrong, let_in = 0, [], set()
    for number, (rule, method, operation) in enumerate(operations(ground)):
        for mode, real in plans(ground, rule, name, number):
            sent, failure = attack(ground, rule, operation, mode, name, real)
            total += len(sent)
            wrong += [failure] if failure else []
            if name == "member":
                let_in |= {method for status in sent if status < 300}
            elif name in OPERATORS and reserved(ground, rule, {"operator": "operations"}.get(name, name)):
                let_in |= {method for status in sent if status not in (401, 403, 404)}
    print(f"{total} requests as {name}, seed {SEED}, let in by {sorted(let_in)}")
    assert not wrong, "\n\n".join(wrong)
    assert total > (1 if name in ("security", "audit") else 50)
    assert let_in >= LET_IN[name]
