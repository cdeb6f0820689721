"""The rules of gates."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Forbidden, NotFound
from contracts.portfolio import Stage, governance
from contracts.portfolio.governance import GateDecision
from services.portfolio.governance.commands import GATES
from services.portfolio.governance.domain import gate
from services.portfolio.governance.domain.gate import GATE
from services.portfolio.projects.domain.project.model import Project
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.specification import ApproveProject, RecycleProject
from services.portfolio.projects.domain.project.work import CancelProject, PutProjectOnHold, ResumeProject
from tests.portfolio.projects.story import (
    AT_SPECIFIED,
    BOARD,
    CHIEF,
    DELEGATED,
    GIVEN_UP,
    MANAGER,
    OTHER,
    PROJECT_ID,
    SENIOR,
    chief,
    senior,
)
from tests.scenarios import given, who_may

ID = UUID(int=50)
PROPOSE = gate.ProposeGate(project_id=PROJECT_ID, name="Approval", note="Ready.")
PROPOSED = governance.GateProposed(
    project_id=PROJECT_ID, name="Approval", note="Ready.", proposed_by=("portfolio office",)
)
GO = gate.DecideGate(decision=GateDecision.GO, rationale="It pays.")
WITHDRAW, WITHDRAWN = (
    gate.WithdrawGate(reason="Not ready."),
    governance.GateWithdrawn(project_id=PROJECT_ID, reason="Not ready."),
)


def project(*events: Any) -> Project:
    found = PROJECT.fold(events or AT_SPECIFIED)
    assert found is not None
    return found


def facts(actor: UUID | str = CHIEF, for_whom: UUID | None = None, **known: Any) -> gate.GateFacts:
    rows = {"project": project(), "accountable": senior, "division_head": chief, "division_open": True, **known}
    acting = Actor(str(actor), for_whom=str(for_whom) if for_whom else None)
    return gate.GateFacts(acting, datetime(2026, 11, 30, 9, tzinfo=UTC), ID, **rows)


def decided(decision: GateDecision = GateDecision.GO, *by: UUID) -> governance.GateDecided:
    return governance.GateDecided(
        project_id=PROJECT_ID,
        decision=decision,
        rationale="It pays.",
        decided_by=tuple(str(each) for each in by or (CHIEF,)),
    )


def test_a_project_asks_to_pass_one_gate_at_a_time() -> None:
    given(GATE).when(PROPOSE, facts("portfolio office")).then(PROPOSED)
    given(GATE, PROPOSED).when(PROPOSE, facts("portfolio office")).then()
    given(GATE).when(PROPOSE, facts(proposed_already=True)).then_refused("one-gate-at-a-time")
    other = PROPOSE.model_copy(update={"name": "Stage 2"})
    given(GATE, PROPOSED).when(other, facts()).then_refused("already-exists")


def test_only_a_project_that_goes_on_passes_a_gate() -> None:
    given(GATE).when(PROPOSE, facts(project=project(*GIVEN_UP))).then_refused("project-ended")
    given(GATE, PROPOSED).when(GO, facts(project=project(*GIVEN_UP))).then_refused("project-ended")
    with pytest.raises(NotFound):
        gate.decide(None, PROPOSE, facts(project=None))


def test_a_gate_is_decided_once() -> None:
    given(GATE, PROPOSED).when(GO, facts()).then(decided())
    given(GATE, PROPOSED, decided()).when(GO, facts()).then()
    kill = gate.DecideGate(decision=GateDecision.KILL, rationale="It does not.")
    given(GATE, PROPOSED, decided()).when(kill, facts()).then_refused("gate-proposed")


def test_what_is_withdrawn_is_not_decided_and_what_is_decided_not_withdrawn() -> None:
    given(GATE, PROPOSED).when(WITHDRAW, facts()).then(WITHDRAWN)
    given(GATE, PROPOSED, WITHDRAWN).when(WITHDRAW, facts()).then()
    given(GATE, PROPOSED, WITHDRAWN).when(GO, facts()).then_refused("gate-proposed")
    given(GATE, PROPOSED, decided()).when(WITHDRAW, facts()).then_refused("gate-proposed")


HOLD, CANCEL, RECYCLE = PutProjectOnHold(reason="Why."), CancelProject(reason="Why."), RecycleProject(reason="Why.")
EFFECTS: dict[Stage, tuple[Any, Any, Any, Any]] = {
    Stage.PROPOSED: (ApproveProject(), None, CANCEL, None),
    Stage.SPECIFIED: (ApproveProject(), None, CANCEL, RECYCLE),
    Stage.APPROVED: (None, None, CANCEL, RECYCLE),
    Stage.FUNDED: (None, None, CANCEL, RECYCLE),
    Stage.IN_PROGRESS: (None, HOLD, CANCEL, RECYCLE),
    Stage.ON_HOLD: (ResumeProject(), None, CANCEL, RECYCLE),
    Stage.CLOSING: (None, HOLD, CANCEL, RECYCLE),
}


@pytest.mark.parametrize("stage", EFFECTS)
def test_the_project_follows_the_decision_from_where_it_is(stage: Stage) -> None:
    found = tuple(gate.effect(decision, stage, "Why.") for decision in GateDecision)
    assert found == EFFECTS[stage]


def test_the_head_a_manager_above_and_whom_policy_names_decide() -> None:
    for actor in (CHIEF, BOARD):
        named = facts(actor, gate_authorities=frozenset({BOARD}))
        who_may(GATES, PROPOSED).when(GO, named).then(decided(GateDecision.GO, actor))
    above = facts(OTHER, accountable=replace(senior, line=(OTHER,)))
    who_may(GATES, PROPOSED).when(GO, above).then(decided(GateDecision.GO, OTHER))


def test_others_are_told_who_could() -> None:
    refused = who_may(GATES, PROPOSED).when(GO, facts(OTHER)).then_refused("gate-by-named-authority")
    assert isinstance(refused, Forbidden)
    assert "the division's head, a manager above the accountable one or an authority named by policy" in refused.detail


EVERYBODY = frozenset({SENIOR, MANAGER, BOARD, CHIEF, OTHER})


def test_who_answers_for_the_project_does_not_decide_nor_somebody_in_their_place() -> None:
    for actor in (facts(SENIOR, gate_authorities=EVERYBODY), facts(BOARD, SENIOR, gate_authorities=EVERYBODY)):
        refused = who_may(GATES, PROPOSED).when(GO, actor).then_refused("approver-does-not-answer")
        assert "division's head" in refused.remedy
    delegate = facts(MANAGER, gate_authorities=EVERYBODY, project=project(*AT_SPECIFIED, *DELEGATED))
    who_may(GATES, PROPOSED).when(GO, delegate).then_refused("approver-does-not-answer")


def test_who_proposed_it_does_not_decide_nor_somebody_in_their_place() -> None:
    by_chief = PROPOSED.model_copy(update={"proposed_by": (str(CHIEF),)})
    for actor in (facts(CHIEF), facts(BOARD, CHIEF)):
        refused = who_may(GATES, by_chief).when(GO, actor).then_refused("proposer-does-not-decide")
        assert "named by policy" in refused.remedy
    for_chief = PROPOSED.model_copy(update={"proposed_by": (str(BOARD), str(CHIEF))})
    named = facts(BOARD, gate_authorities=EVERYBODY)
    who_may(GATES, for_chief).when(GO, named).then_refused("proposer-does-not-decide")


def test_a_stand_in_decides_for_the_authority_they_replace_and_both_are_named() -> None:
    who_may(GATES, PROPOSED).when(GO, facts(BOARD, CHIEF)).then(decided(GateDecision.GO, BOARD, CHIEF))


def test_those_who_answer_for_a_project_propose_and_withdraw() -> None:
    who_may(GATES).when(PROPOSE, facts(SENIOR)).then(PROPOSED.model_copy(update={"proposed_by": (str(SENIOR),)}))
    who_may(GATES).when(PROPOSE, facts(OTHER)).then_refused("not-authorised")
    who_may(GATES, PROPOSED).when(WITHDRAW, facts(SENIOR)).then(WITHDRAWN)
    who_may(GATES, PROPOSED).when(WITHDRAW, facts(OTHER)).then_refused("not-authorised")
