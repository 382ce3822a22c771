"""Indexed PNG (ISO/IEC 15948), for pictures of few flat colours."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3


def indexed_png(index: NDArray[np.uint8], rgba: NDArray[np.uint8]) -> bytes:
    """A picture whose pixels are indexes of at most 256 colours (rows of four).

    It is packed as runs: in flat colours there is nothing else to find, and a search costs thrice.
    """
    height, width = index.shape
    lines = np.zeros((height, width + 1), dtype=np.uint8)  # each after its filter: none
    lines[:, 1:] = index
    packing = zlib.compressobj(strategy=zlib.Z_RLE)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", rgba[:, :3].tobytes()),
            _chunk(b"tRNS", rgba[:, 3].tobytes()),
            _chunk(b"IDAT", packing.compress(lines.tobytes()) + packing.flush()),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
