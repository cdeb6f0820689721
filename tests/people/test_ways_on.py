"""No dead ends: from every state that is not final a command leads on, also once the person concerned has left, and the
remedy in a refusal is a command that then works.

Each aggregate is walked from its beginning, with every command in every state that comes up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Command, Decider, Refused, State
from contracts.people import ToolKind
from contracts.values import Grade, Money
from services.people.development.domain import mentorship
from services.people.development.domain.development_plan import model as plan_model
from services.people.development.domain.development_plan import rules as plan
from services.people.discipline.domain.disciplinary_case import model as case_model
from services.people.discipline.domain.disciplinary_case import rules as case
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.candidacy import model as candidacy_model
from services.people.hiring.domain.candidacy import rules as candidacy
from services.people.organisation.domain.line import Above
from services.people.performance.domain import review_cycle
from services.people.performance.domain.performance_review import model as review_model
from services.people.performance.domain.performance_review import rules as review
from services.people.tools.domain import tool
from services.people.training.domain import enrolment, training_programme, training_session

ID, ADA, BOSS, TOP, OTHER, IT, JOB, PART = (UUID(int=n) for n in range(1, 9))
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
LAST = TODAY + 3 * DAY
DAYS = (TODAY, LAST + DAY, TODAY + 10 * DAY)
EUR = Money(amount=Decimal(1), currency="EUR")
OTHERWISE = ()
"""The remedy is to ask for something else, or to wait."""


@dataclass(frozen=True, eq=False)
class Walk:
    """An aggregate with all its commands; ``facts(day, here)``: as they are on a day, the person still here or gone.

    ``final``: where it may rest for good. ``remedies`` has for a rule the commands of which one works in the state it
    refused in. ``counts``: fields that grow for ever and make no difference.
    """

    decider: Decider[Any]
    begins: Command
    commands: Sequence[Command]
    facts: Callable[[date, bool], Any]
    final: Sequence[str]
    remedies: Mapping[str, Sequence[type[Command]]]
    counts: frozenset[str] = frozenset()

    @cached_property
    def steps(self) -> dict[str, list["Step"]]:
        """The steps from each state that comes up while the person is here."""
        first = self.after(None, self.begins, TODAY, here=True)
        found: dict[str, list[Step]] = {}
        coming = [first]
        while coming:
            state = coming.pop()
            if self.key(state) not in found:
                found[self.key(state)] = steps = list(self.steps_from(state))
                coming += [step.to for step in steps if step.here and not isinstance(step.to, Refused)]
        return found

    def steps_from(self, state: State) -> Iterator["Step"]:
        for here, command, day in product((True, False), self.commands, DAYS):
            try:
                yield Step(state, command, day, here, self.after(state, command, day, here=here))
            except Refused as refused:
                yield Step(state, command, day, here, refused)

    def after(self, state: State | None, command: Command, day: date, *, here: bool) -> State:
        found: State | None = self.decider.fold(self.decider.decide(state, command, self.facts(day, here)), state)
        assert found is not None
        return found

    def key(self, state: State) -> str:
        return state.model_dump_json(exclude=set(self.counts))

    def rests(self, state: State) -> bool:
        return status(state) in self.final


class Step(NamedTuple):
    """What a command makes of a state on a day."""

    of: State
    command: Command
    day: date
    here: bool
    to: State | Refused


def status(state: State) -> str:
    return str(vars(state)["status"])


def known(day: date, here: bool) -> dict[str, Any]:
    """About Ada, her line and the actor."""
    return {
        "actor": Actor(str(BOSS), frozenset({"hr"})),
        "at": datetime.combine(day, time(9), UTC),
        "id": ID,
        "subject": ADA,
        "employed": here,
        "grade": Grade.STAFF,
        "division_id": IT,
        "line": (Above(BOSS, Grade.MANAGER), Above(TOP, Grade.EXECUTIVE)),
        "actor_grade": Grade.EXECUTIVE,
    }


def paying(day: date, here: bool) -> dict[str, Any]:
    return known(day, here) | {"division_open": True, "paying": (IT,), "actor_division": IT}


TOOL = Walk(
    tool.TOOL,
    tool.RequestTool(
        name="Laptop", kind=ToolKind.EQUIPMENT, cost=EUR, division_id=IT, person_id=ADA, reason="The old one broke."
    ),
    [
        tool.ApproveTool(),
        tool.DeclineTool(reason="-"),
        tool.IssueTool(person_id=ADA, return_by=LAST),
        tool.IssueTool(person_id=OTHER),
        tool.SetReturnDay(return_by=None),
        tool.AcknowledgeTool(),
        tool.ReturnTool(condition=tool.Condition.HEALTHY),
        tool.ReportToolLost(reason="-"),
        tool.MarkToolOverdue(),
    ],
    lambda day, here: tool.ToolFacts(**paying(day, here)),
    final=["declined", "returned"],
    remedies={
        "tool-requested": (tool.ReturnTool, tool.ApproveTool),
        "tool-at-hand": (tool.ApproveTool, tool.ReturnTool),
        "tool-issued": (tool.IssueTool, tool.ApproveTool, tool.ReturnTool),
        "issued-as-approved": (tool.IssueTool, tool.ReturnTool),
        "person-employed": (tool.ReturnTool, tool.DeclineTool),
        "one-custodian": (tool.ReturnTool, tool.SetReturnDay),
        "return-date-in-past": OTHERWISE,
    },
)

VACANCY = Walk(
    vacancy.VACANCY,
    vacancy.RequestVacancy(position_id=JOB, reason="We grow."),
    [
        vacancy.ApproveVacancy(),
        vacancy.OpenVacancy(),
        vacancy.PutVacancyOnHold(reason="-"),
        vacancy.CancelVacancy(reason="-"),
        vacancy.CountOffers(made=1, accepted=1),
        vacancy.CountOffers(withdrawn=1),
    ],
    lambda day, here: vacancy.VacancyFacts(
        **known(day, here), position_division=IT, position_fillable=True, live_offers=0
    ),
    final=["cancelled"],
    remedies={
        "vacancy-approved": (vacancy.ApproveVacancy,),
        "vacancy-open": (vacancy.OpenVacancy,),
        "vacancy-over": OTHERWISE,
    },
    counts=frozenset({"offers_made", "accepted"}),
)

CANDIDACY = Walk(
    candidacy.CANDIDACY,
    candidacy.RecordApplication(vacancy_id=JOB, candidate_id=ADA, name="Ada", contact="ada@example.org"),
    [
        candidacy.ScheduleInterview(interview_id=PART, takes_place_on=TODAY, interviewers=(BOSS,)),
        candidacy.RecordInterview(interview_id=PART),
        candidacy.MakeOffer(expires_on=LAST),
        candidacy.MakeOffer(expires_on=TODAY + 20 * DAY),
        candidacy.MakeOffer(expires_on=LAST, starts_on=LAST),
        candidacy.AcceptOffer(),
        candidacy.AgreeStartDay(starts_on=LAST + DAY),
        candidacy.HireCandidate(),
        candidacy.DeclineOffer(),
        candidacy.RejectCandidate(reason="-"),
        candidacy.WithdrawCandidate(),
        candidacy.LapseOffer(),
    ],
    lambda day, here: candidacy_model.CandidacyFacts(
        **known(day, here),
        vacancy=candidacy_model.KnownVacancy(JOB, 1, open=True, fillable=True),
        interviewers_here={BOSS},
    ),
    final=["declined", "rejected", "withdrawn", "hired"],
    remedies={
        "start-day-agreed": OTHERWISE,
        "offer-accepted": (candidacy.MakeOffer, candidacy.AcceptOffer, candidacy.ScheduleInterview),
        "start-to-come": OTHERWISE,
        "not-in-the-future": OTHERWISE,
        "interview-unknown": (candidacy.ScheduleInterview,),
        "interview-held": OTHERWISE,
        "interviewed-first": (candidacy.RecordInterview, candidacy.ScheduleInterview),
        "live-offer": (candidacy.MakeOffer, candidacy.ScheduleInterview, candidacy.LapseOffer),
        "one-live-offer": (candidacy.AcceptOffer, candidacy.DeclineOffer, candidacy.LapseOffer),
        "offer-to-be-answered": OTHERWISE,
        "candidacy-over": (candidacy.WithdrawCandidate,),
    },
    counts=frozenset({"offers_made"}),
)

CASE = Walk(
    case.DISCIPLINARY_CASE,
    case.ReportCase(person_id=ADA, report="It is said.", occurred_on=TODAY),
    [
        case.BeginInvestigation(investigator_id=BOSS),
        case.NameHearer(hearer_id=TOP),
        case.NameAppealHearer(appeal_hearer_id=OTHER),
        case.RecordFindings(findings="Found."),
        case.SendAllegation(allegation="You did."),
        case.RecordHearing(held_on=LAST, record="Heard."),
        case.CorrectHearing(held_on=LAST, record="Heard, and more.", reason="Half of it was missing."),
        case.DecideCase(outcome=case_model.Outcome.FINAL_WARNING, reasons="As heard."),
        case.AppealDecision(grounds="I did not."),
        case.DecideAppeal(verdict=case_model.Verdict.UPHELD, reasons="It stands."),
        case.DecideAppeal(verdict=case_model.Verdict.OVERTURNED, reasons="It does not."),
        case.DropCase(reason="Nothing in it."),
        case.CloseCase(),
    ],
    lambda day, here: case_model.CaseFacts(**known(day, here), named_grade=Grade.EXECUTIVE),
    final=["closed"],
    remedies={
        "steps-in-order": (
            case.BeginInvestigation,
            case.RecordFindings,
            case.SendAllegation,
            case.RecordHearing,
            case.DecideCase,
            case.AppealDecision,
            case.DecideAppeal,
            case.NameAppealHearer,
            case.CloseCase,
        ),
        "findings-stand": (case.SendAllegation, case.NameHearer),
        "investigated-first": (case.RecordFindings,),
        "hearer-named-first": (case.NameHearer,),
        "not-in-the-future": OTHERWISE,
        "notice-before-hearing": OTHERWISE,
        "appeal-in-time": OTHERWISE,
        "appeal-possible": OTHERWISE,
    },
)

METHOD = review_cycle.ReviewMethod(
    goals=Decimal(60), feedback=Decimal(30), self_assessment=Decimal(10), lowest=1, highest=5
)
REVIEWED = review_cycle.ReviewCycle(
    name="2026", first_on=TODAY, last_on=LAST, due_on=LAST, method=METHOD, status=review_cycle.CycleStatus.IN_PROGRESS
)
REVIEW = Walk(
    review.PERFORMANCE_REVIEW,
    review.AgreeObjectives(
        person_id=ADA,
        cycle_id=JOB,
        objectives=(review_model.AgreedObjective(objective_id=PART, title="Keep it up.", weight=Decimal(100)),),
    ),
    [
        review.ChangeReviewer(reviewer_id=OTHER),
        review.AssessSelf(rating=Decimal(4), statement="Well."),
        review.AssessPerformance(
            ratings=(review.RatedObjective(objective_id=PART, rating=Decimal(4)),),
            feedback=Decimal(4),
            statement="Well.",
        ),
        review.CalibrateReview(reasons="Like others."),
        review.AcknowledgeReview(),
        review.AppealReview(grounds="No."),
        review.WithdrawReviewAppeal(),
        review.DecideReviewAppeal(reasons="Yes."),
        review.WithdrawReview(reason="Left."),
        review.MarkReviewOverdue(),
        review.EndAppealPeriod(),
    ],
    lambda day, here: review_model.ReviewFacts(
        **known(day, here), cycle=REVIEWED, above_reviewer=(TOP, OTHER), reviewer_grade=Grade.MANAGER
    ),
    final=["acknowledged", "appeal decided", "withdrawn"],
    remedies={
        "steps-in-order": (
            review.AssessSelf,
            review.AssessPerformance,
            review.CalibrateReview,
            review.AcknowledgeReview,
            review.DecideReviewAppeal,
        ),
        "self-assessed-first": (review.AssessSelf,),
        "appeal-in-time": (review.AcknowledgeReview,),
        "somebody-above": (review.AcknowledgeReview,),
    },
)

CYCLE = Walk(
    review_cycle.REVIEW_CYCLE,
    review_cycle.PlanReviewCycle(name="2026", first_on=TODAY, last_on=LAST, due_on=LAST, method=METHOD),
    [review_cycle.StartReviewCycle(), review_cycle.CompleteReviewCycle()],
    lambda day, here: review_cycle.ReviewCycleFacts(actor=Actor("hr"), at=datetime.combine(day, time(9), UTC), id=ID),
    final=["completed"],
    remedies={"cycle-started": (review_cycle.StartReviewCycle,), "cycle-completed": OTHERWISE},
)

PROGRAMME = Walk(
    training_programme.TRAINING_PROGRAMME,
    training_programme.DesignTrainingProgramme(title="Leading", hours=Decimal(8)),
    [
        training_programme.ReviseTrainingProgramme(
            title="Leading", description="", skills=(), scheme_id=None, pass_needed=False, hours=Decimal(16)
        ),
        training_programme.PublishTrainingProgramme(),
        training_programme.RetireTrainingProgramme(reason="-"),
    ],
    lambda day, here: training_programme.ProgrammeFacts(**known(day, here)),
    final=["retired"],
    remedies={"programme-retired": OTHERWISE},
)

SCHEDULE = training_session.ScheduleTrainingSession(
    programme_id=JOB, division_id=IT, cost=EUR, seats=3, starts_on=TODAY, ends_on=LAST, place="Room 4", provider="Acme"
)
SESSION = Walk(
    training_session.TRAINING_SESSION,
    SCHEDULE,
    [
        training_session.DeliverTrainingSession(),
        training_session.CancelTrainingSession(reason="-"),
        training_session.MarkSessionOverdue(),
    ],
    lambda day, here: training_session.SessionFacts(**paying(day, here), offered=True),
    final=["delivered", "cancelled"],
    remedies={"not-in-the-future": (training_session.CancelTrainingSession,), "session-scheduled": OTHERWISE},
)

TAUGHT = training_session.TrainingSession(**vars(SCHEDULE))
LEADING = training_programme.TrainingProgramme(
    title="Leading", description="", skills=(), scheme_id=None, pass_needed=True, hours=Decimal(8)
)
ENROLMENT = Walk(
    enrolment.ENROLMENT,
    enrolment.Enrol(person_id=ADA, session_id=JOB),
    [
        enrolment.WithdrawEnrolment(),
        enrolment.MarkAttendance(attended=True),
        enrolment.MarkAttendance(attended=False),
        enrolment.RecordResult(passed=True, effective_on=TODAY),
        enrolment.CorrectCompletion(effective_on=LAST, reason="A slip of the pen."),
    ],
    lambda day, here: enrolment.EnrolmentFacts(**known(day, here), session=TAUGHT, programme=LEADING, completion=1),
    final=["withdrawn", "completed"],
    remedies={
        "enrolment-open": OTHERWISE,
        "attended-first": (enrolment.MarkAttendance,),
        "result-once": (enrolment.CorrectCompletion,),
        "result-recorded": (enrolment.RecordResult, enrolment.MarkAttendance),
        "not-in-the-future": OTHERWISE,
        "attendance-settled": OTHERWISE,
    },
)

PLAN = Walk(
    plan.DEVELOPMENT_PLAN,
    plan.ProposeDevelopmentPlan(person_id=ADA, starts_on=TODAY, ends_on=LAST),
    [
        plan.AddDevelopmentGoal(goal_id=PART, learning="To lead.", due_on=LAST),
        plan.AgreeDevelopmentPlan(),
        plan.WithdrawDevelopmentPlan(reason="-"),
        plan.MeetDevelopmentGoal(goal_id=PART),
        plan.MissDevelopmentGoal(goal_id=PART, reason="-"),
        plan.CloseDevelopmentPlan(),
    ],
    lambda day, here: plan_model.PlanFacts(**known(day, here)),
    final=["closed", "withdrawn"],
    remedies={
        "plan-has-goals": (plan.AddDevelopmentGoal, plan.WithdrawDevelopmentPlan),
        "plan-agreed": (plan.AgreeDevelopmentPlan, plan.AddDevelopmentGoal, plan.WithdrawDevelopmentPlan),
        "plan-proposed": (plan.MissDevelopmentGoal, plan.CloseDevelopmentPlan),
        "closes-without-open-goals": (plan.MissDevelopmentGoal,),
        "goal-unknown": (plan.AddDevelopmentGoal, plan.WithdrawDevelopmentPlan, plan.CloseDevelopmentPlan),
        "goal-open": OTHERWISE,
        "due-within-period": OTHERWISE,
        "person-employed": (plan.WithdrawDevelopmentPlan,),
        "plan-over": OTHERWISE,
    },
)

MENTORSHIP = Walk(
    mentorship.MENTORSHIP,
    mentorship.ProposeMentorship(person_id=ADA, mentor_id=BOSS, purpose="To lead."),
    [mentorship.AcceptMentorship(), mentorship.CompleteMentorship(), mentorship.EndMentorship(reason="-")],
    # Both act: the mentor on the first day, the mentee later.
    lambda day, here: mentorship.MentorshipFacts(
        **known(day, here) | {"line": (), "actor": Actor(str(BOSS if day == TODAY else ADA))}, mentor_employed=True
    ),
    final=["completed", "ended"],
    remedies={
        "mentorship-active": (mentorship.AcceptMentorship, mentorship.EndMentorship),
        "mentorship-over": OTHERWISE,
        "person-employed": (mentorship.EndMentorship,),
    },
)

WALKS = [TOOL, VACANCY, CANDIDACY, CASE, REVIEW, CYCLE, PROGRAMME, SESSION, ENROLMENT, PLAN, MENTORSHIP]
EACH = pytest.mark.parametrize("walk", WALKS, ids=[each.decider.kind for each in WALKS])


@EACH
def test_every_status_comes_up(walk: Walk) -> None:
    statuses = {str(each) for each in walk.decider.state.model_fields["status"].annotation}
    assert {status(steps[0].of) for steps in walk.steps.values()} == statuses


@EACH
@pytest.mark.parametrize("here", [True, False], ids=["here", "gone"])
def test_from_every_state_that_is_not_final_a_command_leads_on(walk: Walk, here: bool) -> None:
    for key, steps in walk.steps.items():
        onward = [
            step
            for step in steps
            if step.here is here and not isinstance(step.to, Refused) and walk.key(step.to) != key
        ]
        assert onward or walk.rests(steps[0].of), f"nothing leads on from {steps[0].of!r}"


@EACH
def test_a_final_state_can_be_reached_from_every_state(walk: Walk) -> None:
    leads = {
        key: {walk.key(step.to) for step in steps if step.here and not isinstance(step.to, Refused)}
        for key, steps in walk.steps.items()
    }
    ending = {key for key, steps in walk.steps.items() if walk.rests(steps[0].of)}
    while more := {key for key in leads if key not in ending and leads[key] & ending}:
        ending |= more
    assert leads.keys() - ending == set()


@EACH
def test_the_remedy_in_a_refusal_is_a_command_that_then_works(walk: Walk) -> None:
    for steps in walk.steps.values():
        for step in steps:
            if not isinstance(step.to, Refused) or walk.rests(step.of):
                continue
            assert step.to.remedy, step
            remedies = tuple(walk.remedies[step.to.rule])
            works = [
                each
                for each in steps
                if isinstance(each.command, remedies)
                and (each.day, each.here) == (step.day, step.here)
                and not isinstance(each.to, Refused)
            ]
            assert works or not remedies, step
