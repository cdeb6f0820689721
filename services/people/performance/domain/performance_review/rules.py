"""The commands and rules of a performance review."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Deadline, Decider, Refused, existing, new
from contracts.base import Value
from contracts.values import Grade, Personal
from services.people.organisation.domain.days import day_after
from services.people.organisation.domain.line import check_employed, said, who_acts
from services.people.organisation.domain.statement import Statement
from services.people.performance.domain.performance_review import model
from services.people.performance.domain.review_cycle import CycleStatus, ReviewCycle


class AgreeObjectives(Command):
    """Begin a person's review in a cycle with the objectives agreed with them; their line manager reviews."""

    person_id: UUID
    cycle_id: UUID
    objectives: model.Objectives


class ReviseObjectives(Command):
    """Revise the objectives before they are assessed."""

    objectives: model.Objectives


class CiteEvidence(Command):
    """Cite a record as evidence for an objective."""

    objective_id: UUID
    evidence: model.StreamName


class ChangeReviewer(Command):
    """Change the reviewer, until the review is assessed."""

    reviewer_id: UUID


class TakeOverReview(Command):
    """Take over a review from who reviewed before, where the rules of a reviewer allow it."""

    from_id: UUID
    reviewer_id: UUID


class AssessSelf(Command):
    """Assess yourself, on the scale of the method."""

    rating: Personal[model.Rating]
    statement: Personal[Statement]


class RatedObjective(Value):
    """The rating of an objective."""

    objective_id: UUID
    rating: Personal[model.Rating]


class AssessPerformance(Command):
    """Rate every objective and the feedback from others, with reasons."""

    ratings: Annotated[tuple[RatedObjective, ...], Field(min_length=1, max_length=model.MOST_OBJECTIVES)]
    feedback: Personal[model.Rating]
    statement: Personal[Statement]


class CalibrateReview(Command):
    """Calibrate the rating against others: confirm it by giving none, or change it; with reasons."""

    rating: Personal[model.Rating | None] = None
    reasons: Personal[Statement]


class AcknowledgeReview(Command):
    """Acknowledge your review, optionally with a comment."""

    comment: Personal[Statement | None] = None


class AppealReview(Command):
    """Appeal against the rating, with reasons."""

    grounds: Personal[Statement]


class WithdrawReviewAppeal(Command):
    """Withdraw the appeal: the rating stands."""


class DecideReviewAppeal(Command):
    """Decide on an appeal: confirm the rating by giving none, or change it; with reasons."""

    rating: Personal[model.Rating | None] = None
    reasons: Personal[Statement]


class WithdrawReview(Command):
    """Withdraw a review that cannot be completed, with reasons."""

    reason: Personal[Statement]


class MarkReviewOverdue(Command):
    """Mark a review as overdue."""


class EndAppealPeriod(Command):
    """Note that the person neither acknowledged the review nor appealed in time."""


ReviewStep = (
    ReviseObjectives
    | CiteEvidence
    | ChangeReviewer
    | TakeOverReview
    | AssessSelf
    | AssessPerformance
    | CalibrateReview
    | AcknowledgeReview
    | AppealReview
    | WithdrawReviewAppeal
    | DecideReviewAppeal
    | WithdrawReview
    | MarkReviewOverdue
    | EndAppealPeriod
)

ReviewCommand = AgreeObjectives | ReviewStep


def decide(state: model.PerformanceReview | None, command: ReviewCommand, facts: model.ReviewFacts) -> model.Events:
    if isinstance(command, AgreeObjectives):
        return agree(state, command, facts)
    return step(existing(state), command, facts)


def step(review: model.PerformanceReview, command: ReviewStep, facts: model.ReviewFacts) -> model.Events:
    match command:
        case ReviseObjectives():
            return revise(review, command, facts)
        case CiteEvidence():
            return cite(review, command, facts)
        case ChangeReviewer():
            return change_reviewer(review, command, facts)
        case TakeOverReview():
            return take_over(review, command, facts)
        case AssessSelf():
            return assess_self(review, command, facts)
        case AssessPerformance():
            return assess(review, command, facts)
        case CalibrateReview():
            return calibrate(review, command, facts)
        case AcknowledgeReview():
            return acknowledge(review, command, facts)
        case AppealReview():
            return appeal(review, command, facts)
        case WithdrawReviewAppeal():
            return withdraw_appeal(review)
        case DecideReviewAppeal():
            return decide_appeal(review, command, facts)
        case WithdrawReview():
            return withdraw(review, command, facts)
        case MarkReviewOverdue():
            return [] if review.overdue or not is_due(review, facts) else [model.ReviewOverdue()]
        case EndAppealPeriod():
            ended = review.status is model.ReviewStatus.CALIBRATED and is_due(review, facts)
            return [model.ReviewUnanswered()] if ended else []
        case _:
            assert_never(command)


