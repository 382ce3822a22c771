"""Figures: what they say, where things lie on them, and that they are the same in every run."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pytest
from map_views import BOUNDARIES, hefei_sites, hefei_view
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image
from pyproj import CRS, Geod, Transformer

from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.errors import Invalid, Unavailable
from geo.settings import Language
from maps import colours, furniture, legend
from maps.chart import metric_crs, north_bearing
from maps.figure import Format, composed, figure, seen
from maps.furniture import round_length, wrapped
from maps.view import MapView, Size, View

REFERENCES = Path(__file__).parent / "data/figures"
GEOD = Geod(ellps="WGS84")
SMALL = Size(200, 140, 60)


@cache
def made(kind: View, form: Format, layer: str | None = None) -> bytes:
    """A small figure, drawn once for all tests."""
    return figure(shown(kind, layer), form, SMALL)


def shown(kind: View, layer: str | None = None) -> MapView:
    around = gpd.read_file(BOUNDARIES / "anhui_province.geojson")
    return hefei_view(
        view=kind, language="zh", layer=layer, title="<&> 地图", surroundings=around.head(1)
    )


def said(drawn: Figure) -> list[str]:
    """All that is written on a figure."""
    return [text.get_text() for text in drawn.findobj(Text) if text.get_text()]


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def has_colour(image: NDArray[np.uint8], colour: str) -> bool:
    return bool((np.abs(image.astype(int) - colours.rgb(colour)).max(axis=2) <= 2).sum() > 20)


@pytest.mark.parametrize(
    ("kind", "layer", "language"),
    [
        ("hotspots", "heat_gap", "en"),
        ("hotspots", "heat_workers", "zh"),
        ("hotspots", "hex_gap", "zh"),
        ("coverage", "site_rate", "zh"),
        ("coverage", "worker_rate", "en"),
        ("sites", "plain", "en"),
    ],
)
def test_a_figure_says_what_it_is_of_when_and_from_what(
    kind: View, layer: str, language: Language
) -> None:
    title = "A $title$ of \\our\\ own ${x}"
    of = hefei_view(view=kind, layer=layer, language=language, title=title)
    texts = said(composed(of))
    everything = " ".join(texts)
    for text in (
        title,
        word("about.illustrative", language),
        word("about.as_of", language, date="2026-11-19"),
        word("legend.title", language),
        word("about.method", language),
        word("figure.north", language),
        word("figure.locator", language),
        "made-up.csv",
        "UTM zone 50N",
        "20 公里" if language == "zh" else "20 km",
        "巢湖市" if language == "zh" else "Chaohu",
    ):
        assert text in everything
    # Hexagons are in the unit of heat, and called by it.
    explained = "sites" if layer == "plain" else layer.replace("hex_", "heat_")
    assert word(f"legend.{explained}", language) in texts
    part, whole = of.unknown_count, of.site_count
    assert word("overview.unknown", language, part=part, whole=whole) in texts
    # The method is that of the layer, and of no other.
    for method in ("heat", "hex", "rate"):
        told = word(f"about.method.{method}", language, sigma="1 km")[:12]
        assert (told in everything.replace("\n", "")) == (method in layer), method


def test_a_figure_says_of_which_sites_it_is() -> None:
    wanted = SiteFilter(categories=(Category.FARM_COOPERATIVE,), min_workers=1000, search="x")
    path = [{"name": "合肥市", "name_en": "Hefei"}, {"name": "蜀山区", "name_en": "Shushan"}]
    everything = " ".join(said(composed(hefei_view(wanted=wanted, path=path))))
    for text in ("Shushan", "Farm co-operative", "at least 1,000 workers", "“x”"):
        assert text in everything
    assert "Filtered" not in " ".join(said(composed(hefei_view())))


@pytest.mark.parametrize("size", [Size(), Size(210, 297)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_is_said_is_on_the_paper_and_apart(language: Language, size: Size) -> None:
    """Titles, filters, places and sources of any length: the map gives way to them."""
    wanted = SiteFilter(
        categories=tuple(Category),
        coverages=tuple(Coverage),
        grades=tuple(Grade),
        min_workers=1000,
        search="合肥新站高新技术产业开发区",
    )
    title = {"zh": "合肥市职工建会入会覆盖缺口分布情况", "en": "Coverage of workers in Hefei: "}
    of = hefei_view(
        view="coverage",
        language=language,
        title=title[language] * 5,
        wanted=wanted,
        framed=True,
        path=[{"name": "伊犁哈萨克自治州" * 5, "name_en": "Ili Kazakh Prefecture " * 5}],
        sources=tuple(f"directory_of_employers_{each}" * 3 for each in range(5)),
    )
    drawn = composed(of, size)
    boxes = {
        text.get_text(): text.get_window_extent()
        for text in drawn.findobj(Text)
        if text.get_text().strip()
    }
    for text, box in boxes.items():
        assert box.x0 >= 0, text
        assert box.x1 <= drawn.bbox.x1, text
        assert box.y0 >= 0, text
        assert box.y1 <= drawn.bbox.y1, text
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 0.4 * min(a.height, b.height), (one, other)


def test_a_figure_without_a_title_is_called_by_what_it_shows() -> None:
    """Workers per km² stood under “workers not reached”, and heat under “coverage”."""
    for kind, layer, key in (
        ("hotspots", "hex_workers", "legend.heat_workers"),
        ("hotspots", "heat_sites", "legend.heat_sites"),
        ("coverage", "heat_gap", "map.title.hotspots"),
        ("hotspots", "worker_rate", "map.title.coverage"),
        ("sites", "plain", "map.title.sites"),
    ):
        assert hefei_view(view=kind, layer=layer).heading == word(key, "en")
    assert hefei_view(hefei_sites(known=False)).heading == word("legend.heat_sites", "en")


def test_sources_that_are_not_named_are_counted() -> None:
    """Of a map that was made from thirteen files five were named, and nothing told of the rest."""
    files = tuple(f"{each}.csv" for each in range(13))
    told = legend.source(hefei_view(sources=files))
    assert told == "Source: 0.csv; 1.csv; 2.csv; 3.csv; 4.csv; and 8 more files"
    assert "more" not in legend.source(hefei_view(sources=files[:5]))


def test_what_xml_cannot_hold_is_left_out_of_a_figure() -> None:
    """A control character in a title or a search made an SVG that no program opens."""
    of = hefei_view(title="a\x01\n b\x1f😀", wanted=SiteFilter(search="x\x02y"))
    ElementTree.fromstring(figure(of, "svg", SMALL))
    assert of.heading == "a b 😀"
    assert "“xy”" in " ".join(said(composed(of)))


@pytest.mark.parametrize(("lang", "name"), [("zh", "安徽省"), ("en", "Anhui")])
def test_the_locator_marks_the_map_in_what_is_around_it(lang: Language, name: str) -> None:
    of = replace(shown("coverage"), language=lang)
    drawn = composed(of)
    assert name in said(drawn)
    # The box of the map among the outlines: as wide to the province as on the ground.
    around = of.surroundings
    assert around is not None
    patches = [patch for patch in drawn.axes[0].patches if isinstance(patch, Polygon)]
    box = patches[-1].get_xy()
    outline = np.vstack([patch.get_xy() for patch in patches[:-1]])
    west, _, east, _ = around.total_bounds
    share = (of.bbox[2] - of.bbox[0]) / (east - west)
    assert np.ptp(box[:, 0]) / np.ptp(outline[:, 0]) == pytest.approx(share, rel=1e-6)


def test_what_is_not_illustrative_does_not_say_so() -> None:
    texts = said(composed(hefei_view(illustrative=False)))
    assert word("about.illustrative", "en") not in texts


def test_an_unknown_headcount_is_said_and_heat_is_of_sites() -> None:
    texts = said(composed(hefei_view(hefei_sites(known=False))))
    assert word("overview.not_reached_unknown", "en") in texts
    assert word("overview.worker_rate_unknown", "en") in texts
    assert word("legend.heat_sites", "en") in texts


def test_where_sites_are_too_many_their_density_is_drawn_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maps.chart.SITES_BOUND", 100)
    everything = " ".join(said(composed(hefei_view(view="sites"))))
    assert word("legend.heat_sites", "en") in everything
    assert "their density is shown" in everything


def test_png_has_the_size_and_colours_asked_for() -> None:
    image = pixels(figure(hefei_view(view="sites"), "png", Size(254, 127, 200)))
    assert image.shape == (1000, 2000, 3)
    for mark in colours.COVERAGE.values():
        assert has_colour(image, mark.fill.light)
    coverage = pixels(made("coverage", "png"))
    classes = {colours.rate_class(rate) for rate in hefei_view().divisions["site_rate"]}
    for index in classes - {None}:
        assert has_colour(coverage, colours.RATE[index].light)


def test_svg_and_pdf_are_what_they_claim() -> None:
    svg = ElementTree.fromstring(made("sites", "svg"))
    assert svg.tag.endswith("svg")
    assert svg.get("width") == f"{200 / 25.4 * 72:.6f}".rstrip("0") + "pt"
    assert "<&> 地图" in "".join(svg.itertext())
    pdf = made("sites", "pdf")
    assert pdf.startswith(b"%PDF-")
    assert b"/FontFile" in pdf or b"/Type3" in pdf


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_view_gives_the_same_bytes_also_from_threads(form: Format) -> None:
    kinds: list[View] = ["coverage", "sites"]
    alone = [made(kind, form) for kind in kinds]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda kind: figure(shown(kind), form, SMALL), kinds))
    assert together == alone
    assert len(set(alone)) == len(kinds)


def test_no_figure_of_pyplot_is_left_open() -> None:
    made("coverage", "png")
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []
    assert mpl.rcParams["font.family"] == mpl.rcParamsDefault["font.family"]


@pytest.mark.parametrize(
    "size",
    [
        {"width_mm": 10},
        {"height_mm": 5000},
        {"dpi": 10_000},
        {"dpi": 0},
        {"width_mm": float("nan")},
    ],
)
def test_a_size_that_cannot_be_printed_is_refused(size: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="A figure"):
        figure(hefei_view(), "png", Size(**size))


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "FONTS", ("No such font",))
    furniture.font_family.cache_clear()
    with pytest.raises(Unavailable, match="fonts-noto-cjk"):
        figure(hefei_view(), "png", SMALL)
    furniture.font_family.cache_clear()


@pytest.mark.parametrize("size", [(297, 210), (210, 297), (150, 100), (420, 594)])
def test_the_map_is_to_scale_and_shows_all_of_the_view(size: tuple[float, float]) -> None:
    shown = hefei_view()
    drawn = composed(shown, Size(*size))
    chart = drawn.axes[1]
    (left, right), (low, high) = chart.get_xlim(), chart.get_ylim()
    box = chart.get_position()
    across = (right - left) / (box.width * size[0])
    along = (high - low) / (box.height * size[1])
    assert across == pytest.approx(along, rel=1e-6)
    areas = shown.divisions.to_crs(metric_crs(shown.bbox))
    west, south, east, north = areas.total_bounds
    assert left < west < east < right
    assert low < south < north < high


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    drawn = composed(hefei_view())
    chart, over = drawn.axes[1], drawn.axes[2]
    bar = [patch for patch in over.patches if hasattr(patch, "get_width")][:4]
    width_mm = sum(patch.get_width() for patch in bar)
    (left, right), low = chart.get_xlim(), sum(chart.get_ylim()) / 2
    metres = width_mm * (right - left) / (chart.get_position().width * 297)
    back = Transformer.from_crs(metric_crs(hefei_view().bbox), 4326, always_xy=True)
    middle = (left + right) / 2
    lon, lat = back.transform([middle - metres / 2, middle + metres / 2], [low, low])
    assert GEOD.inv(lon[0], lat[0], lon[1], lat[1])[2] == pytest.approx(20_000, rel=0.002)


@pytest.mark.parametrize(
    ("bbox", "name"),
    [
        ((116.7, 30.9, 118.0, 32.5), "WGS 84 / UTM zone 50N"),
        ((18.3, -34.4, 19.0, -33.5), "WGS 84 / UTM zone 34S"),
        ((177.0, -38, 179.9, -36), "WGS 84 / UTM zone 60S"),
    ],
)
def test_small_extents_are_drawn_in_their_utm_zone(
    bbox: tuple[float, float, float, float], name: str
) -> None:
    assert metric_crs(bbox).name == name


def test_wide_extents_are_drawn_equal_in_area_with_north_up_in_the_middle() -> None:
    bbox = (-125.0, 24.0, -66.0, 50.0)
    crs = metric_crs(bbox)
    assert "Azimuthal Equal Area" in crs.to_wkt()
    assert north_bearing(bbox, crs) == pytest.approx(0, abs=1e-3)
    states = gpd.read_file(BOUNDARIES / "us_states.geojson")
    areas = states[states["adcode"].isin(["48", "41"])].to_crs(crs).area
    true = [
        abs(GEOD.geometry_area_perimeter(geometry)[0])
        for geometry in states[states["adcode"].isin(["48", "41"])].geometry
    ]
    np.testing.assert_allclose(areas, true, rtol=0.002)


def test_north_is_where_the_meridian_goes() -> None:
    # At the edge of a zone the grid turns away from north by the convergence, here 1.5 degrees.
    bbox = (116.9, 31.0, 117.1, 32.0)
    crs = CRS.from_epsg(32651)
    assert north_bearing(bbox, crs) == pytest.approx(3.14, abs=0.1)


def test_lines_are_broken_where_the_language_breaks_them() -> None:
    assert wrapped("覆盖率：每个站点只计入一次。", 5) == ["覆盖率：每", "个站点只计", "入一次。"]
    assert wrapped("workers and sites", 5.5) == ["workers", "and sites"]
    assert wrapped("", 10) == []
    assert "".join(wrapped("共 4,000 个站点", 3)).replace(" ", "") == "共4,000个站点"


@pytest.mark.parametrize(("metres", "length"), [(1, 1), (9.9, 5), (23_000, 20_000), (7e5, 5e5)])
def test_scale_bars_have_round_lengths(metres: float, length: float) -> None:
    assert round_length(metres) == length


LIKE: dict[str, tuple[View, str]] = {
    "hotspots": ("hotspots", "heat_gap"),
    "hexagons": ("hotspots", "hex_gap"),
    "coverage": ("coverage", "site_rate"),
    "sites": ("sites", "plain"),
}


def difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The root of the mean square; where the pictures are of one size."""
    assert one.shape == other.shape
    return float(np.sqrt(((one.astype(float) - other.astype(float)) ** 2).mean()))


