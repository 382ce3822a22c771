"""Below a path of its host: a reverse proxy serves Antu at https://example.org/antu/, say."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def root_path(request: Request) -> str:
    """The path of the root, without a slash at its end; "" where it has the host to itself."""
    root: str = request.scope.get("root_path", "")
    return root


def route_path(request: Request) -> str:
    """What was asked for below the root."""
    return request.url.path.removeprefix(root_path(request))


class Rooted:
    """ASGI middleware: every path begins with the root, whether the proxy has cut that off or not.

    The root is that of the server (`uvicorn --root-path`) or else `root`. `own` are the first
    segments of our paths: below /maps, what is asked for as /maps/coverage.png has been cut.
    """

    def __init__(self, app: ASGIApp, root: str, own: Collection[str]) -> None:
        self._app, self._root, self._own = app, root, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root: str = scope.get("root_path") or self._root
        if scope["type"] != "http" or not root:
            await self._app(scope, receive, send)
            return
        # A server with a root path of its own has put it before what it was asked for.
        asked = scope["path"].removeprefix(scope.get("root_path", ""))
        path = self._below(asked, root)
        # In place: who answers for an unexpected error sees it too.
        scope.update(root_path=root, path=root + path)
        if path:
            await self._app(scope, receive, send)
        else:
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"{root}/{'?' if query else ''}{query}")(scope, receive, send)

    def _below(self, asked: str, root: str) -> str:
        """What is asked for below the root: a path of ours, where one is left without the root."""
        rest = asked.removeprefix(root)
        is_ours = rest == "" or (rest.startswith("/") and rest.split("/")[1] in self._own)
        return rest if is_ours else asked
