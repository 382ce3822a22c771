"""Hotspots: contiguous cells whose smoothed density is at or above a fixed break, ranked by gap.

The break is a number per km², not a place in the ranking, so an area is a hotspot whatever lies
around it, and the same on every date and map.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Beside each other, or at a corner.
_NEIGHBOURS = [(0, 1), (1, -1), (1, 0), (1, 1)]


def areas(cells: pd.DataFrame, at_least: float) -> pd.Series[int]:
    """The area of each dense cell: a number by the index of `cells`, from 0; others are left out.

    `cells` has x, y (whole, unique) and density (per km²); cells that touch, also at a corner,
    are of one area.
    """
    dense = cells.loc[cells["density"] >= at_least, ["x", "y"]].astype(np.int64)
    if dense.empty:
        return pd.Series(dtype=np.int64)
    x, y = dense["x"].to_numpy(), dense["y"].to_numpy()
    keys = _keys(x, y)
    order = np.argsort(keys)
    links = [_links(x, y, dx, dy, keys[order], order) for dx, dy in _NEIGHBOURS]
    label = _joined(len(dense), np.vstack(links))
    return pd.Series(np.unique(label, return_inverse=True)[1], index=dense.index)


def hotspots(cells: pd.DataFrame) -> pd.DataFrame:
    """The areas, the largest gap first.

    `cells`: area (as `areas` numbers them), density (per km²), area_km2, sites, gap. Columns: area,
    rank (from 1), gap, sites, cells, area_km2, peak (densest cell, per km²). Areas without a gap
    are left out.
    """
    area = cells["area"].to_numpy(dtype=np.int64)
    peak = np.zeros(int(area.max(initial=-1)) + 1)
    np.maximum.at(peak, area, cells["density"])
    summed = pd.DataFrame(
        {
            "area": np.arange(len(peak)),
            "gap": np.bincount(area, cells["gap"]).astype(np.int64),
            "sites": np.bincount(area, cells["sites"]).astype(np.int64),
            "cells": np.bincount(area),
            "area_km2": np.bincount(area, cells["area_km2"]),
            "peak": peak,
        }
    )
    order = np.lexsort([summed["area"], -summed["peak"], -summed["gap"]])
    found: pd.DataFrame = summed.iloc[order][summed["gap"].to_numpy()[order] > 0]
    found.insert(1, "rank", np.arange(1, len(found) + 1))
    return found.reset_index(drop=True)


def with_leading(found: pd.DataFrame, shares: pd.DataFrame, column: str) -> pd.DataFrame:
    """Areas with whatever of a column has the largest share of their gap.

    `shares`: area, the column (may be missing), gap; a row or more for each share. Of equal shares
    the first by name leads.
    """
    by = shares.dropna(subset=[column]).groupby(["area", column], sort=False)["gap"]
    ranked = (
        by.sum().reset_index().sort_values(["area", "gap", column], ascending=[True, False, True])
    )
    leading = ranked.drop_duplicates("area").set_index("area")[column]
    return found.assign(**{column: found["area"].map(leading).astype(object)})


def _keys(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    return (x << np.int64(32)) + y


def _links(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    dx: int,
    dy: int,
    sorted_keys: NDArray[np.int64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Pairs of cells of which the second lies dx, dy from the first."""
    wanted = _keys(x + dx, y + dy)
    place = np.minimum(np.searchsorted(sorted_keys, wanted), len(order) - 1)
    there = sorted_keys[place] == wanted
    return np.column_stack([np.flatnonzero(there), order[place[there]]])


def _joined(count: int, links: NDArray[np.int64]) -> NDArray[np.int64]:
    """A label for each of `count` cells, the same for all that links lead to.

    Each takes the least label of its neighbours and then of those it points to, until none
    changes: as many rounds as the logarithm of the longest chain.
    """
    label = np.arange(count)
    one, other = links[:, 0], links[:, 1]
    while True:
        least = np.minimum(label[one], label[other])
        before = label.copy()
        np.minimum.at(label, before[one], least)
        np.minimum.at(label, before[other], least)
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(label, before):
            return label