def agree(state: model.PerformanceReview | None, command: AgreeObjectives, facts: model.ReviewFacts) -> model.Events:
    """One review for a person in overlapping cycles, made by their line manager."""
    if state is not None and same_review(state, command):
        return []
    new(state, "review")
    check_employed(facts)
    cycle = check_cycle(facts)
    if facts.overlapping:
        detail = "The review overlaps another review of the person."
        raise Refused("reviews-apart", detail, "Complete or withdraw the other review.")
    check_objectives(command.objectives)
    assert facts.line, "the person who begins a review is above the person"
    assert cycle.method is not None, "a cycle is planned with its method"
    return [
        model.ObjectivesAgreed(
            reviewer_id=facts.line[0].id,
            first_on=cycle.first_on,
            last_on=cycle.last_on,
            due_on=cycle.due_on,
            method=cycle.method,
            **vars(command),
        )
    ]


def same_review(review: model.PerformanceReview, command: AgreeObjectives) -> bool:
    """Return whether a review began just like that."""
    same = (review.person_id, review.cycle_id) == (command.person_id, command.cycle_id)
    return same and review.objectives == model.unrated(command.objectives)


def check_cycle(facts: model.ReviewFacts) -> ReviewCycle:
    """The cycle goes on."""
    if facts.cycle is None:
        raise Refused("cycle-unknown", "The review cycle does not exist.", "Ask HR to plan it.")
    if facts.cycle.status is not CycleStatus.IN_PROGRESS:
        raise Refused("cycle-in-progress", f"The cycle is {facts.cycle.status}.", "Choose one in progress.")
    return facts.cycle


def check_objectives(objectives: model.Objectives) -> None:
    """The objectives are different ones, and their weights sum to 100."""
    if len({each.objective_id for each in objectives}) < len(objectives):
        raise Refused("objectives-differ", "Two objectives have the same id.", "Give each an id of its own.")
    total = sum((each.weight for each in objectives), Decimal(0))
    if total != 100:
        raise Refused("weights-sum-to-100", f"The weights sum to {total}.", "Make them sum to 100.")


def revise(review: model.PerformanceReview, command: ReviseObjectives, facts: model.ReviewFacts) -> model.Events:
    """Revise objectives before the assessment."""
    if review.objectives == model.unrated(command.objectives):
        return []
    check_status(review, model.ReviewStatus.OBJECTIVES_AGREED)
    check_objectives(command.objectives)
    return [model.ObjectivesRevised(person_id=review.person_id, objectives=command.objectives)]


def cite(review: model.PerformanceReview, command: CiteEvidence, facts: model.ReviewFacts) -> model.Events:
    """The person or the reviewer cites a record, before the review is assessed."""
    cited = next((each.evidence for each in review.objectives if each.objective_id == command.objective_id), None)
    if cited is None:
        raise Refused("objective-unknown", "The objective does not exist.", "Name an objective of the review.")
    if command.evidence in cited:
        return []
    check_status(review, *model.TO_ASSESS)
    if len(cited) >= model.MOST_EVIDENCE:
        raise Refused(
            "evidence-bounded",
            f"There are {model.MOST_EVIDENCE} records cited already.",
            "Cite only the most important ones.",
        )
    return [model.EvidenceCited(**vars(command))]


def change_reviewer(review: model.PerformanceReview, command: ChangeReviewer, facts: model.ReviewFacts) -> model.Events:
    """Somebody above the person names another manager, who is not below the person."""
    if command.reviewer_id == review.reviewer_id:
        return []
    check_status(review, *model.TO_ASSESS)
    check_not_below(review, command.reviewer_id, facts)
    if facts.reviewer_grade is None or facts.reviewer_grade.rank < Grade.JUNIOR_MANAGER.rank:
        raise Refused("reviewer-manages", "The reviewer does not hold a manager's position.", "Name an active manager.")
    return [model.ReviewerChanged(reviewer_id=command.reviewer_id)]


