"""The rules of tools; and that one person at most has each of them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import BaseModel

from chassis.domain.decider import Actor, Command, Forbidden, Refused
from chassis.domain.scenarios import given
from contracts.people import ToolApproved, ToolKind
from contracts.values import Money, SkillLevel
from services.people.domain.tool import (
    TOOL,
    AcknowledgeTool,
    ApproveTool,
    Condition,
    DeclineTool,
    IssueTool,
    MarkToolOverdue,
    ReportToolLost,
    RequestTool,
    ReturnTool,
    Tool,
    ToolAcknowledged,
    ToolDeclined,
    ToolFacts,
    ToolIssued,
    ToolLost,
    ToolOverdue,
    ToolRequested,
    ToolReturned,
    ToolStatus,
)

ID, ADA, BOB, BOSS, HEAD, IT, COMPANY, SALES = (UUID(int=n) for n in range(1, 9))
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
LAST = TODAY + 7 * DAY

WANTED: dict[str, Any] = {
    "name": "Laptop 7",
    "kind": ToolKind.EQUIPMENT,
    "skills": (),
    "cost": Money(amount=Decimal(1500), currency="EUR"),
    "division_id": IT,
}
REQUEST = RequestTool(**WANTED, person_id=ADA, reason="The old one broke.")
REQUESTED: list[BaseModel] = [
    ToolRequested(**WANTED, person_id=ADA, reason="The old one broke.", requested_by=(str(BOSS),))
]
APPROVED = [*REQUESTED, ToolApproved(**WANTED, effective_on=TODAY)]
DECLINED = [*REQUESTED, ToolDeclined(person_id=ADA, reason="Repair it.")]
ISSUE = IssueTool(person_id=ADA, return_by=LAST)
ISSUED = [*APPROVED, ToolIssued(person_id=ADA, return_by=LAST, effective_on=TODAY)]
ACKNOWLEDGED = [*ISSUED, ToolAcknowledged(effective_on=TODAY)]
HEALTHY = ReturnTool(condition=Condition.HEALTHY)
RETURNED = [*ACKNOWLEDGED, ToolReturned(condition=Condition.HEALTHY, effective_on=TODAY)]
LOSE = ReportToolLost(reason="Left on a train.")
LOST = [*ACKNOWLEDGED, ToolLost(person_id=ADA, reason="Left on a train.", effective_on=TODAY)]


def facts(actor: str = str(BOSS), for_whom: str | None = None, on: date = TODAY, **known: Any) -> ToolFacts:
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "division_id": IT,
        "division_open": True,
        "paying": (IT,),
    }
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return ToolFacts(actor=Actor(actor, for_whom=for_whom), at=at, id=ID, **(usual | known))


def test_a_tool_is_requested_for_somebody_who_works_here() -> None:
    given(TOOL).when(REQUEST, facts()).then(*REQUESTED)
    given(TOOL, *REQUESTED).when(REQUEST, facts()).then()
    given(TOOL).when(REQUEST, facts(employed=False)).then_refused("person-employed")
    other = RequestTool(**WANTED, person_id=BOB, reason="-")
    given(TOOL, *REQUESTED).when(other, facts()).then_refused("already-exists")


@pytest.mark.parametrize("division_open", [None, False])
def test_an_open_division_pays(division_open: bool | None) -> None:
    given(TOOL).when(REQUEST, facts(division_open=division_open)).then_refused("division-open")
    closed = facts(str(HEAD), division_open=division_open)
    given(TOOL, *REQUESTED).when(ApproveTool(), closed).then_refused("division-open")


def test_a_tool_is_paid_by_the_division_of_whom_it_is_for_or_by_one_of_whoever_asks() -> None:
    elsewhere: dict[str, Any] = {"division_id": SALES, "paying": (IT, COMPANY)}
    for division in (SALES, None):
        charged = given(TOOL).when(REQUEST, facts(**elsewhere, actor_division=division))
        assert isinstance(charged.then_refused("own-division"), Forbidden)
    for division in (IT, COMPANY):
        given(TOOL).when(REQUEST, facts(**elsewhere, actor_division=division)).then(*REQUESTED)
    given(TOOL).when(REQUEST, facts(actor_division=SALES)).then(*REQUESTED)


@pytest.mark.parametrize("kind", [ToolKind.LAB, ToolKind.LEARNING_RESOURCE])
def test_a_tool_to_learn_with_names_the_skills_it_serves(kind: ToolKind) -> None:
    none = RequestTool(**WANTED | {"kind": kind}, person_id=ADA, reason="-")
    given(TOOL).when(none, facts()).then_refused("learning-tool-serves-skills")
    named = WANTED | {"kind": kind, "skills": (SkillLevel(skill="Kafka", level=3),)}
    requested = ToolRequested(**named, person_id=ADA, reason="-", requested_by=(str(BOSS),))
    given(TOOL).when(RequestTool(**named, person_id=ADA, reason="-"), facts()).then(requested)


def test_a_tool_costs_nothing_or_more() -> None:
    less = RequestTool(**WANTED | {"cost": Money(amount=Decimal(-1), currency="EUR")}, person_id=ADA, reason="-")
    given(TOOL).when(less, facts()).then_refused("cost-not-negative")


def test_somebody_else_approves_or_declines_what_was_requested() -> None:
    given(TOOL, *REQUESTED).when(ApproveTool(), facts(str(HEAD))).then(APPROVED[-1])
    given(TOOL, *APPROVED).when(ApproveTool(), facts(str(HEAD))).then()
    given(TOOL, *REQUESTED).when(DeclineTool(reason="Repair it."), facts(str(HEAD))).then(DECLINED[-1])
    given(TOOL, *DECLINED).when(DeclineTool(reason="-"), facts(str(HEAD))).then()
    given(TOOL, *DECLINED).when(ApproveTool(), facts(str(HEAD))).then_refused("tool-requested")
    given(TOOL, *APPROVED).when(DeclineTool(reason="-"), facts(str(HEAD))).then_refused("tool-requested")


def test_what_somebody_erased_asked_for_is_declined_and_nothing_said_of_them_is_kept() -> None:
    erased = facts(str(HEAD), erased=True, employed=False)
    declined = ToolDeclined(person_id=ADA, reason="erased")
    given(TOOL, *REQUESTED).when(DeclineTool(reason="Ada left."), erased).then(declined)


@pytest.mark.parametrize("decision", [ApproveTool(), DeclineTool(reason="-")])
@pytest.mark.parametrize(("actor", "for_whom"), [(str(BOSS), None), (str(BOSS), str(HEAD)), (str(HEAD), str(BOSS))])
def test_whoever_requested_it_does_not_decide(decision: Command, actor: str, for_whom: str | None) -> None:
    refused = given(TOOL, *REQUESTED).when(decision, facts(actor, for_whom)).then_refused("requester-is-not-approver")
    assert isinstance(refused, Forbidden)


@pytest.mark.parametrize("decision", [ApproveTool(), DeclineTool(reason="-")])
@pytest.mark.parametrize(("actor", "for_whom"), [(str(ADA), None), (str(ADA), str(HEAD)), (str(HEAD), str(ADA))])
def test_whoever_gets_it_does_not_decide(decision: Command, actor: str, for_whom: str | None) -> None:
    given(TOOL, *REQUESTED).when(decision, facts(actor, for_whom)).then_refused("nobody-on-themself")


def test_an_approved_tool_is_issued_to_whom_it_was_approved_for() -> None:
    given(TOOL, *APPROVED).when(ISSUE, facts()).then(ISSUED[-1])
    given(TOOL, *ISSUED).when(ISSUE, facts()).then()
    given(TOOL, *APPROVED).when(IssueTool(person_id=BOB), facts(subject=BOB)).then_refused("issued-as-approved")
    given(TOOL, *APPROVED).when(ISSUE, facts(str(ADA))).then_refused("nobody-on-themself")
    given(TOOL, *APPROVED).when(ISSUE, facts(employed=False)).then_refused("person-employed")
    given(TOOL, *APPROVED).when(ISSUE, facts(on=LAST + DAY)).then_refused("return-to-come")


@pytest.mark.parametrize("happened", [REQUESTED, DECLINED, LOST])
def test_only_a_tool_at_hand_is_issued(happened: list[BaseModel]) -> None:
    given(TOOL, *happened).when(ISSUE, facts()).then_refused("tool-at-hand")


def test_a_tool_has_one_custodian_at_a_time_and_another_after_it_was_returned() -> None:
    to_bob, know_bob = IssueTool(person_id=BOB), facts(subject=BOB)
    for out in (ISSUED, ACKNOWLEDGED):
        given(TOOL, *out).when(to_bob, know_bob).then_refused("one-custodian")
    issued = ToolIssued(person_id=BOB, return_by=None, effective_on=TODAY)
    given(TOOL, *RETURNED).when(to_bob, know_bob).then(issued)


def test_only_the_custodian_acknowledges() -> None:
    given(TOOL, *ISSUED).when(AcknowledgeTool(), facts(str(ADA))).then(ACKNOWLEDGED[-1])
    given(TOOL, *ACKNOWLEDGED).when(AcknowledgeTool(), facts(str(ADA))).then()
    for who in (facts(), facts("hr"), facts(str(BOSS), str(ADA))):
        given(TOOL, *ISSUED).when(AcknowledgeTool(), who).then_refused("custodian-acknowledges")
    given(TOOL, *APPROVED).when(AcknowledgeTool(), facts(str(ADA))).then_refused("tool-issued")
    given(TOOL, *RETURNED).when(AcknowledgeTool(), facts(str(ADA))).then_refused("custodian-acknowledges")


def test_somebody_else_takes_back_what_is_returned_and_says_in_which_condition() -> None:
    for out in (ISSUED, ACKNOWLEDGED):
        given(TOOL, *out).when(HEALTHY, facts()).then(RETURNED[-1])
    damaged = ToolReturned(condition=Condition.MAJOR_DAMAGE, effective_on=TODAY)
    given(TOOL, *ISSUED).when(ReturnTool(condition=Condition.MAJOR_DAMAGE), facts()).then(damaged)
    given(TOOL, *ISSUED).when(HEALTHY, facts(str(ADA))).then_refused("nobody-on-themself")
    given(TOOL, *RETURNED).when(HEALTHY, facts()).then()
    given(TOOL, *APPROVED).when(HEALTHY, facts()).then_refused("tool-issued")


def test_what_somebody_has_may_be_lost_and_found() -> None:
    for out in (ISSUED, ACKNOWLEDGED):
        given(TOOL, *out).when(LOSE, facts(str(ADA))).then(LOST[-1])
    given(TOOL, *LOST).when(LOSE, facts()).then()
    given(TOOL, *LOST).when(HEALTHY, facts()).then(RETURNED[-1])
    for happened in (APPROVED, RETURNED):
        given(TOOL, *happened).when(LOSE, facts()).then_refused("tool-issued")


def test_a_tool_is_overdue_once_on_the_day_after_it_should_have_been_returned() -> None:
    assert TOOL.due is not None
    marked = [*ACKNOWLEDGED, ToolOverdue()]
    out = TOOL.fold(ACKNOWLEDGED)
    assert out is not None
    assert TOOL.due(out) == datetime(2026, 3, 18, tzinfo=UTC)
    given(TOOL, *ACKNOWLEDGED).when(MarkToolOverdue(), facts("system:people", on=LAST)).then()
    given(TOOL, *ACKNOWLEDGED).when(MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then(ToolOverdue())
    given(TOOL, *marked).when(MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then()
    given(TOOL, *RETURNED).when(MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then()
    for happened in (marked, RETURNED, LOST, APPROVED):
        state = TOOL.fold(happened)
        assert state is not None
        assert TOOL.due(state) is None
    again = TOOL.fold([*marked, RETURNED[-1], ToolIssued(person_id=BOB, return_by=None, effective_on=LAST)])
    assert again is not None
    assert not again.overdue


# One tool through many hands.

PERSONS = [ADA, BOB, BOSS]


class Custody(RuleBasedStateMachine):
    """Who has it is followed beside it, from what was accepted alone."""

    def __init__(self) -> None:
        super().__init__()
        self.state: Tool | None = TOOL.fold(APPROVED)
        self.hands: list[UUID] = []

    def ask(self, command: Command, known: ToolFacts) -> Sequence[BaseModel]:
        try:
            decided = TOOL.decide(self.state, command, known)
        except Refused as refused:
            event(f"{type(command).__name__}: {refused.rule}")
            return []
        event(f"{type(command).__name__}: {len(decided)}")
        self.state = TOOL.fold(decided, self.state)
        return decided

    @rule(to=st.sampled_from([ADA, ADA, BOB, BOSS]), by=st.sampled_from([*PERSONS, HEAD, HEAD]))
    def issue(self, to: UUID, by: UUID) -> None:
        if any(isinstance(each, ToolIssued) for each in self.ask(IssueTool(person_id=to), facts(str(by), subject=to))):
            self.hands.append(to)

    @rule(by=st.sampled_from(PERSONS))
    def acknowledge(self, by: UUID) -> None:
        if self.ask(AcknowledgeTool(), facts(str(by), subject=self.custodian())):
            assert self.hands == [by]

    @rule(condition=st.sampled_from(Condition))
    def take_back(self, condition: Condition) -> None:
        if self.ask(ReturnTool(condition=condition), facts(str(HEAD), subject=self.custodian())):
            self.hands.clear()

    @rule()
    def lose(self) -> None:
        if self.ask(LOSE, facts(str(HEAD), subject=self.custodian())):
            self.hands.clear()

    def custodian(self) -> UUID | None:
        return self.state.person_id if self.state else None

    @invariant()
    def one_person_at_most_has_it(self) -> None:
        assert self.state is not None
        assert len(self.hands) <= 1
        assert self.hands == ([self.state.person_id] if self.state.out else [])
        assert (self.state.person_id is None) == (self.state.status is ToolStatus.RETURNED)


TestCustody = Custody.TestCase
TestCustody.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
