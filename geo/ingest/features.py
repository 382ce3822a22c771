"""GIS files: layers, CRS, and features in batches, as text columns and WKB."""

from __future__ import annotations

import codecs
import html
import re
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.domain.crs import frame_of, shifted_frame
from geo.ingest import dbase
from geo.ingest.choosing import chosen
from geo.ingest.delimited import known_encoding
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import GEOMETRY, column_names
from geo.ingest.sniff import Format, unpacked
from geo.ingest.texts import as_text

_NOWHERE = "127.0.0.1:9"
pyogrio.set_gdal_config_options(
    {
        # GDAL's own Arrow stream of FlatGeobuf hands out broken offsets for features without
        # geometry.
        "OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES",
        # Whatever a file may talk it into, it reaches no other host.
        "GDAL_HTTP_PROXY": _NOWHERE,
        "GDAL_HTTPS_PROXY": _NOWHERE,
    }
)

_DRIVERS = {
    Format.GEOJSON: {"GeoJSON"},
    Format.GEOJSONSEQ: {"GeoJSONSeq", "GeoJSON"},
    Format.TOPOJSON: {"TopoJSON"},
    Format.SHAPEFILE: {"ESRI Shapefile"},
    Format.GEOPACKAGE: {"GPKG"},
    Format.FLATGEOBUF: {"FlatGeobuf"},
    Format.KML: {"LIBKML", "KML"},
}
_LAYERED = {Format.GEOPACKAGE, Format.KML, Format.TOPOJSON}
_GEOJSON = {Format.GEOJSON, Format.GEOJSONSEQ}
_SUFFIXES = {
    Format.GEOJSON: ".geojson",
    Format.GEOJSONSEQ: ".geojsonl",
    Format.TOPOJSON: ".topojson",
    Format.SHAPEFILE: ".shp",
    Format.GEOPACKAGE: ".gpkg",
    Format.FLATGEOBUF: ".fgb",
    Format.KML: ".kml",
}
_KML_FIELD = re.compile(
    rb"(<(?:\w+:)?(?:Data|SimpleData|SimpleField)\s[^>]*?\bname\s*=\s*)([\"'])(.*?)\2", re.DOTALL
)
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
    with _opened(path, format_, encoding) as file, translated(path):
        layers: tuple[str, ...] = ()
        if format_ in _LAYERED:
            listed = pyogrio.list_layers(file.path)
            layers = tuple(str(name) for name, _ in listed)
            shapes = tuple(str(name) for name, kind in listed if kind is not None)
            layer = chosen("layer", path, layers, shapes or layers, layer)
        info = pyogrio.read_info(file.path, layer=layer)
        _refuse_unread_crs(file.path, info["crs"])
    if info["driver"] not in _DRIVERS[format_]:
        raise FileInvalid("file.disguised", name=path.name, driver=info["driver"])
    fields = [file.headings.get(str(name), str(name)) for name in info["fields"]]
    located = info["geometry_type"] is not None
    count = int(info["features"])
    return Layout(
        layer=layer,
        layers=layers,
        encoding=file.encoding,
        crs=_described_frame(info["layer_metadata"]) or stated_frame(info["crs"]),
        columns=located_columns(fields) if located else tuple(column_names(fields)),
        n_rows=count if count >= 0 else None,
    )


