"""Migrations and models say the same, in both directions."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Engine

from geo.database import migrate


def test_up_check_down_up(engine: Engine) -> None:
    assert migrate.is_current(engine)
    migrate.check(engine)
    migrate.downgrade(engine, "base")
    with engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names()) - {"spatial_ref_sys"}
    assert left == {"alembic_version"}
    migrate.upgrade(engine)
    migrate.check(engine)
