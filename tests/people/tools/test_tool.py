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
from contracts.people import FundedKind, FundingAsked, ToolApproved, ToolGivenUp, ToolKind, ToolProvided
from contracts.values import Grade, Money, SkillLevel
from services.people.organisation.domain import funding
from services.people.organisation.domain.line import Above
from services.people.organisation.domain.staffing_policy import StaffingPolicy, UsedCurrency
from services.people.tools.commands import TOOLS
from services.people.tools.domain import tool
from tests.examples import examples
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

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
REQUEST = tool.RequestTool(**WANTED, person_id=ADA, reason="The old one broke.")
REQUESTED: list[BaseModel] = [
    tool.ToolRequested(**WANTED, person_id=ADA, reason="The old one broke.", requested_by=(str(BOSS),))
]
APPROVED = [*REQUESTED, ToolApproved(**WANTED, effective_on=TODAY)]
DECLINED = [*REQUESTED, tool.ToolDeclined(person_id=ADA, reason="Repair it.")]
ISSUE = tool.IssueTool(person_id=ADA, return_by=LAST)
ISSUED = [*APPROVED, tool.ToolIssued(person_id=ADA, return_by=LAST, effective_on=TODAY)]
ACKNOWLEDGED = [*ISSUED, tool.ToolAcknowledged(effective_on=TODAY)]
HEALTHY = tool.ReturnTool(condition=tool.Condition.HEALTHY)
RETURNED = [*ACKNOWLEDGED, tool.ToolReturned(condition=tool.Condition.HEALTHY, effective_on=TODAY)]
LOSE = tool.ReportToolLost(reason="Left on a train.")
LOST = [*ACKNOWLEDGED, tool.ToolLost(person_id=ADA, reason="Left on a train.", effective_on=TODAY)]


def facts(actor: str = str(BOSS), for_whom: str | None = None, on: date = TODAY, **known: Any) -> tool.ToolFacts:
    usual: dict[str, Any] = {
        "subject": ADA,
        "employed": True,
        "division_id": IT,
        "division_open": True,
        "paying": (IT,),
    }
    at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
    return tool.ToolFacts(actor=Actor(actor, for_whom=for_whom), at=at, id=ID, **(usual | known))


def test_a_tool_is_requested_for_somebody_who_works_here() -> None:
    given(tool.TOOL).when(REQUEST, facts()).then(*REQUESTED)
    given(tool.TOOL, *REQUESTED).when(REQUEST, facts()).then()
    given(tool.TOOL).when(REQUEST, facts(employed=False)).then_refused("person-employed")
    other = tool.RequestTool(**WANTED, person_id=BOB, reason="-")
    given(tool.TOOL, *REQUESTED).when(other, facts()).then_refused("already-exists")


@pytest.mark.parametrize("division_open", [None, False])
def test_an_open_division_pays(division_open: bool | None) -> None:
    given(tool.TOOL).when(REQUEST, facts(division_open=division_open)).then_refused("division-open")
    closed = facts(str(HEAD), division_open=division_open)
    given(tool.TOOL, *REQUESTED).when(tool.ApproveTool(), closed).then_refused("division-open")


def test_a_tool_is_paid_by_the_division_of_whom_it_is_for_or_by_one_of_whoever_asks() -> None:
    manager: dict[str, Any] = {"line": (Above(BOSS),), "actor_grade": Grade.MANAGER}
    elsewhere = manager | {"division_id": SALES, "paying": (IT, COMPANY)}
    for division in (SALES, None):
        charged = who_may(TOOLS).when(REQUEST, facts(**elsewhere, actor_division=division))
        assert isinstance(charged.then_refused("own-division"), Forbidden)
    for division in (IT, COMPANY):
        who_may(TOOLS).when(REQUEST, facts(**elsewhere, actor_division=division)).then(*REQUESTED)
    who_may(TOOLS).when(REQUEST, facts(**manager, actor_division=SALES)).then(*REQUESTED)
    nowhere = facts(**elsewhere, actor_division=SALES, division_open=None)
    who_may(TOOLS).when(REQUEST, nowhere).then_refused("division-open")


