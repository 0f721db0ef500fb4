"""What organisations do with their skills. Each: rule, change, document, audit, event."""

from collections.abc import Sequence

from crowdsourcing.skills import document, queries, rules
from crowdsourcing.skills.events import SkillsDeclared
from crowdsourcing.skills.models import Designer, OrganisationSkill
from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import conflict, db, refuse_if_excluded
from gongchuang.events import emit
from gongchuang.refusal import refuse_all
from gongchuang.types import clean_text
from search.documents import actions as documents


def declare(actor: Actor, skills: Sequence[str], introduction: str = "") -> Designer:
    """Say what the actor's organisation can design. A second time replaces the first; whoever had paused takes tasks again.

    The document is found and matched once the organisation is verified; before that the declaration waits.
    """
    introduction = clean_text(introduction.strip(), field="introduction")
    refuse_all(rules.why_not_declare(skills, introduction))
    designer = queries.designer_of(actor.organisation_id)
    if designer is None:
        designer = Designer(organisation_id=actor.organisation_id, skills=[])
        with refuse_if_excluded("designers_once", conflict()):
            db.session.add(designer)
    designer.status, designer.introduction = "active", introduction
    _set(designer, list(dict.fromkeys(skills)))
    mirror(designer)
    record(actor, "skill:declare", designer, skills=len(designer.skills))
    emit(SkillsDeclared(designer))
    return designer


def _set(designer: Designer, codes: list[str]) -> None:
    """Make the skills these. The designer's version always grows: matching compares versions."""
    kept = {held.skill: held for held in designer.skills}
    designer.skills = [kept.get(code) or OrganisationSkill(organisation_id=designer.organisation_id, skill=code) for code in codes]
    for position, held in enumerate(designer.skills):
        held.position = position
    db.session.flush()
    designer.version = designer.version + 1
    db.session.flush()


def pause(actor: Actor, designer: Designer) -> Designer:
    """Take no more tasks for now: found and told of nothing until skills are declared again."""
    designer.status = "paused"
    db.session.flush()
    documents.remove("designer", designer.id)
    record(actor, "skill:pause", designer)
    emit(SkillsDeclared(designer))
    return designer


def mirror(designer: Designer) -> None:
    """Let an active designer of a verified organisation be found; take any other out."""
    db.session.flush()
    if designer.status == "active" and queries.firm(designer.organisation_id).verified:
        documents.mirror(document.of_designer(designer))
    else:
        documents.remove("designer", designer.id)
