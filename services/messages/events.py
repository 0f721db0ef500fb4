"""What messages publish."""

from gongchuang.events import Event


class MessageTold(Event):
    """An organisation was told something: mail, SMS and robots follow."""

    kind = "message"


class LineSaid(Event):
    """Somebody said something in a conversation."""

    kind = "conversation_line"
