"""The map of a figure: divisions, heat or sites in a metric projection, drawn by matplotlib."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer

from geo.domain.site import Coverage
from geo.domain.words import distance, rate, word
from maps import legend
from maps.cells import Bbox, Extent, bbox_extent, eastward
from maps.colours import (
    BOUNDARY,
    COVERAGE,
    HEAT,
    HEAT_ALPHA,
    INK,
    LAND,
    LINE,
    MEASURES,
    NO_DATA,
    RATE,
    RATES,
    Measure,
    heat_class,
    rate_class,
)
from maps.furniture import MARKERS, font, halo
from maps.heat import density_at, palette, palette_index
from maps.hexagons import corners, hexagon_extent, hexagons, width_m
from maps.legend import Legend
from maps.payload import simplified
from maps.view import SITES_BOUND, MapView, plain

# Pixels across a heat picture: finer than the eye sees at 1 km smoothing on a page.
_HEAT_PX = 1000
_MANY_MARKS = 5000
# From this class of a rate on, names are light.
_DARK_CLASS = 3


def metric_crs(bbox: Bbox) -> CRS:
    """UTM where one zone is wide enough, else an equal-area projection around the middle."""
    west, south, east, north = eastward(bbox)
    lon, lat = (west + east) / 2, (south + north) / 2
    if east - west <= 7 and -80 < lat < 84:
        zone = int((lon + 180) // 6) % 60 + 1
        return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)
    return CRS.from_proj4(f"+proj=laea +lon_0={lon:.4f} +lat_0={lat:.4f} +datum=WGS84 +units=m")


def draw_map(ax: Axes, view: MapView, crs: CRS, shape: float, zoom: float) -> list[Legend]:
    """Draw the map into its axes, and return the legends of what is drawn."""
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(color=LINE.light, linewidth=0.6 * zoom)
    (left, right), (low, high) = _limits(view.bbox, crs, shape)
    ax.set(xlim=(left, right), ylim=(low, high), aspect="auto")
    explained = {each.layer: each for each in legend.legends(view, view.sigma_m)}
    areas = simplified(view.divisions[view.divisions.geometry.notna()]).to_crs(crs)
    layers: list[str] = []
    if not areas.empty:
        areas.plot(ax=ax, color=LAND.light, aspect=None, zorder=1)
    shown = shown_layer(view)
    if shown in RATES and not areas.empty:
        _fill(ax, areas, shown, zoom)
        layers.append(shown)
    for measure in MEASURES:
        if shown == f"heat_{measure}":
            _heat(ax, view, crs, measure)
            if draws_each_site(view):
                _dots(ax, view, crs, zoom)
            layers.append(shown)
        if shown == f"hex_{measure}":
            _hexagons(ax, view, crs, measure, zoom)
            layers.append(shown)
    if not areas.empty:
        # A border that two divisions share is drawn once.
        borders = gpd.GeoSeries([shapely.union_all(areas.boundary.to_numpy())], crs=crs)
        rated = shown in RATES
        width = (1.6 if rated else 0.6) * zoom
        borders.plot(ax=ax, color=BOUNDARY.light, linewidth=width, aspect=None, zorder=4)
        if rated:
            # Cased, so that it shows on every class.
            borders.plot(ax=ax, color=LAND.light, linewidth=0.7 * zoom, aspect=None, zorder=4)
    if shown == "plain":
        _sites(ax, view, crs, zoom)
        layers.append("sites")
    _names(ax, view, areas, zoom)
    ax.set(xlabel="", ylabel="")
    return [_noted(explained[name], view) for name in layers]


def shown_layer(view: MapView) -> str:
    """The layer that is drawn: the view's, but where sites are too many their heat."""
    if view.first_layer == "plain" and not draws_each_site(view):
        return "heat_sites"
    return view.first_layer


def draws_each_site(view: MapView) -> bool:
    """Whether the sites are few enough to be drawn one by one."""
    return view.sites is not None and len(view.sites) <= SITES_BOUND


