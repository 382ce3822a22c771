"""Heat: nothing is lost, nothing jumps at a tile's border, the numbers are those of the ground."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pyproj import Geod

from maps import colours
from maps.cells import (
    bbox_extent,
    bbox_window,
    cell_centre,
    cell_of,
    cell_position,
    cell_size_m,
    cell_window,
    sigma_m,
)
from maps.heat import (
    density_at,
    heat_images,
    heat_png,
    palette,
    palette_index,
    tile_density,
)
from maps.png import indexed_png
from maps.surface import Surface

HEFEI = (116.68, 30.95, 117.97, 32.55)
GEOD = Geod(ellps="WGS84")


def binned(lon: object, lat: object, counts: object, level: int) -> pd.DataFrame:
    """Cells of a level, as a query would give them."""
    x, y = cell_of(lon, lat, level)  # type: ignore[arg-type]
    frame = pd.DataFrame({"x": x, "y": y, "gap": counts})
    return frame.groupby(["x", "y"], as_index=False).sum()


def scattered(seed: int, count: int = 400) -> tuple[NDArray[np.float64], ...]:
    random = np.random.default_rng(seed)
    lon = random.normal(117.27, 0.12, count)
    lat = random.normal(31.85, 0.1, count)
    return lon, lat, np.round(random.lognormal(3, 1.4, count))


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int]:
    x, y = cell_position(lon, lat, z)
    return int(x // 64), int(y // 64)


@settings(max_examples=30, deadline=None)
@given(
    lon=st.floats(-179, 179),
    lat=st.floats(-75, 75),
    count=st.integers(1, 10**7),
    bandwidth_m=st.sampled_from([300.0, 1000.0, 5000.0]),
)
def test_no_count_is_lost(lon: float, lat: float, count: int, bandwidth_m: float) -> None:
    reach = 8 * bandwidth_m / 1000 / 111 / np.cos(np.radians(lat))
    bbox = (max(-180, lon - reach), lat - reach, min(180, lon + reach), lat + reach)
    window = bbox_window(bbox, bandwidth_m)
    x, y = np.meshgrid(np.arange(window.x0, window.x1), np.arange(window.y0, window.y1))
    width_m, height_m = cell_size_m(np.arange(window.y0, window.y1) + 0.5, window.level)
    cells = binned([lon], [lat], [count], window.level)
    density = density_at(
        cells, bbox, *cell_centre(x, y, window.level), "gap", bandwidth_m=bandwidth_m
    )
    assert (density * (width_m * height_m / 1e6)[:, None]).sum() == pytest.approx(count, rel=1e-3)


@pytest.mark.parametrize("lat", [0.0, 31.85, 60.0, -45.0])
def test_a_lone_site_peaks_where_and_as_high_as_the_formula_says(lat: float) -> None:
    level = 11
    x, y = cell_of(117.3, lat, level)
    lon, lat = (float(each) for each in cell_centre(x, y, level))
    cells = pd.DataFrame({"x": [x], "y": [y], "gap": [1000]})
    tile = tile_at(lon, lat, 14)
    density = tile_density(cells, 14, *tile, "gap")
    column, row = (np.asarray(cell_position(lon, lat, 14)) / 64 - tile) * 256
    peak = np.unravel_index(density.argmax(), density.shape)
    assert abs(peak[1] + 0.5 - column) <= 1
    assert abs(peak[0] + 0.5 - row) <= 1
    assert density.max() == pytest.approx(1000 / (2 * np.pi), rel=2e-3)


def test_density_falls_off_on_the_ground_like_a_gaussian_of_the_bandwidth() -> None:
    x, y = cell_of(117.3, 60.0, 11)
    lon, lat = (float(each) for each in cell_centre(x, y, 11))
    cells = pd.DataFrame({"x": [x], "y": [y], "gap": [1000]})
    bbox = (lon - 0.2, lat - 0.1, lon + 0.2, lat + 0.1)
    for azimuth in (0, 90, 200):
        for metres in (500, 1000, 2000):
            there = GEOD.fwd(lon, lat, azimuth, metres)[:2]
            found = density_at(cells, bbox, *(np.array([each]) for each in there), "gap")
            wanted = 1000 / (2 * np.pi) * np.exp(-0.5 * (metres / 1000) ** 2)
            assert found[0] == pytest.approx(wanted, rel=0.03)


def test_four_tiles_are_the_larger_tile_pixel_by_pixel() -> None:
    lon, lat, counts = scattered(1)
    cells = binned(lon, lat, counts, 11)
    x, y = tile_at(117.27, 31.85, 13)
    parent = tile_density(cells, 13, x, y, "gap", 512)
    children = np.block(
        [
            [tile_density(cells, 14, 2 * x + dx, 2 * y + dy, "gap", 256) for dx in (0, 1)]
            for dy in (0, 1)
        ]
    )
    np.testing.assert_allclose(children, parent, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("z", [6, 9, 10, 11, 12])
def test_neighbouring_tiles_meet_without_a_seam(z: int) -> None:
    lon, lat, counts = scattered(2)
    cells = binned(lon, lat, counts, min(z, 11))
    x, y = tile_at(117.27, 31.85, z)
    # The centre of the scatter is somewhere in the tile: its border is crossed on all sides.
    block = np.block(
        [[tile_density(cells, z, x + i, y + j, "gap") for i in (-1, 0, 1)] for j in (-1, 0, 1)]
    )
    assert block.max() > 0
    for axis in (0, 1):
        bend = np.abs(np.diff(block, n=2, axis=axis))
        at_border = np.take(bend, [254, 255, 510, 511], axis=axis)
        assert at_border.max() <= bend.max() * 1.01


def test_the_window_holds_all_that_reaches_the_tile() -> None:
    lon, lat, counts = scattered(3, 2000)
    cells = binned(lon, lat, counts, 11)
    for z in (11, 13, 16):
        x, y = tile_at(117.3, 31.9, z)
        window = cell_window(z, x, y)
        inside = cells["x"].between(window.x0, window.x1 - 1) & cells["y"].between(
            window.y0, window.y1 - 1
        )
        assert 0 < inside.sum() < len(cells)
        np.testing.assert_array_equal(
            tile_density(cells[inside], z, x, y, "gap"), tile_density(cells, z, x, y, "gap")
        )


def test_a_place_has_the_same_density_at_every_zoom() -> None:
    lon, lat, counts = scattered(4)
    cells = binned(lon, lat, counts, 11)
    place = (117.3001, 31.8502)
    found = []
    for z in range(11, 17):
        x, y = tile_at(*place, z)
        column, row = (np.asarray(cell_position(*place, z)) / 64 - (x, y)) * 256
        found.append(tile_density(cells, z, x, y, "gap")[int(row), int(column)])
    np.testing.assert_allclose(found, found[-1], rtol=0.05)


def test_tile_and_picture_of_a_bbox_agree() -> None:
    lon, lat, counts = scattered(5)
    assert bbox_extent(HEFEI).level == 11
    cells = binned(lon, lat, counts, 11)
    x, y = tile_at(117.27, 31.85, 13)
    tile = tile_density(cells, 13, x, y, "gap")
    at_x, at_y = x * 64 + (np.arange(256) + 0.5) / 4, y * 64 + (np.arange(256) + 0.5) / 4
    grid = np.meshgrid(at_x - 0.5, at_y - 0.5)
    same = density_at(cells, HEFEI, *cell_centre(*grid, 13), "gap")
    np.testing.assert_allclose(same, tile, rtol=0.03, atol=0.05)


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@given(width=st.integers(1, 40), height=st.integers(1, 40), colours=st.integers(1, 256))
def test_a_packed_picture_is_the_picture(width: int, height: int, colours: int) -> None:
    random = np.random.default_rng(width * height)
    rgba = random.integers(0, 256, (colours, 4), dtype=np.uint8)
    index = random.integers(0, colours, (height, width), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(indexed_png(index, rgba)), rgba[index])


def test_colours_are_those_of_the_legend_and_nothing_is_transparent() -> None:
    x, y = tile_at(117.27, 31.85, 12)
    lon, lat = (float(each) for each in cell_centre(x * 64 + 32, y * 64 + 32, 12))
    cells = binned([lon], [lat], [3000], 11)
    density = tile_density(cells, 12, x, y, "gap")
    image = pixels(heat_png(cells, 12, x, y, "gap"))
    assert image.shape == (256, 256, 4)
    breaks = colours.HEAT_BREAKS["gap"]
    least = breaks[0] * colours.HEAT_NOTHING
    assert (image[density < least * 0.8][:, 3] == 0).all()
    classes = np.searchsorted(breaks, density, side="right")
    for index, (shade, alpha) in enumerate(zip(colours.HEAT, colours.HEAT_ALPHA, strict=True)):
        low = breaks[index - 1] * 1.2 if index else least * 1.5
        high = breaks[index] * 0.8 if index < len(breaks) else np.inf
        inside = (classes == index) & (density > low) & (density < high)
        assert inside.sum() > 20
        wanted = [*colours.rgb(shade.light), round(alpha * 255)]
        np.testing.assert_allclose(image[inside], np.tile(wanted, (inside.sum(), 1)), atol=1)


def test_an_empty_tile_is_empty_and_small() -> None:
    png = heat_png(pd.DataFrame({"x": [], "y": [], "gap": []}, dtype="int64"), 8, 3, 3, "gap")
    assert (pixels(png)[:, :, 3] == 0).all()
    assert len(png) < 1000


def test_twice_the_scale_is_twice_the_pixels_and_dark_is_another_palette() -> None:
    lon, lat, counts = scattered(6)
    cells = binned(lon, lat, counts, 11)
    x, y = tile_at(117.27, 31.85, 11)
    assert pixels(heat_png(cells, 11, x, y, "gap", 2)).shape == (512, 512, 4)
    light, dark = (heat_png(cells, 11, x, y, "gap", theme=theme) for theme in colours.THEMES)
    assert light != dark
    assert not np.array_equal(palette("light"), palette("dark"))


def test_unknown_counts_are_not_zero_but_absent() -> None:
    cells = pd.DataFrame(
        {"x": [100000, 100001], "y": [50000, 50000], "gap": pd.array([None, 7], dtype="Int64")}
    )
    only = cells[1:]
    west, south = (float(each) for each in cell_centre(99990, 50010, 11))
    east, north = (float(each) for each in cell_centre(100010, 49990, 11))
    bbox = (west, south, east, north)
    assert heat_images(cells, bbox, "gap") == heat_images(only, bbox, "gap")


def test_counts_of_a_cell_that_is_there_twice_add_up() -> None:
    lon, lat, counts = scattered(8)
    cells = binned(lon, lat, counts, 11)
    x, y = tile_at(117.27, 31.85, 12)
    halves = pd.concat([cells.assign(gap=cells["gap"] / 2)] * 2)
    columns = {name: halves[name].to_numpy() for name in halves}
    assert heat_png(columns, 12, x, y, "gap") == heat_png(cells, 12, x, y, "gap")


def test_a_wide_picture_says_how_wide_it_is_smoothed() -> None:
    assert sigma_m(HEFEI) == 1000
    assert sigma_m((-125, 24, -66, 50)) > 5000


def test_what_lies_around_nothing_does_not_matter() -> None:
    """A picture is worked out only where there is something, and looks the same."""
    density = np.zeros((64, 64))
    y, x = np.mgrid[0:64, 0:64]
    density[20:41, 10:31] = 900 * np.exp(-((y - 30) ** 2 + (x - 20) ** 2) / 20)[20:41, 10:31]
    everywhere = density + 1e-12
    np.testing.assert_array_equal(palette_index(density, "gap"), palette_index(everywhere, "gap"))
    assert palette_index(density, "gap").max() > 0
    assert (palette_index(np.zeros((8, 8)), "gap") == 0).all()
    for shape in ((0, 0), (63, 63), (0, 30)):
        corner = np.zeros((64, 64))
        corner[shape] = 900
        np.testing.assert_array_equal(
            palette_index(corner, "gap"), palette_index(corner + 1e-12, "gap")
        )


def reference_density(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    counts: NDArray[np.float64],
    at_lon: NDArray[np.float64],
    at_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """A Gaussian of 1 km around each site, by geodesic distance: per km^2, worked out plainly."""
    density = np.zeros(at_lon.shape)
    for site_lon, site_lat, count in zip(lon, lat, counts, strict=True):
        distance_m = GEOD.inv(
            np.full(at_lon.shape, site_lon), np.full(at_lat.shape, site_lat), at_lon, at_lat
        )[2]
        density += count / (2 * np.pi) * np.exp(-0.5 * (distance_m / 1000) ** 2)
    return density


def test_a_tile_is_the_picture_of_the_plain_formula() -> None:
    """Every eighth pixel in both directions; within a tenth of a break either colour will do."""
    lon, lat, counts = scattered(7, 60)
    z, level = 13, 11
    x, y = tile_at(117.27, 31.85, z)
    near = (np.abs(lon - 117.27) < 0.12) & (np.abs(lat - 31.85) < 0.1)
    # In the middle of their cells: where a site is in its cell (260 m wide) a picture cannot know.
    lon, lat = cell_centre(*cell_of(lon[near], lat[near], level), level)
    counts = counts[near] * 10
    image = pixels(heat_png(binned(lon, lat, counts, level), z, x, y, "gap"))
    pixel = np.arange(4, 256, 8)
    column, row = np.meshgrid(pixel, pixel)
    grid = (x * 64 + (column + 0.5) / 4, y * 64 + (row + 0.5) / 4)
    at_lon, at_lat = cell_centre(grid[0] - 0.5, grid[1] - 0.5, z)
    density = reference_density(lon, lat, counts, at_lon, at_lat)
    breaks = np.array([colours.HEAT_BREAKS["gap"][0] * colours.HEAT_NOTHING])
    breaks = np.append(breaks, colours.HEAT_BREAKS["gap"])
    shades = [(0, 0, 0, 0)] + [
        (*colours.rgb(shade.light), round(alpha * 255))
        for shade, alpha in zip(colours.HEAT, colours.HEAT_ALPHA, strict=True)
    ]
    seen, wrong = [], 0
    for place in zip(row.ravel(), column.ravel(), density.ravel(), strict=True):
        found, reference = image[place[0], place[1]], place[2]
        if (np.abs(reference / breaks - 1) < 0.1).any():
            continue
        wanted = int(np.searchsorted(breaks, reference, side="right"))
        seen.append(wanted)
        unlike = np.abs(found.astype(int) - shades[wanted])
        wrong += int((unlike[3] if wanted == 0 else unlike.max()) > 1)
    assert wrong == 0
    assert len(seen) > 500
    assert len(set(seen)) >= 4


def test_between_cells_a_surface_is_bilinear_and_beyond_it_nothing() -> None:
    random = np.random.default_rng(7)
    density = random.uniform(1, 2, (7, 9))
    found = Surface(3, 5, density, (slice(0, 7), slice(0, 9)))
    x, y = random.uniform(0, 16, 2000), random.uniform(2, 16, 2000)
    beyond = {"left": np.nan, "right": np.nan}
    expected = []
    for column, row in zip(x - 3.5, y - 5.5, strict=True):
        across = [np.interp(column, range(9), line, **beyond) for line in density]
        expected.append(np.interp(row, range(7), across, **beyond))
    assert np.isnan(expected).sum() > 500
    np.testing.assert_allclose(found.at(x, y), np.nan_to_num(expected), rtol=1e-12)
