"""Tables of the room search."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (

)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
