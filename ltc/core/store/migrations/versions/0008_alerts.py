"""What ails systems, what people were told of it, and the notices that are on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "trouble",
        sa.Column("system", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("last_at", sa.String(length=27), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("system", "kind", name=op.f("pk_trouble")),
    )
    op.create_table(
        "alert",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("told_at", sa.String(length=27), nullable=False),
        sa.Column("over_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("code", "subject", name=op.f("pk_alert")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="due", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.String(length=27), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("sent_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_state_not_before"), ["state", "not_before"], unique=False)