@pytest.mark.parametrize("kind", [ToolKind.LAB, ToolKind.LEARNING_RESOURCE])
def test_a_tool_to_learn_with_names_the_skills_it_serves(kind: ToolKind) -> None:
    none = tool.RequestTool(**WANTED | {"kind": kind}, person_id=ADA, reason="-")
    given(tool.TOOL).when(none, facts()).then_refused("learning-tool-serves-skills")
    named = WANTED | {"kind": kind, "skills": (SkillLevel(skill="Kafka", level=3),)}
    requested = tool.ToolRequested(**named, person_id=ADA, reason="-", requested_by=(str(BOSS),))
    given(tool.TOOL).when(tool.RequestTool(**named, person_id=ADA, reason="-"), facts()).then(requested)


def test_a_tool_costs_nothing_or_more() -> None:
    less = tool.RequestTool(**WANTED | {"cost": Money(amount=Decimal(-1), currency="EUR")}, person_id=ADA, reason="-")
    given(tool.TOOL).when(less, facts()).then_refused("cost-not-negative")


def test_somebody_else_approves_or_declines_what_was_requested() -> None:
    given(tool.TOOL, *REQUESTED).when(tool.ApproveTool(), facts(str(HEAD))).then(APPROVED[-1])
    given(tool.TOOL, *APPROVED).when(tool.ApproveTool(), facts(str(HEAD))).then()
    given(tool.TOOL, *REQUESTED).when(tool.DeclineTool(reason="Repair it."), facts(str(HEAD))).then(DECLINED[-1])
    given(tool.TOOL, *DECLINED).when(tool.DeclineTool(reason="-"), facts(str(HEAD))).then()
    given(tool.TOOL, *DECLINED).when(tool.ApproveTool(), facts(str(HEAD))).then_refused("tool-requested")
    given(tool.TOOL, *APPROVED).when(tool.DeclineTool(reason="-"), facts(str(HEAD))).then_refused("tool-requested")


def test_what_somebody_erased_asked_for_is_declined_and_nothing_said_of_them_is_kept() -> None:
    erased = facts(str(HEAD), erased=True, employed=False)
    declined = tool.ToolDeclined(person_id=ADA, reason="erased")
    given(tool.TOOL, *REQUESTED).when(tool.DeclineTool(reason="Ada left."), erased).then(declined)


@pytest.mark.parametrize("decision", [tool.ApproveTool(), tool.DeclineTool(reason="-")])
@pytest.mark.parametrize(("actor", "for_whom"), [(str(BOSS), None), (str(BOSS), str(HEAD)), (str(HEAD), str(BOSS))])
def test_whoever_requested_it_does_not_decide(decision: Command, actor: str, for_whom: str | None) -> None:
    refused = (
        who_may(TOOLS, *REQUESTED)
        .when(decision, in_hr(facts(actor, for_whom)))
        .then_refused("requester-is-not-approver")
    )
    assert isinstance(refused, Forbidden)


@pytest.mark.parametrize("decision", [tool.ApproveTool(), tool.DeclineTool(reason="-")])
@pytest.mark.parametrize(("actor", "for_whom"), [(str(ADA), None), (str(ADA), str(HEAD)), (str(HEAD), str(ADA))])
def test_whoever_gets_it_does_not_decide(decision: Command, actor: str, for_whom: str | None) -> None:
    who_may(TOOLS, *REQUESTED).when(decision, in_hr(facts(actor, for_whom))).then_refused("nobody-on-themself")


def test_an_approved_tool_is_issued_to_whom_it_was_approved_for() -> None:
    given(tool.TOOL, *APPROVED).when(ISSUE, facts()).then(ISSUED[-1])
    given(tool.TOOL, *ISSUED).when(ISSUE, facts()).then()
    given(tool.TOOL, *APPROVED).when(tool.IssueTool(person_id=BOB), facts(subject=BOB)).then_refused(
        "issued-as-approved"
    )
    who_may(TOOLS, *APPROVED).when(ISSUE, in_hr(facts(str(ADA)))).then_refused("nobody-on-themself")
    given(tool.TOOL, *APPROVED).when(ISSUE, facts(employed=False)).then_refused("person-employed")
    given(tool.TOOL, *APPROVED).when(ISSUE, facts(on=LAST + DAY)).then_refused("return-date-in-past")


@pytest.mark.parametrize("happened", [REQUESTED, DECLINED, LOST])
def test_only_a_tool_at_hand_is_issued(happened: list[BaseModel]) -> None:
    given(tool.TOOL, *happened).when(ISSUE, facts()).then_refused("tool-at-hand")


