"""Who may change the data over HTTP: there is no login, so by default only this machine itself."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.rooted import root_path
from geo.domain.faults import fault
from geo.errors import Forbidden
from geo.settings import Settings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def may_write(request: Request, settings: Settings) -> bool:
    """Whether the client, wherever its page came from, may write at all."""
    if settings.allow_writes != "loopback":
        return settings.allow_writes == "all"
    client = request.client.host if request.client else ""
    # A proxy on this machine speaks for others; a name that is not ours may lead here by DNS. Not
    # every proxy says that it is one, but only below a path of another server there is a root path.
    behind_proxy = root_path(request) or any(name in request.headers for name in _FORWARDED)
    return _is_loopback(client) and _is_loopback(request.url.hostname or "") and not behind_proxy


def _refuse_strangers(request: Request) -> None:
    if not may_write(request, request.app.state.settings):
        raise fault(Forbidden, "load.forbidden")
    if request.method not in ("GET", "HEAD") and _is_from_another_site(request):
        raise fault(Forbidden, "error.other_site")


def _is_from_another_site(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Writer = Annotated[Literal[None], Depends(_refuse_strangers)]
