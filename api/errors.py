"""What an error looks like to a client: application/problem+json (RFC 9457), from one table."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from api.language import negotiated
from api.rooted import root_path, route_path
from geo.domain.faults import told
from geo.domain.words import word
from geo.errors import (
    Conflict,
    Forbidden,
    GeoError,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from geo.settings import Language
from maps.page import error_page

log = logging.getLogger(__name__)

STATUS: dict[type[GeoError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Conflict: HTTPStatus.CONFLICT,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
RETRY_AFTER_S = 5
# What is wrong with a parameter, by the framework's name for it.
_REASONS = {
    "missing": "error.value.missing",
    "int_parsing": "error.value.integer",
    "int_parsing_size": "error.value.integer",
    "int_from_float": "error.value.integer",
    "float_parsing": "error.value.number",
    "finite_number": "error.value.number",
    "bool_parsing": "error.value.boolean",
    "date_parsing": "error.value.date",
    "date_from_datetime_parsing": "error.value.date",
    "date_from_datetime_inexact": "error.value.date",
    "literal_error": "error.value.one_of",
    "enum": "error.value.one_of",
    "greater_than": "error.value.greater_than",
    "greater_than_equal": "error.value.at_least",
    "less_than_equal": "error.value.at_most",
}


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(GeoError, _geo_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


async def _geo_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GeoError)  # noqa: S101 - starlette's signature is wider than its calls
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        if await request.is_disconnected():
            # Its query was ended for that (disconnect.py): nothing is the matter.
            log.info("%s %s: the client has gone", request.method, request.url.path)
        else:
            why = " ".join([error.message, *getattr(error, "__notes__", ())])
            # Where it was asked is of use only if nobody has foreseen what the database says.
            unforeseen = error.phrase is not None and error.phrase.key == "error.database.refused"
            where = error if unforeseen else None
            log.warning("%s %s: %s", request.method, request.url.path, why, exc_info=where)
        headers["Retry-After"] = str(RETRY_AFTER_S)
    message, said = told(error, negotiated(request))
    problems = [problem.as_dict() for problem in said]
    return _told(request, status, message, headers, problems=problems)


def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    language = negotiated(request)
    problems = [
        {"field": _field(detail["loc"]), "reason": _reason(detail, language)}
        for detail in error.errors()
    ]
    wrong = dict.fromkeys(each["field"] for each in problems)
    fields = word("list.comma", language).join(wrong)
    message = word("error.parameters", language, fields=fields)
    return _told(request, HTTPStatus.UNPROCESSABLE_ENTITY, message, problems=problems)


def _reason(detail: Mapping[str, Any], language: Language) -> str:
    """Why a value is refused; in the framework's English where that is not among ours."""
    key = _REASONS.get(detail["type"])
    if key is None:
        return str(detail["msg"])
    known = dict(detail.get("ctx", {}))
    if "expected" in known:
        known["expected"] = known["expected"].replace(" or ", ", ").replace("'", "")
    return word(key, language, **known)


def _field(place: tuple[str | int, ...]) -> str:
    """The parameter or field that is wrong; what follows it (which of several) names nothing."""
    names = [each for each in place if isinstance(each, str)]
    return (names[1:] or names)[0]


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    if "GET" in headers.get("Allow", ""):
        headers["Allow"] += ", HEAD"  # see api/heads.py
    return _told(request, status, str(error.detail), headers)


def _unexpected(request: Request, error: Exception) -> Response:
    reference = uuid.uuid4().hex[:12]
    log.error("%s %s failed [%s]", request.method, request.url.path, reference, exc_info=error)
    message = word("error.unexpected", negotiated(request), reference=reference)
    return _told(request, HTTPStatus.INTERNAL_SERVER_ERROR, message, id=reference)


def _told(
    request: Request,
    status: HTTPStatus,
    detail: str,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """A page for somebody who opened one, a problem for a program."""
    if not _is_page(request):
        return _problem(status, detail, headers, **more)
    nonce = secrets.token_urlsafe(16)
    content = error_page(
        negotiated(request),
        nonce,
        root_path(request),
        missing=status is HTTPStatus.NOT_FOUND,
        detail=detail,
        reference=more.get("id"),
        again=str(request.url.replace(scheme="", netloc="")),
    )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}' 'self'; img-src data:; base-uri 'none'"
    return HTMLResponse(content, status, {"Content-Security-Policy": policy, **(headers or {})})


def _is_page(request: Request) -> bool:
    path = route_path(request)
    opened = path == "/" or path.startswith(("/embed/", "/maps/"))
    return opened and "text/html" in request.headers.get("accept", "")


def _problem(
    status: HTTPStatus, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(
        content | {name: value for name, value in more.items() if value},
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )
