"""The reporting line, as decisions about somebody know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Actor, Facts, Refused
from chassis.domain.personal import ERASED
from contracts.values import Grade


@dataclass(frozen=True)
class Above:
    """Somebody in the line above, with the grade of the position they hold; None where they hold none."""

    id: UUID
    grade: Grade | None = None


@dataclass(frozen=True)
class LineFacts(Facts):
    """Facts about a person: whether they work here (``employed``), their grade and division, who is above them.

    ``erased``: nothing personal of them is left. ``line`` is nearest first. ``actor_grade`` is the grade of the office
    in which somebody acts, their own or that of whom they stand in for; None where they are in none: who is suspended
    or has left, and who holds no position. ``actor_line``: all above the actor, and above whom they stand in for, where
    a decision asks for it. ``four_eyes``: nobody takes the step after their own. ``entrusted``: the stand-in who acts
    is a manager too, or was named for what is confidential as well.
    """

    subject: UUID | None = None
    employed: bool = False
    erased: bool = False
    grade: Grade | None = None
    division_id: UUID | None = None
    line: Sequence[Above] = ()
    actor_grade: Grade | None = None
    entrusted: bool = False
    actor_line: Sequence[UUID] = ()
    four_eyes: bool = True

    @property
    def themself(self) -> bool:
        """Return whether the person acts, or somebody in their place, or they in somebody else's."""
        return self.subject in self.actor.persons

    @property
    def in_confidence(self) -> bool:
        """Return whether the actor may see and decide what is confidential: in person, or as a stand-in entrusted."""
        return self.actor.for_whom is None or self.entrusted

    @property
    def line_manager(self) -> bool:
        """Return whether the nearest manager acts, and is in office."""
        return self.in_line and self.line[0].id == self.actor.acts_as

    @property
    def in_line(self) -> bool:
        """Return whether somebody in the line above acts, and is in office."""
        above = self.actor.acts_as in [above.id for above in self.line]
        return above and self.in_office and not self.themself

    @property
    def in_office(self) -> bool:
        """Return whether the actor holds a position and is not suspended, or stands in for somebody with one."""
        return self.actor_grade is not None

    def at_least(self, grade: Grade) -> bool:
        """Return whether the actor holds a position of this grade or a higher one."""
        return self.actor_grade is not None and self.actor_grade.rank >= grade.rank


def check_employed(facts: LineFacts) -> None:
    """Refuse what is about somebody who does not work here."""
    if not facts.employed:
        raise Refused("person-employed", "The person does not work here.", "Name somebody who works here.")


def said(text: str, facts: LineFacts) -> str:
    """Return a statement about a person as it is stored: empty for an erased one, so that open matters can end."""
    return ERASED if facts.erased else text


def who_acts(actor: Actor) -> tuple[str, ...]:
    """Return the actor, and the person they stand in for."""
    return tuple(id for id in (actor.id, actor.for_whom) if id is not None)
