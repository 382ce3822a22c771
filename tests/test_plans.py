"""Plans: each query uses the index that its header names, on a table large enough to need one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from planned import SITES, header, large_database, nodes
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import Connection, Engine
from synthetic import TODAY

from benchmarks import data
from geo.database import blocks, heat, loading, pyramid, sites, working
from geo.database.engine import (
    QUERIES,
    _driver_text,
    _given,
    create_engine,
    query,
    reading,
    snapshot,
    transactional,
)
from geo.domain.area import BoundingBox
from geo.domain.kind import Kind
from geo.domain.site import Category, Grade
from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.settings import Settings

SMALL = BoundingBox(113.0, 32.0, 113.05, 32.05)
WORLD = BoundingBox(-180.0, -90.0, 180.0, 90.0)
ATTENTION = SiteFilter(attention=True)


@pytest.fixture(scope="module")
def large(server: str, template: str) -> Iterator[Engine]:
    """A database with SITES sites: to be read only."""
    with large_database(server, template) as url:
        engine = create_engine(url, Settings(today=TODAY))
        yield engine
        engine.dispose()


def indexes(connection: Connection, name: str, values: dict[str, Any]) -> set[str]:
    """The indexes in the plan of a query."""
    return {node["Index Name"] for node in plan(connection, name, values) if "Index Name" in node}


def plan(connection: Connection, name: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    statement = sa.text(f"EXPLAIN (FORMAT JSON) {query(name, values).text}")
    found = connection.execute(statement, values).scalar_one()
    return list(nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def page(wanted: SiteFilter, **begun: Any) -> dict[str, Any]:
    """The binds of a page of 100 sites."""
    box = begun.get("box")
    rest = sites._rest(box, begun.get("after"), by_id=not sites.serves_all(wanted, box))
    return wanted.as_values() | rest | {"size": 100}


HERE = {"place": "POINT(113.2 32.1)", "k": 20, "size": 25}
RARE = SiteFilter(min_workers=2000)
TILE = {"z": 12, "x": 3336, "y": 1660, "world": 1 << 12}


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("nearby", ATTENTION.as_values() | HERE, "site_attention_geography"),
        ("nearby", EVERYTHING.as_values() | HERE, "site_geography"),
        ("nearby", EVERYTHING.as_values() | HERE | {"radius_m": 2000.0}, "site_geography"),
        ("nearby", RARE.as_values() | HERE, "site_workers"),
        (
            "nearby",
            SiteFilter(categories=(Category.LOGISTICS_HUB,), min_workers=500).as_values() | HERE,
            "site_category_workers",
        ),
        ("sites", page(EVERYTHING), "site_pkey"),
        ("sites", page(EVERYTHING, after=sites.Place(0.0, "S00030000")), "site_pkey"),
        ("sites", page(RARE, box=SMALL), "site_geom"),
        ("sites_count", EVERYTHING.as_values() | {"most": 1000} | SMALL.as_values(), "site_geom"),
        ("site", {"id": "S00000001"}, "site_pkey"),
        ("sites_export", {"after": "S00030000", "size": 100}, "site_pkey"),
        ("heat_blocks", heat.values(EVERYTHING, 8, 13400, 6640, 13500, 6740), "heat_block_key"),
        (
            "heat_blocks",
            heat.values(ATTENTION, 11, 107000, 53000, 107100, 53100),
            "heat_block_key",
        ),
        ("heat", heat.values(RARE, 11, 107000, 53000, 107100, 53100), "site_geom"),
        (
            "tile_cells",
            heat.values(EVERYTHING, 8, 13400, 6640, 13408, 6648) | {"width": 512},
            "heat_block_key",
        ),
        (
            "tile_sites",
            EVERYTHING.as_values() | TILE | SMALL.as_values() | {"clip": SMALL.as_values()["box"]},
            "site_geom",
        ),
    ],
)
def test_reading(large: Engine, name: str, values: dict[str, Any], index: str) -> None:
    with reading(large) as connection:
        assert index in indexes(connection, name, values)
    assert index in header(QUERIES / f"{name}.sql")


@pytest.mark.parametrize("wanted", [EVERYTHING, ATTENTION])
@pytest.mark.parametrize("box", [SMALL, WORLD])
@pytest.mark.parametrize("after", [None, sites.Place(113.02, "S00030000")])
def test_a_page_of_a_box_is_read_in_the_order_of_an_index(
    large: Engine, wanted: SiteFilter, box: BoundingBox, after: sites.Place | None
) -> None:
    """However many sites a box holds, only those of the page are looked at."""
    with reading(large) as connection:
        found = plan(connection, "sites", page(wanted, box=box, after=after))
    ordered = [node for node in found if "Order By" in node]
    assert [node["Index Name"] for node in ordered] == ["site_geom"]


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("sites", page(EVERYTHING, box=SMALL), "site_geom"),
        ("sites", page(ATTENTION, box=WORLD, after=sites.Place(113.02, "S1")), "site_geom"),
        ("sites", page(EVERYTHING, after=sites.Place(0.0, "S00030000")), "site_pkey"),
        ("nearby", ATTENTION.as_values() | HERE, "site_attention_geography"),
        ("nearby", EVERYTHING.as_values() | HERE, "site_geography"),
        ("nearby", ATTENTION.as_values() | HERE | {"radius_m": 2e3}, "site_attention_geography"),
        ("site", {"id": "S00000001"}, "site_pkey"),
    ],
)
def test_a_plan_for_all_values_is_by_index(
    large: Engine, name: str, values: dict[str, Any], index: str
) -> None:
    text = _driver_text(name, _given(name, values))
    binds = dict.fromkeys(re.findall(r"%\((\w+)\)s", text))
    with reading(large, plan_once=True) as connection:
        driver = connection.connection.driver_connection
        driver.execute(text, values, prepare=True)
        (statement,) = driver.execute("SELECT max(name) FROM pg_prepared_statements").fetchone()
        asked = SQL("EXPLAIN (FORMAT JSON) EXECUTE {}({})").format(
            Identifier(statement), SQL(", ").join(Literal(values[bind]) for bind in binds)
        )
        ((found,),) = driver.execute(asked).fetchone()
        driver.execute("DEALLOCATE ALL")
    assert index in {node.get("Index Name") for node in nodes(found["Plan"])}
    assert not any(
        node["Node Type"] == "Seq Scan" and node["Relation Name"] == "site"
        for node in nodes(found["Plan"])
    )


def test_few_that_pass_are_not_walked_to(large: Engine) -> None:
    """A walk outward would see nearly all sites before it met enough of these."""
    few = SiteFilter(categories=(Category.FARM_COOPERATIVE,), grades=(Grade.NATIONAL,))
    many = SiteFilter(categories=(Category.OTHER,))
    with reading(large) as connection:
        for wanted, sorting in ((few, True), (many, False)):
            values = wanted.as_values() | {"place": HERE["place"], "k": 20}
            assert sites._sorting_is_cheaper(connection, values, 23) is sorting
        values = few.as_values() | HERE | {"sorting": True}
        assert not indexes(connection, "nearby", values) & {"site_geography"}


def test_no_query_of_a_view_reads_all_sites(large: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a map asks first is answered from the counts."""
    with reading(large) as connection:
        for wanted in (EVERYTHING, ATTENTION, SiteFilter(categories=(Category.OTHER,))):
            for z in (0, 3, 6, 9, blocks.FINEST):
                window = (52 << z, 25 << z, (52 << z) + 128, (25 << z) + 128)
                values = heat.values(wanted, z, *window)
                found = plan(connection, "heat_blocks", values)
                reads = {node.get("Relation Name") for node in found}
                assert reads <= {None, "heat_block", "data_state"}
        levels = {"level": "county", "parent": None, "parts": pyramid.parts(ATTENTION)}
        reads = {node.get("Relation Name") for node in plan(connection, "coverage_summary", levels)}
        assert "division_part" in reads
        assert "site" not in reads


