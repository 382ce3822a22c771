"""Which language somebody reads: as the address says, as chosen before, or as accepted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Cookie, Depends, Header, Query, Request, Response

from api.rooted import root_path
from geo.domain.words import LANGUAGES
from geo.settings import Language

COOKIE = "lang"
_KEPT_S = 365 * 24 * 3600


def _language(
    request: Request,
    lang: Annotated[Language | None, Query(description="zh or en.")] = None,
    _chosen: Annotated[str | None, Cookie(alias=COOKIE)] = None,
    _accepted: Annotated[str | None, Header(alias="accept-language")] = None,
) -> Language:
    return lang or negotiated(request)


def negotiated(request: Request) -> Language:
    """The language that a request asks for by its address, its cookie or its browser's wishes."""
    default: Language = request.app.state.settings.language
    wishes = _wishes(request.headers.get("accept-language", ""))
    for wish in (request.query_params.get(COOKIE), request.cookies.get(COOKIE), *wishes):
        for known in LANGUAGES:
            if wish == known:
                return known
    return default


def remember(request: Request, response: Response, language: Language) -> None:
    """Let a page keep the language that its address has chosen."""
    if COOKIE in request.query_params:
        path = f"{root_path(request)}/"
        response.set_cookie(COOKIE, language, max_age=_KEPT_S, path=path, samesite="lax")


def _wishes(header: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first, without their regions."""
    weighed = []
    for part in header.split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    return [name for _, name in sorted(weighed, key=lambda wish: wish[0])]


Lang = Annotated[Language, Depends(_language)]
