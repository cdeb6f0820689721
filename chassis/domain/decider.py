"""The shape of an aggregate: state, commands, decide and evolve, all pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Generic, Self, TypeVar, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.domain.clock import day_begins
from chassis.domain.personal import check_subjects


class Command(BaseModel):
    """A request to change an aggregate; unknown fields are refused. Its docstring is its summary in the API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(BaseModel):
    """The fold of an aggregate's events; bounded, never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def but(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)


class PrivateEvent(BaseModel):
    """A fact that never leaves its service."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Refused(Exception):
    """A rule of the domain refuses.

    ``rule`` is a stable kebab-case name of the rule, ``detail`` a sentence, ``remedy`` what would satisfy the rule.
    """

    outcome = "refused"

    def __init__(self, rule: str, detail: str, remedy: str = "") -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule, self.detail, self.remedy = rule, detail, remedy


class Forbidden(Refused):
    """The caller can see the thing but may not do this to it."""

    outcome = "forbidden"


class Invalid(Refused):
    """A field's value is none of those that a setting allows; ``field`` names it, within others with points."""

    outcome = "invalid"

    def __init__(self, rule: str, detail: str, remedy: str, field: str) -> None:
        super().__init__(rule, detail, remedy)
        self.field = field


class NotFound(Exception):
    """It does not exist, or the caller may not see it."""

    outcome = "not-found"


SYSTEM = "system"
"""The role of a service that reacts to what it heard; no token grants it."""

ADMINISTRATOR = "administrator"
"""The role of those who operate the services."""
AUDITOR = "auditor"
"""The role of those who read the audit trail."""


@dataclass(frozen=True)
class Actor:
    """The caller: a person's id (or a system's name) with the token's roles; ``for_whom`` when standing in.

    ``inactive``: they do not act here, or not for now; then they have no role, and do nothing but what is their own.
    """

    id: str
    roles: frozenset[str] = frozenset()
    for_whom: str | None = None
    inactive: bool = False

    @property
    def person(self) -> UUID | None:
        """The person's id, or None for a system."""
        return person_of(self.id)

    @property
    def acts_as(self) -> UUID | None:
        """In whose place the actor acts: that of whom they stand in for, else their own; None for who has none."""
        if self.inactive:
            return None
        return self.person if self.for_whom is None else person_of(self.for_whom)

    @property
    def in_person(self) -> UUID | None:
        """The actor in person; None for a system and for a stand-in."""
        return self.person if self.for_whom is None else None

    @property
    def persons(self) -> frozenset[UUID]:
        """Return those who gain or lose by this: the actor, and the person they stand in for."""
        return frozenset(person for person in (self.person, self.acts_as) if person is not None)

    def has(self, *roles: str) -> bool:
        """Return whether the token grants at least one of the roles."""
        return not self.roles.isdisjoint(roles)


def person_of(id: str) -> UUID | None:
    """The id of a person, or None where it names a system."""
    try:
        return UUID(id)
    except ValueError:
        return None


@dataclass(frozen=True)
class Facts:
    """The knowledge of a decision beside state and command: actor, time, id; services add reference rows.

    ``zone`` is the time zone of the record that is decided on.
    """

    actor: Actor
    at: datetime
    id: UUID
    zone: tzinfo = field(default=UTC, kw_only=True)

    @property
    def today(self) -> date:
        """The day of the decision, where the record is."""
        return self.at.astimezone(self.zone).date()


@dataclass(frozen=True)
class IssuedCommand:
    """A command the service itself gives, and the aggregate it is given to.

    ``confidential``, for one that belongs to another command: its events name the service alone, so that they tell
    nobody who gave that other command, why and in which request.
    """

    decider: "Decider[Any]"
    id: UUID
    command: Command
    confidential: bool = False

    @property
    def stream(self) -> str:
        return self.decider.stream(self.id)


MOST_AHEAD = timedelta(hours=14)
"""How far the zone that is furthest ahead is before UTC."""


@dataclass(frozen=True)
class Deadline:
    """A due time, and the command the service then gives; ``day`` where it is the beginning of one, or ``after`` it.

    A day begins where the record is; ``at`` is reckoned in UTC.
    """

    at: datetime
    command: Command
    day: date | None = None
    after: timedelta = timedelta()

    @classmethod
    def on(cls, day: date, command: Command, after: timedelta = timedelta()) -> Self:
        """A deadline at the beginning of a day, or so long after it."""
        return cls(day_begins(day) + after, command, day, after)

    @property
    def earliest(self) -> datetime:
        """The moment before which it falls due nowhere."""
        return self.at if self.day is None else self.at - MOST_AHEAD

    def due_in(self, zone: tzinfo) -> datetime:
        """The moment at which it falls due in a time zone."""
        return self.at if self.day is None else day_begins(self.day, zone) + self.after


S = TypeVar("S", bound=State)
C = TypeVar("C", bound=Command)
E = TypeVar("E", bound=BaseModel)


@dataclass(frozen=True)
class Decider(Generic[S]):
    """One aggregate: its kind (the stream's prefix), state and pure functions.

    ``decide(state | None, command, facts) -> [events]`` raises ``Refused``; no events means nothing changes.
    ``evolve(state | None, event) -> state`` never fails. Stored type names are the class names in ``events``.
    ``due(state) -> Deadline | None`` is the next command the service itself gives, and when.
    ``stream_is_subject``: personal data in its events and state is about the person with the stream's id; where it is
    about somebody else, each model marks the field that names them. ``begun_by``: events that begin it, whatever was
    recorded before: as of a day on which nothing before them was in effect, it begins with them.
    """

    kind: str
    state: type[S]
    events: Any
    decide: Callable[[S | None, Any, Any], Sequence[BaseModel]]
    evolve: Callable[[S | None, Any], S]
    due: Callable[[S], Deadline | None] | None = None
    stream_is_subject: bool = False
    begun_by: tuple[type[BaseModel], ...] = ()
    types: Mapping[str, type[BaseModel]] = field(init=False)
    personal: bool = field(init=False)

    def __post_init__(self) -> None:
        members: tuple[type[BaseModel], ...] = get_args(self.events) or (self.events,)
        object.__setattr__(self, "types", {member.__name__: member for member in members})
        models: dict[str, type[BaseModel]] = {**self.types, self.state.__name__: self.state}
        object.__setattr__(self, "personal", check_subjects(models, self.stream_is_subject))

    def stream(self, id: UUID) -> str:
        return f"{self.kind}-{id}"

    def deadline(self, state: S | None) -> Deadline | None:
        return self.due(state) if self.due and state is not None else None

    def due_at(self, state: S | None, zone: tzinfo = UTC) -> datetime | None:
        """When a state falls due, in a time zone."""
        deadline = self.deadline(state)
        return deadline.due_in(zone) if deadline else None

    def earliest(self, state: S | None) -> datetime | None:
        """The moment before which a state falls due nowhere."""
        deadline = self.deadline(state)
        return deadline.earliest if deadline else None

    def fold(self, events: Sequence[BaseModel], state: S | None = None) -> S | None:
        for event in events:
            state = self.evolve(state, event)
        return state


def existing(state: S | None) -> S:
    """The state of something that must exist; ``NotFound`` otherwise."""
    if state is None:
        raise NotFound
    return state


def new(state: State | None, what: str) -> None:
    """Refuse to create what exists already."""
    if state is not None:
        raise Refused(
            "already-exists", f"This {what} exists already.", "Choose another id, or change the existing one."
        )
