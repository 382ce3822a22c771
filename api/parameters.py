"""Groups of parameters, each read from the address by one model.

FastAPI reads parameter by parameter, which for a dozen of them takes as long as a small query.
"""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import signature
from typing import Any, TypeVar, get_origin

from fastapi import Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

# As many as FastAPI has for all other routes; to go to its own and back takes twice the time.
_THREADS = ThreadPoolExecutor(40, "straight")
# The model of each such dependency.
_MODELS: dict[Callable[..., Any], type[BaseModel]] = {}

_REFERENCE = "#/components/schemas/{model}"


def _itself(asked: BaseModel) -> BaseModel:
    return asked


def read_by(model: type[Model], meaning: Callable[[Model], Any] = _itself) -> Any:
    """A dependency: what the parameters of a model mean, for `Annotated[..., read_by(...)]`.

    Without a meaning, the model. A field that is a tuple takes a parameter as often as it is given,
    others the last one; one that is in the path is read from there.
    """
    several = {
        name for name, field in model.model_fields.items() if get_origin(field.annotation) is tuple
    }

    async def read(request: Request) -> Any:
        given: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            if name in several:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        try:
            asked = model.model_validate(given | request.path_params)
        except ValidationError as error:
            raise RequestValidationError(
                [problem | {"loc": ("query", *problem["loc"])} for problem in error.errors()]
            ) from error
        return meaning(asked)

    _MODELS[read] = model
    return Depends(read)


class Straight(APIRoute):
    """A route that goes straight to an endpoint that takes the request, groups of parameters, and
    nothing else: what FastAPI does before it finds that out takes as long as a small query."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        request, groups = self.dependant.request_param_name, self.dependant.dependencies
        taken = {request, *(group.name for group in groups)}
        if taken != signature(self.endpoint).parameters.keys() or not all(
            group.call in _MODELS for group in groups
        ):
            return super().get_route_handler()
        readers = {str(group.name): group.call for group in groups if group.call is not None}

        async def handle(asked: Request) -> Response:
            values = {name: await read(asked) for name, read in readers.items()}
            answer = partial(self.endpoint, asked, **values)
            found: Response = await get_running_loop().run_in_executor(_THREADS, answer)
            return found

        return handle


def describe(app: FastAPI) -> None:
    """Add the parameters of such groups to the description of the API."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        found = plain()
        for route in app.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                _describe(route, found)
        return found

    app.openapi = openapi  # type: ignore[method-assign]


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
                {
                    "name": name,
                    "in": "path" if name in route.param_convertors else "query",
                    "required": name in required,
                    "schema": field,
                }
                for name, field in schema["properties"].items()
            )


def _models(dependant: Dependant) -> Iterator[type[BaseModel]]:
    for below in dependant.dependencies:
        if below.call in _MODELS:
            yield _MODELS[below.call]
        yield from _models(below)
