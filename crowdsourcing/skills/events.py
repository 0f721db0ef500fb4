"""What happens to declared skills."""

from gongchuang.events import Event


class SkillsDeclared(Event):
    """An organisation said what it can design, or that it pauses."""

    kind = "designer"
