"""GET /api/hexagons: counts by hexagon, for the map."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import caching
from api.dependencies import Box, On, Wanted, reading
from api.tiles import MAX_ZOOM
from geo.database import heat
from geo.domain.area import BBOX_FORM
from geo.domain.faults import fault
from geo.errors import Invalid
from maps import payload
from maps.hexagons import hexagon_extent, hexagon_window, hexagons

router = APIRouter(prefix="/api", tags=["heat"])


@router.get("/hexagons")
def counts(
    request: Request,
    response: Response,
    wanted: Wanted,
    box: Box,
    zoom: Annotated[int, Query(ge=0, le=MAX_ZOOM, description="Web map zoom.")],
    on: On = None,
) -> dict[str, Any]:
    """The hexagons that touch a box and hold sites, by columns; larger ones for a wide box.

    At a level the earth is 6 * 2^level hexagons around. The middle of one lies i half widths east
    of 180° W, and j rows (0.866 widths) south of 85.0511° N, in Web Mercator.
    """
    if box is None:
        raise fault(Invalid, "error.bbox.needed", field="bbox", form=BBOX_FORM)
    extent = hexagon_extent(box.edges, zoom)
    window = hexagon_window(extent)
    with reading(request, on) as connection:
        response.headers.update(caching.headers(request, connection))
        cells = heat.cells(
            connection, wanted, window.level, window.x0, window.y0, window.x1, window.y1
        )
    return payload.hexagons(hexagons(cells, extent), extent)
