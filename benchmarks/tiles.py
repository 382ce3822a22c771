"""Vector tiles where sites are densest, beside those of tipg and pygeoapi."""

from __future__ import annotations

import time

import mapbox_vector_tile
import sqlalchemy as sa

from benchmarks import field
from benchmarks.database import opened
from benchmarks.load import load, ratio
from benchmarks.servers import fetch
from benchmarks.serving import antu
from benchmarks.table import Figure
from geo.database.engine import reading
from maps.cells import cell_of

ZOOMS = (10, 13)
PATIENCE_S = 60


def measure(url: str) -> list[Figure]:
    """Tiles a second, and what each tile shows."""
    figures = []
    lon, lat = densest(url)
    with antu(url) as ours, field.tipg(url) as tipg:
        for z in ZOOMS:
            x, y = (int(each) // 64 for each in cell_of(lon, lat, z))
            mine = f"/tiles/sites/{z}/{x}/{y}.mvt"
            theirs = f"/collections/public.site/tiles/WebMercatorQuad/{z}/{x}/{y}"
            found = load({"ours": (ours, [mine]), "tipg": (tipg, [theirs])}, seconds=2)
            shown = _shown(fetch(ours, mine))
            figures.append(
                Figure(
                    f"vector tile, zoom {z}, dense: {shown}",
                    str(found["ours"]),
                    f"tipg {found['tipg']}: {_shown(fetch(tipg, theirs))}",
                    ratio(found["ours"], found["tipg"]),
                    ">= 3",
                )
            )
            figures.append(_slow(url, z, x, y, shown, found["ours"].p50_ms / 1e3))
    return figures


def _slow(url: str, z: int, x: int, y: int, shown: str, ours_s: float) -> Figure:
    """One tile of pygeoapi, which takes seconds to minutes."""
    path = f"/collections/site/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    with field.pygeoapi(url) as port:
        started = time.perf_counter()
        try:
            told = _shown(fetch(port, path, PATIENCE_S))
        except TimeoutError:
            told = "given up"
        took = time.perf_counter() - started
    _end_queries(url)
    return Figure(
        f"one such tile, zoom {z}: {shown}",
        f"{ours_s * 1e3:.0f} ms",
        f"pygeoapi {took:.0f} s: {told}",
        took / ours_s,
    )


def _end_queries(url: str) -> None:
    """What nobody waits for any more would slow what is measured next."""
    engine = opened(url)
    with reading(engine) as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state = 'active'"
                " AND application_name <> 'antu'"
            )
        )
    engine.dispose()


def densest(url: str) -> tuple[float, float]:
    """The middle of the hundredth of a degree that holds most sites."""
    engine = opened(url)
    with reading(engine) as connection:
        lon, lat = connection.execute(
            sa.text(
                "SELECT round(ST_X(point)::numeric, 2), round(ST_Y(point)::numeric, 2) FROM site"
                " WHERE active GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT 1"
            )
        ).one()
    engine.dispose()
    return float(lon), float(lat)


def _shown(tile: bytes) -> str:
    layers = mapbox_vector_tile.decode(tile)
    cells = layers.get("cells", {"features": []})["features"]
    counted = sum(cell["properties"]["sites"] for cell in cells)
    shown = sum(
        len(layer["features"])
        for name, layer in layers.items()
        if name not in ("cells", "outlines")
    )
    return f"{counted:,} sites in {len(cells):,} cells" if cells else f"{shown:,} sites"
