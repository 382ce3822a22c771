"""Where things are in the demo: Hefei's counties, and streets, zones and lakes as sketched.

Plane coordinates are metres of EPSG:4548; whatever leaves the package is EPSG:4326.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.domain.site import Grade

HERE = Path(__file__).parent
BOUNDARIES = HERE.parents[1] / "data" / "boundaries"
METRIC_CRS = 4548
PARK_RADIUS_M = 1500.0
# About 0.1 m: six decimals are plenty for a sketch, and the same on every machine.
GRID_DEGREES = 1e-6


def demo_divisions() -> gpd.GeoDataFrame:
    """Anhui, its 16 prefectures and the nine counties of Hefei, parents first.

    Columns adcode, name, name_en, level, parent, geometry (EPSG:4326).
    """
    files = ("anhui_province", "anhui_prefectures", "hefei_counties")
    frame = pd.concat([gpd.read_file(BOUNDARIES / f"{name}.geojson") for name in files])
    columns = ["adcode", "name", "name_en", "level", "parent", "geometry"]
    return gpd.GeoDataFrame(frame[columns].reset_index(drop=True), crs=4326)


@cache
def vocabulary() -> dict[str, Any]:
    """The words of names and addresses (names.toml)."""
    return tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))


@cache
def counties() -> gpd.GeoDataFrame:
    """Hefei's counties in metres, indexed by adcode."""
    frame = gpd.read_file(BOUNDARIES / "hefei_counties.geojson")
    return frame.to_crs(METRIC_CRS).set_index("adcode")


@cache
def sketch() -> gpd.GeoDataFrame:
    """What is drawn by hand (sketch.geojson), in metres: kind water, zone, freight or elsewhere."""
    return gpd.read_file(HERE / "sketch.geojson").to_crs(METRIC_CRS)


@cache
def zones() -> gpd.GeoDataFrame:
    """Hefei's development zones that have an area, in metres, indexed by name.

    Those of the sketch, cut to the land; and the parks that are streets of their own, as a disc
    around their seat. Columns grade, claim (the zone's own headcount as a multiple of what lies
    inside; NaN if any will do), known (whether it has a headcount).
    """
    drawn = sketch().query("kind == 'zone'").set_index("name")
    drawn = drawn.set_geometry(drawn.intersection(_land().union_all()), crs=METRIC_CRS)
    parks = streets().query("park == 1").set_index("street")
    disc = shapely.buffer(shapely.points(parks[["x", "y"]].to_numpy()), PARK_RADIUS_M, quad_segs=3)
    parks = parks.set_geometry(
        shapely.intersection(parks.geometry.to_numpy(), disc), crs=METRIC_CRS
    )
    both = pd.concat([drawn, parks.assign(grade=str(Grade.PROVINCIAL))])
    both["known"] = np.arange(len(both)) < len(both) - 1
    return both[["grade", "claim", "known", "geometry"]]


@cache
def streets() -> gpd.GeoDataFrame:
    """Streets and towns of Hefei, indexed by code; the geometry is the land nearest to the seat.

    Columns street (the name), place (the name without its ending), adcode and county (of the land,
    also where a zone administers it), x and y of the seat, area_m2, workplaces and growth (relative
    numbers of workplaces and of building projects), federation (1 if the street has a regional
    federation), park (1 if it is a development zone itself).
    """
    table = pd.read_csv(HERE / "streets.csv", dtype={"code": str}).set_index("code")
    names = pd.read_csv(BOUNDARIES / "hefei_streets.csv", dtype=str).set_index("code")["name"]
    seats = gpd.GeoDataFrame(
        table.join(names.rename("street")),
        geometry=gpd.points_from_xy(table["lon"], table["lat"]),
        crs=4326,
    ).to_crs(METRIC_CRS)
    seats = seats.assign(
        x=seats.geometry.x, y=seats.geometry.y, place=seats["street"].map(_without_ending)
    )
    cells = []
    for adcode, outline in _land().items():
        mine = seats[seats.within(counties().geometry[adcode])]
        points = shapely.multipoints(mine.geometry.to_numpy())
        nearest = shapely.voronoi_polygons(points, extend_to=outline, ordered=True)
        land = shapely.intersection(shapely.get_parts(nearest), outline)
        cells.append(mine.assign(adcode=adcode, county=counties()["name"][adcode], geometry=land))
    frame = gpd.GeoDataFrame(pd.concat(cells), crs=METRIC_CRS).sort_index()
    return frame.assign(area_m2=frame.area)


