"""Mappings of columns that are kept under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of mappings."""
    op.create_table(
        "saved_mapping",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('divisions', 'sites', 'unions')", name=op.f("saved_mapping_kind")
        ),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("saved_mapping_pkey")),
    )


def downgrade() -> None:
    """Forget the mappings."""
    op.drop_table("saved_mapping")
