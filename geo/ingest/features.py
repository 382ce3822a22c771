"""GIS files: layers, CRS, and features in batches, as text columns and WKB."""

from __future__ import annotations

import struct
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.domain.crs import frame_of
from geo.errors import Invalid
from geo.ingest.headings import GEOMETRY, column_names
from geo.ingest.sniff import Format, unpacked, unreadable
from geo.ingest.texts import as_text

# GDAL's own Arrow stream of FlatGeobuf hands out broken offsets for features without geometry.
pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES"})

_DRIVERS = {
    Format.GEOJSON: {"GeoJSON"},
    Format.GEOJSONSEQ: {"GeoJSONSeq"},
    Format.TOPOJSON: {"TopoJSON"},
    Format.SHAPEFILE: {"ESRI Shapefile"},
    Format.GEOPACKAGE: {"GPKG"},
    Format.FLATGEOBUF: {"FlatGeobuf"},
    Format.KML: {"LIBKML", "KML"},
}
_GEOJSON = {Format.GEOJSON, Format.GEOJSONSEQ}
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Layout:
    """Which layer of a GIS file is read, its CRS (None: not stated), columns and features."""

    layer: str | None
    layers: tuple[str, ...]
    encoding: str | None
    crs: str | None
    columns: tuple[str, ...]
    n_rows: int | None


def layout_of(path: Path, format_: Format, layer: str | None, encoding: str | None) -> Layout:
    """Look into a GIS file; raises Invalid where it cannot be read or the layer cannot be told."""
    with _readable(path, format_, encoding) as (readable, found_encoding), translated(path):
        listed = pyogrio.list_layers(readable)
        layers = tuple(str(name) for name in listed[:, 0])
        if listed.shape[0] > 1 and format_ is not Format.KML:
            layers = tuple(str(name) for name, kind in listed if kind is not None) or layers
        chosen = _chosen(path, layers, layer)
        info = pyogrio.read_info(readable, layer=chosen)
        if info["driver"] not in _DRIVERS[format_]:
            raise unreadable(f"{path.name} is not what it seems to be ({info['driver']})")
        with pyogrio.open_arrow(readable, layer=chosen, use_pyarrow=True) as (meta, reader):
            columns = _attributes(reader.schema, meta)
        names = column_names(columns)
    count = int(info["features"])
    return Layout(
        layer=chosen,
        layers=layers,
        encoding=found_encoding,
        crs=stated_frame(info["crs"]),
        columns=(*names, GEOMETRY),
        n_rows=count if count >= 0 else None,
    )


