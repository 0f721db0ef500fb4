"""Machines and certificates as the API speaks of them."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from gongchuang.api import Schema
from marketplace.machines import rules
from marketplace.machines.rules import Facts


class MachineIn(Schema):
    """A machine's record. Sizes in mm, mass in kg; `materials` maps a material's code to its greatest thickness in mm, or null."""

    name: str = Field(max_length=60)
    kind: str = Field(max_length=40)
    model: str = Field("", max_length=60)
    quantity: int = 1
    core: list[str] = Field(max_length=rules.MOST_CODES)
    supplementary: list[str] = Field([], max_length=rules.MOST_CODES)
    materials: dict[str, float | None] = Field({}, max_length=rules.MOST_CODES)
    x_mm: float | None = None
    y_mm: float | None = None
    z_mm: float | None = None
    mass_kg: float | None = None
    tolerance_mm: float | None = None
    shift: str = Field("one", description="one, two, three, or own with opens and closes")
    work_days: int = 6
    opens: int | None = Field(None, ge=0, lt=1440, description="Minutes since midnight, Asia/Shanghai")
    closes: int | None = Field(None, ge=0, lt=1440)
    soft_factor: int = rules.SOFT_FACTOR
    note: str = Field("", max_length=200)
    photo_id: UUID | None = Field(None, description="A checked picture of the firm's own (purpose machine_photo)")

    def facts(self) -> Facts:
        given = self.model_dump()
        return Facts(**{**given, "core": tuple(self.core), "supplementary": tuple(self.supplementary)})


class MachineOut(Schema):
    """A machine as its owner sees it."""

    id: UUID
    version: int
    name: str
    model: str
    kind: str
    quantity: int
    core: list[str]
    supplementary: list[str]
    materials: dict[str, float | None]
    x_mm: float | None
    y_mm: float | None
    z_mm: float | None
    mass_kg: float | None
    tolerance_mm: float | None
    shifts: dict[str, Any]
    soft_factor: int
    note: str
    photo_id: UUID | None
    status: str


class MachinesOut(Schema):
    machines: list[MachineOut]


class CertificateIn(Schema):
    code: str = Field(max_length=40)
    number: str = Field("", max_length=60)
    expires_on: date | None = None


class CertificateOut(Schema):
    id: UUID
    code: str
    number: str
    expires_on: date | None


class CertificatesOut(Schema):
    certificates: list[CertificateOut]
