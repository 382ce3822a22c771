"""The directory in the order of the gap."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(op.f("site_gap"), "site", ["gap"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(op.f("site_gap"), table_name="site")