def take_over(review: model.PerformanceReview, command: TakeOverReview, facts: model.ReviewFacts) -> model.Events:
    """What a rule refuses stays with who reviewed before, and is listed as theirs where they have left."""
    if review.reviewer_id != command.from_id:
        return []
    try:
        return change_reviewer(review, ChangeReviewer(reviewer_id=command.reviewer_id), facts)
    except Refused:
        return []


def check_not_below(review: model.PerformanceReview, reviewer_id: UUID, facts: model.ReviewFacts) -> None:
    """Nobody reviews themselves or somebody above them, also where the line has changed."""
    if review.person_id in (reviewer_id, *facts.above_reviewer):
        detail = "The reviewer is the person themselves or reports to them."
        raise Refused("reviewer-not-below", detail, "Have another reviewer named.")


def assess_self(review: model.PerformanceReview, command: AssessSelf, facts: model.ReviewFacts) -> model.Events:
    """The person assesses themselves, as long as the reviewer has not."""
    if (review.self_rating, review.self_assessment) == (command.rating, command.statement):
        return []
    check_status(review, *model.TO_ASSESS)
    check_scale(review, command.rating)
    return [model.SelfAssessed(person_id=review.person_id, **vars(command))]


def assess(review: model.PerformanceReview, command: AssessPerformance, facts: model.ReviewFacts) -> model.Events:
    """Every objective is rated, after the person had their say."""
    if review.status is model.ReviewStatus.ASSESSED and assessed_alike(review, command):
        return []
    check_status(review, *model.UNFINISHED)
    check_not_below(review, review.reviewer_id, facts)
    if review.status is model.ReviewStatus.OBJECTIVES_AGREED and not review.overdue:
        detail = "The self-assessment is missing."
        raise Refused("self-assessed-first", detail, f"Wait for the self-assessment, until {review.due_on} at most.")
    ratings = {each.objective_id: each.rating for each in command.ratings}
    wanted = [each.objective_id for each in review.objectives]
    if set(ratings) != set(wanted) or len(command.ratings) != len(wanted):
        detail = "There must be exactly one rating for each objective."
        raise Refused("every-objective-rated", detail, "Rate each objective once.")
    check_scale(review, *ratings.values(), command.feedback)
    goals = [(each.weight, ratings[each.objective_id]) for each in review.objectives]
    return [
        model.PerformanceAssessed(
            person_id=review.person_id,
            ratings=tuple(model.ObjectiveRated(objective_id=id, rating=ratings[id]) for id in wanted),
            feedback=command.feedback,
            statement=command.statement,
            calculated=model.calculate(review.method, goals, command.feedback, review.self_rating),
        )
    ]


def assessed_alike(review: model.PerformanceReview, command: AssessPerformance) -> bool:
    """Return whether it was assessed just like that."""
    ratings = {each.objective_id: each.rating for each in command.ratings}
    same = {each.objective_id: each.rating for each in review.objectives} == ratings
    return same and (review.feedback, review.assessment) == (command.feedback, command.statement)


def calibrate(review: model.PerformanceReview, command: CalibrateReview, facts: model.ReviewFacts) -> model.Events:
    """Somebody above the reviewer confirms or corrects the rating; at the top of the line the reviewer does."""
    final = review.calculated if command.rating is None else command.rating
    if (review.status, review.final, review.calibration) == (model.ReviewStatus.CALIBRATED, final, command.reasons):
        return []
    check_status(review, model.ReviewStatus.ASSESSED)
    check_scale(review, final)
    return [
        model.ReviewCalibrated(
            person_id=review.person_id,
            final=final,
            reasons=command.reasons,
            calibrated_on=facts.today,
            appeal_until=facts.today + timedelta(days=facts.policy.appeal_days),
            calibrated_by=who_acts(facts.actor),
        )
    ]


def acknowledge(review: model.PerformanceReview, command: AcknowledgeReview, facts: model.ReviewFacts) -> model.Events:
    """The person acknowledges, also late."""
    if review.status is model.ReviewStatus.ACKNOWLEDGED:
        return []
    check_status(review, model.ReviewStatus.CALIBRATED, model.ReviewStatus.UNANSWERED)
    return [model.ReviewAcknowledged(person_id=review.person_id, comment=command.comment)]


