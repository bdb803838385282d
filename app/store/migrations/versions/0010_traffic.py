"""Count requests, and keep what was found of directories."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "traffic",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "application", name=op.f("pk_traffic")),
    )
    op.create_table(
        "checkups",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_checkups")),
    )


def downgrade() -> None:
    op.drop_table("checkups")
    op.drop_table("traffic")
