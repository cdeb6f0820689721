"""The acceptance of a risk: given by somebody who neither asked nor owns it, until a day, for what it was then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from chassis.domain.clock import day_begins
from chassis.domain.decider import Actor
from contracts.portfolio import risks
from contracts.roles import Role
from services.portfolio.risks.commands import RISKS
from services.portfolio.risks.domain.risk import acceptance, scoring
from services.portfolio.risks.domain.risk.model import RiskStatus
from services.portfolio.risks.domain.risk.rules import RISK
from services.portfolio.risks.domain.risk_policy import Position
from tests.portfolio.risks.story import (
    ANALYSED,
    ASKED,
    AT_ACCEPTED,
    AT_ASKED,
    AT_EVALUATED,
    AT_TREATING,
    CHIEF,
    CHOSEN,
    GIVEN,
    HEAD,
    LOW,
    MANAGER,
    OTHER,
    OWNER,
    SENIOR,
    TODAY,
    UNTIL,
    WATCHED,
    facts,
)
from tests.scenarios import given, who_may

ASK = acceptance.AskAcceptance(until=UNTIL, reason="Nothing helps.")
GIVE = acceptance.GiveAcceptance(reason="Agreed.")
REFUSED = risks.RiskAcceptanceRefused(reason="Too much.")
EXPIRED = risks.RiskAcceptanceEnded(how="expired", to_id=MANAGER, reason=acceptance.EXPIRED)
LATER = UNTIL + timedelta(days=1)


def test_what_is_asked_for_keeps_scores_policy_and_treatment() -> None:
    given(RISK, *AT_TREATING).when(ASK, facts()).then(ASKED)
    assert (ASKED.inherent, ASKED.current) == (ANALYSED.inherent, ANALYSED.current)
    assert ASKED.current.policy_version == 1
    given(RISK, *AT_ASKED).when(ASK, facts()).then()


def test_an_acceptance_is_asked_for_once_a_treatment_was_chosen_until_a_day_to_come() -> None:
    given(RISK, *AT_EVALUATED).when(ASK, facts()).then_refused("acceptance-needs-treatment")
    past = acceptance.AskAcceptance(until=TODAY - timedelta(days=1), reason="Now.")
    given(RISK, *AT_TREATING).when(past, facts()).then_refused("acceptance-lies-ahead")


def test_one_acceptance_at_a_time_is_asked_for_unless_its_day_is_over() -> None:
    other = acceptance.AskAcceptance(until=UNTIL, reason="Please.")
    given(RISK, *AT_ASKED).when(other, facts()).then_refused("acceptance-asked")
    anew = acceptance.AskAcceptance(until=LATER, reason="Please.")
    asked = ASKED.model_copy(update={"until": LATER, "reason": "Please."})
    given(RISK, *AT_ASKED).when(anew, facts(on=LATER)).then(asked)


@pytest.mark.parametrize(
    ("actor", "roles"), [(MANAGER, []), (SENIOR, []), (CHIEF, []), (HEAD, []), (OTHER, [Role.EXECUTIVE])]
)
def test_the_line_above_the_head_and_executives_accept(actor: UUID, roles: Sequence[str]) -> None:
    given_by = GIVEN.model_copy(update={"given_by": actor})
    who_may(RISKS, *AT_ASKED).when(GIVE, facts(actor, roles=roles)).then(given_by, WATCHED)


def test_others_do_not_accept() -> None:
    who_may(RISKS, *AT_ASKED).when(GIVE, facts(OTHER)).then_refused("not-authorised")
    office = facts(OTHER, roles=[Role.PORTFOLIO_OFFICE])
    who_may(RISKS, *AT_ASKED).when(GIVE, office).then_refused("not-authorised")


def by(*persons: UUID) -> tuple[BaseModel, ...]:
    """An acceptance asked for by these."""
    return (*AT_TREATING, ASKED.model_copy(update={"asked_by": persons}))


@pytest.mark.parametrize(
    ("asked_by", "actor", "for_whom"),
    [
        ((MANAGER,), MANAGER, None),  # asked for it
        ((MANAGER,), OTHER, MANAGER),  # in the place of who asked
        ((OTHER, MANAGER), MANAGER, None),  # it was asked in their place
        ((OTHER, MANAGER), OTHER, SENIOR),  # asked for it in another's place
        ((MANAGER,), OWNER, SENIOR),  # owns the risk, and stands in for somebody above
    ],
)
def test_nobody_accepts_what_they_asked_for_or_own_in_whatever_place(
    asked_by: tuple[UUID, ...], actor: UUID, for_whom: UUID | None
) -> None:
    for command in (GIVE, acceptance.RefuseAcceptance(reason="No.")):
        refused = who_may(RISKS, *by(*asked_by)).when(command, facts(actor, for_whom)).then_refused("own-acceptance")
        assert "manager above the owner" in refused.remedy


def test_a_system_does_not_accept_what_it_asked_for_and_another_one_does() -> None:
    asks, another = (
        replace(facts(), actor=Actor(name, frozenset({Role.EXECUTIVE}))) for name in ("system:grc", "system:office")
    )
    asked = ASKED.model_copy(update={"asked_by": (), "asking_systems": ("system:grc",)})
    given(RISK, *AT_TREATING).when(ASK, asks).then(asked)
    for command in (GIVE, acceptance.RefuseAcceptance(reason="No.")):
        who_may(RISKS, *AT_TREATING, asked).when(command, asks).then_refused("own-acceptance")
    accepted = GIVEN.model_copy(update={"given_by": None})
    who_may(RISKS, *AT_TREATING, asked).when(GIVE, another).then(accepted, WATCHED)


def test_the_owner_does_not_accept_as_an_executive_either() -> None:
    own = facts(OWNER, roles=[Role.EXECUTIVE])
    who_may(RISKS, *by(MANAGER)).when(GIVE, own).then_refused("own-acceptance")


def test_a_stand_in_for_a_manager_above_accepts() -> None:
    accepted = GIVEN.model_copy(update={"given_by": SENIOR})
    who_may(RISKS, *AT_ASKED).when(GIVE, facts(OTHER, SENIOR)).then(accepted, WATCHED)


def test_an_acceptance_is_given_while_its_day_lies_ahead() -> None:
    given(RISK, *AT_ASKED).when(GIVE, facts(MANAGER, on=LATER)).then_refused("acceptance-lies-ahead")
    given(RISK, *AT_TREATING).when(GIVE, facts(MANAGER)).then_refused("acceptance-not-asked")


def test_a_risk_that_is_being_mitigated_stays_so_while_it_is_accepted() -> None:
    mitigated = {"treatment": risks.RiskTreatment.MITIGATE}
    events = (*AT_EVALUATED, CHOSEN.model_copy(update=mitigated), ASKED.model_copy(update=mitigated))
    given(RISK, *events).when(GIVE, facts(MANAGER)).then(GIVEN)


def test_a_refusal_leaves_everything_as_it_is() -> None:
    command = acceptance.RefuseAcceptance(reason="Too much.")
    given(RISK, *AT_ASKED).when(command, facts(MANAGER)).then(REFUSED)
    assert RISK.fold([*AT_ASKED, REFUSED]) == RISK.fold(AT_TREATING)
    given(RISK, *AT_TREATING).when(command, facts(MANAGER)).then_refused("acceptance-not-asked")


def test_an_acceptance_ends_after_its_last_day_reopens_the_risk_and_tells_the_next_level() -> None:
    expire = acceptance.ExpireAcceptance()
    given(RISK, *AT_ACCEPTED).when(expire, facts("system", on=UNTIL)).then()
    given(RISK, *AT_ACCEPTED).when(expire, facts("system", on=LATER)).then(EXPIRED)
    given(RISK, *AT_ACCEPTED, EXPIRED).when(expire, facts("system", on=LATER)).then()
    state = RISK.fold([*AT_ACCEPTED, EXPIRED])
    assert state is not None
    assert (state.status, state.acceptance, state.told_id) == (RiskStatus.EVALUATED, None, MANAGER)
    nobody = EXPIRED.model_copy(update={"to_id": None})
    given(RISK, *AT_ACCEPTED).when(expire, facts("system", on=LATER, above=None)).then(nobody)


def test_it_falls_due_in_the_time_zone_of_the_division() -> None:
    deadline = RISK.deadline(RISK.fold(AT_ACCEPTED))
    assert deadline is not None
    zone = ZoneInfo("America/New_York")
    assert deadline.due_in(zone) == day_begins(LATER, zone)
    for events in (AT_ASKED, [*AT_ACCEPTED, EXPIRED], [*AT_ACCEPTED, risks.RiskClosed(reason="Over.")]):
        assert RISK.deadline(RISK.fold(events)) is None


def test_extending_is_a_decision_of_its_own_and_the_present_one_holds_until_then() -> None:
    extend = acceptance.AskAcceptance(until=LATER, reason="It goes on.")
    asked = ASKED.model_copy(update={"until": LATER, "reason": "It goes on."})
    given(RISK, *AT_ACCEPTED).when(extend, facts()).then(asked)
    state = RISK.fold([*AT_ACCEPTED, asked])
    assert state is not None
    assert state.acceptance is not None
    assert state.acceptance.until == UNTIL
    further = GIVEN.model_copy(update={"until": LATER})
    given(RISK, *AT_ACCEPTED, asked).when(GIVE, facts(MANAGER)).then(further)
    extended = RISK.fold([*AT_ACCEPTED, asked, further])
    assert extended is not None
    assert extended.acceptance is not None
    assert extended.acceptance.until == LATER
    refused = RISK.fold([*AT_ACCEPTED, asked, REFUSED])
    assert refused == RISK.fold(AT_ACCEPTED)


def test_a_material_change_ends_what_was_given_and_what_was_asked() -> None:
    better = scoring.ScoreRisk(current=Position(likelihood="2", impact="3"), reason="Less of it.")
    rescored = risks.RiskRescored(current=LOW, review_on=TODAY + timedelta(days=90), reason="Less of it.")
    ended = risks.RiskAcceptanceEnded(how="withdrawn", to_id=MANAGER, reason="It was scored again.")
    given(RISK, *AT_ACCEPTED).when(better, facts()).then(rescored, ended)
    withdrawn = risks.RiskAcceptanceRequestWithdrawn(reason="It was scored again.")
    given(RISK, *AT_ASKED).when(better, facts()).then(rescored, withdrawn)
    same = scoring.ScoreRisk(current=Position(likelihood="possible", impact="major"), reason="Again.")
    given(RISK, *AT_ACCEPTED).when(same, facts()).then()


def test_another_treatment_needs_another_acceptance() -> None:
    command = scoring.TreatRisk(treatment=risks.RiskTreatment.TRANSFER, plan="Insure it.")
    chosen = risks.RiskTreatmentChosen(
        treatment=risks.RiskTreatment.TRANSFER, plan="Insure it.", due_on=None, residual=None
    )
    ended = risks.RiskAcceptanceEnded(how="withdrawn", to_id=MANAGER, reason="Another treatment was chosen.")
    given(RISK, *AT_ACCEPTED).when(command, facts()).then(ended, chosen)
    state = RISK.fold([*AT_ACCEPTED, ended, chosen])
    assert state is not None
    assert (state.status, state.acceptance) == (RiskStatus.TREATING, None)


def test_what_is_asked_for_is_withdrawn_before_what_is_in_force() -> None:
    command = acceptance.WithdrawAcceptance(reason="We can do better.")
    withdrawn = risks.RiskAcceptanceRequestWithdrawn(reason="We can do better.")
    ended: Any = risks.RiskAcceptanceEnded(how="withdrawn", to_id=MANAGER, reason="We can do better.")
    given(RISK, *AT_ASKED).when(command, facts()).then(withdrawn)
    given(RISK, *AT_ACCEPTED, ASKED).when(command, facts()).then(withdrawn)
    given(RISK, *AT_ACCEPTED).when(command, facts()).then(ended)
    given(RISK, *AT_TREATING).when(command, facts()).then_refused("risk-not-accepted")
