"""What happens to documents."""

from gongchuang.events import Event


class DocumentChanged(Event):
    """A document was written, changed or removed; the row says which."""

    kind = "search_document"
