"""GIS files: layers, CRS, and features in batches, as text columns and WKB."""

from __future__ import annotations

import json
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.domain.crs import WGS84
from geo.ingest.headings import GEOMETRY, column_names
from geo.ingest.sniff import Format, unpacked, unreadable

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
    if format_ is Format.PARQUET:
        return _parquet_layout(path)
    with _readable(path, format_, encoding) as (readable, found_encoding), _translated(path):
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
        crs=frame_of(info["crs"]),
        columns=(*names, GEOMETRY),
        n_rows=count if count >= 0 else None,
    )


def read(path: Path, format_: Format, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    """Features as text columns and a binary column `geometry` (WKB in the file's CRS)."""
    if format_ is Format.PARQUET:
        yield from _read_parquet(path, layout, size)
        return
    options = {"DATE_AS_STRING": "YES"} if format_ in _GEOJSON else {}
    with (
        _readable(path, format_, layout.encoding) as (readable, _),
        _translated(path),
        pyogrio.open_arrow(
            readable, layer=layout.layer, batch_size=size, use_pyarrow=True, **options
        ) as (meta, reader),
    ):
        names = [*_attributes(reader.schema, meta), _geometry_name(meta)]
        for batch in reader:
            yield _as_text(batch, names, layout.columns)


def frame_of(stated: Any) -> str | None:
    """The CRS of a file in the words of geo.domain.crs: an EPSG code if it has one, else WKT."""
    if stated is None or stated == "":
        return None
    try:
        crs = CRS.from_user_input(stated)
    except CRSError as error:
        raise unreadable(f"the file has a CRS that cannot be understood: {error}") from error
    flat = crs.to_2d()
    if flat.equals(CRS.from_epsg(4326), ignore_axis_order=True):
        return WGS84
    code = flat.to_epsg(min_confidence=70)
    if code is None:
        return str(flat.to_wkt())
    return WGS84 if code == 4326 else f"EPSG:{code}"


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
def _translated(path: Path) -> Iterator[None]:
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


def _parquet_layout(path: Path) -> Layout:
    with _translated(path), pq.ParquetFile(path) as file:
        schema, count = file.schema_arrow, file.metadata.num_rows
    geo = _geo_metadata(path, schema)
    if geo is None:
        columns = column_names(schema.names)
        return Layout(None, (), None, None, tuple(columns), count)
    primary = geo["primary_column"]
    names = column_names(name for name in schema.names if name not in geo["columns"])
    crs = geo["columns"][primary].get("crs", "OGC:CRS84")
    return Layout(None, (), None, frame_of(crs), (*names, GEOMETRY), count)


def _geo_metadata(path: Path, schema: pa.Schema) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo: dict[str, Any] = json.loads(raw)
        encoding = geo["columns"][geo["primary_column"]]["encoding"]
    except (ValueError, KeyError, TypeError) as error:
        raise unreadable(f"{path.name} has damaged GeoParquet metadata") from error
    if encoding != "WKB":
        raise unreadable(f"{path.name} keeps geometry as {encoding}; write it as WKB")
    return geo


def _read_parquet(path: Path, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    with _translated(path), pq.ParquetFile(path) as file:
        geo = _geo_metadata(path, file.schema_arrow)
        names = [n for n in file.schema_arrow.names if geo is None or n not in geo["columns"]]
        if geo is not None:
            names.append(geo["primary_column"])
        for batch in file.iter_batches(batch_size=size, columns=names):
            yield _as_text(batch, names, layout.columns)


def _as_text(batch: pa.RecordBatch, names: list[str], columns: tuple[str, ...]) -> pa.RecordBatch:
    arrays = [
        _binary(batch.column(name))
        if column == GEOMETRY and _is_binary(batch.column(name).type)
        else text_of(batch.column(name))
        for name, column in zip(names, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _is_binary(kind: pa.DataType) -> bool:
    storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return bool(pa.types.is_binary(storage) or pa.types.is_large_binary(storage))


def _binary(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def text_of(array: pa.Array) -> pa.Array:
    """A column of any type as the text that a person would write for it."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return text_of(array.storage)
    if pa.types.is_dictionary(kind):
        return text_of(array.dictionary_decode())
    if pa.types.is_string(kind):
        return array
    if pa.types.is_floating(kind):
        return _float_text(array)
    if pa.types.is_timestamp(kind):
        text = pc.strftime(array, format="%Y-%m-%d %H:%M:%S")
        return pc.replace_substring_regex(text, r"[ T]00:00:00(\.0+)?$", "").cast(pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pc.binary_join(array.cast(pa.list_(pa.string())), ";")
    if pa.types.is_nested(kind) or _is_binary(kind):
        return pa.array(
            [None if v is None else json.dumps(v, default=str) for v in array.to_pylist()],
            pa.string(),
        )
    return array.cast(pa.string())


def _float_text(array: pa.Array) -> pa.Array:
    """Whole numbers without a fraction while they are exact; NaN is nothing."""
    array = array.cast(pa.float64())
    array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 1e15))
    integers = pc.if_else(whole, array, pa.scalar(None, pa.float64())).cast(pa.int64())
    return pc.coalesce(integers.cast(pa.string()), array.cast(pa.string()))