def test_a_tool_has_one_custodian_at_a_time_and_another_after_it_was_returned() -> None:
    to_bob, know_bob = tool.IssueTool(person_id=BOB), facts(subject=BOB)
    for out in (ISSUED, ACKNOWLEDGED):
        given(tool.TOOL, *out).when(to_bob, know_bob).then_refused("one-custodian")
    issued = tool.ToolIssued(person_id=BOB, return_by=None, effective_on=TODAY)
    given(tool.TOOL, *RETURNED).when(to_bob, know_bob).then(issued)


def test_only_the_custodian_acknowledges() -> None:
    who_may(TOOLS, *ISSUED).when(tool.AcknowledgeTool(), facts(str(ADA))).then(ACKNOWLEDGED[-1])
    given(tool.TOOL, *ACKNOWLEDGED).when(tool.AcknowledgeTool(), facts(str(ADA))).then()
    for who in (facts(), facts("hr"), facts(str(BOSS), str(ADA))):
        who_may(TOOLS, *ISSUED).when(tool.AcknowledgeTool(), in_hr(who)).then_refused("custodian-acknowledges")
    given(tool.TOOL, *APPROVED).when(tool.AcknowledgeTool(), facts(str(ADA))).then_refused("tool-issued")
    who_may(TOOLS, *RETURNED).when(tool.AcknowledgeTool(), in_hr(facts(str(ADA), subject=None))).then_refused(
        "custodian-acknowledges"
    )


def test_somebody_else_takes_back_what_is_returned_and_says_in_which_condition() -> None:
    for out in (ISSUED, ACKNOWLEDGED):
        given(tool.TOOL, *out).when(HEALTHY, facts()).then(RETURNED[-1])
    damaged = tool.ToolReturned(condition=tool.Condition.MAJOR_DAMAGE, effective_on=TODAY)
    given(tool.TOOL, *ISSUED).when(tool.ReturnTool(condition=tool.Condition.MAJOR_DAMAGE), facts()).then(damaged)
    who_may(TOOLS, *ISSUED).when(HEALTHY, in_hr(facts(str(ADA)))).then_refused("nobody-on-themself")
    given(tool.TOOL, *RETURNED).when(HEALTHY, facts()).then()
    given(tool.TOOL, *REQUESTED).when(HEALTHY, facts()).then_refused("tool-issued")


def test_a_tool_approved_for_somebody_who_left_goes_into_stock_and_is_issued_to_somebody_else() -> None:
    issued = given(tool.TOOL, *APPROVED).when(ISSUE, facts(employed=False)).then_refused("person-employed")
    assert "record its return" in issued.remedy.casefold()
    to_bob = tool.IssueTool(person_id=BOB)
    given(tool.TOOL, *APPROVED).when(to_bob, facts()).then_refused("issued-as-approved")
    stocked = tool.ToolReturned(condition=tool.Condition.HEALTHY, effective_on=TODAY)
    given(tool.TOOL, *APPROVED).when(HEALTHY, facts(employed=False)).then(stocked)
    given(tool.TOOL, *APPROVED, stocked).when(to_bob, facts()).then(
        tool.ToolIssued(person_id=BOB, return_by=None, effective_on=TODAY)
    )


def test_hr_decides_where_nobody_else_is_above_whoever_asked() -> None:
    alone: dict[str, Any] = {"line": (Above(BOSS, Grade.MANAGER),)}
    who_may(TOOLS, *REQUESTED).when(tool.ApproveTool(), in_hr(facts("hr", **alone))).then(APPROVED[-1])
    two: dict[str, Any] = {"line": (*alone["line"], Above(HEAD, Grade.EXECUTIVE))}
    who_may(TOOLS, *REQUESTED).when(tool.ApproveTool(), in_hr(facts("hr", **two))).then_refused("not-authorised")


def test_who_asked_for_a_tool_approves_it_where_the_four_eyes_principle_is_off() -> None:
    asked: dict[str, Any] = {"line": (Above(BOSS, Grade.MANAGER),), "actor_grade": Grade.MANAGER}
    who_may(TOOLS, *REQUESTED).when(tool.ApproveTool(), facts(**asked)).then_refused("requester-is-not-approver")
    who_may(TOOLS, *REQUESTED).when(tool.ApproveTool(), facts(**asked, four_eyes=False)).then(APPROVED[-1])


