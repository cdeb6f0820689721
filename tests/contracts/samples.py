"""Any instance of any public event, from its types."""

import string
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from hypothesis import strategies as st
from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from contracts.portfolio.planning import EarnedValuePoint, Technique, WorkPackage
from contracts.portfolio.services import ServiceHours
from contracts.values import Period

LETTERS = string.ascii_letters + string.digits + " -.,'\"\\/åØéสวัß漢e\u0301"
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    UUID: st.uuids(),
    bool: st.booleans(),
    int: st.integers(0, 10_000),
    date: st.dates(date(1900, 1, 1), date(2200, 12, 31)),
    datetime: st.datetimes(),
    NoneType: st.none(),
    Decimal: st.decimals(0, 100, places=4),
}


def instances(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Valid instances of a model."""
    if model is Period:
        days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
        return st.tuples(days, days).map(lambda days: Period(start=min(days), end=max(days)))
    if model is ServiceHours:
        opens, closes = st.times(max_value=time(11)), st.times(min_value=time(12))
        return st.builds(ServiceHours, weekday=st.integers(1, 7), opens=opens, closes=closes)
    fields = {name: of_field(field) for name, field in model.model_fields.items()}
    if model is EarnedValuePoint:
        fields["over"] = st.integers(1, 400)
    if model is WorkPackage:
        others = [each for each in Technique if each is not Technique.WEIGHTED_MILESTONES]
        fields |= {"technique": st.sampled_from(others), "weighted_milestones": st.just(())}
    return st.fixed_dictionaries(fields).map(lambda values: model(**values))


def of_field(field: FieldInfo) -> st.SearchStrategy[Any]:
    """Values of a field."""
    return values(field.annotation, tuple(field.metadata))


def values(annotation: Any, metadata: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of a type with what constrains it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(arguments[0], (*arguments[1:], *metadata))
    if origin in (Union, UnionType):
        return st.one_of([values(argument, metadata) for argument in arguments])
    if origin is tuple:
        flat = [one for each in metadata for one in (each.metadata if isinstance(each, FieldInfo) else [each])]
        fewest = max((getattr(one, "min_length", None) or 0 for one in flat), default=0)
        return st.lists(values(arguments[0]), min_size=fewest, max_size=3 + fewest).map(tuple)
    if origin is Literal:
        return st.sampled_from(arguments)
    if annotation is str:
        return texts(metadata)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return instances(annotation)
    if annotation in (int, Decimal) and (limits := bounds(metadata)):
        return bounded(annotation, limits)
    return PLAIN[annotation]


def bounds(metadata: tuple[Any, ...]) -> dict[str, Any]:
    """The limits of a number, by their names."""
    flat = [one for each in metadata for one in (each.metadata if isinstance(each, FieldInfo) else [each])]
    found = {
        name: getattr(one, name)
        for one in flat
        for name in ("ge", "gt", "le", "decimal_places")
        if getattr(one, name, None) is not None
    }
    return found if {"ge", "gt"} & found.keys() and "le" in found else {}


def bounded(annotation: type, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Numbers within their limits."""
    if annotation is int:
        return st.integers(limits.get("ge", limits.get("gt", 0) + 1), limits["le"])
    places = limits.get("decimal_places", 4)
    least = limits["ge"] if "ge" in limits else limits["gt"] + Decimal(1).scaleb(-places)
    return st.decimals(least, limits["le"], places=places)


def texts(metadata: tuple[Any, ...]) -> st.SearchStrategy[str]:
    """Texts, or codes of currencies."""
    if any(isinstance(item, StringConstraints) and item.pattern for item in metadata):
        return st.sampled_from(["EUR", "NOK", "THB"])
    return st.text(LETTERS, min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
