"""Persons and divisions as portfolio knows them from people; unknown ones are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Actor, Facts, Refused
from contracts.values import Grade

SENIOR = frozenset({Grade.SENIOR_MANAGER, Grade.EXECUTIVE})
DELEGATES = frozenset({Grade.JUNIOR_MANAGER, Grade.MANAGER})


@dataclass(frozen=True)
class KnownPerson:
    """A person as people published them.

    ``line``: the managers above, nearest first; ``eligible_for_senior``: False once people says they are not eligible.
    """

    id: UUID
    grade: Grade | None
    active: bool
    line: tuple[UUID, ...] = ()
    eligible_for_senior: bool = True

    @property
    def can_answer(self) -> bool:
        """Return whether the person may be accountable for a project."""
        return self.active and self.grade in SENIOR and self.eligible_for_senior


@dataclass(frozen=True)
class LineFacts(Facts):
    """Facts about a record that concerns a person: who they are, and the managers above them, nearest first."""

    subject: UUID | None = None
    line: Sequence[UUID] = ()

    @property
    def in_line(self) -> bool:
        """Return whether somebody above the person acts, and not the person in their place."""
        return self.actor.acts_as in self.line and self.subject not in self.actor.persons


def known(person: KnownPerson | None, id: UUID, who: str) -> KnownPerson:
    """The row of this very person; refused where portfolio has none."""
    if person is None or person.id != id:
        raise Refused(
            "person-not-known-yet",
            f"Portfolio does not know {who} yet.",
            "Try again in a moment; if it persists, check that the person exists in people.",
        )
    return person


def who_acts(actor: Actor) -> tuple[str, ...]:
    """The actor, and the person they stand in for."""
    return tuple(id for id in (actor.id, actor.for_whom) if id is not None)


def systems(actor: Actor) -> tuple[str, ...]:
    """The system that acts; none where a person does."""
    return () if actor.person is not None else (actor.id,)


def took_part(actor: Actor, persons: Iterable[UUID], systems_: Iterable[str]) -> bool:
    """Return whether the actor, or the person they stand in for, is among those who asked for or wrote something."""
    return not (actor.persons.isdisjoint(persons) and {*systems(actor)}.isdisjoint(systems_))


def check_division(open: bool | None) -> None:
    """The division is known and open."""
    if open is None:
        raise Refused(
            "division-not-known-yet",
            "Portfolio does not know the division yet.",
            "Try again in a moment; if it persists, check that the division exists in people.",
        )
    if not open:
        raise Refused("division-closed", "The division is closed.", "Choose an open one.")
