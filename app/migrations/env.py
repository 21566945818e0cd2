"""Alembic runs inside the application's own connection (see app.migrate)."""

from alembic import context

from app.db import Base
from app.migrate import include, ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=ours,
    include_object=include,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