def read(path: Path, format_: Format, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    """Features as text columns and a binary column `geometry` (WKB in the file's CRS)."""
    options = {"DATE_AS_STRING": "YES"} if format_ in _GEOJSON else {}
    with (
        _readable(path, format_, layout.encoding) as (readable, _),
        translated(path),
        pyogrio.open_arrow(
            readable, layer=layout.layer, batch_size=size, use_pyarrow=True, **options
        ) as (meta, reader),
    ):
        names = [*_attributes(reader.schema, meta), _geometry_name(meta)]
        for batch in reader:
            yield as_text(batch, names, layout.columns)


def stated_frame(stated: Any) -> str | None:
    """The CRS that a file states, in the words of geo.domain.crs; None if it states none."""
    if stated is None or stated == "":
        return None
    try:
        return frame_of(CRS.from_user_input(stated))
    except CRSError as error:
        raise unreadable(f"the file has a CRS that cannot be understood: {error}") from error


def _chosen(path: Path, layers: tuple[str, ...], layer: str | None) -> str:
    if not layers:
        raise unreadable(f"{path.name} has no layer")
    if layer is None and len(layers) > 1:
        raise unreadable(f"{path.name} has {len(layers)} layers; say which: {', '.join(layers)}")
    if layer is not None and layer not in layers:
        raise unreadable(f"{path.name} has no layer {layer!r}; there are {', '.join(layers)}")
    return layer or layers[0]


def _attributes(schema: pa.Schema, meta: dict[str, Any]) -> list[str]:
    hidden = {meta["fid_column"], _geometry_name(meta)}
    return [name for name in schema.names if name not in hidden]


def _geometry_name(meta: dict[str, Any]) -> str:
    return meta["geometry_name"] or "wkb_geometry"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of GDAL and Arrow as errors of the file; their warnings are not for its reader."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise unreadable(f"{path.name} cannot be read: {error}") from error
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise unreadable(f"{path.name} is damaged: {error}") from error


@contextmanager
def _readable(
    path: Path, format_: Format, encoding: str | None
) -> Iterator[tuple[Path, str | None]]:
    """What GDAL is to open: the file, or the parts of a Shapefile under names of our own."""
    if format_ is not Format.SHAPEFILE:
        yield path, None
        return
    with tempfile.TemporaryDirectory(prefix="antu-") as folder:
        shapefile = Path(folder) / "layer.shp"
        if zipfile.is_zipfile(path):
            _unpack_shapefile(path, shapefile)
        else:
            _link_shapefile(path, shapefile)
        code_page = shapefile.with_suffix(".cpg")
        found = encoding or _dbf_encoding(shapefile.with_suffix(".dbf"), code_page)
        if found is not None:
            code_page.write_text(found, encoding="ascii")
        yield shapefile, found


def _unpack_shapefile(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.filename.startswith("__MACOSX")]
        shapes = [m for m in members if m.filename.lower().endswith(".shp")]
        if len(shapes) != 1:
            listed = ", ".join(PurePosixPath(m.filename).name for m in shapes)
            raise unreadable(f"{path.name} holds {len(shapes)} Shapefiles ({listed}); zip one")
        stem = shapes[0].filename[:-4].lower()
        for member in members:
            suffix = member.filename[-4:].lower()
            if suffix in _SHAPEFILE_PARTS and member.filename[:-4].lower() == stem:
                with target.with_suffix(suffix).open("wb") as part:
                    part.writelines(unpacked(archive, member))
    _require_parts(path, target)


def _link_shapefile(path: Path, target: Path) -> None:
    for part in path.parent.iterdir():
        if part.stem == path.stem and part.suffix.lower() in _SHAPEFILE_PARTS:
            target.with_suffix(part.suffix.lower()).symlink_to(part.resolve())
    _require_parts(path, target)


def _require_parts(path: Path, shapefile: Path) -> None:
    lacking = [s for s in (".shx", ".dbf") if not shapefile.with_suffix(s).exists()]
    if lacking:
        raise unreadable(
            f"{path.name} lacks its {' and '.join(lacking)} part; zip all parts of the Shapefile"
        )


def _dbf_encoding(dbf: Path, code_page: Path) -> str | None:
    """UTF-8 or GB18030 where the texts of a dBASE table say so and its code page does not."""
    stated = code_page.read_text("ascii", "ignore").strip() if code_page.exists() else ""
    if stated.lower().replace("-", "") not in ("", "iso88591", "88591", "system"):
        return None if code_page.is_symlink() else stated
    data = dbf.read_bytes()
    (heading_bytes,) = struct.unpack_from("<H", data, 8) if len(data) > 10 else (0,)
    for encoding in ("utf-8", "gb18030"):
        try:
            data[32:].decode(encoding) if not heading_bytes else data[heading_bytes:].decode(
                encoding
            )
        except UnicodeDecodeError:
            continue
        return {"utf-8": "UTF-8", "gb18030": "GB18030"}[encoding]
    return None


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
    crs: CRS | None,
) -> None:
    """Write batches with a binary column `geometry` as one layer named like the file."""
    if format_ not in _WRITERS:
        raise Invalid(f"{format_} can be read but not written")
    if format_ is Format.SHAPEFILE:
        _write_shapefile(list(batches), schema, path, crs)
    else:
        _write_layer(batches, schema, path, format_, crs, "Unknown")


def _write_layer(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    path: Path,
    format_: Format,
    crs: CRS | None,
    geometry_type: str,
) -> None:
    driver, options = _WRITERS[format_]
    located = GEOMETRY in schema.names
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a file has no CRS is on purpose
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, iter(batches)),
            path,
            layer=path.stem,
            driver=driver,
            geometry_name=GEOMETRY if located else None,
            geometry_type=geometry_type if located else None,
            crs=crs.to_wkt() if located and crs else None,
            layer_options=options,
        )


def _write_shapefile(
    batches: list[pa.RecordBatch], schema: pa.Schema, path: Path, crs: CRS | None
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
        raise Invalid("a Shapefile cannot hold points, lines and areas together; use GeoPackage")
    return _SHAPEFILE_TYPES[dimensions[0]] if dimensions else "Point"
