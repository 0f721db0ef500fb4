"""Every list page asks the database as often for many rows as for few."""

from collections.abc import Callable

from gongchuang.web.application import Application
from tests.lists import PAGES, Crowd, counted
from tests.rounds import rounds

FEW, MORE = 2, 9
MOST = 16
"""No list needs more than this: who reads, what is told, the rows, their choices."""


def test_statements_do_not_grow_with_the_rows(app: Application, run_outbox: Callable[[], None]) -> None:
    crowd = Crowd(app)
    crowd.add(FEW)
    few = counted(crowd, run_outbox)
    crowd.add(rounds(MORE, 100))
    more = counted(crowd, run_outbox)
    assert not {path: (few[path], more[path]) for path in PAGES if more[path][1] <= few[path][1]}, "these pages show no more rows"
    assert not {path: (few[path], more[path]) for path in PAGES if more[path][0] > few[path][0]}, "these pages ask more often"
    assert max(asked for asked, _ in more.values()) <= MOST
