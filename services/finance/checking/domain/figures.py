"""What is stored of a budget beside what its past, its orders and its expenses make of it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from contracts.base import Value

Figures = Mapping[str, Decimal]
NONE = Decimal(0)


class Source(StrEnum):
    """What a figure was recomputed from."""

    LOG = "log"
    ORDERS = "orders and expenses"


class Difference(Value):
    """A figure of a budget that is stored otherwise than it is recomputed."""

    budget_id: UUID
    figure: str
    stored: Decimal
    recomputed: Decimal
    source: Source


def figures_of(state: BaseModel | None) -> dict[str, Decimal]:
    """Every amount of a state by where it stands in it, such as ``charged / licences / spent``."""
    return dict(amounts(state.model_dump(), ())) if state else {}


def amounts(value: object, place: tuple[str, ...]) -> Iterator[tuple[str, Decimal]]:
    """The amounts in a value, however deep."""
    match value:
        case Decimal():
            yield " / ".join(place), value
        case Mapping():
            for key, each in value.items():
                yield from amounts(each, (*place, str(key)))
        case list() | tuple():
            for number, each in enumerate(value):
                yield from amounts(each, (*place, str(number)))
        case _:
            return


def differences(budget_id: UUID, stored: Figures, recomputed: Figures, source: Source) -> list[Difference]:
    """The figures that differ; one that is missing is 0."""
    return [
        Difference(
            budget_id=budget_id,
            figure=name,
            stored=stored.get(name, NONE),
            recomputed=recomputed.get(name, NONE),
            source=source,
        )
        for name in sorted(stored.keys() | recomputed.keys())
        if stored.get(name, NONE) != recomputed.get(name, NONE)
    ]
