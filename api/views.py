"""What a map shows: the frames of the database, put together for maps/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection

from geo.database import batches, divisions, heat, sites, state
from geo.database.summary import coverage_summary, sites_by_division
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.settings import Language, Settings
from maps.basemap import basemap
from maps.cells import Bbox, Floats, bbox_window, eastward, smallest_box, widened
from maps.view import SITES_BOUND, MapView, View

# A map in which more areas than this are drawn cannot be read; a coarser level is taken.
MAX_DIVISIONS = 400
# What lies far from all else (overseas territories) is not what a map opens on.
_SHARE_SEEN = 0.98
# A single site is shown with what is around it; a frame may be closer, but not a point.
_LEAST_M = 2_000.0
_LEAST_FRAME_M = 100.0
# A box in a division that is hardly larger says nothing of where it lies.
_LARGER = 1.8
_WORLD: Bbox = (-180.0, -60.0, 180.0, 75.0)


def map_view(
    connection: Connection,
    settings: Settings,
    view: View,
    language: Language,
    *,
    on: date,
    wanted: SiteFilter = EVERYTHING,
    title: str | None = None,
    layer: str | None = None,
    frame: Bbox | None = None,
) -> MapView:
    """Gather what a page asks the server about; `frame` is what it is to show first.

    Raises NotFound for an unknown division in the filter.
    """
    rows = coverage_rows(connection, wanted)
    drawn = _drawn(connection, rows)
    present = state.read(connection)
    return MapView(
        view=view,
        language=language,
        on=on,
        bbox=widened(frame, _LEAST_FRAME_M) if frame else _bbox(connection, drawn, wanted),
        framed=frame is not None,
        totals=totals(rows),
        divisions=drawn,
        outside=rows[-1],
        title=title,
        threshold=settings.own_union_threshold,
        bandwidth_m=settings.heat_bandwidth_m,
        illustrative=present.illustrative,
        sources=batches.sources(connection),
        data_as_of=present.changed_at.date(),
        layer=layer,
        basemap=basemap(settings),
        wanted=wanted,
        path=divisions.path(connection, wanted.division) if wanted.division else (),
    )


def with_content(
    connection: Connection, view: MapView, wanted: SiteFilter, cells_bbox: Bbox
) -> MapView:
    """The view with its sites, heat and surroundings, as a file or figure needs them."""
    window = bbox_window(cells_bbox, view.bandwidth_m)
    return replace(
        view,
        sites=None
        if view.site_count > SITES_BOUND
        else sites.frame(connection, wanted, limit=SITES_BOUND),
        cells=heat.cells(
            connection, wanted, window.level, window.x0, window.y0, window.x1, window.y1
        ),
        cells_bbox=cells_bbox,
        surroundings=_surroundings(connection, view.bbox),
    )


def _surroundings(connection: Connection, bbox: Bbox) -> gpd.GeoDataFrame | None:
    """The smallest division around a box that is clearly larger; None where there is none."""
    west, south, east, north = eastward(bbox)
    lon = (west + east) / 2
    holders = divisions.around(connection, lon - 360 if lon > 180 else lon, (south + north) / 2)
    size = holders.bounds
    wide = size["maxx"] - size["minx"] >= _LARGER * (east - west)
    high = size["maxy"] - size["miny"] >= _LARGER * (north - south)
    larger = holders[wide & high].head(1)
    return None if larger.empty else larger


def seen_first(connection: Connection, wanted: SiteFilter) -> Bbox:
    """West, south, east, north of what a map of the wanted sites opens on."""
    parts = divisions.boxes(connection, _drawn_level(connection, wanted), wanted.division)
    if wanted.division is None:
        counts = sites_by_division(connection, wanted, parts["adcode"].unique().tolist())
        parts = parts[parts["adcode"].isin(_holding(counts))]
    return _around(connection, parts[["west", "south", "east", "north"]].to_numpy(), wanted)


def _drawn(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    listed = [row for row in rows if row["adcode"] is not None]
    areas = divisions.areas(connection, [row["adcode"] for row in listed])
    return gpd.GeoDataFrame(
        areas.merge(pd.DataFrame(listed), on="adcode") if listed else areas, crs=4326
    )


def coverage_rows(connection: Connection, wanted: SiteFilter) -> list[dict[str, Any]]:
    """The coverage of the divisions to draw."""
    level = _drawn_level(connection, wanted)
    return coverage_summary(connection, wanted, level=level, parent=wanted.division)


def _drawn_level(connection: Connection, wanted: SiteFilter) -> str | None:
    """The level of the divisions below the wanted one, or the finest that fits; None: the top."""
    if wanted.division is not None:
        level = divisions.children_level(connection, wanted.division)
        return level or divisions.path(connection, wanted.division)[-1]["level"]
    return finest_level(connection)


def finest_level(connection: Connection) -> str | None:
    """The finest level of which a map can show every division; None where there is none."""
    fitting = [name for name, n in divisions.levels(connection).items() if n <= MAX_DIVISIONS]
    return fitting[-1] if fitting else None


def totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of everything: sums of the rows, and the rates of the sums."""
    summed: dict[str, Any] = {
        name: sum(row[name] for row in rows)
        for name, value in rows[-1].items()
        if isinstance(value, int)
    }
    covered = summed["sites_direct"] + summed["sites_secondary"]
    return summed | {
        "site_rate": covered / summed["sites"] if summed["sites"] else None,
        "worker_rate": summed["workers_covered"] / summed["workers"] if summed["workers"] else None,
    }


def _bbox(connection: Connection, drawn: gpd.GeoDataFrame, wanted: SiteFilter) -> Bbox:
    """What a map of the drawn divisions opens on."""
    if wanted.division is None and not drawn.empty:
        counts = drawn.set_index("adcode")["sites"]
        drawn = drawn[drawn["adcode"].isin(_holding(counts))]
    parts = shapely.get_parts(drawn.geometry.to_numpy())
    return _around(connection, shapely.bounds(parts).reshape(-1, 4), wanted)


def _holding(sites: pd.Series[int]) -> pd.Index[str]:
    """The divisions that hold nearly all sites; all where there are none."""
    ranked = sites.sort_values(ascending=False)
    before = ranked.cumsum() - ranked
    seen = ranked[(before < _SHARE_SEEN * ranked.sum()) & (ranked > 0)]
    return sites.index if seen.empty else seen.index


def _around(connection: Connection, boxes: Floats, wanted: SiteFilter) -> Bbox:
    """The box around the parts of divisions; without any, around the sites."""
    if len(boxes):
        return smallest_box(boxes)
    return widened(sites.extent(connection, wanted) or _WORLD, _LEAST_M)
