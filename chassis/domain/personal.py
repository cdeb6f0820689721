"""The places of personal data in a model, derived once from its annotations; no keys and no I/O here.

A field is personal where its annotation carries metadata with ``personal = True``; the field that names whom the data
is about carries ``subject = True``. The classes of these markers belong to the module that defines the models.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from chassis.domain.streams import id_of

ERASED = "erased"
"""The word in place of erased personal text; other values become null."""

WITHHELD = "withheld"
"""The word in place of personal text without a key here; other values become null."""


def readable(text: str) -> str | None:
    """Personal text as it was given; None where a word is in its place."""
    return None if text in (ERASED, WITHHELD) else text


@dataclass(frozen=True)
class PersonalValue:
    """A personal value; ``text``: it can show a word in place of what is gone, everything else becomes null."""

    text: bool


@dataclass(frozen=True)
class PersonalItems:
    """The items of a list, or the values of an object."""

    node: "Node"


@dataclass(frozen=True)
class PersonalFields:
    nodes: Mapping[str, "Node"]


Node = PersonalValue | PersonalItems | PersonalFields
Change = Callable[[Any, PersonalValue, str], Any]


@dataclass(frozen=True)
class Shape:
    """The personal fields of a model (None: none), and the field that names the subject, where it has one."""

    node: PersonalFields | None
    subject: str | None


@cache
def shape(model: type[BaseModel]) -> Shape:
    """The shape of a model; raises ``TypeError`` for a personal field that could not show that it was erased."""
    subjects = [name for name, field in model.model_fields.items() if marked(field.metadata, "subject")]
    if len(subjects) > 1:
        raise TypeError(f"{model.__name__} names several subjects: {', '.join(subjects)}.")
    node = of_model(model, (), set())
    return Shape(node, subjects[0] if subjects else None)


def marked(metadata: Any, name: str) -> bool:
    return any(getattr(item, name, None) is True for item in metadata)


def of_model(model: type[BaseModel], above: tuple[type, ...], recursive: set[type]) -> PersonalFields | None:
    if model in above:
        recursive.add(model)
        return None
    nodes = {}
    for name, field in model.model_fields.items():
        annotation = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        if found := of_annotation(annotation, f"{model.__name__}.{name}", (*above, model), recursive, optional=False):
            nodes[name] = found
    if nodes and model in recursive:
        raise TypeError(f"{model.__name__} contains itself, so its personal fields cannot be listed.")
    return PersonalFields(nodes) if nodes else None


def of_annotation(
    annotation: Any, where: str, above: tuple[type, ...], recursive: set[type], *, optional: bool
) -> Node | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if marked(arguments[1:], "personal"):
            return PersonalValue(shows_text(annotation, where, optional))
        return of_annotation(arguments[0], where, above, recursive, optional=optional)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return of_model(annotation, above, recursive)
    if origin in (Union, UnionType):
        members = [argument for argument in arguments if argument is not NoneType]
        optional = len(members) < len(arguments)
    else:
        members, optional = [argument for argument in arguments if argument is not Ellipsis], False
    nodes = [of_annotation(member, where, above, recursive, optional=optional) for member in members]
    if not any(nodes):
        return None
    if origin in (Union, UnionType):
        if len(nodes) > 1:
            raise TypeError(f"{where} is personal in one case and not in another: let it be one type, or null.")
        return nodes[0]
    if (origin in (list, tuple) and len(nodes) == 1) or (origin is dict and len(nodes) == 2 and nodes[0] is None):
        node = nodes[-1]
        assert node is not None
        return PersonalItems(node)
    raise TypeError(f"{where} holds personal data in a type that cannot be sealed item by item: use a tuple or a dict.")


def shows_text(annotation: Any, where: str, optional: bool) -> bool:
    """Return whether a personal value can be a word; raises ``TypeError`` where it can neither be one nor null."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def accepts(value: str | None) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    if accepts(ERASED) and accepts(WITHHELD):
        return True
    if optional or accepts(None):
        return False
    raise TypeError(f"{where} is personal, so it must be able to show that it was erased: let it be text, or optional.")


def replaced(node: Node, value: Any, change: Change, place: str = "") -> Any:
    """The JSON value with ``change(value, leaf, place)`` in place of every personal one; null stays null."""
    match node:
        case PersonalValue():
            return None if value is None else change(value, node, place)
        case PersonalItems(node=inner):
            if isinstance(value, list):
                return [replaced(inner, item, change, f"{place}.{index}") for index, item in enumerate(value)]
            if isinstance(value, dict):
                return {name: replaced(inner, item, change, f"{place}.{name}") for name, item in value.items()}
        case PersonalFields(nodes=nodes) if isinstance(value, dict):
            found = {
                name: replaced(inner, value[name], change, f"{place}.{name}" if place else name)
                for name, inner in nodes.items()
                if name in value
            }
            return {**value, **found}
    return value


def subject_of(found: Shape, data: Any, stream: str) -> UUID:
    """Return the data's subject: the one it names, else the stream's id; raise ``ValueError`` for neither."""
    if found.subject is None:
        return id_of(stream)
    return UUID(str(data.get(found.subject))) if isinstance(data, dict) else UUID("")


def check_subjects(models: Mapping[str, type[BaseModel]], stream_is_subject: bool) -> bool:
    """Return whether any of the models is personal; raises ``TypeError`` where one does not say about whom."""
    personal = {name: found for name, model in models.items() if (found := shape(model)).node}
    nameless = [name for name, found in personal.items() if found.subject is None]
    if nameless and not stream_is_subject:
        raise TypeError(
            f"{', '.join(nameless)}: personal, but about whom? Mark the field that names the subject, or say that the"
            " stream's id does (stream_is_subject=True)."
        )
    return bool(personal)
