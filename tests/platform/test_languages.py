"""Chinese is the source, English is complete: the catalogue, every page, forms' own messages, the switch."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from uuid import UUID, uuid4

import pytest
from babel.messages.catalog import Message
from flask import Flask, url_for
from flask.testing import FlaskClient
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from gongchuang.actor import Role
from gongchuang.refusal import Refusal
from gongchuang.rights import ROLE_LABELS
from gongchuang.web.application import Application
from gongchuang.web.errors import problem
from gongchuang.web.filters import hours, show_date
from gongchuang.web.forms import Form, words_of
from gongchuang.web.languages import COOKIE
from tests import builders
from tests.crowdsourcing.making import put_out
from tests.marketplace.making import make_machine
from tests.marketplace.ordering import PART, clock, make_order, make_quote
from tests.scripts import script

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u3001\u3002\u300a-\u300f\u4e00-\u9fff\uff01-\uff5e]")
OWN_WORDS = re.compile(r"示范节点|中文|示例用户\d+|人民币[^<]*?整|“[^”]*”")
"""The node's configured name, what Chinese calls itself, the builders' people, sums in Chinese capitals, and what has to be typed in Chinese."""
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    return script("catalogues")


def test_every_sentence_is_translated_with_its_placeholders(catalogues: ModuleType) -> None:
    assert list(catalogues.mistakes("en")) == []


def test_no_sentence_stands_where_it_cannot_be_translated(catalogues: ModuleType) -> None:
    assert list(catalogues.unmarked()) == []


@pytest.mark.parametrize(
    ("source", "translated", "mistake"),
    [
        ("还有 %(days)s 天", "", "not translated"),
        ("还有 %(days)s 天", "days left", "placeholders"),
        ("还有 %(days)s 天", "%(hours)s days left", "placeholders"),
        ("低 %(percent)s%%", "%(percent)s% below", "placeholders"),
        ("还有 {n} 天", "days left", "placeholders"),
        ("还有 %(days)s 天", "%(days)s 天 left", "Chinese left"),
    ],
)
def test_the_checker_finds_a_bad_translation(catalogues: ModuleType, source: str, translated: str, mistake: str) -> None:
    (found,) = catalogues._mistakes_of(Message(source), Message(source, translated), "en")
    assert mistake in found


def test_the_checker_takes_a_good_translation(catalogues: ModuleType) -> None:
    good = Message("低 %(percent)s%%，输入“注销”", "%(percent)s%% below, type “注销”")
    assert list(catalogues._mistakes_of(Message(good.id), good, "en")) == []


def test_the_checker_finds_sentences_of_code_and_templates(catalogues: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "search"
    (room / "templates").mkdir(parents=True)
    (room / "rules.py").write_text(
        '"""说明。"""\nWORDS = {"open": "进行中"}\n\n\ndef title(count: int) -> str:\n    """共几项。"""\n    return f"共 {count} 项"\n'
    )
    (room / "templates/list.html").write_text('<p>{{ _("全部") }}：{{ count }}</p>{# 注释 #}<b title="{{ "标题" }}">{{ _("，") }}</b>')
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "ROOMS", ("search",))
    assert {message.id for message in catalogues.extracted() if message.id} == {"进行中", "全部", "，"}
    found = "\n".join(catalogues.unmarked())
    assert found.count("\n") == 3
    assert all(piece in found for piece in ("f-string cannot be translated: 共", "f-string cannot be translated:  项", "：", "标题"))


class Words(HTMLParser):
    """Collects what a page says, its attributes included, but not what is marked as being in another language."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.apart: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        elif tag in ("script", "style") or given.get("lang"):
            self.apart.append(tag)
        self.said += [value for name, value in attrs if value and name not in ("href", "action", "src", "value")]

    def handle_endtag(self, tag: str) -> None:
        if self.apart and self.apart[-1] == tag:
            self.apart.pop()

    def handle_data(self, data: str) -> None:
        if not self.apart:
            self.said.append(data)


def chinese_in(page: str) -> list[str]:
    """Return what a page in English still says in Chinese."""
    words = Words()
    words.feed(page)
    assert words.language in ("en", "")  # a fragment has no language of its own
    said = (OWN_WORDS.sub("", " ".join(text.split())) for text in words.said)
    return [text for text in said if CHINESE.search(text)]


