"""An unchanged map costs a 304: answers are tagged with the state of the data that they are of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from sqlalchemy import Connection

from geo.database import state
from geo.database.state import DataState
from geo.settings import Settings


class NotModified(Exception):
    """The client has what it asks for."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("Not modified")
        self.headers = headers


@dataclass(frozen=True)
class Caching:
    """Tags the answer to one request: `headers=caching.headers(connection)`."""

    settings: Settings
    address: str
    known: str

    def headers(self, connection: Connection) -> dict[str, str]:
        """Headers of the answer; raises NotModified where the client has it already.

        To be asked before the data are: then a tag may be older than its data, never newer.
        """
        return self.headers_of(state.read(connection))

    def spare(self, connection: Connection) -> None:
        """Raise NotModified at once for a client that knows the present tag, for an answer that
        brings its state along: see `headers_of`."""
        if self.known:
            self.headers(connection)

    def headers_of(self, present: DataState) -> dict[str, str]:
        """Headers of an answer that was read in one statement with the state of its data."""
        parts = (present, self.address, _program(self.settings))
        digest = hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
        headers = {"ETag": f'W/"{digest}"', "Cache-Control": "no-cache"}
        if digest in self.known:
            raise NotModified(headers)
        return headers


async def _caching(request: Request) -> Caching:
    address = f"{request.scope['path']}?{request.scope['query_string']!r}"
    known = request.headers.get("if-none-match", "")
    return Caching(request.app.state.settings, address, known)


AppCaching = Annotated[Caching, Depends(_caching)]


def install(app: FastAPI) -> None:
    """Answer NotModified with a 304."""

    async def not_modified(_request: Request, found: Exception) -> Response:
        headers = found.headers if isinstance(found, NotModified) else {}
        return Response(status_code=304, headers=headers)

    app.add_exception_handler(NotModified, not_modified)


@lru_cache(maxsize=8)
def _program(settings: Settings) -> str:
    """What else an answer depends on: the program, and how it is set up."""
    return f"{version('antu')} {settings.heat_bandwidth_m} {settings.own_union_threshold}"
