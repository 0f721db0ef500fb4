"""Skills 设计技能: who can design what, so that tasks find them.

Owns: designers, organisation_skills. Publishes: SkillsDeclared. Builds on: search (documents of kind designer, the offers of the design market).
"""

from gongchuang.manifest import Feature

from . import api, document, models, permissions, tasks, views

feature = Feature(
    name="skills", pages=views.pages, api=api.api, permissions=permissions.POLICY, documents=[document.of_designer], handlers=[tasks.refresh_designer]
)

__all__ = ["feature", "models"]
