"""YearEnd: prepared, approved by somebody else, then run in bounded steps until every budget of the year is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import Field, field_validator

from chassis.domain.decider import (
    Command,
    Deadline,
    Decider,
    Facts,
    IssuedCommand,
    PrivateEvent,
    Refused,
    State,
    existing,
)
from contracts.finance import closing as contract
from contracts.values import Currency, Money, Name
from services.finance.budgets.domain.division_budget.carrying import CarryForward, CarryOver
from services.finance.budgets.domain.division_budget.drafting import FiscalYear
from services.finance.budgets.domain.division_budget.model import DivisionBudget
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.budgets.domain.finance_policy import DEFAULTS, FinancePolicy
from services.finance.budgets.domain.money import zero
from services.finance.closing.domain.carry import Closing, Holding, added, by_name, closing

MOST_RULES = 400


class YearEndStatus(StrEnum):
    """Prepared, running once it is approved, done when everything is closed."""

    PREPARED = "prepared"
    RUNNING = "running"
    DONE = "done"


class YearEnd(State):
    """A year end as it stands; ``parent_budget_id``: of the tree it closes, None for budgets that are in no tree.

    ``closed``: how many budgets are closed by now, with ``totals`` by currency.
    """

    fiscal_year: int
    parent_budget_id: UUID | None
    rules: tuple[contract.CarryRule, ...]
    prepared_by: str
    prepared_for: str | None
    status: YearEndStatus = YearEndStatus.PREPARED
    approved_at: datetime | None = None
    closed: int = 0
    totals: dict[Currency, contract.YearTotals] = {}


class PrepareYearEnd(Command):
    """Propose to close a fiscal year: what is left of which category is carried. Again: with other rules."""

    fiscal_year: FiscalYear
    parent_budget_id: UUID | None = None
    rules: Annotated[tuple[contract.CarryRule, ...], Field(max_length=MOST_RULES)]

    @field_validator("rules")
    @classmethod
    def _distinct(cls, rules: tuple[contract.CarryRule, ...]) -> tuple[contract.CarryRule, ...]:
        if len({rule.category for rule in rules}) < len(rules):
            raise ValueError("a category has one rule")
        return rules


class ApproveYearEnd(Command):
    """Approve a year end that somebody else prepared; it runs from then on."""


class CloseNextBudgets(Command):
    """Close the next of the budgets, and carry their money over; there is nothing more to close: be done."""


class YearEndAdvanced(PrivateEvent):
    """Some more budgets were closed."""

    budgets: int
    totals: tuple[contract.TotalsOf, ...]


YearEndCommand = PrepareYearEnd | ApproveYearEnd | CloseNextBudgets
YearEndEvent = contract.YearEndPrepared | contract.YearEndApproved | YearEndAdvanced | contract.YearEndDone
Events = Sequence[YearEndEvent]


@dataclass(frozen=True)
class Review:
    """What stands in the way of closing a year: each with how many there are, and the first of them.

    ``without_rule``: categories. ``without_next``: divisions whose budget of the next year is not approved.
    ``submitted``: budgets that wait for approval.
    """

    budgets: int = 0
    without_rule: tuple[Name, ...] = ()
    without_next: tuple[UUID, ...] = ()
    submitted: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class YearEndFacts(Facts):
    """``parent``: the root of the tree. ``review``: what an approval looks at. ``holdings``: what closes next."""

    parent: DivisionBudget | None = None
    review: Review = Review()
    holdings: tuple[Holding, ...] = ()
    policy: FinancePolicy = DEFAULTS


def id_of(command: PrepareYearEnd) -> UUID:
    """There is one year end for a year and a tree."""
    return uuid5(NAMESPACE_OID, f"year end {command.fiscal_year} of {command.parent_budget_id}")


def decide(state: YearEnd | None, command: YearEndCommand, facts: YearEndFacts) -> Events:
    match command:
        case PrepareYearEnd():
            return prepare(state, command, facts)
        case ApproveYearEnd():
            return approve(existing(state), facts)
        case CloseNextBudgets():
            return advance(existing(state), facts)
        case _:
            assert_never(command)


def prepare(state: YearEnd | None, command: PrepareYearEnd, facts: YearEndFacts) -> Events:
    """Until it is approved its rules may change; a tree is closed from its root."""
    if state is not None and state.rules == command.rules:
        return []
    if state is not None and state.status is not YearEndStatus.PREPARED:
        detail = f"The end of {state.fiscal_year} is {state.status}."
        raise Refused("year-end-once", detail, "A year is closed once; its rules do not change any more.")
    if command.parent_budget_id is not None:
        check_root(command, facts)
    known = {"prepared_by": facts.actor.id, "prepared_for": facts.actor.for_whom}
    return [contract.YearEndPrepared(**vars(command), **known)]


def check_root(command: PrepareYearEnd, facts: YearEndFacts) -> None:
    root = facts.parent
    if root is None or root.fiscal_year != command.fiscal_year:
        detail = f"There is no such budget of {command.fiscal_year}."
        raise Refused("parent-unknown", detail, "Name a division's budget of that fiscal year.")
    if root.parent_budget_id is not None:
        detail = "The budget lies below another one."
        raise Refused("from-the-root", detail, f"Close the year from the top, {root.parent_budget_id}.")


def approve(year_end: YearEnd, facts: YearEndFacts) -> Events:
    """A year that is over is closed when it is known what becomes of every cent, and where it goes."""
    if year_end.status is not YearEndStatus.PREPARED:
        return []
    if facts.policy.fiscal_year(facts.today) <= year_end.fiscal_year:
        detail = f"It is {facts.today}, and the fiscal year {year_end.fiscal_year} is not over."
        raise Refused("year-not-over", detail, "Approve it once the year is over.")
    check_review(year_end, facts.review)
    return [
        contract.YearEndApproved(
            budgets=facts.review.budgets,
            approved_by=facts.actor.id,
            approved_for=facts.actor.for_whom,
            approved_at=facts.at,
        )
    ]


def check_review(year_end: YearEnd, review: Review) -> None:
    if review.without_rule:
        raise Refused(
            "rule-missing",
            f"No rule says what is carried of {named(review.without_rule)}.",
            "Prepare the year end again with a rule for each: 0 % lapses, 100 % is carried.",
        )
    if review.without_next:
        raise Refused(
            "next-budget-missing",
            f"Money is carried into {year_end.fiscal_year + 1}, and there is no approved budget of that year for"
            f" {named(review.without_next)}.",
            "Have the next year's budgets of these divisions approved first.",
        )
    if review.submitted:
        raise Refused(
            "budgets-undecided",
            f"Budgets wait for approval: {named(review.submitted)}.",
            "Approve or return them first.",
        )


SHOWN = 5


def named(those: Sequence[object]) -> str:
    """The first of them, and how many more there are."""
    first = ", ".join(f"'{each}'" for each in those[:SHOWN])
    return first if len(those) <= SHOWN else f"{first} and {len(those) - SHOWN} more"


def advance(year_end: YearEnd, facts: YearEndFacts) -> Events:
    """Close what is there to close, or be done."""
    if year_end.status is not YearEndStatus.RUNNING:
        return []
    if not facts.holdings:
        return [contract.YearEndDone(budgets=year_end.closed, totals=listed(year_end.totals))]
    closings = closings_of(year_end, facts)
    missing = [each.holding.budget.division_id for each in closings if each.needs_next and not each.holding.next_id]
    check_review(year_end, Review(without_next=tuple(missing)))
    return [YearEndAdvanced(budgets=len(closings), totals=totals_of(closings))]


def closings_of(year_end: YearEnd, facts: YearEndFacts) -> list[Closing]:
    rules = by_name(year_end.rules)
    return [closing(holding, rules) for holding in facts.holdings]


def totals_of(closings: Sequence[Closing]) -> tuple[contract.TotalsOf, ...]:
    """The sums by currency: amounts of two currencies are never added."""
    sums: dict[Currency, contract.YearTotals] = {}
    for each in closings:
        sums[each.currency] = added(sums.get(each.currency, contract.YearTotals()), each.totals)
    return listed(sums)


def listed(totals: Mapping[Currency, contract.YearTotals]) -> tuple[contract.TotalsOf, ...]:
    return tuple(contract.TotalsOf(currency=currency, totals=totals[currency]) for currency in sorted(totals))


def carried(
    _command: CloseNextBudgets, before: YearEnd | None, _after: YearEnd, facts: YearEndFacts
) -> Sequence[IssuedCommand]:
    """Each budget closes, and next year's and those above it grow, in the same append."""
    closings = closings_of(existing(before), facts)
    closed = [IssuedCommand(DIVISION_BUDGET, each.holding.id, carry_over(each, facts.id)) for each in closings]
    return [*closed, *received(closings, facts.id)]


