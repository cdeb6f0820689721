"""The public events of finance: budgets, funding, commitments, spend; a project budget has its project's id."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts.base import PublicEvent, Value
from contracts.finance import authority, closing, conversations, currencies, exceptions, forecasts, income, savings
from contracts.values import Amount, Line, Money, Name, Share

TOPIC = "portolan.finance"


class Control(StrEnum):
    """What happens where a category's limit is exceeded: refused, recorded as a warning, or not looked at."""

    STOP = "stop"
    WARN = "warn"
    IGNORE = "ignore"


class CostKind(StrEnum):
    """Operating or capital expenditure."""

    OPEX = "opex"
    CAPEX = "capex"


class Purpose(StrEnum):
    """The purpose of spending (TBM: run, grow, transform)."""

    RUN = "run"
    GROW = "grow"
    TRANSFORM = "transform"


class BudgetLine(Value):
    """One category of a division's budget, spread over the year's periods in shares that sum to 100 %."""

    category: Name
    cost_kind: CostKind
    purpose: Purpose
    amount: Money
    spread: tuple[Share, ...]


class CategoryControl(Value):
    """The control of one category: of the year's whole, and of what is planned up to the present period."""

    category: Name
    annual: Control
    cumulative: Control


class FinancePolicySet(PublicEvent):
    """These parts of the finance policy hold from now on; null: as before."""

    fiscal_year_starts: int | None = None
    annual: Control | None = None
    cumulative: Control | None = None
    without_line: Control | None = None
    categories: tuple[CategoryControl, ...] | None = None
    closed_through: date | None = None
    budget_certificate: bool | None = None
    rate_card: tuple[conversations.StandardCost, ...] | None = None
    hiring_category: Name | None = None
    training_category: Name | None = None
    tool_category: Name | None = None
    fee_stays_days: int | None = None
    conversation_days: int | None = None
    rate_days: int | None = None
    reason: Line


class DivisionBudgetDrafted(PublicEvent):
    """A division's budget of one fiscal year was drafted."""

    division_id: UUID
    fiscal_year: int
    parent_budget_id: UUID | None
    lines: tuple[BudgetLine, ...]
    total: Money


class DivisionBudgetSubmitted(PublicEvent):
    """The draft awaits approval by somebody else; ``submitted_for``: whom the submitter stood in for."""

    submitted_by: str
    submitted_for: str | None = None


class DivisionBudgetReturned(PublicEvent):
    """The budget went back to draft."""

    reason: Line


class DivisionBudgetApproved(PublicEvent):
    """The budget holds; its original amount is this."""

    original: Money


class DivisionBudgetSupplemented(PublicEvent):
    """More money was granted; ``current`` is the budget after it."""

    amount: Money
    reason: Line
    current: Money


class DivisionBudgetTransferred(PublicEvent):
    """Money went to (negative) or came from (positive) another budget; ``current`` is the budget after it."""

    transfer_id: UUID
    other_budget_id: UUID
    amount: Money
    reason: Line
    current: Money


class DivisionBudgetCharged(PublicEvent):
    """So much more (negative: less) is planned, committed and spent of a category, in the budget's currency.

    ``occurred_on``: the day of what was spent; null where nothing was.
    ``reserved``: for hires, training and tools that people were promised.
    """

    category: Name
    planned: Amount
    committed: Amount
    spent: Amount
    occurred_on: date | None = None
    reserved: Amount = Decimal(0)


class CategoryLimitExceeded(PublicEvent):
    """A commitment exceeds what is budgeted for its category, and policy lets it pass with a warning.

    ``charged``: planned, committed and spent of the category after it. ``cumulative``: ``limit`` is what is planned up
    to the present period, otherwise the year's whole. ``exception_id``: the exception that lets it pass, if one does.
    """

    category: Name
    limit: Amount
    charged: Amount
    cumulative: bool
    exception_id: UUID | None = None


class ProjectBudgetCharged(PublicEvent):
    """So much more (negative: less) is planned, committed and spent of a category of a project's budget.

    ``occurred_on``: the day on which what is spent, or taken back, occurred; null where nothing is.
    """

    project_id: UUID
    category: Name
    planned: Amount
    committed: Amount
    spent: Amount
    occurred_on: date | None


class ProjectAllotmentReturned(PublicEvent):
    """The project's budget is closed, and so much of what a division's budget granted it is neither spent nor bound."""

    project_id: UUID
    division_budget_id: UUID
    amount: Money


