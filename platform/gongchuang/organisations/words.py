"""Words and parts of organisations for every room's templates."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_babel import gettext
from markupsafe import Markup

from gongchuang import vocabulary
from gongchuang.actor import Role
from gongchuang.organisations.models import Organisation
from gongchuang.rights import DUTY_LABELS, ROLE_LABELS
from gongchuang.web.languages import language

PARTS: list[Callable[[Organisation], Markup | None]] = []
"""What upper rooms show on an organisation's page (its offers, tasks, figures). Fill it with `show_on_organisation`."""


def show_on_organisation(part: Callable[[Organisation], Markup | None]) -> Callable[[Organisation], Markup | None]:
    """Add a part to every organisation's page: a function that renders it, or returns None where it has nothing."""
    if part not in PARTS:
        PARTS.append(part)
    return part


def organisation_parts(organisation: Organisation) -> list[Markup]:
    return [made for part in PARTS if (made := part(organisation))]


def role_words(row: Any) -> str:
    """Return roles and duties in words: 管理员、销售."""
    words = [gettext(ROLE_LABELS[Role(r)]) for r in row.roles if r in ROLE_LABELS] + [gettext(DUTY_LABELS[d]) for d in row.duties if d in DUTY_LABELS]
    return str(gettext("、")).join(words)


def region_words(code: str | None) -> str:
    """Return 陕西省 西安市 雁塔区."""
    if not code or not vocabulary.known("regions", code):
        return ""
    return " ".join(term.label(language()) for term in vocabulary.region_path(code))


def certification_path() -> str | None:
    """Return the page that certifies; services.certification puts its own in place of this."""
    return None


def report_path(kind: str, object_id: UUID) -> str | None:
    """Return the page that reports something; services.moderation puts its own in place of this."""
    return None


GLOBALS: dict[str, Callable[..., Any]] = {
    "role_words": role_words,
    "region_words": region_words,
    "organisation_parts": organisation_parts,
    "certification_path": certification_path,
    "report_path": report_path,
}
