"""Indexed PNG, for pictures of few flat colours."""

from __future__ import annotations

import io
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def indexed_png(index: NDArray[np.uint8], rgba: NDArray[np.uint8]) -> bytes:
    """A picture whose pixels are indexes of at most 256 colours (rows of four).

    It is packed as runs: in flat colours there is nothing else to find, and a search costs thrice.
    """
    picture = Image.fromarray(index)
    picture.putpalette(rgba[:, :3].tobytes())
    packed = io.BytesIO()
    picture.save(packed, "PNG", transparency=rgba[:, 3].tobytes(), compress_type=zlib.Z_RLE)
    return packed.getvalue()
