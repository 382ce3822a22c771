"""Undoing a batch gives back exactly what was there before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import Engine
from stored import everything

from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.errors import Conflict, NotFound
from geo.ingest.rows import Options
from geo.operations.history import undo
from geo.operations.loading import Request, load
from geo.settings import Settings


class Steps:
    """Loads small files, and remembers what the database held before each batch."""

    def __init__(self, engine: Engine, settings: Settings, folder: Path) -> None:
        self.engine, self.settings, self.folder = engine, settings, folder
        self.before: list[tuple[int, dict[str, list[Any]]]] = []

    def load(self, kind: Kind, rows: list[dict[str, Any]]) -> None:
        path = self.folder / f"{kind}.geojson"
        gpd.GeoDataFrame(rows, geometry="geometry", crs=4326).to_file(path)
        options = Options(category=Category.OTHER, level="county")
        before = everything(self.engine)
        report = load(self.engine, self.settings, Request(path, kind, options=options))
        assert report.batch_id is not None, report.problems
        self.before.append((report.batch_id, before))

    def undo_all(self) -> None:
        for batch_id, before in reversed(self.before):
            undo(self.engine, self.settings, batch_id)
            assert everything(self.engine) == before
        self.before.clear()


@pytest.fixture
def steps(engine: Engine, settings: Settings, tmp_path: Path) -> Steps:
    return Steps(engine, settings, tmp_path)


def square(place: int, side: float = 1.0) -> shapely.Polygon:
    return shapely.box(117 + place / 2, 31, 117 + place / 2 + side, 31 + side)


SITES = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("ABCDEF"),
            "name": st.sampled_from(["one", "two"]),
            "workers": st.sampled_from([None, 3, 30, 300]),
            "category": st.sampled_from(["other", "development_zone"]),
            "geometry": st.integers(0, 4).map(square)
            | st.integers(0, 4).map(lambda place: square(place).centroid),
        }
    ),
    min_size=1,
    unique_by=lambda row: row["id"],
)
UNIONS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from("UVW"),
            "name": st.just("union"),
            "kind": st.just("regional_federation"),
            "geometry": st.integers(0, 4).map(square),
        }
    ),
    min_size=1,
    unique_by=lambda row: row["id"],
)
DIVISIONS = st.lists(
    st.fixed_dictionaries(
        {
            "adcode": st.sampled_from(["1", "2"]),
            "name": st.just("division"),
            "geometry": st.integers(0, 4).map(lambda place: square(place, 2)),
        }
    ),
    min_size=1,
    unique_by=lambda row: row["adcode"],
)
LOADS = st.lists(
    st.tuples(st.just(Kind.SITES), SITES)
    | st.tuples(st.just(Kind.UNIONS), UNIONS)
    | st.tuples(st.just(Kind.DIVISIONS), DIVISIONS),
    min_size=1,
    max_size=4,
)


@given(loads=LOADS)
@profile(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undo_gives_back_what_was_there(
    steps: Steps, loads: list[tuple[Kind, list[dict[str, Any]]]]
) -> None:
    for kind, rows in loads:
        steps.load(kind, rows)
    steps.undo_all()
    assert all(not rows for rows in everything(steps.engine).values())


def test_an_older_batch_under_a_newer_one_stays(steps: Steps) -> None:
    rows = [{"id": "A", "name": "one", "geometry": square(0).centroid}]
    steps.load(Kind.SITES, rows)
    steps.load(Kind.SITES, [rows[0] | {"name": "two"}])
    (first, _), (second, _) = steps.before
    with pytest.raises(Conflict) as refused:
        undo(steps.engine, steps.settings, first)
    assert f"A was changed by batch {second}" in [each.reason for each in refused.value.problems]
    steps.undo_all()


def test_a_batch_is_undone_once(steps: Steps) -> None:
    steps.load(Kind.SITES, [{"id": "A", "name": "one", "geometry": square(0).centroid}])
    ((batch_id, _),) = steps.before
    steps.undo_all()
    with pytest.raises(Conflict, match="undone already"):
        undo(steps.engine, steps.settings, batch_id)
    with pytest.raises(NotFound):
        undo(steps.engine, steps.settings, batch_id + 1)
