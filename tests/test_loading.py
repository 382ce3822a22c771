"""What a load does in the database: compare, write, and follow what it touches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.ingest.rows import Options
from geo.operations.history import undo
from geo.operations.loading import Report, Request, load
from geo.settings import Settings


class Loader:
    """Loads small files that a test spells out."""

    def __init__(self, engine: Engine, settings: Settings, folder: Path) -> None:
        self._engine, self._settings, self._folder = engine, settings, folder

    def csv(self, kind: Kind, text: str, **more: Any) -> Report:
        path = self._folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        options = Options(category=Category.OTHER) if kind is Kind.SITES else Options()
        return load(self._engine, self._settings, Request(path, kind, options=options, **more))

    def areas(self, kind: Kind, rows: list[dict[str, Any]], level: str = "county") -> Report:
        path = self._folder / f"{kind}.geojson"
        gpd.GeoDataFrame(rows, geometry="geometry", crs=4326).to_file(path)
        options = Options(category=Category.DEVELOPMENT_ZONE, level=level)
        return load(self._engine, self._settings, Request(path, kind, options=options))


@pytest.fixture
def loader(engine: Engine, settings: Settings, tmp_path: Path) -> Loader:
    return Loader(engine, settings, tmp_path)


def square(west: float, south: float, side: float = 1.0) -> shapely.Polygon:
    return shapely.box(west, south, west + side, south + side)


def site(client: TestClient, site_id: str) -> dict[str, Any]:
    properties: dict[str, Any] = client.get(f"/api/sites/{site_id}").json()["properties"]
    return properties


def test_a_file_writes_only_the_columns_that_it_has(loader: Loader, client: TestClient) -> None:
    loader.csv(Kind.SITES, "id,name,workers,address\nA,one,30,1 Long Street\n")
    report = loader.csv(Kind.SITES, "id,name,workers\nA,one,31\n")
    assert (report.counts.added, report.counts.updated) == (0, 1)
    assert site(client, "A")["workers"] == 31
    assert site(client, "A")["address"] == "1 Long Street"


def test_a_repeated_id_keeps_the_file_out_or_only_the_row(
    loader: Loader, client: TestClient
) -> None:
    text = "id,name\nA,one\nB,two\nA,three\n"
    report = loader.csv(Kind.SITES, text)
    assert (report.read, report.refused, report.batch_id) == (3, 1, None)
    assert report.problems[0].row == 4
    assert client.get("/api/sites/A").status_code == 404
    report = loader.csv(Kind.SITES, text, accept_good=True)
    assert (report.counts.added, report.refused) == (2, 1)
    assert site(client, "A")["name"] == "one"


def test_a_preview_writes_nothing(loader: Loader, client: TestClient) -> None:
    report = loader.csv(Kind.SITES, "id,name\nA,one\n", preview=True)
    assert (report.counts.added, report.batch_id) == (1, None)
    assert client.get("/api/sites/A").status_code == 404


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("site_id", "A"),
        ("site_credit_code", "91340100MA2N0K6X0Y"),
        ("site_name", "one"),
        ("site_name,site_division", "one,340100"),
        ("site_name,site_division", "one,Lower"),
        ("site_name,site_division", "one,Upper"),
    ],
)
def test_a_union_finds_its_site(
    loader: Loader, client: TestClient, heading: str, value: str
) -> None:
    loader.areas(
        Kind.DIVISIONS,
        [
            {"adcode": "34", "name": "Upper", "parent": None, "geometry": square(117, 31, 2)},
            {"adcode": "340100", "name": "Lower", "parent": "34", "geometry": square(117, 31)},
        ],
    )
    code = "91340100MA2N0K6X0Y" if "credit" in heading else ""
    refused = loader.csv(Kind.SITES, f"id,name,credit_code,lon,lat\nA,one,{code},117.5,31.5\n")
    if refused.refused:
        pytest.fail(str(refused.problems))
    report = loader.csv(Kind.UNIONS, f"id,name,kind,{heading}\nU,union,enterprise,{value}\n")
    assert report.refused == 0, report.problems
    assert site(client, "A")["covered_by"] == "U"


def test_a_union_may_come_before_its_site_and_is_told_of(
    loader: Loader, client: TestClient
) -> None:
    text = "id,name,kind,site_id\nU,u,enterprise,A\nV,v,enterprise,B\n"
    loader.csv(Kind.SITES, "id,name\nB,two\n")
    report = loader.csv(Kind.UNIONS, text)
    assert [note.as_dict() for note in report.notes] == [
        {
            "reason": "no site has the id A; until it is loaded, the union covers none",
            "field": "site_id",
            "row": 2,
        }
    ]
    loader.csv(Kind.SITES, "id,name\nA,one\n")
    assert site(client, "A")["covered_by"] == "U"
    assert loader.csv(Kind.UNIONS, text).notes == []


def test_a_union_whose_site_is_unclear_is_refused(loader: Loader) -> None:
    loader.csv(Kind.SITES, "id,name\nA,one\nB,one\n")
    text = "id,name,kind,site_name\nU,u,enterprise,one\nV,v,enterprise,other\n"
    report = loader.csv(Kind.UNIONS, text)
    assert [(problem.row, problem.field) for problem in report.problems] == [
        (2, "site_id"),
        (3, "site_id"),
    ]


def test_a_territory_follows_the_divisions_it_is_made_of(
    loader: Loader, client: TestClient
) -> None:
    areas = [
        {"adcode": "1", "name": "west", "geometry": square(117, 31)},
        {"adcode": "2", "name": "east", "geometry": square(118, 31)},
    ]
    loader.areas(Kind.DIVISIONS, areas)
    loader.csv(Kind.SITES, "id,name,lon,lat\nA,one,118.5,31.5\nB,two,119.5,31.5\n")
    report = loader.csv(
        Kind.UNIONS, 'id,name,kind,territory_adcodes\nF,f,regional_federation,"1;2"\n'
    )
    assert report.refused == 0, report.problems
    assert site(client, "A")["covered_by"] == "F"
    assert site(client, "B")["coverage"] == "none"
    areas[1]["geometry"] = square(119, 31)
    loader.areas(Kind.DIVISIONS, areas)
    assert site(client, "A")["coverage"] == "none"
    assert site(client, "B")["covered_by"] == "F"
    unknown = loader.csv(
        Kind.UNIONS, 'id,name,kind,territory_adcodes\nG,g,regional_federation,"1;9"\n'
    )
    assert "9" in unknown.problems[0].reason


def test_no_division_lies_in_itself(loader: Loader, client: TestClient) -> None:
    """Counted upwards by such parents, totals would add up to more than there is."""

    def area(adcode: str, parent: str | None, west: float) -> dict[str, Any]:
        return {"adcode": adcode, "name": adcode, "parent": parent, "geometry": square(west, 31)}

    report = loader.areas(
        Kind.DIVISIONS,
        [area("A", "B", 117), area("B", "C", 118), area("C", "A", 119), area("D", "A", 120)],
    )
    assert {problem.row for problem in report.problems} == {1, 2, 3}
    assert report.problems[0].reason == (
        "upwards from its parent B one comes back to the division itself; mend one of the parents"
    )
    assert report.batch_id is None
    loader.areas(Kind.DIVISIONS, [area("A", "B", 117), area("B", None, 118)])
    closing = loader.areas(Kind.DIVISIONS, [area("B", "A", 118), area("A", "B", 117)])
    assert closing.refused == 2
    turned = loader.areas(Kind.DIVISIONS, [area("A", None, 117), area("B", "A", 118)])
    assert (turned.refused, turned.counts.updated) == (0, 2)
    loader.csv(Kind.SITES, "id,name,lon,lat\nX,one,117.5,31.5\nY,two,118.5,31.5\n")
    rows = client.get("/api/coverage").json()
    assert [(row["adcode"], row["sites"]) for row in rows] == [("A", 2), (None, 0)]


def test_a_parent_may_come_later_and_is_told_of(loader: Loader) -> None:
    lower = {"adcode": "12", "name": "lower", "parent": "1", "geometry": square(117, 31)}
    upper = {"adcode": "1", "name": "upper", "parent": None, "geometry": square(117, 31)}
    report = loader.areas(Kind.DIVISIONS, [lower])
    assert (report.refused, report.n_notes) == (0, 1)
    assert report.notes[0].as_dict() == {
        "reason": "there is no division 1; until it is loaded, this one stands at the top",
        "field": "parent",
        "row": 1,
    }
    assert loader.areas(Kind.DIVISIONS, [upper, lower]).notes == []


def test_a_division_inside_another_without_a_parent_is_told_of(loader: Loader) -> None:
    """Its sites are not counted in the other, however it looks on a map."""
    wide = {"adcode": "1", "name": "wide", "parent": None, "geometry": square(117, 31)}
    lower = {"adcode": "12", "name": "part", "parent": None, "geometry": square(117, 31, 0.5)}
    beside = lower | {"adcode": "2", "geometry": square(119, 31)}
    named = lower | {"adcode": "14", "parent": "1"}
    loader.areas(Kind.DIVISIONS, [wide], "prefecture")
    report = loader.areas(Kind.DIVISIONS, [lower, beside, named])
    assert (report.refused, report.n_notes) == (0, 1)
    assert report.notes[0].as_dict() == {
        "reason": "it names no parent, though it lies in 1; say which is above it, or the sites of"
        " one are not counted in the other",
        "field": "parent",
        "row": 1,
    }
    # Of one level they may well lie in each other, and what is around lies in nothing.
    alike = lower | {"adcode": "3", "geometry": square(117.6, 31.6, 0.2)}
    assert loader.areas(Kind.DIVISIONS, [wide, alike], "prefecture").notes == []
    # What a file has no column of is as it was.
    del named["parent"]
    assert loader.areas(Kind.DIVISIONS, [named | {"name": "new"}]).notes == []


def test_a_territory_follows_the_zone_it_is_made_of(loader: Loader, client: TestClient) -> None:
    loader.areas(Kind.SITES, [{"id": "Z", "name": "zone", "geometry": square(117, 31)}])
    loader.csv(Kind.SITES, "id,name,lon,lat\nA,one,118.5,31.5\n")
    loader.csv(Kind.UNIONS, "id,name,kind,territory_site_id\nF,f,regional_federation,Z\n")
    assert site(client, "A")["coverage"] == "none"
    assert site(client, "Z")["covered_by"] == "F"
    loader.areas(Kind.SITES, [{"id": "Z", "name": "zone", "geometry": square(118, 31)}])
    assert site(client, "A")["covered_by"] == "F"
    assert site(client, "A")["zone_id"] == "Z"


def test_a_territory_goes_with_the_zone_or_the_divisions_it_was_made_of(
    loader: Loader, client: TestClient, engine: Engine, settings: Settings
) -> None:
    loader.csv(Kind.SITES, "id,name,lon,lat\nA,one,117.5,31.5\nB,two,118.5,31.5\n")
    zone = loader.areas(Kind.SITES, [{"id": "Z", "name": "zone", "geometry": square(117, 31)}])
    areas = [{"adcode": "1", "name": "east", "geometry": square(118, 31)}]
    divisions = loader.areas(Kind.DIVISIONS, areas)
    loader.csv(Kind.UNIONS, "id,name,kind,territory_site_id\nF,f,regional_federation,Z\n")
    loader.csv(Kind.UNIONS, "id,name,kind,territory_adcodes\nG,g,regional_federation,1\n")
    assert [site(client, name)["covered_by"] for name in "AB"] == ["F", "G"]
    for report in (zone, divisions):
        assert report.batch_id is not None
        undo(engine, settings, report.batch_id)
    assert [site(client, name)["coverage"] for name in "AB"] == ["none", "none"]
    loader.areas(Kind.SITES, [{"id": "Z", "name": "zone", "geometry": square(117, 31)}])
    loader.areas(Kind.DIVISIONS, areas)
    assert [site(client, name)["covered_by"] for name in "AB"] == ["F", "G"]


def test_a_zone_counts_only_what_is_not_inside_it(loader: Loader, client: TestClient) -> None:
    loader.areas(
        Kind.SITES,
        [
            {"id": "L", "name": "large", "workers": 1000, "geometry": square(117, 31, 2)},
            {"id": "S", "name": "small", "workers": 300, "geometry": square(117.2, 31.2, 1)},
        ],
    )
    loader.csv(Kind.SITES, "id,name,workers,lon,lat\nA,one,100,117.5,31.5\n")
    counted = {name: site(client, name)["counted_workers"] for name in "LSA"}
    assert counted == {"L": 700, "S": 200, "A": 100}
    rows = client.get("/api/coverage").json()
    assert sum(row["workers"] for row in rows) == 1000
    collection = json.loads(client.get("/api/nearby?lon=117.5&lat=31.5").text)
    assert {feature["id"] for feature in collection["features"]} == {"L", "S", "A"}
