"""All flows that are played, each over and over by a client of its own."""

import threading
from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.faults.chances import chances, explanations
from tests.faults.changes import changes
from tests.faults.client import GaveUp
from tests.faults.confidences import confidences
from tests.faults.files import files
from tests.faults.flows import hours, look, moderation, orders, tasks, words
from tests.faults.people import people
from tests.faults.play import Play

FLOWS: dict[str, tuple[Callable[[Play], None], float]] = {
    "hours": (hours, 2.0),
    "orders": (orders, 1.0),
    "tasks": (tasks, 1.0),
    "files": (files, 3.0),
    "words": (words, 0.5),
    "people": (people, 4.0),
    "moderation": (moderation, 1.0),
    "changes": (changes, 3.0),
    "confidences": (confidences, 8.0),
    "chances": (chances, 10.0),
    "explanations": (explanations, 15.0),
    "lists": (look, 0.5),
}
"""Each flow and the seconds between two rounds of it: about what two cores keep up with, clients and servers together. What piles up is another test's."""


def keep_playing(play: Play, flow: str, stopping: threading.Event) -> None:
    """Play one flow until told to stop; a round that gave up is followed by a new one."""
    function, pause = FLOWS[flow]
    play = replace(play, random=Random(f"{play.seed} {flow}"))  # dice of its own: the same choices however the threads interleave
    while not stopping.is_set():
        try:
            function(play)
        except GaveUp:
            stopping.wait(1)
        except Exception as error:
            play.history.wrong.append(f"the client of {flow} itself failed: {type(error).__name__}: {error}"[:600])
            return
        stopping.wait(pause)
