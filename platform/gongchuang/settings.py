"""Every setting of the program: one line each, typed, read from the environment only, all mistakes reported at once.

Without `DATABASE_URL` the program runs whole inside one process (embedded PostgreSQL, in-memory queue, built-in search, disk store).
"""

import os
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "GONGCHUANG_"


class SettingsError(Exception):
    """The environment is wrong; `mistakes` has one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Settings(BaseSettings):
    """The environment, read once at start. Variables of other programs keep their usual names."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, env_ignore_empty=True)

    data: Annotated[Path, Field(validation_alias="GONGCHUANG_DATA")] = Path("data")
    host: Annotated[str, Field(validation_alias="GONGCHUANG_HOST")] = "127.0.0.1"
    port: Annotated[int, Field(validation_alias="GONGCHUANG_PORT", ge=0, le=65535)] = 8080
    secret_key: Annotated[SecretStr | None, Field(validation_alias="GONGCHUANG_SECRET_KEY", min_length=32)] = None
    web_workers: Annotated[int, Field(validation_alias="GONGCHUANG_WEB_WORKERS", ge=1, le=64)] = 2
    node_name: Annotated[str, Field(validation_alias="GONGCHUANG_NODE_NAME")] = "示范节点"
    node_region: Annotated[str, Field(validation_alias="GONGCHUANG_NODE_REGION", pattern=r"^(\d{2}|\d{4}|\d{6})?$")] = ""
    public_url: Annotated[str | None, Field(validation_alias="GONGCHUANG_PUBLIC_URL", pattern=r"^https?://[^/\s]+$")] = None
    demo: Annotated[bool | None, Field(validation_alias="GONGCHUANG_DEMO")] = None
    log_level: Annotated[str, Field(validation_alias="GONGCHUANG_LOG_LEVEL", pattern="^(debug|info|warning|error)$")] = "warning"
    trusted_proxies: Annotated[int, Field(validation_alias="GONGCHUANG_TRUSTED_PROXIES", ge=0, le=5)] = 0
    sms_sender: Annotated[str, Field(validation_alias="GONGCHUANG_SMS_SENDER", pattern="^(console|webhook)$")] = "console"
    sms_webhook_url: Annotated[str | None, Field(validation_alias="GONGCHUANG_SMS_WEBHOOK_URL")] = None
    sms_webhook_secret: Annotated[SecretStr | None, Field(validation_alias="GONGCHUANG_SMS_WEBHOOK_SECRET")] = None
    mail_server: Annotated[str | None, Field(validation_alias="GONGCHUANG_MAIL_SERVER")] = None
    mail_port: Annotated[int, Field(validation_alias="GONGCHUANG_MAIL_PORT")] = 587
    mail_username: Annotated[str | None, Field(validation_alias="GONGCHUANG_MAIL_USERNAME")] = None
    mail_password: Annotated[SecretStr | None, Field(validation_alias="GONGCHUANG_MAIL_PASSWORD")] = None
    mail_from: Annotated[str, Field(validation_alias="GONGCHUANG_MAIL_FROM")] = "工创云 <no-reply@localhost>"
    testing: Annotated[bool, Field(validation_alias="GONGCHUANG_TEST_MODE")] = False
    fault_points: Annotated[Path | None, Field(validation_alias="GONGCHUANG_FAULT_POINTS")] = None
    outgoing_allow: Annotated[str, Field(validation_alias="GONGCHUANG_OUTGOING_ALLOW")] = ""
    icp_number: Annotated[str, Field(validation_alias="GONGCHUANG_ICP_NUMBER")] = ""
    police_number: Annotated[str, Field(validation_alias="GONGCHUANG_POLICE_NUMBER")] = ""

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL")] = None
    database_owner_url: Annotated[str | None, Field(validation_alias="DATABASE_OWNER_URL")] = None
    redis_url: Annotated[str | None, Field(validation_alias="REDIS_URL", pattern="^(redis|rediss|unix)://")] = None
    elasticsearch_url: Annotated[str | None, Field(validation_alias="ELASTICSEARCH_URL", pattern="^https?://")] = None
    elasticsearch_index: Annotated[str, Field(validation_alias="ELASTICSEARCH_INDEX", pattern="^[a-z0-9-]+$")] = "gongchuang"
    s3_endpoint: Annotated[str | None, Field(validation_alias="S3_ENDPOINT", pattern="^https?://")] = None
    s3_public_endpoint: Annotated[str | None, Field(validation_alias="S3_PUBLIC_ENDPOINT", pattern="^https?://")] = None
    s3_access_key: Annotated[str | None, Field(validation_alias="S3_ACCESS_KEY")] = None
    s3_secret_key: Annotated[SecretStr | None, Field(validation_alias="S3_SECRET_KEY")] = None
    s3_bucket: Annotated[str, Field(validation_alias="S3_BUCKET", min_length=3)] = "gongchuang"
    s3_region: Annotated[str, Field(validation_alias="S3_REGION")] = "us-east-1"

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _with_our_driver(cls, url: str | None) -> str | None:
        """Take the address as PostgreSQL's own tools write it; the driver in it is ours to name."""
        if url is None:
            return None
        named = re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", url)
        if not named.startswith("postgresql+psycopg://"):
            raise ValueError("must begin with postgresql://")
        return named

    @property
    def embedded(self) -> bool:
        """Whether everything runs inside this one process."""
        return self.database_url is None or "@/" in self.database_url

    @property
    def outgoing_allowed(self) -> frozenset[str]:
        """Private gateways (host:port) that requests to typed addresses may reach."""
        return frozenset(part.strip() for part in self.outgoing_allow.split(",") if part.strip())

    @property
    def data_folder(self) -> Path:
        return self.data.expanduser().resolve()

    @cached_property
    def key(self) -> bytes:
        """The secret all signatures derive from: given, or generated once into the data folder (mode 0600)."""
        if self.secret_key:
            return self.secret_key.get_secret_value().encode()
        path = self.data_folder / "secret.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode())
        return path.read_bytes()


