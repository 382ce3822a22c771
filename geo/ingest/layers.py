"""One layer of a GIS file, written through GDAL batch by batch.

The frames of Chinese map providers are stated as local CRSs. GeoJSON has no place for one but the
description of its collection; GeoJSONSeq has none at all, and there whoever asks for it must know.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS

from geo.ingest.faults import FileInvalid
from geo.ingest.headings import GEOMETRY
from geo.ingest.sniff import Format

# Nine decimals are kept (geo.ingest.shapes); GDAL needs twelve to write nine exactly.
_DECIMALS = {"COORDINATE_PRECISION": "12"}
_WRITERS: dict[Format, tuple[str, dict[str, str]]] = {
    Format.GEOJSON: ("GeoJSON", _DECIMALS),
    Format.GEOJSONSEQ: ("GeoJSONSeq", _DECIMALS),
    Format.GEOPACKAGE: ("GPKG", {"GEOMETRY_NAME": "geom"}),
    Format.FLATGEOBUF: ("FlatGeobuf", {"SPATIAL_INDEX": "NO"}),
    Format.SHAPEFILE: ("ESRI Shapefile", {"ENCODING": "UTF-8"}),
}
_SHAPEFILE_TYPES = {0: "Point", 1: "LineString", 2: "Polygon"}


def write(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    format_: Format,
    crs: CRS,
) -> None:
    """Write batches with a binary column `geometry` as one layer named like the file."""
    if format_ not in _WRITERS:
        raise FileInvalid("file.not_written", field="format", format=format_)
    if format_ is Format.SHAPEFILE:
        _write_shapefile(list(batches), schema, path, crs)
    else:
        _write_layer(batches, schema, path, format_, crs, "Unknown")


def _write_layer(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    format_: Format,
    crs: CRS,
    geometry_type: str,
) -> None:
    driver, options = _WRITERS[format_]
    located = GEOMETRY in schema.names
    stated = crs.to_wkt() if located else None
    if crs.is_engineering and driver.startswith("GeoJSON"):
        options, stated = options | {"DESCRIPTION": crs.name}, None
    stream = _Stream(batches)
    with stream.failing(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a file has no CRS is on purpose
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, iter(stream)),
            path,
            layer=path.stem,
            driver=driver,
            geometry_name=GEOMETRY if located else None,
            geometry_type=geometry_type if located else None,
            crs=stated,
            layer_options=options,
        )


class _Stream:
    """Batches on their way through GDAL, which does not keep the error that ended them."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = batches
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except Exception as failure:
            self._failure = failure
            raise

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Raise that error instead of the one that GDAL makes of it; else the disk has failed."""
        try:
            yield
        except RuntimeError as error:
            if self._failure is not None:
                raise self._failure from None
            if isinstance(error, pyogrio.errors.DataSourceError | pyogrio.errors.DataLayerError):
                raise OSError(str(error)) from error
            raise


def _write_shapefile(
    batches: list[pa.RecordBatch], schema: pa.Schema, path: Path, crs: CRS
) -> None:
    shapefile = path.with_suffix(".shp")
    geometry_type = _shapefile_type(batches)
    _write_layer(batches, schema, shapefile, Format.SHAPEFILE, crs, geometry_type)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(path.parent.glob(f"{path.stem}.*")):
            if part != path:
                archive.write(part, part.name)


def _shapefile_type(batches: list[pa.RecordBatch]) -> str:
    raw = [batch.column(GEOMETRY).to_numpy(zero_copy_only=False) for batch in batches]
    geometries = shapely.from_wkb(np.concatenate(raw), on_invalid="ignore")
    dimensions = sorted(set(shapely.get_dimensions(geometries).tolist()) - {-1})
    if len(dimensions) > 1:
        raise FileInvalid("file.mixed_shapefile", field="format")
    return _SHAPEFILE_TYPES[dimensions[0]] if dimensions else "Point"
