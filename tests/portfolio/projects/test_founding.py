"""The rules of how a project begins: proposed, or taken over from another system."""

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from contracts import portfolio
from contracts.values import Grade, Period
from services.portfolio.projects.domain.project.founding import SOURCE_NAMES_ANOTHER, STANDS_IN, VERDICT_GAP
from services.portfolio.projects.domain.project.model import Project, ProjectEvent
from services.portfolio.projects.domain.project.rules import PROJECT
from tests.portfolio.projects.story import (
    CHIEF,
    CLOSED,
    CLOSING,
    DELEGATED,
    INITIATIVE,
    MANAGER,
    OTHER,
    PLAN,
    PROPOSE,
    PROPOSED,
    SENIOR,
    SPECIFIED,
    chief,
    facts,
    other,
    senior,
    sponsor,
    take_over,
    taken_over,
)
from tests.scenarios import given

LATER = Period(start=PLAN.start, end=date(2027, 6, 30))
WAIVED = portfolio.AccountabilityWaived(accountable_id=CHIEF, reason=STANDS_IN)
PAUSED = portfolio.ProjectPutOnHold(reason="here")


def correction(**changes: object) -> portfolio.TakeOverCorrected:
    known = {key: value for key, value in dict(taken_over()).items() if key not in ("division_id", "source")}
    return portfolio.TakeOverCorrected(**{**known, **changes})


def project_after(*events: ProjectEvent) -> Project:
    project = PROJECT.fold(events)
    assert project is not None
    return project


def test_a_project_is_proposed_with_its_sponsor_and_one_who_answers() -> None:
    given(PROJECT).when(PROPOSE, facts()).then(PROPOSED)


def test_proposing_it_again_with_the_same_facts_changes_nothing() -> None:
    given(PROJECT, PROPOSED).when(PROPOSE, facts(accountable=None)).then()


def test_proposing_another_one_under_the_same_id_is_refused() -> None:
    another = PROPOSE.model_copy(update={"name": "Pensions"})
    given(PROJECT, PROPOSED).when(another, facts()).then_refused("already-exists")


def test_a_project_belongs_to_an_open_division() -> None:
    given(PROJECT).when(PROPOSE, facts(division_open=False)).then_refused("division-closed")
    given(PROJECT).when(take_over(), facts(division_open=False)).then_refused("division-closed")


def test_a_division_that_portfolio_has_not_heard_of_is_refused_for_now() -> None:
    given(PROJECT).when(PROPOSE, facts(division_open=None)).then_refused("division-not-known-yet")
    refused = given(PROJECT).when(take_over(), facts(division_open=None)).then_refused("division-not-known-yet")
    assert "again" in refused.remedy


def test_a_proposed_project_belongs_to_an_initiative_that_goes_on() -> None:
    within = PROPOSE.model_copy(update={"initiative_id": INITIATIVE})
    given(PROJECT).when(within, facts()).then(PROPOSED.model_copy(update={"initiative_id": INITIATIVE}))
    given(PROJECT).when(within, facts(initiative_open=False)).then_refused("initiative-ended")
    given(PROJECT).when(within, facts(initiative_open=None)).then_refused("initiative-unknown")


def test_the_sponsor_is_an_active_person() -> None:
    given(PROJECT).when(PROPOSE, facts(sponsor=replace(sponsor, active=False))).then_refused("sponsor-is-active")


def test_the_accountable_manager_is_active() -> None:
    gone = facts(accountable=replace(senior, active=False))
    given(PROJECT).when(PROPOSE, gone).then_refused("accountable-is-active")
    given(PROJECT).when(take_over(), gone).then_refused("accountable-is-active")


@pytest.mark.parametrize("grade", [None, Grade.STAFF, Grade.JUNIOR_MANAGER, Grade.MANAGER])
def test_the_accountable_manager_is_a_senior_manager_or_an_executive(grade: Grade | None) -> None:
    junior = facts(accountable=replace(senior, grade=grade))
    given(PROJECT).when(PROPOSE, junior).then_refused("accountable-is-senior")
    given(PROJECT).when(take_over(), junior).then_refused("accountable-is-senior")
    given(PROJECT).when(PROPOSE, facts(accountable=replace(senior, grade=Grade.EXECUTIVE))).then(PROPOSED)


def test_the_accountable_manager_is_eligible_for_senior_responsibilities() -> None:
    ineligible = facts(accountable=replace(senior, eligible_for_senior=False))
    given(PROJECT).when(PROPOSE, ineligible).then_refused("accountable-is-eligible")
    given(PROJECT).when(take_over(), ineligible).then_refused("accountable-is-eligible")


def test_a_person_portfolio_has_not_heard_of_is_refused_for_now() -> None:
    for unknown in (facts(accountable=None), facts(sponsor=None), facts(accountable=other), facts(sponsor=other)):
        refused = given(PROJECT).when(PROPOSE, unknown).then_refused("person-not-known-yet")
        assert "again" in refused.remedy
    given(PROJECT).when(take_over(), facts(accountable=None)).then_refused("person-not-known-yet")


@pytest.mark.parametrize("stage", [stage for stage in portfolio.Stage if stage is not portfolio.Stage.CLOSED])
def test_a_project_is_taken_over_at_any_stage_with_what_is_known(stage: portfolio.Stage) -> None:
    scenario = given(PROJECT).when(take_over(stage=stage, gaps=("no sponsor",)), facts())
    scenario.then(taken_over(stage=stage, gaps=("no sponsor",)))
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert (project.stage, project.outcome, project.gaps) == (stage, None, ("no sponsor",))


def test_a_project_that_was_finished_elsewhere_names_the_verdict_as_a_gap() -> None:
    scenario = given(PROJECT).when(take_over(stage=portfolio.Stage.CLOSED), facts())
    scenario.then(taken_over(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP,)))
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert project.outcome is portfolio.Outcome.NOT_RECORDED


def test_the_verdict_is_named_as_a_gap_only_once() -> None:
    named = take_over(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP, "no sponsor"))
    given(PROJECT).when(named, facts()).then(taken_over(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP, "no sponsor")))


def test_a_project_may_belong_to_no_initiative() -> None:
    given(PROJECT).when(PROPOSE, facts(initiative_open=None)).then(PROPOSED)


def test_a_finished_project_may_belong_to_an_initiative_that_has_ended() -> None:
    within = {"initiative_id": INITIATIVE, "stage": portfolio.Stage.CANCELLED}
    given(PROJECT).when(take_over(**within), facts(initiative_open=False)).then(taken_over(**within))
    given(PROJECT).when(take_over(**within), facts(initiative_open=None)).then_refused("initiative-unknown")
    going_on = take_over(initiative_id=INITIATIVE)
    given(PROJECT).when(going_on, facts(initiative_open=False)).then_refused("initiative-ended")


def test_where_nobody_is_named_the_head_of_the_division_stands_in() -> None:
    unnamed = given(PROJECT).when(take_over(accountable_id=None), facts())
    unnamed.then(taken_over(accountable_id=CHIEF), WAIVED)
    project = unnamed.then_state()
    assert isinstance(project, Project)
    assert (project.accountable_id, project.waived) == (CHIEF, True)


def test_without_a_known_head_nobody_could_stand_in() -> None:
    unnamed = take_over(accountable_id=None)
    given(PROJECT).when(unnamed, facts(division_head=None)).then_refused("person-not-known-yet")


def test_the_head_who_stands_in_may_be_accountable() -> None:
    unnamed, junior = take_over(accountable_id=None), replace(chief, grade=Grade.MANAGER)
    given(PROJECT).when(unnamed, facts(division_head=junior)).then_refused("accountable-is-senior")


def test_taking_it_over_again_with_the_same_facts_changes_nothing_whatever_is_known_by_now() -> None:
    nothing_known = facts(accountable=None, division_head=None, division_open=None, initiative_open=None)
    given(PROJECT, taken_over()).when(take_over(), nothing_known).then()
    given(PROJECT, taken_over(accountable_id=CHIEF), WAIVED).when(take_over(accountable_id=None), nothing_known).then()
    finished = taken_over(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP,))
    given(PROJECT, finished).when(take_over(stage=portfolio.Stage.CLOSED), nothing_known).then()


def test_taking_it_over_again_does_not_undo_what_was_decided_here() -> None:
    handed = portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=OTHER, basis="handover", reason="moved")
    given(PROJECT, taken_over(), PAUSED, handed).when(take_over(), facts()).then()
    given(PROJECT, taken_over(), CLOSING, CLOSED).when(take_over(), facts()).then()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Pay"},
        {"summary": "Pays people."},
        {"initiative_id": INITIATIVE},
        {"stage": portfolio.Stage.CLOSING},
        {"stage": portfolio.Stage.CANCELLED},
        {"plan": LATER},
        {"plan": None},
        {"gaps": ("no plan",)},
    ],
)
def test_what_the_source_says_otherwise_now_is_corrected_once(change: dict[str, object]) -> None:
    given(PROJECT, taken_over()).when(take_over(**change), facts()).then(correction(**change))
    given(PROJECT, taken_over(), correction(**change)).when(take_over(**change), facts()).then()


def test_what_the_source_said_earlier_does_not_take_the_place_of_what_it_said_later() -> None:
    may, june, july = (date(2026, month, 1) for month in (5, 6, 7))
    stated = given(PROJECT, taken_over(as_of=june))
    stated.when(take_over(as_of=may, name="Pay"), facts()).then_refused("statement-stale")
    stated.when(take_over(as_of=june), facts()).then()
    stated.when(take_over(as_of=july), facts()).then()
    stated.when(take_over(as_of=july, name="Pay"), facts()).then(correction(as_of=july, name="Pay"))
    again = given(PROJECT, taken_over(as_of=may), correction(as_of=july, name="Pay"))
    again.when(take_over(as_of=june), facts()).then_refused("statement-stale")
    given(PROJECT, taken_over()).when(take_over(as_of=may, name="Pay"), facts()).then(correction(as_of=may, name="Pay"))


def test_a_correction_may_be_corrected_back() -> None:
    there, back = correction(stage=portfolio.Stage.ON_HOLD, plan=LATER), correction()
    given(PROJECT, taken_over(), there).when(take_over(), facts()).then(back)
    assert project_after(taken_over(), there, back) == project_after(taken_over())


def test_a_correction_keeps_the_stage_and_plan_that_portolan_has_reached() -> None:
    begun = (taken_over(), PAUSED)
    renamed = correction(name="Pay", stage=portfolio.Stage.ON_HOLD)
    given(PROJECT, *begun).when(take_over(name="Pay"), facts()).then(renamed)
    given(PROJECT, *begun, renamed).when(take_over(name="Pay"), facts()).then()


def test_a_stage_the_source_reaches_after_portolan_changes_nothing() -> None:
    given(PROJECT, taken_over(), PAUSED).when(take_over(stage=portfolio.Stage.ON_HOLD), facts()).then()


def test_a_project_corrected_to_closed_has_no_verdict_on_record() -> None:
    finished = correction(stage=portfolio.Stage.CLOSED, gaps=(VERDICT_GAP,))
    given(PROJECT, taken_over()).when(take_over(stage=portfolio.Stage.CLOSED), facts()).then(finished)
    assert project_after(taken_over(), finished).outcome is portfolio.Outcome.NOT_RECORDED
    given(PROJECT, taken_over(), finished).when(take_over(), facts()).then(correction())
    assert project_after(taken_over(), finished, correction()).outcome is None


def test_what_ended_here_is_not_reopened_by_its_source() -> None:
    ended = given(PROJECT, taken_over(), CLOSING, CLOSED)
    ended.when(take_over(stage=portfolio.Stage.ON_HOLD), facts()).then_refused("ended-here")
    ended.when(take_over(stage=portfolio.Stage.CLOSED), facts()).then()
    ended.when(take_over(name="Pay"), facts()).then(correction(name="Pay", stage=portfolio.Stage.CLOSED))
    project = project_after(taken_over(), CLOSING, CLOSED, correction(name="Pay", stage=portfolio.Stage.CLOSED))
    assert project.outcome is portfolio.Outcome.SUCCEEDED


def test_a_correction_to_an_ended_stage_ends_the_delegation_once() -> None:
    ended = portfolio.DelegationEnded(delegate_id=MANAGER, how="project ended", reason="The project has ended.")
    transferred = portfolio.AccountabilityTransferred(
        from_id=SENIOR, accountable_id=OTHER, basis="handover", reason=SOURCE_NAMES_ANOTHER
    )
    stopped = take_over(stage=portfolio.Stage.CANCELLED, accountable_id=OTHER)
    given(PROJECT, taken_over(), *DELEGATED).when(stopped, facts(accountable=other)).then(
        ended, correction(stage=portfolio.Stage.CANCELLED, accountable_id=OTHER), transferred
    )


def test_another_accountable_manager_named_by_the_source_takes_over() -> None:
    named = take_over(accountable_id=OTHER)
    corrected = correction(accountable_id=OTHER)
    transferred = portfolio.AccountabilityTransferred(
        from_id=SENIOR, accountable_id=OTHER, basis="handover", reason=SOURCE_NAMES_ANOTHER
    )
    given(PROJECT, taken_over()).when(named, facts(accountable=other)).then(corrected, transferred)
    given(PROJECT, taken_over(), corrected, transferred).when(named, facts()).then()
    junior = facts(accountable=replace(other, grade=Grade.MANAGER))
    given(PROJECT, taken_over()).when(named, junior).then_refused("accountable-is-senior")


