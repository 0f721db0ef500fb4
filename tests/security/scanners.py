"""wapiti3 and sqlmap in a virtual environment of their own, which `make soak` fills from tests/tools.lock with every hash."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / ".venv-tools" / "bin"
WAIVERS = Path(__file__).with_name("waivers.json")
MODULES = "cookieflags,csp,http_headers,exec,file,permanentxss,redirect,sql,ssrf,xss,crlf,csrf,ldap,xxe,upload"
LEFT_ALONE = ("sign-out*", "static/*", "language/*", "me/erase*", "organisations/switch*", "sign-in*")
"""What would sign the scanner out or make it somebody else, is no page, or is for those who are not signed in and hears few posts an hour."""


def wapiti(address: str, cookie: str, folder: Path, seconds: int) -> tuple[list[str], int]:
    """Crawl and attack a site for about `seconds`; return what was found as `kind method path parameter`, and how many pages were crawled."""
    report = folder / "wapiti.json"
    words = [TOOLS / "wapiti", "-u", f"{address}/", "--scope", "folder", "-H", f"Cookie: {cookie}", "-m", MODULES, "--flush-session", "--no-bugreport"]
    words += ["--store-session", folder / "session", "--store-config", folder / "config", "-f", "json", "-o", report, "-v", "0", "-d", "4"]
    words += ["--max-scan-time", str(seconds), "--max-attack-time", str(seconds // 6), "--max-links-per-page", "40", "--max-files-per-dir", "12"]
    for path in LEFT_ALONE:
        words += ["-x", f"{address}/{path}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=seconds * 6, check=False)
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    said = json.loads(report.read_text())
    found = {**said["vulnerabilities"], **said["anomalies"]}
    return [f"{kind} {each['method']} {each['path']} {each['parameter']}" for kind, all_of_it in found.items() for each in all_of_it], said["infos"][
        "crawled_pages_nbr"
    ]


@dataclass(frozen=True)
class Target:
    """What sqlmap tries: an address, and what goes with it. At level 2 it also tries the cookies, whose names must then be listed in `only`."""

    path: str
    data: str = ""
    method: str = "GET"
    json: bool = False
    only: tuple[str, ...] = ()
    level: int = 1

    def __str__(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}" + (f" {'+'.join(self.only)}" if self.only else "")

    def body(self, csrf: str) -> str:
        """Return what is sent: a form names the key against forgery, which a program puts into a header."""
        return self.data if self.json or not self.data else f"{self.data}&csrf_token={csrf}"

    def headers(self, csrf: str) -> dict[str, str]:
        return {"X-CSRFToken": csrf, "Content-Type": "application/json"} if self.json else {}


def sqlmap(address: str, target: Target, cookie: str, csrf: str, folder: Path) -> tuple[list[str], str]:
    """Try the parameters of a target; return those that can be injected, and the end of what was said."""
    words = [TOOLS / "sqlmap", "-u", f"{address}{target.path}", "--cookie", cookie, "--batch", f"--level={target.level}", "--risk=1", "--dbms=PostgreSQL"]
    words += ["--technique=BEUST", "--flush-session", "--disable-coloring", "--ignore-redirects", "--output-dir", folder, "--method", target.method]
    if target.data:
        words += ["--data", target.body(csrf)]
    if target.json:
        words += ["--headers", "\n".join(f"{name}: {value}" for name, value in target.headers(csrf).items())]
    if target.only:
        words += ["-p", ",".join(target.only)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=1800, check=False)
    return re.findall(r"^Parameter: (.+)$", done.stdout, re.MULTILINE), done.stdout[-1500:]


def waived() -> Iterator[tuple[str, str]]:
    """Yield the patterns of findings that stand, each with its reason."""
    for each in json.loads(WAIVERS.read_text()):
        assert len(each["reason"]) > 20, each
        yield each["finding"], each["reason"]


def unwaived(found: list[str]) -> list[str]:
    return [each for each in found if not any(re.search(pattern, each) for pattern, _ in waived())]
