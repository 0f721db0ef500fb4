"""What bandit finds in the code, and which known vulnerabilities pip-audit finds in what the locks name. Either fails the check.

A finding of bandit is waived where ruff's same rule is: by a `noqa: S…` with its reason on the line. What pip-audit could not ask is said by name.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "tests/requirements.lock", ".ci/build.lock")
SERVICES = {"pypi": "pypi.org", "osv": "api.osv.dev"}
ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("platform/gongchuang", "search", "services", "marketplace", "crowdsourcing", "migrations", ".ci")
SKIPPED = {
    "B101": "asserts narrow types; no refusal rests on one",
    "B105": "takes None, an empty text and the word public for passwords",
    "B404": "importing subprocess runs nothing: B603 looks at each call",
}


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


def ask(service: str) -> tuple[list[str], list[str], list[str], str]:
    """Return what one service says: vulnerabilities, what it knew, what it did not know, and why it did not answer."""
    words = [sys.executable, "-m", "pip_audit", "--progress-spinner=off", "--format=json", "--disable-pip", "--require-hashes", "--timeout=20"]
    locks = [f"--requirement={ROOT / lock}" for lock in LOCKS if (ROOT / lock).exists()]
    done = subprocess.run([*words, f"--vulnerability-service={service}", *locks], capture_output=True, text=True, timeout=600, check=False)  # noqa: S603 - our own arguments
    if not done.stdout.lstrip().startswith("{"):
        reason = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["no answer"]
        return [], [], [], reason[-1][:300]
    found, known, unknown = [], [], []
    for package in json.loads(done.stdout)["dependencies"]:
        if "skip_reason" in package:
            unknown.append(str(package["name"]))
            continue
        known.append(str(package["name"]))
        for each in package["vulns"]:
            mend = ", ".join(each["fix_versions"]) or "no release mends it yet"
            found.append(f"{package['name']} {package['version']}: {each['id']} (mended in {mend})")
    return found, known, unknown, ""


def audit() -> list[str]:
    """Ask the services in turn until one knows the packages; return the vulnerabilities."""
    for service, name in SERVICES.items():
        found, known, unknown, reason = ask(service)
        if found or known:
            print(f"pip-audit: {len(found)} vulnerabilities of {len(set(known))} packages by {name}; unknown to it: {sorted(set(unknown)) or 'none'}")
            return found
        print(f"pip-audit: {name} " + (f"did not answer: {reason}" if reason else f"knows none of the {len(set(unknown))} packages"))
    print("pip-audit: NOTHING WAS AUDITED, for want of a service that answers")
    return []


if __name__ == "__main__":
    wrong = bandit() + audit()
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)
