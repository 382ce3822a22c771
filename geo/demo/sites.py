"""The sites of the demo: where they are, how many work there, and since when."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demo import names, places
from geo.domain.site import Category, Grade

COLUMNS = [
    *("id", "name", "category", "grade", "workers", "migrant_workers", "members", "address"),
    *("credit_code", "started_on", "ended_on", "stated_division", "geometry"),
]
Days = NDArray[np.datetime64]


class Profile(NamedTuple):
    """What the sites of one category are like.

    Headcounts are log-normal (`median`, `sigma`) and unknown for a share of `unknown`; `migrants`
    is the usual share of migrant workers, `organised` the chance that a site of 100 has a union;
    codes begin with `registrar`.
    """

    total: int
    median: float
    sigma: float
    unknown: float
    migrants: float
    organised: float
    registrar: str


PROFILES = {
    Category.BUILDING_PROJECT: Profile(520, 42, 0.95, 0.05, 0.85, 0.35, ""),
    Category.LOGISTICS_HUB: Profile(560, 15, 1.15, 0.05, 0.45, 0.50, "91"),
    Category.HOUSEHOLD_SERVICE: Profile(620, 8, 0.85, 0.05, 0.70, 0.25, "91"),
    Category.FARM_COOPERATIVE: Profile(460, 9, 0.80, 0.06, 0.60, 0.20, "93"),
    Category.LABOUR_DISPATCH: Profile(280, 30, 1.25, 0.03, 0.60, 0.45, "91"),
    Category.OTHER: Profile(1510, 12, 1.35, 0.03, 0.25, 0.60, "91"),
    # Parks of one town, given as points; those with an area are not drawn from here.
    Category.DEVELOPMENT_ZONE: Profile(35, 220, 0.80, 0.10, 0.40, 0.45, "12"),
}
GRADES = {Grade.NATIONAL: 0.01, Grade.PROVINCIAL: 0.04, Grade.MUNICIPAL: 0.15, Grade.OTHER: 0.8}

# Below this relative number of workplaces a street is a country town.
RURAL = 20
UNLOCATED_SHARE = 0.01
# What is taken for the headcount of a site that has none.
USUAL_WORKERS = 20
# A few employers are far larger than the rest of their kind.
LARGE_SHARE, LARGE_FACTOR, LARGEST = 0.01, 12.0, 6000
NEVER = np.datetime64("NaT", "D")


def demo_sites(seed: int = 2026, on: date = date(2026, 11, 20)) -> gpd.GeoDataFrame:
    """About 4,000 made-up sites of every category over Hefei, in order of `id`.

    Columns id, name, category, grade, workers, migrant_workers, members (Int64, NA if unknown),
    address, credit_code, started_on, ended_on (date or None), stated_division (the adcode that the
    source states), geometry (EPSG:4326; None where the place is unknown). Everything follows from
    `seed`; dates are relative to `on`. Some of it is what real directories hold: no headcount, no
    place, a place outside Hefei or on a border, a wrong division, more members than workers.
    """
    rng = np.random.default_rng([seed, 1])
    today = np.datetime64(on, "D")
    plain = pd.concat([_plain(rng, *item) for item in PROFILES.items()], ignore_index=True)
    plain["workers"] = _headcounts(rng, plain)
    plain["started_on"], plain["ended_on"] = _periods(rng, plain, today)
    plain["grade"] = rng.choice([*GRADES], size=len(plain), p=[*GRADES.values()])
    frame = pd.concat([plain, _zones(rng, plain, today)], ignore_index=True)
    frame = frame.join(
        places.streets()[["street", "place", "adcode", "county", "federation"]], on="code"
    )
    frame["name"] = frame["name"].where(frame["name"].notna(), names.site_names(rng, frame))
    frame["address"] = names.addresses(rng, frame)
    frame["migrant_workers"] = _migrants(rng, frame)
    frame["members"] = _members(rng, frame)
    frame["id"], frame["credit_code"] = _codes(rng, frame)
    frame["stated_division"] = _stated(rng, frame)
    frame["geometry"] = _placed(rng, frame)
    for end in ("started_on", "ended_on"):
        frame[end] = frame[end].to_numpy("datetime64[D]").astype(object)
    ordered = frame.sort_values("id", ignore_index=True)[COLUMNS]
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=4326)


def _plain(rng: np.random.Generator, category: Category, profile: Profile) -> pd.DataFrame:
    """Sites of one category: their street (code) and their place in metres (x, y)."""
    hubs = np.empty((0, 2))
    if category is Category.LOGISTICS_HUB:
        hubs = places.along_freight(rng, round(0.6 * profile.total))
    rest = profile.total - len(hubs)
    codes = rng.choice(places.streets().index, size=rest, p=_attraction(category))
    spread = 1.0 if category is Category.FARM_COOPERATIVE else 0.32
    xy = np.vstack([hubs, places.scatter(rng, codes, spread)])
    code = places.street_at(xy)
    return pd.DataFrame({"category": str(category), "code": code, "x": xy[:, 0], "y": xy[:, 1]})


def _attraction(category: Category) -> NDArray[np.float64]:
    """The share of the sites of a category that each street attracts."""
    streets = places.streets()
    rural = streets["workplaces"] < RURAL
    match category:
        case Category.BUILDING_PROJECT:
            weight = streets["growth"]
        case Category.FARM_COOPERATIVE:
            weight = np.sqrt(streets["area_m2"]).where(rural, 0.0)
        case Category.DEVELOPMENT_ZONE:
            weight = rural
        case Category.LABOUR_DISPATCH:
            weight = streets["workplaces"] ** 1.5
        case _:
            weight = streets["workplaces"]
    share: NDArray[np.float64] = (weight / weight.sum()).to_numpy(dtype=float)
    return share


def _headcounts(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """Headcounts by kind of site, in round numbers where they are large; NA where unknown."""
    profiles = pd.DataFrame.from_dict(PROFILES, orient="index").loc[frame["category"]]
    drawn = profiles["median"].to_numpy() * np.exp(
        profiles["sigma"].to_numpy() * rng.standard_normal(len(frame))
    )
    drawn *= np.where(rng.random(len(frame)) < LARGE_SHARE, LARGE_FACTOR, 1.0)
    step = np.select([drawn < 150, drawn < 1000], [1, 5], 10)
    workers = pd.Series(np.clip(np.round(drawn / step) * step, 2, LARGEST), frame.index)
    return workers.where(rng.random(len(frame)) >= profiles["unknown"].to_numpy()).astype("Int64")


def _periods(rng: np.random.Generator, frame: pd.DataFrame, on: np.datetime64) -> tuple[Days, Days]:
    """First and last day; building projects last some years, some end or begin around `on`."""
    n = len(frame)
    project = (frame["category"] == Category.BUILDING_PROJECT).to_numpy()
    age = np.where(project, rng.integers(-80, 1100, n), rng.integers(60, 7000, n))
    lasts = np.where(project, rng.integers(400, 1500, n), (rng.random(n) * age).astype(int))
    started = on - age.astype("timedelta64[D]")
    ended = started + lasts.astype("timedelta64[D]")
    ended[rng.random(n) < np.where(project, 0.08, 0.985)] = NEVER
    started[~project & (rng.random(n) < 0.25)] = NEVER
    # The first and the last day still belong to a period.
    begins, ends = np.flatnonzero(project)[:2]
    started[begins], ended[begins] = on, on + np.timedelta64(500, "D")
    started[ends], ended[ends] = on - np.timedelta64(500, "D"), on
    return started, ended


def _zones(rng: np.random.Generator, plain: pd.DataFrame, on: np.datetime64) -> pd.DataFrame:
    """The zones that have an area; their headcount is a multiple of what lies inside."""
    zones = places.zones()
    areas = zones.geometry.to_numpy()
    present = plain[~(plain["started_on"] > on) & ~(plain["ended_on"] < on)]
    points = places.points(present[["x", "y"]].to_numpy())
    zone, inside = shapely.STRtree(points).query(areas, "contains")
    held = present["workers"].fillna(0).to_numpy(dtype=float)[inside]
    claims = zones["claim"].fillna(pd.Series(rng.uniform(0.7, 1.9, len(zones)), zones.index))
    workers = claims.to_numpy() * np.bincount(zone, held, minlength=len(zones))
    xy = shapely.get_coordinates(shapely.point_on_surface(areas))
    return pd.DataFrame(
        {
            "category": str(Category.DEVELOPMENT_ZONE),
            "code": places.street_at(xy),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "workers": pd.Series(np.round(workers, -1))
            .where(zones["known"].to_numpy())
            .astype("Int64"),
            "started_on": on - rng.integers(2000, 8000, len(zones)).astype("timedelta64[D]"),
            "grade": zones["grade"].to_numpy(),
            "name": zones.index,
            "area": areas,
        }
    )


def _migrants(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """Migrant workers: a share by kind of site; NA where the headcount is, and now and then."""
    usual = frame["category"].map({each: profile.migrants for each, profile in PROFILES.items()})
    share = rng.beta(8 * usual, 8 * (1 - usual))
    counted = frame["workers"].notna() & (rng.random(len(frame)) >= 0.12)
    return (frame["workers"].fillna(0) * share).round().where(counted).astype("Int64")


def _members(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """Members that sites report: many where they are organised, a few elsewhere, often NA."""
    workers = frame["workers"].fillna(USUAL_WORKERS).to_numpy(dtype=float)
    n = len(frame)
    organised = rng.random(n) < chance_of_union(frame) * np.where(frame["federation"], 1.2, 0.7)
    rate = np.where(organised, rng.beta(6, 2, n), rng.beta(1, 12, n))
    reports = rng.random(n) < np.where(organised, 0.75, 0.06)
    # Some count the retired as well.
    rate[np.flatnonzero(organised & reports & (workers > 30))[:3]] = 1.1
    return pd.Series(np.round(workers * rate), frame.index).where(reports).astype("Int64")


def chance_of_union(sites: pd.DataFrame) -> NDArray[np.float64]:
    """How likely each site has a union of its own, by kind and size."""
    usual = sites["category"].map({each: profile.organised for each, profile in PROFILES.items()})
    size = sites["workers"].fillna(10).to_numpy(dtype=float) / 100
    return np.minimum(usual.to_numpy() * np.clip(size**0.7, 0.08, 1.5), 0.95)


def _codes(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[list[str], list[str | None]]:
    """Ids and credit codes: a project has a permit number instead, some others neither."""
    registrars = {each: profile.registrar for each, profile in PROFILES.items()}
    project = (frame["category"] == Category.BUILDING_PROJECT).to_numpy()
    coded = ~project & (rng.random(len(frame)) >= 0.02)
    prefixes = frame["category"].map(registrars) + frame["adcode"]
    credit = np.full(len(frame), None, dtype=object)
    credit[coded] = names.credit_codes(rng, prefixes[coded].tolist())
    begun = pd.to_datetime(frame["started_on"]).dt.strftime("%Y%m%d")
    number = pd.Series(np.arange(len(frame)), frame.index).astype(str).str.zfill(4)
    ids = np.where(project, frame["adcode"] + begun + number, "HF" + number)
    return np.where(coded, credit, ids).tolist(), credit.tolist()


def _stated(rng: np.random.Generator, frame: pd.DataFrame) -> pd.Series:
    """The division that the source states: mostly the true one, at times another or none."""
    chance = rng.random(len(frame))
    other = rng.choice(places.counties().index, size=len(frame))
    return frame["adcode"].where(chance >= 0.007, other).where(chance < 0.98, None)


def _placed(rng: np.random.Generator, frame: pd.DataFrame) -> NDArray[np.object_]:
    """Geometries in EPSG:4326: points, areas of zones and of some projects, None, and oddities."""
    n = len(frame)
    placed = places.points(frame[["x", "y"]].to_numpy())
    project = (frame["category"] == Category.BUILDING_PROJECT).to_numpy()
    fenced = project & (rng.random(n) < 0.15)
    placed[fenced] = _plots(rng, frame.loc[fenced, ["x", "y"]].to_numpy())
    has_area = frame["area"].notna().to_numpy()
    placed[has_area] = frame.loc[has_area, "area"]
    degrees = places.to_degrees(placed)
    odd = rng.permutation(np.flatnonzero(~has_area & ~fenced))
    strange = [*places.elsewhere(), *places.on_borders()]
    degrees[odd[: len(strange)]] = strange
    degrees[odd[len(strange) :][: round(UNLOCATED_SHARE * n)]] = None
    return degrees


def _plots(rng: np.random.Generator, centres: NDArray[np.float64]) -> NDArray[np.object_]:
    """Building plots: rectangles of 50 to 250 m around their centres, turned any way."""
    half = rng.uniform(25, 125, (len(centres), 1, 2))
    corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    angle = rng.uniform(0, np.pi, len(centres))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = np.einsum("ijn,nkj->nki", turn, corners)
    plots: NDArray[np.object_] = shapely.polygons(centres[:, None, :] + turned)
    return plots
