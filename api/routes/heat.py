"""Heat: the numbers cell by cell, and the picture of them as XYZ tiles."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api import caching
from api.dependencies import Box, OfSites, On, OnDay, Wanted, reading
from api.parameters import Straight, read_by
from api.tiles import MAX_ZOOM, check_tile
from geo.database import heat
from geo.domain.area import BBOX_FORM
from geo.domain.faults import fault
from geo.errors import Invalid, NotFound
from maps.cells import CELLS, bbox_extent, cell_centre, cell_of, cell_window
from maps.colours import Measure, Theme
from maps.heat import heat_png

# A picture of more cells than this has no use for the numbers of each.
MAX_CELLS_ACROSS = 256
# No zoom has rows of more digits.
_ROW = re.compile(r"([0-9]{1,7})(@2x)?")

router = APIRouter(route_class=Straight, tags=["heat"])


@router.get("/api/heat")
def cells(
    request: Request,
    response: Response,
    wanted: Wanted,
    box: Box,
    zoom: Annotated[int, Query(ge=0, le=MAX_ZOOM, description="Web map zoom.")],
    measure: Annotated[Measure, Query()] = "gap",
    on: On = None,
) -> dict[str, Any]:
    """The cells of a box (64 x 64 a tile) that hold sites, with their counts."""
    if box is None:
        raise fault(Invalid, "error.bbox.needed", field="bbox", form=BBOX_FORM)
    level = min(zoom, bbox_extent(box.edges, MAX_CELLS_ACROSS).level)
    x, y = cell_of([box.west, box.east], [box.north, box.south], level)
    around = CELLS << level
    # Across the antimeridian it goes on to the next turn, but never around to where it began.
    beyond = around if box.west > box.east else 0
    window = (int(x[0]), int(y[0]), min(int(x[1]) + 1 + beyond, int(x[0]) + around), int(y[1]) + 1)
    with reading(request, on) as connection:
        response.headers.update(caching.headers(request, connection))
        frame = heat.cells(connection, wanted, level, *window)
    frame["x"] %= around
    lon, lat = cell_centre(frame["x"], frame["y"], level)
    found: list[dict[Hashable, Any]] = frame.assign(lon=lon.round(6), lat=lat.round(6)).to_dict(
        "records"
    )
    return {"level": level, "measure": measure, "cells": found}


class _Picture(OfSites, OnDay):
    z: int = Field(ge=0, le=MAX_ZOOM)
    x: int
    y: str = Field(description="A row, or a row and @2x for a picture twice as fine.")
    measure: Measure = "gap"
    theme: Theme = Field("light", description="For a light or a dark map.")


@router.get("/tiles/heat/{z}/{x}/{y}.png", response_class=Response)
def tile(request: Request, asked: Annotated[_Picture, read_by(_Picture)]) -> Response:
    """Heat per km² with fixed breaks, transparent where nothing is; `{y}@2x` is twice as fine."""
    z, x, (row, scale) = asked.z, asked.x, _row(asked.y)
    check_tile(z, x, row)
    bandwidth_m = request.app.state.settings.heat_bandwidth_m
    window = cell_window(z, x, row, bandwidth_m)
    with reading(request, asked.on) as connection:
        caching.spare(request, connection)
        edges = (window.x0, window.y0, window.x1, window.y1)
        stamp, counts = heat.columns(
            connection, asked.sites(), window.level, *edges, [asked.measure]
        )
    headers = caching.headers_of(request, stamp)
    picture = heat_png(
        counts, z, x, row, asked.measure, scale, bandwidth_m=bandwidth_m, theme=asked.theme
    )
    return Response(picture, media_type="image/png", headers=headers)


def _row(text: str) -> tuple[int, int]:
    row = _ROW.fullmatch(text)
    if row is None:
        raise fault(NotFound, "error.tile.row", row=text)
    return int(row[1]), 2 if row[2] else 1