class DivisionBudgetOverrun(PublicEvent):
    """What is granted to others, committed and spent exceeds the budget by this amount."""

    overrun: Money


class DivisionBudgetOverrunCleared(PublicEvent):
    """The budget is not exceeded any more."""


class DivisionBudgetClosed(PublicEvent):
    """The year is over for this budget."""


class ProjectBudgetOpened(PublicEvent):
    """Portfolio asked for a project's budget."""

    project_id: UUID
    division_id: UUID
    asked: Money


class ProjectBudgetTakenOver(PublicEvent):
    """A project came with a budget that was granted elsewhere."""

    project_id: UUID
    division_id: UUID
    granted: Money
    source: Line


class TakenOverBudgetCorrected(PublicEvent):
    """The budget granted elsewhere was stated wrongly; ``granted`` is the whole after it, supplements included."""

    project_id: UUID
    granted: Money
    reason: Line


class ProjectFundingConfirmed(PublicEvent):
    """The project's budget is granted, ``contingency`` of it held back for risks that materialise."""

    project_id: UUID
    granted: Money
    contingency: Money
    division_budget_id: UUID | None


class ProjectFundingRefused(PublicEvent):
    """The project gets no money as asked."""

    project_id: UUID
    reason: Line


class ProjectBudgetSupplemented(PublicEvent):
    """The project got more money, from this division budget or from none; ``granted`` is the whole after it."""

    project_id: UUID
    amount: Money
    granted: Money
    reason: Line
    division_budget_id: UUID | None = None


class ContingencyDrawn(PublicEvent):
    """A risk that materialised got what it asked for of its project's contingency; ``left`` is held after it."""

    risk_id: UUID
    project_id: UUID
    amount: Money
    left: Money


class ContingencyRefused(PublicEvent):
    """A risk that materialised gets nothing; ``left``: the contingency held, None where the project has no budget."""

    risk_id: UUID
    project_id: UUID
    asked: Money
    left: Money | None
    reason: Line


class BenefitConfirmationOpened(PublicEvent):
    """The day of a benefit has come, and finance is to find whether it was realised."""

    benefit_id: UUID
    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    division_id: UUID
    due_on: date


class BenefitConfirmed(PublicEvent):
    """Finance found that a benefit was realised; ``revised``: the verdict was another one before.

    ``measured``: what was realised, where it is money; ``confirmed_on``: the day for which it was found.
    """

    benefit_id: UUID
    measured: Money | None
    evidence: Line
    confirmed_on: date
    revised: bool


class BenefitNotConfirmed(PublicEvent):
    """Finance found that a benefit was not realised; as ``BenefitConfirmed``."""

    benefit_id: UUID
    measured: Money | None
    reason: Line
    confirmed_on: date
    revised: bool


class CommitmentPlanned(PublicEvent):
    """An order is to come (pre-encumbrance): its money is reserved in the budget, as if it were made.

    ``exception_id``: the exception to a stop that it uses. ``stated``: what it is in the order's own currency, where
    that is not the budget's, and ``rate``: at which it was converted.
    """

    project_id: UUID | None = None
    commitment_id: UUID
    division_budget_id: UUID | None = None
    category: Name
    amount: Money
    reference: Line
    exception_id: UUID | None = None
    stated: Money | None = None
    rate: currencies.AppliedRate | None = None


class CommitmentMade(PublicEvent):
    """Money of a project or of a division's budget is bound by an order or a contract.

    ``planned``: what was planned for it before, which it takes the place of. ``exception_id``: the exception to a stop
    that it uses. ``source``: the system that it was taken over from, whatever was left of the budget. ``stated``: what
    it is in the order's own currency, where that is not the budget's, and ``rate``: at which it was converted.
    """

    project_id: UUID | None = None
    commitment_id: UUID
    category: Name
    amount: Money
    reference: Line
    division_budget_id: UUID | None = None
    planned: Money | None = None
    exception_id: UUID | None = None
    source: Line | None = None
    stated: Money | None = None
    rate: currencies.AppliedRate | None = None


class CommitmentCancelled(PublicEvent):
    """There will be no order; ``planned``: what was reserved for it is free again."""

    project_id: UUID | None = None
    commitment_id: UUID
    division_budget_id: UUID | None = None
    planned: Money
    reason: Line


