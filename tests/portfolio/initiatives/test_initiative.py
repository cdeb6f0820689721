"""The rules of initiatives."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Actor, NotFound
from contracts import portfolio
from services.portfolio.initiatives.domain import initiative
from tests.scenarios import given

DIVISION = UUID(int=1)
SOURCE = portfolio.Source(system="itdashboard", reference="005-000001723")
SHAPE = initiative.ShapeInitiative(name="Paperless", purpose="No paper.", division_id=DIVISION)
SHAPED = portfolio.InitiativeShaped(**dict(SHAPE))
IMPORT = SHAPE.model_copy(update={"source": SOURCE})
IMPORTED = portfolio.InitiativeShaped(**dict(IMPORT))
APPROVED, STARTED = portfolio.InitiativeApproved(), portfolio.InitiativeStarted()
COMPLETE = initiative.CompleteInitiative(outcome=portfolio.Outcome.SUCCEEDED, summary="No paper left.")
COMPLETED = portfolio.InitiativeCompleted(outcome=portfolio.Outcome.SUCCEEDED, summary="No paper left.")
STOPPED = portfolio.InitiativeStopped(reason="no benefit")
RENAME, RENAMED = initiative.RenameInitiative(name="Digital"), portfolio.InitiativeRenamed(name="Digital")
RUNNING = (SHAPED, APPROVED, STARTED)
ENDINGS = [(*RUNNING, COMPLETED), (SHAPED, STOPPED)]


def facts(**known: Any) -> initiative.InitiativeFacts:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return initiative.InitiativeFacts(actor=Actor("tests"), at=at, id=UUID(int=9), **{"division_open": True, **known})


def test_an_initiative_is_shaped_in_an_open_division() -> None:
    given(initiative.INITIATIVE).when(SHAPE, facts()).then(SHAPED)
    given(initiative.INITIATIVE).when(SHAPE, facts(division_open=False)).then_refused("division-closed")


def test_a_division_portfolio_has_not_heard_of_is_refused_for_now() -> None:
    refused = given(initiative.INITIATIVE).when(SHAPE, facts(division_open=None)).then_refused("division-not-known-yet")
    assert "again" in refused.remedy


def test_shaping_it_again_with_the_same_facts_changes_nothing_at_any_stage() -> None:
    for history in ((SHAPED,), RUNNING, *ENDINGS):
        given(initiative.INITIATIVE, *history).when(SHAPE, facts(division_open=None)).then()


@pytest.mark.parametrize(
    "change", [{"name": "Digital"}, {"purpose": "Less."}, {"division_id": UUID(int=2)}, {"source": SOURCE}]
)
def test_shaping_another_one_under_the_same_id_is_refused(change: dict[str, Any]) -> None:
    given(initiative.INITIATIVE, SHAPED).when(SHAPE.model_copy(update=change), facts()).then_refused("already-exists")


def test_an_imported_initiative_follows_the_name_in_its_source() -> None:
    renamed = IMPORT.model_copy(update={"name": "Digital"})
    given(initiative.INITIATIVE, IMPORTED).when(renamed, facts()).then(RENAMED)
    given(initiative.INITIATIVE, IMPORTED, RENAMED).when(renamed, facts()).then()
    elsewhere = renamed.model_copy(update={"source": portfolio.Source(system="itdashboard", reference="another")})
    given(initiative.INITIATIVE, IMPORTED).when(elsewhere, facts()).then_refused("already-exists")


def test_an_initiative_is_renamed_until_it_ends() -> None:
    given(initiative.INITIATIVE, SHAPED).when(RENAME, facts()).then(RENAMED)
    given(initiative.INITIATIVE, SHAPED, RENAMED).when(RENAME, facts()).then()
    for history in ENDINGS:
        given(initiative.INITIATIVE, *history).when(RENAME, facts()).then_refused("initiative-ended")


def test_an_initiative_is_shaped_approved_and_started_in_this_order() -> None:
    given(initiative.INITIATIVE, SHAPED).when(initiative.ApproveInitiative(), facts()).then(APPROVED)
    given(initiative.INITIATIVE, SHAPED, APPROVED).when(initiative.StartInitiative(), facts()).then(STARTED)
    given(initiative.INITIATIVE, SHAPED).when(initiative.StartInitiative(), facts()).then_refused("not-at-this-stage")
    given(initiative.INITIATIVE, *RUNNING).when(initiative.ApproveInitiative(), facts()).then_refused(
        "not-at-this-stage"
    )


def test_repeating_what_holds_changes_nothing() -> None:
    given(initiative.INITIATIVE, SHAPED, APPROVED).when(initiative.ApproveInitiative(), facts()).then()
    given(initiative.INITIATIVE, *RUNNING).when(initiative.StartInitiative(), facts()).then()
    given(initiative.INITIATIVE, *RUNNING, COMPLETED).when(COMPLETE, facts()).then()
    given(initiative.INITIATIVE, SHAPED, STOPPED).when(initiative.StopInitiative(reason="again"), facts()).then()


def test_only_a_running_initiative_completes() -> None:
    given(initiative.INITIATIVE, *RUNNING).when(COMPLETE, facts()).then(COMPLETED)
    given(initiative.INITIATIVE, SHAPED).when(COMPLETE, facts()).then_refused("not-at-this-stage")
    given(initiative.INITIATIVE, SHAPED, APPROVED).when(COMPLETE, facts()).then_refused("not-at-this-stage")


def test_an_initiative_completes_after_its_projects() -> None:
    refused = given(initiative.INITIATIVE, *RUNNING).when(COMPLETE, facts(open_projects=2))
    assert "2" in refused.then_refused("completes-after-its-projects").detail


def test_an_initiative_completes_with_an_outcome_unless_it_was_imported() -> None:
    unsaid = COMPLETE.model_copy(update={"outcome": portfolio.Outcome.NOT_RECORDED})
    given(initiative.INITIATIVE, *RUNNING).when(unsaid, facts()).then_refused("outcome-required")
    imported = given(initiative.INITIATIVE, IMPORTED, APPROVED, STARTED).when(unsaid, facts())
    imported.then(COMPLETED.model_copy(update={"outcome": portfolio.Outcome.NOT_RECORDED}))


def test_completing_needs_a_summary() -> None:
    empty = COMPLETE.model_copy(update={"summary": " "})
    given(initiative.INITIATIVE, *RUNNING).when(empty, facts()).then_refused("summary-required")


@pytest.mark.parametrize("history", [(SHAPED,), (SHAPED, APPROVED), RUNNING])
def test_any_initiative_that_has_not_ended_can_be_stopped(history: tuple[BaseModel, ...]) -> None:
    given(initiative.INITIATIVE, *history).when(
        initiative.StopInitiative(reason="no benefit"), facts(open_projects=2)
    ).then(STOPPED)


@pytest.mark.parametrize("history", ENDINGS)
def test_an_initiative_that_has_ended_goes_nowhere(history: tuple[BaseModel, ...]) -> None:
    other = COMPLETE.model_copy(update={"summary": "Something else."})
    for command in (initiative.ApproveInitiative(), initiative.StartInitiative(), other):
        given(initiative.INITIATIVE, *history).when(command, facts()).then_refused("initiative-ended")


def test_a_completed_initiative_is_not_stopped() -> None:
    given(initiative.INITIATIVE, *RUNNING, COMPLETED).when(
        initiative.StopInitiative(reason="late"), facts()
    ).then_refused("initiative-ended")


def test_what_was_never_shaped_does_not_exist() -> None:
    with pytest.raises(NotFound):
        given(initiative.INITIATIVE).when(RENAME, facts()).then()


def test_an_initiative_lives_from_its_shape_to_its_outcome() -> None:
    state: initiative.Initiative | None = None
    commands: list[initiative.InitiativeCommand] = [
        SHAPE,
        initiative.ApproveInitiative(),
        initiative.StartInitiative(),
        RENAME,
        COMPLETE,
    ]
    for command in commands:
        state = initiative.INITIATIVE.fold(initiative.INITIATIVE.decide(state, command, facts()), state)
    assert state == initiative.Initiative(
        name="Digital",
        purpose="No paper.",
        division_id=DIVISION,
        stage=initiative.InitiativeStage.COMPLETED,
        outcome=portfolio.Outcome.SUCCEEDED,
        summary="No paper left.",
    )
