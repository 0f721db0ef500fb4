"""Tables of the room services."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (

)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
