"""Tables of the room crowdsourcing."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (

)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
