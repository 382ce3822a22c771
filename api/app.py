"""The web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import caching, errors, parameters
from api.disconnect import CancelWhenGone
from api.heads import HeadAsGet
from api.metrics import Measured
from api.packing import Packed
from api.rooted import Rooted
from api.routes import (
    coverage,
    demo,
    docs,
    downloads,
    duplicates,
    embedding,
    exports,
    health,
    heat,
    hexagons,
    hotspots,
    imports,
    load,
    nearby,
    pages,
    panels,
    places,
    sites,
    tiles,
)
from geo.operations.database import adopt, opened
from geo.settings import Settings
from maps.basemap import basemap

# Each request looks through them in this order: what is asked most comes first.
ROUTERS = (
    sites.router,
    nearby.router,
    heat.router,
    tiles.router,
    coverage.router,
    pages.router,
    panels.router,
    hotspots.router,
    places.router,
    downloads.router,
    embedding.router,
    hexagons.router,
    duplicates.router,
    imports.router,
    load.router,
    demo.router,
    exports.router,
    health.router,
    docs.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for one set of settings (those of the environment, if none are given).

    Opens its database when it starts, and closes it when it stops.
    """
    settings = settings or Settings()
    # What is wrong with the basemap is said now, and not to whoever opens a page.
    basemap(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with opened(settings) as engine:
            app.state.engine = engine
            await to_thread.run_sync(adopt, engine, settings)
            yield

    app = FastAPI(
        title="Antu",
        summary="Where union coverage is missing, by the map",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.settings = settings
    errors.install(app)
    caching.install(app)
    # The last one added is the outermost.
    app.add_middleware(CancelWhenGone)
    app.add_middleware(Packed, minimum_size=1000, compresslevel=1)
    if origins := settings.allow_origins.split():
        app.add_middleware(CORSMiddleware, allow_origins=origins, expose_headers=["ETag"])
    app.add_middleware(Measured)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Rooted, root=settings.root_path, own=_first_segments())
    for router in ROUTERS:
        # Included, it would be a router within a router, each of which is gone through twice.
        app.routes.extend(router.routes)
    parameters.describe(app)
    return app


def _first_segments() -> set[str]:
    """What the paths of the application begin with."""
    paths = [getattr(route, "path", "/") for router in ROUTERS for route in router.routes]
    return {"openapi.json", *(path.split("/")[1] for path in paths)}
