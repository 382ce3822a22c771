"""Vector tiles (MVT) of sites, divisions, territories. Nothing is cut: too much is counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from geo.database import blocks, heat
from geo.database.divisions import check_level
from geo.database.engine import fetch_one
from geo.database.schema import division
from geo.domain.area import BoundingBox
from geo.domain.site import Category
from geo.domain.site_filter import SiteFilter

EXTENT = 4096
# A tile of more sites than this shows cells with their counts.
MAX_SITES = 3000
# Cells are 32 px wide on a map of 256 px tiles.
_CELL_LEVELS = 3
# What a tile draws beyond its edge, as a share of its width; as much as ST_AsMVTGeom keeps, and
# whole units of the grid of corners.
_RIM = 64 / EXTENT
_WORLD_M = 2 * math.pi * 6378137.0
# Corners are kept to half a pixel.
_UNITS = 512
# Divisions narrower than this on average, in px, give way to the level above.
_NARROW_PX = 24


def sites(connection: Connection, wanted: SiteFilter, z: int, x: int, y: int) -> bytes:
    """The sites of a tile: layers `sites` and `outlines`, or, where they are many, `cells`.

    Each site is counted in exactly one tile of a zoom. See queries/tile_sites.sql, tile_cells.sql.
    """
    level = max(0, z - _CELL_LEVELS)
    across = blocks.TILE >> (z - level)
    window = (x * across, y * across, (x + 1) * across, (y + 1) * across)
    values = heat.values(wanted, level, *window) | {"width": EXTENT / across}
    count, cells = fetch_one(connection, "tile_cells", values)
    if count > MAX_SITES:
        return bytes(cells)
    box = _tile_box(z, x, y, _RIM)
    place = {"z": z, "x": x, "y": y, "world": 1 << z, "clip": box.as_values()["box"]}
    (tile,) = fetch_one(connection, "tile_sites", wanted.as_values() | _reach(box) | place)
    return bytes(tile)


def divisions(connection: Connection, z: int, x: int, y: int, level: str | None = None) -> bytes:
    """The divisions of a level; without one, of the finest that can be told apart at the zoom.

    What is smaller than a pixel may belong to a neighbour. Raises Invalid for an unknown level.
    """
    if level is None:
        level = level_at(connection, z)
    else:
        check_level(connection, level)
    (tile,) = fetch_one(connection, "tile_divisions", _shapes(z, x, y) | {"level": level})
    return bytes(tile)


def territories(
    connection: Connection, on: date, z: int, x: int, y: int, categories: Sequence[Category] = ()
) -> bytes:
    """The territories of the federations that are active on a date."""
    asked = {"level": None, "on": on, "categories": list(categories) or None}
    values = _shapes(z, x, y) | asked
    (tile,) = fetch_one(connection, "tile_territories", values)
    return bytes(tile)


def level_at(connection: Connection, z: int) -> str:
    """The finest level of divisions that can be told apart at a zoom; "" where there are none."""
    width_m = sa.func.sqrt(sa.func.avg(division.c.area_m2))
    rows = connection.execute(
        sa.select(division.c.level, width_m).group_by(division.c.level).order_by(width_m.desc())
    ).all()
    metres_per_px = _WORLD_M / (256 << z)
    fitting = [level for level, width in rows if width >= _NARROW_PX * metres_per_px]
    coarsest = [level for level, _ in rows[:1]]
    return str((fitting or coarsest or [""])[-1])


def _shapes(z: int, x: int, y: int) -> dict[str, object]:
    """The binds of queries/tile_shape.sql, but for what is drawn."""
    side = _WORLD_M / (1 << z)
    return {
        "clip": _tile_box(z, x, y, _RIM).as_values()["box"],
        "west": x * side - _WORLD_M / 2,
        "north": _WORLD_M / 2 - y * side,
        "unit": side / _UNITS,
        "fine": EXTENT / _UNITS,
    }


def _tile_box(z: int, x: int, y: int, rim: float) -> BoundingBox:
    """A tile and a rim around it, inside the map."""
    west, east = ((each / (1 << z)) * 360 - 180 for each in (x - rim, x + 1 + rim))
    south, north = (_latitude(min(max(each / (1 << z), 0), 1)) for each in (y + 1 + rim, y - rim))
    return BoundingBox(max(west, -180.0), south, min(east, 180.0), north)


def _reach(box: BoundingBox) -> dict[str, str]:
    """The box; at the upper and lower edge of the map up to the poles, whose sites count there."""
    edge = _latitude(0)
    return BoundingBox(
        box.west,
        -90.0 if box.south <= -edge else box.south,
        box.east,
        90.0 if box.north >= edge else box.north,
    ).as_reach()


def _latitude(share: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))
