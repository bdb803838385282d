"""Name tokens, count failed attempts, and remember assertions that were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("tokens", sa.Column("last_used", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "failed_attempts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failed_attempts")),
    )
    op.create_index("ix_failed_attempts_until", "failed_attempts", ["until"])
    op.create_table(
        "used_assertions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_assertions")),
    )
    op.create_index("ix_used_assertions_expires", "used_assertions", ["expires"])


def downgrade() -> None:
    op.drop_table("used_assertions")
    op.drop_table("failed_attempts")
    op.drop_column("tokens", "last_used")
    op.drop_column("tokens", "name")
