"""The structure of the load: scenes in order, each of commands to one service and what follows from them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any, Protocol
from uuid import UUID

from portolan.demo.money import CURRENCY

Json = dict[str, Any]


@dataclass(frozen=True)
class DemoCommand:
    """A command as an operation's id and body, by a person (their key); ``about``: what it concerns, in words.

    ``nth`` tells it from other commands of the same kind to the same thing.
    """

    actor: str
    command: str
    id: UUID
    about: str
    body: Json
    nth: str = ""

    @property
    def key(self) -> str:
        """Its idempotency key: the same in every load."""
        return f"demo {self.command} {self.id} {self.nth}".rstrip()


class Order(Protocol):
    """A command to one thing, by a person (their key)."""

    def __call__(self, actor: str, command: str, body: Json | None = None, nth: str = "") -> DemoCommand: ...


def orders_to(kind: str, id: UUID, about: str) -> Order:
    """Return what makes commands to a thing of a kind, such as ``change_request``."""

    def order(actor: str, command: str, body: Json | None = None, nth: str = "") -> DemoCommand:
        return DemoCommand(actor, f"{command}_{kind}", id, about, body or {}, nth)

    return order


@dataclass(frozen=True)
class Wait:
    """A consequence to wait for: the resource at ``path`` comes to hold this, and goes on to."""

    service: str
    path: str
    what: str
    holds: Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Scene:
    """Commands to one service, begun when it has heard all that was done so far at the services it ``hears``.

    One person's commands go in one request, so all commands to one thing are one person's. Commands to different
    things run side by side, those of different persons too. The scene is over when what it waits for has come.
    """

    title: str
    service: str
    orders: Sequence[DemoCommand]
    hears: tuple[str, ...] = ()
    waits: Sequence[Wait] = ()


def in_turns(title: str, service: str, courses: Iterable[Sequence[DemoCommand]]) -> Iterator[Scene]:
    """Return few scenes for things that have nothing to do with each other, each in its own order.

    In a scene each thing goes on by the next commands of one person, all things side by side.
    """
    turns = [[list(turn) for _, turn in groupby(course, lambda order: order.actor)] for course in courses]
    for scene in zip_longest(*turns, fillvalue=()):
        yield Scene(title, service, [order for turn in scene for order in turn])


def euros(amount: int) -> Json:
    return {"amount": amount, "currency": CURRENCY}
