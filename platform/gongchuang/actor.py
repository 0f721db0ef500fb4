"""Who acts, and for which organisation."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a member does in an organisation."""

    ADMIN = "admin"
    SALES = "sales"
    BUYER = "buyer"
    ENGINEER = "engineer"
    PRODUCTION = "production"
    QUALITY = "quality"
    FINANCE = "finance"


class OrganisationKind(StrEnum):
    """企业 (buys and sells), 服务机构, 园区运营, 个人 (an organisation of one)."""

    FIRM = "firm"
    PROVIDER = "provider"
    OPERATOR = "operator"
    PERSON = "person"


class Duty(StrEnum):
    """What an operator does; the three are kept apart from each other."""

    OPERATIONS = "operations"
    SECURITY = "security"
    AUDIT = "audit"


@dataclass(frozen=True)
class Actor:
    """The person behind a request or a job, the organisation acted for, and what follows from both."""

    user_id: UUID | None = None
    organisation_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    kind: OrganisationKind | None = None
    verified: bool = False
    suspended: bool = False
    audience: tuple[str, ...] = ("public",)
    operator_duties: frozenset[str] = frozenset()
    operator_region: str | None = None
    session_id: UUID | None = None
    token_scopes: frozenset[str] | None = None
    language: str = "zh"
    fresh: bool = False

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    def for_organisation(self, organisation_id: UUID | None) -> "Actor":
        return replace(self, organisation_id=organisation_id)

    @classmethod
    def system(cls, organisation_id: UUID | None = None) -> "Actor":
        """The platform itself, as a job or a command."""
        return cls(organisation_id=organisation_id)


NOBODY = Actor()
