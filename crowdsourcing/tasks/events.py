"""What happens to tasks."""

from gongchuang.events import Event


class TaskPublished(Event):
    """A publisher put a task out; its document can be found and matched."""

    kind = "task"


class DesignersInvited(Event):
    """A publisher asked more organisations for bids; who, the participants say."""

    kind = "task"


class TaskExtended(Event):
    """The deadline moved later."""

    kind = "task"


class TaskCancelled(Event):
    """A publisher called it off; the procedure holds the reason."""

    kind = "task"


class TaskFailed(Event):
    """It ended with nobody chosen; the procedure holds the reason."""

    kind = "task"
