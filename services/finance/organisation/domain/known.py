"""Divisions and persons as finance knows them from people; unknown ones are refused."""

from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Facts, Refused


@dataclass(frozen=True)
class KnownDivision:
    """A division as people published it; ``heads``: of it and of those above it, nearest first.

    ``actor_works_here``: in it or in a division above it; so does whom they stand in for. ``line``: its id and those
    above it, nearest first. ``above``: the heads of those above it.
    """

    open: bool
    heads: tuple[UUID, ...] = ()
    actor_works_here: bool = False
    line: tuple[UUID, ...] = ()
    above: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class DivisionFacts(Facts):
    """Facts about a record of a division; ``division`` is None where finance has not heard of it."""

    division: KnownDivision | None = None

    @property
    def heads(self) -> bool:
        """Return whether the actor heads the division or one above it, or stands in for who does."""
        return self.division is not None and self.actor.acts_as in self.division.heads

    @property
    def heads_above(self) -> bool:
        """Return whether the actor heads a division above it, or stands in for who does."""
        return self.division is not None and self.actor.acts_as in self.division.above


def check_division(division: KnownDivision | None) -> None:
    """The division is known and open."""
    if division is None:
        raise Refused(
            "division-not-known-yet",
            "Finance does not know the division yet.",
            "Try again in a moment; if it persists, check that the division exists in people.",
        )
    if not division.open:
        raise Refused("division-closed", "The division is closed.", "Choose an open one.")


def check_works_here(active: bool | None) -> None:
    """The person is known, and has not left."""
    if active is None:
        raise Refused(
            "person-not-known-yet",
            "Finance does not know the person yet.",
            "Try again in a moment; if it persists, check that the person exists in people.",
        )
    if not active:
        raise Refused("owner-is-active", "The owner does not work here now.", "Name an active person.")
