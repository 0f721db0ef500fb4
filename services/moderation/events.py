"""What happens to published things that somebody finds wrong."""

from gongchuang.events import Event


class Reported(Event):
    """Somebody reported a thing; operators of its owner's place look at it."""

    kind = "report"


class TakenDown(Event):
    """An operator took a thing down; its owner may appeal."""

    kind = "take_down"


class Appealed(Event):
    """The owner appeals; a security operator answers."""

    kind = "take_down"


class AppealAnswered(Event):
    """The appeal was answered: the thing stays down or is back."""

    kind = "take_down"
