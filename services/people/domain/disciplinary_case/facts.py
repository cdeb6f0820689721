"""What a decision in a disciplinary case may know, and who may take part."""

from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Forbidden, Refused
from contracts.values import Grade
from services.people.domain.disciplinary_case.state import DisciplinaryCase
from services.people.domain.line import LineFacts
from services.people.domain.staffing_policy import StaffingPolicy


@dataclass(frozen=True)
class CaseFacts(LineFacts):
    """The person concerned with their line; ``policy`` has the months and days that count.

    ``named_grade`` is the grade of whoever the command names; None where they are not active in a position.
    """

    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)
    named_grade: Grade | None = None


def check_named(
    case: DisciplinaryCase, id: UUID, others: tuple[UUID | None, ...], least: Grade, facts: CaseFacts
) -> None:
    """Whoever investigates or hears is nobody else in the case, active, and of a high enough grade."""
    if id == case.person_id:
        raise Refused("not-the-person-concerned", "Nobody judges themself.", "Name somebody else.")
    if id in others:
        told = "Who investigates, who hears and who hears the appeal are three different persons."
        raise Refused("three-different-persons", told, "Name somebody who has no part in the case.")
    if facts.named_grade is None:
        raise Refused("named-active", "They do not work here now, in a position.", "Name somebody who does.")
    if facts.named_grade.rank < demanded(least, facts).rank:
        low = f"They are graded {facts.named_grade}; this takes {demanded(least, facts)} or higher."
        raise Refused("grade-high-enough", low, "Name somebody of a higher grade.")


def demanded(least: Grade, facts: CaseFacts) -> Grade:
    """At least this grade, and not below that of the person concerned."""
    return max(least, facts.grade or least, key=lambda grade: grade.rank)


def check_in_person(named: UUID | None, who: str, facts: CaseFacts) -> None:
    """Only whoever was named does it; nobody in their place, and not while they are suspended."""
    if named is None or facts.actor.in_person != named:
        raise Forbidden("in-person", f"Only {who} does this, and nobody in their place.", f"Leave it to {who}.")
    if facts.actor_grade is None:
        raise Forbidden("named-active", "You do not work here now, in a position.", "Let HR name somebody else.")
