"""Geometries out of WKB and WKT, of which some may have curves: those nobody here can hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_CURVED = ("CIRCULARSTRING", "CURVE", "SURFACE")


def read(
    parse: Callable[..., Any], raw: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Geometries by `shapely.from_wkb` or `from_wkt`, and which have curves (a mask).

    None where there is nothing, nothing readable, or a curve.
    """
    curved = np.zeros(len(raw), dtype=bool)
    try:
        found = parse(raw, on_invalid="ignore")
    except NotImplementedError:  # which GEOS raises for all when one has curves
        found = np.full(len(raw), None, dtype=object)
        for place, each in enumerate(raw):
            try:
                found[place] = parse(each, on_invalid="ignore")
            except NotImplementedError:
                curved[place] = True
    collections = shapely.get_type_id(found) == shapely.GeometryType.GEOMETRYCOLLECTION
    for inside in np.flatnonzero(collections).tolist():
        if any(kind in found[inside].wkt for kind in _CURVED):
            curved[inside], found[inside] = True, None
    return found, curved
