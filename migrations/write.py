"""Draft the first revision of each room from the models: `python migrations/write.py`.

Only for revisions that no installation has run yet. Once one is released, changes are new numbered files written by hand; the test
`tests/architecture/test_schema.py` holds the migrated schema against the models either way.
"""

from pathlib import Path

from gongchuang.database import ddl
from gongchuang.manifest import load_rooms

HERE = Path(__file__).parent / "versions"
ROOMS = ("gongchuang", "search", "services", "marketplace", "crowdsourcing")
HEAD = '''"""{title}"""

from alembic import op

revision = "{number:04d}"
down_revision = {previous}

STATEMENTS = (
{statements}
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
'''


def _trimmed(statement: str) -> str:
    return "\n".join(line.rstrip() for line in statement.rstrip(";").split("\n"))


def draft() -> None:
    load_rooms()
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob("*.py"):
        old.unlink()
    for number, room in enumerate(ROOMS, start=1):
        statements = [*(s for s in ddl.FUNCTIONS.strip().split(";\n") if s and room == "gongchuang"), *ddl.create(ddl.tables_of(room))]
        body = "\n".join(f'    """{_trimmed(s)}""",' for s in statements)
        title = "The ground: functions, roles' policies, organisations, accounts, audit, outbox." if room == "gongchuang" else f"Tables of the room {room}."
        previous = f'"{number - 1:04d}"' if number > 1 else "None"
        (HERE / f"{number:04d}_{room}.py").write_text(HEAD.format(title=title, number=number, previous=previous, statements=body), encoding="utf-8")


if __name__ == "__main__":
    draft()
