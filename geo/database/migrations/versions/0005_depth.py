"""How deep each division lies, and indexes for what few union organisations have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DEPTH = """
    WITH RECURSIVE nested AS (
        SELECT adcode, 0 AS depth FROM division
        WHERE NOT EXISTS (SELECT FROM division AS upper WHERE upper.adcode = division.parent)
        UNION ALL
        SELECT division.adcode, nested.depth + 1
        FROM nested JOIN division ON division.parent = nested.adcode
    )
    UPDATE division SET depth = nested.depth FROM nested
    WHERE division.adcode = nested.adcode AND nested.depth > 0
"""
_SOME_HAVE = ("founded_on", "dissolved_on", "territory_site_id", "territory_adcodes")


def upgrade() -> None:
    """Make both."""
    op.add_column(
        "division",
        sa.Column("depth", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.execute(_DEPTH)
    for column in _SOME_HAVE:
        op.create_index(
            op.f(f"union_organisation_{column}"),
            "union_organisation",
            [column],
            postgresql_using="gin" if column == "territory_adcodes" else None,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Leave neither."""
    for column in _SOME_HAVE:
        op.drop_index(op.f(f"union_organisation_{column}"), table_name="union_organisation")
    op.drop_column("division", "depth")