def test_a_tool_is_paid_in_a_currency_that_the_company_uses() -> None:
    def costing(currency: str) -> tool.RequestTool:
        wanted = WANTED | {"cost": Money(amount=Decimal(1), currency=currency)}
        return tool.RequestTool(**wanted, person_id=ADA, reason="-")

    given(tool.TOOL).when(costing("QQQ"), facts()).then_refused("currency-used")
    euros = StaffingPolicy(currencies=(UsedCurrency(currency="EUR"),))
    given(tool.TOOL).when(costing("CHF"), facts(policy=euros)).then_refused("currency-used")


def test_what_somebody_has_may_be_lost_and_found() -> None:
    for out in (ISSUED, ACKNOWLEDGED):
        given(tool.TOOL, *out).when(LOSE, facts(str(ADA))).then(LOST[-1])
    given(tool.TOOL, *LOST).when(LOSE, facts()).then()
    given(tool.TOOL, *LOST).when(HEALTHY, facts()).then(RETURNED[-1])
    for happened in (APPROVED, RETURNED):
        given(tool.TOOL, *happened).when(LOSE, facts()).then_refused("tool-issued")


def test_who_has_a_tool_may_return_it_on_another_day_or_keep_it() -> None:
    marked = [*ACKNOWLEDGED, tool.ToolOverdue()]
    for day in (LAST + 30 * DAY, LAST - DAY, None):
        asked, told = tool.SetReturnDay(return_by=day), tool.ToolReturnDaySet(return_by=day)
        given(tool.TOOL, *ACKNOWLEDGED).when(asked, facts()).then(told)
        given(tool.TOOL, *ACKNOWLEDGED, told).when(asked, facts()).then()
    later = tool.SetReturnDay(return_by=LAST + 30 * DAY)
    state = given(tool.TOOL, *marked).when(later, facts(on=LAST + DAY)).then_state()
    assert isinstance(state, tool.Tool)
    assert (state.overdue, state.return_by) == (False, LAST + 30 * DAY)
    past = tool.SetReturnDay(return_by=LAST)
    given(tool.TOOL, *marked).when(past, facts(on=LAST + DAY)).then()
    given(tool.TOOL, *marked).when(tool.SetReturnDay(return_by=LAST - DAY), facts(on=LAST + DAY)).then_refused(
        "return-date-in-past"
    )
    for happened in (RETURNED, LOST, APPROVED):
        given(tool.TOOL, *happened).when(later, facts()).then_refused("tool-issued")
    own = who_may(TOOLS, *ACKNOWLEDGED).when(later, in_hr(facts(str(ADA))))
    own.then_refused("nobody-on-themself")


