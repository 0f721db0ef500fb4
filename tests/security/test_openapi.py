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

from gongchuang.api.document import METHODS
from tests.architecture.isolation.calls import Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import asked_for, things
from tests.rounds import SOAK, rounds

pytestmark = pytest.mark.xdist_group("isolation")
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", str(Random().randrange(10**6) if SOAK else 20261121)))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance]
REFUSED = (400, 401, 403, 404, 405, 413, 415, 422)
MEMBER, OPERATOR = "own/admin", "operator/operations"


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
    who = ground.world.people[{"member": MEMBER, "operator": OPERATOR}.get(name, name)]
    return {"Authorization": f"Bearer {who.token}"} if who.token else {}


def real_path(ground: Ground, rule: Rule) -> dict[str, str]:
    known = CASES.get(rule.endpoint)
    found = things(ground.world, rule, known) if known else next(iter(asked_for(ground.world, rule)))
    return {name: str(value) for name, value in found.items()}


def attack(ground: Ground, rule: Rule, operation: Any, mode: GenerationMode, name: str, real: bool) -> tuple[int, str]:
    """Send generated requests; return how many, and the failure with its smallest example."""
    sent, headers = 0, asker(ground, rule, name)
    closed = {} not in operation.definition.raw["security"]
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
        nonlocal sent
        sent += 1
        with ground.put_back():
            case.call_and_validate(headers=headers, checks=checks)
        if closed and sent == 1:
            with ground.put_back():  # what needs a token gives nothing without one, or with a wrong one
                for wrong in ({}, {"Authorization": "Bearer gc_" + "0" * 32}, {"Authorization": "Basic YTpi"}):
                    answer = case.call(headers=wrong)
                    assert answer.status_code in REFUSED, f"{operation.label} {wrong}: {answer.status_code}"

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing is taken that could be wrong
    except (FailureGroup, AssertionError) as failed:
        return sent, f"{operation.label} as {name} ({mode.value}): {failed}"
    return sent, ""


def plans(name: str, number: int) -> list[tuple[GenerationMode, bool]]:
    """Return which data is sent, and whether to real objects: everything in the long form; of the others than the member a half in the short one."""
    right, wrong = (GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, True)
    if SOAK:
        return [right, wrong, (GenerationMode.POSITIVE, False), (GenerationMode.NEGATIVE, False)]
    return [right, wrong] if name == "member" else [(right, wrong)[(number + (name == "operator")) % 2]]


@pytest.mark.parametrize("name", ["anonymous", "member", "operator"])
def test_every_answer_is_one_that_the_document_names(ground: Ground, name: str) -> None:
    load_all_checks()
    total, wrong = 0, []
    for number, (rule, _, operation) in enumerate(operations(ground)):
        for mode, real in plans(name, number):
            sent, failure = attack(ground, rule, operation, mode, name, real)
            total += sent
            wrong += [failure] if failure else []
    print(f"{total} requests as {name}, seed {SEED}")
    assert not wrong, "\n\n".join(wrong)
    assert total > 50
