"""Receiving an uploaded file: never more than is allowed, wherever the length is stated."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import IO, Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from api.writing import Writer
from geo.domain.faults import fault
from geo.errors import Invalid

_MB = 2**20
# What the parts around the file may add.
_SLACK = 2**16


@dataclass(frozen=True)
class Received:
    """A file on its way in, and the texts of the form beside it."""

    name: str
    content: IO[bytes]
    fields: dict[str, str]


async def _received(request: Request, _writer: Writer) -> AsyncIterator[Received]:
    limit_mb = request.app.state.settings.max_upload_mb
    too_large = fault(Invalid, "load.too_large", field="file", n=limit_mb)
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated) > limit_mb * _MB + _SLACK:
        raise too_large

    async def bounded() -> AsyncGenerator[bytes, None]:
        received = 0
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit_mb * _MB + _SLACK:
                raise too_large
            yield chunk

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise fault(Invalid, "error.upload.form", field="file")
    try:
        parser = MultiPartParser(request.headers, bounded(), max_files=1, max_fields=30)
        form = await parser.parse()
    except ClientDisconnect as error:  # nobody is left to be told, nothing is kept
        raise fault(Invalid, "load.cut_off", field="file") from error
    except MultiPartException as error:
        raise fault(Invalid, "error.upload.unreadable", field="file", why=error.message) from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise fault(Invalid, "error.upload.no_file", field="file")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        yield Received(file.filename or "", file.file, fields)
    finally:
        await form.close()


Upload = Annotated[Received, Depends(_received)]

_FILE = {"type": "string", "format": "binary"}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": _FILE, "kind": {"type": "string"}},
                    "required": ["file"],
                    "additionalProperties": {"type": "string"},
                }
            }
        },
    }
}
