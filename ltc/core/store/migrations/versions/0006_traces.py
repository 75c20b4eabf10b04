"""The trace of each line of the sync log, and the span of each webhook's arrival."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version; a new column that says nothing rewrites no rows."""
    op.add_column("log", sa.Column("trace", sa.String(length=32), nullable=True))
    op.add_column("hook", sa.Column("carried", sa.String(length=64), server_default="", nullable=False))
