"""What a decision about a performance review may know, and who may do what in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Forbidden
from contracts.values import Grade
from services.people.domain.line import LineFacts, check_another
from services.people.domain.performance_review.state import PerformanceReview
from services.people.domain.review_cycle import ReviewCycle
from services.people.domain.staffing_policy import StaffingPolicy


@dataclass(frozen=True)
class ReviewFacts(LineFacts):
    """The person concerned with their line; ``cycle`` is the one the review is made in, None where unknown.

    ``overlapping``: how many of the person's other reviews share a day with the cycle. ``above_reviewer``: everybody
    above the reviewer, or above whoever the command names as one; ``reviewer_grade`` is the grade of that one, None
    where they are not active in a position.
    """

    cycle: ReviewCycle | None = None
    overlapping: int = 0
    above_reviewer: Sequence[UUID] = ()
    reviewer_grade: Grade | None = None
    policy: StaffingPolicy = StaffingPolicy()  # noqa: RUF009 (a frozen value: the defaults)


def check_themself(review: PerformanceReview, facts: ReviewFacts) -> None:
    """Only the person does it, and nobody in their place."""
    if facts.actor.in_person != review.person_id:
        raise Forbidden("in-person", "Only the person concerned does this.", "Leave it to them.")


def check_reviewer(review: PerformanceReview, facts: ReviewFacts) -> None:
    """The reviewer does it, or somebody in their place; never about themself."""
    check_another(facts, "reviews themself")
    if facts.actor.acts_as != review.reviewer_id or not facts.in_office:
        raise Forbidden("by-the-reviewer", "Only the reviewer does this.", "Leave it to them, or change the reviewer.")


def check_above(review: PerformanceReview, facts: ReviewFacts) -> None:
    """Somebody above the reviewer does it: neither the reviewer nor the person, in whoever's place."""
    check_another(facts, "decides on their own review")
    above = facts.actor.acts_as in facts.above_reviewer and facts.in_office
    if not above or review.reviewer_id in facts.actor.persons:
        raise Forbidden("above-the-reviewer", "Only somebody above the reviewer does this.", "Leave it to them.")


def check_in_charge(review: PerformanceReview, facts: ReviewFacts) -> None:
    """The reviewer does it, or somebody above the person."""
    if not facts.in_line:
        check_reviewer(review, facts)
