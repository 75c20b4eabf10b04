"""How often systems were called, shared by all workers; the first call of a system makes its row."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBERS = ("full_at", "period", "used", "told_limit", "told_at", "rests_until")


def upgrade() -> None:
    """Bring the tables to this version."""
    op.create_table(
        "quota",
        sa.Column("system", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in NUMBERS),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_quota")),
    )