def received(closings: Sequence[Closing], year_end_id: UUID) -> list[IssuedCommand]:
    """What arrives at each budget of the next year: for itself, and for those below it, so that they stay within it."""
    into = {each.holding.next_id: each for each in closings if each.holding.next_id and each.needs_next}
    below: dict[UUID, Money] = {}
    for each in into.values():
        if each.totals.carried:
            for above in each.holding.above:
                before = below.get(above, zero(each.currency))
                below[above] = before + Money(amount=each.totals.carried, currency=each.currency)
    own = {id: carry_forward(each, below.get(id, zero(each.currency)), year_end_id) for id, each in into.items()}
    through = {id: passed_on(amount, year_end_id) for id, amount in below.items() if id not in into}
    return [IssuedCommand(DIVISION_BUDGET, id, command) for id, command in (own | through).items() if id is not None]


def carry_forward(each: Closing, below: Money, year_end_id: UUID) -> CarryForward:
    return CarryForward(
        year_end_id=year_end_id,
        from_budget_id=each.holding.id,
        amount=Money(amount=each.totals.carried, currency=each.currency),
        below=below,
        open=each.open,
    )


def passed_on(amount: Money, year_end_id: UUID) -> CarryForward:
    """Money that only goes through a budget, to those below it."""
    return CarryForward(year_end_id=year_end_id, from_budget_id=None, amount=zero(amount.currency), below=amount)


