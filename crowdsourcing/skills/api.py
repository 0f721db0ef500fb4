"""Skills by API: everything the pages do, by the same actions."""

from typing import Any

from crowdsourcing.skills import actions, queries
from crowdsourcing.skills.models import Designer
from crowdsourcing.skills.permissions import SkillPermission
from crowdsourcing.skills.schemas import DesignerOut, SkillsIn
from gongchuang.api import ApiBlueprint
from gongchuang.refusal import NotFound
from gongchuang.rights import allowed
from gongchuang.web import actor

api = ApiBlueprint("skills", __name__)


def out(designer: Designer) -> DesignerOut:
    said = {name: getattr(designer, name) for name in ("id", "organisation_id", "status", "introduction")}
    return DesignerOut(**said, skills=list(designer.codes))


def _own() -> Designer:
    designer = queries.designer_of(actor().organisation_id)
    if designer is None:
        raise NotFound
    return designer


@api.get("/skills")
@allowed(SkillPermission.READ)
@api.output(DesignerOut)
def mine() -> Any:
    """Read what one's organisation has declared."""
    return out(_own())


@api.put("/skills")
@allowed(SkillPermission.DECLARE)
@api.input(SkillsIn, location="json")
@api.output(DesignerOut)
def declare(json_data: SkillsIn) -> Any:
    """Say what one's organisation can design; the second time replaces the first."""
    return out(actions.declare(actor(), json_data.skills, json_data.introduction))


@api.post("/skills/pause")
@allowed(SkillPermission.DECLARE)
@api.output(DesignerOut)
def pause() -> Any:
    """Take no more tasks until skills are declared again."""
    return out(actions.pause(actor(), _own()))


@api.get("/designers/<uuid:designer_id>")
@allowed(SkillPermission.SEE, queries.designer)
@api.output(DesignerOut)
def see(designer: Designer) -> Any:
    """Read what somebody can design."""
    return out(designer)
