"""Bad input on the running program: every field of every route and form gets what nobody should send. A clear no, nothing typed lost, never a 500."""

import html
import json
import re
import urllib.parse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.flows import story
from tests.flows.conftest import Running
from tests.flows.nonsense import ALWAYS_WRONG, ODD, FormReader, kinds_of
from tests.flows.person import PHONE, Person
from tests.flows.site import Visitor, upload, wait_for

RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|nonce=\S+|value=\S+")


@dataclass
class Ground:
    """Two verified firms and what one of them has; ids by the name they have in paths."""

    own: Visitor
    other: Visitor
    ids: dict[str, str]
    answered: int = 0


@pytest.fixture(scope="module")
def ground(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("ground")
    operator = story.open_operator(running.site, running.operator_links[0])
    own = story.join(running.site, "13944440001", name="西安错填精密（示例）", region="610113")
    other = story.join(running.site, "13944440002", name="宝鸡旁观机械（示例）", region="610302")
    for visitor, name in ((own, "西安错填精密（示例）"), (other, "宝鸡旁观机械（示例）")):
        story.certify(visitor, operator, name, folder)
    machine, others_machine = story.five_axis(own), story.five_axis(other)
    others_order = story.order(other, upload(other, story.PARTS / "flange-dn50.step", "order_part"), fitting=0)
    ids = {
        "machine_id": machine["id"],
        "offer_id": story.offer(own, machine)["id"],
        "order_id": others_order["id"],
        "task_id": own.api("POST", "/tasks", {"title": "草稿"})["id"],
        "own_task": own.api("POST", "/tasks", {"title": "另一份草稿"})["id"],
        "organisation_id": own.api("GET", "/me")["organisation_id"],
        "others_machine": others_machine["id"],
        "others_draft": other.api("POST", "/orders", {"title": "别家的草稿"})["id"],
        "own_draft": own.api("POST", "/orders", {"title": "自家的草稿"})["id"],
    }
    return Ground(own, other, ids)


def send(visitor: Visitor, method: str, path: str, raw: bytes) -> tuple[int, str]:
    headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex, "Authorization": f"Bearer {visitor.token}", "Accept-Language": "zh-CN"}
    return visitor.open(path, headers=headers, body=raw, method=method)


