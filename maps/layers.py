"""The layers of the map as folium elements; what they do in a browser is in static/*.js.

Each has a key, which names it in the catalogue of words, in the legend and in the page.
"""

from __future__ import annotations

import base64

import folium
from folium.map import Layer
from folium.template import Template

from geo.domain.words import word
from geo.settings import Language
from maps.assets import Mode
from maps.cells import eastward
from maps.colours import Measure, Theme
from maps.heat import heat_images
from maps.view import MapView


class HeatTiles(folium.TileLayer):
    """Heat as tiles of the server, in the colours of the reader's theme."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = antu.heatTiles(
                {{ this.tiles|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, measure: Measure, lang: Language, *, show: bool) -> None:
        key = f"heat_{measure}"
        super().__init__(
            tiles=f"/tiles/heat/{{z}}/{{x}}/{{y}}{{r}}.png?measure={measure}&theme={{theme}}",
            attr=word("app.name", lang),
            name=word(f"layer.{key}", lang),
            overlay=False,
            show=show,
            key=key,
        )
        self._id = key


class HeatImage(folium.raster_layers.ImageOverlay):
    """Heat as a picture inside the file, one for each theme."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = antu.heatImage(
                {{ this.pictures|tojson }}, {{ this.bounds|tojson }},
                {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, measure: Measure, view: MapView, *, show: bool) -> None:
        key = f"heat_{measure}"
        self.pictures = _pictures(view, measure)
        west, south, east, north = eastward(view.ground)
        super().__init__(
            image=self.pictures["light"],
            bounds=[[south, west], [north, east]],
            name=word(f"layer.{key}", view.language),
            overlay=False,
            pixelated=False,
            show=show,
            key=key,
        )
        self._id = key


class Scripted(Layer):
    """A layer that a function of static/map.js makes from the data of the page."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            const {{ this.get_name() }} = antu.{{ this.maker }}({{ this.layer_key|tojson }});
        {% endmacro %}
        """
    )

    def __init__(
        self, maker: str, key: str, lang: Language, *, overlay: bool = False, show: bool = True
    ) -> None:
        super().__init__(name=word(f"layer.{key}", lang), overlay=overlay, show=show)
        self._name = "Scripted"
        self._id = key
        self.maker = maker
        self.layer_key = key


class LayerSwitch(folium.LayerControl):
    """folium's layer control with our own maker: Leaflet's takes names as markup, ours as text."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            antu.layerSwitch(
                {{ this._parent.get_name() }},
                [{% for name, layer in this.base_layers.items() -%}
                    [{{ name|tojson }}, {{ layer }}],
                {%- endfor %}],
                [{% for name, layer in this.overlays.items() -%}
                    [{{ name|tojson }}, {{ layer }}],
                {%- endfor %}],
                {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )


def layers(view: MapView, mode: Mode) -> list[Layer]:
    """All layers of a view: one of the first is shown at a time, sites and names lie above."""
    lang, first = view.language, view.first_layer
    heat: list[Layer] = []
    for measure in view.measures:
        show = first == f"heat_{measure}"
        if mode == "served":
            heat.append(HeatTiles(measure, lang, show=show))
        elif view.cells is not None:
            heat.append(HeatImage(measure, view, show=show))
    # A file can ask nobody for them.
    asked_for = ["territories"] if mode == "served" else []
    below = ["basemap"] if mode == "served" and view.basemap else []
    hexagons = (f"hex_{measure}" for measure in view.measures)
    return [
        *heat,
        *(Scripted("hexagons", each, lang, show=first == each) for each in hexagons),
        *(Scripted("rates", rate, lang, show=first == rate) for rate in view.rates),
        Scripted("boundaries", "plain", lang, show=first == "plain"),
        *(Scripted(each, each, lang, overlay=True, show=False) for each in below),
        Scripted("sites", "sites", lang, overlay=True, show=view.view != "coverage"),
        *(Scripted(each, each, lang, overlay=True, show=False) for each in asked_for),
        Scripted("names", "names", lang, overlay=True),
    ]


def _pictures(view: MapView, measure: Measure) -> dict[Theme, str]:
    if view.cells is None:
        raise ValueError("A picture of heat needs the cells of the view")
    images = heat_images(view.cells, view.ground, measure, bandwidth_m=view.bandwidth_m)
    return {
        theme: "data:image/png;base64," + base64.b64encode(png).decode("ascii")
        for theme, png in images.items()
    }
