"""What the scripts of a page get: divisions, sites and cells as JSON that is small and inert."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from geo.domain.words import words
from geo.settings import Language
from maps.cells import Extent, bbox_extent
from maps.hexagons import hexagon_extent, width_m
from maps.hexagons import hexagons as made_of
from maps.view import MapView, plain

# At most so many vertices of boundaries go into a page.
VERTICES = 20_000
# At most so many cells go into a file.
CELLS_BOUND = 20_000
_DIGITS = 5

_FIGURES = (
    "adcode",
    "name",
    "name_en",
    "sites",
    "sites_direct",
    "sites_secondary",
    "sites_unknown_workers",
    "workers",
    "workers_covered",
    "gap",
    "site_rate",
    "worker_rate",
)
_SITE_COLUMNS = (
    "id",
    "name",
    "category",
    "grade",
    "workers",
    "members",
    "coverage",
    "needs_own_union",
    "gap",
    "adcode",
)
# Few different values: written once, and then pointed at.
_REPEATED = ("category", "grade", "coverage", "adcode")
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def json_text(value: Any) -> Markup:
    """JSON that is safe inside a script element, whatever names it holds."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - nothing in it can end the element


def phrases(lang: Language, spoken: tuple[str, ...]) -> dict[str, str]:
    """The phrases that scripts speak: those named, and those of the rooms named, by key."""
    rooms = tuple(f"{each}." for each in spoken)
    return {
        key: phrase
        for key, phrase in words(lang).items()
        if f"{key.partition('=')[0]}.".startswith(rooms)
    }


def divisions(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """A GeoJSON FeatureCollection with the figures, and where to write the name."""
    frame = simplified(frame[frame.geometry.notna()])
    labels = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    columns = [name for name in _FIGURES if name in frame]
    features = []
    for row, geometry, label in zip(
        frame[columns].to_dict("records"), frame.geometry, labels, strict=True
    ):
        properties: dict[str, Any] = {str(name): plain(value) for name, value in row.items()}
        properties["label"] = [round(float(each), _DIGITS) for each in label]
        rounded = shapely.transform(geometry, lambda xy: np.round(xy, _DIGITS))
        features.append(
            {
                "type": "Feature",
                "geometry": json.loads(shapely.to_geojson(rounded)),
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def simplified(frame: gpd.GeoDataFrame, vertices: int = VERTICES) -> gpd.GeoDataFrame:
    """Boundaries with at most about so many vertices; neighbours still touch."""
    if shapely.get_num_coordinates(frame.geometry.to_numpy()).sum() <= vertices:
        return frame
    west, south, east, north = frame.total_bounds
    squeeze = max(0.1, float(np.cos(np.radians((south + north) / 2))))
    metric = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy * [squeeze, 1])
    tolerance = max(east - west, north - south) / 8000
    thin = metric
    while shapely.get_num_coordinates(thin).sum() > vertices and tolerance < 1:
        thin = shapely.coverage_simplify(metric, tolerance)
        tolerance *= 1.5
    return frame.set_geometry(
        gpd.GeoSeries(
            shapely.transform(thin, lambda xy: xy / [squeeze, 1]), index=frame.index, crs=frame.crs
        )
    )


def sites(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """Sites by columns, with `lon`, `lat` of a point in each and `outlines` of areas and lines.

    An outline is a list of parts, a part is x, y and then steps, in units of 1e-5 degrees.
    """
    located = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    points = shapely.get_coordinates(shapely.point_on_surface(located.geometry.to_numpy()))
    columns: dict[str, Any] = {
        name: [plain(value) for value in located[name]] for name in _SITE_COLUMNS
    }
    for name in _REPEATED:
        values = sorted({value for value in columns[name] if value is not None})
        place = {value: index for index, value in enumerate(values)} | {None: -1}
        columns[name] = {"values": values, "at": [place[value] for value in columns[name]]}
    return {
        "count": len(located),
        "columns": columns,
        "lon": [round(float(x), _DIGITS) for x, _ in points],
        "lat": [round(float(y), _DIGITS) for _, y in points],
        "outlines": {
            str(index): _outline(geometry)
            for index, geometry in enumerate(located.geometry)
            if geometry.geom_type != "Point"
        },
    }


def _outline(geometry: shapely.Geometry) -> list[list[int]]:
    lines = shapely.boundary(geometry) if shapely.get_dimensions(geometry) == 2 else geometry
    parts = []
    for part in shapely.get_parts(lines):
        units = np.round(shapely.get_coordinates(part) * 10**_DIGITS).astype(np.int64)
        steps = np.vstack([units[:1], np.diff(units, axis=0)])
        parts.append([int(each) for each in steps.ravel()])
    return parts


def cells(view: MapView) -> dict[str, Any] | None:
    """The cells of a view by columns, at the finest level at which a file can hold them."""
    if view.cells is None:
        return None
    level = bbox_extent(view.ground).level
    frame = pd.DataFrame(view.cells)[["x", "y", "sites", "workers", "gap"]]
    while len(frame) > CELLS_BOUND:
        level -= 1
        frame = frame.assign(x=frame["x"] // 2, y=frame["y"] // 2)
        frame = frame.groupby(["x", "y"], as_index=False).sum()
    columns = {str(name): [plain(value) for value in frame[name]] for name in frame}
    return {"level": level, **columns}


def hexagons(frame: pd.DataFrame, extent: Extent) -> dict[str, Any]:
    """Hexagons by columns, with their level and how wide they are in the middle of the extent."""
    rounded = frame.assign(area_km2=frame["area_km2"].map(lambda area: float(f"{area:.5g}")))
    return {
        "level": extent.level,
        "width_m": round(width_m(extent), 1),
        **{str(name): [plain(value) for value in rounded[name]] for name in rounded},
    }


def file_hexagons(view: MapView) -> list[dict[str, Any]]:
    """The hexagons of a file: those that the page would open on, and any finer ones."""
    if view.cells is None:
        return []
    finest = bbox_extent(view.ground)
    first = hexagon_extent(view.ground, finest.level)
    levels = {extent.level: extent for extent in (first, finest)}
    return [
        hexagons(made_of(view.cells, extent, finest.level - level), extent)
        for level, extent in levels.items()
    ]
