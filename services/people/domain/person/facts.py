"""What a decision about a person may know, and the dates it may carry."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Refused
from contracts.values import Grade, Name
from services.people.domain.line import LineFacts
from services.people.domain.person.state import Person
from services.people.domain.staffing_policy import DEFAULT_YEARS


@dataclass(frozen=True)
class KnownPosition:
    """The position somebody is to be appointed to; ``approved`` once it may be filled and until it retires."""

    id: UUID
    title: Name
    division_id: UUID
    grade: Grade
    it_management_years: Decimal
    approved: bool
    holder_id: UUID | None = None


@dataclass(frozen=True)
class PersonFacts(LineFacts):
    """``default_line_manager`` holds the nearest held position above. ``manager_employed`` and ``managers_above``
    (nearest first) are about the line manager the command names, else about the default; None where unknown.
    ``cycle_on``: a past day on which they would come to report to themself. ``stand_in_active``: whether the stand-in
    the command names is at work. ``tools_out``: how many tools they hold. ``barred``: something that stays confidential
    bars them from senior responsibilities now.
    """

    policy_years: Decimal = DEFAULT_YEARS
    position: KnownPosition | None = None
    default_line_manager: UUID | None = None
    manager_employed: bool | None = None
    managers_above: tuple[UUID, ...] | None = None
    cycle_on: date | None = None
    stand_in_active: bool = False
    tools_out: int = 0
    barred: bool = False

    @property
    def themself(self) -> bool:
        """Whether the person acts, or somebody in their place, or they in somebody else's."""
        return self.id in self.actor.persons


def check_date(person: Person, effective_on: date, facts: PersonFacts) -> None:
    """What happens to a person is recorded in its order, once it has happened."""
    check_not_future(effective_on, facts)
    if effective_on < person.last_on:
        late = f"What happened to the person on {person.last_on} is recorded already."
        raise Refused("dates-in-order", late, f"Give {person.last_on} or a later day.")


def check_not_future(effective_on: date, facts: PersonFacts) -> None:
    """Nothing is recorded before it happens."""
    if effective_on > facts.today:
        raise Refused("not-in-the-future", f"{effective_on} has yet to come.", "Record it on the day.")
