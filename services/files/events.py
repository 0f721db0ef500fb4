"""What happens to uploads."""

from gongchuang.events import Event


class FileReceived(Event):
    """The bytes have arrived and wait to be checked."""

    kind = "file"


class FileChecked(Event):
    """A revision passed all checks; its facts can be read."""

    kind = "file"


class FileRefused(Event):
    """A revision did not pass; its reason tells why."""

    kind = "file"
