"""A map as a document: a self-contained page, or a figure."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from sqlalchemy import Connection

from api.views import map_view, with_content
from geo.domain.faults import fault
from geo.domain.site_filter import SiteFilter
from geo.errors import Invalid
from geo.settings import Language, Settings
from maps import page
from maps.cells import Bbox, reached
from maps.view import A4, LAYERS, Size, View

Format = Literal["html", "png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES: dict[Format, str] = {
    "html": "text/html; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}


def document(
    connection: Connection,
    settings: Settings,
    view: View,
    form: Format,
    language: Language,
    *,
    on: date,
    wanted: SiteFilter,
    title: str | None = None,
    layer: str | None = None,
    frame: Bbox | None = None,
    size: Size = A4,
) -> bytes:
    """The bytes of a file that says all by itself: map, legend, scale, date, source and method.

    `frame` is what it shows, instead of all; `size` is that of a figure. Raises Invalid for a layer
    that there is not.
    """
    if layer is not None and layer not in LAYERS:
        known = ", ".join(LAYERS)
        raise fault(Invalid, "error.map.layer", field="layer", layer=layer, known=known)
    shown = map_view(
        connection,
        settings,
        view,
        language,
        on=on,
        wanted=wanted,
        title=title,
        layer=layer,
        frame=frame,
    )
    if form == "html":
        whole = with_content(connection, shown, wanted, reached(shown.bbox, shown.bandwidth_m))
        return page.document(whole).encode()
    # matplotlib takes a second to import, and most servers draw no figure.
    from maps.figure import check, figure, seen

    check(size)
    whole = with_content(connection, shown, wanted, seen(shown, size))
    return figure(whole, form, size)
