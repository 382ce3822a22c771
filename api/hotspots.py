"""Hotspots of a box: heat from the database, areas from the analysis, outlines for a map."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from geo.analysis import hotspots as analysis
from geo.database import divisions, heat, pyramid
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
    edges = (window.x0, window.y0, window.x1, window.y1)
    _, columns = heat.columns(
        connection, wanted, window.level, *edges, ("sites", "gap"), by_category=True
    )
    counted = pd.DataFrame(columns)
    cells = dense_cells(
        counted, bbox, "gap", at_least, bandwidth_m=bandwidth_m, most_cells=MOST_CELLS
    )
    place = _places(cells, counted, window)
    held, place = counted[place >= 0], place[place >= 0]
    cells = cells.assign(
        area=analysis.areas(cells, at_least),
        sites=_summed(place, held["sites"], len(cells)),
        gap=_summed(place, held["gap"], len(cells)),
    )
    found = analysis.hotspots(cells)
    listed = found.head(most)
    inside = cells[cells["area"].isin(listed["area"])]
    by_category = _by_category(cells["area"].to_numpy()[place], held)
    by_division = _by_division(connection, inside, window.level)
    listed = analysis.with_leading(listed, by_category, "category")
    listed = analysis.with_leading(listed, by_division, "adcode")
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
        gap_in_box=_gap(counted, extent.inside()),
        at_least=at_least,
        sigma_m=sigma_m(bbox, bandwidth_m, MOST_CELLS),
        cell_m=float(width_m[0]),
    )


def _gap(counted: pd.DataFrame, window: Window) -> int:
    inside = counted["x"].between(window.x0, window.x1 - 1)
    inside &= counted["y"].between(window.y0, window.y1 - 1)
    return int(counted.loc[inside, "gap"].sum())


def _places(cells: pd.DataFrame, counted: pd.DataFrame, window: Window) -> NDArray[np.int64]:
    """In which of the cells, by their place in the frame, each count of a window lies; or -1."""
    places = np.full((window.y1 - window.y0, window.x1 - window.x0), -1, dtype=np.int64)
    places[cells["y"] - window.y0, cells["x"] - window.x0] = np.arange(len(cells))
    return places[counted["y"] - window.y0, counted["x"] - window.x0]


def _summed(place: NDArray[np.int64], counts: pd.Series[int], size: int) -> NDArray[np.int64]:
    return np.bincount(place, counts, size).astype(np.int64)


def _by_category(area: NDArray[np.int64], held: pd.DataFrame) -> pd.DataFrame:
    """The gap of each area by category."""
    categories = len(pyramid.CATEGORIES)
    summed = _summed(area * categories + held["category"].to_numpy(), held["gap"], 0)
    some = np.flatnonzero(summed)
    category = np.array(pyramid.CATEGORIES, dtype=object)[some % categories]
    return pd.DataFrame({"area": some // categories, "category": category, "gap": summed[some]})


def _by_division(connection: Connection, cells: pd.DataFrame, level: int) -> pd.DataFrame:
    """The gap of cells of areas by the division that holds the middle of each."""
    lon, lat = cell_centre(cells["x"] % (CELLS << level), cells["y"], level)
    adcodes = divisions.of_places(connection, lon.tolist(), lat.tolist())
    return cells[["area", "gap"]].assign(adcode=pd.array(adcodes, dtype=object))


def _outlines(
    cells: pd.DataFrame, areas: pd.Series[int], level: int
) -> dict[int, tuple[shapely.Geometry, Bbox]]:
    """The border around the cells of each area, and its box."""
    x, y, area = (cells[name].to_numpy() for name in ("x", "y", "area"))
    west, north = cell_centre(x % (CELLS << level) - 0.5, y - 0.5, level)
    east, south = cell_centre(x % (CELLS << level) + 0.5, y + 0.5, level)
    boxes = shapely.box(west, south, east, north)
    found: dict[int, tuple[shapely.Geometry, Bbox]] = {}
    for each in areas:
        own = area == each
        ends = west[own][x[own].argmin()], east[own][x[own].argmax()]
        box = (float(ends[0]), float(south[own].min()), float(ends[1]), float(north[own].max()))
        found[int(each)] = shapely.coverage_union_all(boxes[own]), box
    return found
