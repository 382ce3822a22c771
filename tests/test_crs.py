"""Frames: against an independent package (GCJ-02, BD-09) and pyproj (EPSG)."""

import warnings

import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from geo.domain import crs
from geo.errors import Invalid

MILLIMETRE = 0.001
GEOD = Geod(ellps="WGS84")
# Well inside the box in which Chinese providers shift, so that no step leaves it.
china_lon = st.floats(73.0, 136.0)
china_lat = st.floats(2.0, 54.0)
SHIFTED = [crs.GCJ02, crs.BD09]


def apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(GEOD.inv(*a, *b)[2])


def one(pair: crs.Coordinates) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


@given(china_lon, china_lat)
def test_gcj02_is_that_of_an_independent_package(lon: float, lat: float) -> None:
    expected = prcoords.wgs_gcj((lat, lon))
    assert apart_m(one(crs.from_wgs84(lon, lat, "gcj02")), (expected.lon, expected.lat)) < 1e-6


@given(china_lon, china_lat)
def test_bd09_is_that_of_an_independent_package(lon: float, lat: float) -> None:
    expected = prcoords.wgs_bd((lat, lon))
    assert apart_m(one(crs.from_wgs84(lon, lat, "bd09")), (expected.lon, expected.lat)) < 1e-6


@given(china_lon, china_lat)
def test_the_inverse_is_one_by_the_independent_package(lon: float, lat: float) -> None:
    """What we call WGS 84 is moved by the other package to where it came from."""
    for frame, forward in ((crs.GCJ02, prcoords.wgs_gcj), (crs.BD09, prcoords.wgs_bd)):
        back_lon, back_lat = one(crs.to_wgs84(lon, lat, frame))
        again = forward((back_lat, back_lon))
        assert apart_m((again.lon, again.lat), (lon, lat)) < MILLIMETRE


@pytest.mark.parametrize("frame", SHIFTED)
@given(lon=china_lon, lat=china_lat)
def test_there_and_back_is_exact_to_a_millimetre(frame: str, lon: float, lat: float) -> None:
    there = crs.from_wgs84(lon, lat, frame)
    assert apart_m(one(crs.to_wgs84(*there, frame)), (lon, lat)) < MILLIMETRE


@pytest.mark.parametrize(
    ("lon", "lat"), [(117.28, 31.86), (116.39, 39.91), (121.47, 31.23), (113.26, 23.13)]
)
def test_the_shift_is_some_hundred_metres(lon: float, lat: float) -> None:
    gcj02, bd09 = (one(crs.from_wgs84(lon, lat, frame)) for frame in SHIFTED)
    assert 300 < apart_m(gcj02, (lon, lat)) < 800
    assert 500 < apart_m(bd09, gcj02) < 1_200


@pytest.mark.parametrize("frame", SHIFTED)
@given(
    lon=st.one_of(st.floats(-180, 71.9), st.floats(137.9, 180)),
    lat=st.floats(-90, 90),
)
def test_outside_china_nothing_moves(frame: str, lon: float, lat: float) -> None:
    assert one(crs.from_wgs84(lon, lat, frame)) == (lon, lat)
    assert one(crs.to_wgs84(lon, lat, frame)) == (lon, lat)


