"""The rules of initiatives."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor, NotFound
from chassis.domain.scenarios import given
from contracts.portfolio import (
    InitiativeApproved,
    InitiativeCompleted,
    InitiativeRenamed,
    InitiativeShaped,
    InitiativeStarted,
    InitiativeStopped,
    Outcome,
    Source,
)
from services.portfolio.domain.initiative import (
    INITIATIVE,
    ApproveInitiative,
    CompleteInitiative,
    Initiative,
    InitiativeCommand,
    InitiativeFacts,
    InitiativeStage,
    RenameInitiative,
    ShapeInitiative,
    StartInitiative,
    StopInitiative,
)

DIVISION = UUID(int=1)
SOURCE = Source(system="itdashboard", reference="005-000001723")
SHAPE = ShapeInitiative(name="Paperless", purpose="No paper.", division_id=DIVISION)
SHAPED = InitiativeShaped(**dict(SHAPE))
IMPORT = SHAPE.model_copy(update={"source": SOURCE})
IMPORTED = InitiativeShaped(**dict(IMPORT))
APPROVED, STARTED = InitiativeApproved(), InitiativeStarted()
COMPLETE = CompleteInitiative(outcome=Outcome.SUCCEEDED, summary="No paper left.")
COMPLETED = InitiativeCompleted(outcome=Outcome.SUCCEEDED, summary="No paper left.")
STOPPED = InitiativeStopped(reason="no benefit")
RENAME, RENAMED = RenameInitiative(name="Digital"), InitiativeRenamed(name="Digital")
RUNNING = (SHAPED, APPROVED, STARTED)
ENDINGS = [(*RUNNING, COMPLETED), (SHAPED, STOPPED)]


def facts(**known: Any) -> InitiativeFacts:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return InitiativeFacts(actor=Actor("tests"), at=at, id=UUID(int=9), **{"division_open": True, **known})


def test_an_initiative_is_shaped_in_an_open_division() -> None:
    given(INITIATIVE).when(SHAPE, facts()).then(SHAPED)
    given(INITIATIVE).when(SHAPE, facts(division_open=False)).then_refused("division-closed")


def test_a_division_portfolio_has_not_heard_of_is_refused_for_now() -> None:
    refused = given(INITIATIVE).when(SHAPE, facts(division_open=None)).then_refused("division-not-known-yet")
    assert "again" in refused.remedy


def test_shaping_it_again_with_the_same_facts_changes_nothing_at_any_stage() -> None:
    for history in ((SHAPED,), RUNNING, *ENDINGS):
        given(INITIATIVE, *history).when(SHAPE, facts(division_open=None)).then()


@pytest.mark.parametrize(
    "change", [{"name": "Digital"}, {"purpose": "Less."}, {"division_id": UUID(int=2)}, {"source": SOURCE}]
)
def test_shaping_another_one_under_the_same_id_is_refused(change: dict[str, Any]) -> None:
    given(INITIATIVE, SHAPED).when(SHAPE.model_copy(update=change), facts()).then_refused("already-exists")


def test_an_imported_initiative_follows_the_name_in_its_source() -> None:
    renamed = IMPORT.model_copy(update={"name": "Digital"})
    given(INITIATIVE, IMPORTED).when(renamed, facts()).then(RENAMED)
    given(INITIATIVE, IMPORTED, RENAMED).when(renamed, facts()).then()
    elsewhere = renamed.model_copy(update={"source": Source(system="itdashboard", reference="another")})
    given(INITIATIVE, IMPORTED).when(elsewhere, facts()).then_refused("already-exists")


def test_an_initiative_is_renamed_until_it_ends() -> None:
    given(INITIATIVE, SHAPED).when(RENAME, facts()).then(RENAMED)
    given(INITIATIVE, SHAPED, RENAMED).when(RENAME, facts()).then()
    for history in ENDINGS:
        given(INITIATIVE, *history).when(RENAME, facts()).then_refused("initiative-ended")


def test_an_initiative_is_shaped_approved_and_started_in_this_order() -> None:
    given(INITIATIVE, SHAPED).when(ApproveInitiative(), facts()).then(APPROVED)
    given(INITIATIVE, SHAPED, APPROVED).when(StartInitiative(), facts()).then(STARTED)
    given(INITIATIVE, SHAPED).when(StartInitiative(), facts()).then_refused("not-at-this-stage")
    given(INITIATIVE, *RUNNING).when(ApproveInitiative(), facts()).then_refused("not-at-this-stage")


def test_repeating_what_holds_changes_nothing() -> None:
    given(INITIATIVE, SHAPED, APPROVED).when(ApproveInitiative(), facts()).then()
    given(INITIATIVE, *RUNNING).when(StartInitiative(), facts()).then()
    given(INITIATIVE, *RUNNING, COMPLETED).when(COMPLETE, facts()).then()
    given(INITIATIVE, SHAPED, STOPPED).when(StopInitiative(reason="again"), facts()).then()


def test_only_a_running_initiative_completes() -> None:
    given(INITIATIVE, *RUNNING).when(COMPLETE, facts()).then(COMPLETED)
    given(INITIATIVE, SHAPED).when(COMPLETE, facts()).then_refused("not-at-this-stage")
    given(INITIATIVE, SHAPED, APPROVED).when(COMPLETE, facts()).then_refused("not-at-this-stage")


def test_an_initiative_completes_after_its_projects() -> None:
    refused = given(INITIATIVE, *RUNNING).when(COMPLETE, facts(open_projects=2))
    assert "2" in refused.then_refused("completes-after-its-projects").detail


def test_an_initiative_completes_with_an_outcome_unless_it_was_imported() -> None:
    unsaid = COMPLETE.model_copy(update={"outcome": Outcome.NOT_RECORDED})
    given(INITIATIVE, *RUNNING).when(unsaid, facts()).then_refused("outcome-required")
    imported = given(INITIATIVE, IMPORTED, APPROVED, STARTED).when(unsaid, facts())
    imported.then(COMPLETED.model_copy(update={"outcome": Outcome.NOT_RECORDED}))


def test_completing_needs_a_summary() -> None:
    empty = COMPLETE.model_copy(update={"summary": " "})
    given(INITIATIVE, *RUNNING).when(empty, facts()).then_refused("summary-required")


@pytest.mark.parametrize("history", [(SHAPED,), (SHAPED, APPROVED), RUNNING])
def test_any_initiative_that_has_not_ended_can_be_stopped(history: tuple[BaseModel, ...]) -> None:
    given(INITIATIVE, *history).when(StopInitiative(reason="no benefit"), facts(open_projects=2)).then(STOPPED)


@pytest.mark.parametrize("history", ENDINGS)
def test_an_initiative_that_has_ended_goes_nowhere(history: tuple[BaseModel, ...]) -> None:
    other = COMPLETE.model_copy(update={"summary": "Something else."})
    for command in (ApproveInitiative(), StartInitiative(), other):
        given(INITIATIVE, *history).when(command, facts()).then_refused("initiative-ended")


def test_a_completed_initiative_is_not_stopped() -> None:
    given(INITIATIVE, *RUNNING, COMPLETED).when(StopInitiative(reason="late"), facts()).then_refused("initiative-ended")


def test_what_was_never_shaped_does_not_exist() -> None:
    with pytest.raises(NotFound):
        given(INITIATIVE).when(RENAME, facts()).then()


def test_an_initiative_lives_from_its_shape_to_its_outcome() -> None:
    state: Initiative | None = None
    commands: list[InitiativeCommand] = [SHAPE, ApproveInitiative(), StartInitiative(), RENAME, COMPLETE]
    for command in commands:
        state = INITIATIVE.fold(INITIATIVE.decide(state, command, facts()), state)
    assert state == Initiative(
        name="Digital",
        purpose="No paper.",
        division_id=DIVISION,
        stage=InitiativeStage.COMPLETED,
        outcome=Outcome.SUCCEEDED,
        summary="No paper left.",
    )