def test_a_tool_is_overdue_once_on_the_day_after_it_should_have_been_returned() -> None:
    marked = [*ACKNOWLEDGED, tool.ToolOverdue()]
    out = tool.TOOL.fold(ACKNOWLEDGED)
    assert out is not None
    assert tool.TOOL.due_at(out) == datetime(2026, 3, 18, tzinfo=UTC)
    given(tool.TOOL, *ACKNOWLEDGED).when(tool.MarkToolOverdue(), facts("system:people", on=LAST)).then()
    given(tool.TOOL, *ACKNOWLEDGED).when(tool.MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then(
        tool.ToolOverdue()
    )
    given(tool.TOOL, *marked).when(tool.MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then()
    given(tool.TOOL, *RETURNED).when(tool.MarkToolOverdue(), facts("system:people", on=LAST + DAY)).then()
    for happened in (marked, RETURNED, LOST, APPROVED):
        state = tool.TOOL.fold(happened)
        assert state is not None
        assert tool.TOOL.due_at(state) is None
    again = tool.TOOL.fold([*marked, RETURNED[-1], tool.ToolIssued(person_id=BOB, return_by=None, effective_on=LAST)])
    assert again is not None
    assert not again.overdue


# One tool through many hands.

PERSONS = [ADA, BOB, BOSS]


class Custody(RuleBasedStateMachine):
    """Who has it is followed beside it, from what was accepted alone."""

    def __init__(self) -> None:
        super().__init__()
        self.state: tool.Tool | None = tool.TOOL.fold(APPROVED)
        self.hands: list[UUID] = []

    def ask(self, command: Command, known: tool.ToolFacts) -> Sequence[BaseModel]:
        try:
            decided = TOOLS.decide(self.state, command, in_hr(known))
        except Refused as refused:
            event(f"{type(command).__name__}: {refused.rule}")
            return []
        event(f"{type(command).__name__}: {len(decided)}")
        self.state = tool.TOOL.fold(decided, self.state)
        return decided

    @rule(to=st.sampled_from([ADA, ADA, BOB, BOSS]), by=st.sampled_from([*PERSONS, HEAD, HEAD]))
    def issue(self, to: UUID, by: UUID) -> None:
        if any(
            isinstance(each, tool.ToolIssued)
            for each in self.ask(tool.IssueTool(person_id=to), facts(str(by), subject=to))
        ):
            self.hands.append(to)

    @rule(by=st.sampled_from(PERSONS))
    def acknowledge(self, by: UUID) -> None:
        if self.ask(tool.AcknowledgeTool(), facts(str(by), subject=self.custodian())):
            assert self.hands == [by]

    @rule(condition=st.sampled_from(tool.Condition))
    def take_back(self, condition: tool.Condition) -> None:
        if self.ask(tool.ReturnTool(condition=condition), facts(str(HEAD), subject=self.custodian())):
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
        assert (self.state.person_id is None) == (self.state.status is tool.ToolStatus.RETURNED)


TestCustody = Custody.TestCase
TestCustody.settings = settings(deadline=None, max_examples=examples(60), stateful_step_count=40)


PAID = StaffingPolicy(funding_required=True)
ASKED = FundingAsked(kind=FundedKind.TOOL, request=1, division_id=IT, cost=WANTED["cost"], needed_on=TODAY)
PROMISED = funding.FundingNoted(request=1, funded=True, reason="Reserved.")
DENIED = funding.FundingNoted(request=1, funded=False, reason="Not enough is left.")
PROVIDED = ToolProvided(effective_on=TODAY)


def test_finance_is_asked_for_the_money_of_an_approved_tool_and_again_once_it_refused() -> None:
    paid = facts(policy=PAID)
    given(tool.TOOL, *REQUESTED).when(tool.ApproveTool(), paid).then(APPROVED[-1], ASKED)
    given(tool.TOOL, *APPROVED, ASKED).when(tool.ApproveTool(), paid).then()
    again = ASKED.model_copy(update={"request": 2})
    given(tool.TOOL, *APPROVED, ASKED, DENIED).when(tool.ApproveTool(), paid).then(again)
    given(tool.TOOL, *APPROVED, ASKED, DENIED).when(tool.ApproveTool(), facts()).then()


def test_a_tool_is_issued_or_goes_into_stock_once_finance_promised_its_money() -> None:
    paid, issued = facts(policy=PAID), ISSUED[-1]
    for command in (ISSUE, HEALTHY):
        given(tool.TOOL, *APPROVED, ASKED).when(command, paid).then_refused("funded")
        given(tool.TOOL, *APPROVED, ASKED, DENIED).when(command, paid).then_refused("funded")
    given(tool.TOOL, *APPROVED, ASKED, PROMISED).when(ISSUE, paid).then(issued, PROVIDED)
    given(tool.TOOL, *APPROVED, ASKED, PROMISED).when(HEALTHY, paid).then(RETURNED[-1], PROVIDED)
    given(tool.TOOL, *APPROVED, ASKED, PROMISED, issued, PROVIDED, RETURNED[-1]).when(ISSUE, paid).then(issued)
    given(tool.TOOL, *APPROVED).when(ISSUE, paid).then(issued)


def test_a_tool_that_finance_was_asked_for_may_be_declined_until_somebody_has_it() -> None:
    decline = tool.DeclineTool(reason="Repair it.")
    for answer in ((), (PROMISED,), (DENIED,)):
        events = (*APPROVED, ASKED, *answer)
        given(tool.TOOL, *events).when(decline, facts()).then(DECLINED[-1], ToolGivenUp(effective_on=TODAY))
    given(tool.TOOL, *APPROVED, ASKED, PROMISED, ISSUED[-1], PROVIDED).when(decline, facts()).then_refused(
        "tool-requested"
    )


def test_an_answer_of_finance_to_a_tool_counts_once() -> None:
    note = funding.NoteFunding(request=1, funded=False, reason="Not enough is left.")
    given(tool.TOOL, *APPROVED, ASKED).when(note, facts()).then(DENIED)
    given(tool.TOOL, *APPROVED, ASKED, DENIED).when(note, facts()).then()
