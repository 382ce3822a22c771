"""Points in polygons: PostGIS as Antu asks it, beside geopandas in memory."""

from __future__ import annotations

import time

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from benchmarks import data
from benchmarks.database import opened
from benchmarks.table import Figure
from geo.database.engine import writing

_JOIN = """
    SELECT count(*) FROM division
    JOIN site ON division.geom && site.geom AND ST_Intersects(division.geom, site.point)
    WHERE division.level = 'county'
"""


def measure(url: str, count: int) -> list[Figure]:
    """Seconds to find the county of every site; frames are in memory, tables on the server."""
    counties = data.divisions().query("level == 'county'")[["adcode", "geometry"]]
    points = gpd.GeoDataFrame(
        pd.concat([batch[["id", "geometry"]] for batch in data.sites(count)]), crs=4326
    )
    started = time.perf_counter()
    joined = gpd.sjoin(points, counties, predicate="intersects")
    theirs = time.perf_counter() - started
    engine = opened(url)
    with writing(engine) as connection:
        started = time.perf_counter()
        found = connection.scalar(sa.text(_JOIN))
        ours = time.perf_counter() - started
        connection.rollback()
    engine.dispose()
    assert found == len(joined), (found, len(joined))
    return [
        Figure(
            f"the county of each of {count:,} sites",
            f"PostGIS {ours:.1f} s",
            f"geopandas.sjoin {theirs:.1f} s",
            ours / theirs,
        )
    ]
