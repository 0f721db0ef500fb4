"""wapiti3 and sqlmap against a running instance with its demo, as three of its people: nothing confirmed but what is waived with its reason."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest

from gongchuang.accounts.sessions import COOKIE
from tests.flows.conftest import PROGRAM
from tests.flows.site import CSRF, wait_for
from tests.security.scanners import TOOLS, Target, sqlmap, unwaived, wapiti
from tests.servers.plugin import NO_SKIP
from tests.servers.running import answers, free_port

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not (NO_SKIP or (TOOLS / "wapiti").exists()), reason="needs the scanners: make soak installs them"),
    pytest.mark.xdist_group("scanners"),
]
ACCOUNTS = {"supplier": "工厂销售", "buyer": "中小企业采购", "operator": "园区运营"}
"""Whom the demo signs in by a link, as its greeting calls them."""
SCAN_S = 240
"""How long each account is crawled and attacked, more or less."""
SKILLS = json.dumps({"skills": ["structure-design"], "introduction": "a"})
TARGETS = [
    Target("/?q=a&process=milling-5&region=61"),
    Target("/orders?q=a&material=al-7075&region=61"),
    Target("/tasks?q=a&region=61"),
    Target("/inbox?tab=todo&cursor=x"),
    Target("/api/v1/offers?q=a&process=milling-5&region=61"),
    Target("/api/v1/skills", SKILLS, "PUT", json=True),
    Target("/me", "name=a&language=zh", "POST", only=("name", "language")),
    Target("/", only=(COOKIE, "gc_visit"), level=2),
]


@dataclass(frozen=True)
class Account:
    """One who is signed in: the cookies as a header, and the key against forgery that goes with them."""

    cookie: str
    csrf: str


@dataclass(frozen=True)
class Scanned:
    """A running demo and those who are signed in to it."""

    address: str
    accounts: dict[str, Account]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    folder, port = tmp_path_factory.mktemp("scanned"), free_port()
    folder.chmod(0o755)
    environment = {**os.environ, "GONGCHUANG_DATA": str(folder / "data"), "GONGCHUANG_PORT": str(port), "GONGCHUANG_DEMO": "true", "PYTHONUNBUFFERED": "1"}
    log = folder / "run.log"
    with log.open("wb") as written:
        process = subprocess.Popen([PROGRAM, "run"], env=environment, stdout=written, stderr=written)
    try:
        links = dict(wait_for(lambda: greeted(log), 600))
        wait_for(lambda: is_there(port), 60)
        yield Scanned(f"http://127.0.0.1:{port}", {name: signed_in(links[kind]) for name, kind in ACCOUNTS.items()})
        crashes = [line for line in log.read_text(errors="replace").splitlines() if '"request failed"' in line]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert not crashes, crashes[:3]


def greeted(log: Path) -> list[tuple[str, str]]:
    """Return the kinds of people with their links, once all of them stand in the log."""
    found = re.findall(r"^ +(\S+)\t(http://\S+/sign-in/link/\S+)$", log.read_text(errors="replace"), re.MULTILINE)
    return found if {kind for kind, _ in found} >= set(ACCOUNTS.values()) else []


def is_there(port: int) -> bool:
    try:
        return bool(answers(port, "/readyz"))
    except OSError:
        return False


def signed_in(link: str) -> Account:
    """Open a one-time link and press its button, as opening alone signs nobody in; then open a page with a form."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    button = CSRF.findall(opener.open(link, timeout=60).read().decode())
    opener.open(link, urlencode({"csrf_token": button[0]}).encode(), timeout=60).read()
    page = opener.open(urljoin(link, "/me"), timeout=60)
    assert page.url.endswith("/me"), page.url
    assert {COOKIE, "gc_visit"} <= {cookie.name for cookie in jar}
    return Account("; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), CSRF.findall(page.read().decode())[0])


def answer_to(address: str, target: Target, account: Account) -> int:
    """Ask as a browser does, before the scanner does it: what is refused at the door would be tried in vain."""
    body = target.body(account.csrf).encode() or None
    asked = urllib.request.Request(f"{address}{target.path}", body, {"Cookie": account.cookie, **target.headers(account.csrf)}, method=target.method)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return int(answer.status)


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_sqlmap_injects_nothing(site: Scanned, tmp_path: Path, target: Target) -> None:
    account = site.accounts["supplier"]
    assert answer_to(site.address, target, account) == 200
    found, said = sqlmap(site.address, target, account.cookie, account.csrf, tmp_path)
    assert not found, said
    assert "not appear to be injectable" in said, said


@pytest.mark.parametrize("name", ACCOUNTS)
def test_wapiti_confirms_nothing(site: Scanned, tmp_path: Path, name: str) -> None:
    """The operator comes last: it may shut the others out."""
    found, pages = wapiti(site.address, site.accounts[name].cookie, tmp_path, SCAN_S)
    print(f"wapiti as {name}: {pages} pages, {len(found)} findings, {len(unwaived(found))} of them not waived")
    assert not unwaived(found), "\n".join(unwaived(found))
    assert pages > 50
