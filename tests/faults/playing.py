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
from tests.faults.rest import rest

FLOWS: dict[str, tuple[Callable[[Play], None], float]] = {
    "hours": (hours, 3.0),
    "orders": (orders, 1.5),
    "tasks": (tasks, 1.5),
    "files": (files, 4.0),
    "words": (words, 1.0),
    "people": (people, 6.0),
    "moderation": (moderation, 2.0),
    "changes": (changes, 5.0),
    "confidences": (confidences, 8.0),
    "chances": (chances, 10.0),
    "explanations": (explanations, 15.0),
    "rest": (rest, 12.0),
    "lists": (look, 0.5),
}
"""Each flow and the seconds between two rounds of it: about what two cores keep up with, clients and servers together. What piles up is another test's."""


ONCE = "once for a person or a firm; its other end is played"
NOT_PLAYED = {
    "POST /certification/person": ONCE,
    "POST /certification/cases/{case_id}/withdraw": ONCE,
    "PUT /organisations/{organisation_id}": "a name changed puts the firm's certification in question",
    "PUT /me": "in person only",
    "DELETE /tokens/{access_token_id}": "in person only; the flow of people makes one",
    "POST /robots": "posts to an address outside",
    "DELETE /robots/{robot_id}": "posts to an address outside",
    "POST /operator/deliveries/retry": "nothing may be parked",
    "POST /orders/{order_id}/quotes/preview": "writes nothing",
}
"""What the API can write and no flow plays, each with its reason."""


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
