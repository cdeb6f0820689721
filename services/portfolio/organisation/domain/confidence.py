"""Records that are confidential: what happens to them stays in the service, and others hear only that something did."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, Union, get_args

from pydantic import BaseModel

from chassis.domain.decider import PrivateEvent

E = TypeVar("E", bound=BaseModel)


class InConfidence(PrivateEvent, Generic[E]):
    """What would be a public event of any other record."""

    fact: E


def in_confidence(events: Any) -> Any:
    """The union of these events, each in confidence."""
    model: Any = InConfidence
    return Union[tuple(model[event] for event in get_args(events))]  # noqa: UP007 (made of a tuple)


def kept(events: Sequence[BaseModel], told: BaseModel, *open_: type[BaseModel]) -> list[Any]:
    """The events of a confidential record, and what others are told; those of the types ``open_`` stay as they are."""
    if not events:
        return []
    model: Any = InConfidence
    return [*(event if isinstance(event, open_) else model[type(event)](fact=event) for event in events), told]