def carry_over(each: Closing, year_end_id: UUID) -> CarryOver:
    amounts = {
        name: Money(amount=getattr(each.totals, name), currency=each.currency)
        for name in ("carried", "lapsed", "overspent")
    }
    return CarryOver(year_end_id=year_end_id, carried_to=each.holding.next_id, **amounts)


def due(year_end: YearEnd) -> Deadline | None:
    """What is running goes on at once, step by step."""
    if year_end.status is not YearEndStatus.RUNNING or year_end.approved_at is None:
        return None
    return Deadline(year_end.approved_at, CloseNextBudgets())


def evolve(state: YearEnd | None, event: YearEndEvent) -> YearEnd:
    match event:
        case contract.YearEndPrepared():
            return YearEnd(**vars(event))
    year_end = existing(state)
    match event:
        case contract.YearEndApproved(approved_at=at):
            return year_end.but(status=YearEndStatus.RUNNING, approved_at=at)
        case YearEndAdvanced(budgets=budgets, totals=totals):
            sums = dict(year_end.totals)
            for each in totals:
                sums[each.currency] = added(sums.get(each.currency, contract.YearTotals()), each.totals)
            return year_end.but(closed=year_end.closed + budgets, totals=sums)
        case contract.YearEndDone():
            return year_end.but(status=YearEndStatus.DONE)
        case _:
            assert_never(event)


YEAR_END = Decider(kind="year-end", state=YearEnd, events=YearEndEvent, decide=decide, evolve=evolve, due=due)
