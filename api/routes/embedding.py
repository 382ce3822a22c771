"""GET /oembed: how to put a map of Antu into a page, for those who only have its address."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Query, Request

from api.language import Lang
from api.rooted import root_path
from geo.domain.faults import fault
from geo.domain.words import LANGUAGES, word
from geo.errors import NotFound
from maps.address import Address
from maps.view import LAYERS, OWN_LAYER, VIEWS, View, title_key, view_of

WIDTH, HEIGHT = 800, 560
LEAST_WIDTH, LEAST_HEIGHT = 320, 320

router = APIRouter(tags=["pages"])


@router.get("/oembed")
def oembed(
    request: Request,
    language: Lang,
    url: Annotated[str, Query(max_length=4000, description="Address of a page or an embed.")],
    maxwidth: Annotated[int | None, Query(ge=1)] = None,
    maxheight: Annotated[int | None, Query(ge=1)] = None,
    _form: Annotated[Literal["json"], Query(alias="format")] = "json",
) -> dict[str, Any]:
    """A rich oEmbed 1.0 answer; NotFound for an address that is not a map of this server."""
    asked = urlsplit(url)
    if asked.netloc and asked.netloc != request.url.netloc:
        raise fault(NotFound, "error.address", url=url)
    root = root_path(request)
    state = Address.of(parse_qsl(asked.query), root).changed(tab=None, site=None, at=None)
    view = _view(asked.path.removeprefix(root), state)
    lang = next((known for known in LANGUAGES if known == state.get("lang")), language)
    layer = state.get("layer")
    shown = layer if layer in LAYERS else OWN_LAYER[view]
    title = state.get("title") or word(title_key(shown), lang)
    width = max(LEAST_WIDTH, min(WIDTH, maxwidth or WIDTH))
    height = max(LEAST_HEIGHT, min(HEIGHT, maxheight or HEIGHT))
    source = f"{request.url.scheme}://{request.url.netloc}" + state.at(f"/embed/{view}")
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": word("app.name", lang),
        "provider_url": str(request.base_url),
        "title": title,
        "width": width,
        "height": height,
        "html": f'<iframe src="{escape(source)}" width="{width}" height="{height}" '
        f'title="{escape(title)}" loading="lazy"></iframe>',
    }


def _view(path: str, state: Address) -> View:
    if path in ("", "/"):
        return view_of(state.get("layer") or None)
    for view in VIEWS:
        if path == f"/embed/{view}":
            return view
    raise fault(NotFound, "error.map", path=path)
