"""Have snapshots tell the state of the directory that they are of, and expect several readers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _empty()
    with op.batch_alter_table("snapshots") as table:
        table.drop_column("position")
        table.add_column(sa.Column("positions", sa.Text(), nullable=False))
        table.add_column(sa.Column("state", sa.Text(), nullable=True))
        table.add_column(sa.Column("begun", sa.DateTime(timezone=True), nullable=False))


def downgrade() -> None:
    _empty()
    with op.batch_alter_table("snapshots") as table:
        for name in ("positions", "state", "begun"):
            table.drop_column(name)
        table.add_column(sa.Column("position", sa.BigInteger(), nullable=False))


def _empty() -> None:
    """Forget the snapshots, which last two minutes: their readers begin anew."""
    op.execute("DELETE FROM snapshot_ids")
    op.execute("DELETE FROM snapshots")
