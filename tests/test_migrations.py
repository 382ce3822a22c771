"""Migrations and models say the same, in both directions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from geo.database import migrate
from geo.errors import Unavailable


def test_up_check_down_up(engine: Engine) -> None:
    assert migrate.is_current(engine)
    migrate.check(engine)
    migrate.downgrade(engine, "base")
    with engine.connect() as connection:
        left = set(sa.inspect(connection).get_table_names()) - {"spatial_ref_sys"}
    assert left == {"alembic_version"}
    migrate.upgrade(engine)
    migrate.check(engine)


def test_tables_of_a_newer_version_are_said_to_be_so(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not migrate.is_current(engine)
    with pytest.raises(Unavailable, match="newer Antu"):
        migrate.upgrade(engine)
