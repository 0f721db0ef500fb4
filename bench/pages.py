"""List pages: time on the server, SQL statements (which must not grow with the rows), bytes as a browser gets them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event

from bench.site import demonstration, quantile

PATHS = ("/", "/offers", "/offers?q=五轴", "/tasks", "/sign-in")
ROUNDS = 40


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of the block."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def measure(data: Path) -> None:
    with demonstration(data) as app:
        client = app.test_client()
        print(f"{'page':24} {'status':>6} {'median':>9} {'p95':>9} {'SQL':>4} {'bytes':>8}")
        for path in PATHS:
            client.get(path)
            took = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
                took.append((time.perf_counter() - began) * 1000)
            with statements() as seen:
                client.get(path)
            print(f"{path:24} {answer.status_code:6} {quantile(took, 0.5):6.1f} ms {quantile(took, 0.95):6.1f} ms {len(seen):4} {len(answer.data):8}")
