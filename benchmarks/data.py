"""Made-up data of any size: clustered sites over Voronoi divisions and federation territories.

Everything follows from the arguments. The frames are canonical, as a load takes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.domain.site import Category, Grade
from geo.domain.union import UnionKind

BOX = (105.0, 24.0, 122.0, 40.0)
BATCH = 100_000
FIRST, TODAY = np.datetime64("2018-01-01"), np.datetime64("2026-11-20")
CATEGORIES = [str(category) for category in Category if category is not Category.DEVELOPMENT_ZONE]
Floats = NDArray[np.float64]


def divisions(counties: int = 3000, seed: int = 1) -> gpd.GeoDataFrame:
    """Counties that tile the box, prefectures of about 30 of them, provinces of about 10 of those.

    Columns adcode, name, level, parent, geometry, row.
    """
    rng = np.random.default_rng([seed, 1])
    cells = _voronoi(_spread(rng, counties))
    frames, below = (
        [],
        gpd.GeoDataFrame({"code": _codes("C", len(cells))}, geometry=cells, crs=4326),
    )
    for level, letter, share in (("prefecture", "B", 30), ("province", "A", 10)):
        above = _spread(rng, max(1, len(below) // share))
        centres = shapely.get_coordinates(shapely.centroid(below.geometry.to_numpy()))
        nearest = ((centres[:, None] - above[None]) ** 2).sum(axis=2).argmin(axis=1)
        codes = np.asarray(_codes(letter, len(above)))
        below["parent"] = codes[nearest]
        frames.append(below.assign(level=_lower(level)))
        below = below.dissolve("parent")[["geometry"]].rename_axis("code").reset_index()
    frames.append(below.assign(level="province", parent=None))
    frame = pd.concat(frames[::-1], ignore_index=True).rename(columns={"code": "adcode"})
    frame["geometry"] = [
        shapely.multipolygons([area]) if area.geom_type == "Polygon" else area
        for area in frame.geometry
    ]
    return frame.assign(name=frame["adcode"], row=range(1, len(frame) + 1))


def sites(count: int, seed: int = 1) -> Iterator[gpd.GeoDataFrame]:
    """Sites in batches: nine of ten in towns of very different size, the others anywhere.

    Columns id, name, category, grade, workers, members, address, started_on, ended_on, geometry,
    row. One in twenty has no headcount, one in ten ends.
    """
    for start, rng, xy, town in places(count, seed):
        size = len(xy)
        workers = np.maximum(1, rng.lognormal(2.6, 1.3, size)).astype(int)
        known = rng.random(size) > 0.05
        started = FIRST + rng.integers(0, 3300, size)
        ends = rng.random(size) < 0.1
        rows = np.arange(start, start + size)
        yield gpd.GeoDataFrame(
            {
                "row": rows + 1,
                "id": [f"S{row:08d}" for row in rows],
                "name": [f"Workplace {row}" for row in rows],
                "category": rng.choice(CATEGORIES, size, p=[0.2, 0.15, 0.1, 0.1, 0.05, 0.4]),
                "grade": rng.choice(
                    [str(grade) for grade in Grade], size, p=[0.01, 0.04, 0.1, 0.85]
                ),
                "workers": pd.array(np.where(known, workers, -1), dtype="Int64").astype("Int64"),
                "members": pd.array(
                    np.where(rng.random(size) < 0.1, workers // 2, -1), dtype="Int64"
                ),
                "address": [
                    f"{row % 997} Road {town}" for row, town in zip(rows, town, strict=True)
                ],
                "started_on": _dates(started),
                "ended_on": _dates(np.where(ends, started + rng.integers(30, 2000, size), _NEVER)),
            },
            geometry=shapely.points(xy),
            crs=4326,
        ).replace({"workers": {-1: pd.NA}, "members": {-1: pd.NA}})


def places(
    count: int, seed: int = 1
) -> Iterator[tuple[int, np.random.Generator, Floats, NDArray[np.int64]]]:
    """Where sites are, in batches: the number of the first, what to draw the rest from, lon and
    lat, and the town of each."""
    towns, weights, widths = _towns(seed)
    for number, start in enumerate(range(0, count, BATCH)):
        rng = np.random.default_rng([seed, 2, number])
        size = min(BATCH, count - start)
        town = rng.choice(len(towns), size, p=weights)
        around = towns[town] + rng.normal(0, 1, (size, 2)) * widths[town, None]
        xy = np.where(rng.random(size)[:, None] < 0.9, around, _anywhere(rng, size))
        yield start, rng, np.clip(xy, BOX[:2], BOX[2:]), town


def unions(count: int, federations: int = 2000, seed: int = 1) -> gpd.GeoDataFrame:
    """Federations over towns and country, one in three of one trade, and a union at every fifth
    of `count` sites.

    Columns id, name, kind, site_id, categories, members, founded_on, dissolved_on, geometry, row.
    """
    rng = np.random.default_rng([seed, 3])
    towns, weights, _ = _towns(seed)
    places = towns[rng.choice(len(towns), federations, p=weights)]
    places = np.where(rng.random(federations)[:, None] < 0.5, places, _anywhere(rng, federations))
    radius = rng.lognormal(-3.5, 0.6, federations)
    corners = rng.integers(5, 40, federations)
    territories = [_blob(rng, *row) for row in zip(places, radius, corners, strict=True)]
    sectoral = rng.random(federations) < 1 / 3
    trades = [
        [str(each)] if own else None
        for each, own in zip(rng.choice(CATEGORIES, federations), sectoral, strict=True)
    ]
    kinds = np.where(sectoral, UnionKind.SECTORAL_FEDERATION, UnionKind.REGIONAL_FEDERATION)
    federation = gpd.GeoDataFrame(
        {
            "id": [f"F{n:06d}" for n in range(federations)],
            "kind": kinds.astype(str),
            "categories": trades,
            "founded_on": _dates(FIRST + rng.integers(-1000, 3500, federations)),
        },
        geometry=territories,
        crs=4326,
    )
    members = rng.choice(count, count // 5, replace=False)
    members.sort()
    founded = FIRST + rng.integers(-1000, 3500, len(members))
    closes = rng.random(len(members)) < 0.05
    enterprise = pd.DataFrame(
        {
            "id": [f"E{n:08d}" for n in members],
            "kind": str(UnionKind.ENTERPRISE),
            "site_id": [f"S{n:08d}" for n in members],
            "members": pd.array(rng.integers(1, 60, len(members)), dtype="Int64"),
            "founded_on": _dates(founded),
            "dissolved_on": _dates(np.where(closes, founded + 700, _NEVER)),
        }
    )
    frame = pd.concat([federation, enterprise], ignore_index=True)
    return gpd.GeoDataFrame(
        frame.assign(name=frame["id"], row=range(1, len(frame) + 1)), geometry="geometry", crs=4326
    )


_NEVER = np.datetime64("NaT", "D")


def _dates(days: NDArray[np.datetime64]) -> list[date | None]:
    return list(days.astype("datetime64[D]").astype(object))


def _codes(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:05d}" for number in range(count)]


def _lower(level: str) -> str:
    return {"prefecture": "county", "province": "prefecture"}[level]


def _spread(rng: np.random.Generator, count: int) -> Floats:
    return rng.uniform(BOX[:2], BOX[2:], (count, 2))


def _anywhere(rng: np.random.Generator, count: int) -> Floats:
    return _spread(rng, count)


def _voronoi(points: Floats) -> NDArray[np.object_]:
    box = shapely.box(*BOX)
    cells = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=box)
    return np.asarray(shapely.intersection(shapely.get_parts(cells), box))


def _towns(seed: int) -> tuple[Floats, Floats, Floats]:
    """Places, how many sites each has (shares), and how wide each is, in degrees."""
    rng = np.random.default_rng([seed, 0])
    places = _spread(rng, 400)
    weights = rng.pareto(1.2, len(places)) + 0.2
    widths = 0.02 + 0.05 * np.sqrt(weights / weights.max()) * rng.uniform(0.5, 2, len(places))
    return places, weights / weights.sum(), widths


def _blob(
    rng: np.random.Generator, centre: Floats, radius: float, corners: int
) -> shapely.Geometry:
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = radius * rng.uniform(0.6, 1.4, corners)
    ring = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None]
    area = shapely.convex_hull(shapely.multipoints(ring)) if corners < 8 else shapely.polygons(ring)
    area = shapely.intersection(shapely.make_valid(area), shapely.box(*BOX))
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts)
