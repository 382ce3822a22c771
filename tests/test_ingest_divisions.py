"""Rows as canonical frames: divisions."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from ingesting import load, shapes_file

from geo.errors import Invalid
from geo.ingest.rows import Options


def test_divisions(tmp_path: Path) -> None:
    square = shapely.box(0, 0, 1, 1)
    path = shapes_file(
        tmp_path / "in",
        square,
        shapely.MultiPolygon([square, shapely.box(2, 2, 3, 3)]),
        shapely.Point(1, 1),
        None,
        square,
        square,
        adcode=["01", "02", "03", "04", "", "06"],
        parent=["0", "", "", "", "", "06"],
    )
    loaded = load(path, "divisions", Options(level="county"))
    assert loaded.column("adcode") == ["01", "02"]
    assert loaded.column("parent") == ["0", None]
    assert loaded.column("level") == ["county", "county"]
    assert [g.geom_type for g in loaded.frame.geometry] == ["MultiPolygon"] * 2
    assert loaded.refused == {
        3: "an area is needed here, not points or lines",
        4: "the boundary is missing",
        5: "the code is missing",
        6: "the division is its own parent",
    }


def test_the_level_of_divisions_must_be_said(tmp_path: Path) -> None:
    path = shapes_file(tmp_path / "in", shapely.box(0, 0, 1, 1), adcode=["1"])
    with pytest.raises(Invalid, match="nothing says the level"):
        load(path, "divisions", Options())
