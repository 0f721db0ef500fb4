"""What the check of the code's own security may not overlook: a lock nobody asks about, a waiver nobody explains, an audit that did not take place."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import script

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def security() -> ModuleType:
    return script("security")


def test_every_lock_is_audited(security: ModuleType) -> None:
    found = {str(path.relative_to(ROOT)) for pattern in ("*.lock", ".ci/*.lock", "tests/**/*.lock") for path in ROOT.glob(pattern)}
    assert found == set(security.LOCKS)


def test_an_audit_that_did_not_take_place_fails_where_it_is_required(security: ModuleType) -> None:
    unanswered, answered = security.Said(reason="no route"), security.Said(known=["flask"], unknown=["ours"])
    assert security.audited("a.lock", unanswered, required=True) == ["a.lock: not audited: everything"]
    assert security.audited("a.lock", security.Said(unknown=["flask"]), required=True) == ["a.lock: not audited: everything"]
    assert security.audited("a.lock", answered, required=True) == ["a.lock: not audited: ours"]
    assert security.audited("a.lock", unanswered, required=False) == []
    assert security.audited("a.lock", security.Said(known=["flask"]), required=True) == []


def test_a_vulnerability_fails_everywhere(security: ModuleType) -> None:
    said = security.Said(found=["flask 1: CVE-1"], known=["flask"])
    assert security.audited("a.lock", said, required=False) == security.audited("a.lock", said, required=True) == ["flask 1: CVE-1"]


@pytest.mark.parametrize("waiver", ["# noqa: S704", "# noqa: S603, S607", "# nosec", "# nosec B602 - it", "# noqa: PLR0913, S105  ()"])
def test_a_waiver_without_its_reason_is_a_finding(security: ModuleType, waiver: str) -> None:
    assert list(security.unreasoned("a.py", f"x = 1  {waiver}"))


@pytest.mark.parametrize("waiver", ["# noqa: S704 - our own catalogue's", "# noqa: S105  (an audience's name, no secret)", "# noqa: SIM905", "# noqa: PLR0913"])
def test_a_waiver_with_its_reason_stands(security: ModuleType, waiver: str) -> None:
    assert not list(security.unreasoned("a.py", f"x = 1  {waiver}"))


def test_every_waiver_of_the_code_has_its_reason(security: ModuleType) -> None:
    assert security.waivers() == []
