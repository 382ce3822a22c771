"""Large answers are packed for whoever takes that."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.types import Receive, Scope, Send

_REFUSED = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Packed(GZipMiddleware):
    """ASGI middleware: gzip, but not for who gives it the weight 0 (RFC 9110, 12.5.3), at which
    Starlette does not look."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            accepted = Headers(scope=scope).get("accept-encoding", "")
            if _REFUSED.search(accepted):
                await IdentityResponder(self.app, self.minimum_size)(scope, receive, send)
                return
        await super().__call__(scope, receive, send)
