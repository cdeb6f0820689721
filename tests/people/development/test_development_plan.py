"""The rules of development plans."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor
from contracts.people import LearningHoursCorrected, LearningHoursRecorded
from contracts.values import SkillLevel
from services.people.development.commands import DEVELOPMENT_PLANS
from services.people.development.domain.development_plan import model as development_plan_model
from services.people.development.domain.development_plan import rules as development_plan
from services.people.organisation.domain.certificate_scheme import CertificateScheme
from services.people.organisation.domain.line import Above
from services.people.qualifications.domain import model as qualifications_model
from services.people.qualifications.domain.gap import Required
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

ADA, BOSS, PLAN, SCHEME = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
SKILL_GOAL, SCHEME_GOAL, OTHER_GOAL, ACTION, ENTRY = (UUID(int=number) for number in range(11, 16))
TODAY, DAY = date(2026, 11, 22), timedelta(days=1)
STARTS_ON, ENDS_ON, DUE_ON = date(2026, 11, 1), date(2027, 10, 31), date(2027, 3, 31)
ITMG = SkillLevel(skill="ITMG", level=5)
CSM = CertificateScheme(name="CSM", issuer="SA", valid_months=24, renewal=None, budget_management=False)


def facts(actor: UUID = BOSS, on: date = TODAY, **known: Any) -> development_plan_model.PlanFacts:
    usual: dict[str, Any] = {"subject": ADA, "employed": True, "line": (Above(BOSS),), "scheme": CSM}
    at = datetime.combine(on, time(12), UTC)
    return development_plan_model.PlanFacts(actor=Actor(str(actor)), at=at, id=PLAN, **(usual | known))


def goal(**different: Any) -> development_plan.AddDevelopmentGoal:
    same: dict[str, Any] = {"goal_id": SKILL_GOAL, "skill": ITMG, "due_on": DUE_ON}
    return development_plan.AddDevelopmentGoal(**(same | different))


def added(
    command: development_plan.AddDevelopmentGoal, closes_gap: bool = False
) -> development_plan_model.DevelopmentGoalAdded:
    return development_plan_model.DevelopmentGoalAdded(person_id=ADA, **vars(command), closes_gap=closes_gap)


PROPOSE = development_plan.ProposeDevelopmentPlan(person_id=ADA, starts_on=STARTS_ON, ends_on=ENDS_ON)
PROPOSED = development_plan_model.DevelopmentPlanProposed(**vars(PROPOSE), proposed_by_person=False)
FOR_SKILL = added(goal())
FOR_SCHEME = added(goal(goal_id=SCHEME_GOAL, skill=None, scheme_id=SCHEME))
TO_LEARN = added(goal(goal_id=OTHER_GOAL, skill=None, learning="To present to a board."))
AGREED = development_plan_model.DevelopmentPlanAgreed()
LIVE: tuple[BaseModel, ...] = (PROPOSED, FOR_SKILL, FOR_SCHEME, TO_LEARN, AGREED)
CLOSED = development_plan_model.DevelopmentPlanClosed()
READ = development_plan.AddDevelopmentAction(
    action_id=ACTION, goal_id=OTHER_GOAL, kind=development_plan_model.ActionKind.READING, what="A book."
)
READING = development_plan_model.DevelopmentActionAdded(person_id=ADA, **vars(READ))
LEARN = development_plan.RecordLearning(entry_id=ENTRY, action_id=ACTION, hours=Decimal("2.5"), effective_on=TODAY)
LEARNED: tuple[BaseModel, ...] = (
    development_plan_model.LearningRecorded(**vars(LEARN)),
    LearningHoursRecorded(person_id=ADA, hours=Decimal("2.5"), effective_on=TODAY),
)
MISS = development_plan.MissDevelopmentGoal(goal_id=OTHER_GOAL, reason="No time.")
MISSED = development_plan_model.DevelopmentGoalNotMet(person_id=ADA, goal_id=OTHER_GOAL, reason="No time.")
OVERDUE = development_plan_model.DevelopmentGoalOverdue(goal_id=OTHER_GOAL)


def met(goal_id: UUID) -> development_plan_model.DevelopmentGoalMet:
    return development_plan_model.DevelopmentGoalMet(goal_id=goal_id)


def after(*events: BaseModel) -> development_plan_model.DevelopmentPlan:
    state = development_plan.DEVELOPMENT_PLAN.fold(events)
    assert state is not None
    return state


def test_a_plan_is_proposed_by_one_side() -> None:
    given(development_plan.DEVELOPMENT_PLAN).when(PROPOSE, facts()).then(PROPOSED)
    by_person = PROPOSED.model_copy(update={"proposed_by_person": True})
    given(development_plan.DEVELOPMENT_PLAN).when(PROPOSE, facts(ADA)).then(by_person)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(PROPOSE, facts()).then()
    other = PROPOSE.model_copy(update={"ends_on": DUE_ON})
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(other, facts()).then_refused("already-exists")
    given(development_plan.DEVELOPMENT_PLAN).when(PROPOSE, facts(employed=False)).then_refused("person-employed")


@pytest.mark.parametrize("different", [{"ends_on": STARTS_ON - DAY}, {"ends_on": TODAY - DAY}])
def test_a_plan_is_for_a_period_that_is_not_over(different: dict[str, date]) -> None:
    over = PROPOSE.model_copy(update=different)
    given(development_plan.DEVELOPMENT_PLAN).when(over, facts()).then_refused("period-to-come")


def test_a_plan_with_a_goal_is_agreed_once() -> None:
    agree = development_plan.AgreeDevelopmentPlan()
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(agree, facts(ADA)).then_refused("plan-has-goals")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, FOR_SKILL).when(agree, facts(ADA)).then(AGREED)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(agree, facts(ADA)).then()
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, FOR_SKILL).when(agree, facts(employed=False)).then_refused(
        "person-employed"
    )


def test_a_plan_is_withdrawn_before_it_is_agreed() -> None:
    withdraw = development_plan.WithdrawDevelopmentPlan(reason="Not now.")
    withdrawn = development_plan_model.DevelopmentPlanWithdrawn(person_id=ADA, reason="Not now.")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(withdraw, facts()).then(withdrawn)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, withdrawn).when(withdraw, facts()).then()
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, withdrawn).when(goal(), facts()).then_refused("plan-over")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(withdraw, facts()).then_refused("plan-proposed")


def test_what_is_left_open_of_somebody_erased_ends_and_nothing_said_of_them_is_kept() -> None:
    erased = facts(erased=True, employed=False)
    withdrawn = development_plan_model.DevelopmentPlanWithdrawn(person_id=ADA, reason="erased")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(
        development_plan.WithdrawDevelopmentPlan(reason="Ada left."), erased
    ).then(withdrawn)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(MISS, erased).then(
        MISSED.model_copy(update={"reason": "erased"})
    )


@pytest.mark.parametrize("event", [FOR_SKILL, FOR_SCHEME, TO_LEARN])
def test_a_goal_is_a_skill_a_certificate_or_something_else_to_learn(
    event: development_plan_model.DevelopmentGoalAdded,
) -> None:
    command = development_plan.AddDevelopmentGoal(
        **{name: getattr(event, name) for name in development_plan.AddDevelopmentGoal.model_fields}
    )
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(command, facts()).then(event)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, event).when(command, facts()).then()
    later = command.model_copy(update={"due_on": ENDS_ON})
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, event).when(later, facts()).then_refused("goal-known")


@pytest.mark.parametrize("different", [{"skill": None}, {"scheme_id": SCHEME}, {"learning": "To write."}])
def test_a_goal_is_one_thing(different: dict[str, Any]) -> None:
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(goal(**different), facts()).then_refused(
        "goal-has-one-target"
    )


def test_a_goal_says_whether_it_closes_a_gap() -> None:
    required = Required((SkillLevel(skill="itmg", level=3),), (SCHEME,))
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(goal(), facts(required=required)).then(
        added(goal(), closes_gap=True)
    )
    scheme = goal(skill=None, scheme_id=SCHEME)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(scheme, facts(required=required)).then(
        added(scheme, closes_gap=True)
    )


@pytest.mark.parametrize("scheme", [None, CSM.but(retired=True)])
def test_a_goal_is_no_certificate_of_a_scheme_that_is_unknown_or_retired(scheme: CertificateScheme | None) -> None:
    asked = goal(skill=None, scheme_id=SCHEME)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(asked, facts(scheme=scheme)).then_refused("scheme-open")


def test_a_goal_is_not_what_the_person_has_already() -> None:
    certificate = qualifications_model.Certificate(
        certificate_id=UUID(int=30),
        scheme_id=SCHEME,
        number=None,
        awarded_on=STARTS_ON,
        starts_on=STARTS_ON,
        expires_on=ENDS_ON,
        status=qualifications_model.CertificateStatus.HELD,
    )
    skill = qualifications_model.Skill(skill="ITMG", level=5, assessed_on=STARTS_ON)
    has = facts(held=qualifications_model.Qualifications(person_id=ADA, skills=(skill,), certificates=(certificate,)))
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(goal(), has).then_refused("goal-already-met")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(goal(skill=None, scheme_id=SCHEME), has).then_refused(
        "goal-already-met"
    )
    higher = goal(skill=SkillLevel(skill="ITMG", level=6))
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(higher, has).then(added(higher))


@pytest.mark.parametrize(("due_on", "holds"), [(TODAY - DAY, False), (TODAY, True), (ENDS_ON, True)])
def test_a_goal_is_due_within_the_period(due_on: date, holds: bool) -> None:
    asked = given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(goal(due_on=due_on), facts())
    if holds:
        asked.then(added(goal(due_on=due_on)))
    else:
        asked.then_refused("due-within-period")
    late = goal(due_on=ENDS_ON + DAY)
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(late, facts()).then_refused("due-within-period")


def test_a_plan_has_fifty_goals_at_most() -> None:
    many = [FOR_SKILL.model_copy(update={"goal_id": UUID(int=100 + number)}) for number in range(50)]
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, *many).when(goal(), facts()).then_refused("goals-bounded")


def test_somebody_else_says_what_became_of_a_goal_and_that_stays() -> None:
    meet, extend = (
        development_plan.MeetDevelopmentGoal(goal_id=OTHER_GOAL),
        development_plan.ExtendDevelopmentGoal(goal_id=OTHER_GOAL, due_on=ENDS_ON, reason="Ill."),
    )
    extended = development_plan_model.DevelopmentGoalExtended(
        person_id=ADA, goal_id=OTHER_GOAL, due_on=ENDS_ON, reason="Ill."
    )
    for command, event in ((meet, met(OTHER_GOAL)), (MISS, MISSED), (extend, extended)):
        given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(command, facts()).then(event)
        given(development_plan.DEVELOPMENT_PLAN, *LIVE, event).when(command, facts()).then()
        who_may(DEVELOPMENT_PLANS, *LIVE).when(command, in_hr(facts(ADA))).then_refused("nobody-on-themself")
        given(development_plan.DEVELOPMENT_PLAN, PROPOSED, TO_LEARN).when(command, facts()).then_refused("plan-agreed")
        given(development_plan.DEVELOPMENT_PLAN, PROPOSED, FOR_SKILL, AGREED).when(command, facts()).then_refused(
            "goal-unknown"
        )
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, MISSED).when(meet, facts()).then_refused("goal-open")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, met(OTHER_GOAL)).when(extend, facts()).then_refused("goal-open")


def test_a_goal_is_extended_to_a_later_day() -> None:
    sooner = development_plan.ExtendDevelopmentGoal(goal_id=OTHER_GOAL, due_on=DUE_ON - DAY, reason="Hurry.")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(sooner, facts()).then_refused("extended-to-later")
    past = development_plan.ExtendDevelopmentGoal(goal_id=OTHER_GOAL, due_on=DUE_ON + DAY, reason="Ill.")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(past, facts(on=ENDS_ON)).then_refused("extended-to-later")


@pytest.mark.parametrize(
    ("found", "goals"),
    [
        (development_plan.MeetGoalsByQualification(skill=SkillLevel(skill="itmg", level=5)), [SKILL_GOAL]),
        (development_plan.MeetGoalsByQualification(skill=SkillLevel(skill="ITMG", level=7)), [SKILL_GOAL]),
        (development_plan.MeetGoalsByQualification(skill=SkillLevel(skill="ITMG", level=4)), []),
        (development_plan.MeetGoalsByQualification(skill=SkillLevel(skill="PROG", level=7)), []),
        (development_plan.MeetGoalsByQualification(scheme_id=SCHEME), [SCHEME_GOAL]),
        (development_plan.MeetGoalsByQualification(scheme_id=PLAN), []),
        (development_plan.MeetGoalsByQualification(), []),
    ],
)
def test_a_goal_is_met_by_itself_once_somebody_has_what_it_asks_for(
    found: development_plan.MeetGoalsByQualification, goals: list[UUID]
) -> None:
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(found, facts()).then(*map(met, goals))
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *map(met, goals)).when(found, facts()).then()
    every = (met(SKILL_GOAL), met(SCHEME_GOAL), MISSED, CLOSED)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *every).when(found, facts()).then()


def test_a_goal_whose_day_is_over_is_marked_once_and_again_after_an_extension() -> None:
    mark, others = development_plan.MarkOverdueGoals(), (met(SKILL_GOAL), met(SCHEME_GOAL))
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *others).when(mark, facts(on=DUE_ON)).then()
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *others).when(mark, facts(on=DUE_ON + DAY)).then(OVERDUE)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *others, OVERDUE).when(mark, facts(on=ENDS_ON)).then()
    extended = development_plan_model.DevelopmentGoalExtended(
        person_id=ADA, goal_id=OTHER_GOAL, due_on=ENDS_ON, reason="Ill."
    )
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *others, OVERDUE, extended).when(
        mark, facts(on=ENDS_ON + DAY)
    ).then(OVERDUE)


def test_the_next_goal_falls_due_at_the_end_of_its_day_once_agreed() -> None:
    assert development_plan.DEVELOPMENT_PLAN.due_at(after(*LIVE)) == datetime.combine(DUE_ON + DAY, time(), UTC)
    done = (met(SKILL_GOAL), met(SCHEME_GOAL), OVERDUE)
    for events in ((PROPOSED, FOR_SKILL), (*LIVE, *done), (*LIVE, *done[:2], MISSED, CLOSED)):
        assert development_plan.DEVELOPMENT_PLAN.due_at(after(*events)) is None


def test_an_action_is_for_a_goal_of_the_plan_or_for_all() -> None:
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(READ, facts(ADA)).then(READING)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING).when(READ, facts(ADA)).then()
    other = READ.model_copy(update={"what": "Another book."})
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING).when(other, facts(ADA)).then_refused("action-known")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, FOR_SKILL).when(READ, facts(ADA)).then_refused("goal-unknown")
    for_all = READ.model_copy(update={"goal_id": None})
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(for_all, facts(ADA)).then(
        READING.model_copy(update={"goal_id": None})
    )
    many = [READING.model_copy(update={"action_id": UUID(int=100 + number)}) for number in range(200)]
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *many).when(READ, facts(ADA)).then_refused("actions-bounded")


def test_hours_of_learning_are_recorded_once_and_added_up() -> None:
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING).when(LEARN, facts(ADA)).then(*LEARNED)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED).when(LEARN, facts(ADA)).then()
    more = LEARN.model_copy(update={"hours": Decimal(3)})
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED).when(more, facts(ADA)).then_refused(
        "entry-known"
    )
    another = LEARN.model_copy(update={"entry_id": PLAN})
    state = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED).when(another, facts(ADA)).then_state()
    assert isinstance(state, development_plan_model.DevelopmentPlan)
    assert state.learning_hours == Decimal(5) == sum(entry.hours for entry in state.learning)


def test_hours_are_spent_on_an_action_of_an_agreed_plan_and_not_in_the_future() -> None:
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(LEARN, facts(ADA)).then_refused("action-unknown")
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED, TO_LEARN, READING).when(LEARN, facts(ADA)).then_refused(
        "plan-agreed"
    )
    early = LEARN.model_copy(update={"effective_on": TODAY + DAY})
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING).when(early, facts(ADA)).then_refused("not-in-the-future")
    many = [
        development_plan_model.LearningRecorded(**vars(LEARN)).model_copy(update={"entry_id": UUID(int=100 + number)})
        for number in range(500)
    ]
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *many).when(LEARN, facts(ADA)).then_refused(
        "learning-bounded"
    )


def test_a_day_has_no_more_learning_hours_than_a_day_has() -> None:
    one = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING)
    one.when(LEARN.model_copy(update={"hours": Decimal(999)}), facts(ADA)).then_refused("hours-of-a-day")
    another = LEARN.model_copy(update={"entry_id": UUID(int=100), "hours": Decimal("21.51")})
    two = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED)
    two.when(another, facts(ADA)).then_refused("hours-of-a-day")


def test_hours_that_were_recorded_wrongly_are_corrected_or_struck_out_also_of_a_closed_plan() -> None:
    def correction(hours: str) -> development_plan.CorrectLearning:
        return development_plan.CorrectLearning(
            entry_id=ENTRY, hours=Decimal(hours), effective_on=TODAY, reason="A slip of the pen."
        )

    learned = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED)
    learned.when(correction("1"), facts(ADA)).then(
        development_plan_model.LearningCorrected(person_id=ADA, **vars(correction("1"))),
        LearningHoursCorrected(
            person_id=ADA, hours=Decimal(1), effective_on=TODAY, before=Decimal("2.5"), before_on=TODAY
        ),
    )
    learned.when(correction("2.5"), facts(ADA)).then()
    for hours, left in (("1", [Decimal(1)]), ("0", [])):
        for events in ((), (CLOSED,)):
            plan = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING, *LEARNED, *events)
            state = plan.when(correction(hours), facts(ADA)).then_state()
            assert isinstance(state, development_plan_model.DevelopmentPlan)
            assert [each.hours for each in state.learning] == left
            assert state.learning_hours == sum(left, Decimal(0))
    none = given(development_plan.DEVELOPMENT_PLAN, *LIVE, READING)
    none.when(correction("1"), facts(ADA)).then_refused("entry-unknown")


def test_a_plan_closes_only_once_something_became_of_every_goal() -> None:
    close, done = development_plan.CloseDevelopmentPlan(), (met(SKILL_GOAL), met(SCHEME_GOAL), MISSED)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE).when(close, facts()).then_refused("closes-without-open-goals")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *done[1:]).when(close, facts()).then_refused(
        "closes-without-open-goals"
    )
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *done).when(close, facts()).then(CLOSED)
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *done, CLOSED).when(close, facts()).then()
    given(development_plan.DEVELOPMENT_PLAN, PROPOSED).when(close, facts()).then_refused("plan-agreed")
    given(development_plan.DEVELOPMENT_PLAN, *LIVE, *done, CLOSED).when(LEARN, facts()).then_refused("plan-over")
