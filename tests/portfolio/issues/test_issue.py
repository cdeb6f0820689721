"""The rules of issues."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from chassis.domain.clock import day_begins
from chassis.domain.decider import Actor
from contracts.base import PublicEvent
from contracts.portfolio import issues
from contracts.roles import Role
from contracts.values import Grade
from services.portfolio.issues.commands import ISSUES
from services.portfolio.issues.domain.issue import model, rules
from services.portfolio.issues.domain.issue.rules import ISSUE
from services.portfolio.organisation.domain.confidence import InConfidence
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.organisation.domain.portfolio_policy import PortfolioPolicy
from tests.scenarios import given, who_may

ISSUE_ID, DIVISION, OTHER_DIVISION, PROJECT, RISK, STEP = (UUID(int=n) for n in range(100, 106))
CHIEF, SENIOR, MANAGER, OWNER, RAISER = (UUID(int=n) for n in range(1, 6))
TODAY, DUE = date(2026, 11, 30), date(2026, 12, 10)
LATE, DAY = date(2026, 12, 11), timedelta(days=1)

owner = KnownPerson(OWNER, Grade.STAFF, active=True, line=(MANAGER, SENIOR, CHIEF))
manager = KnownPerson(MANAGER, Grade.MANAGER, active=True, line=(SENIOR, CHIEF))
senior = KnownPerson(SENIOR, Grade.SENIOR_MANAGER, active=True, line=(CHIEF,))

RAISE = rules.RaiseIssue(title="No test data", division_id=DIVISION, due_on=DUE)
RAISED = issues.IssueRaised(
    title="No test data", description="", division_id=DIVISION, raised_by=RAISER, due_on=DUE, escalates_on=LATE
)
OWNED = issues.IssueOwned(owner_id=OWNER, escalates_on=LATE)
TAKE = rules.TakeIssueStep(step_id=STEP, step="Asked the bank.", effect="They send a file.", taken_on=TODAY)
TAKEN = issues.IssueStepTaken(
    step_id=STEP, step="Asked the bank.", effect="They send a file.", taken_on=TODAY, taken_by=OWNER
)
RESOLVED = issues.IssueResolved(resolution="The file is there.")
CLOSED = issues.IssueClosed(reason="It works.")


def escalated(**changes: Any) -> issues.IssueEscalated:
    first = {"to_id": MANAGER, "level": 1, "basis": "overdue", "escalates_on": LATE + 5 * DAY, "reason": rules.OVERDUE}
    return issues.IssueEscalated(**{**first, **changes})


def facts(actor: UUID | str = OWNER, *, on: date = TODAY, **known: Any) -> model.IssueFacts:
    """The owner and their line are known, unless said otherwise."""
    at = datetime.combine(on, datetime.min.time(), UTC) + timedelta(hours=9)
    rows = {"subject": OWNER, "line": owner.line, "division_open": True, "owner": owner, "above": manager}
    return model.IssueFacts(actor=Actor(str(actor)), at=at, id=ISSUE_ID, **{**rows, **known})


def test_an_issue_is_raised_in_its_division() -> None:
    given(ISSUE).when(RAISE, facts(RAISER)).then(RAISED)


def test_raising_it_again_changes_nothing() -> None:
    given(ISSUE, RAISED).when(RAISE, facts(RAISER)).then()
    given(ISSUE, RAISED, OWNED).when(RAISE, facts(RAISER)).then()


def test_another_issue_needs_another_id() -> None:
    other = RAISE.model_copy(update={"title": "No desk"})
    given(ISSUE, RAISED).when(other, facts(RAISER)).then_refused("already-exists")


def test_an_issue_raised_with_an_owner_is_owned_at_once() -> None:
    command = RAISE.model_copy(update={"owner_id": OWNER})
    given(ISSUE).when(command, facts(RAISER)).then(RAISED, OWNED)


def test_an_issue_belongs_to_one_thing() -> None:
    both = RAISE.model_copy(update={"project_id": PROJECT, "service_id": PROJECT})
    given(ISSUE).when(both, facts(RAISER)).then_refused("issue-of-one-thing")


def test_what_an_issue_belongs_to_exists() -> None:
    command = RAISE.model_copy(update={"project_id": PROJECT})
    given(ISSUE).when(command, facts(RAISER, belongs_known=False)).then_refused("issue-subject-not-known")


def test_an_issue_is_raised_in_the_division_of_what_it_belongs_to() -> None:
    command = RAISE.model_copy(update={"project_id": PROJECT})
    elsewhere = facts(RAISER, belongs_to_division=OTHER_DIVISION)
    given(ISSUE).when(command, elsewhere).then_refused("issue-in-its-division")


@pytest.mark.parametrize(("open_", "rule"), [(None, "division-not-known-yet"), (False, "division-closed")])
def test_an_issue_is_raised_in_a_division_that_is_open(open_: bool | None, rule: str) -> None:
    given(ISSUE).when(RAISE, facts(RAISER, division_open=open_)).then_refused(rule)


def test_nothing_is_to_be_resolved_in_the_past() -> None:
    given(ISSUE).when(RAISE, facts(RAISER, on=LATE)).then_refused("due-day-lies-ahead")


def test_an_owner_is_a_person_portfolio_has_heard_of_who_works_here() -> None:
    name = rules.NameIssueOwner(owner_id=OWNER)
    given(ISSUE, RAISED).when(name, facts(owner=None)).then_refused("person-not-known-yet")
    gone = KnownPerson(OWNER, Grade.STAFF, active=False)
    given(ISSUE, RAISED).when(name, facts(owner=gone)).then_refused("owner-is-active")
    given(ISSUE, RAISED).when(name, facts()).then(OWNED)
    given(ISSUE, RAISED, OWNED).when(name, facts()).then()


def test_another_owner_begins_with_a_line_of_their_own() -> None:
    name = rules.NameIssueOwner(owner_id=SENIOR)
    state = given(ISSUE, RAISED, OWNED, escalated()).when(name, facts(owner=senior, on=LATE)).then_state()
    assert isinstance(state, model.Issue)
    assert (state.status, state.level, state.escalated_to) == (model.IssueStatus.OWNED, 0, None)
    assert state.escalates_on == LATE + 5 * DAY


def test_a_step_has_who_when_and_effect() -> None:
    given(ISSUE, RAISED, OWNED).when(TAKE, facts()).then(TAKEN)
    by_another = TAKE.model_copy(update={"taken_by": MANAGER})
    taken = TAKEN.model_copy(update={"taken_by": MANAGER})
    given(ISSUE, RAISED, OWNED).when(by_another, facts()).then(taken)


def test_a_step_told_again_changes_nothing_and_another_needs_its_own_id() -> None:
    given(ISSUE, RAISED, OWNED, TAKEN).when(TAKE, facts()).then()
    other = TAKE.model_copy(update={"effect": "None."})
    given(ISSUE, RAISED, OWNED, TAKEN).when(other, facts()).then_refused("step-known")


def test_steps_are_taken_once_somebody_owns_the_issue() -> None:
    given(ISSUE, RAISED).when(TAKE, facts()).then_refused("issue-has-an-owner")


def test_a_step_is_recorded_after_it_was_taken() -> None:
    ahead = TAKE.model_copy(update={"taken_on": TODAY + DAY})
    given(ISSUE, RAISED, OWNED).when(ahead, facts()).then_refused("not-in-the-future")


def test_the_state_keeps_the_last_steps_and_counts_all() -> None:
    steps = [TAKEN.model_copy(update={"step_id": UUID(int=n)}) for n in range(1000, 1000 + model.MOST_STEPS + 5)]
    state = ISSUE.fold([RAISED, OWNED, *steps])
    assert state is not None
    assert (len(state.steps), state.steps_taken) == (model.MOST_STEPS, model.MOST_STEPS + 5)
    assert state.steps[-1].step_id == steps[-1].step_id


def test_an_issue_falls_due_after_its_last_day_in_the_time_zone_of_its_division() -> None:
    deadline = ISSUE.deadline(ISSUE.fold([RAISED, OWNED]))
    assert deadline is not None
    zone = ZoneInfo("Pacific/Auckland")
    assert deadline.due_in(zone) == day_begins(LATE, zone)


def test_what_is_overdue_goes_to_the_next_manager_above_in_office() -> None:
    given(ISSUE, RAISED, OWNED).when(rules.EscalateOverdueIssue(), facts("system", on=LATE)).then(escalated())
    given(ISSUE, RAISED, OWNED).when(rules.EscalateOverdueIssue(), facts("system", on=DUE)).then()


def test_what_stays_overdue_goes_one_level_further_after_the_days_of_the_policy() -> None:
    later = facts("system", on=LATE + 5 * DAY, above=senior, policy=PortfolioPolicy(issue_escalation_days=3))
    further = escalated(to_id=SENIOR, level=2, escalates_on=LATE + 8 * DAY)
    given(ISSUE, RAISED, OWNED, escalated()).when(rules.EscalateOverdueIssue(), later).then(further)


def test_at_the_top_it_goes_no_further() -> None:
    later = facts("system", on=LATE + 5 * DAY, above=None)
    top = escalated(to_id=None, escalates_on=None, reason=rules.NOBODY)
    given(ISSUE, RAISED, OWNED, escalated()).when(rules.EscalateOverdueIssue(), later).then(top)
    state = ISSUE.fold([RAISED, OWNED, escalated(), top])
    assert (ISSUE.deadline(state), state and state.escalated_to) == (None, MANAGER)


def test_where_nobody_is_known_above_yet_it_is_tried_again() -> None:
    nobody = escalated(to_id=None, level=0, reason=rules.NOBODY)
    given(ISSUE, RAISED).when(rules.EscalateOverdueIssue(), facts("system", on=LATE, above=None)).then(nobody)
    state = ISSUE.fold([RAISED, nobody])
    assert state is not None
    assert (state.status, state.overdue) == (model.IssueStatus.RAISED, True)
    assert ISSUE.deadline(state) is not None


def test_an_issue_that_is_over_goes_nowhere() -> None:
    for events in ((RAISED, OWNED, RESOLVED), (RAISED, OWNED, RESOLVED, CLOSED)):
        given(ISSUE, *events).when(rules.EscalateOverdueIssue(), facts("system", on=LATE)).then()
        assert ISSUE.deadline(ISSUE.fold(events)) is None


def test_an_issue_is_escalated_by_hand_as_long_as_somebody_is_above() -> None:
    command = rules.EscalateIssue(reason="I cannot decide this.")
    by_hand = escalated(basis="by hand", escalates_on=LATE, reason="I cannot decide this.")
    given(ISSUE, RAISED, OWNED).when(command, facts()).then(by_hand)
    given(ISSUE, RAISED, OWNED).when(command, facts(above=None)).then_refused("nobody-above")


def test_another_day_ends_the_escalation() -> None:
    command = rules.PostponeIssue(due_on=DUE + 10 * DAY, reason="The bank needs time.")
    state = given(ISSUE, RAISED, OWNED, TAKEN, escalated()).when(command, facts(on=LATE)).then_state()
    assert isinstance(state, model.Issue)
    assert (state.status, state.overdue, state.level) == (model.IssueStatus.IN_PROGRESS, False, 0)
    assert state.escalates_on == LATE + 10 * DAY
    past = rules.PostponeIssue(due_on=TODAY - DAY, reason="Too late.")
    given(ISSUE, RAISED, OWNED).when(past, facts()).then_refused("due-day-lies-ahead")


def test_nobody_postpones_what_they_own_in_whatever_role() -> None:
    command = rules.PostponeIssue(due_on=DUE + 10 * DAY, reason="The bank needs time.")
    executive = frozenset({Role.EXECUTIVE})
    own, another = (replace(facts(), actor=Actor(str(actor), executive)) for actor in (OWNER, RAISER))
    who_may(ISSUES, RAISED, OWNED).when(command, own).then_refused("own-deadline")
    assert who_may(ISSUES, RAISED, OWNED).when(command, another).then_state() is not None


def test_an_escalated_issue_stays_so_while_steps_are_taken() -> None:
    state = ISSUE.fold([RAISED, OWNED, escalated(), TAKEN])
    assert state is not None
    assert state.status is model.IssueStatus.ESCALATED


LEFT = rules.PassIssueUp(leaver_id=OWNER, reason="The owner left.")
gone = KnownPerson(OWNER, Grade.STAFF, active=False, line=owner.line)
PASSED = issues.IssuePassedUp(from_id=OWNER, owner_id=MANAGER, escalates_on=LATE, reason="The owner left.")
UNRESOLVED = issues.IssueUnresolved(owner_id=OWNER, reason="The owner left.")


def test_a_leavers_issue_passes_up_the_line_once() -> None:
    given(ISSUE, RAISED, OWNED).when(LEFT, facts("system", leaver=gone)).then(PASSED)
    given(ISSUE, RAISED, OWNED, PASSED).when(LEFT, facts("system", leaver=gone)).then()


def test_an_owner_who_works_here_by_the_time_it_is_heard_keeps_it() -> None:
    given(ISSUE, RAISED, OWNED).when(LEFT, facts("system", leaver=owner)).then()
    given(ISSUE, RAISED, OWNED, UNRESOLVED).when(LEFT, facts("system", leaver=owner)).then(OWNED)


def test_without_anybody_above_in_office_it_says_so_once_and_waits() -> None:
    given(ISSUE, RAISED, OWNED).when(LEFT, facts("system", leaver=gone, above=None)).then(UNRESOLVED)
    given(ISSUE, RAISED, OWNED, UNRESOLVED).when(LEFT, facts("system", leaver=gone, above=None)).then()
    given(ISSUE, RAISED, OWNED, UNRESOLVED).when(LEFT, facts("system", leaver=gone)).then(PASSED)


def test_an_issue_that_is_over_stays_with_its_owner_for_the_record() -> None:
    given(ISSUE, RAISED, OWNED, RESOLVED).when(LEFT, facts("system", leaver=gone)).then()


def test_an_issue_is_resolved_once_somebody_owns_it_and_then_closed() -> None:
    resolve = rules.ResolveIssue(resolution="The file is there.")
    given(ISSUE, RAISED).when(resolve, facts()).then_refused("issue-has-an-owner")
    given(ISSUE, RAISED, OWNED).when(resolve, facts()).then(RESOLVED)
    given(ISSUE, RAISED, OWNED, RESOLVED).when(resolve, facts()).then()
    close = rules.CloseIssue(reason="It works.")
    given(ISSUE, RAISED, OWNED).when(close, facts()).then_refused("closes-when-resolved")
    given(ISSUE, RAISED, OWNED, RESOLVED).when(close, facts()).then(CLOSED)
    given(ISSUE, RAISED, OWNED, escalated()).when(close, facts()).then(CLOSED)
    given(ISSUE, RAISED, OWNED, RESOLVED, CLOSED).when(close, facts()).then()


def test_what_turned_out_not_to_be_resolved_is_reopened_with_a_day() -> None:
    command = rules.ReopenIssue(due_on=DUE, reason="The file is empty.")
    reopened = issues.IssueReopened(escalates_on=LATE, reason="The file is empty.")
    given(ISSUE, RAISED, OWNED, RESOLVED).when(command, facts()).then(reopened)
    given(ISSUE, RAISED, OWNED).when(command, facts()).then_refused("issue-resolved")
    given(ISSUE, RAISED, OWNED, RESOLVED).when(command, facts(on=LATE)).then_refused("due-day-lies-ahead")


@pytest.mark.parametrize(
    "command", [TAKE, rules.PostponeIssue(due_on=LATE, reason="Wait."), rules.EscalateIssue(reason="Up.")]
)
def test_nothing_more_is_done_about_what_is_over(command: Any) -> None:
    given(ISSUE, RAISED, OWNED, RESOLVED, CLOSED).when(command, facts()).then_refused("issue-over")


def test_a_risk_becomes_an_issue_with_an_owner_once() -> None:
    command = rules.RaiseIssueOfRisk(
        title="The vendor is gone", description="", division_id=DIVISION, project_id=PROJECT, risk_id=RISK,
        raised_by=RAISER, owner_id=OWNER, due_on=DUE, confidential=False,
    )  # fmt: skip
    raised = RAISED.model_copy(update={"title": "The vendor is gone", "project_id": PROJECT, "risk_id": RISK})
    given(ISSUE).when(command, facts("system")).then(raised, OWNED)
    given(ISSUE, raised, OWNED).when(command, facts("system")).then_refused("already-exists")


def test_of_a_confidential_issue_nothing_is_published_but_that_it_changed() -> None:
    secret = RAISED.model_copy(update={"confidential": True})
    told = issues.ConfidentialIssueChanged(division_id=DIVISION)
    command = RAISE.model_copy(update={"confidential": True, "owner_id": OWNER})
    first: list[BaseModel] = [
        InConfidence[issues.IssueRaised](fact=secret),
        InConfidence[issues.IssueOwned](fact=OWNED),
        told,
    ]
    given(ISSUE).when(command, facts(RAISER)).then(*first)
    step = InConfidence[issues.IssueStepTaken](fact=TAKEN)
    given(ISSUE, *first).when(TAKE, facts()).then(step, told)
    assert not any(isinstance(event, PublicEvent) for event in (*first[:-1], step))
    assert ISSUE.fold([*first, step, told]) == ISSUE.fold([secret, OWNED, TAKEN])
    given(ISSUE, *first, step, told).when(TAKE, facts()).then()
