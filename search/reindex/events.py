"""What is asked of the worker."""

from gongchuang.events import Event


class ReindexAsked(Event):
    """Somebody asked for a new index."""

    kind = "reindex"