@pytest.mark.parametrize("touched", [1, 200])
def test_a_small_change_reads_little(large: Engine, touched: int) -> None:
    """Every step of a load of few sites goes by indexes: no statement reads the whole table."""
    frame = next(data.sites(SITES)).head(touched).copy()
    frame["workers"] = 77
    with reading(large) as connection:
        before = scanned(connection)
    with transactional(large).connect() as connection, connection.begin() as transaction:
        loading.stage(connection, Kind.SITES, [frame])
        loading.compare(connection, Kind.SITES)
        loading.write(connection, Kind.SITES, 999, TODAY, 25)
        after = scanned(connection)
        transaction.rollback()
    assert after - before < SITES / 5


def scanned(connection: Connection) -> int:
    """Rows of site that sequential scans have read, in this transaction too."""
    statement = """
        SELECT
            coalesce(sum(seq_tup_read), 0)
        FROM pg_stat_xact_user_tables WHERE relname = 'site'
    """
    return int(connection.scalar(sa.text(statement)) or 0)


def test_a_few_days_later_little_is_read(large: Engine) -> None:
    on = TODAY + timedelta(days=3)
    with snapshot(large) as connection:
        working.create(connection)
        connection.execute(query("touch_period"), {"before": TODAY, "on": on})
        touched = connection.scalar(sa.text("SELECT count(*) FROM touched"))
        assert 0 < touched < SITES / 20
        assert scanned(connection) < SITES


def test_every_header_names_what_the_query_needs() -> None:
    for path in sorted(Path(QUERIES).glob("*.sql")):
        told = header(path)
        assert told, path.name
        if "Uses:" not in told:
            for bind in sa.text(path.read_text(encoding="utf-8")).compile().params:
                assert re.search(rf"\b{bind}\b", told), (path.name, bind)


def test_every_index_of_a_header_exists(large: Engine) -> None:
    with reading(large) as connection:
        known = set(connection.scalars(sa.text("SELECT indexname FROM pg_indexes")))
    known |= {"candidate_point"}
    for path in sorted(Path(QUERIES).glob("*.sql")):
        _, _, told = header(path).partition("Index:")
        named = set(re.findall(r"\b(?:site|division|heat_block|union_organisation)_\w+", told))
        assert named <= known, (path.name, named - known)
