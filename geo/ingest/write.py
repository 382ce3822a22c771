"""Frames to files, batch by batch; what is written here loads again without a difference."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import shapely

from geo.domain.crs import (
    BD09,
    GCJ02,
    WGS84,
    geometries_from_wgs84,
    is_geographic,
    parse_crs,
    stated_crs,
)
from geo.ingest import delimited, layers, parquet, spreadsheet
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import GEOMETRY
from geo.ingest.shapes import DECIMALS, not_finite
from geo.ingest.sniff import Format
from geo.ingest.spreadsheet import CONTINUED

EXPORTS = {
    ".csv": Format.CSV,
    ".xlsx": Format.XLSX,
    ".geojson": Format.GEOJSON,
    ".json": Format.GEOJSON,
    ".geojsonl": Format.GEOJSONSEQ,
    ".gpkg": Format.GEOPACKAGE,
    ".fgb": Format.FLATGEOBUF,
    ".parquet": Format.PARQUET,
}
# A Shapefile cuts names and cannot mix points and areas: refused rows go back into one, no export.
SUFFIXES = EXPORTS | {".zip": Format.SHAPEFILE}
BATCH_ROWS = 50_000
# What is kept, and as much again as the way from another frame back to it needs.
_WKT_DECIMALS = DECIMALS + 3

# Their type is not told by a batch in which values are unknown.
_INTEGERS = {"workers", "migrant_workers", "members", "gap"}
_DATES = {"started_on", "ended_on", "founded_on", "dissolved_on"}
_FLAGS = {"exemplar", "needs_own_union"}


def format_for(path: Path) -> Format:
    """The format that the suffix of a file to be written asks for; raises Invalid for others."""
    try:
        return EXPORTS[path.suffix.lower()]
    except KeyError:
        known, asked = ", ".join(EXPORTS), path.suffix or path.name
        raise FileInvalid("file.suffix", field="format", value=asked, known=known) from None


def write(
    frames: gpd.GeoDataFrame | Iterable[gpd.GeoDataFrame],
    path: Path,
    format_: Format | None = None,
    *,
    crs: str = WGS84,
) -> int:
    """Write canonical frames (EPSG:4326) to a file, in another CRS if asked; returns the rows.

    All frames have the columns of the first, of which there must be one; the first column names
    the rows. The file appears whole or not at all. It states its CRS; only GeoJSONSeq cannot (see
    geo.ingest.layers), and a table does so by its headings. Raises Invalid for a place that has no
    coordinates in the CRS.
    """
    frame = parse_crs(crs)
    batches = (
        _arrow(part, frame)
        for whole in ([frames] if isinstance(frames, pd.DataFrame) else frames)
        for part in _parts(whole)
    )
    return write_batches(batches, path, format_ or format_for(path), frame)


def write_batches(batches: Iterator[pa.RecordBatch], path: Path, format_: Format, crs: str) -> int:
    """Write record batches of one schema; `geometry` is WKB in `crs`; returns the rows."""
    first = next(batches)
    counted = _Counted(chain([first], batches))
    with appearing_whole(path) as temporary:
        if format_ is Format.CSV:
            delimited.write(_tabular(counted, crs), temporary)
        elif format_ is Format.XLSX:
            spreadsheet.write(_tabular(counted, crs), temporary)
        elif format_ is Format.PARQUET:
            parquet.write(counted, first.schema, temporary, stated_crs(crs))
        else:
            layers.write(counted, first.schema, temporary, format_, stated_crs(crs))
    return counted.rows


def _tabular(batches: Iterable[pa.RecordBatch], crs: str) -> Iterator[pa.RecordBatch]:
    return (_with_coordinates(batch, crs) for batch in batches)


class _Counted:
    """An iterator of batches that knows how many rows went through it."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.rows = 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


def _parts(frame: gpd.GeoDataFrame) -> Iterator[gpd.GeoDataFrame]:
    for start in range(0, max(len(frame), 1), BATCH_ROWS):
        yield frame.iloc[start : start + BATCH_ROWS]


def _arrow(frame: gpd.GeoDataFrame, crs: str) -> pa.RecordBatch:
    columns = {
        str(name): _column(str(name), frame[name]) for name in frame.columns if name != GEOMETRY
    }
    if GEOMETRY in frame.columns:
        geometries = geometries_from_wgs84(frame[GEOMETRY].to_numpy(), crs)
        astray = not_finite(geometries)
        if astray.any():
            said = {"id": frame.iloc[int(astray.argmax()), 0], "crs": stated_crs(crs).name}
            raise FileInvalid("file.outside_crs", field="crs", **said)
        columns[GEOMETRY] = pa.array(shapely.to_wkb(geometries), pa.binary())
    return pa.RecordBatch.from_pydict(columns)


def _column(name: str, values: pd.Series[Any]) -> pa.Array:
    if name in _INTEGERS or pd.api.types.is_integer_dtype(values):
        return _array(values, pa.int64())
    if name in _DATES:
        return _array(values, pa.date32())
    if name in _FLAGS or pd.api.types.is_bool_dtype(values):
        return _array(values, pa.bool_())
    if pd.api.types.is_float_dtype(values):
        return _array(values, pa.float64())
    if isinstance(values.dtype, pd.StringDtype):
        return _array(values, pa.string())
    return pa.array([_text(value) for value in values], pa.string())


def _array(values: pd.Series[Any], kind: pa.DataType) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array.cast(kind)


def _text(value: Any) -> str | None:
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    return None if pd.isna(value) else str(value)


def require_file(path: Path) -> None:
    """Raise Invalid where a folder, a pipe or a device stands in place of the file."""
    if path.exists() and not path.is_file():
        raise FileInvalid("file.no_file", field="out", name=path)


@contextmanager
def appearing_whole(path: Path) -> Iterator[Path]:
    """A file beside the wanted one that takes its place at the end, if nothing went wrong."""
    require_file(path)
    target = path.resolve()  # a link stays one
    with tempfile.TemporaryDirectory(prefix=".antu-", dir=target.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        temporary.replace(target)


def _with_coordinates(batch: pa.RecordBatch, crs: str) -> pa.RecordBatch:
    """Shapes as WKT, since a table has no geometry of its own; the points of sites as lon, lat."""
    if GEOMETRY not in batch.schema.names:
        return batch
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    geometries = shapely.from_wkb(columns.pop(GEOMETRY).to_numpy(zero_copy_only=False))
    text = shapely.to_wkt(geometries, rounding_precision=_WKT_DECIMALS)
    frame = f"_{crs}" if crs in (GCJ02, BD09) else ""  # which the headings alone can say
    if "category" in columns:
        text[shapely.get_type_id(geometries) == 0] = None
        x_name, y_name = ("lon", "lat") if is_geographic(crs) else ("x", "y")
        columns[x_name + frame] = pa.array(shapely.get_x(geometries), from_pandas=True)
        columns[y_name + frame] = pa.array(shapely.get_y(geometries), from_pandas=True)
    columns[CONTINUED + frame] = pa.array(text, pa.string())
    return pa.RecordBatch.from_pydict(columns)
