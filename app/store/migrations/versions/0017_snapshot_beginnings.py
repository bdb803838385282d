"""Have snapshots hold no more than the beginning of a list, where that is all that is known of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _forget()
    with op.batch_alter_table("snapshots") as table:
        table.add_column(sa.Column("held", sa.Integer(), nullable=False))


def downgrade() -> None:
    _forget()
    with op.batch_alter_table("snapshots") as table:
        table.drop_column("held")


def _forget() -> None:
    """Forget the snapshots, which last two minutes: their readers begin anew."""
    op.execute("DELETE FROM snapshot_ids")
    op.execute("DELETE FROM snapshots")
