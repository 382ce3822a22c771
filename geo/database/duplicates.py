"""Which sites could be one workplace that was written down twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from geo.database.engine import query
from geo.database.schema import site


def stretch_end(connection: Connection, after: str, size: int) -> str | None:
    """The id of the last of the next `size` sites after one; None where there are none."""
    ids = sa.select(site.c.id).where(site.c.id > after).order_by(site.c.id).limit(size).subquery()
    found: str | None = connection.scalar(sa.select(sa.func.max(ids.c.id)))
    return found


def candidates(
    connection: Connection, after: str, last: str, radius_m: float
) -> Sequence[Row[Any]]:
    """Pairs whose first site has an id after `after`, up to `last`; columns as in the query."""
    values = {"after": after, "last": last, "radius_m": radius_m}
    return connection.execute(query("duplicate_candidates"), values).all()