def seen(bbox: Bbox, shape: float) -> Bbox:
    """What a map that is `shape` times as wide as high shows around a bbox."""
    crs = metric_crs(bbox)
    (left, right), (low, high) = _limits(bbox, crs, shape)
    border = shapely.segmentize(shapely.box(left, low, right, high), (right - left) / 50)
    back = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*shapely.get_coordinates(border).T)
    west, _, east, _ = eastward(bbox)
    if not np.isfinite(lon).all():
        # It shows more than the earth.
        return -180.0, -85.0, 180.0, 85.0
    lon += 360 * np.round(((west + east) / 2 - lon) / 360)
    west, east = ((float(each) + 180) % 360 - 180 for each in (lon.min(), lon.max()))
    return west, max(-85.0, float(lat.min())), east, min(85.0, float(lat.max()))


def _limits(bbox: Bbox, crs: CRS, shape: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Projected limits that show all of a bbox with a rim, `shape` times as wide as high."""
    bbox = eastward(bbox)
    box = shapely.segmentize(shapely.box(*bbox), max(bbox[2] - bbox[0], 1e-6) / 50)
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = project.transform(*shapely.get_coordinates(box).T)
    wide, high = (np.ptp(x) or 1) * 1.06, (np.ptp(y) or 1) * 1.06
    wide, high = max(wide, high * shape), max(high, wide / shape)
    middle = (x.max() + x.min()) / 2, (y.max() + y.min()) / 2
    return (
        (middle[0] - wide / 2, middle[0] + wide / 2),
        (middle[1] - high / 2, middle[1] + high / 2),
    )


def _noted(explained: Legend, view: MapView) -> Legend:
    """A legend, with what only a figure can say of it."""
    if explained.layer.startswith("hex_"):
        width = distance(width_m(_honeycomb(view)), view.language)
        note = word("legend.hex_width", view.language, width=width)
    elif explained.layer.startswith("heat_") and draws_each_site(view):
        note = word("legend.dots", view.language)
    else:
        return explained
    return replace(explained, notes=(*explained.notes, note))


def _fill(ax: Axes, areas: gpd.GeoDataFrame, column: str, zoom: float) -> None:
    classes = areas[column].map(lambda value: rate_class(plain(value)))
    for index, shade in enumerate(RATE):
        members = areas[classes == index]
        if not members.empty:
            members.plot(ax=ax, color=shade.light, aspect=None, zorder=2)
    missing = areas[classes.isna()]
    if not missing.empty:
        missing.plot(
            ax=ax,
            facecolor=LAND.light,
            edgecolor=NO_DATA.light,
            hatch="/////",
            linewidth=0.4 * zoom,
            aspect=None,
            zorder=2,
        )


def _heat(ax: Axes, view: MapView, crs: CRS, measure: Measure) -> None:
    if view.cells is None:
        raise ValueError("A figure of heat needs the cells of the view")
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    rows = max(1, round(_HEAT_PX * (high - low) / (right - left)))
    x = left + (np.arange(_HEAT_PX) + 0.5) * (right - left) / _HEAT_PX
    y = high - (np.arange(rows) + 0.5) * (high - low) / rows
    back = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = back.transform(*np.meshgrid(x, y))
    density = density_at(view.cells, view.ground, lon, lat, measure, bandwidth_m=view.bandwidth_m)
    picture = palette("light")[palette_index(density, measure)]
    ax.imshow(
        picture, extent=(left, right, low, high), aspect="auto", interpolation="bilinear", zorder=3
    )


def _honeycomb(view: MapView) -> Extent:
    return hexagon_extent(view.ground, bbox_extent(view.ground).level)


def _hexagons(ax: Axes, view: MapView, crs: CRS, measure: Measure, zoom: float) -> None:
    if view.cells is None:
        raise ValueError("A figure of hexagons needs the cells of the view")
    extent = _honeycomb(view)
    counted = hexagons(view.cells, extent, bbox_extent(view.ground).level - extent.level)
    rings = corners(counted["i"], counted["j"], extent.level)
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = project.transform(rings[..., 0], rings[..., 1])
    density = counted[measure] / counted["area_km2"]
    classes = [heat_class(float(each), measure) for each in density]
    faces = [
        "none" if each is None else (*_unit(HEAT[each].light), HEAT_ALPHA[each]) for each in classes
    ]
    edges = [NO_DATA.light if each is None else LAND.light for each in classes]
    ax.add_collection(
        PolyCollection(
            list(np.stack([x, y], axis=-1)),
            facecolors=faces,
            edgecolors=edges,
            linewidths=0.5 * zoom,
            zorder=3,
        ),
        autolim=False,
    )


def _dots(ax: Axes, view: MapView, crs: CRS, zoom: float) -> None:
    """A dot for each site: where heat is thin, they show its places."""
    points = _points(_located(view, crs))
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=0.9 * zoom**2,
        color=INK.light,
        alpha=0.4,
        linewidth=0,
        zorder=5,
        rasterized=len(points) > _MANY_MARKS,
    )


def _located(view: MapView, crs: CRS) -> gpd.GeoDataFrame:
    """The sites that have coordinates, projected."""
    if view.sites is None:
        raise ValueError("Sites are drawn from the sites of the view")
    sites = view.sites
    return sites[sites.geometry.notna() & ~sites.geometry.is_empty].to_crs(crs)


def _points(sites: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """A point inside each site."""
    return shapely.get_coordinates(shapely.point_on_surface(sites.geometry.to_numpy()))


def _sites(ax: Axes, view: MapView, crs: CRS, zoom: float) -> None:
    located = _located(view, crs)
    area = located[shapely.get_dimensions(located.geometry.to_numpy()) == 2]
    points = _points(located)
    size = 13 if len(located) < 500 else 7 if len(located) < _MANY_MARKS else 3.5
    # The uncovered lie on top.
    for coverage in Coverage:
        mark = COVERAGE[coverage]
        outlines = area[area["coverage"] == coverage]
        if not outlines.empty:
            outlines.plot(
                ax=ax,
                facecolor=(*_unit(mark.fill.light), 0.2),
                edgecolor=mark.edge.light,
                linewidth=0.5 * zoom,
                aspect=None,
                zorder=5,
            )
        chosen = points[(located["coverage"] == coverage).to_numpy()]
        ax.scatter(
            chosen[:, 0],
            chosen[:, 1],
            s=size * zoom**2,
            marker=MARKERS[mark.shape],
            facecolor=mark.fill.light,
            edgecolor=mark.edge.light,
            linewidth=0.25 * zoom,
            zorder=6,
            rasterized=len(located) > _MANY_MARKS,
        )


def _unit(colour: str) -> tuple[float, float, float]:
    red, green, blue = mpl.colors.to_rgb(colour)
    return red, green, blue


def _names(ax: Axes, view: MapView, areas: gpd.GeoDataFrame, zoom: float) -> None:
    """Names inside the divisions, the largest first; where two would overlap the first stays."""
    taken: list[Any] = []
    english = view.language == "en" and "name_en" in areas
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    areas = areas.clip((left, low, right, high))
    for _, row in areas.iloc[np.argsort(-areas.area.to_numpy())].iterrows():
        at = shapely.point_on_surface(row.geometry)
        name = str((english and plain(row["name_en"])) or row["name"])
        ink, rim = INK.light, LAND.light
        if (shown := view.first_layer) in RATES:
            name += "\n" + rate(plain(row[shown]))
            shade = rate_class(plain(row[shown]))
            if shade is not None and shade >= _DARK_CLASS:
                ink, rim = LAND.light, RATE[shade].light
        text = ax.text(
            at.x,
            at.y,
            name,
            parse_math=False,
            fontproperties=font(7.5 * zoom, bold=True),
            color=ink,
            ha="center",
            va="center",
            path_effects=halo(2.2 * zoom, rim),
            zorder=8,
            clip_on=True,
        )
        box = text.get_window_extent()
        inside = ax.bbox.containsx(box.x0) and ax.bbox.containsx(box.x1)
        if not inside or any(box.overlaps(other) for other in taken):
            text.remove()
        else:
            taken.append(box)


def north_bearing(bbox: Bbox, crs: CRS) -> float:
    """Bearing of geographic north on the sheet in the middle of a bbox, clockwise in degrees."""
    west, south, east, north = eastward(bbox)
    lon, lat = (west + east) / 2, (south + north) / 2
    up_lon, up_lat, _ = Geod(ellps="WGS84").fwd(lon, lat, 0, 1000)
    project = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = project.transform([lon, up_lon], [lat, up_lat])
    return math.degrees(math.atan2(x[1] - x[0], y[1] - y[0]))