def bases(ids: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Bodies that would be right, for one field after another to be spoiled in."""
    weeks = story.weeks_from_now(2)
    machine = {
        "kind": "mill-5",
        "name": "错填",
        "core": ["milling-5"],
        "materials": {"aluminium": None},
        "x_mm": 650,
        "y_mm": 520,
        "z_mm": 475,
        "tolerance_mm": 0.01,
    }
    offer = {"machine_ids": [ids["machine_id"]], "weeks": weeks, "minutes_per_week": 600, "price_fen": 26000, "lead_time_days": 12}
    part = {"name": "法兰", "process": "milling-5", "material": "al-7075", "quantity": 24, "tolerance": "±0.02", "x_mm": 10, "y_mm": 10, "z_mm": 10}
    return {
        "/machines": machine,
        "/machines/{machine_id}": machine,
        "/machines/{machine_id}/proposals": {"minutes": 60, "not_before": "2030-01-01T00:00:00Z"},
        "/offers": offer,
        "/offers/{offer_id}": offer,
        "/orders": {"title": "错填", "parts": [part], "delivery_on": "2027-06-01"},
        "/organisations": {"name": "错填机械厂", "kind": "firm", "region": "610113", "uscc": "91999999MA0000000X"},
        "/skills": {"skills": ["lightweighting"]},
        "/files": {"name": "a.step", "size": 10, "purpose": "order_part", "content_type": ""},
        "/tokens": {"name": "错填", "scopes": ["order"]},
        "/tasks/{task_id}/bids": {"price_fen": 100, "tax_bp": 600, "days": 3, "proposal": "先看清再动手，十个字以上"},
    }


def spoiled(specification: dict[str, Any], ids: dict[str, str]) -> Iterator[tuple[str, str, bytes, bool]]:
    """Yield method, path, body and whether it must be refused, for every field of every route that takes a body."""
    schemas = specification["components"]["schemas"]
    right = bases(ids)
    for path, methods in specification["paths"].items():
        for method, operation in methods.items():
            if method not in ("post", "put", "patch") or "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            properties = schemas[schema["$ref"].rsplit("/", 1)[1]]["properties"] if "$ref" in schema else schema["properties"]
            own = ids | {"order_id": ids["own_draft"]} if path.endswith("/orders/{order_id}") else ids
            address = path.format_map(defaultdict(lambda: str(uuid4()), own))
            base = right.get(path.removeprefix("/api/v1"), {})
            yield method.upper(), address, _with(base, "surprise", "1"), True
            for name, field in properties.items():
                kinds = list(kinds_of(field, schemas))
                if len(kinds) == 1:
                    yield from ((method.upper(), address, _with(base, name, text), True) for text in ALWAYS_WRONG[kinds[0]])
                yield from ((method.upper(), address, _with(base, name, text), False) for kind in kinds for text in ODD.get(kind, ()))


def _with(base: dict[str, Any], name: str, text: str) -> bytes:
    rest = "".join(f", {json.dumps(k)}: {json.dumps(v)}" for k, v in base.items() if k != name)
    return f"{{{json.dumps(name)}: {text}{rest}}}".encode()


def test_every_field_of_the_api_refuses_what_makes_no_sense(ground: Ground) -> None:
    specification = json.loads(ground.own.open("/api/openapi.json")[1])
    broken, taken, sent = [], [], 0
    for method, path, body, wrong in spoiled(specification, ground.ids):
        if path.startswith(("/api/v1/me", "/api/v1/members")):
            continue  # they would change who asks
        status, text = send(ground.own, method, path, body)
        sent += 1
        case = f"{status} {method} {path} {body[:120]!r}"
        if status >= 500 or (status >= 400 and not json.loads(text)["title"]):
            broken.append(case)
        elif wrong and status < 400:
            taken.append(case)
    assert not broken, "\n".join(broken)
    assert not taken, "\n".join(taken)
    assert sent > 400


@pytest.mark.parametrize(("path", "where"), [("/api/v1/orders", "api"), ("/orders/new", "page")])
def test_ten_megabytes_are_too_much_and_said_so(ground: Ground, path: str, where: str) -> None:
    long = "长" * (10 * 1024 * 1024 // 3)
    if where == "api":
        status, text = send(ground.own, "POST", path, json.dumps({"note": long}, ensure_ascii=False).encode())
        assert json.loads(text)["status"] == 413
    else:
        ground.own.open(path)
        status, text = ground.own.open(path, {"note": long})
        assert "内容太大" in text
    assert status == 413
    assert ground.own.api("GET", "/me")


FORMS = (
    "/certification/new",
    "/organisations/new?kind=firm",
    "/machines/new?kind=mill-5",
    "/offers/new",
    "/orders/new",
    "/orders/{own_draft}/edit",
    "/orders/{order_id}/quote",
    "/tasks/new",
    "/tasks/{own_task}/edit",
    "/skills",
    "/me",
)
WRONG = ("a\x00b", "a\u202eb", "9" * 21, "-1", "1e400", "2026-02-30", "0001-01-01", "9999-12-31T23:59")


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_a_form_refuses_what_makes_no_sense(ground: Ground, form: str) -> None:
    """A 422 keeps everything else that was typed."""
    visitor, broken, lost = ground.own, [], []
    path = form.format(**ground.ids)
    status, page = visitor.open(path)
    assert status == 200, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    reader = FormReader(page)
    for name in sorted(reader.typed & {n for n, _ in reader.fields}):
        for wrong in WRONG:
            sent = [(n, wrong if n == name else v or ("示例" if n in ("title", "name", "note") else v)) for n, v in reader.fields]
            status, answer = visitor.open(path, body=urllib.parse.urlencode(sent).encode(), headers={"Referer": visitor.site.address + path})
            case = f"{status} {name}={wrong!r}"
            if status >= 500:
                broken.append(case)
            elif status == 422:
                kept = html.unescape(answer)
                lost += [f"{case} lost {n}={v!r}" for n, v in sent if n in reader.typed and n != name and v and v not in kept]
                lost += [f"{case} lost itself" for _ in range(1) if wrong.isprintable() and wrong.isascii() and wrong not in kept]
    assert not broken, "\n".join(broken)
    assert not lost, "\n".join(lost)


def test_files_that_are_not_what_they_say_are_refused_with_the_reason(ground: Ground, tmp_path: Path) -> None:
    (tmp_path / "text.step").write_text("这不是模型")
    (tmp_path / "claims.stl").write_bytes(bytes(80) + (20_000_000).to_bytes(4, "little") + bytes(50))
    (tmp_path / "cut.step").write_bytes((story.PARTS / "flange-dn50.step").read_bytes()[:4000])
    for name, reason in (("text.step", "纯文本"), ("claims.stl", "20000000"), ("cut.step", "")):
        revision = upload(ground.own, tmp_path / name, "order_part", ends=("refused",))
        said = ground.own.api("GET", f"/files/{revision}")
        assert said["reason"], said
        assert reason in said["reason"], said
    status, text = send(ground.own, "POST", "/api/v1/files", json.dumps({"name": "空.step", "size": 0, "purpose": "order_part"}).encode())
    assert status == 422, text
    assert "空" in json.loads(text)["detail"]


@pytest.mark.parametrize(
    "path",
    ["/orders/{}", "/orders/{}/edit", "/orders/{}/check", "/machines/{}", "/machines/{}/edit", "/quotes/{}", "/tasks/{}", "/files/{}", "/conversations/{}"],
)
def test_anothers_id_is_answered_as_one_of_nothing(ground: Ground, path: str) -> None:
    foreign = ground.ids["others_machine"] if "machines" in path else ground.ids["others_draft"]
    answers = [ground.own.open(path.format(one)) for one in (foreign, uuid4())]
    pages = [(status, RANDOM.sub("", text)) for status, text in answers]
    assert pages[0] == pages[1]
    assert pages[0][0] == 404


def test_a_form_shows_every_mistake_at_once_beside_its_field(running: Running, ground: Ground, browser: Browser) -> None:
    """On a phone, and nothing on the page that explains objects to axe."""
    person = Person.at(browser, running.site, PHONE)
    person.page.context.add_cookies([{"name": c.name, "value": c.value or "", "url": running.site.address} for c in ground.own.jar])
    person.go("/organisations/new?kind=firm")
    person.fill("name", "错填机械厂")
    person.fill("uscc", "91610113MA6TXXXX1O")
    person.button("登记")
    expect(person.page.locator("#uscc-error")).to_contain_text("第 18 位")
    expect(person.page.locator("#region")).to_contain_text("请选择到区县")
    expect(person.page.locator("#name")).to_have_value("错填机械厂")
    expect(person.page.locator("#uscc")).to_have_value("91610113MA6TXXXX1O")
    person.mistakes = [mistake for mistake in person.mistakes if "422" not in mistake]
    person.look()
    person.go(f"/offers/new?machine={ground.ids['machine_id']}")
    person.fill("hours", "-5")
    person.fill("lead_time_days", "9999")
    person.button("立即发布")
    expect(person.page.locator("#hours-error")).to_be_visible()
    expect(person.page.locator("#lead_time_days-error")).to_be_visible()
    expect(person.page.locator("#hours")).to_have_value("-5")
    person.mistakes = [mistake for mistake in person.mistakes if "422" not in mistake]
    person.look()


@pytest.mark.parametrize("kind", ["orders", "tasks"])
def test_a_draft_that_was_called_off_still_has_its_page(ground: Ground, kind: str) -> None:
    """Nothing but a name was ever said of it."""
    drafted = ground.own.api("POST", f"/{kind}", {"title": "算了"})
    ground.own.api("POST", f"/{kind}/{drafted['id']}/cancel", {"reason": ""})
    status, page = ground.own.open(f"/{kind}/{drafted['id']}")
    assert status == 200
    assert "算了" in page


def test_the_program_still_stands(ground: Ground) -> None:
    assert wait_for(lambda: json.loads(ground.own.open("/readyz")[1])["dependencies"])["database"] == "ok"
