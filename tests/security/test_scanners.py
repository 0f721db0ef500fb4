"""wapiti3 and sqlmap against a running instance with its demo, signed in as a member: nothing confirmed but what is waived with its reason."""

import http.cookiejar
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.conftest import PROGRAM
from tests.flows.site import wait_for
from tests.security.scanners import TOOLS, sqlmap, unwaived, wapiti
from tests.servers.running import answers, free_port

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not (TOOLS / "wapiti").exists(), reason="needs the scanners: make soak installs them"),
    pytest.mark.xdist_group("scanners"),
]
SEARCHES = ("/?q=a&process=milling-5&region=61", "/orders?q=a&material=al-7075&region=61", "/tasks?q=a&region=61", "/inbox?tab=todo&cursor=x")


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running demo and the cookies of one of its people."""
    folder, port = tmp_path_factory.mktemp("scanned"), free_port()
    folder.chmod(0o755)
    environment = {**os.environ, "GONGCHUANG_DATA": str(folder / "data"), "GONGCHUANG_PORT": str(port), "GONGCHUANG_DEMO": "true", "PYTHONUNBUFFERED": "1"}
    log = folder / "run.log"
    with log.open("wb") as written:
        process = subprocess.Popen([PROGRAM, "run"], env=environment, stdout=written, stderr=written)
    try:
        found = wait_for(lambda: re.findall(r"http://\S+/sign-in/link/\S+", log.read_text(errors="replace")), 600)
        wait_for(lambda: is_there(port), 60)
        yield f"http://127.0.0.1:{port}", cookies(found[0])
        crashes = [line for line in log.read_text(errors="replace").splitlines() if '"request failed"' in line]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert not crashes, crashes[:3]


def is_there(port: int) -> bool:
    try:
        return bool(answers(port, "/readyz"))
    except OSError:
        return False


def cookies(link: str) -> str:
    """Follow a one-time link; return the cookies as a header."""
    jar = http.cookiejar.CookieJar()
    urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(link, timeout=60).read()
    assert "gc_session" in {cookie.name for cookie in jar}
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def test_wapiti_confirms_nothing(signed_in: tuple[str, str], tmp_path: Path) -> None:
    found, pages = wapiti(*signed_in, tmp_path, 300)
    print(f"wapiti: {pages} pages, {len(found)} findings, {len(unwaived(found))} of them not waived")
    assert not unwaived(found), "\n".join(unwaived(found))
    assert pages > 100


@pytest.mark.parametrize("path", SEARCHES)
def test_sqlmap_injects_nothing(signed_in: tuple[str, str], tmp_path: Path, path: str) -> None:
    address, cookie = signed_in
    found, said = sqlmap(f"{address}{path}", cookie, tmp_path)
    assert not found, said
    assert "not appear to be injectable" in said, said
