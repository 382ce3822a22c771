"""Made-up frames put into a database as a load puts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Engine

from geo.database import batches, loading, state
from geo.database.engine import writing
from geo.domain.kind import Kind
from geo.domain.site import Category

TODAY = date(2026, 11, 20)
THRESHOLD = 25
PLAIN = [str(category) for category in Category if category is not Category.DEVELOPMENT_ZONE]


def site_frame(shapes: Sequence[shapely.Geometry], seed: int = 1) -> gpd.GeoDataFrame:
    """Sites with these geometries; the rest is random, some headcounts are unknown.

    Areas are development zones, one in four; lines and points are not.
    """
    rng = np.random.default_rng(seed)
    count = len(shapes)
    workers = pd.array(rng.lognormal(3, 1.5, count).astype(int) + 1, dtype="Int64")
    workers[rng.random(count) < 0.05] = pd.NA
    category = rng.choice(PLAIN, count)
    areas = shapely.get_dimensions(np.asarray(shapes, dtype=object)) == 2
    category = np.where(areas & (rng.random(count) < 0.25), "development_zone", category)
    return gpd.GeoDataFrame(
        {
            "row": range(1, count + 1),
            "id": [f"S{number:06d}" for number in rng.permutation(count)],
            "name": [f"Site {number}" for number in range(count)],
            "category": category,
            "grade": rng.choice(["national", "provincial", "municipal", "other"], count),
            "workers": workers,
        },
        geometry=list(shapes),
        crs=4326,
    )


def put(
    engine: Engine,
    frame: gpd.GeoDataFrame,
    kind: Kind = Kind.SITES,
    threshold: int = THRESHOLD,
    on: date = TODAY,
) -> loading.Comparison:
    """Load a canonical frame in one transaction."""
    with writing(engine) as connection:
        state.lock(connection)
        loading.stage(connection, kind, [frame])
        counts = loading.compare(connection, kind)
        values = {"kind": kind, "file_name": "synthetic", "read": len(frame), "refused": 0}
        batch_id = batches.record(connection, values | vars(counts))
        loading.write(connection, kind, batch_id, on, threshold)
        state.changed(connection)
    return counts
