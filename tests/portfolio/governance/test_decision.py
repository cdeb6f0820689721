"""The rules of decisions."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor, NotFound
from contracts.portfolio import governance
from contracts.values import Grade
from services.portfolio.governance.commands import DECISIONS
from services.portfolio.governance.domain import decision
from services.portfolio.governance.domain.decision import DECISION, Decision
from services.portfolio.organisation.domain.known import KnownPerson
from tests.scenarios import given, who_may

ID, OTHER, ADA, BOB, THING = (UUID(int=number) for number in range(1, 6))
TODAY, DAY = date(2026, 11, 30), timedelta(days=1)
LOG = decision.LogDecision(
    title="One data centre",
    options=("one", "two"),
    chosen="one",
    rationale="It is enough.",
    decided_by=ADA,
    decided_on=TODAY,
)
LOGGED = governance.DecisionLogged(
    title="One data centre",
    options=("one", "two"),
    chosen="one",
    rationale="It is enough.",
    decided_by=ADA,
    supersedes=None,
    due_on=None,
    division_id=None,
    initiative_id=None,
    project_id=None,
    effective_on=TODAY,
)
CARRY_OUT = decision.CarryOutDecision(carried_out_on=TODAY, note="Done.")
CARRIED_OUT = governance.DecisionCarriedOut(note="Done.", effective_on=TODAY)
GIVE_UP, GIVEN_UP = decision.GiveUpDecision(reason="No money."), governance.DecisionNotCarriedOut(reason="No money.")
SUPERSEDED = governance.DecisionSuperseded(by_id=OTHER)


def facts(actor: UUID = ADA, **known: Any) -> decision.DecisionFacts:
    rows: dict[str, Any] = {"decider": KnownPerson(ADA, Grade.EXECUTIVE, active=True), "division_open": True, **known}
    return decision.DecisionFacts(Actor(str(actor)), datetime(2026, 11, 30, 9, tzinfo=UTC), ID, **rows)


def log(**changes: Any) -> decision.LogDecision:
    return LOG.model_copy(update=changes)


def test_a_decision_is_logged_with_its_options_its_rationale_and_who_decided() -> None:
    given(DECISION).when(LOG, facts()).then(LOGGED)
    given(DECISION, LOGGED).when(LOG, facts()).then()
    given(DECISION, LOGGED).when(log(title="Two"), facts()).then_refused("already-exists")


def test_what_was_chosen_is_one_of_the_options() -> None:
    given(DECISION).when(log(chosen="three"), facts()).then_refused("chosen-is-an-option")


def test_nobody_decided_tomorrow_and_nobody_unknown_decided() -> None:
    given(DECISION).when(log(decided_on=TODAY + DAY), facts()).then_refused("not-in-the-future")
    given(DECISION).when(LOG, facts(decider=None)).then_refused("person-not-known-yet")


def test_a_decision_is_not_due_before_it_is_made() -> None:
    with pytest.raises(ValidationError) as refused:
        decision.LogDecision.model_validate({**LOG.model_dump(mode="json"), "due_on": str(TODAY - DAY)})
    assert refused.value.errors()[0]["loc"] == ("due_on",)


def test_what_a_decision_is_about_exists() -> None:
    about = log(project_id=THING)
    with pytest.raises(NotFound):
        decision.decide(None, about, facts(unknown=True))
    given(DECISION).when(about, facts()).then(LOGGED.model_copy(update={"project_id": THING}))
    of_division = log(division_id=THING)
    given(DECISION).when(of_division, facts(division_open=None)).then_refused("division-not-known-yet")


def test_a_decision_is_carried_out_or_not_after_it_was_made() -> None:
    given(DECISION, LOGGED).when(CARRY_OUT, facts()).then(CARRIED_OUT)
    given(DECISION, LOGGED).when(GIVE_UP, facts()).then(GIVEN_UP)
    early = decision.CarryOutDecision(carried_out_on=TODAY - DAY)
    given(DECISION, LOGGED).when(early, facts()).then_refused("carried-out-after-it-was-made")
    late = decision.CarryOutDecision(carried_out_on=TODAY + DAY)
    given(DECISION, LOGGED).when(late, facts()).then_refused("not-in-the-future")


@pytest.mark.parametrize(("end", "again", "other"), [(CARRIED_OUT, CARRY_OUT, GIVE_UP), (GIVEN_UP, GIVE_UP, CARRY_OUT)])
def test_a_decision_ends_once(end: Any, again: Any, other: Any) -> None:
    given(DECISION, LOGGED, end).when(again, facts()).then()
    given(DECISION, LOGGED, end).when(other, facts()).then_refused("decision-logged")


def test_what_a_decision_supersedes_exists_and_holds() -> None:
    superseding = log(supersedes=OTHER)
    held = Decision(**{**LOG.model_dump(), "chosen": "two"})
    given(DECISION).when(superseding, facts(superseded=held)).then(LOGGED.model_copy(update={"supersedes": OTHER}))
    with pytest.raises(NotFound):
        decision.decide(None, superseding, facts())
    gone = held.but(status=decision.DecisionStatus.SUPERSEDED, superseded_by=BOB)
    refused = given(DECISION).when(superseding, facts(superseded=gone)).then_refused("superseded-once")
    assert str(BOB) in refused.detail


def test_no_decision_supersedes_itself() -> None:
    with pytest.raises(NotFound):
        decision.decide(None, log(supersedes=ID), facts())


def test_the_superseded_one_names_what_took_its_place_once() -> None:
    command = decision.SupersedeDecision(by_id=OTHER)
    for history in ((LOGGED,), (LOGGED, CARRIED_OUT)):
        given(DECISION, *history).when(command, facts()).then(SUPERSEDED)
    given(DECISION, LOGGED, SUPERSEDED).when(command, facts()).then()
    given(DECISION, LOGGED, SUPERSEDED).when(CARRY_OUT, facts()).then_refused("decision-logged")


def test_who_decided_says_whether_it_was_carried_out_and_nobody_else_without_a_role() -> None:
    who_may(DECISIONS, LOGGED).when(CARRY_OUT, facts(ADA)).then(CARRIED_OUT)
    who_may(DECISIONS, LOGGED).when(CARRY_OUT, facts(BOB)).then_refused("not-authorised")
