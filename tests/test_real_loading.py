"""Real data, exported in every format and loaded again: nothing changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from stored import everything

from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.ingest.refused import write_refused
from geo.ingest.rows import Options
from geo.operations.exporting import export
from geo.operations.loading import Report, load
from geo.operations.understanding import Request
from geo.settings import Settings

pytestmark = pytest.mark.real_data

BOUNDARIES = Path(__file__).parents[1] / "data" / "boundaries"
FORMATS = ("csv", "xlsx", "geojson", "gpkg", "fgb", "parquet")


def elections(data: Path) -> list[Request]:
    """Sites and unions of the United States, over the states."""
    folder = data / "us_union_elections"
    return [
        Request(BOUNDARIES / "us_states.geojson", Kind.DIVISIONS),
        Request(
            folder / "sites.csv",
            Kind.SITES,
            mapping={"stated_division": "state"},
            options=Options(category=Category.OTHER),
        ),
        Request(folder / "unions.csv", Kind.UNIONS),
    ]


def warehouses(data: Path) -> list[Request]:
    """Warehouses of Southern California and those that are planned, over their counties."""
    folder = data / "socal_warehouses"
    planned = {
        "id": "sch_number",
        "category": "",
        "stated_division": "county",
        "address": "city_CDP",
        "started_on": "recvd_date",
    }
    named = {"id": "apn", "name": "place_name", "category": "", "stated_division": "county"}
    return [
        Request(
            folder / "counties_us_atlas.geojson",
            Kind.DIVISIONS,
            mapping={"adcode": "id"},
            options=Options(level="county"),
        ),
        Request(
            folder / "warehouses.parquet",
            Kind.SITES,
            mapping=named,
            options=Options(category=Category.LOGISTICS_HUB),
            accept_good=True,
        ),
        Request(
            folder / "planned_projects.parquet",
            Kind.SITES,
            mapping=planned,
            options=Options(category=Category.BUILDING_PROJECT),
            accept_good=True,
        ),
    ]


@pytest.mark.parametrize("requests", [elections, warehouses])
def test_an_export_loads_again_without_a_difference(
    engine: Engine,
    settings: Settings,
    tmp_path: Path,
    requests: Callable[[Path], list[Request]],
) -> None:
    for request in requests(Path(os.environ["ANTU_REAL_DATA"])):
        assert load(engine, settings, request).batch_id is not None
    before = everything(engine)
    for kind in Kind:
        for suffix in FORMATS:
            out = tmp_path / f"{kind}.{suffix}"
            count = export(engine, settings, kind, out)
            if not count:
                continue
            report = load(engine, settings, Request(out, kind))
            told = (kind, suffix, report.problems[:3])
            assert (report.read, report.counts.unchanged) == (count, count), told
    assert everything(engine) == before


def test_refused_rows_load_once_they_are_mended(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    first, second, _ = warehouses(Path(os.environ["ANTU_REAL_DATA"]))
    load(engine, settings, first)
    report: Report = load(engine, settings, second)
    assert report.refused > 0
    assert report.read == report.counts.added + report.refused
    refused = tmp_path / "refused.parquet"
    source = report.understood.source
    assert write_refused(source, report.problems, refused) == report.refused
    # Parcels that occur twice have one number: without it, ids are derived from what differs.
    mapping = dict(second.mapping) | {"id": ""}
    mended = Request(refused, Kind.SITES, mapping=mapping, options=second.options, accept_good=True)
    again = load(engine, settings, mended)
    assert again.read == report.refused
    assert again.read == again.counts.added + again.refused
    assert again.counts.added > 0
