"""Run migrations on the connection that the store hands over."""

from alembic import context

from ltc.core.store import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=tables.scope.metadata, render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
