"""compose.yaml against the settings model: no container engine is needed to know that the program would start with it."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from gongchuang.settings import Settings, read_settings

from .source import ROOT

GIVEN = {"PUBLIC_URL": "https://cloud.example.cn", "S3_PUBLIC_ENDPOINT": "https://files.example.cn"}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}")


def interpolated(text: str) -> str:
    """Fill in variables as compose does: `${NAME:-default}`, `${NAME:?must be given}`, and `$$` for a dollar."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if kind == "?":
            return GIVEN[name]
        return GIVEN.get(name, default or "")

    return VARIABLE.sub(value, text).replace("$$", "$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(interpolated((ROOT / "compose.yaml").read_text("utf-8")))
    return loaded


def _run(script: str, arguments: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        ["sh", "-c", script, "script", *arguments], env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("service", ["web", "worker", "cron"])
def test_the_program_accepts_what_compose_gives_it(compose: dict[str, Any], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets are made and read by the scripts of compose.yaml themselves; the program's own settings model judges the result."""
    secrets = {"SECRETS": str(tmp_path)}
    _run(compose["configs"]["make-secrets"]["content"], [], secrets)
    given = {name: str(value) for name, value in compose["services"][service]["environment"].items()}
    printed = _run(compose["configs"]["enter"]["content"], [], {**secrets, **given, "PROGRAM": "env"})
    for name in list(os.environ):
        if name.startswith("GONGCHUANG_"):
            monkeypatch.delenv(name)
    for line in printed.splitlines():
        name, _, value = line.partition("=")
        if name.startswith("GONGCHUANG_") or name in _other_names():
            monkeypatch.setenv(name, value)
    settings = read_settings()
    assert not settings.embedded
    assert settings.redis_url
    assert settings.s3_endpoint
    assert settings.elasticsearch_url
    assert settings.database_url != settings.database_owner_url


def _other_names() -> set[str]:
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


def test_a_secret_is_made_once(compose: dict[str, Any], tmp_path: Path) -> None:
    script = compose["configs"]["make-secrets"]["content"]
    _run(script, [], {"SECRETS": str(tmp_path)})
    first = {file.name: file.read_text() for file in tmp_path.iterdir()}
    _run(script, [], {"SECRETS": str(tmp_path)})
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == first
    assert len(set(first.values())) == len(first)
    assert all(len(value) == 64 for value in first.values())


def test_no_password_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET", variable) or variable.endswith("_FILE"), f"{name}: {variable}={value}"


def test_only_a_proxy_on_the_same_machine_reaches_in(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_what_is_named_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        assert {config["source"] for config in service.get("configs", [])} <= set(compose["configs"])
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(compose["volumes"])


def test_every_server_is_watched(compose: dict[str, Any]) -> None:
    assert {name for name, service in compose["services"].items() if "healthcheck" in service} >= {"web", "postgres", "redis", "minio", "elasticsearch"}
    assert compose["services"]["elasticsearch"]["mem_limit"] == "1500m"
    assert "--appendonly yes" in compose["services"]["redis"]["command"][-1]
