"""GET /api/export: the directory as a file that loads again, in any format that Antu writes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.dependencies import Reading, Wanted
from geo.domain.crs import parse_crs
from geo.domain.kind import Kind
from geo.ingest.write import write
from geo.operations.exporting import frames

Form = Literal["csv", "xlsx", "geojson", "gpkg", "fgb", "parquet"]

_MEDIA: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "fgb": "application/octet-stream",
    "parquet": "application/vnd.apache.parquet",
}

router = APIRouter(prefix="/api", tags=["exports"])


@router.get("/export/{kind}.{form}", response_class=FileResponse)
def export(
    connection: Reading,
    wanted: Wanted,
    kind: Kind,
    form: Form,
    crs: Annotated[str, Query(description="wgs84, gcj02, bd09 or an EPSG code.")] = "wgs84",
) -> FileResponse:
    """Divisions, unions, or the sites that pass the filters, with every field of a file.

    Written batch by batch into a file of its own, and sent from there: memory stays bounded.
    """
    frame = parse_crs(crs)
    folder = Path(tempfile.mkdtemp(prefix="antu-"))
    try:
        path = folder / f"antu-{kind}.{form}"
        write(frames(connection, kind, wanted), path, crs=frame)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=_MEDIA[form],
        filename=path.name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
