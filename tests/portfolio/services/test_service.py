"""The rules of services: owner, life, agreements, dependencies, standards, continuity."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Deadline, Forbidden
from contracts.portfolio import services
from contracts.portfolio.services import IncidentPriority, ResolutionTarget, ServiceStage, ServiceTargets
from contracts.roles import Role
from services.portfolio.services.commands import SERVICES
from services.portfolio.services.domain.service import agreement, continuity, life, ownership, standards
from services.portfolio.services.domain.service.model import Compliance, Service, ServiceEvent
from services.portfolio.services.domain.service.rules import SERVICE, ServiceCommand
from tests.portfolio.services.story import (
    AT_END,
    CHIEF,
    COLLEAGUE,
    CONTINUITY,
    DEGRADED,
    EXCEPTED,
    IN_USE,
    LIVE,
    OTHER_ID,
    OWNER,
    PLAN,
    PLANNED,
    REQUIRED,
    RETIRED,
    RETIRING,
    SERVICE_ID,
    TODAY,
    TOMORROW,
    UNOWNED,
    UNRESOLVED,
    YESTERDAY,
    agreed,
    chief,
    facts,
    leaver,
    owner,
)
from tests.scenarios import given, who_may

PASS = ownership.PassServiceOwnership(leaver_id=OWNER, reason="left")
PASSED = services.ServiceOwnershipPassed(from_id=OWNER, owner_id=CHIEF, reason="left")
KEPT = services.ServiceOwnerNamed(owner_id=OWNER, reason="left")
NAME_OWNER = ownership.NameServiceOwner(owner_id=OWNER, reason="knows it")
LAPSE = standards.LapseExceptions()
EXCEPT = standards.ExceptFromStandard(standard="ISO 27001", until=TOMORROW, reason="audit")


def after(*events: ServiceEvent) -> Service:
    service = SERVICE.fold(events)
    assert service is not None
    return service


def test_a_service_is_planned_in_an_open_division_with_or_without_an_owner() -> None:
    given(SERVICE).when(PLAN, facts()).then(PLANNED)
    unowned = PLAN.model_copy(update={"owner_id": None})
    given(SERVICE).when(unowned, facts(owner=None)).then(UNOWNED)
    given(SERVICE).when(PLAN, facts(division_open=None)).then_refused("division-not-known-yet")
    given(SERVICE).when(PLAN, facts(division_open=False)).then_refused("division-closed")
    given(SERVICE).when(PLAN, facts(owner=None)).then_refused("person-not-known-yet")
    given(SERVICE).when(PLAN, facts(owner=leaver)).then_refused("owner-is-active")


def test_planning_the_same_service_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    given(SERVICE, PLANNED).when(PLAN, facts()).then()
    other = PLAN.model_copy(update={"name": "Files"})
    given(SERVICE, PLANNED).when(other, facts()).then_refused("already-exists")


def test_a_service_is_live_degraded_live_again_retiring_and_retired() -> None:
    degrade, recover = life.RecordDegradation(reason="slow"), life.RecordRecovery()
    given(SERVICE, PLANNED).when(life.GoLive(), facts()).then(LIVE)
    given(SERVICE, *IN_USE).when(degrade, facts()).then(DEGRADED)
    given(SERVICE, *IN_USE, DEGRADED).when(recover, facts()).then(services.ServiceRecovered())
    given(SERVICE, *IN_USE, DEGRADED).when(life.BeginRetirement(reason="replaced"), facts()).then(RETIRING)
    given(SERVICE, *IN_USE, RETIRING).when(life.RetireService(), facts()).then(RETIRED)
    assert after(*IN_USE, DEGRADED, services.ServiceRecovered()).stage is ServiceStage.LIVE


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ([PLANNED], life.RecordDegradation(reason="slow")),
        ([PLANNED], life.RecordRecovery()),
        ([PLANNED], life.BeginRetirement(reason="replaced")),
        ([*IN_USE], life.RetireService()),
        ([*IN_USE, RETIRING], life.GoLive()),
        ([*AT_END], life.GoLive()),
    ],
)
def test_no_stage_of_a_services_life_is_skipped(history: list[ServiceEvent], command: ServiceCommand) -> None:
    given(SERVICE, *history).when(command, facts()).then_refused("service-not-at-this-stage")


def test_what_is_done_already_changes_nothing() -> None:
    given(SERVICE, *IN_USE).when(life.GoLive(), facts()).then()
    given(SERVICE, *IN_USE).when(life.RecordRecovery(), facts()).then()
    given(SERVICE, *IN_USE, DEGRADED).when(life.RecordDegradation(reason="slow"), facts()).then()
    given(SERVICE, *IN_USE, RETIRING).when(life.BeginRetirement(reason="replaced"), facts()).then()
    given(SERVICE, *AT_END).when(life.RetireService(), facts()).then()
    given(SERVICE, PLANNED).when(NAME_OWNER, facts()).then()


def test_a_live_service_has_an_owner() -> None:
    given(SERVICE, UNOWNED).when(life.GoLive(), facts()).then_refused("live-service-has-owner")
    given(SERVICE, PLANNED, UNRESOLVED).when(life.GoLive(), facts()).then_refused("live-service-has-owner")


def test_a_service_that_others_in_use_depend_on_is_not_retired() -> None:
    refused = given(SERVICE, *IN_USE, RETIRING).when(life.RetireService(), facts(dependents=["Files"]))
    assert "Files" in refused.then_refused("service-depended-on").detail


def test_a_service_changes_its_description_until_it_is_retired() -> None:
    revise = life.ReviseService(name="Mail and calendar", summary="", criticality=services.Criticality.CRITICAL)
    given(SERVICE, PLANNED).when(revise, facts()).then(services.ServiceRevised(**vars(revise)))
    given(SERVICE, PLANNED, services.ServiceRevised(**vars(revise))).when(revise, facts()).then()
    given(SERVICE, *AT_END).when(revise, facts()).then_refused("service-retired")


def test_an_owner_is_somebody_who_works_here() -> None:
    named = services.ServiceOwnerNamed(owner_id=OWNER, reason="knows it")
    given(SERVICE, UNOWNED).when(NAME_OWNER, facts()).then(named)
    given(SERVICE, UNOWNED).when(NAME_OWNER, facts(owner=leaver)).then_refused("owner-is-active")
    given(SERVICE, *AT_END, UNRESOLVED).when(NAME_OWNER, facts()).then_refused("service-retired")


def test_the_service_of_a_leaver_passes_to_the_nearest_active_person_above() -> None:
    known = facts("system:tests", leaver=leaver, successor=chief)
    given(SERVICE, *IN_USE).when(PASS, known).then(PASSED)
    given(SERVICE, *IN_USE, UNRESOLVED).when(PASS, known).then(PASSED)


def test_where_nobody_above_is_known_the_service_waits_for_an_owner_once() -> None:
    known = facts("system:tests", leaver=leaver)
    given(SERVICE, *IN_USE).when(PASS, known).then(UNRESOLVED)
    given(SERVICE, *IN_USE, UNRESOLVED).when(PASS, known).then()


def test_who_is_back_by_now_keeps_their_services() -> None:
    known = facts("system:tests", leaver=owner, successor=chief)
    given(SERVICE, *IN_USE).when(PASS, known).then()
    given(SERVICE, *IN_USE, UNRESOLVED).when(PASS, known).then(KEPT)


def test_only_the_present_owners_leaving_passes_a_service_on_and_a_retired_one_stays() -> None:
    known = facts("system:tests", leaver=leaver, successor=chief)
    given(SERVICE, *IN_USE, PASSED).when(PASS, known).then()
    given(SERVICE, *AT_END).when(PASS, known).then()


def test_targets_hold_from_a_day_on_and_replace_later_ones() -> None:
    first, second = agreed(date(2026, 1, 1), availability="99"), agreed(date(2026, 6, 1), availability="99.9")
    service = after(PLANNED, first, second)
    assert service.targets_on(date(2025, 12, 31)) is None
    assert service.targets_on(date(2026, 5, 31)) == first.targets
    assert service.targets_on(date(2026, 6, 1)) == second.targets
    command = agreement.AgreeTargets(since=date(2026, 3, 1), targets=ServiceTargets())
    replaced = given(SERVICE, PLANNED, first, second).when(command, facts()).then_state()
    assert [each.since for each in getattr(replaced, "agreed")] == [date(2026, 1, 1), date(2026, 3, 1)]  # noqa: B009
    again = agreement.AgreeTargets(since=date(2026, 6, 1), targets=second.targets)
    given(SERVICE, PLANNED, first, second).when(again, facts()).then()


def test_a_priority_has_one_target() -> None:
    twice = (ResolutionTarget(priority=IncidentPriority.LOW, minutes=60),) * 2
    command = agreement.AgreeTargets(since=TODAY, targets=ServiceTargets(resolution=twice))
    given(SERVICE, PLANNED).when(command, facts()).then_refused("target-once")


def test_time_is_excluded_once_under_an_id_and_the_exclusion_can_be_lifted() -> None:
    exclude = agreement.ExcludeTime.model_validate(
        {"exclusion_id": OTHER_ID, "starts_at": "2026-11-22T01:00Z", "ends_at": "2026-11-22T03:00Z", "reason": "patch"}
    )
    excluded = services.ServiceTimeExcluded(**vars(exclude))
    lift = agreement.LiftExclusion(exclusion_id=OTHER_ID, reason="not used")
    lifted = services.ServiceTimeExclusionLifted(exclusion_id=OTHER_ID, reason="not used")
    given(SERVICE, PLANNED).when(exclude, facts()).then(excluded)
    given(SERVICE, PLANNED, excluded).when(exclude, facts()).then()
    other = exclude.model_copy(update={"reason": "another"})
    given(SERVICE, PLANNED, excluded).when(other, facts()).then_refused("exclusion-known")
    given(SERVICE, PLANNED, excluded).when(lift, facts()).then(lifted)
    given(SERVICE, PLANNED, excluded, lifted).when(lift, facts()).then_refused("exclusion-unknown")


def test_excluded_time_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        agreement.ExcludeTime.model_validate(
            {"exclusion_id": OTHER_ID, "starts_at": "2026-11-22T01:00Z", "ends_at": "2026-11-22T01:00Z", "reason": "p"}
        )


def test_a_service_depends_on_another_but_never_on_itself_however_far_through_others() -> None:
    depend = agreement.DependOn(service_id=OTHER_ID)
    added = services.ServiceDependencyAdded(service_id=OTHER_ID)
    known = facts(other_stage=ServiceStage.LIVE)
    given(SERVICE, PLANNED).when(depend, known).then(added)
    given(SERVICE, PLANNED, added).when(depend, known).then()
    given(SERVICE, PLANNED).when(depend, facts()).then_refused("service-not-known")
    given(SERVICE, PLANNED).when(depend, facts(other_stage=ServiceStage.RETIRED)).then_refused("service-retired")
    cyclic = facts(other_stage=ServiceStage.LIVE, other_needs=frozenset({UUID(int=7), SERVICE_ID}))
    given(SERVICE, PLANNED).when(depend, cyclic).then_refused("no-cycles")
    itself = agreement.DependOn(service_id=SERVICE_ID)
    given(SERVICE, PLANNED).when(itself, known).then_refused("no-cycles")
    no_longer = agreement.DependNoLonger(service_id=OTHER_ID)
    removed = services.ServiceDependencyRemoved(service_id=OTHER_ID)
    given(SERVICE, PLANNED, added).when(no_longer, facts()).then(removed)
    given(SERVICE, PLANNED, added, removed).when(no_longer, facts()).then()


def test_a_required_standard_counts_as_breached_until_it_is_met() -> None:
    given(SERVICE, PLANNED).when(standards.RequireStandard(standard="ISO 27001"), facts()).then(REQUIRED)
    given(SERVICE, PLANNED, REQUIRED).when(standards.RequireStandard(standard="ISO 27001"), facts()).then()
    assert after(PLANNED, REQUIRED).standards[0].status is Compliance.BREACHED
    comply = standards.RecordCompliance(standard="ISO 27001", evidence="certificate")
    met = services.ServiceStandardMet(standard="ISO 27001", evidence="certificate")
    given(SERVICE, PLANNED, REQUIRED).when(comply, facts()).then(met)
    given(SERVICE, PLANNED).when(comply, facts()).then_refused("standard-not-required")
    assert after(PLANNED, REQUIRED, met).standards[0].status is Compliance.COMPLIANT
    breach = standards.RecordBreach(standard="ISO 27001", reason="lost")
    given(SERVICE, PLANNED, REQUIRED, met).when(breach, facts()).then(
        services.ServiceStandardBreached(standard="ISO 27001", reason="lost")
    )


def test_an_exception_to_a_standard_ends_on_a_day_to_come() -> None:
    given(SERVICE, PLANNED, REQUIRED).when(EXCEPT, facts(CHIEF)).then(services.ServiceStandardExcepted(**vars(EXCEPT)))
    over = EXCEPT.model_copy(update={"until": YESTERDAY})
    given(SERVICE, PLANNED, REQUIRED).when(over, facts(CHIEF)).then_refused("exception-ahead")


def test_the_owner_excepts_no_service_of_their_own_whoever_is_above_may() -> None:
    may = who_may(SERVICES, PLANNED, REQUIRED)
    assert isinstance(may.when(EXCEPT, facts()).then_refused("not-authorised"), Forbidden)
    assert isinstance(may.when(EXCEPT, facts(OWNER, Role.EXECUTIVE)).then_refused("not-authorised"), Forbidden)
    standing_in = replace(facts(), actor=Actor(str(COLLEAGUE), frozenset({Role.EXECUTIVE}), for_whom=str(OWNER)))
    assert isinstance(may.when(EXCEPT, standing_in).then_refused("not-authorised"), Forbidden)
    may.when(EXCEPT, facts(CHIEF)).then(services.ServiceStandardExcepted(**vars(EXCEPT)))


def test_an_exception_lapses_by_itself_on_the_day_after_and_goes_to_the_manager_above_the_owner() -> None:
    service = after(PLANNED, REQUIRED, EXCEPTED)
    assert SERVICE.deadline(service) == Deadline.on(TOMORROW, LAPSE)
    given(SERVICE, PLANNED, REQUIRED, EXCEPTED).when(LAPSE, facts("system:tests")).then()
    later = facts("system:tests", at=facts().at + timedelta(days=1))
    lapsed = services.ServiceStandardBreached(
        standard="ISO 27001", reason=f"The exception until {TODAY} is over.", lapsed=True, escalated_to=CHIEF
    )
    given(SERVICE, PLANNED, REQUIRED, EXCEPTED).when(LAPSE, later).then(lapsed)
    assert SERVICE.deadline(after(PLANNED, REQUIRED, EXCEPTED, lapsed)) is None
    assert SERVICE.deadline(after(*AT_END, REQUIRED, EXCEPTED)) is None


def test_a_continuity_test_passes_within_the_objectives() -> None:
    test = continuity.RecordContinuityTest(
        tested_on=TODAY, passed=True, rto_minutes=200, rpo_minutes=15, findings="restored"
    )
    tested = services.ContinuityTested(**vars(test))
    given(SERVICE, *IN_USE, CONTINUITY).when(test, facts()).then(tested)
    given(SERVICE, *IN_USE, CONTINUITY, tested).when(test, facts()).then()
    given(SERVICE, *IN_USE).when(test, facts()).then_refused("continuity-plan-missing")
    for late in ({"rto_minutes": 241}, {"rpo_minutes": 16}, {"rto_minutes": None}):
        slow = test.model_copy(update=late)
        given(SERVICE, *IN_USE, CONTINUITY).when(slow, facts()).then_refused("passed-within-objectives")
        failed = slow.model_copy(update={"passed": False})
        given(SERVICE, *IN_USE, CONTINUITY).when(failed, facts()).then(services.ContinuityTested(**vars(failed)))


def test_a_continuity_test_was_held_after_the_plan_was_written_and_a_new_plan_is_untested() -> None:
    test = continuity.RecordContinuityTest(tested_on=TOMORROW, passed=False, findings="")
    given(SERVICE, *IN_USE, CONTINUITY).when(test, facts()).then_refused("continuity-test-held")
    early = test.model_copy(update={"tested_on": date(2025, 12, 31)})
    given(SERVICE, *IN_USE, CONTINUITY).when(early, facts()).then_refused("continuity-test-held")
    tested = services.ContinuityTested(tested_on=TODAY, passed=False, rto_minutes=None, rpo_minutes=None, findings="")
    service = after(*IN_USE, CONTINUITY, tested)
    assert service.continuity is not None
    assert service.continuity.tested_on == TODAY
    again = after(*IN_USE, CONTINUITY, tested, CONTINUITY)
    assert again.continuity is not None
    assert (again.continuity.tested_on, again.continuity.tests) == (date(2026, 1, 1), ())
    write = continuity.WriteContinuityPlan(rto_minutes=240, rpo_minutes=15, plan="")
    given(SERVICE, *IN_USE, CONTINUITY).when(write, facts()).then()
    other = write.model_copy(update={"rto_minutes": 60})
    written = services.ContinuityPlanWritten(**vars(other), written_on=TODAY)
    given(SERVICE, *IN_USE, CONTINUITY).when(other, facts()).then(written)


def test_nothing_is_agreed_of_a_retired_service() -> None:
    for command in (
        agreement.AgreeTargets(since=TODAY, targets=ServiceTargets()),
        standards.RequireStandard(standard="ISO 27001"),
        continuity.WriteContinuityPlan(rto_minutes=1, rpo_minutes=1, plan=""),
    ):
        given(SERVICE, *AT_END).when(command, facts()).then_refused("service-retired")


@pytest.mark.parametrize("over", [{"closes": "07:00"}, {"opens": "08:00+01:00"}, {"weekday": 8}])
def test_hours_of_service_are_local_and_end_after_they_begin(over: dict[str, str]) -> None:
    hours = {"weekday": 1, "opens": "08:00", "closes": "18:00"}
    services.ServiceHours.model_validate(hours)
    with pytest.raises(ValueError, match=r"hours|weekday"):
        services.ServiceHours.model_validate(hours | over)
