"""What bandit finds in the code, and which known vulnerabilities pip-audit finds in what the locks name. Either fails the check.

A finding of bandit is waived where ruff's same rule is: by a `noqa: S…` with its reason on the line; a waiver without one is a finding itself.
What pip-audit could not ask is said by name. Where no service answers, nothing is known: that is said aloud, and it fails the check where
GONGCHUANG_AUDIT_REQUIRED=1 says that this machine reaches one.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "tests/requirements.lock", "tests/tools.lock", ".ci/build.lock")
SERVICES = {"pypi": "pypi.org", "osv": "api.osv.dev"}
ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("platform/gongchuang", "search", "services", "marketplace", "crowdsourcing", "migrations", ".ci")
SKIPPED = {
    "B101": "asserts narrow types; no refusal rests on one",
    "B105": "takes None, an empty text and the word public for passwords",
    "B404": "importing subprocess runs nothing: B603 looks at each call",
}


WAIVER = re.compile(r"#\s*(?:noqa:(?=[^#]*\bS\d)|nosec\b)(?P<rest>[^#]*)")
CODES = re.compile(r"\b[A-Z]{1,4}\d{3,4}\b")
LETTERS = 8


def unreasoned(path: str, text: str) -> Iterator[str]:
    """Yield the waivers of a file that do not say why they stand."""
    for number, line in enumerate(text.splitlines(), 1):
        waiver = WAIVER.search(line)
        if waiver and len(re.findall(r"\w", CODES.sub("", waiver["rest"]))) < LETTERS:
            yield f"{path}:{number}: a waiver without its reason: {line.strip()[-60:]}"


def waivers() -> list[str]:
    """Return every waiver of the code that gives no reason."""
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return [each for file in files for each in unreasoned(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))]


def _waived(finding: dict[str, Any]) -> bool:
    """Whether a line of a finding carries ruff's waiver of the same rule."""
    lines = (ROOT / finding["filename"]).read_text(encoding="utf-8").splitlines()
    numbers = range(min(finding["line_range"]), max(finding["line_range"]) + 1)
    return any("noqa" in line and "S" + finding["test_id"][1:] in line for line in (lines[number - 1] for number in numbers))


def bandit() -> list[str]:
    """Return what bandit finds that is not waived."""
    words = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--format=json", "--skip=" + ",".join(SKIPPED), *ROOMS]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603 - our own arguments
    said = json.loads(done.stdout)
    broken = [f"{each['filename']}: bandit cannot read it: {each['reason']}" for each in said["errors"]]
    found = [f"{r['filename']}:{r['line_number']}: {r['test_id']} {r['issue_text']}" for r in said["results"] if not _waived(r)]
    files = sum(1 for name in said["metrics"] if name != "_totals")
    print(f"bandit: {len(found)} findings in {files} files, {len(said['results']) - len(found)} waived where they stand")
    return broken + found


@dataclass
class Said:
    """What a service said of one lock: vulnerabilities, the packages it knew, those it did not know, and why it did not answer."""

    found: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    reason: str = ""


def ask(service: str, lock: str) -> Said:
    """Ask one service about one lock: two of them may name different releases of a package, which pip-audit does not take at once."""
    words = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json", "--disable-pip", "--require-hashes", "--timeout=20"]
    words += [f"--vulnerability-service={service}", f"--requirement={ROOT / lock}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603 - our own arguments
    if not done.stdout.lstrip().startswith("{"):
        reason = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["no answer"]
        return Said(reason=reason[-1][:300])
    said = Said()
    for package in json.loads(done.stdout)["dependencies"]:
        if "skip_reason" in package:
            said.unknown.append(str(package["name"]))
            continue
        said.known.append(str(package["name"]))
        for each in package["vulns"]:
            mend = ", ".join(each["fix_versions"]) or "no release mends it yet"
            said.found.append(f"{lock}: {package['name']} {package['version']}: {each['id']} (mended in {mend})")
    return said


def audited(lock: str, said: Said, *, required: bool) -> list[str]:
    """Return what is wrong with a lock: its vulnerabilities, and where the audit is required also what nobody knew."""
    missing = sorted(set(said.unknown)) if said.known else ["everything"]
    return said.found + ([f"{lock}: not audited: {', '.join(missing)}"] if required and missing else [])


def audit(*, required: bool) -> list[str]:
    """Ask the services in turn about every lock until one knows its packages; return what is wrong."""
    wrong = []
    for lock in LOCKS:
        said = Said()
        for service, name in SERVICES.items():
            said = ask(service, lock)
            if said.known:
                print(f"pip-audit: {lock}: {len(said.found)} vulnerabilities of {len(set(said.known))} packages by {name}; unknown: {said.unknown or 'none'}")
                break
            print(f"pip-audit: {lock}: {name} " + (f"did not answer: {said.reason}" if said.reason else f"knows none of its {len(said.unknown)} packages"))
        else:
            print(f"pip-audit: {lock}: NOTHING WAS AUDITED, for want of a service that answers")
        wrong += audited(lock, said, required=required)
    return wrong


if __name__ == "__main__":
    problems = waivers() + bandit() + audit(required=os.environ.get("GONGCHUANG_AUDIT_REQUIRED") == "1")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
