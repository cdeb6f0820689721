"""What holds for every project budget, whatever is asked of it in whatever order."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import BaseModel

from chassis.domain.decider import Actor, Refused
from contracts import finance
from contracts.values import Money
from services.finance.budgets.domain.charging import Spent
from services.finance.budgets.domain.money import LARGEST, Funds
from services.finance.budgets.domain.project_budget import funding, spending
from services.finance.budgets.domain.project_budget import rules as project_budget
from services.finance.budgets.domain.project_budget.model import ProjectBudget, ProjectBudgetFacts
from tests.examples import examples

PROJECT, DIVISION = UUID(int=1), UUID(int=2)
CONVERGENT = (
    funding.OpenProjectBudget,
    funding.TakeOverProjectBudget,
    project_budget.StateEstimateAtCompletion,
    project_budget.CloseProjectBudget,
)

sources = some.none() | some.integers(20, 21).map(lambda number: UUID(int=number))
texts = some.sampled_from(["a", "b"])
days = some.dates(date(2026, 11, 19), date(2026, 11, 25))
usual = some.integers(0, 60).map(Decimal) | some.decimals(0, 60, places=6)
signed = usual | usual.map(lambda amount: -amount)
unusual = some.sampled_from([Decimal(-1), Decimal(0), LARGEST, LARGEST + 1, Decimal(10) ** 18 - 1, Decimal("1E+5")])
currencies = some.sampled_from(["EUR"] * 19 + ["USD"])
monies = some.builds(Money, amount=some.one_of([usual] * 9 + [unusual]), currency=currencies)
funds = some.none() | some.builds(
    Funds,
    approved=some.sampled_from([True, True, False]),
    fiscal_year=some.just(2027),
    current=usual.map(lambda amount: Money(amount=amount + 1000, currency="EUR")),
    allotted=usual.map(lambda amount: Money(amount=amount, currency="EUR")),
)


def answer(
    state: ProjectBudget | None, command: project_budget.ProjectBudgetCommand, known: ProjectBudgetFacts
) -> list[BaseModel] | Refused:
    """The events of a command, or its refusal; any other exception is a failure."""
    try:
        return list(project_budget.PROJECT_BUDGET.decide(state, command, known))
    except Refused as refused:
        return refused


class AnyProjectBudget(RuleBasedStateMachine):
    """Asks for anything; keeps the events, and beside them the figures a subscriber would add up."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[BaseModel] = []
        self.state: ProjectBudget | None = None
        self.currency = ""
        self.granted = self.spent = self.committed = self.returned = Decimal(0)

    @initialize(taken_over=some.booleans(), granted=some.integers(50, 150))
    def begin(self, taken_over: bool, granted: int) -> None:
        amount = Money(amount=Decimal(granted), currency="EUR")
        if taken_over:
            self.ask(funding.TakeOverProjectBudget(division_id=DIVISION, granted=amount, source="ledger"), None)
        else:
            self.ask(funding.OpenProjectBudget(division_id=DIVISION, asked=amount), None)

    @rule(asked=monies)
    def open(self, asked: Money) -> None:
        self.ask(funding.OpenProjectBudget(division_id=DIVISION, asked=asked), None)

    @rule(granted=monies, contingency=monies, source=sources, known=funds)
    def confirm(self, granted: Money, contingency: Money, source: UUID | None, known: Funds | None) -> None:
        self.ask(funding.ConfirmFunding(granted=granted, contingency=contingency, division_budget_id=source), known)

    @rule(known=funds)
    def confirm_as_asked(self, known: Funds | None) -> None:
        if self.state is not None and self.state.asked is not None:
            self.confirm(self.state.asked, self.state.asked, None if known is None else DIVISION, known)

    @rule()
    def refuse(self) -> None:
        self.ask(funding.RefuseFunding(reason="no money"), None)

    @rule(amount=monies, source=sources, known=funds)
    def supplement(self, amount: Money, source: UUID | None, known: Funds | None) -> None:
        self.ask(funding.SupplementProjectBudget(amount=amount, reason="scope", division_budget_id=source), known)

    @rule(granted=monies)
    def take_over(self, granted: Money) -> None:
        self.ask(funding.TakeOverProjectBudget(division_id=DIVISION, granted=granted, source="ledger"), None)

    @rule(planned=signed, committed=signed, currency=currencies, category=texts)
    def bind(self, planned: Decimal, committed: Decimal, currency: str, category: str) -> None:
        sums = {"planned": planned, "committed": committed}
        self.ask(spending.ChargeProjectBudget(category=category, currency=currency, **sums), None)

    @rule(spent=signed, consumed=usual, category=texts, day=days, before=some.none() | some.tuples(usual, texts))
    def spend(
        self, spent: Decimal, consumed: Decimal, category: str, day: date, before: tuple[Decimal, str] | None
    ) -> None:
        instead_of = Spent(amount=before[0], category=before[1], occurred_on=day) if before else None
        happened = {"spent": spent, "committed": -consumed, "occurred_on": day, "instead_of": instead_of}
        self.ask(spending.ChargeProjectBudget(category=category, currency="EUR", **happened), None)

    @rule(amount=monies, day=days, basis=some.sampled_from(["stated", "taken over", "earned value"]))
    def estimate(self, amount: Money, day: date, basis: Any) -> None:
        self.ask(
            project_budget.StateEstimateAtCompletion(estimate=amount, basis=basis, as_of=day, reason="report"), None
        )

    @rule(really=some.sampled_from([False] * 9 + [True]))
    def close(self, really: bool) -> None:
        if really:
            self.ask(project_budget.CloseProjectBudget(), None)

    def ask(self, command: project_budget.ProjectBudgetCommand, funds: Funds | None) -> None:
        """Decide and fold."""
        known = ProjectBudgetFacts(
            actor=Actor("tests"), at=datetime(2026, 11, 22, tzinfo=UTC), id=PROJECT, division_budget=funds
        )
        decided = answer(self.state, command, known)
        if isinstance(decided, Refused):
            assert decided.detail
            assert decided.remedy
            return
        self.state = project_budget.PROJECT_BUDGET.fold(decided, self.state)
        self.events += decided
        for event in decided:
            self.add_up(event)
        assert self.state is not None
        if isinstance(command, spending.ChargeProjectBudget) and command.bound > 0:
            assert self.state.available.amount >= 0
        if isinstance(command, CONVERGENT):
            assert answer(self.state, command, known) == []

    def add_up(self, event: BaseModel) -> None:
        """What a subscriber who knows no rule makes of the events."""
        match event:
            case (
                finance.ProjectBudgetTakenOver(granted=granted)
                | finance.TakenOverBudgetCorrected(granted=granted)
                | finance.ProjectFundingConfirmed(granted=granted)
                | finance.ProjectBudgetSupplemented(granted=granted)
            ):
                self.granted = granted.amount
            case finance.ProjectBudgetCharged(planned=planned, committed=committed, spent=spent):
                self.spent, self.committed = self.spent + spent, self.committed + planned + committed
            case finance.ProjectAllotmentReturned(amount=amount):
                assert amount.amount > 0
                self.returned += amount.amount
            case finance.OverrunRaised(overrun=overrun):
                assert overrun.amount == self.committed + self.spent + self.returned - self.granted

    @invariant()
    def the_state_is_what_the_events_add_up_to(self) -> None:
        assert project_budget.PROJECT_BUDGET.fold(self.events) == self.state
        if self.state is not None:
            assert ProjectBudget.model_validate_json(self.state.model_dump_json()) == self.state

    @invariant()
    def the_figures_are_those_of_the_events(self) -> None:
        if self.state is not None:
            figures = (self.state.granted.amount, self.state.returned.amount, self.state.spent.amount)
            assert figures == (self.granted, self.returned, self.spent)
            assert self.state.planned.amount + self.state.committed.amount == self.committed
            assert self.state.charges.total == self.committed + self.spent
            held = self.state.contingency.amount
            assert self.state.available.amount == self.granted - self.returned - held - self.committed - self.spent
            currencies = {self.state.granted, self.state.committed, self.state.spent, self.state.available}
            assert len({money.currency for money in currencies}) == 1

    @invariant()
    def a_closed_budget_keeps_of_a_divisions_money_only_what_it_needs(self) -> None:
        if self.state is not None and self.state.status == "closed":
            allotted = sum((money.amount for money in self.state.allotments.values()), Decimal(0))
            assert allotted == 0 or self.committed + self.spent >= self.granted - self.returned

    @invariant()
    def the_overrun_is_raised_exactly_while_there_is_one(self) -> None:
        if self.state is not None:
            assert self.state.overrun == (self.committed + self.spent + self.returned > self.granted)

    @invariant()
    def the_contingency_and_the_allotments_are_parts_of_what_is_granted(self) -> None:
        if self.state is not None and self.state.taken_over is None:
            allotted = sum((money.amount for money in self.state.allotments.values()), Decimal(0))
            assert 0 <= self.state.contingency.amount <= self.granted
            assert 0 <= allotted <= self.granted


TestAnyProjectBudget = AnyProjectBudget.TestCase
TestAnyProjectBudget.settings = settings(max_examples=examples(150), stateful_step_count=30, deadline=None)
