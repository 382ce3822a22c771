"""Counts of cells kept by block, in arrays, where each cell had a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what is there is counted when it is assessed next."""
    op.create_table(
        "heat_block",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("cells", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("sites", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("sites_unknown_workers", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("workers", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("gap", sa.ARRAY(sa.BigInteger()), nullable=False),
    )
    op.create_index("heat_block_key", "heat_block", ["level", "block", "part"])
    op.drop_table("heat_cell")
    op.execute("UPDATE data_state SET covered_on = NULL")


def downgrade() -> None:
    """Make the table of before, in the same way."""
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
    op.drop_table("heat_block")
    op.execute("UPDATE data_state SET covered_on = NULL")