def test_the_package_leaves_the_same_places_alone() -> None:
    for lon, lat in ((-0.1, 51.5), (139.7, 35.7), (151.2, -33.9)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = prcoords.wgs_gcj((lat, lon))
        assert one(crs.from_wgs84(lon, lat, "gcj02")) == (expected.lon, expected.lat)


def test_many_points_are_as_one_by_one() -> None:
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(60, 150, 500), rng.uniform(-10, 60, 500)
    for frame in (*SHIFTED, "EPSG:4548", "EPSG:3857"):
        x, y = crs.from_wgs84(lon, lat, frame)
        singly = [one(crs.from_wgs84(a, b, frame)) for a, b in zip(lon, lat, strict=True)]
        assert np.array_equal(np.column_stack([x, y]), np.array(singly))


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_cgcs2000_is_wgs84_at_map_scale(lon: float, lat: float) -> None:
    assert apart_m(one(crs.to_wgs84(lon, lat, "EPSG:4490")), (lon, lat)) < MILLIMETRE


TO_4548 = Transformer.from_crs("OGC:CRS84", "EPSG:4548", always_xy=True)


@given(st.floats(115.5, 118.5), st.floats(25, 40))
def test_epsg_4548_is_that_of_pyproj(lon: float, lat: float) -> None:
    expected = TO_4548.transform(lon, lat)
    found = one(crs.from_wgs84(lon, lat, "4548"))
    assert np.allclose(found, expected, rtol=0, atol=MILLIMETRE)
    assert apart_m(one(crs.to_wgs84(*found, "EPSG:4548")), (lon, lat)) < MILLIMETRE


def test_hefei_in_epsg_4548_is_where_the_atlas_has_it() -> None:
    """Gauss-Krueger, 3 degrees, central meridian 117 E, false easting 500 km."""
    x, y = one(crs.from_wgs84(117.0, 31.86, "EPSG:4548"))
    assert abs(x - 500_000) < MILLIMETRE
    assert abs(y - 3_526_400) < 1_000


@pytest.mark.parametrize("frame", [*SHIFTED, "EPSG:4548", "EPSG:4490", "wgs84"])
def test_geometries_move_like_their_points(frame: str) -> None:
    shapes = np.array(
        [shapely.Point(117.2, 31.8), None, shapely.box(117, 31, 118, 32), shapely.Point()],
        dtype=object,
    )
    moved = crs.geometries_from_wgs84(shapes, frame)
    back = crs.geometries_to_wgs84(moved, frame)
    assert moved[1] is None
    assert back[1] is None
    assert moved[3].is_empty
    assert one(crs.from_wgs84(117.2, 31.8, frame)) == (moved[0].x, moved[0].y)
    assert shapely.equals_exact(shapes[2], back[2], tolerance=1e-8)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("wgs84", "wgs84"),
        ("WGS-84", "wgs84"),
        ("4326", "wgs84"),
        ("EPSG:4326", "wgs84"),
        ("gcj-02", "gcj02"),
        ("GCJ02", "gcj02"),
        ("bd 09", "bd09"),
        ("4548", "EPSG:4548"),
        ("epsg:4490", "EPSG:4490"),
        (CRS.from_epsg(4548).to_wkt(), "EPSG:4548"),
        (CRS.from_epsg(4326).to_wkt(), "wgs84"),
        (CRS.from_user_input("OGC:CRS84").to_wkt(), "wgs84"),
        (CRS.from_epsg(4979).to_wkt(), "wgs84"),
        (CRS.from_epsg(4548).to_wkt("WKT1_ESRI"), "EPSG:4548"),
        (CRS.from_epsg(4490).to_wkt("WKT1_ESRI"), "EPSG:4490"),
        (CRS.from_user_input("EPSG:4548+5737").to_wkt(), "EPSG:4548"),
    ],
)
def test_a_frame_has_one_name(text: str, frame: str) -> None:
    assert crs.parse_crs(text) == frame


def test_a_frame_without_a_code_is_its_wkt() -> None:
    """A local grid of a city, as surveying offices have them."""
    local = CRS.from_proj4("+proj=tmerc +lon_0=117.3 +x_0=50000 +y_0=-3400000 +ellps=GRS80")
    frame = crs.parse_crs(local.to_wkt())
    expected = Transformer.from_crs("OGC:CRS84", local, always_xy=True).transform(117.4, 31.9)
    assert np.allclose(one(crs.from_wgs84(117.4, 31.9, frame)), expected, rtol=0, atol=1e-6)
    assert not crs.is_geographic(frame)


@pytest.mark.parametrize("text", ["", "gcj03", "EPSG:999999", "here", "PROJCS[nonsense]"])
def test_what_is_no_frame_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="coordinate frame"):
        crs.parse_crs(text)


def test_degrees_or_metres() -> None:
    assert all(crs.is_geographic(frame) for frame in ("wgs84", "gcj02", "bd09", "4490"))
    assert not crs.is_geographic("EPSG:4548")


@pytest.mark.parametrize("frame", [*SHIFTED, crs.WGS84, "EPSG:4490", "EPSG:3857"])
def test_a_frame_is_read_from_the_crs_that_states_it(frame: str) -> None:
    assert crs.frame_of(CRS.from_wkt(crs.stated_crs(frame).to_wkt())) == frame