def appeal(review: model.PerformanceReview, command: AppealReview, facts: model.ReviewFacts) -> model.Events:
    """The person appeals in time, to somebody above the reviewer."""
    if review.status is model.ReviewStatus.APPEALED and review.grounds == command.grounds:
        return []
    check_status(review, model.ReviewStatus.CALIBRATED, model.ReviewStatus.UNANSWERED)
    if review.appeal_until is None or facts.today > review.appeal_until:
        raise Refused("appeal-in-time", f"The last day to appeal was {review.appeal_until}.", "Talk to the reviewer.")
    if not any(could_decide(review, id, facts) for id in facts.above_reviewer):
        detail = "There is nobody above the reviewer, but who calibrated, to decide on an appeal."
        raise Refused("somebody-above", detail, "Talk to the reviewer, and comment when you acknowledge.")
    return [model.ReviewAppealed(person_id=review.person_id, grounds=command.grounds)]


def could_decide(review: model.PerformanceReview, id: UUID, facts: model.ReviewFacts) -> bool:
    """Return whether somebody above the reviewer did not calibrate the review themselves."""
    return not facts.four_eyes or str(id) not in review.calibrated_by


def withdraw_appeal(review: model.PerformanceReview) -> Sequence[model.ReviewAppealWithdrawn]:
    """An appeal is withdrawn as long as nobody decided on it."""
    if review.status in (model.ReviewStatus.CALIBRATED, model.ReviewStatus.UNANSWERED):
        return []
    check_status(review, model.ReviewStatus.APPEALED)
    return [model.ReviewAppealWithdrawn()]


def decide_appeal(
    review: model.PerformanceReview, command: DecideReviewAppeal, facts: model.ReviewFacts
) -> model.Events:
    """Somebody above the reviewer leaves the rating or gives another."""
    final = review.final if command.rating is None else command.rating
    decided = (model.ReviewStatus.APPEAL_DECIDED, final, command.reasons)
    if (review.status, review.final, review.appeal_reasons) == decided:
        return []
    check_status(review, model.ReviewStatus.APPEALED)
    check_scale(review, final)
    return [model.ReviewAppealDecided(person_id=review.person_id, final=final, reasons=said(command.reasons, facts))]


def withdraw(review: model.PerformanceReview, command: WithdrawReview, facts: model.ReviewFacts) -> model.Events:
    """Only what has no final rating yet is withdrawn."""
    if review.status is model.ReviewStatus.WITHDRAWN:
        return []
    check_status(review, *model.UNFINISHED)
    return [model.ReviewWithdrawn(person_id=review.person_id, reason=said(command.reason, facts))]


def check_status(review: model.PerformanceReview, *allowed: model.ReviewStatus) -> None:
    """A step has its place in the order."""
    if review.status not in allowed:
        remedy = f"Allowed from: {', '.join(allowed)}."
        raise Refused("steps-in-order", f"The review is {review.status}.", remedy)


def check_scale(review: model.PerformanceReview, *ratings: Decimal | None) -> None:
    """Ratings lie on the scale of the method."""
    lowest, highest = review.method.lowest, review.method.highest
    if any(rating is not None and not lowest <= rating <= highest for rating in ratings):
        raise Refused("within-scale", f"The scale goes from {lowest} to {highest}.", "Give a rating on the scale.")


def due(review: model.PerformanceReview) -> Deadline | None:
    """Before calibration a review is overdue after its day; afterwards the appeal period ends after its last day."""
    if review.status in model.UNFINISHED and not review.overdue:
        return Deadline.on(day_after(review.due_on), MarkReviewOverdue())
    if review.status is model.ReviewStatus.CALIBRATED and review.appeal_until is not None:
        return Deadline.on(day_after(review.appeal_until), EndAppealPeriod())
    return None


def is_due(review: model.PerformanceReview, facts: model.ReviewFacts) -> bool:
    """Return whether what falls due next is due now."""
    deadline = due(review)
    return deadline is not None and facts.at >= deadline.due_in(facts.zone)


PERFORMANCE_REVIEW = Decider(
    kind="performance-review",
    state=model.PerformanceReview,
    events=model.ReviewEvent,
    decide=decide,
    evolve=model.evolve,
    due=due,
)
