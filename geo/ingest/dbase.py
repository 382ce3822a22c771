"""The table of a Shapefile: in which encoding it is, and names of columns that were cut."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

# The table and each of its columns are described in so many bytes; a name has at most so many.
_HEADER_BYTES = 32
_NAME_BYTES = 10
UTF8 = ("UTF-8", "UTF8", "65001")
_END_OF_NAMES = 0x0D
_SAMPLE_BYTES = 64 * 2**20


def encoding_of(dbf: Path, code_page: Path) -> str | None:
    """UTF-8 or GB18030 where the texts of a dBASE table say so and its code page does not."""
    stated = code_page.read_text("ascii", "ignore").strip() if code_page.exists() else ""
    if stated.lower().replace("-", "") not in ("", "iso88591", "88591", "system"):
        return stated
    header = _header(dbf)
    with dbf.open("rb") as file:
        file.seek(len(header))
        data = file.read(_SAMPLE_BYTES)
    telling = len(data) - len(data.decode("ascii", "ignore"))
    for encoding in ("UTF-8", "GB18030"):
        # Fields of fixed width cut characters in two, so that a few are always damaged.
        damaged = data.decode(encoding, "replace").count("\ufffd")
        names = (_without_cut(name, encoding) for _, name in _names(header))
        if damaged <= 0.05 * telling and None not in names:
            return encoding
    return None


def is_full(name: str, encoding: str | None) -> bool:
    """Whether another character such as its last would not have fitted into a name."""
    codec = "UTF-8" if (encoding or "").upper() in UTF8 else "GB18030"
    return len((name + name[-1:]).encode(codec)) > _NAME_BYTES


def mend_names(dbf: Path) -> None:
    """Names in UTF-8 without the part of a character at which they were cut: GDAL fails on it."""
    before = _header(dbf)
    header = bytearray(before)
    for start, name in _names(before):
        whole = _without_cut(name, "UTF-8")
        if whole is not None:
            header[start : start + len(name)] = whole.ljust(len(name), b"\0")
    if header == before:
        return
    mended = dbf.with_suffix(".mended")
    shutil.copyfile(dbf, mended)
    with mended.open("r+b") as file:
        file.write(header)
    mended.replace(dbf)


def _header(dbf: Path) -> bytes:
    with dbf.open("rb") as file:
        start = file.read(_HEADER_BYTES)
        return start + file.read(max(0, int.from_bytes(start[8:10], "little") - len(start)))


def _names(header: bytes) -> Iterator[tuple[int, bytes]]:
    """The names of columns, and where in the header of a dBASE table they begin."""
    for start in range(_HEADER_BYTES, len(header) - _HEADER_BYTES + 1, _HEADER_BYTES):
        if header[start] == _END_OF_NAMES:
            return
        yield start, header[start : start + _NAME_BYTES].split(b"\0")[0]


def _without_cut(name: bytes, encoding: str) -> bytes | None:
    """A name without the part of a character that it may end in if it is full; None if not so."""
    for cut in range(4 if len(name) >= _NAME_BYTES else 1):
        whole = name[: len(name) - cut]
        try:
            whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        return whole
    return None
