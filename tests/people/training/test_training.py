"""The rules of training programmes and of their sessions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, ValidationError

from chassis.domain.decider import Actor, Forbidden
from contracts import people
from contracts.roles import Role
from contracts.values import Grade, Money, SkillLevel
from services.people.organisation.domain import funding
from services.people.organisation.domain.staffing_policy import StaffingPolicy
from services.people.training.commands import TRAINING_SESSIONS
from services.people.training.domain import training_programme, training_session
from tests.scenarios import given, who_may

ID, PROGRAMME, IT, ADA, SCHEME, COMPANY, SALES = (UUID(int=n) for n in range(1, 8))
MANAGER = Actor("manager")
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
FIRST, LAST = TODAY + 2 * DAY, TODAY + 3 * DAY

CONTENT: dict[str, Any] = {
    "title": "Running Kafka",
    "description": "Two days.",
    "skills": (SkillLevel(skill="Kafka", level=3),),
    "scheme_id": SCHEME,
    "pass_needed": True,
    "hours": Decimal(16),
}
TOLD = {name: value for name, value in CONTENT.items() if name != "description"}
DESIGNED: list[BaseModel] = [training_programme.TrainingProgrammeDesigned(**CONTENT)]
PUBLISHED = [*DESIGNED, people.TrainingProgrammePublished(**TOLD)]
RETIRE = training_programme.RetireTrainingProgramme(reason="Old.")
RETIRED = [*PUBLISHED, people.TrainingProgrammeRetired(reason="Old.")]


def programme(**known: Any) -> training_programme.ProgrammeFacts:
    return training_programme.ProgrammeFacts(
        actor=Actor("hr"), at=datetime(2026, 3, 10, 9, tzinfo=UTC), id=PROGRAMME, **known
    )


def revision(**changes: Any) -> training_programme.ReviseTrainingProgramme:
    return training_programme.ReviseTrainingProgramme(**CONTENT | changes)


def test_a_programme_is_designed_and_published() -> None:
    given(training_programme.TRAINING_PROGRAMME).when(
        training_programme.DesignTrainingProgramme(**CONTENT), programme()
    ).then(*DESIGNED)
    given(training_programme.TRAINING_PROGRAMME, *DESIGNED).when(
        training_programme.DesignTrainingProgramme(**CONTENT), programme()
    ).then()
    given(training_programme.TRAINING_PROGRAMME, *DESIGNED).when(
        training_programme.PublishTrainingProgramme(), programme()
    ).then(PUBLISHED[-1])
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(
        training_programme.PublishTrainingProgramme(), programme()
    ).then()
    other = training_programme.DesignTrainingProgramme(**CONTENT | {"title": "Other"})
    given(training_programme.TRAINING_PROGRAMME, *DESIGNED).when(other, programme()).then_refused("already-exists")


def test_a_design_is_revised_without_anybody_hearing_of_it() -> None:
    revised = training_programme.TrainingProgrammeDesigned(**CONTENT | {"title": "Kafka"})
    given(training_programme.TRAINING_PROGRAMME, *DESIGNED).when(revision(title="Kafka"), programme()).then(revised)
    given(training_programme.TRAINING_PROGRAMME, *DESIGNED).when(revision(), programme()).then()


def test_a_published_programme_says_what_is_revised_and_stays_published() -> None:
    revised = people.TrainingProgrammeRevised(**TOLD | {"hours": Decimal(8)})
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(revision(hours=Decimal(8)), programme()).then(revised)
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED, revised).when(
        training_programme.PublishTrainingProgramme(), programme()
    ).then()
    described = training_programme.TrainingProgrammeDescribed(description="Three days.")
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(
        revision(description="Three days."), programme()
    ).then(described)
    both = revision(description="Three days.", hours=Decimal(8))
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(both, programme()).then(described, revised)


def test_a_skill_is_taught_at_one_level() -> None:
    twice = (SkillLevel(skill="Kafka", level=3), SkillLevel(skill="kafka", level=4))
    design = training_programme.DesignTrainingProgramme(**CONTENT | {"skills": twice})
    given(training_programme.TRAINING_PROGRAMME).when(design, programme()).then_refused("skills-once")
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(revision(skills=twice), programme()).then_refused(
        "skills-once"
    )


@pytest.mark.parametrize("hours", [Decimal(0), Decimal(2001), Decimal("0.005")])
def test_a_training_takes_some_hours_and_not_too_many(hours: Decimal) -> None:
    with pytest.raises(ValidationError):
        training_programme.DesignTrainingProgramme(**CONTENT | {"hours": hours})


def test_a_programme_retires_when_its_last_session_is_settled_and_stays_retired() -> None:
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(RETIRE, programme(sessions_open=1)).then_refused(
        "retires-without-sessions"
    )
    given(training_programme.TRAINING_PROGRAMME, *PUBLISHED).when(RETIRE, programme()).then(RETIRED[-1])
    given(training_programme.TRAINING_PROGRAMME, *RETIRED).when(RETIRE, programme()).then()
    for command in (revision(title="Kafka"), training_programme.PublishTrainingProgramme()):
        given(training_programme.TRAINING_PROGRAMME, *RETIRED).when(command, programme()).then_refused(
            "programme-retired"
        )


def money(amount: int = 900) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


TERMS: dict[str, Any] = {
    "programme_id": PROGRAMME,
    "division_id": IT,
    "cost": money(),
    "seats": 12,
    "starts_on": FIRST,
    "ends_on": LAST,
}
PLACE: dict[str, Any] = {"place": "Room 4", "trainer_id": ADA, "provider": None}
SCHEDULE = training_session.ScheduleTrainingSession(**TERMS, **PLACE)
SCHEDULED: list[BaseModel] = [
    people.TrainingSessionScheduled(**TERMS),
    training_session.TrainingSessionArranged(**PLACE),
]
DELIVERED = [*SCHEDULED, people.TrainingSessionDelivered(effective_on=LAST)]
CANCEL = training_session.CancelTrainingSession(reason="Too few.")
CANCELLED = [*SCHEDULED, people.TrainingSessionCancelled(reason="Too few.", effective_on=TODAY)]


def session(on: date = TODAY, actor: Actor = MANAGER, **known: Any) -> training_session.SessionFacts:
    of_division = {"division_open": True, "paying": (IT, COMPANY), "actor_division": IT, "actor_grade": Grade.MANAGER}
    usual: dict[str, Any] = {"offered": True, "trainer_here": True} | of_division
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return training_session.SessionFacts(actor=actor, at=at, id=ID, **(usual | known))


def terms(**changes: Any) -> training_session.ScheduleTrainingSession:
    return training_session.ScheduleTrainingSession(**TERMS | PLACE | changes)


def test_a_session_of_a_published_programme_is_scheduled_with_its_cost_and_who_pays() -> None:
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session()).then(*SCHEDULED)
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(SCHEDULE, session()).then()
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(terms(seats=3), session()).then_refused("already-exists")


def test_no_session_is_scheduled_of_what_is_not_published_or_by_a_division_that_is_not_open() -> None:
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(offered=None)).then_refused("programme-unknown")
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(offered=False)).then_refused("programme-published")
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(division_open=None)).then_refused("division-open")
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(division_open=False)).then_refused("division-open")


def test_a_session_lasts_from_its_first_to_its_last_day_and_no_longer_than_a_year() -> None:
    given(training_session.TRAINING_SESSION).when(terms(ends_on=FIRST - DAY), session()).then_refused("days-in-order")
    given(training_session.TRAINING_SESSION).when(terms(ends_on=FIRST + 367 * DAY), session()).then_refused(
        "session-bounded"
    )
    one_day = terms(ends_on=FIRST)
    told = people.TrainingSessionScheduled(**TERMS | {"ends_on": FIRST})
    given(training_session.TRAINING_SESSION).when(one_day, session()).then(told, SCHEDULED[-1])


def test_a_session_costs_nothing_or_more() -> None:
    given(training_session.TRAINING_SESSION).when(terms(cost=money(-1)), session()).then_refused("cost-not-negative")
    free = people.TrainingSessionScheduled(**TERMS | {"cost": money(0)})
    given(training_session.TRAINING_SESSION).when(terms(cost=money(0)), session()).then(free, SCHEDULED[-1])


def test_somebody_who_works_here_trains_or_a_provider_sends_somebody() -> None:
    given(training_session.TRAINING_SESSION).when(terms(trainer_id=None), session()).then_refused("trainer-named")
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(trainer_here=False)).then_refused(
        "trainer-employed"
    )
    sent = training_session.TrainingSessionArranged(place="Room 4", trainer_id=None, provider="Acme")
    from_elsewhere = terms(trainer_id=None, provider="Acme")
    given(training_session.TRAINING_SESSION).when(from_elsewhere, session(trainer_here=False)).then(SCHEDULED[0], sent)


def test_a_session_to_come_is_arranged_otherwise() -> None:
    other = training_session.ArrangeTrainingSession(**PLACE | {"place": "https://meet.example.org/4"})
    arranged = training_session.TrainingSessionArranged(**vars(other))
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(other, session()).then(arranged)
    given(training_session.TRAINING_SESSION, *SCHEDULED, arranged).when(other, session()).then()
    for over in (DELIVERED, CANCELLED):
        given(training_session.TRAINING_SESSION, *over).when(other, session()).then_refused("session-scheduled")
    nobody = training_session.ArrangeTrainingSession(place="Room 4", trainer_id=None, provider=None)
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(nobody, session()).then_refused("trainer-named")


def test_a_session_to_come_passes_to_who_takes_over_from_its_trainer() -> None:
    take_over = training_session.TakeOverSession(from_id=ADA, trainer_id=COMPANY)
    arranged = training_session.TrainingSessionArranged(**PLACE | {"trainer_id": COMPANY})
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(take_over, session()).then(arranged)
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(take_over, session(trainer_here=False)).then()
    of_another = training_session.TakeOverSession(from_id=SCHEME, trainer_id=COMPANY)
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(of_another, session()).then()
    for over in (DELIVERED, CANCELLED):
        given(training_session.TRAINING_SESSION, *over).when(take_over, session()).then()


CHANGES = [
    training_session.ArrangeTrainingSession(**PLACE | {"place": "Room 5"}),
    CANCEL,
    training_session.DeliverTrainingSession(),
]


@pytest.mark.parametrize("division", [SALES, None])
@pytest.mark.parametrize("known", [[], SCHEDULED])
def test_nobody_charges_a_division_that_is_neither_theirs_nor_below_it(known: list[BaseModel], division: Any) -> None:
    for command in CHANGES if known else [SCHEDULE]:
        others = who_may(TRAINING_SESSIONS, *known).when(command, session(LAST, actor_division=division))
        assert isinstance(others.then_refused("own-division"), Forbidden)


@pytest.mark.parametrize(
    "facts",
    [
        session(LAST, actor_division=COMPANY),
        session(LAST, actor=Actor("hr", frozenset({Role.HR})), actor_division=SALES),
    ],
    ids=["a division above", "HR"],
)
def test_whoever_is_of_a_division_above_and_hr_schedule_arrange_deliver_and_cancel(
    facts: training_session.SessionFacts,
) -> None:
    who_may(TRAINING_SESSIONS).when(SCHEDULE, facts).then(*SCHEDULED)
    for command in CHANGES:
        assert TRAINING_SESSIONS.decide(training_session.TRAINING_SESSION.fold(SCHEDULED), command, facts)


def test_a_trainer_of_another_division_delivers_and_no_more() -> None:
    trainer = session(LAST, actor=Actor(str(ADA)), actor_division=SALES)
    who_may(TRAINING_SESSIONS, *SCHEDULED).when(training_session.DeliverTrainingSession(), trainer).then(DELIVERED[-1])
    for command in CHANGES[:2]:
        who_may(TRAINING_SESSIONS, *SCHEDULED).when(command, trainer).then_refused("own-division")


def test_a_session_took_place_on_its_last_day_at_the_earliest() -> None:
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(
        training_session.DeliverTrainingSession(), session(LAST - DAY)
    ).then_refused("not-in-the-future")
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(
        training_session.DeliverTrainingSession(), session(LAST)
    ).then(DELIVERED[-1])
    given(training_session.TRAINING_SESSION, *DELIVERED).when(
        training_session.DeliverTrainingSession(), session(LAST)
    ).then()
    given(training_session.TRAINING_SESSION, *CANCELLED).when(
        training_session.DeliverTrainingSession(), session(LAST)
    ).then_refused("session-scheduled")


def test_what_took_place_is_not_cancelled() -> None:
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(CANCEL, session()).then(CANCELLED[-1])
    given(training_session.TRAINING_SESSION, *CANCELLED).when(CANCEL, session()).then()
    given(training_session.TRAINING_SESSION, *DELIVERED).when(CANCEL, session()).then_refused("session-scheduled")


def test_a_session_is_overdue_once_on_the_day_after_its_last_day() -> None:
    to_come, marked = (
        training_session.TRAINING_SESSION.fold(SCHEDULED),
        [*SCHEDULED, training_session.TrainingSessionOverdue()],
    )
    assert to_come is not None
    assert training_session.TRAINING_SESSION.due_at(to_come) == datetime(2026, 3, 14, tzinfo=UTC)
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(
        training_session.MarkSessionOverdue(), session(LAST)
    ).then()
    given(training_session.TRAINING_SESSION, *SCHEDULED).when(
        training_session.MarkSessionOverdue(), session(LAST + DAY)
    ).then(marked[-1])
    given(training_session.TRAINING_SESSION, *marked).when(
        training_session.MarkSessionOverdue(), session(LAST + DAY)
    ).then()
    for settled in (marked, DELIVERED, CANCELLED):
        state = training_session.TRAINING_SESSION.fold(settled)
        assert state is not None
        assert training_session.TRAINING_SESSION.due_at(state) is None
    late = training_session.TRAINING_SESSION.fold([*marked, DELIVERED[-1]])
    assert late is not None
    assert not late.overdue


PAID = StaffingPolicy(funding_required=True)
ASKED = people.FundingAsked(
    kind=people.FundedKind.TRAINING, request=1, division_id=IT, cost=TERMS["cost"], needed_on=FIRST
)
DENIED = funding.FundingNoted(request=1, funded=False, reason="Not enough is left.")


def test_finance_is_asked_for_the_fee_of_a_session_where_that_is_required() -> None:
    given(training_session.TRAINING_SESSION).when(SCHEDULE, session(policy=PAID)).then(*SCHEDULED, ASKED)
    given(training_session.TRAINING_SESSION, *SCHEDULED, ASKED).when(SCHEDULE, session(policy=PAID)).then()
    note = funding.NoteFunding(request=1, funded=False, reason="Not enough is left.")
    given(training_session.TRAINING_SESSION, *SCHEDULED, ASKED).when(note, session()).then(DENIED)
    given(training_session.TRAINING_SESSION, *SCHEDULED, ASKED, DENIED).when(note, session()).then()


def test_finance_is_asked_again_for_what_it_refused_at_the_same_cost_or_another() -> None:
    refused = given(training_session.TRAINING_SESSION, *SCHEDULED, ASKED, DENIED)
    same, less = (training_session.AskForFunding(cost=cost) for cost in (TERMS["cost"], money(5)))
    again = ASKED.model_copy(update={"request": 2})
    refused.when(same, session(policy=PAID)).then(again)
    cheaper = again.model_copy(update={"cost": money(5)})
    refused.when(less, session(policy=PAID)).then(training_session.SessionCostRevised(cost=money(5)), cheaper)
    refused.when(less, session()).then_refused("funding-required")
    negative = training_session.AskForFunding(cost=money(-1))
    refused.when(negative, session(policy=PAID)).then_refused("cost-not-negative")
    asked = given(training_session.TRAINING_SESSION, *SCHEDULED, ASKED)
    asked.when(same, session(policy=PAID)).then()
    asked.when(less, session(policy=PAID)).then_refused("funding-refused")
    over = given(training_session.TRAINING_SESSION, *CANCELLED)
    over.when(less, session(policy=PAID)).then_refused("session-scheduled")
