"""Frames as a file that a browser saves: written whole, batch by batch, then sent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

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
    return _MadeForOne(folder / name, media_type=MEDIA[Path(name).suffix], filename=name)


class _MadeForOne(FileResponse):
    """A file that goes with its folder, however the sending ends.

    No part of it is sent alone: who asks for the rest would get that of another file.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        self.headers["Accept-Ranges"] = "none"
        try:
            await super().__call__({**scope, "headers": headers}, receive, send)
        finally:
            shutil.rmtree(Path(self.path).parent, ignore_errors=True)
