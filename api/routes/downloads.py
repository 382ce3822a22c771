"""What people take along: exactly the sites that are filtered, coverage, and what is nearby."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from shapely.geometry import shape
from starlette.background import BackgroundTask

from api.dependencies import AppDatabase, AppSettings, On, Point, Reading, Wanted
from api.language import Lang
from api.routes.nearby import MAX_K
from api.routes.nearby import nearby as nearest
from api.views import coverage_rows
from geo.database import sites
from geo.domain.crs import SRID
from geo.ingest.write import write
from geo.operations.database import today
from maps.gpx import gpx

Form = Literal["xlsx", "csv", "geojson"]

_MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
}

router = APIRouter(prefix="/downloads", tags=["downloads"])


@router.get("/sites.{form}", response_class=FileResponse)
def sites_file(
    connection: Reading, settings: AppSettings, wanted: Wanted, form: Form, on: On = None
) -> Response:
    """The sites that pass the filters, all of them, with every field; the file loads again."""
    name = f"antu-sites-{_day(on or today(settings))}.{form}"
    return _file(name, sites.export(connection, wanted))


@router.get("/coverage.csv", response_class=FileResponse)
def coverage_file(
    connection: Reading, settings: AppSettings, wanted: Wanted, on: On = None
) -> Response:
    """The coverage of the divisions below the wanted one, and of what lies outside."""
    frame = pd.DataFrame(coverage_rows(connection, wanted))
    return _file(f"antu-coverage-{_day(on or today(settings))}.csv", frame)


@router.get("/nearby.{form}", response_class=Response)
def nearby_file(
    database: AppDatabase,
    settings: AppSettings,
    language: Lang,
    point: Point,
    wanted: Wanted,
    form: Literal["csv", "gpx"],
    k: Annotated[int, Query(ge=1, le=MAX_K)] = 20,
    on: On = None,
) -> Response:
    """The sites nearest to a point, nearest first, as a table or as way points."""
    answer = nearest(database, point, wanted, k)
    features: list[dict[str, Any]] = json.loads(bytes(answer.body))["features"]
    name = f"antu-nearby-{_day(on or today(settings))}.{form}"
    if form == "csv":
        rows = [{"id": each["id"]} | each["properties"] for each in features]
        shapes = [shape(each["geometry"]) for each in features]
        return _file(name, gpd.GeoDataFrame(rows, geometry=shapes, crs=SRID))
    return Response(
        gpx(features, language),
        media_type="application/gpx+xml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _file(name: str, frames: Any) -> FileResponse:
    folder = Path(tempfile.mkdtemp(prefix="antu-"))
    write(frames, folder / name)
    return FileResponse(
        folder / name,
        media_type=_MEDIA[Path(name).suffix],
        filename=name,
        background=BackgroundTask(shutil.rmtree, folder),
    )


def _day(on: date) -> str:
    return on.isoformat()
