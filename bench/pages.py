"""List pages: SQL statements (which must not grow with the rows), time on the server, bytes as a browser gets them."""

import time
from pathlib import Path

from bench.site import demonstration, empty, quantile
from gongchuang.commands.program import deliver_all
from tests.lists import PAGES, Crowd, counted

PATHS = ("/", "/offers?q=五轴", "/orders", "/tasks", "/sign-in")
ROUNDS = 40
FEW, MANY = 20, 200


def measure(data: Path, rounds: int = ROUNDS) -> None:
    with demonstration(data) as app:
        client = app.test_client()
        for path in PATHS:
            client.get(path)
            took = []
            for _ in range(rounds):
                began = time.perf_counter()
                answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
                took.append((time.perf_counter() - began) * 1000)
            figures = f"p95 {quantile(took, 0.95):.1f} ms, {len(answer.data)} bytes"
            print(f"page {path} to a visitor of the demo, {figures}, median ms: {quantile(took, 0.5):.1f}", flush=True)


def measure_statements(data: Path, few: int = FEW, many: int = MANY) -> None:
    """Count the statements behind every list of a firm, with few rows in each and with many."""
    with empty(data.parent / "lists") as app:
        crowd = Crowd(app)
        crowd.add(few)
        before = counted(crowd, lambda: deliver_all(app))
        crowd.add(many - few)
        after = counted(crowd, lambda: deliver_all(app))
    for path in PAGES:
        print(f"SQL statements of {path} with {few} and with {many} rows: {before[path][0]} {after[path][0]}")
