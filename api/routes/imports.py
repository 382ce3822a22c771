"""Loading files over HTTP: upload, see what was understood, correct it, load, take it back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.dependencies import AppEngine, AppSettings, Reading
from api.language import Lang
from api.rooted import root_path
from api.uploading import FORM, Upload
from api.writing import Writer
from geo.database import batches as stored
from geo.database import mappings
from geo.domain.faults import fault
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.errors import NotFound
from geo.ingest import headings
from geo.operations import history, imports, uploads

router = APIRouter(prefix="/api", tags=["imports"])

Text = Annotated[str, Field(max_length=200)]


class Asked(BaseModel):
    """How a file is to be understood; what is not said stays as it is."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Kind | None = None
    mapping: dict[str, str] | None = Field(default=None, description="field -> column.")
    saved: Text | None = Field(default=None, description="A kept mapping, by name.")
    save_as: Text | None = Field(default=None, description="Keep the mapping under this name.")
    crs: Text | None = Field(default=None, description="wgs84, gcj02, bd09, EPSG code or auto.")
    layer: Text | None = Field(default=None, description="Layer or sheet.")
    encoding: Text | None = None
    heading_row: int | None = Field(
        default=None, ge=0, le=1_048_576, description="The row of the headings, from 1; 0: find it."
    )
    category: Category | Literal[""] | None = None
    union_kind: UnionKind | Literal[""] | None = None
    level: Text | None = None
    ranges: Literal["refuse", "lower"] | None = None
    accept_good: bool | None = None

    def said(self) -> dict[str, Any]:
        """What was said."""
        return self.model_dump(mode="json", exclude_none=True)


@router.post("/imports", status_code=201, openapi_extra=FORM)
def upload(
    request: Request,
    engine: AppEngine,
    settings: AppSettings,
    language: Lang,
    file: Upload,
    response: Response,
) -> dict[str, Any]:
    """Send a file (field `file`) and how it is to be understood; it is checked, not loaded."""
    try:
        asked = Asked.model_validate(file.fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    state = imports.start(engine, settings, file.name, file.content, asked.said(), language)
    response.headers["Location"] = f"{root_path(request)}/api/imports/{state['id']}"
    return _shown(state)


@router.get("/imports/{import_id}")
def one(settings: AppSettings, _writer: Writer, import_id: str) -> dict[str, Any]:
    """What is known of an upload: what it was understood as, how far it is, what became of it."""
    return _shown(imports.told(settings, import_id))


@router.patch("/imports/{import_id}")
def correct(
    engine: AppEngine,
    settings: AppSettings,
    language: Lang,
    _writer: Writer,
    import_id: str,
    asked: Asked,
) -> dict[str, Any]:
    """Say how the file is to be understood; it is checked anew."""
    return _shown(imports.correct(engine, settings, import_id, asked.said(), language))


@router.post("/imports/{import_id}/commit", status_code=202)
def commit(
    engine: AppEngine, settings: AppSettings, _writer: Writer, import_id: str
) -> dict[str, Any]:
    """Load a file that was checked; it goes in whole or not at all."""
    return _shown(imports.commit(engine, settings, import_id))


@router.get("/imports/{import_id}/refused", response_class=FileResponse)
def refused(settings: AppSettings, _writer: Writer, import_id: str) -> FileResponse:
    """The refused rows in the format of the file, each with what is wrong; mended, they load."""
    found = uploads.find(settings, import_id)
    if found.refused is None:
        raise fault(NotFound, "error.upload.nothing_refused")
    name = f"{found.file.stem}-refused{found.refused.suffix}"
    return FileResponse(found.refused, filename=name, media_type="application/octet-stream")


@router.delete("/imports/{import_id}", status_code=204)
def forget(settings: AppSettings, _writer: Writer, import_id: str) -> None:
    """Forget an upload; what was loaded stays."""
    imports.forget(settings, import_id)


@router.get("/mappings")
def kept_mappings(connection: Reading, kind: Kind = Kind.SITES) -> list[dict[str, Any]]:
    """The mappings that are kept for a kind of file, by name."""
    return mappings.listed(connection, kind)


@router.get("/batches")
def batches(
    connection: Reading,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[dict[str, Any]]:
    """What was loaded, the last first; `before` continues after the batch of that number."""
    return stored.listed(connection, before=before, limit=limit)


@router.post("/batches/{batch_id}/undo")
def undo(
    engine: AppEngine, settings: AppSettings, _writer: Writer, batch_id: int
) -> dict[str, Any]:
    """Take back what a batch changed, if no newer batch changed the same rows."""
    history.undo(engine, settings, batch_id)
    return {"id": batch_id, "undone": True}


def _shown(state: uploads.State) -> dict[str, Any]:
    shown = {name: value for name, value in state.items() if name != "run"}
    kind = Kind(state["asked"]["kind"])
    return shown | {"kind": kind, "fields": list(headings.fields(kind))}