def _missing(given: Mapping[str, object]) -> list[str]:
    """Return what must be given with what is given. Asked of the raw values too: a wrong value elsewhere must not hide it."""
    mistakes = []
    if given["database_url"] and not given["database_owner_url"]:
        mistakes.append("DATABASE_OWNER_URL must be given with DATABASE_URL: the owner migrates, the app role serves")
    if given["database_url"] and not given["secret_key"]:
        mistakes.append("GONGCHUANG_SECRET_KEY must be given with DATABASE_URL: every process needs the same (≥ 32 characters)")
    if given["s3_endpoint"] and not (given["s3_access_key"] and given["s3_secret_key"]):
        mistakes.append("S3_ACCESS_KEY and S3_SECRET_KEY must be given with S3_ENDPOINT")
    if given["sms_sender"] == "webhook" and not (given["sms_webhook_url"] and given["sms_webhook_secret"]):
        mistakes.append("GONGCHUANG_SMS_WEBHOOK_URL and GONGCHUANG_SMS_WEBHOOK_SECRET must be given with the sender webhook")
    return mistakes


KNOWN = {str(field.validation_alias) for field in Settings.model_fields.values()}


def read_settings(**given: object) -> Settings:
    """Read the environment; `given` overrides fields by name (tests, commands). Raises SettingsError with every mistake."""
    mistakes = [
        f"{name}: no such setting (known: {', '.join(sorted(k for k in KNOWN if k.startswith(PREFIX)))})"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in KNOWN and not name.startswith("GONGCHUANG_TEST_")
    ]
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        mistakes += [f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        said = {name.upper(): value for name, value in os.environ.items()}
        raw = {name: given.get(name, said.get(str(field.validation_alias))) for name, field in Settings.model_fields.items()}
        raise SettingsError(mistakes + _missing(raw)) from None
    mistakes += _missing({name: getattr(settings, name) for name in Settings.model_fields})
    if mistakes:
        raise SettingsError(mistakes)
    return settings
