"""Counts by cell and by division that follow the sites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what is there is counted when it is assessed next."""
    op.create_table(
        "heat_cell",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("cell", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("sites_unknown_workers", sa.Integer(), nullable=False),
        sa.Column("workers", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("level", "block", "part", "cell", name=op.f("heat_cell_pkey")),
    )
    op.create_table(
        "division_part",
        sa.Column("adcode", sa.Text(collation="C"), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("sites_unknown_workers", sa.Integer(), nullable=False),
        sa.Column("sites_members_exceed_workers", sa.Integer(), nullable=False),
        sa.Column("workers", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "part", name=op.f("division_part_pkey")),
    )
    op.execute("UPDATE data_state SET covered_on = NULL")


def downgrade() -> None:
    """Leave no counts."""
    op.drop_table("division_part")
    op.drop_table("heat_cell")
