"""Parameters of a query that an operation does not have are refused: what would be ignored would mislead."""

from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel


async def known_parameters(request: Request) -> None:
    """Refuse a read that names a parameter its operation does not have, such as a day where it knows of none."""
    route = request.scope.get("route")
    if request.method != "GET" or not request.query_params or not isinstance(route, APIRoute):
        return
    unknown = {*request.query_params} - {*parameters_of(route.dependant)}
    if unknown:
        raise RequestValidationError([refused(name) for name in sorted(unknown)])


def parameters_of(dependant: Dependant) -> Iterator[str]:
    """The names of an operation's parameters, also of those that a model or a dependency has."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (each.alias or name for name, each in model.model_fields.items())
        else:
            yield field.alias
    for each in dependant.dependencies:
        yield from parameters_of(each)


def refused(name: str, why: str = "There is no such parameter here.") -> dict[str, Any]:
    """The error of a parameter, as the framework has those of its own."""
    return {"type": "value_error", "loc": ("query", name), "msg": why, "input": None, "ctx": {"error": why}}
