"""What Alembic runs: the migrations, over the connection that it is handed."""

from alembic import context

from yab_backend.database import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
