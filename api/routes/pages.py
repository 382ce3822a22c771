"""What people open: the planner's page, the map to embed, documents to keep, and their assets."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from api.dependencies import AppSettings, Box, On, Reading, Wanted
from api.documents import MEDIA_TYPES, Format, document
from api.language import Lang, remember
from api.planner import address, oembed_link, planner
from api.rooted import route_path
from api.views import map_view
from geo.operations.database import today
from maps import assets, page
from maps.basemap import Basemap
from maps.view import A4, Size, View, view_of

_YEAR_S = 365 * 24 * 3600
Title = Annotated[str | None, Query(max_length=200, description="Title of the map.")]
Layer = Annotated[str | None, Query(max_length=40, description="What is shown first.")]

router = APIRouter(tags=["pages"])


@router.get("/", response_class=HTMLResponse)
def planners_page(
    request: Request,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    wanted: Wanted,
    on: On = None,
    layer: Layer = None,
    title: Title = None,
) -> Response:
    """The planner's page."""
    nonce = secrets.token_urlsafe(16)
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
    chosen = planner(request, connection, settings, wanted)
    response = HTMLResponse(
        page.planner_page(view, nonce, chosen),
        headers=policy(nonce, "'self'", view.basemap),
    )
    remember(request, response, language)
    return response


@router.get("/embed/{view}", response_class=HTMLResponse)
def embed(
    request: Request,
    view: View,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    wanted: Wanted,
    on: On = None,
    title: Title = None,
    layer: Layer = None,
) -> Response:
    """The map without the chrome, for an iframe."""
    nonce = secrets.token_urlsafe(16)
    shown = map_view(
        connection,
        settings,
        view,
        language,
        on=on or today(settings),
        wanted=wanted,
        title=title,
        layer=layer,
    )
    content = page.embed_page(shown, nonce, address(request), oembed_link(request))
    return HTMLResponse(content, headers=policy(nonce, settings.frame_ancestors, shown.basemap))


@router.get("/maps/{view}.{form}", response_class=Response)
def map_document(
    view: View,
    form: Format,
    connection: Reading,
    settings: AppSettings,
    language: Lang,
    wanted: Wanted,
    box: Box,
    on: On = None,
    title: Title = None,
    layer: Layer = None,
    width_mm: Annotated[float, Query(description="Of a figure.")] = A4.width_mm,
    height_mm: Annotated[float, Query(description="Of a figure.")] = A4.height_mm,
    dpi: Annotated[int, Query(description="Of a PNG.")] = A4.dpi,
) -> Response:
    """The map as a file: a page that works without a connection, or a figure.

    With `bbox` it shows that frame, else all that is wanted.
    """
    day: date = on or today(settings)
    content = document(
        connection,
        settings,
        view,
        form,
        language,
        on=day,
        wanted=wanted,
        title=title,
        layer=layer,
        frame=box.edges if box else None,
        size=Size(width_mm, height_mm, dpi),
    )
    name = f"antu-{view}-{day.isoformat()}.{form}"
    return Response(
        content,
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


@router.get("/static/{name}", include_in_schema=False)
@router.get("/vendor/{name:path}", include_in_schema=False)
def asset(request: Request) -> Response:
    """Scripts, styles and pictures of the page; kept by browsers where the address has a digest."""
    address = route_path(request)
    kept_s = _YEAR_S if "v" in request.query_params else 300
    return FileResponse(
        assets.asset(address),
        media_type=assets.media_type(address),
        headers={"Cache-Control": f"public, max-age={kept_s}"},
    )


def policy(nonce: str, ancestors: str, tiles: Basemap | None = None) -> dict[str, str]:
    """Only our own scripts and styles run; nothing is asked of another host but its tiles."""
    images = " ".join(["'self'", "data:", *(tiles.hosts if tiles else ())])
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'nonce-{nonce}' 'self'; style-src 'nonce-{nonce}' "
            f"'self'; img-src {images}; connect-src 'self'; frame-src 'self'; "
            f"base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language, Cookie",
    }
