"""What happens to machines."""

from gongchuang.events import Event


class MachineChanged(Event):
    """A machine was recorded, edited, retired or brought back; the row says which."""

    kind = "machine"


class CertificatesChanged(Event):
    """A firm's certificate was added, renewed or removed. The object is the firm."""

    kind = "organisation"
