"""GET /api/export: the directory as a file that loads again, in any format that Antu writes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from api.attachments import attachment
from api.dependencies import AppSettings, Box, On, Wanted, snapshot
from geo.domain.kind import Kind
from geo.operations.database import today
from geo.operations.exporting import frames

Form = Literal["csv", "xlsx", "geojson", "gpkg", "fgb", "parquet"]

router = APIRouter(prefix="/api", tags=["exports"])


@router.get("/export/{kind}.{form}", response_class=FileResponse)
def export(
    request: Request,
    settings: AppSettings,
    wanted: Wanted,
    box: Box,
    kind: Kind,
    form: Form,
    crs: Annotated[str, Query(description="wgs84, gcj02, bd09 or an EPSG code.")] = "wgs84",
    on: On = None,
) -> FileResponse:
    """Divisions, unions, or the sites that pass the filters, with every field of a file."""
    name = f"antu-{kind}-{on or today(settings)}.{form}"
    with snapshot(request, on) as connection:
        return attachment(name, frames(connection, kind, wanted, box), crs=crs)
