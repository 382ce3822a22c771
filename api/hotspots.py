"""Hotspots of a box: heat from the database, areas from the analysis, outlines for a map."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from geo.analysis import hotspots as analysis
from geo.database import divisions, heat
from geo.database.hotspots import gap_by_category
from geo.domain.crs import SRID
from geo.domain.site_filter import SiteFilter
from maps.cells import (
    CELLS,
    Bbox,
    Window,
    bbox_extent,
    bbox_window,
    cell_centre,
    cell_size_m,
    sigma_m,
)
from maps.heat import dense_cells

# A box is looked at in so many cells at most, as a map does that fills a wide screen.
MOST_CELLS = 384


@dataclass(frozen=True)
class Hotspots:
    """`areas` has the columns of analysis.hotspots, name, name_en, box (west, south, east, north)
    and geometry (EPSG:4326), both as GeoJSON has them across the antimeridian: west > east, and in
    parts; of `count` areas the first. `gap` is that of all areas, `gap_in_box` of the whole box;
    `sigma_m` and `cell_m` are the parameters of the heat."""

    areas: gpd.GeoDataFrame
    count: int
    gap: int
    gap_in_box: int
    at_least: float
    sigma_m: float
    cell_m: float


def hotspots(
    connection: Connection,
    wanted: SiteFilter,
    bbox: Bbox,
    *,
    at_least: float,
    bandwidth_m: float,
    most: int,
) -> Hotspots:
    """The areas of a box whose gap per km² is at least `at_least`, the largest gap first."""
    window = bbox_window(bbox, bandwidth_m, MOST_CELLS)
    counted = heat.cells(
        connection, wanted, window.level, window.x0, window.y0, window.x1, window.y1
    )
    dense = dense_cells(
        counted, bbox, "gap", at_least, bandwidth_m=bandwidth_m, most_cells=MOST_CELLS
    )
    dense = dense.merge(counted[["x", "y", "sites", "gap"]], on=["x", "y"], how="left")
    dense = dense.fillna({"sites": 0, "gap": 0}).astype({"sites": "int64", "gap": "int64"})
    area = analysis.areas(dense, at_least)
    found = analysis.hotspots(dense, at_least)
    listed = found.head(most)
    inside = dense.assign(area=area)[area.isin(listed["area"]).to_numpy()]
    listed = analysis.with_leading(listed, inside, _counts(connection, wanted, inside, window))
    outlines = _outlines(inside, listed["area"], window.level)
    names = divisions.names(connection, [code for code in listed["adcode"] if pd.notna(code)])
    known = [names.get(str(code), (None, None)) for code in listed["adcode"]]
    frame = gpd.GeoDataFrame(
        listed.assign(
            name=pd.Series([name for name, _ in known], index=listed.index, dtype=object),
            name_en=pd.Series([name for _, name in known], index=listed.index, dtype=object),
            box=pd.Series([outlines[each][1] for each in listed["area"]], index=listed.index),
        ),
        geometry=[outlines[each][0] for each in listed["area"]],
        crs=SRID,
    )
    extent = bbox_extent(bbox, MOST_CELLS)
    width_m, _ = cell_size_m(np.array([(extent.north + extent.south) / 2]), extent.level)
    return Hotspots(
        areas=frame,
        count=len(found),
        gap=int(found["gap"].sum()),
        gap_in_box=_gap(counted, extent.window(0)),
        at_least=at_least,
        sigma_m=sigma_m(bbox, bandwidth_m, MOST_CELLS),
        cell_m=float(width_m[0]),
    )


def _gap(counted: pd.DataFrame, window: Window) -> int:
    inside = counted["x"].between(window.x0, window.x1 - 1)
    inside &= counted["y"].between(window.y0, window.y1 - 1)
    return int(counted.loc[inside, "gap"].sum())


def _counts(
    connection: Connection, wanted: SiteFilter, inside: pd.DataFrame, window: Window
) -> pd.DataFrame:
    """The gap of cells by category, and again by the division that holds the middle of a cell."""
    x, y = (inside[name].to_numpy(dtype=np.int64) for name in ("x", "y"))
    by_category = gap_by_category(connection, wanted, window.level, x, y)
    lon, lat = cell_centre(x % (CELLS << window.level), y, window.level)
    adcodes = divisions.of_places(connection, lon.tolist(), lat.tolist())
    by_division = inside[["x", "y", "gap"]].assign(adcode=pd.array(adcodes, dtype=object))
    return pd.concat([by_category, by_division], ignore_index=True)


def _outlines(
    dense: pd.DataFrame, wanted: pd.Series[int], level: int
) -> dict[int, tuple[shapely.Geometry, Bbox]]:
    """The border around the cells of each wanted area, and its box."""
    dense = dense[dense["area"].isin(wanted)].reset_index(drop=True)
    x, y, area = (dense[name].to_numpy() for name in ("x", "y", "area"))
    west, north = cell_centre(x % (CELLS << level) - 0.5, y - 0.5, level)
    east, south = cell_centre(x % (CELLS << level) + 0.5, y + 0.5, level)
    boxes = shapely.box(west, south, east, north)
    found: dict[int, tuple[shapely.Geometry, Bbox]] = {}
    for each in wanted:
        own = area == each
        ends = west[own][x[own].argmin()], east[own][x[own].argmax()]
        box = (float(ends[0]), float(south[own].min()), float(ends[1]), float(north[own].max()))
        found[int(each)] = shapely.coverage_union_all(boxes[own]), box
    return found
