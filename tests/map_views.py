"""A made-up view of Hefei for tests of what maps/ makes of it; no database is involved."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from oracle import gap

from geo.domain.site import Category, Coverage, Grade
from maps.cells import bbox_window, cell_of
from maps.view import MapView

BOUNDARIES = Path(__file__).parent.parent / "data/boundaries"
THRESHOLD = 25


@lru_cache
def counties() -> gpd.GeoDataFrame:
    return gpd.read_file(BOUNDARIES / "hefei_counties.geojson")


def hefei_sites(count: int = 300, seed: int = 1, known: bool = True) -> gpd.GeoDataFrame:
    """Sites around the city, some headcounts unknown (all of them, where not `known`)."""
    random = np.random.default_rng(seed)
    points = shapely.points(random.normal(117.27, 0.15, count), random.normal(31.85, 0.13, count))
    workers = [
        int(n) if known and random.random() > 0.1 else None
        for n in random.lognormal(3.2, 1.2, count)
    ]
    coverage = random.choice(list(Coverage), count)
    members = [
        n and int(n * 0.6) if each == Coverage.DIRECT else 0
        for n, each in zip(workers, coverage, strict=True)
    ]
    needs = [
        n is not None and n >= THRESHOLD and each != Coverage.DIRECT
        for n, each in zip(workers, coverage, strict=True)
    ]
    states = zip(coverage, needs, workers, members, strict=True)
    state_names = ("coverage", "needs_own_union", "counted_workers", "counted_members")
    gaps = [gap(dict(zip(state_names, state, strict=True))) for state in states]
    frame = gpd.GeoDataFrame(
        {
            "id": [f"9134010{n:011d}" for n in range(count)],
            "name": [f"合肥第{n}物流有限公司" for n in range(count)],
            "category": random.choice(list(Category), count).astype(object),
            "grade": random.choice(list(Grade), count).astype(object),
            "workers": pd.array(workers, dtype="Int64"),
            "members": pd.array(members, dtype="Int64"),
            "coverage": coverage.astype(object),
            "needs_own_union": needs,
            "gap": pd.array(gaps, dtype="Int64"),
        },
        geometry=list(points),
        crs=4326,
    )
    held = gpd.sjoin(frame, counties()[["adcode", "geometry"]], how="left")
    return frame.assign(adcode=held["adcode"].groupby(level=0).first())


def row(sites: pd.DataFrame) -> dict[str, Any]:
    """The coverage row of some sites."""
    covered = sites["coverage"] != "none"
    workers = int(sites["workers"].sum())
    return {
        "sites": len(sites),
        "sites_direct": int((sites["coverage"] == "direct").sum()),
        "sites_secondary": int((sites["coverage"] == "secondary").sum()),
        "sites_none": int((~covered).sum()),
        "sites_need_own_union": int(sites["needs_own_union"].sum()),
        "sites_unknown_workers": int(sites["workers"].isna().sum()),
        "workers": workers,
        "workers_covered": int(sites["workers"][covered].sum()),
        "members": int(sites["members"].sum()),
        "gap": int(sites["gap"].sum()),
        "site_rate": float(covered.mean()) if len(sites) else None,
        "worker_rate": int(sites["workers"][covered].sum()) / workers if workers else None,
    }


def hefei_view(sites: gpd.GeoDataFrame | None = None, **changes: Any) -> MapView:
    """A view of these sites (or some made-up ones) over the counties of Hefei."""
    sites = hefei_sites() if sites is None else sites
    areas = counties()
    rows = [row(sites[sites["adcode"] == adcode]) for adcode in areas["adcode"]]
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    bbox = (west, south, east, north)
    points = shapely.get_coordinates(shapely.point_on_surface(sites.geometry.to_numpy()))
    x, y = cell_of(points[:, 0], points[:, 1], bbox_window(bbox).level)
    cells = pd.DataFrame(
        {
            "x": x,
            "y": y,
            "sites": 1,
            "workers": sites["workers"].fillna(0).to_numpy(dtype=int),
            "gap": sites["gap"].fillna(0).to_numpy(dtype=int),
            "sites_unknown_workers": sites["workers"].isna().to_numpy(dtype=int),
        }
    )
    values: dict[str, Any] = {
        "view": "hotspots",
        "language": "en",
        "on": date(2026, 11, 20),
        "bbox": bbox,
        "totals": row(sites),
        "divisions": areas.join(pd.DataFrame(rows, index=areas.index)),
        "outside": row(sites[sites["adcode"].isna()]),
        "sites": sites,
        "cells": cells.groupby(["x", "y"], as_index=False).sum(),
        "threshold": THRESHOLD,
        "illustrative": True,
        "sources": ("made-up.csv",),
        "data_as_of": date(2026, 11, 19),
    }
    return MapView(**values | changes)
