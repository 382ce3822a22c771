"""What people take along of a panel: its figures of coverage, and its list of what is nearby."""

from __future__ import annotations

import json
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from shapely.geometry import shape

from api.attachments import attachment
from api.dependencies import AppSettings, Box, On, Reading, Wanted
from api.language import Lang
from api.routes import hotspots
from api.routes import nearby as nearest
from api.views import coverage_rows
from geo.database import directory
from geo.domain.crs import SRID
from geo.operations.database import today
from maps.gpx import gpx

router = APIRouter(prefix="/downloads", tags=["downloads"])

# The columns of each list, for those who find nothing in it too.
_CATEGORIES = [
    *("category", "sites", "sites_direct", "sites_secondary", "sites_none"),
    *("sites_unknown_workers", "workers", "gap"),
]
_HOTSPOTS = [
    *("rank", "gap", "sites", "cells", "area_km2", "peak"),
    *("category", "adcode", "name", "name_en", "geometry"),
]
_NEARBY = [
    *("id", "name", "category", "grade", "workers", "migrant_workers", "members", "coverage"),
    *("covered_by", "needs_own_union", "gap", "adcode", "address", "distance_m", "bearing_deg"),
]


@router.get("/coverage.csv", response_class=FileResponse)
def coverage_file(
    connection: Reading, settings: AppSettings, wanted: Wanted, on: On = None
) -> Response:
    """The coverage of the divisions below the wanted one, and of what lies outside."""
    frame = pd.DataFrame(coverage_rows(connection, wanted))
    return attachment(f"antu-coverage-{on or today(settings)}.csv", frame)


@router.get("/categories.csv", response_class=FileResponse)
def categories_file(
    connection: Reading, settings: AppSettings, wanted: Wanted, on: On = None
) -> Response:
    """The coverage of each category."""
    frame = pd.DataFrame(directory.categories(connection, wanted), columns=_CATEGORIES)
    return attachment(f"antu-categories-{on or today(settings)}.csv", frame)


@router.get("/hotspots.{form}", response_class=FileResponse)
def hotspots_file(
    connection: Reading,
    settings: AppSettings,
    wanted: Wanted,
    box: Box,
    form: Literal["csv", "geojson"],
    density: hotspots.AtLeast = hotspots.DENSE,
    on: On = None,
) -> Response:
    """The ranked areas that the panel lists."""
    found = hotspots.areas(connection, settings, wanted, box, density, hotspots.MOST)
    frame = gpd.GeoDataFrame.from_features(found["features"], crs=SRID, columns=_HOTSPOTS)
    return attachment(f"antu-hotspots-{on or today(settings)}.{form}", frame)


@router.get("/nearby.{form}", response_class=Response)
def nearby_file(
    request: Request,
    settings: AppSettings,
    language: Lang,
    asked: nearest.Asked,
    form: Literal["csv", "gpx"],
) -> Response:
    """The sites nearest to a point, nearest first, as a table or as way points."""
    answer = nearest.nearby(request, asked)
    features: list[dict[str, Any]] = json.loads(bytes(answer.body))["features"]
    name = f"antu-nearby-{asked.on or today(settings)}.{form}"
    if form == "csv":
        rows = [{"id": each["id"]} | each["properties"] for each in features]
        shapes = [shape(each["geometry"]) for each in features]
        return attachment(name, gpd.GeoDataFrame(rows, geometry=shapes, crs=SRID, columns=_NEARBY))
    return Response(
        gpx(features, language),
        media_type="application/gpx+xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
