"""Large answers are packed for whoever takes that."""

from __future__ import annotations

import re

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Message, Receive, Scope, Send

_REFUSED = re.compile(rb"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Packed(GZipMiddleware):
    """ASGI middleware: gzip, but not for who gives it the weight 0 (RFC 9110, 12.5.3), at which
    Starlette does not look; who does not take it costs nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _taken(scope):
            await self.app(scope, receive, _varying(send))
        else:
            await super().__call__(scope, receive, send)


def _taken(scope: Scope) -> bool:
    accepted: bytes = dict(scope["headers"]).get(b"accept-encoding", b"")
    return b"gzip" in accepted and not _REFUSED.search(accepted)


def _varying(send: Send) -> Send:
    """Say that others may get the answer packed."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"vary", b"Accept-Encoding"))
        await send(message)

    return sending
