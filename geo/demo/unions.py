"""The unions of the demo: of single sites, of territories, of trades."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demo import names, places
from geo.demo.sites import USUAL_WORKERS, chance_of_union
from geo.domain.site import Category
from geo.domain.union import UnionKind

COLUMNS = [
    *("id", "name", "kind", "site_id", "categories", "members", "founded_on", "dissolved_on"),
    *("parent", "exemplar", "geometry"),
]
# Trade unions register with the federations: 81 is a union at a workplace, 89 any other.
ENTERPRISE_PREFIX, FEDERATION_PREFIX = "81340100", "89340100"
FIRST_FOUNDED = np.datetime64("2010-01-01")
NEVER = np.datetime64("NaT", "D")


def demo_unions(
    sites: gpd.GeoDataFrame, seed: int = 2026, on: date = date(2026, 11, 20)
) -> gpd.GeoDataFrame:
    """Made-up unions for the sites of `demo_sites`, with their federations, in order of `id`.

    Columns id, name, kind, site_id (None for federations), categories (list; None unless sectoral),
    members (Int64), founded_on, dissolved_on (date or None), parent (id of a federation; None at
    the top), exemplar, geometry (territory of a federation, EPSG:4326; None for enterprises).
    Everything follows from `sites` and `seed`; dates are relative to `on`. Some are dissolved or
    not yet founded, some sites have two.
    """
    rng = np.random.default_rng([seed, 2])
    today = np.datetime64(on, "D")
    located = sites.assign(point=sites.geometry.to_crs(places.METRIC_CRS).representative_point())
    federations = _federations(rng, located, today)
    enterprises = _enterprises(rng, located, federations, today)
    frame = pd.concat([federations, enterprises], ignore_index=True)
    frame["categories"] = frame["categories"].where(frame["categories"].notna(), None)
    frame["geometry"] = places.to_degrees(frame["territory"].to_numpy())
    for end in ("founded_on", "dissolved_on"):
        frame[end] = frame[end].to_numpy("datetime64[D]").astype(object)
    ordered = frame.sort_values("id", ignore_index=True)[COLUMNS]
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=4326)


def _federations(
    rng: np.random.Generator, sites: gpd.GeoDataFrame, on: np.datetime64
) -> pd.DataFrame:
    """The federations of federations.toml, and those of single streets."""
    specs: list[dict[str, Any]] = tomllib.loads(
        (places.HERE / "federations.toml").read_text(encoding="utf-8")
    )["federation"]
    template = places.vocabulary()["union"]["street"]
    for code, street in places.streets().query("federation == 1").iterrows():
        since = int(rng.integers(300, 5500))
        specs.append({"name": template.format(**street), "streets": [code], "since": since})
    ids = names.credit_codes(rng, [FEDERATION_PREFIX] * len(specs))
    id_of = dict(zip([spec["name"] for spec in specs], ids, strict=True))
    top = specs[0]["name"]
    territories = np.array([_territory(spec) for spec in specs], dtype=object)
    categories = [spec.get("categories") for spec in specs]
    return pd.DataFrame(
        {
            "id": ids,
            "name": [spec["name"] for spec in specs],
            "kind": [
                str(UnionKind.SECTORAL_FEDERATION if trades else UnionKind.REGIONAL_FEDERATION)
                for trades in categories
            ],
            "categories": pd.Series(categories, dtype=object),
            "members": _small_site_members(sites, territories, categories),
            "founded_on": [on - np.timedelta64(spec["since"], "D") for spec in specs],
            "dissolved_on": [
                on - np.timedelta64(spec["until"], "D") if "until" in spec else NEVER
                for spec in specs
            ],
            "parent": [
                None if spec["name"] == top else id_of[spec.get("parent", top)] for spec in specs
            ],
            "exemplar": [spec.get("exemplar", False) for spec in specs],
            "territory": territories,
        }
    )


def _territory(spec: dict[str, Any]) -> shapely.Geometry:
    """The counties, streets and zones of a federation as one area in metres."""
    streets = places.streets()
    listed = streets.index.isin(spec.get("streets", []))
    listed |= streets["adcode"].isin(spec.get("counties", [])).to_numpy()
    zones = places.zones().geometry.loc[spec.get("zones", [])].explode()
    pieces = pd.concat([streets.geometry[listed], zones])
    latitude = pieces.representative_point().to_crs(4326).y
    kept = (latitude > spec.get("north_of", -90)) & (latitude < spec.get("south_of", 90))
    # Neighbouring streets agree up to rounding: on a grid of 0.1 m nothing is left between them.
    return shapely.union_all(pieces[kept].to_numpy(), grid_size=0.1)


def _small_site_members(
    sites: gpd.GeoDataFrame, territories: NDArray[np.object_], categories: list[list[str] | None]
) -> pd.Series:
    """Members of federations: half the workers of the small sites that they take, about."""
    small = sites[sites["point"].notna() & (sites["workers"].fillna(USUAL_WORKERS) < 25)]
    federation, site = shapely.STRtree(small["point"].to_numpy()).query(territories, "intersects")
    takes = [
        category in (categories[number] or list(Category))
        for number, category in zip(federation, small["category"].iloc[site], strict=True)
    ]
    workers = small["workers"].fillna(0).to_numpy(dtype=float)[site] * takes
    return pd.Series(np.round(np.bincount(federation, workers, len(territories)) / 2)).astype(
        "Int64"
    )


def _enterprises(
    rng: np.random.Generator,
    sites: gpd.GeoDataFrame,
    federations: pd.DataFrame,
    on: np.datetime64,
) -> pd.DataFrame:
    """A union for each site that reports many members, and for some of those that report none."""
    workers = sites["workers"].fillna(USUAL_WORKERS).to_numpy(dtype=float)
    reported = sites["members"].to_numpy(dtype=float, na_value=np.nan)
    silent = rng.random(len(sites)) < 0.25 * chance_of_union(sites)
    chosen = np.flatnonzero(np.where(np.isnan(reported), silent, reported >= 0.4 * workers))
    # A few sites have a second one.
    chosen = np.sort(np.concatenate([chosen, rng.choice(chosen, 5, replace=False)]))
    n = len(chosen)
    of = sites.iloc[chosen]
    founded, dissolved = _lifetimes(rng, of, on)
    drawn = np.round(workers[chosen] * rng.beta(6, 2, n))
    members = np.where(np.isnan(reported[chosen]), drawn, reported[chosen])
    template = places.vocabulary()["union"]["enterprise"]
    return pd.DataFrame(
        {
            "id": names.credit_codes(rng, [ENTERPRISE_PREFIX] * n),
            "name": [template.format(site=name) for name in of["name"]],
            "kind": str(UnionKind.ENTERPRISE),
            "site_id": of["id"].to_numpy(),
            "members": pd.Series(members).where(rng.random(n) >= 0.06).astype("Int64"),
            "founded_on": founded,
            "dissolved_on": dissolved,
            "parent": _parents(of, federations, on),
            "exemplar": rng.random(n) < 0.03,
        }
    )


def _lifetimes(
    rng: np.random.Generator, sites: gpd.GeoDataFrame, on: np.datetime64
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Unions begin after their sites and mostly end with them; a few end early or lie ahead."""
    n = len(sites)
    begins = sites["started_on"].to_numpy("datetime64[D]")
    ends = sites["ended_on"].to_numpy("datetime64[D]")
    first = np.fmax(begins, FIRST_FOUNDED)
    days = np.maximum((on - first).astype(int), 0)
    founded = first + (rng.random(n) * days).astype(int).astype("timedelta64[D]")
    ahead = rng.random(n) < 0.01
    founded[ahead] = np.fmax(first[ahead], on + np.timedelta64(30, "D"))
    early = ~ahead & (rng.random(n) < 0.02)
    lasted = np.maximum((on - founded).astype(int), 0)
    dissolved = np.where(ends < on, np.fmax(ends, founded), NEVER)
    dissolved[early] = founded[early] + (rng.random(n) * lasted).astype(int)[early].astype(
        "timedelta64[D]"
    )
    return founded, dissolved


def _parents(
    sites: gpd.GeoDataFrame, federations: pd.DataFrame, on: np.datetime64
) -> NDArray[np.object_]:
    """The present federation with the smallest territory around each site, else the top one."""
    present = (federations["founded_on"] <= on) & ~(federations["dissolved_on"] < on)
    regional = federations[present & (federations["kind"] == UnionKind.REGIONAL_FEDERATION)]
    areas = regional["territory"].to_numpy()
    parents = np.full(len(sites), federations["id"].iloc[0], dtype=object)
    points = shapely.STRtree(sites["point"].to_numpy())
    for number in np.argsort(-shapely.area(areas), kind="stable"):
        parents[points.query(areas[number], "intersects")] = regional["id"].iloc[number]
    return parents
