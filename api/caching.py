"""An unchanged map costs a 304: answers are tagged with the state of the data that they are of."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from geo.database import state
from geo.operations.database import today
from geo.settings import Settings

_KNOWN = "if-none-match"


class NotModified(Exception):
    """The client has what it asks for."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("Not modified")
        self.headers = headers


def headers(request: Request, connection: Connection) -> dict[str, str]:
    """Headers of the answer; raises NotModified where the client has it already.

    To be asked before the data are: then a tag may be older than its data, never newer.
    """
    return headers_of(request, state.stamp(connection))


def asked(request: Request) -> bool:
    """Whether the client asks only for what has changed."""
    return _KNOWN in request.headers


def spare(request: Request, connection: Connection) -> None:
    """Raise NotModified at once for a client that knows the present tag, for an answer that brings
    its stamp along: see `headers_of`."""
    if asked(request):
        headers(request, connection)


def headers_of(request: Request, stamp: str) -> dict[str, str]:
    """Headers of an answer that was read in one statement with the stamp of its data."""
    address = f"{request.scope['path']}?{request.scope['query_string']!r}"
    settings = request.app.state.settings
    # Without a date of its own an answer is of today, whichever day is stored.
    parts = (stamp, today(settings), address, _program(settings))
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
    found = {"ETag": f'W/"{digest}"', "Cache-Control": "no-cache"}
    if digest in request.headers.get(_KNOWN, ""):
        raise NotModified(found)
    return found


def install(app: FastAPI) -> None:
    """Answer NotModified with a 304."""

    async def not_modified(_request: Request, found: Exception) -> Response:
        known = found.headers if isinstance(found, NotModified) else {}
        return Response(status_code=304, headers=known)

    app.add_exception_handler(NotModified, not_modified)


@lru_cache(maxsize=8)
def _program(settings: Settings) -> str:
    """What else an answer depends on: the program, and how it is set up."""
    return f"{version('antu')} {settings.heat_bandwidth_m} {settings.own_union_threshold}"
