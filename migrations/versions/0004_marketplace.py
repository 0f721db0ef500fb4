"""Tables of the room marketplace."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (

)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
