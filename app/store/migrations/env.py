"""Run the migrations on the connection that ``Database.migrate`` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from app.store import import_tables, outbound_tables, tables

MODULES = (tables, outbound_tables, import_tables)
"""Each adds its tables to the same metadata."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