def read(path: Path, format_: Format, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    """Features as text columns and a binary column `geometry` (WKB in the file's CRS)."""
    return each_translated(path, _read(path, format_, layout, size))


def _read(path: Path, format_: Format, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    options = {"DATE_AS_STRING": "YES"} if format_ in _GEOJSON else {}
    with (
        _opened(path, format_, layout.encoding) as file,
        pyogrio.open_arrow(
            file.path,
            layer=layout.layer,
            batch_size=size,
            use_pyarrow=True,
            datetime_as_string=True,  # as the file has it: in UTC midnight is the day before
            **options,
        ) as (meta, reader),
    ):
        places = _places(reader.schema, meta)
        for batch in reader:
            yield as_text(batch, places, layout.columns)


def stated_frame(stated: Any) -> str | None:
    """The CRS that a file states, in the words of geo.domain.crs; None if it states none."""
    if stated is None or stated == "":
        return None
    try:
        return frame_of(CRS.from_user_input(stated))
    except CRSError as error:
        raise FileInvalid("file.crs", field="crs", why=error) from error


def _described_frame(metadata: Mapping[str, str] | None) -> str | None:
    """The shifted frame that a GeoJSON names in its description, having no other place for it."""
    return shifted_frame((metadata or {}).get("DESCRIPTION", ""))


def _refuse_unread_crs(path: Path, found: Any) -> None:
    """A projection that is written and cannot be read must not pass for WGS 84."""
    projection = path.with_suffix(".prj")
    if found is None and projection.exists():
        written = projection.read_text("utf-8", "replace").strip()
        if written:
            raise FileInvalid("file.crs", field="crs", why=written[:200])


def located_columns(fields: Iterable[str]) -> tuple[str, ...]:
    """Names of the columns of fields, and at last `geometry`, which none of them has."""
    geometry, *columns = column_names([GEOMETRY, *fields])
    return (*columns, geometry)


def _places(schema: pa.Schema, meta: dict[str, Any]) -> list[int]:
    """Where the columns of fields are, and at last that of the geometry if there is one.

    The number that GDAL gives a feature is none of them, unless it is also a field.
    """
    own = {meta["fid_column"]} - set(meta["fields"].tolist())
    places = [place for place, name in enumerate(schema.names) if name not in own]
    if meta["geometry_type"] is not None:
        geometry = meta["geometry_name"] or "wkb_geometry"
        # A field may have its name.
        last = max(place for place in places if schema.names[place] == geometry)
        places.remove(last)
        places.append(last)
    return places


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of GDAL and Arrow as errors of the file; their warnings are not for its reader."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise FileInvalid("file.unreadable", name=path.name, why=error) from error
    except UnicodeDecodeError as error:
        said = {"name": path.name, "encoding": error.encoding, "why": error.reason}
        raise FileInvalid("file.encoding", field="encoding", **said) from error
    except (pa.ArrowException, OSError) as error:
        raise FileInvalid("file.damaged", name=path.name, why=error) from error


def each_translated(path: Path, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches read under `translated`, which ends before they are given away."""
    while True:
        with translated(path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


class _File(NamedTuple):
    """What GDAL is to open; `headings` are the names of columns that it would not keep."""

    path: Path
    encoding: str | None = None
    headings: Mapping[str, str] = MappingProxyType({})


@contextmanager
def _opened(path: Path, format_: Format, encoding: str | None) -> Iterator[_File]:
    """A file under a name of our own: neither its name nor its neighbours lead GDAL anywhere."""
    with tempfile.TemporaryDirectory(prefix="antu-") as folder:
        target = Path(folder) / f"layer{_SUFFIXES.get(format_, '')}"
        if format_ is Format.SHAPEFILE:
            yield _File(target, _place_shapefile(path, target, encoding))
        elif format_ is Format.KML:
            yield _File(target, headings=_place_kml(path, target))
        elif format_ is Format.GEOJSONSEQ:
            _place_sequence(path, target)
            yield _File(target)
        else:
            target.symlink_to(path.resolve())
            yield _File(target)


def _place_shapefile(path: Path, target: Path, encoding: str | None) -> str | None:
    if zipfile.is_zipfile(path):
        _unpack_shapefile(path, target)
    else:
        _link_shapefile(path, target)
    code_page = target.with_suffix(".cpg")
    found = encoding and known_encoding(encoding)
    found = found or dbase.encoding_of(target.with_suffix(".dbf"), code_page)
    if found is not None:
        code_page.unlink(missing_ok=True)
        code_page.write_text(found, encoding="ascii")
        if found.upper() in dbase.UTF8:
            dbase.mend_names(target.with_suffix(".dbf"))
    return found


def _place_sequence(path: Path, target: Path) -> None:
    """Without a byte order mark, behind which GDAL sees the first feature only."""
    with path.open("rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            target.symlink_to(path.resolve())
            return
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _place_kml(path: Path, target: Path) -> dict[str, str]:
    """Fields under ASCII names, since GDAL makes one underscore of each byte of other names."""
    content = path.read_bytes()
    headings: dict[str, str] = {}

    def renamed(match: re.Match[bytes]) -> bytes:
        name = html.unescape(match[3].decode("utf-8", "replace"))
        if name.isascii():
            return match[0]
        substitute = next((s for s, n in headings.items() if n == name), f"field_{len(headings)}")
        headings[substitute] = name
        return match[1] + match[2] + substitute.encode() + match[2]

    target.write_bytes(_KML_FIELD.sub(renamed, content))
    return headings


def _unpack_shapefile(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.filename.startswith("__MACOSX")]
        shapes = [m for m in members if m.filename.lower().endswith(".shp")]
        if len(shapes) != 1:
            listed = ", ".join(PurePosixPath(m.filename).name for m in shapes)
            raise FileInvalid("file.shapefiles", name=path.name, n=len(shapes), listed=listed)
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
        raise FileInvalid("file.shapefile_part", name=path.name, part=", ".join(lacking))
