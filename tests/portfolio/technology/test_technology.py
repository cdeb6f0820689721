"""The rules of technologies: every move takes an evaluation of its own that recommends it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, IssuedCommand, NotFound
from contracts.portfolio import technology as events
from contracts.portfolio.technology import Quadrant, Ring
from contracts.roles import Role
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.technology.commands import TECHNOLOGIES
from services.portfolio.technology.domain import evaluation, technology
from services.portfolio.technology.domain.evaluation import EVALUATION, Evaluation, EvaluationFacts
from services.portfolio.technology.domain.technology import TECHNOLOGY, TechnologyFacts
from tests.scenarios import given, who_may

ID, DIVISION, FIRST, SECOND, OTHER_ID = (UUID(int=n) for n in range(100, 105))
PERSON = UUID(int=1)
TODAY = date(2026, 11, 30)
AT = datetime.combine(TODAY, time(9), UTC)
ACTOR = Actor(str(PERSON), frozenset({Role.MANAGER}))

NOTICE = technology.NoticeTechnology(name="Wasm", quadrant=Quadrant.PLATFORMS, division_id=DIVISION)
NOTICED = events.TechnologyNoticed(**vars(NOTICE))


def evaluated(recommends: Ring, **changes: Any) -> events.TechnologyEvaluated:
    said = {
        "technology_id": ID,
        "division_id": DIVISION,
        "recommends": recommends,
        "findings": "It is fast.",
        "evidence": "bench/42",
        "evaluated_by": PERSON,
        "evaluated_on": TODAY,
    }
    return events.TechnologyEvaluated(**said | changes)


def recorded(recommends: Ring, **changes: Any) -> Evaluation:
    return Evaluation(**vars(evaluated(recommends)) | changes)


def facts(**known: Any) -> TechnologyFacts:
    return TechnologyFacts(actor=ACTOR, at=AT, id=ID, **{"division_open": True, **known})


def move(ring: Ring, evaluation_id: UUID = FIRST) -> technology.MoveTechnology:
    return technology.MoveTechnology(ring=ring, evaluation_id=evaluation_id, reason="As found.")


def moved(ring: Ring, from_ring: Ring | None = None, evaluation_id: UUID = FIRST) -> events.TechnologyMoved:
    return events.TechnologyMoved(from_ring=from_ring, ring=ring, evaluation_id=evaluation_id, reason="As found.")


def test_a_technology_is_noticed_for_one_division_or_for_all() -> None:
    given(TECHNOLOGY).when(NOTICE, facts()).then(NOTICED)
    given(TECHNOLOGY, NOTICED).when(NOTICE, facts()).then()
    given(TECHNOLOGY).when(NOTICE, facts(division_open=False)).then_refused("division-closed")
    everywhere = NOTICE.model_copy(update={"division_id": None})
    given(TECHNOLOGY).when(everywhere, facts(division_open=None)).then(NOTICED.model_copy(update={"division_id": None}))
    given(TECHNOLOGY, NOTICED).when(everywhere, facts()).then_refused("already-exists")


def test_a_technology_is_described_anew() -> None:
    described = {"name": "WebAssembly", "summary": "Runs anywhere.", "quadrant": Quadrant.TOOLS}
    again = technology.DescribeTechnology(**described)
    given(TECHNOLOGY, NOTICED).when(again, facts()).then(events.TechnologyDescribed(**described))
    given(TECHNOLOGY, NOTICED, events.TechnologyDescribed(**described)).when(again, facts()).then()


def test_no_ring_is_reached_without_an_evaluation_of_this_very_technology() -> None:
    given(TECHNOLOGY, NOTICED).when(move(Ring.ASSESS), facts()).then_refused("evaluation-not-known")
    others = facts(evaluation=recorded(Ring.ASSESS, technology_id=OTHER_ID))
    given(TECHNOLOGY, NOTICED).when(move(Ring.ASSESS), others).then_refused("evaluation-not-known")


@pytest.mark.parametrize("ring", list(Ring))
def test_from_noticed_it_moves_to_the_ring_recommended(ring: Ring) -> None:
    given(TECHNOLOGY, NOTICED).when(move(ring), facts(evaluation=recorded(ring))).then(moved(ring))


@pytest.mark.parametrize("ring", [Ring.ASSESS, Ring.ADOPT, Ring.HOLD])
def test_rings_change_in_either_direction(ring: Ring) -> None:
    again = facts(evaluation=recorded(ring), last=recorded(Ring.TRIAL))
    expected = moved(ring, Ring.TRIAL, SECOND)
    given(TECHNOLOGY, NOTICED, moved(Ring.TRIAL)).when(move(ring, SECOND), again).then(expected)


def test_a_move_follows_what_the_evaluation_recommends() -> None:
    said = facts(evaluation=recorded(Ring.HOLD))
    given(TECHNOLOGY, NOTICED).when(move(Ring.ADOPT), said).then_refused("ring-as-evaluated")


def test_every_move_takes_an_evaluation_of_its_own() -> None:
    for status in (evaluation.EvaluationStatus.FOLLOWED, evaluation.EvaluationStatus.DISMISSED):
        used = facts(evaluation=recorded(Ring.TRIAL, status=status))
        given(TECHNOLOGY, NOTICED).when(move(Ring.TRIAL), used).then_refused("evaluation-used")
    given(TECHNOLOGY, NOTICED, moved(Ring.TRIAL)).when(move(Ring.TRIAL), facts()).then()
    confirmed = facts(evaluation=recorded(Ring.TRIAL), last=recorded(Ring.TRIAL))
    given(TECHNOLOGY, NOTICED, moved(Ring.TRIAL)).when(move(Ring.TRIAL, SECOND), confirmed).then_refused("ring-changes")


def test_an_evaluation_older_than_that_of_the_last_move_moves_nothing() -> None:
    older = recorded(Ring.HOLD, evaluated_on=TODAY - timedelta(days=1))
    known = facts(evaluation=older, last=recorded(Ring.TRIAL))
    given(TECHNOLOGY, NOTICED, moved(Ring.TRIAL)).when(move(Ring.HOLD, SECOND), known).then_refused(
        "evaluation-outdated"
    )


def test_the_evaluation_is_followed_in_the_same_append() -> None:
    state = TECHNOLOGY.fold([NOTICED])
    assert state is not None
    issued = technology.followed(move(Ring.TRIAL), state, state, facts())
    assert issued == [IssuedCommand(EVALUATION, FIRST, evaluation.FollowEvaluation())]


def test_those_who_shape_initiatives_move_it() -> None:
    said = facts(evaluation=recorded(Ring.TRIAL))
    who_may(TECHNOLOGIES, NOTICED).when(move(Ring.TRIAL), said).then(moved(Ring.TRIAL))
    staff = TechnologyFacts(actor=Actor(str(PERSON)), at=AT, id=ID, evaluation=recorded(Ring.TRIAL))
    who_may(TECHNOLOGIES, NOTICED).when(move(Ring.TRIAL), staff).then_refused("not-authorised")


RECORD = evaluation.RecordEvaluation(
    technology_id=ID,
    recommends=Ring.TRIAL,
    findings="It is fast.",
    evidence="bench/42",
    evaluated_by=PERSON,
    evaluated_on=TODAY,
)


def evaluating(**known: Any) -> EvaluationFacts:
    rows: dict[str, Any] = {
        "technology_known": True,
        "technology_division": DIVISION,
        "evaluator": KnownPerson(PERSON, Grade.STAFF, active=True),
    }
    return EvaluationFacts(actor=ACTOR, at=AT, id=FIRST, **rows | known)


def test_an_evaluation_is_of_a_known_technology_by_a_known_person_on_a_day_that_has_come() -> None:
    given(EVALUATION).when(RECORD, evaluating()).then(evaluated(Ring.TRIAL))
    given(EVALUATION, evaluated(Ring.TRIAL)).when(RECORD, evaluating()).then()
    given(EVALUATION, evaluated(Ring.HOLD)).when(RECORD, evaluating()).then_refused("already-exists")
    given(EVALUATION).when(RECORD, evaluating(evaluator=None)).then_refused("person-not-known-yet")
    ahead = RECORD.model_copy(update={"evaluated_on": TODAY + timedelta(days=1)})
    given(EVALUATION).when(ahead, evaluating()).then_refused("not-in-the-future")
    with pytest.raises(NotFound):
        given(EVALUATION).when(RECORD, evaluating(technology_known=False)).then()


def test_nothing_follows_from_an_evaluation_twice() -> None:
    dismiss, follow = evaluation.DismissEvaluation(reason="Too early."), evaluation.FollowEvaluation()
    dismissed, followed = events.EvaluationDismissed(reason="Too early."), events.EvaluationFollowed()
    given(EVALUATION, evaluated(Ring.TRIAL)).when(follow, evaluating()).then(followed)
    given(EVALUATION, evaluated(Ring.TRIAL), followed).when(follow, evaluating()).then_refused("evaluation-used")
    given(EVALUATION, evaluated(Ring.TRIAL)).when(dismiss, evaluating()).then(dismissed)
    given(EVALUATION, evaluated(Ring.TRIAL), dismissed).when(dismiss, evaluating()).then()
    given(EVALUATION, evaluated(Ring.TRIAL), followed).when(dismiss, evaluating()).then_refused("evaluation-used")