def _without_ending(name: str) -> str:
    endings = (end for end in vocabulary()["suffixes"] if name.endswith(end))
    return name.removesuffix(next(endings, ""))


@cache
def _land() -> gpd.GeoSeries:
    water = sketch().query("kind == 'water'").union_all()
    return counties().geometry.difference(water)


def to_degrees(metric: NDArray[np.object_]) -> NDArray[np.object_]:
    """Metric geometries as EPSG:4326, on the grid of six decimals and valid; None stays None."""
    degrees = gpd.GeoSeries(metric, crs=METRIC_CRS).to_crs(4326).to_numpy()
    snapped: NDArray[np.object_] = shapely.set_precision(degrees, GRID_DEGREES)
    return snapped


def points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """Points of metric coordinates (n, 2)."""
    made: NDArray[np.object_] = np.asarray(shapely.points(xy), dtype=object)
    return made


def scatter(
    rng: np.random.Generator, codes: NDArray[np.object_], spread: float
) -> NDArray[np.float64]:
    """One random place (n, 2) in each of the streets, nearer to the seat where `spread` is small.

    `spread` is the standard deviation relative to the size of the street (root of its area).
    """
    chosen = streets().loc[codes]
    cells, seats = chosen.geometry.to_numpy(), chosen[["x", "y"]].to_numpy(dtype=float)
    sigma = spread * np.sqrt(chosen["area_m2"].to_numpy())[:, None]
    shapely.prepare(cells)
    xy: NDArray[np.float64] = seats.copy()
    open_ = np.arange(len(xy))
    for _ in range(200):
        xy[open_] = seats[open_] + sigma[open_] * rng.standard_normal((len(open_), 2))
        open_ = open_[~shapely.contains_xy(cells[open_], xy[open_])]
        if not len(open_):
            break
    xy[open_] = seats[open_]
    return xy


def along_freight(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Some `n` places (m, 2) near the ring motorway, the airport, the ports and the parks."""
    routes = sketch().query("kind == 'freight'")
    share = routes["share"].to_numpy()
    route = rng.choice(len(routes), size=n, p=share / share.sum())
    shapes = routes.geometry.to_numpy()[route]
    on_route = shapes.copy()
    is_line = shapely.get_dimensions(shapes) == 1
    on_route[is_line] = shapely.line_interpolate_point(
        shapes[is_line], rng.random(is_line.sum()), normalized=True
    )
    spread = routes["spread_m"].to_numpy()[route][:, None]
    xy = shapely.get_coordinates(on_route) + spread * rng.standard_normal((n, 2))
    on_land: NDArray[np.float64] = xy[[code is not None for code in street_at(xy)]]
    return on_land


def street_at(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """The code of the street that holds each place (n, 2); None on water and outside Hefei."""
    found = np.full(len(xy), None, dtype=object)
    cells = streets()
    point, cell = shapely.STRtree(cells.geometry.to_numpy()).query(points(xy), "intersects")
    found[point] = cells.index.to_numpy()[cell]
    return found


def elsewhere() -> list[shapely.Point]:
    """Some places outside Hefei (EPSG:4326), the last ones outside Anhui."""
    places = sketch().query("kind == 'elsewhere'").to_crs(4326).geometry
    return list(shapely.set_precision(shapely.get_parts(places.to_numpy()), GRID_DEGREES))


def on_borders() -> list[shapely.Point]:
    """Three vertices of the border between two counties (EPSG:4326), exactly as it is stored."""
    outlines = demo_divisions().set_index("adcode").geometry
    border = outlines["340104"].intersection(outlines["340111"])
    vertices = shapely.get_coordinates(border)
    return list(points(vertices[:: len(vertices) // 3][:3]))
