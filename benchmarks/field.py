"""The servers of the field on the same tables: tipg and pygeoapi, each set up as it documents."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import URL, make_url

from benchmarks.servers import free_port, running

BIN = Path(__file__).parent / ".venv/bin"
_LIMIT = 10_000
# What a feature of Antu tells, except what it works out.
PROPERTIES = (
    *("name", "category", "grade", "workers", "migrant_workers", "members", "coverage"),
    *("covered_by", "needs_own_union", "gap", "adcode", "address"),
)


@contextmanager
def tipg(url: str) -> Iterator[int]:
    """The port of tipg; a collection is `public.<table>`."""
    found = make_url(url)
    host = quote(_host(found), safe="")
    address = f"postgresql://{found.username}@{host}:{_port(found)}/{found.database}"
    environment = {
        "DATABASE_URL": address,
        "TIPG_TABLE_CONFIG__public_site__geomcol": "geom",
        "TIPG_TABLE_CONFIG__public_site__properties": json.dumps(PROPERTIES),
    }
    with _uvicorn("tipg.main:app", environment) as port:
        yield port


@contextmanager
def pygeoapi(url: str) -> Iterator[int]:
    """The port of pygeoapi; a collection is the name of a table."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="antu-bench-") as folder:
        config, openapi = Path(folder) / "config.json", Path(folder) / "openapi.json"
        # JSON is YAML.
        config.write_text(json.dumps(_configuration(make_url(url), port)))
        environment = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(openapi)}
        subprocess.run(
            [BIN / "pygeoapi", "openapi", "generate", config, "--output-file", openapi],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        with _uvicorn("pygeoapi.starlette_app:APP", environment, port):
            yield port


@contextmanager
def _uvicorn(app: str, environment: dict[str, str], port: int | None = None) -> Iterator[int]:
    port = port or free_port()
    command = [str(BIN / "python"), "-m", "uvicorn", app, "--port", str(port)]
    command += ["--log-level", "error"]
    with running(command, os.environ | environment, port):
        yield port


def _host(url: URL) -> str:
    return str(url.query.get("host") or url.host)


def _port(url: URL) -> int:
    return int(str(url.query.get("port") or url.port or 5432))


def _configuration(url: URL, port: int) -> dict[str, Any]:
    data = {
        "host": _host(url),
        "port": _port(url),
        "dbname": url.database,
        "user": url.username,
        "password": url.password or "",
        "search_path": ["public"],
    }
    table: dict[str, Any] = {"data": data, "id_field": "id", "table": "site", "geom_field": "geom"}
    table["properties"] = list(PROPERTIES)
    crs = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    providers = [
        {"type": "feature", "name": "PostgreSQL", **table},
        {
            "type": "tile",
            "name": "MVT-postgresql",
            **table,
            "options": {"zoom": {"min": 0, "max": 22}},
            "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
        },
    ]
    words = {"title": "Sites", "description": "Sites", "keywords": ["sites"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": _LIMIT},
            "map": {"url": "none", "attribution": "none"},
            "gzip": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                **words,
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": "http://localhost",
            },
            "license": {"name": "none", "url": "http://localhost"},
            "provider": {"name": "Antu", "url": "http://localhost"},
            "contact": {"name": "Antu"},
        },
        "resources": {
            "site": {
                "type": "collection",
                **words,
                "links": [],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": crs}},
                "providers": providers,
            }
        },
    }
