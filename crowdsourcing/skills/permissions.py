"""Who may do what with skills: the whole policy."""

from gongchuang.actor import Role
from gongchuang.rights import Permission, acting, anyone, has_role, of_own_organisation


class SkillPermission(Permission):
    READ = "skill:read"
    """Who acts for an organisation sees what it has declared."""
    DECLARE = "skill:declare"
    """Sales and engineers of an organisation say what it can design."""
    SEE = "skill:see"
    """Everyone reads who takes design tasks and what they can."""


POLICY = {
    SkillPermission.READ: [acting],
    SkillPermission.DECLARE: [of_own_organisation & has_role(Role.SALES, Role.ENGINEER)],
    SkillPermission.SEE: [anyone],
}
