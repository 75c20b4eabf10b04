"""Runs are the queue of work too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version: columns are added without a look at the rows."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for column in (
        sa.Column("parent", number, nullable=True),
        sa.Column("stage", sa.String(length=16), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("options", sa.Text(), server_default="{}", nullable=False),
        sa.Column("token", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holder", sa.String(length=128), server_default="", nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("submissions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("slices", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("run", column)
    op.create_index("ix_run_parent", "run", ["parent"])
    active = sa.text("until is not null")
    op.create_index("ix_run_until", "run", ["until"], sqlite_where=active, postgresql_where=active)
