"""A query whose client has gone is cancelled: nobody waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import psycopg
from anyio import to_thread
from sqlalchemy import Connection
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.domain.faults import fault
from geo.errors import Unavailable

# Most answers take far less; only for the others it is watched whether the client is still there.
PATIENCE_S = 0.5
_KEY = "antu.queries"


class Queries:
    """The connection that works for a request, if one does now, and whether anybody waits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cancelled = False
        self._busy: psycopg.Connection | None = None

    @contextmanager
    def on(self, connection: Connection) -> Iterator[None]:
        """While the block runs, `cancel` ends its statement; raises Unavailable where the client
        went away before there was a connection."""
        driver = connection.connection.driver_connection
        with self._lock:
            self.still_wanted()
            self._busy = driver
        try:
            yield
        finally:
            # Held while a cancellation is under way, so that it cannot hit whoever is next.
            with self._lock:
                self._busy = None

    def cancel(self) -> None:
        """End the statement that runs now, if there is one, and begin nothing that takes long;
        safe from any thread."""
        with self._lock:
            self._cancelled = True
            if self._busy is not None:
                self._busy.cancel_safe(timeout=5)

    def still_wanted(self) -> None:
        """Raise Unavailable once it is cancelled."""
        if self._cancelled:
            raise fault(Unavailable, "error.database.slow")


def queries(scope: Scope) -> Queries:
    """Those of a request."""
    found: Queries = scope.setdefault(_KEY, Queries())
    return found


class CancelWhenGone:
    """ASGI middleware: watches whether the client of a slow GET is still there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        watching: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        timer = loop.call_later(
            PATIENCE_S, lambda: watching.append(loop.create_task(_watch(scope, receive)))
        )
        try:
            await self._app(scope, receive, send)
        finally:
            timer.cancel()
            for task in watching:
                task.cancel()


async def _watch(scope: Scope, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    await to_thread.run_sync(queries(scope).cancel)
