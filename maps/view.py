"""What a map, page, file or figure is made from: frames and what must be said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from geo.domain.site_filter import EVERYTHING, SiteFilter
from geo.domain.words import word
from geo.settings import Language
from maps.basemap import Basemap
from maps.cells import BANDWIDTH_M, Bbox, sigma_m
from maps.colours import MEASURES, RATES, Measure, Rate

View = Literal["hotspots", "coverage", "sites"]
Row = Mapping[str, Any]

VIEWS: tuple[View, ...] = ("hotspots", "coverage", "sites")
OWN_LAYER: Mapping[View, str] = {"hotspots": "heat_gap", "coverage": "site_rate", "sites": "plain"}
# A file and a figure hold so many sites one by one; more are counted in cells.
SITES_BOUND = 20_000
_MOST_OF_TITLE = 200


@dataclass(frozen=True)
class Size:
    """How large a figure is; A4, landscape, if nobody says otherwise."""

    width_mm: float = 297.0
    height_mm: float = 210.0
    dpi: int = 200


A4 = Size()


@dataclass(frozen=True)
class MapView:
    """One map, whichever way it is shown.

    `totals` is the coverage row of everything the map answers for, `outside` that of what lies
    outside every boundary. `divisions` has the columns of a coverage row and geometry, `sites`
    id, name, category, grade, workers, members, coverage, needs_own_union, gap, adcode and
    geometry (EPSG:4326 both). `cells` are those of `maps.cells.bbox_window(ground, bandwidth_m)`
    with columns x, y, sites, workers, gap, sites_unknown_workers. Sites and cells may be None where
    a server is asked for them instead; a file needs the cells, and the sites where they are at
    most SITES_BOUND. `bbox` is west, south, east, north of what is to be seen first, `cells_bbox`
    of what the cells cover where that is more; `framed` says that somebody chose it. `surroundings`
    is an area around it (the province of a city: name, name_en, geometry) for the locator of a
    figure. `wanted` is the filter of the sites, `path` leads down to its division (name, name_en).
    `layer` is shown first where the view has it, instead of the view's own. A file or
    figure shows no `basemap`.
    """

    view: View
    language: Language
    on: date
    bbox: Bbox
    totals: Row
    divisions: gpd.GeoDataFrame
    outside: Row | None = None
    sites: gpd.GeoDataFrame | None = None
    cells: pd.DataFrame | None = None
    title: str | None = None
    threshold: int = 25
    bandwidth_m: float = BANDWIDTH_M
    illustrative: bool = False
    sources: tuple[str, ...] = ()
    data_as_of: date | None = None
    surroundings: gpd.GeoDataFrame | None = None
    layer: str | None = None
    basemap: Basemap | None = None
    cells_bbox: Bbox | None = None
    framed: bool = False
    wanted: SiteFilter = EVERYTHING
    path: Sequence[Row] = ()

    @property
    def heading(self) -> str:
        """The title in one line, or else what a map of the first layer is called."""
        title = printable(" ".join((self.title or "").split()))
        if len(title) > _MOST_OF_TITLE:
            title = title[:_MOST_OF_TITLE] + "…"
        return title or word(title_key(self.first_layer), self.language)

    @property
    def site_count(self) -> int:
        """How many sites the map answers for, seen or not."""
        return int(self.totals["sites"])

    @property
    def unknown_count(self) -> int:
        """How many of them have no known headcount."""
        return int(self.totals["sites_unknown_workers"])

    @property
    def has_headcount(self) -> bool:
        """Whether workers are known: without a headcount of any site they are not, nor zero."""
        return self.site_count == 0 or self.unknown_count < self.site_count

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What heat can be drawn of; a server is asked again when other headcounts are known."""
        return MEASURES if self.has_headcount or self.is_served else ("sites",)

    @property
    def rates(self) -> tuple[Rate, ...]:
        """What divisions can be coloured by."""
        known = self.has_headcount or self.is_served
        return RATES if known else ("site_rate",)

    @property
    def layers(self) -> tuple[str, ...]:
        """What can be shown, one at a time, as keys in the catalogue of words."""
        return _layers(self.measures, self.rates)

    @property
    def first_layer(self) -> str:
        """The layer that is shown at first, as its key in the catalogue of words."""
        if self.layer in self.layers:
            return str(self.layer)
        return self.first_heat if self.view == "hotspots" else OWN_LAYER[self.view]

    @property
    def first_heat(self) -> str:
        """The heat that is shown while nobody chooses another."""
        return "heat_gap" if self.has_headcount else "heat_sites"

    @property
    def is_served(self) -> bool:
        """Whether a server is asked for sites and heat while somebody looks."""
        return self.cells is None

    @property
    def sigma_m(self) -> float:
        """What a heat picture of the whole view is smoothed with."""
        return sigma_m(self.ground, self.bandwidth_m)

    @property
    def ground(self) -> Bbox:
        """The box that the cells cover."""
        return self.cells_bbox or self.bbox


def _layers(measures: Sequence[Measure], rates: Sequence[Rate]) -> tuple[str, ...]:
    counted = (f"{kind}_{each}" for kind in ("heat", "hex") for each in measures)
    return (*counted, *rates, "plain")


# Of any view; one where no headcount is known has fewer.
LAYERS = _layers(MEASURES, RATES)


def plain(value: Any) -> Any:
    """A value of a frame as JSON and text take it: what is missing is None."""
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def printable(text: str) -> str:
    """A text without control characters: XML, as of an SVG, cannot hold them."""
    return "".join(each for each in text if each.isprintable())


def title_key(layer: str) -> str:
    """What a map that shows a layer is called, as a key in the catalogue of words."""
    kind, _, measure = layer.partition("_")
    if kind in ("heat", "hex") and measure != "gap":
        return f"legend.heat_{measure}"
    return f"map.title.{view_of(layer)}"


def view_of(layer: str | None) -> View:
    """The view that a layer belongs to; what is no layer belongs to the first."""
    if layer in RATES:
        return "coverage"
    return "sites" if layer == "plain" else "hotspots"
