"""A private database with made-up data of a size, made once and kept beside the benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import geopandas as gpd
from sqlalchemy import Engine

from benchmarks import data
from geo.database import batches, loading, state
from geo.database.engine import writing
from geo.domain.kind import Kind

TODAY = date(2026, 11, 20)
THRESHOLD = 25


def fill(engine: Engine, count: int, *, counties: int = 3000, federations: int = 2000) -> None:
    """Load divisions, sites and unions as a user's files are loaded."""
    put(engine, Kind.DIVISIONS, [data.divisions(counties)])
    put(engine, Kind.UNIONS, [data.unions(count, federations)])
    put(engine, Kind.SITES, data.sites(count))


def put(
    engine: Engine, kind: Kind, frames: list[gpd.GeoDataFrame] | Iterator[gpd.GeoDataFrame]
) -> loading.Comparison:
    """Load canonical frames in one transaction."""
    with writing(engine) as connection:
        state.lock(connection)
        loading.stage(connection, kind, frames)
        counts = loading.compare(connection, kind)
        read = counts.added + counts.updated + counts.unchanged
        values = {"kind": kind, "file_name": "synthetic", "read": read, "refused": 0}
        batch_id = batches.record(connection, values | vars(counts))
        loading.write(connection, kind, batch_id, TODAY, THRESHOLD)
        state.changed(connection, covered_on=TODAY, own_union_threshold=THRESHOLD)
    return counts
