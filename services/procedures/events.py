"""What happens to procedures by themselves."""

from gongchuang.events import Event

from .models import Procedure


class ProcedureClosed(Event):
    """The deadline passed. `object_kind` is that of what was put out (`order`, `task`), whose feature tells people."""

    def __init__(self, procedure: Procedure) -> None:
        self.kind = procedure.object_kind  # type: ignore[misc]
        super().__init__(procedure)