@pytest.mark.parametrize("name", LIKE)
def test_figures_look_like_their_references(name: str) -> None:
    """Renew a reference by writing the figure into its place, after looking at it."""
    found = pixels(made(LIKE[name][0], "png", LIKE[name][1]))
    wanted = {each: pixels((REFERENCES / f"{each}.png").read_bytes()) for each in LIKE}
    # Fonts differ in small things between systems: text may be off by a little, the map by less.
    assert difference(found, wanted[name]) < 5
    of_map = np.s_[40:300, 30:320]
    off = {each: difference(found[of_map], wanted[each][of_map]) for each in LIKE}
    assert off.pop(name) < 4
    assert min(off.values()) > 6


def test_a_frame_shows_all_of_the_paper_s_map() -> None:
    """Heat and hexagons reach the edges of the map, whatever the paper's shape."""
    for bbox in ((117.1, 31.7, 117.5, 31.8), (177.0, -19.0, -178.0, -16.0), (-179.0, -60, 179, 80)):
        for size in (Size(), Size(210, 297)):
            west, south, east, north = seen(hefei_view(bbox=bbox), size)
            assert -180 <= west <= 180
            assert -180 <= east <= 180
            assert south <= bbox[1]
            assert north >= bbox[3]
            wide = (east - west) % 360 or 360
            assert wide >= (bbox[2] - bbox[0]) % 360
            assert (bbox[0] - west) % 360 <= wide
