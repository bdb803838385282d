"""Keep the clients' own names for resources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_ids",
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "application", "domain", "resource_type", "resource_id", name=op.f("pk_external_ids")
        ),
    )
    op.create_index(
        "ix_external_ids_external_id",
        "external_ids",
        ["application", "domain", "resource_type", "external_id"],
    )


def downgrade() -> None:
    op.drop_table("external_ids")
