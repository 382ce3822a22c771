"""Reading union organisations."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import sqlalchemy as sa
from sqlalchemy import Connection

from geo.database import loading
from geo.database.engine import read_frame
from geo.database.schema import union_organisation
from geo.domain.kind import Kind


def export(connection: Connection, size: int = 20_000) -> Iterator[gpd.GeoDataFrame]:
    """All union organisations with the fields of a file, EPSG:4326, in batches by id.

    Where there are none there is one batch, empty, so that a file of it still has its heading.
    """
    after = ""
    everything = sa.select(*loading.fields(Kind.UNIONS)).order_by(union_organisation.c.id)
    while True:
        statement = everything.where(union_organisation.c.id > after).limit(size)
        batch = gpd.GeoDataFrame(read_frame(connection, statement))
        if batch.empty and after:
            return
        yield batch
        if len(batch) < size:
            return
        after = str(batch["id"].iloc[-1])
