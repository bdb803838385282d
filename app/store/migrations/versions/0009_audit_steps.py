"""Keep the steps of what was done with its inverse, so that it can be undone later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("steps", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("audit", "steps")
