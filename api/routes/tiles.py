"""Vector tiles, and what a map needs to know to use them (TileJSON)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from api import caching
from api.dependencies import AppSettings, OfSites, On, OnDay, Wanted, reading
from api.parameters import read_by
from api.rooted import root_path
from api.tiles import MAX_ZOOM, Zoom, check_tile
from geo.database import tiles
from geo.operations.database import today

MVT = "application/vnd.mapbox-vector-tile"

router = APIRouter(prefix="/tiles", tags=["tiles"])

Layer = Literal["sites", "divisions", "territories"]

_COUNTS = dict.fromkeys(("sites", "workers", "gap", "sites_unknown_workers"), "Number")
_SITE = dict.fromkeys(("id", "name", "category", "grade", "coverage", "adcode"), "String")
_FIELDS: dict[Layer, dict[str, dict[str, str]]] = {
    "sites": {
        "sites": _SITE
        | {"workers": "Number", "members": "Number", "gap": "Number", "needs_own_union": "Boolean"},
        "outlines": dict.fromkeys(("id", "category", "coverage"), "String"),
        "cells": _COUNTS,
    },
    "divisions": {
        "divisions": dict.fromkeys(("adcode", "name", "name_en", "level", "parent"), "String")
    },
    "territories": {
        "territories": dict.fromkeys(("id", "name", "kind", "categories"), "String")
        | {"members": "Number", "exemplar": "Boolean"}
    },
}


@router.get("/sites/{z}/{x}/{y}.mvt", response_class=Response)
def sites(request: Request, wanted: Wanted, z: Zoom, x: int, y: int, on: On = None) -> Response:
    """Every site of a tile (layers `sites`, `outlines`), or cells with their counts (`cells`)."""
    check_tile(z, x, y)
    with reading(request, on) as connection:
        headers = caching.headers(request, connection)
        tile = tiles.sites(connection, wanted, z, x, y)
    return Response(tile, media_type=MVT, headers=headers)


@router.get("/divisions/{z}/{x}/{y}.mvt", response_class=Response)
def divisions(
    request: Request,
    z: Zoom,
    x: int,
    y: int,
    level: Annotated[str | None, Query(description="Without it, what suits the zoom.")] = None,
    on: On = None,
) -> Response:
    """The divisions of a level, simpler from afar."""
    check_tile(z, x, y)
    with reading(request, on) as connection:
        headers = caching.headers(request, connection)
        tile = tiles.divisions(connection, z, x, y, level)
    return Response(tile, media_type=MVT, headers=headers)


@router.get("/territories/{z}/{x}/{y}.mvt", response_class=Response)
def territories(
    request: Request,
    settings: AppSettings,
    wanted: Wanted,
    z: Zoom,
    x: int,
    y: int,
    on: On = None,
) -> Response:
    """The territories of active federations, simpler from afar; `category`: those that take it."""
    check_tile(z, x, y)
    with reading(request, on) as connection:
        headers = caching.headers(request, connection)
        day = on or today(settings)
        tile = tiles.territories(connection, day, z, x, y, wanted.categories)
    return Response(tile, media_type=MVT, headers=headers)


class _OfTiles(OfSites, OnDay):
    """What a map asks of every tile: said to be wrong before it does."""


@router.get("/{layer}.json")
def tilejson(
    request: Request,
    layer: Literal[Layer, "heat"],
    _asked: Annotated[_OfTiles, read_by(_OfTiles)],
) -> dict[str, Any]:
    """TileJSON 3.0 of a layer; what is asked of it (filters, date) is asked of its tiles."""
    form, root = "png" if layer == "heat" else "mvt", root_path(request)
    address = str(request.url.replace(path=f"{root}/tiles/{layer}/ZXY.{form}", fragment=""))
    description: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": f"Antu: {layer}",
        "scheme": "xyz",
        "tiles": [address.replace("ZXY", "{z}/{x}/{y}", 1)],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": [-180, -85.0511287798066, 180, 85.0511287798066],
    }
    if layer != "heat":
        fields = _FIELDS[layer].items()
        description["vector_layers"] = [{"id": name, "fields": each} for name, each in fields]
    return description
