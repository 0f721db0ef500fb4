"""Who can design what, as declared."""

from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gongchuang.database import Model, Policy, Row, Tenant
from gongchuang.types import Code, Status, Text2000


class Designer(Tenant, Model):
    """An organisation or person that takes design tasks: one for each. Readable by everyone while it takes tasks; its skills are matched with them.

    Emits SkillsDeclared. Stays when it pauses, so that past bids keep saying who bid.
    """

    __tablename__ = "designers"
    __table_args__ = (
        UniqueConstraint("organisation_id", name="designers_once"),
        CheckConstraint("status in ('active', 'paused')", name="designers_status"),
    )
    __policies__: ClassVar = (Policy("active", "select", using="status = 'active'"),)

    status: Mapped[Status] = mapped_column(default="active")
    introduction: Mapped[Text2000] = mapped_column(default="")
    skills: Mapped[list["OrganisationSkill"]] = relationship(order_by="OrganisationSkill.position", cascade="all, delete-orphan", lazy="selectin")

    @property
    def codes(self) -> tuple[str, ...]:
        """The declared skills' codes, in the order declared."""
        return tuple(held.skill for held in self.skills)


class OrganisationSkill(Tenant, Row):
    """One skill that an organisation declares, by its code of the vocabulary. Changed with the designer alone; emits nothing."""

    __tablename__ = "organisation_skills"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "designer_id"], ["designers.organisation_id", "designers.id"], name="organisation_skills_designer"),
        UniqueConstraint("organisation_id", "skill", name="organisation_skills_once"),
        Index("organisation_skills_of_designer", "designer_id", "position"),
    )
    __policies__: ClassVar = (Policy("active", "select", using="exists (select 1 from designers d where d.id = organisation_skills.designer_id)"),)

    designer_id: Mapped[UUID]
    skill: Mapped[Code]
    position: Mapped[int] = mapped_column(default=0)
