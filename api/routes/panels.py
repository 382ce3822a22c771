"""The panels of the planner's page as fragments of HTML, made on the server for one state."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.cursor import cursor, not_a_place, place_of
from api.dependencies import AppSettings, Box, On, Reading, Wanted
from api.language import Lang
from api.planner import address, planner
from api.routes import hotspots
from api.routes.pages import Layer, Title
from api.routes.sites import MAX_COUNT
from api.views import map_view
from geo.database import directory, divisions, sites
from geo.database.directory import Order
from geo.operations.database import today
from maps import page, panels
from maps.view import view_of

PAGE_ROWS = 50
# So many of the sites with the largest gaps may give their names to hotspots.
LANDMARKS = 500

router = APIRouter(prefix="/panels", include_in_schema=False, default_response_class=HTMLResponse)

Sort = Annotated[str, Query(pattern="^-?(name|workers|gap)$")]


@router.get("/frame")
def frame(
    request: Request,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    wanted: Wanted,
    on: On = None,
    layer: Layer = None,
    title: Title = None,
) -> str:
    """What changes with filters, division and date: breadcrumb, overview, legend, divisions."""
    view = map_view(
        connection,
        settings,
        view_of(layer),
        language,
        on=on or today(settings),
        wanted=wanted,
        title=title,
        layer=layer,
    )
    return page.frame(view, planner(request, connection, settings, wanted))


@router.get("/sites")
def listing(
    request: Request,
    connection: Reading,
    language: Lang,
    wanted: Wanted,
    box: Box,
    sort: Sort = "-gap",
    after: Annotated[str | None, Query()] = None,
) -> str:
    """A page of the sites that pass; the first with its heading, count and downloads."""
    order = Order(sort.lstrip("-"), descending=sort.startswith("-"))  # type: ignore[arg-type]
    found = directory.listing(
        connection, wanted, order, box=box, after=_after(after, order), limit=PAGE_ROWS
    )
    count = None
    if after is None:
        count = len(found.rows)
        if found.after is not None:
            count = sites.count(connection, wanted, box=box, most=MAX_COUNT)
    return panels.sites(
        language,
        address(request),
        found.rows,
        sort=sort,
        count=count,
        counted=MAX_COUNT,
        after=None if found.after is None else cursor(found.after),
        box=request.query_params.get("bbox"),
        divisions=divisions.called(connection, wanted.search) if wanted.search else (),
    )


@router.get("/hotspots")
def hotspot_areas(
    request: Request,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    wanted: Wanted,
    box: Box,
    density: hotspots.AtLeast = hotspots.DENSE,
) -> str:
    """The ranked areas of the division, or of the box that the map shows."""
    found = hotspots.areas(connection, settings, wanted, box, density, hotspots.MOST)
    largest = directory.listing(connection, wanted, Order("gap"), limit=LANDMARKS)
    return panels.hotspots(
        language,
        address(request),
        found["features"],
        method=found["method"],
        count=found["count"],
        gap=found["gap"],
        gap_in_box=found["gap_in_box"],
        box=request.query_params.get("bbox"),
        usual_density=hotspots.DENSE,
        largest=largest.rows,
    )


@router.get("/sites/{site_id:path}")
def site(
    request: Request,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    site_id: str,
    on: On = None,
) -> str:
    """One site with all that is known of it."""
    feature = json.loads(sites.detail(connection, site_id))
    return panels.site(
        language,
        address(request),
        feature,
        on=on or today(settings),
        threshold=settings.own_union_threshold,
    )


def _after(text: str | None, order: Order) -> tuple[str | int | None, str] | None:
    if text is None:
        return None
    kind = str if order.column == "name" else int
    match place_of(text):
        case [value, str(site_id)] if (
            type(value) in (kind, type(None)) and "\x00" not in f"{value}{site_id}"
        ):
            return value, site_id
    raise not_a_place()
