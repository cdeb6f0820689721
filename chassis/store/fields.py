"""Stored state as typed fields: SQL over a row of ``states`` that fails at import where a field does not exist."""

from collections.abc import Sequence
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from chassis.domain.decider import Decider
from chassis.domain.personal import shape


class Field(str):
    """A field as SQL text, ``state->>'status'``; its attributes are the fields of a nested model or of a list's items.

    It is a string, so that it stands in any statement as it is. Values are written out, never bound: expression and
    partial indexes match only what is spelled like them.
    """

    json: str
    """The field as ``jsonb``, for lists and operators of ``jsonb``."""
    _annotation: Any

    def __new__(cls, source: str, key: str, annotation: Any) -> "Field":
        made = super().__new__(cls, f"{source}->>{key}")
        made.json, made._annotation = f"{source}->{key}", annotation
        return made

    def __getattribute__(self, name: str) -> Any:
        # A nested model's field comes before a method of str that happens to have its name, such as ``title``.
        if not name.startswith("_") and name != "json":
            model = model_in(self._annotation)
            if model is not None and name in model.model_fields:
                return Field(self.json, f"'{name}'", model.model_fields[name].annotation)
        return super().__getattribute__(name)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self} has no field {name}")

    def one_of(self, *values: str) -> str:
        """The condition that the field has one of these values of its enumeration or its literals."""
        return self._compared(values, "=", "IN")

    def none_of(self, *values: str) -> str:
        """The condition that the field has none of these values of its enumeration or its literals."""
        return self._compared(values, "<>", "NOT IN")

    @property
    def holds(self) -> str:
        return f"{self} = 'true'"

    @property
    def fails(self) -> str:
        return f"{self} = 'false'"

    def at(self, key: str) -> "Field":
        """The value that a mapping has at a key, which is SQL of type text."""
        return Field(self.json, key, get_args(self._annotation)[1])

    def has_item(self, **terms: str | bool) -> str:
        """The condition that an item of the list has these fields.

        A term is a member of the field's enumeration, a truth value, or SQL, such as ``CAST(:id AS text)``.
        """
        item = ", ".join(f"'{name}', {getattr(self, name)._term(term)}" for name, term in terms.items())
        return f"{self.json} @> jsonb_build_array(jsonb_build_object({item}))"

    def _term(self, term: str | bool) -> str:
        if isinstance(term, StrEnum):
            return self._written(term)
        return str(term).lower() if isinstance(term, bool) else term

    def _written(self, value: str) -> str:
        check_value(self._annotation, value)
        return f"'{value}'"

    def _compared(self, values: Sequence[str], one: str, many: str) -> str:
        written = [self._written(value) for value in values]
        return f"{self} {one} {written[0]}" if len(written) == 1 else f"{self} {many} ({', '.join(written)})"


class Fields:
    """The fields of an aggregate's stored state: ``Fields(MENTORSHIP).mentor_id``.

    ``row`` names the row of ``states`` where a statement has several. ``of_kind`` is the condition that a row is one of
    this aggregate's, ``id`` its id as text, ``stream`` the name of its stream.
    """

    def __init__(self, decider: Decider[Any], row: str = "") -> None:
        before = f"{row}." if row else ""
        self.of_kind = f"{before}kind = '{decider.kind}'"
        self.id, self.stream = f"right({before}stream, 36)", f"{before}stream"
        self._decider, self._source = decider, f"{before}state"

    def __getattr__(self, name: str) -> Field:
        state: type[BaseModel] = self._decider.state
        if name not in state.model_fields:
            raise AttributeError(f"{state.__name__} has no field {name}")
        sealed = shape(state).node
        if sealed is not None and name in sealed.nodes and model_in(state.model_fields[name].annotation) is None:
            raise AttributeError(f"{state.__name__}.{name} is sealed in the stored state")
        return Field(self._source, f"'{name}'", state.model_fields[name].annotation)

    def token_of(self, name: str) -> str:
        """A sealed field as it is stored."""
        return f"{self._source}->>'{name}'"

    def stream_of(self, id: str) -> str:
        """The stream of the aggregate whose id is this SQL term of type text."""
        return f"'{self._decider.kind}-' || {id}"


class Items:
    """The fields of a list's items, where ``jsonb_array_elements(field.json) name`` unfolds the list."""

    def __init__(self, field: Field, name: str) -> None:
        model = model_in(field._annotation)
        if model is None:
            raise TypeError(f"{field} is no list of models")
        self._model, self._name = model, name
        self.each = f"jsonb_array_elements({field.json}) {name}"

    def __getattr__(self, name: str) -> Field:
        if name not in self._model.model_fields:
            raise AttributeError(f"{self._model.__name__} has no field {name}")
        return Field(self._name, f"'{name}'", self._model.model_fields[name].annotation)


def parts_of(annotation: Any) -> list[Any]:
    """The types an annotation is made of, without ``None`` and what wraps them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return parts_of(get_args(annotation)[0])
    if origin in (Union, UnionType, tuple, list, frozenset):
        return [part for each in get_args(annotation) if each not in (NoneType, ...) for part in parts_of(each)]
    return [annotation]


def model_in(annotation: Any) -> type[BaseModel] | None:
    return next((part for part in parts_of(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None)


def fields_in(model: type[BaseModel]) -> set[str]:
    """The names of a model's fields, those of nested models among them."""
    nested = [found for field in model.model_fields.values() if (found := model_in(field.annotation))]
    return {*model.model_fields}.union(*(fields_in(each) for each in nested if each is not model))


def check_value(annotation: Any, value: str) -> None:
    """Raise ``TypeError`` where a field never has this value: it is of another enumeration, or none of the literals."""
    for part in parts_of(annotation):
        if get_origin(part) is Literal and value in get_args(part):
            return
        if isinstance(part, type) and issubclass(part, StrEnum) and isinstance(value, part):
            return
    raise TypeError(f"{value!r} is no value of {annotation}")