def test_the_source_may_name_the_first_accountable_manager_again() -> None:
    there = (
        correction(accountable_id=OTHER),
        portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=OTHER, basis="handover", reason="source"),
    )
    back = portfolio.AccountabilityTransferred(
        from_id=OTHER, accountable_id=SENIOR, basis="handover", reason=SOURCE_NAMES_ANOTHER
    )
    given(PROJECT, taken_over(), *there).when(take_over(), facts()).then(correction(), back)


def test_a_source_that_names_nobody_any_more_leaves_accountability_where_it_is() -> None:
    given(PROJECT, taken_over()).when(take_over(accountable_id=None), facts()).then()


def test_naming_somebody_ends_the_stand_in_of_the_head() -> None:
    project = given(PROJECT, taken_over(accountable_id=CHIEF), WAIVED).when(take_over(), facts()).then_state()
    assert isinstance(project, Project)
    assert (project.accountable_id, project.waived) == (SENIOR, False)


def test_naming_the_head_who_stands_in_is_a_correction_but_no_transfer() -> None:
    named = take_over(accountable_id=CHIEF)
    scenario = given(PROJECT, taken_over(accountable_id=CHIEF), WAIVED).when(named, facts())
    scenario.then(correction(accountable_id=CHIEF))
    project = scenario.then_state()
    assert isinstance(project, Project)
    assert (project.accountable_id, project.waived) == (CHIEF, False)


def test_a_correction_of_something_else_leaves_the_head_standing_in() -> None:
    renamed = take_over(name="Pay", accountable_id=None)
    project = given(PROJECT, taken_over(accountable_id=CHIEF), WAIVED).when(renamed, facts()).then_state()
    assert isinstance(project, Project)
    assert (project.name, project.accountable_id, project.waived) == ("Pay", CHIEF, True)


def test_a_correction_after_a_handover_does_not_make_anybody_stand_in() -> None:
    handed = portfolio.AccountabilityTransferred(from_id=SENIOR, accountable_id=OTHER, basis="handover", reason="moved")
    project = project_after(taken_over(), handed, correction(name="Pay"))
    assert (project.name, project.accountable_id, project.waived) == ("Pay", OTHER, False)


def test_a_project_that_came_from_elsewhere_is_not_taken_over() -> None:
    given(PROJECT, PROPOSED).when(take_over(), facts()).then_refused("taken-over-from-elsewhere")
    elsewhere = take_over(source=portfolio.Source(system="itdashboard", reference="005/1/657"))
    given(PROJECT, taken_over()).when(elsewhere, facts()).then_refused("taken-over-from-elsewhere")


def test_a_project_taken_over_stays_in_its_division() -> None:
    moved = take_over(division_id=OTHER)
    given(PROJECT, taken_over()).when(moved, facts()).then_refused("division-stays")


def test_a_corrected_initiative_exists_and_goes_on() -> None:
    moved = take_over(initiative_id=INITIATIVE)
    given(PROJECT, taken_over()).when(moved, facts(initiative_open=None)).then_refused("initiative-unknown")
    given(PROJECT, taken_over()).when(moved, facts(initiative_open=False)).then_refused("initiative-ended")
    within, renamed = taken_over(initiative_id=INITIATIVE), {"initiative_id": INITIATIVE, "name": "Pay"}
    given(PROJECT, within).when(take_over(**renamed), facts(initiative_open=False)).then(correction(**renamed))
    finished = {"initiative_id": INITIATIVE, "stage": portfolio.Stage.CANCELLED}
    given(PROJECT, taken_over()).when(take_over(**finished), facts(initiative_open=False)).then(correction(**finished))


def test_a_plan_lies_between_1900_and_2200() -> None:
    for start, end in ((date(1, 1, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(9999, 1, 1))):
        with pytest.raises(ValidationError, match="between 1900 and 2200"):
            take_over(plan=Period(start=start, end=end))


def test_a_project_taken_over_as_proposed_may_be_specified_here_and_keeps_its_plan_until_the_gate() -> None:
    project = project_after(taken_over(stage=portfolio.Stage.PROPOSED), SPECIFIED)
    assert (project.stage, project.plan) == (portfolio.Stage.SPECIFIED, PLAN)
