"""The division that pays for something, and who may charge it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Refused
from contracts.roles import Role
from services.people.organisation.domain.line import LineFacts


@dataclass(frozen=True)
class PayingFacts(LineFacts):
    """``paying`` is the division that pays with all above it, nearest first; ``division_open`` is None where unknown.

    ``actor_division`` is that of the actor, or of whom they stand in for; None where they hold no position.
    """

    division_open: bool | None = None
    paying: Sequence[UUID] = ()
    actor_division: UUID | None = None

    @property
    def charges(self) -> bool:
        """Return whether the actor may charge the division: it is theirs or below theirs, or they are HR."""
        return self.actor_division in self.paying or self.actor.has(Role.HR)


def check_open(facts: PayingFacts) -> None:
    """The division that pays is there."""
    if not facts.division_open:
        raise Refused("division-open", "There is no such division, or it is closed.", "Name an open division.")
