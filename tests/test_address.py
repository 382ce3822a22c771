"""The state of the page as its address: written alike by server and page, and read back whole."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from api.dependencies import OfSites
from geo.domain.coordinates import parse_place
from geo.domain.faults import told
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.errors import Invalid
from maps.address import CHOICES, FILTERS, REPEATED, Address
from maps.chosen import address_of
from maps.planner import month_ends

STATIC = Path(__file__).parent.parent / "maps/static"
NAMES = [*FILTERS, *CHOICES]
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1, max_size=12
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=12)


@given(PAIRS)
def test_an_address_is_read_back_as_it_was(pairs: list[tuple[str, str]]) -> None:
    address = Address.of(pairs)
    query = urlsplit(address.at("/")).query
    assert Address.of(parse_qsl(query, keep_blank_values=True)) == address
    for name in NAMES:
        values = list(dict.fromkeys(value for each, value in pairs if each == name))
        assert address.every(name) == (values if name in REPEATED else values[-1:])


@given(PAIRS, st.sampled_from(NAMES), TEXTS)
def test_a_change_changes_one_thing(pairs: list[tuple[str, str]], name: str, value: str) -> None:
    address = Address.of(pairs)
    after = address.changed(**{name: value})
    assert after.every(name) == [value]
    others = [each for each in NAMES if each != name]
    assert all(after.every(each) == address.every(each) for each in others)
    assert after.changed(**{name: None}).every(name) == []


@given(
    st.builds(
        SiteFilter,
        coverages=st.lists(st.sampled_from(Coverage), unique=True).map(tuple),
        categories=st.lists(st.sampled_from(Category), unique=True).map(tuple),
        grades=st.lists(st.sampled_from(Grade), unique=True).map(tuple),
        needs_own_union=st.sampled_from([None, True, False]),
        min_workers=st.none() | st.integers(0, 100),
        max_workers=st.none() | st.integers(0, 100),
        unknown_workers=st.booleans(),
        division=st.none() | TEXTS,
        outside=st.none() | TEXTS,
        search=st.none() | TEXTS,
    )
)
def test_the_filters_of_an_address_ask_for_the_sites_it_was_made_for(wanted: SiteFilter) -> None:
    address = address_of(wanted)
    asked = {name: address.every(name) for name, _ in address.pairs}
    single = {name: values[-1] for name, values in asked.items() if name not in REPEATED}
    assert OfSites.model_validate(asked | single).sites() == wanted


def test_the_page_writes_what_the_server_writes(chromium: Browser) -> None:
    """Both write every address alike, and the page reads back what it wrote."""
    examples: list[list[tuple[str, str]]] = []

    @given(PAIRS)
    def collect(pairs: list[tuple[str, str]]) -> None:
        examples.append(pairs)

    collect()
    page = chromium.new_page()
    source = (STATIC / "state.js").read_text(encoding="utf-8")
    page.add_script_tag(type="module", content=source + "\nwindow.state = {parse, serialise};")
    page.wait_for_function("window.state")
    written = page.evaluate(
        "queries => queries.map(query => {"
        " const one = state.serialise(state.parse(query));"
        " return [one, state.serialise(state.parse(one))]; })",
        ["?" + urlsplit(Address(tuple(pairs)).at("/")).query for pairs in examples],
    )
    page.close()
    assert len(written) == len(examples)
    for pairs, (once, twice) in zip(examples, written, strict=True):
        assert once == twice
        read = parse_qsl(once.removeprefix("?"), keep_blank_values=True)
        assert tuple(read) == Address.of(pairs).pairs, json.dumps(pairs)


@pytest.mark.parametrize(
    "text",
    [
        "117.2272, 31.8206",
        "31.8206,117.2272",
        "117.2272 31.8206",
        "(117.2272，31.8206)",
        "N31.8206 E117.2272",
        "N31.8206E117.2272",
        "31.8206N117.2272E",
        "经度：117.2272，纬度：31.8206",
        "31度49分14.16秒N 117度13分37.92秒E",
        "31.8206N, 117.2272E",
        "东经117.2272 北纬31.8206",
        "北纬31°49′14.16″，东经117°13′37.92″",
        "31°49'14.16\"N 117°13'37.92\"E",
        "31°49.236'N 117°13.632'E",
        "31º49'14.16''N;117º13'37.92''E",
    ],
)
def test_a_place_is_understood(text: str) -> None:
    lon, lat = parse_place(text, "wgs84", None)
    assert (lon, lat) == pytest.approx((117.2272, 31.8206), abs=1e-6)


def test_a_doubtful_order_goes_by_what_is_near() -> None:
    assert parse_place("31.2 29.9", "wgs84", (29.9, 31.2)) == (29.9, 31.2)
    assert parse_place("31.2 29.9", "wgs84", (31.2, 29.9)) == (31.2, 29.9)
    assert parse_place("31.2 29.9", "wgs84", None) == (31.2, 29.9)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "117",
        "117.2 31.8 5",
        "N31 N32",
        "200 100",
        "31°75'N 117°E",
        "old town",
        "117.2.3 31",
        "1e5 3",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        parse_place(text, "wgs84", None)
    message, (problem,) = told(raised.value, "zh")
    assert message == problem.reason == word("place.unreadable", "zh", text=text)
    assert problem.field == "text"


def test_months_end_with_today() -> None:
    days = month_ends(date(2026, 3, 5), 4)
    assert days == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 5)]
