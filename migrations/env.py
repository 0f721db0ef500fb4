"""Alembic's environment: revisions run on the connection that `gongchuang.database.provision` hands over, in its one transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
