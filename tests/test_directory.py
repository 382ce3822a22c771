"""The directory as a table: every order, page by page, and categories that add up."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from geo.database.directory import Column, Listing, Order, categories, listing
from geo.database.engine import reading
from geo.database.schema import site
from geo.database.summary import coverage_summary
from geo.domain.site import Category, Coverage
from geo.domain.site_filter import EVERYTHING, SiteFilter

HEFEI = "340100"


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("column", ["gap", "workers"])
def test_pages_are_the_whole_in_order_and_what_is_unknown_comes_last(
    demo_engine: Engine, column: Column, descending: bool
) -> None:
    with reading(demo_engine) as connection:
        rows = connection.execute(sa.select(site.c.id, site.c[column]).where(site.c.active)).all()
        known = sorted(row for row in rows if row[1] is not None)
        known.sort(key=lambda row: -row[1] if descending else row[1])
        wanted = [row.id for row in [*known, *sorted(row for row in rows if row[1] is None)]]
        assert len(known) < len(wanted)
        found: list[str] = []
        page = Listing([], None)
        # As many pages as there should be, and one more.
        for _ in islice(iter(int, 1), len(wanted) // 397 + 1):
            page = listing(
                connection, EVERYTHING, Order(column, descending), after=page.after, limit=397
            )
            found += [row["id"] for row in page.rows]
        assert page.after is None
        assert found == wanted


def test_a_page_that_ends_where_the_known_end_goes_on_with_the_unknown(
    demo_engine: Engine,
) -> None:
    with reading(demo_engine) as connection:
        count = sa.select(sa.func.count()).where(site.c.active, site.c.workers.is_not(None))
        known = int(connection.scalar(count) or 0)
        first = listing(connection, EVERYTHING, Order("workers"), limit=known)
        assert first.rows[-1]["workers"] is not None
        assert first.after is not None
        second = listing(connection, EVERYTHING, Order("workers"), after=first.after, limit=10)
        assert [row["workers"] for row in second.rows] == [None] * 10


@pytest.mark.parametrize(
    "wanted",
    [
        EVERYTHING,
        SiteFilter(division=HEFEI),
        SiteFilter(coverages=(Coverage.NONE,)),
        SiteFilter(needs_own_union=True, division="340104"),
        SiteFilter(min_workers=30),
        SiteFilter(search="物流", division=HEFEI),
    ],
)
def test_categories_are_those_of_the_coverage(demo_engine: Engine, wanted: SiteFilter) -> None:
    names = ("sites", "sites_direct", "sites_secondary", "sites_none", "workers", "gap")
    with reading(demo_engine) as connection:
        found = {row["category"]: row for row in categories(connection, wanted)}
        assert [row["sites"] for row in found.values()] == sorted(
            (row["sites"] for row in found.values()), reverse=True
        )
        for category in Category:
            rows = coverage_summary(
                connection, replace(wanted, categories=(category,)), parent=wanted.division
            )
            summed = {name: sum(row[name] for row in rows) for name in names}
            told = found.get(str(category), dict.fromkeys(names, 0))
            assert {name: told[name] for name in names} == summed, category
        only = replace(wanted, categories=(Category.OTHER,))
        assert {row["category"] for row in categories(connection, only)} <= {"other"}
