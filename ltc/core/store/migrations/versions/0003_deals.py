"""Deals, and which documents belong to them; the hub works them out of the references at its next sync."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "deal",
        sa.Column("deal_id", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("is_lost", sa.Boolean(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", name=op.f("pk_deal")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_stage_is_lost"), ["stage", "is_lost"], unique=False)
    op.create_table(
        "deal_document",
        sa.Column("deal_id", sa.String(length=32), nullable=False),
        sa.Column("hub_id", sa.String(length=32), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("standing", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "hub_id", name=op.f("pk_deal_document")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("deal_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deal_document_hub_id"), ["hub_id"], unique=False)
