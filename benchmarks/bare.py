"""The yardstick: a FastAPI route does one SQL statement and returns its JSON, and nothing else."""

from __future__ import annotations

import os
import threading
from typing import Any

import psycopg
from fastapi import FastAPI, Response

PROPERTIES = """
    json_build_object(
        'name', name, 'category', category, 'grade', grade, 'workers', workers,
        'migrant_workers', migrant_workers, 'members', coalesce(members, union_members),
        'coverage', coverage, 'covered_by', covered_by, 'needs_own_union', needs_own_union,
        'gap', gap, 'adcode', adcode, 'address', address%s)
"""
FEATURE = """
    json_build_object('type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geom, 7)::json,
        'properties', %s)
"""
COLLECTION = "SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(feature))"
HERE = "ST_MakePoint(%(lon)s, %(lat)s)::geography"
DISTANCE = f"""
    , 'distance_m', round(ST_Distance(geom::geography, {HERE})::numeric, 1),
    'bearing_deg', round(degrees(ST_Azimuth({HERE}, point::geography))::numeric)"""
NEARBY = f"""{COLLECTION}::text FROM (
    SELECT {FEATURE % (PROPERTIES % DISTANCE)} AS feature
    FROM site WHERE active AND (coverage = 'none' OR needs_own_union)
    ORDER BY geom::geography <-> {HERE} LIMIT %(k)s) AS nearest"""
SITES = f"""{COLLECTION}::text FROM (
    SELECT {FEATURE % (PROPERTIES % "")} AS feature
    FROM site
    WHERE active AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
    ORDER BY geom <#> ST_SetSRID(ST_MakeLine(ST_Point(%(west)s, -90), ST_Point(%(west)s, 90)), 4326)
    LIMIT %(limit)s) AS page"""

app = FastAPI()
_own = threading.local()


def _fetch(statement: str, values: dict[str, Any]) -> Response:
    if not hasattr(_own, "cursor"):
        options = "-c plan_cache_mode=force_custom_plan -c max_parallel_workers_per_gather=0"
        connection = psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, options=f"{options} -c jit=off"
        )
        _own.cursor = connection.cursor()
    row = _own.cursor.execute(statement, values).fetchone()
    return Response(row[0], media_type="application/geo+json")


@app.get("/api/nearby")
def nearby(lon: float, lat: float, k: int = 20) -> Response:
    return _fetch(NEARBY, {"lon": lon, "lat": lat, "k": k})


@app.get("/api/sites")
def sites(bbox: str, limit: int = 100) -> Response:
    west, south, east, north = map(float, bbox.split(","))
    box = {"west": west, "south": south, "east": east, "north": north}
    return _fetch(SITES, box | {"limit": limit})