def html_pages(app: Flask, client: FlaskClient) -> dict[str, str]:
    """Return every page without an id in its address, as `client` gets it in English."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.arguments or rule.rule.startswith(("/api", "/static")):
            continue
        answer = client.get(rule.rule, headers=ENGLISH)
        if answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303):
            found[f"{answer.status_code} {rule.rule}"] = answer.text
    return found


@pytest.mark.parametrize("who", ["nobody", "firm", "unverified", "person", "operator"])
def test_no_page_says_chinese_to_an_english_reader(app: Application, client_of: Callable[..., FlaskClient], visitor: FlaskClient, who: str) -> None:
    client = visitor
    if who == "operator":
        operator = builders.make_organisation("Shaanxi operator", kind="operator", region="61", operator_region="61")
        client = client_of(operator, duties=("operations",))
    elif who != "nobody":
        firm = builders.make_organisation("Lanyu Precision", verified=who != "unverified", kind="person" if who == "person" else "firm")
        client = client_of(firm)
    pages = html_pages(app, client)
    assert len(pages) > 10
    assert {name: found for name, page in pages.items() if (found := chinese_in(page))} == {}


@pytest.fixture
def objects(app: Application, acting_for: Callable[..., object]) -> dict[str, tuple[str, UUID]]:
    """One of each main thing with made-up names in Latin letters, by the page that shows it."""
    buyer, supplier = builders.make_organisation("Qinghe Farm Machines"), builders.make_organisation("Lanyu Precision")
    machine = make_machine(supplier, name="DMU 65")
    order = make_order(buyer, title="Bearing housing", parts=(PART.__class__(**{**PART.__dict__, "name": "Housing"}),))
    quote = make_quote(supplier, order, machine=machine)
    task = put_out(acting_for, buyer, title="Cutter guard", brief="Make the guard lighter. " * 5, deliverables="STEP model")  # type: ignore[arg-type]
    return {
        "organisations.see": ("organisation_id", supplier.id),
        "machines.see": ("machine_id", machine.id),
        "capacity.calendar": ("machine_id", machine.id),
        "orders.see": ("order_id", order),
        "quotes.compare": ("order_id", order),
        "quotes.see": ("quote_id", quote),
        "tasks.see": ("task_id", task),
    }


def test_no_main_thing_says_chinese_to_an_english_reader(app: Application, client_of: Callable[..., FlaskClient], objects: dict[str, tuple[str, UUID]]) -> None:
    with builders.as_the_system():
        parties = {name: builders.db.session.query(builders.Organisation).filter_by(name=name).one() for name in ("Qinghe Farm Machines", "Lanyu Precision")}
    left, shown = {}, set()
    for name, party in parties.items():
        client = client_of(party)
        for endpoint, (argument, identifier) in objects.items():
            with app.test_request_context():
                address = url_for(endpoint, **{argument: identifier})
            answer = client.get(address, headers=ENGLISH, follow_redirects=True)
            shown |= {endpoint} if answer.status_code == 200 else set()
            if found := chinese_in(answer.text):
                left[f"{name} {address}"] = found
    assert left == {}
    assert shown == set(objects)


def test_the_header_switches_the_language_and_remembers_it(visitor: FlaskClient) -> None:
    chinese = visitor.get("/orders")
    assert '<html lang="zh-CN"' in chinese.text
    assert 'href="/language/en"' in chinese.text
    assert "询价单" in chinese.text

    switched = visitor.get("/language/en", headers={"Referer": "http://localhost/orders?sort=freshness"})
    assert switched.status_code == 303
    assert switched.location == "/orders?sort=freshness"
    cookie = visitor.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.value == "en"

    english = visitor.get("/orders", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="en"' in english.text
    assert 'href="/language/zh-CN"' in english.text
    assert "RFQs" in english.text

    visitor.get("/language/zh-CN", headers={"Referer": "http://localhost/orders"})
    assert '<html lang="zh-CN"' in visitor.get("/orders").text


def test_an_unknown_language_changes_nothing(visitor: FlaskClient) -> None:
    answer = visitor.get("/language/xx", headers={"Referer": "https://elsewhere.example/page"})
    assert answer.location == "/"
    assert visitor.get_cookie(COOKIE) is None


@pytest.mark.parametrize(("asked", "shown"), [("en-US,en;q=0.8", "en"), ("zh-TW,zh;q=0.9,en;q=0.5", "zh-CN"), ("de", "zh-CN"), ("", "zh-CN")])
def test_the_browser_decides_until_somebody_chooses(visitor: FlaskClient, asked: str, shown: str) -> None:
    assert f'<html lang="{shown}"' in visitor.get("/sign-in", headers={"Accept-Language": asked}).text


class Sample(Form):
    """Checks of WTForms with the words it comes with."""

    count = IntegerField(validators=[InputRequired(), NumberRange(1, 3)])
    name = StringField(validators=[Length(max=2)])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", ["数值大小必须介于 1 到 3 之间。", "字段长度不能超过 2 个字符。"]),
        ("en", ["Number must be between 1 and 3.", "Field cannot be longer than 2 characters."]),
    ],
)
def test_the_forms_own_messages_are_in_the_readers_language(app: Application, language: str, words: list[str]) -> None:
    with app.test_request_context(method="POST", data={"count": "9", "name": "abc"}, headers={"Cookie": f"{COOKIE}={language}"}):
        form = Sample()
        assert not form.submitted()
        assert [*form.count.errors, *form.name.errors] == words


def test_a_refusal_lists_words_as_the_readers_language_does(app: Application) -> None:
    refusal = Refusal("right.role", "需要 %(roles)s 角色，请联系本企业管理员", roles=(ROLE_LABELS[Role.SALES], ROLE_LABELS[Role.FINANCE]))
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert words_of(refusal) == "需要 销售、财务 角色，请联系本企业管理员"
    with app.test_request_context(headers=ENGLISH):
        assert words_of(refusal) == "This needs the role Sales, Finance: ask your company’s admin"


def test_the_api_says_no_in_the_language_asked_for(visitor: FlaskClient) -> None:
    assert visitor.get("/api/v1/nothing", headers={"Accept-Language": "zh-CN"}).json["title"] == "没有找到这个页面或内容"  # type: ignore[index]
    assert visitor.get("/api/v1/nothing", headers=ENGLISH).json["title"] == "Nothing found here"  # type: ignore[index]


def test_a_conflict_has_a_title_of_its_own(app: Application) -> None:
    titles = []
    for asked in ("zh-CN", "en"):
        with app.test_request_context(headers={"Accept-Language": asked}):
            titles += [problem(status, "any", "x").json["title"] for status in (400, 409)]  # type: ignore[index]
    assert len(set(titles)) == 4
    assert titles[1] == "与现在的状态不符，请查看最新内容后再操作"


BAD = {
    "title": "长" * 61,
    "closes_at": "昨天",
    "delivery_on": "明天",
    "reach": "谁都行",
    "named": ["x"],
    "note": 3,
    "foo": 1,
    "parts": [{"quantity": -1}, {"quantity": "多"}, {"x_mm": 0, "files": [1]}, 7],
}


def test_what_a_bodys_check_says_is_said_in_the_readers_language(app: Application, api_of: Callable[..., FlaskClient]) -> None:
    program = api_of(builders.make_organisation())
    found = {}
    for asked in ("zh-CN", "en"):
        answer = program.post("/api/v1/orders", json=BAD, headers={"Accept-Language": asked, "Idempotency-Key": uuid4().hex})
        assert answer.status_code == 422
        found[asked] = {each["field"]: each["message"] for each in answer.get_json()["errors"]}
    assert {*BAD} <= {field.partition(".")[0] for field in found["zh-CN"]}
    assert found["zh-CN"]["foo"] == "没有这个字段"
    assert "parts.0.quantity" in found["zh-CN"]
    assert all(CHINESE.search(message) and "nput" not in message for message in found["zh-CN"].values()), found["zh-CN"]
    assert not any(CHINESE.search(message) for message in found["en"].values()), found["en"]


def test_a_rule_names_a_part_as_the_bodys_check_does(app: Application, api_of: Callable[..., FlaskClient]) -> None:
    said = {"title": "轴承座", "parts": [{"name": "轴承座", "tolerance": "大概差不多"}]}
    answer = api_of(builders.make_organisation()).post("/api/v1/orders", json=said, headers={"Idempotency-Key": uuid4().hex})
    assert [each["field"] for each in answer.get_json()["errors"]] == ["parts.0.tolerance"]


def test_dates_and_hours_read_as_each_language_writes_them(app: Application) -> None:
    day = clock().date().replace(month=11, day=20)
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        assert [show_date(day), show_date(day, "short"), hours(90)] == [f"{day.year}年11月20日", "11月20日", "1.5 小时"]
    with app.test_request_context(headers=ENGLISH):
        assert [show_date(day), show_date(day, "short"), hours(90)] == [f"20 Nov {day.year}", "20 Nov", "1.5 h"]
