"""GET /docs: the API described, with the viewer served from here like everything else."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.rooted import root_path
from maps.assets import versioned

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """The routes, their parameters and answers, to be tried in the browser."""
    app, root = request.app, root_path(request)
    return get_swagger_ui_html(
        openapi_url=root + app.openapi_url,
        title=app.title,
        swagger_js_url=versioned("/vendor/swagger-ui/swagger-ui-bundle.js", root),
        swagger_css_url=versioned("/vendor/swagger-ui/swagger-ui.css", root),
        swagger_favicon_url="data:,",
    )
