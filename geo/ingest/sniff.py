"""What kind of file a file is, by its content and not its name; and whether it is safe to open."""

from __future__ import annotations

import codecs
import json
import mmap
import re
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from xml.parsers import expat

from geo.ingest import pointers, sequence
from geo.ingest.faults import FileInvalid


class Format(StrEnum):
    """The formats that Antu reads."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    GEOJSON = "geojson"
    GEOJSONSEQ = "geojsonseq"
    TOPOJSON = "topojson"
    SHAPEFILE = "shapefile"
    GEOPACKAGE = "geopackage"
    FLATGEOBUF = "flatgeobuf"
    PARQUET = "parquet"
    KML = "kml"


HEAD_BYTES = 65_536
# What an archive may hold, unpacked: in all, and against its size on disk once it is large.
MAX_UNPACKED_BYTES = 4 * 2**30
MAX_RATIO = 250
RATIO_FREE_BYTES = 64 * 2**20
MAX_MEMBERS = 10_000
_CHUNK = 2**20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The stream of an encrypted XLSX as the directory of an OLE file has it: 64 bytes of name, and its
# length (MS-OFFCRYPTO 2.3.4.4, MS-CFB 2.6.1).
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + b"\x22\x00"


def format_of(path: Path) -> Format:
    """Name the format of a file; raises Invalid if it is none that Antu reads, or not safe."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise FileInvalid("file.empty", name=path.name)
    format_ = _by_magic(path, head) or _by_text(path, head)
    if format_ not in (Format.CSV, Format.XLSX, Format.XLS, Format.PARQUET):
        pointers.refuse_indirection(path, head)
    if format_ is Format.GEOPACKAGE:
        pointers.refuse_virtual_tables(path)
    if format_ in (Format.GEOJSON, Format.GEOJSONSEQ, Format.TOPOJSON):
        _require_utf8(path)
        pointers.refuse_foreign_crs(path)
    if format_ is Format.GEOJSONSEQ:
        sequence.require_features(path)
    elif format_ is Format.GEOJSON:
        sequence.require_single(path)
        sequence.require_members(path)
    elif format_ is Format.TOPOJSON:
        sequence.require_shapes(path)
    return format_


def _by_magic(path: Path, head: bytes) -> Format | None:
    if head.startswith(b"PK\x03\x04"):
        return _by_members(path)
    if head.startswith(_OLE):
        if _holds(path, _ENCRYPTED):
            raise FileInvalid("file.password", name=path.name)
        return Format.XLS
    if head.startswith(b"SQLite format 3\x00"):
        return Format.GEOPACKAGE
    if head.startswith(b"fgb\x03fgb"):
        return Format.FLATGEOBUF
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"\x00\x00\x27\x0a"):
        return Format.SHAPEFILE
    return None


def _holds(path: Path, content: bytes) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return whole.find(content) >= 0


def _by_members(path: Path) -> Format:
    names = [name.lower() for name in _safe_members(path)]
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if any(name.endswith(".shp") for name in names):
        return Format.SHAPEFILE
    raise FileInvalid("file.archive", name=path.name)


def _by_text(path: Path, head: bytes) -> Format:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(sequence.SEPARATOR):
        return Format.GEOJSONSEQ
    if text.startswith(b"{"):
        return _by_json(path, text)
    if re.match(rb"\[\s*\{\s*\"", text):  # objects without a place, as many an API gives them
        raise FileInvalid("file.json", name=path.name)
    if text.startswith(b"<"):
        _require_kml(path)
        return Format.KML
    if wide_encoding(head) is not None:
        if _wide_text(head).startswith(("{", "<")):
            raise FileInvalid("file.not_utf8", name=path.name)
    elif b"\x00" in head:
        raise FileInvalid("file.format", name=path.name)
    return Format.CSV


def _by_json(path: Path, text: bytes) -> Format:
    first_line = text.split(b"\n", 1)[0].strip()
    try:
        lonely, _ = json.JSONDecoder().raw_decode(first_line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        lonely = {}
    if lonely.get("type") == "Feature" or _has_second_object(path):
        return Format.GEOJSONSEQ
    if re.search(rb'"type"\s*:\s*"Topology"', text):
        return Format.TOPOJSON
    if re.search(rb'"(type|features|geometry)"\s*:', text):
        return Format.GEOJSON
    raise FileInvalid("file.json", name=path.name)


def _has_second_object(path: Path) -> bool:
    """Whether a line of an object, however long, is followed by a line of another."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = content.find(b"\n")
        first, second = content[max(0, end - 2) : end], content[end : end + 64]
    return end > 0 and first.rstrip().endswith(b"}") and second.lstrip().startswith(b"{")


def wide_encoding(head: bytes) -> str | None:
    """Which of UTF-16 and UTF-32 a text is in, by its byte order mark or by where its NULs are."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins as UTF-16
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    quarter = max(1, len(head) // 4)
    nul = [head[place::4].count(0) / quarter for place in range(4)]
    if min(nul[2:]) > 0.99 > nul[0]:
        return "utf-32-le"
    if min(nul[:2]) > 0.99 > nul[3]:
        return "utf-32-be"
    even, odd = (nul[0] + nul[2]) / 2, (nul[1] + nul[3]) / 2
    if max(even, odd) > 0.3 and min(even, odd) < 0.01:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _wide_text(head: bytes) -> str:
    """The ASCII characters that a text in UTF-16 or UTF-32 begins with."""
    return head[:64].replace(b"\x00", b"").lstrip(b"\xff\xfe").decode("latin-1").lstrip()


def _require_utf8(path: Path) -> None:
    """JSON in another encoding: GDAL would take what it can of it for UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileInvalid("file.not_utf8", name=path.name) from error


def _require_kml(path: Path) -> None:
    """One well-formed KML document without a document type: entities are never looked up."""
    roots: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, _attributes: dict[str, str]) -> None:
        if not roots:
            roots.append(name.rpartition(":")[2].lower())

    def doctype(*_args: object) -> None:
        raise FileInvalid("file.doctype", name=path.name)

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise FileInvalid("file.malformed", name=path.name, why=error) from error
    except ValueError as error:  # that it knows no encoding of several bytes
        raise FileInvalid("file.not_utf8", name=path.name) from error
    if roots != ["kml"]:
        raise FileInvalid("file.xml", name=path.name)


def _safe_members(path: Path) -> list[str]:
    """Names in an archive whose true unpacked size is in bounds; no XML in it declares entities."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise FileInvalid("file.members", name=path.name, n=len(members), most=MAX_MEMBERS)
            budget = min(MAX_UNPACKED_BYTES, max(RATIO_FREE_BYTES, MAX_RATIO * path.stat().st_size))
            for member in members:
                for number, chunk in enumerate(unpacked(archive, member)):
                    budget -= len(chunk)
                    if budget < 0:
                        raise FileInvalid("file.bomb", name=path.name)
                    if number == 0 and b"<!DOCTYPE" in chunk[:4096].upper():
                        raise FileInvalid("file.doctype", name=path.name)
            return [member.filename for member in members]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileInvalid("file.archive_damaged", name=path.name, why=error) from error


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member to its true end, whatever size the archive claims."""
    claimed, member.file_size = member.file_size, MAX_UNPACKED_BYTES
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    finally:
        member.file_size = claimed
