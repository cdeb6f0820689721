"""Change window: a freeze, in which changes are not scheduled, or time kept free for maintenance; by local times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, NaiveDatetime, ValidationInfo, field_validator, model_validator

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from chassis.domain.time_zones import moments_of
from contracts.portfolio.changes import ChangeKind, WindowDeclared, WindowKind, WindowMoved, WindowWithdrawn
from contracts.values import Line, Name, ZoneName
from services.portfolio.organisation.domain.known import who_acts
from services.portfolio.organisation.domain.time_zones import TimeZone

MOST_INSIDE = 1000
LocalTime = Annotated[NaiveDatetime, Field(examples=["2026-12-20T18:00:00"])]
LaterTime = Annotated[NaiveDatetime, Field(examples=["2027-01-03T06:00:00"])]
"""A day and time as the clocks in the window's zone show it."""


class Window(State):
    """A window as it stands: ``starts`` and ``ends`` by the clocks of its zone, ``starts_at`` and ``ends_at`` in UTC.

    ``service_ids``, or all of ``division_id`` and of those below it. ``excepted_by``: who may except a change from a
    freeze. ``inside``: scheduled changes that it was declared over. ``declared_by``: the actor, and in whose place.
    """

    name: Name
    kind: WindowKind
    time_zone: ZoneName
    starts: datetime
    ends: datetime
    starts_at: datetime
    ends_at: datetime
    service_ids: tuple[UUID, ...]
    division_id: UUID | None
    kinds_excepted: tuple[ChangeKind, ...]
    excepted_by: tuple[UUID, ...]
    inside: tuple[UUID, ...]
    declared_by: tuple[str, ...] = ()
    withdrawn: bool = False

    @property
    def until(self) -> str:
        """Return its end, as the clocks of its zone show it."""
        return f"{self.ends:%Y-%m-%d %H:%M} {self.time_zone}"


def ordered(ends: datetime, info: ValidationInfo) -> datetime:
    starts = info.data.get("starts")
    if starts is not None and ends <= starts:
        raise ValueError("a window ends after it starts")
    return ends


class DeclareWindow(Command):
    """Declare a freeze or a maintenance window by local times, for some services or all of a division."""

    name: Name
    kind: WindowKind
    time_zone: TimeZone
    starts: LocalTime
    ends: LaterTime
    service_ids: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()
    division_id: UUID | None = None
    kinds_excepted: Annotated[tuple[ChangeKind, ...], Field(max_length=3)] = ()
    excepted_by: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()

    _ordered = field_validator("ends")(ordered)

    @model_validator(mode="after")
    def _for_something(self) -> "DeclareWindow":
        if not self.service_ids and self.division_id is None:
            raise ValueError("name services or a division")
        return self


class MoveWindow(Command):
    """Move a window to another time."""

    starts: LocalTime
    ends: LaterTime
    reason: Line

    _ordered = field_validator("ends")(ordered)


class WithdrawWindow(Command):
    """Withdraw a window."""

    reason: Line


WindowCommand = DeclareWindow | MoveWindow | WithdrawWindow
WindowEvent = WindowDeclared | WindowMoved | WindowWithdrawn


@dataclass(frozen=True)
class WindowFacts(Facts):
    """``services_known``: whether all services named exist; ``division_open``: None where the division is unknown.

    ``persons_known``: whether all who may except are known. ``inside``: changes scheduled in a freeze of this time.
    """

    services_known: bool = True
    division_open: bool | None = None
    persons_known: bool = True
    inside: Sequence[UUID] = ()


def decide(state: Window | None, command: WindowCommand, facts: WindowFacts) -> Sequence[WindowEvent]:
    match command:
        case DeclareWindow():
            return declare(state, command, facts)
        case MoveWindow():
            return move(existing(state), command, facts)
        case WithdrawWindow(reason=reason):
            return [] if existing(state).withdrawn else [WindowWithdrawn(reason=reason)]
        case _:
            assert_never(command)


def declare(state: Window | None, command: DeclareWindow, facts: WindowFacts) -> Sequence[WindowEvent]:
    """A freeze undoes nothing: what is scheduled inside is listed, and waits for somebody to move or except it."""
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "window")
    check_known(command, facts)
    found = {"inside": listed(facts), "declared_by": who_acts(facts.actor)}
    return [WindowDeclared(**vars(command), **moments(command, command.time_zone), **found)]


def check_known(command: DeclareWindow, facts: WindowFacts) -> None:
    """What it is for and who may except exist."""
    if not facts.services_known:
        raise Refused("service-not-known", "A service does not exist, or is retired.", "Name those that are there.")
    if command.division_id is not None and facts.division_open is None:
        raise Refused("division-not-known-yet", "The division is not known.", "Name one that people established.")
    if not facts.persons_known:
        raise Refused("person-not-known-yet", "Who may except is not known.", "Name persons known from people.")


def move(window: Window, command: MoveWindow, facts: WindowFacts) -> Sequence[WindowEvent]:
    if window.withdrawn:
        raise Refused("window-withdrawn", "The window was withdrawn.", "Declare another one.")
    if (command.starts, command.ends) == (window.starts, window.ends):
        return []
    return [WindowMoved(**vars(command), **moments(command, window.time_zone), inside=listed(facts))]


def moments(command: DeclareWindow | MoveWindow, zone: ZoneName) -> dict[str, datetime]:
    """The moments that local times mean: of two that are shown twice, the longest time between them.

    A time that the clocks skip is the moment at which they jump.
    """
    starts_at, _ = moments_of(command.starts, ZoneInfo(zone))
    _, ends_at = moments_of(command.ends, ZoneInfo(zone))
    if ends_at <= starts_at:
        detail = "The clocks skip all of this time."
        raise Refused("window-has-length", detail, "Give a time that the clocks show.")
    return {"starts_at": starts_at, "ends_at": ends_at}


def listed(facts: WindowFacts) -> tuple[UUID, ...]:
    if len(facts.inside) > MOST_INSIDE:
        detail = f"More than {MOST_INSIDE} changes are scheduled inside."
        raise Refused("window-bounded", detail, "Declare it for fewer services or a shorter time.")
    return tuple(facts.inside)


def evolve(state: Window | None, event: WindowEvent) -> Window:
    match event:
        case WindowDeclared():
            return Window(**vars(event))
        case WindowMoved():
            moved: dict[str, Any] = {name: value for name, value in vars(event).items() if name != "reason"}
            return existing(state).but(**moved)
        case WindowWithdrawn():
            return existing(state).but(withdrawn=True, inside=())
        case _:
            assert_never(event)


WINDOW = Decider(kind="change-window", state=Window, events=WindowEvent, decide=decide, evolve=evolve)
