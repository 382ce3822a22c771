"""Groups of query parameters, each read from the query string by one model.

FastAPI reads parameter by parameter, which for a dozen of them takes as long as a small query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_origin

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

_REFERENCE = "#/components/schemas/{model}"


def _itself(asked: BaseModel) -> BaseModel:
    return asked


def read_by(model: type[Model], meaning: Callable[[Model], Any] = _itself) -> Any:
    """A dependency: what the parameters of a model mean, for `Annotated[..., read_by(...)]`.

    Without a meaning, the model. A field that is a list takes a parameter as often as it is given,
    others the last one.
    """
    lists = {
        name for name, field in model.model_fields.items() if get_origin(field.annotation) is list
    }

    async def read(request: Request) -> Any:
        given: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            if name in lists:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        try:
            asked = model.model_validate(given)
        except ValidationError as error:
            raise RequestValidationError(
                [problem | {"loc": ("query", *problem["loc"])} for problem in error.errors()]
            ) from error
        return meaning(asked)

    _MODELS[read] = model
    return Depends(read)


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the parameters of such groups to the description of the API."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        found = plain()
        for router in routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and route.include_in_schema:
                    _describe(route, found)
        return found

    app.openapi = openapi  # type: ignore[method-assign]


_MODELS: dict[Callable[..., Any], type[BaseModel]] = {}


def _describe(route: APIRoute, description: dict[str, Any]) -> None:
    for model in _models(route.dependant):
        schema = model.model_json_schema(ref_template=_REFERENCE)
        description.setdefault("components", {}).setdefault("schemas", {}).update(
            schema.pop("$defs", {})
        )
        required = schema.get("required", [])
        for method in route.methods or ():
            operation = description["paths"][route.path_format][method.lower()]
            operation.setdefault("parameters", []).extend(
                {"name": name, "in": "query", "required": name in required, "schema": field}
                for name, field in schema["properties"].items()
            )


def _models(dependant: Dependant) -> Iterator[type[BaseModel]]:
    for below in dependant.dependencies:
        if below.call in _MODELS:
            yield _MODELS[below.call]
        yield from _models(below)
