"""Frames as a file that a browser saves: written whole, batch by batch, then sent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from geo.domain.crs import WGS84
from geo.ingest.write import write

MEDIA = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".fgb": "application/flatgeobuf",
    ".parquet": "application/vnd.apache.parquet",
}


def attachment(
    name: str, frames: gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame], *, crs: str = WGS84
) -> FileResponse:
    """Frames in the format of the name's suffix; an error while they are read is still an answer.

    Memory stays bounded: the file is made in a folder of its own, which goes once it is sent.
    """
    folder = Path(tempfile.mkdtemp(prefix="antu-"))
    try:
        write(frames, folder / name, crs=crs)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        folder / name,
        media_type=MEDIA[Path(name).suffix],
        filename=name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )
