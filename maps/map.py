"""The map: folium puts it together, from layers and assets that are all our own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import folium
from branca.element import Figure
from folium.template import Template
from markupsafe import Markup

from geo.domain.words import word
from maps import payload
from maps.assets import Mode
from maps.cells import LEAST_SIGMA_CELLS, eastward
from maps.colours import HEAT_BREAKS, RATE_BREAKS
from maps.layers import LayerSwitch, layers
from maps.view import LAYERS, SITES_BOUND, MapView, title_key, view_of

_NAME = "antu"
# The rooms and phrases of the catalogue that the scripts of a map speak from.
_SPOKEN = (
    *("category", "coverage", "direction", "division", "grade", "map", "nearby", "number", "place"),
    *("site", "state", "time", "unit", "legend.heat_note", "legend.hex_width"),
    *("page.show_sites", "share.copied", "share.not_copied", "share.preview"),
)


class AntuMap(folium.Map):
    """folium's map without the assets of other hosts: Leaflet, and static/map.js as `antu`."""

    default_js = [("leaflet", "/vendor/leaflet/leaflet.js")]  # noqa: RUF012 - folium's own form
    default_css = [  # noqa: RUF012
        ("leaflet", "/vendor/leaflet/leaflet.css"),
        ("antu_map", "/static/map.css"),
    ]
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = antu.createMap(
                {{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, view: MapView, mode: Mode) -> None:
        west, south, east, north = eastward(view.bbox)
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            zoom_control=False,
            min_zoom=2,
            max_zoom=18,
            # Tiles are only sharp, and meet without a seam, at whole zooms.
            zoom_snap=1 if mode == "served" else 0.25,
            zoom_delta=1 if mode == "served" else 0.5,
            attribution_control=False,
        )
        self._id = _NAME
        self.fit_bounds(bounds(view))
        for layer in layers(view, mode):
            layer.add_to(self)
        LayerSwitch(position="topright", collapsed=True).add_to(self)


@dataclass(frozen=True)
class MapParts:
    """What a page needs to show a map: addresses of scripts and styles, markup, script, data."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    html: Markup
    script: Markup
    name: str
    data: dict[str, Any]


def map_parts(view: MapView, mode: Mode) -> MapParts:
    """The map of a view; the markup and script are folium's, the data is for static/map.js."""
    drawn = AntuMap(view, mode)
    figure = Figure()
    drawn.add_to(figure)
    for child in figure._children.values():
        child.render()
    return MapParts(
        scripts=tuple(url for _, url in drawn.default_js),
        styles=tuple(url for _, url in drawn.default_css),
        html=Markup(figure.html.render()),  # noqa: S704 - made by the template above
        script=Markup(figure.script.render()),  # noqa: S704 - values in it are written as JSON
        name=drawn.get_name(),
        data=_data(view, mode),
    )


def bounds(view: MapView) -> list[list[float]]:
    """The corners of what is to be seen first, as Leaflet takes them."""
    west, south, east, north = eastward(view.bbox)
    return [[south, west], [north, east]]


def _data(view: MapView, mode: Mode) -> dict[str, Any]:
    data: dict[str, Any] = {
        "mode": mode,
        "language": view.language,
        "words": payload.phrases(view.language, _SPOKEN),
        "bounds": bounds(view),
        "firstHeat": view.first_heat,
        "layers": {
            each: {"view": view_of(each), "title": word(title_key(each), view.language)}
            for each in LAYERS
        },
        "bandwidthM": view.bandwidth_m,
        "leastSigmaCells": LEAST_SIGMA_CELLS,
        "rateBreaks": RATE_BREAKS,
        "heatBreaks": HEAT_BREAKS,
        "cellsNote": _cells_note(view, mode),
        "divisions": payload.divisions(view.divisions),
    }
    if mode == "served" and view.basemap:
        data["basemap"] = asdict(view.basemap)
    if mode == "file":
        data["hexagons"] = payload.file_hexagons(view)
        if view.sites is not None and len(view.sites) <= SITES_BOUND:
            data["sites"] = payload.sites(view.sites)
        else:
            data["cells"] = payload.cells(view)
    return data


def _cells_note(view: MapView, mode: Mode) -> str:
    if mode == "served":
        return word("map.cells_note", view.language)
    return word("map.cells_note_file", view.language, n=view.site_count, bound=SITES_BOUND)
