"""The page on which a clerk loads files."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.dependencies import AppSettings, Reading
from api.language import Lang, remember
from api.rooted import root_path
from api.routes.pages import policy
from api.views import finest_level
from api.writing import may_write
from geo.database import divisions
from maps.loading import load_page

router = APIRouter(tags=["pages"])


@router.get("/load", response_class=HTMLResponse)
def page(
    request: Request, connection: Reading, settings: AppSettings, language: Lang
) -> HTMLResponse:
    """Drop a file, see what it was understood as, correct it, load it, or take it back."""
    nonce = secrets.token_urlsafe(16)
    content = load_page(
        language,
        nonce,
        root_path(request),
        divisions=divisions.outlines(connection, finest_level(connection)),
        max_upload_mb=settings.max_upload_mb,
        writable=may_write(request, settings),
    )
    response = HTMLResponse(content, headers=policy(nonce, "'none'", None))
    remember(request, response, language)
    return response
