"""Arrays of whole numbers between PostgreSQL and NumPy, none of which becomes an object on its way.

An array is sent as 20 bytes that say what it is (it has one dimension and no null), then each
number after its length.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

Numbers = NDArray[np.int64]

_HEAD = 20
_TYPES = psycopg.adapters.types


def register(connection: psycopg.Connection[Any]) -> None:
    """Let cursors that speak binary give arrays of whole numbers as NumPy has them, and take such
    as bigint[]."""
    connection.adapters.register_dumper(np.ndarray, _Arrays)
    for number in ("int2", "int4", "int8"):
        connection.adapters.register_loader(_TYPES[number].array_oid, _Numbers)


def unpacked(sent: bytes, sizes: Numbers) -> Numbers:
    """The numbers of arrays of such sizes (at least 1), one after another as array_send gives them.

    Thousands of short arrays take hardly longer than a long one.
    """
    form = _form(sent)
    ends = np.cumsum(_HEAD + sizes * form.itemsize)
    told = np.ones(len(sent), dtype=np.bool_)
    told[(ends - sizes * form.itemsize - _HEAD)[:, None] + np.arange(_HEAD)] = False
    return np.frombuffer(sent, dtype=np.uint8)[told].view(form)["number"].astype(np.int64)


class _Numbers(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> Numbers:
        return np.frombuffer(data, _form(data), offset=_HEAD)["number"].astype(np.int64)


class _Arrays(Dumper):
    format = Format.BINARY
    oid = _TYPES["int8"].array_oid

    def dump(self, obj: Numbers) -> bytearray:
        form = np.dtype([("length", ">i4"), ("number", ">i8")])
        packed = bytearray(_HEAD + len(obj) * form.itemsize)
        struct.pack_into("!5I", packed, 0, 1, 0, _TYPES["int8"].oid, len(obj), 1)
        numbers = np.frombuffer(packed, form, offset=_HEAD)
        numbers["length"], numbers["number"] = 8, obj
        return packed


def _form(sent: Buffer) -> np.dtype[np.void]:
    length = int.from_bytes(sent[_HEAD : _HEAD + 4])
    return np.dtype([("length", ">i4"), ("number", f">i{length}")])