class CommitmentReleased(PublicEvent):
    """The rest of a commitment is free again."""

    project_id: UUID | None = None
    commitment_id: UUID
    amount: Money
    reason: Line
    division_budget_id: UUID | None = None


class CommitmentClosed(PublicEvent):
    """The order is fulfilled and invoiced: nothing more is to come."""

    commitment_id: UUID


class ExpenseSubmitted(PublicEvent):
    """An expense, or a supplier's credit (negative), awaits approval by somebody else.

    ``last``: it is the last invoice of its commitment. It is of a project's money or of a division's budget.
    ``risk``: as who submitted it sees it. ``stated``: what it is in the invoice's own currency, where that is not the
    budget's, and ``rate``: at which it was converted.
    """

    project_id: UUID | None = None
    division_budget_id: UUID | None = None
    division_id: UUID
    category: Name
    amount: Money
    commitment_id: UUID | None
    last: bool
    reference: Line
    occurred_on: date
    submitted_by: str
    submitted_for: str | None
    risk: authority.SpendingRisk = authority.SpendingRisk.LOW
    stated: Money | None = None
    rate: currencies.AppliedRate | None = None


class ExpenseRejected(PublicEvent):
    """The expense was not approved."""

    reason: Line


class ExpensePaid(PublicEvent):
    """The expense was paid on a day."""

    paid_on: date
    paid_by: str


class ActualRecorded(PublicEvent):
    """Money of a project or of a division's budget was spent; a supplier's credit is negative.

    It is an expense (``entry_id``) that was approved, by ``approved_by``, or that another system stated; then nobody
    did here. ``commitment_id`` names the commitment it consumes, by ``consumed``.
    """

    project_id: UUID | None = None
    entry_id: UUID
    category: Name
    amount: Money
    consumed: Money
    commitment_id: UUID | None
    reference: Line
    occurred_on: date
    division_budget_id: UUID | None = None
    approved_by: str | None = None
    approved_for: str | None = None


class ActualReversed(PublicEvent):
    """An expense was wrong: it is taken back whole; ``restored`` of its commitment is bound again."""

    project_id: UUID | None = None
    entry_id: UUID
    category: Name
    amount: Money
    restored: Money
    commitment_id: UUID | None
    reason: Line
    division_budget_id: UUID | None = None


class OverrunRaised(PublicEvent):
    """Planned and open orders and what was spent exceed the project's budget by this amount."""

    project_id: UUID
    overrun: Money


class OverrunCleared(PublicEvent):
    """The project is within its budget again."""

    project_id: UUID


class EstimateAtCompletionStated(PublicEvent):
    """The project's expected cost at completion, as of a date."""

    project_id: UUID
    estimate: Money
    basis: Literal["stated", "taken over", "earned value"]
    as_of: date
    reason: Line


class ProjectBudgetClosed(PublicEvent):
    """Nothing more is committed against the project's budget."""

    project_id: UUID


EVENTS: tuple[type[PublicEvent], ...] = (
    FinancePolicySet,
    DivisionBudgetDrafted,
    DivisionBudgetSubmitted,
    DivisionBudgetReturned,
    DivisionBudgetApproved,
    DivisionBudgetSupplemented,
    DivisionBudgetTransferred,
    DivisionBudgetCharged,
    CategoryLimitExceeded,
    ProjectBudgetCharged,
    ProjectAllotmentReturned,
    DivisionBudgetOverrun,
    DivisionBudgetOverrunCleared,
    DivisionBudgetClosed,
    ProjectBudgetOpened,
    ProjectBudgetTakenOver,
    TakenOverBudgetCorrected,
    ProjectFundingConfirmed,
    ProjectFundingRefused,
    ProjectBudgetSupplemented,
    ContingencyDrawn,
    ContingencyRefused,
    BenefitConfirmationOpened,
    BenefitConfirmed,
    BenefitNotConfirmed,
    CommitmentPlanned,
    CommitmentMade,
    CommitmentCancelled,
    CommitmentReleased,
    CommitmentClosed,
    ExpenseSubmitted,
    ExpenseRejected,
    ExpensePaid,
    ActualRecorded,
    ActualReversed,
    OverrunRaised,
    OverrunCleared,
    EstimateAtCompletionStated,
    ProjectBudgetClosed,
    *authority.EVENTS,
    *exceptions.EVENTS,
    *savings.EVENTS,
    *conversations.EVENTS,
    *income.EVENTS,
    *forecasts.EVENTS,
    *currencies.EVENTS,
    *closing.EVENTS,
)
