"""Demo data for finance: its policy and authority, what divisions order and spend themselves, and how years end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from contracts.roles import Role
from contracts.values import Grade
from portolan.demo import money
from portolan.demo.calendar import Calendar
from portolan.demo.company import commitment_id, division_budget_id, expense_id, record_id
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait, euros, orders_to

THE_ONE = UUID(int=0)
"""There is one policy, and one authority matrix."""

RATE_CARD = {
    Grade.STAFF: 72_000,
    Grade.JUNIOR_MANAGER: 94_000,
    Grade.MANAGER: 121_000,
    Grade.SENIOR_MANAGER: 174_000,
    Grade.EXECUTIVE: 290_000,
}
"""What somebody of a grade is reckoned to cost in a year."""

WARNED = (money.CLOUD,)
"""Categories that orders may exceed with a warning."""

AUTHORITY: tuple[Json, ...] = (
    {"grade": Grade.MANAGER, "up_to": euros(25_000), "second_above": "10000"},
    {"grade": Grade.SENIOR_MANAGER, "up_to": euros(100_000), "second_above": "50000"},
    {"grade": Grade.EXECUTIVE, "up_to": euros(5_000_000)},
    {"role": Role.FINANCE_CONTROLLER, "up_to": euros(50_000)},
)
"""Who may approve how much, and above how much a second one does so as well."""

RATES = (("NOK", "0.0861"), ("THB", "0.0265"), ("USD", "0.9214"))
CORRECTED = ("THB", "0.0256", "Two digits were exchanged.")
"""What one unit of a currency was worth in euros yesterday, and the rate that was stated wrongly."""

CARRIED = {
    money.HARDWARE: 50,
    money.CLOUD: 25,
    **dict.fromkeys(
        [money.STAFF_COSTS, money.LICENCES, money.SERVICES, money.PROJECTS, money.TRAINING, money.TOOLS], 0
    ),
}
"""How much of what is left of a category goes into the next year, in per cent."""


@dataclass(frozen=True)
class Order:
    """An order of a division's budget of the current year or of the last; ``exception``: the one it uses."""

    number: str
    division: str
    category: str
    amount: int
    reference: str
    by: str
    back: int = 0
    exception: str | None = None


@dataclass(frozen=True)
class Spending:
    """An expense of a division, so many days ago or in November of last year; ``approved_by``: one after the other."""

    division: str
    category: str
    amount: int
    reference: str
    by: str
    approved_by: tuple[str, ...]
    days_ago: int | None = None
    order: str | None = None
    paid: bool = False


@dataclass(frozen=True)
class Exemption:
    """An exception to a stop, for a category without a line; ``answers``: what became of it, by whom."""

    key: str
    division: str
    category: str
    amount: int
    reason: str
    by: str
    answers: tuple[tuple[str, str], ...] = ()


TRAVEL, CATERING = "Travel", "Catering"

# fmt: off
ORDERS = (
    Order("PO-39910", "IT-OPS", money.HARDWARE, 64_000, "Storage shelves, delivered in spring", "katarzyna", 1),
    Order("PO-41050", "IT-OPS", money.CLOUD, 240_000, "Cloud platform, second half-year", "katarzyna"),
    Order("PO-41061", "IT-OPS", TRAVEL, 6_000, "Site surveys at the southern depots", "katarzyna", exception="surveys"),
    Order("PO-41062", "IT-SEC", TRAVEL, 4_000, "Audit of the port authorities, first week", "ilse", exception="audit"),
)

LATER = Order("PO-41071", "IT-OPS", money.HARDWARE, 70_000, "Switches for the southern depots", "katarzyna")
FIRST_APPROVER = "marcus"
"""An order that two have to approve, and who did so first."""

SPENDINGS = (
    Spending("IT-OPS", money.CLOUD, 310_000, "Invoice CP-70001", "katarzyna", ("tomasz",), paid=True),
    Spending("IT-OPS", money.CLOUD, 80_000, "Invoice CP-81200", "katarzyna", ("marcus", "tomasz"), 5, "PO-41050"),
    Spending("IT-OPS", money.HARDWARE, 60_000, "Invoice SW-30012", "katarzyna", ("marcus",), 4),
    Spending("IT-SEC", money.LICENCES, 22_000, "Invoice SC-118", "ilse", ("rasmus",), 9),
)
"""Above 50,000 euros a senior manager is not alone: one approval is followed by another's, one still waits for it."""

EXEMPTIONS = (
    Exemption("conference", "IT-APP", TRAVEL, 9_000, "Three engineers at the makers' conference.", "elif"),
    Exemption("audit", "IT-SEC", TRAVEL, 12_000, "The port authorities are audited on site.", "rasmus",
              (("helena", "grant"),)),
    Exemption("surveys", "IT-OPS", TRAVEL, 6_000, "Depots without plans have to be seen.", "marcus",
              (("tomasz", "grant"),)),
    Exemption("summer", "IT-SD", CATERING, 3_000, "A summer evening for the team.", "bogdan", (("helena", "refuse"),)),
    Exemption("board", "IT-PMO", TRAVEL, 5_000, "The board meets at the depots.", "carolina",
              (("helena", "grant"), ("helena", "withdraw"))),
)
# fmt: on

STATED = ("IT-OPS", money.CLOUD, 4, 610_000, "The second region runs in parallel until the end of the year.")
"""What a holder expects of a category in a quarter, instead of what follows by rule."""

policy_order = orders_to("finance_policy", THE_ONE, "finance's policy")
matrix_order = orders_to("authority_matrix", THE_ONE, "the authority matrix")


def framing(calendar: Calendar) -> Iterator[Scene]:
    """The policy, and rates."""
    card = [{"grade": grade, "cost": euros(cost)} for grade, cost in RATE_CARD.items()]
    warned = [{"category": each, "annual": "warn", "cumulative": "ignore"} for each in WARNED]
    said = {"rate_card": card, "categories": warned, "reason": "Agreed with the divisions."}
    rates = [rate_order(base, "state", stated_rate(base, rate, calendar), calendar) for base, rate in RATES]
    base, rate, reason = CORRECTED
    corrected = rate_order(base, "correct", {"rate": rate, "reason": reason}, calendar)
    yield Scene(
        "set finance's policy and rates", "finance", [policy_order(money.CONTROLLER, "set", said), *rates, corrected]
    )


def stated_rate(base: str, rate: str, calendar: Calendar) -> Json:
    day = calendar.ago(1).isoformat()
    return {"base": base, "quote": money.CURRENCY, "day": day, "rate": rate, "source": "European Central Bank"}


def rate_order(base: str, command: str, body: Json, calendar: Calendar) -> DemoCommand:
    id = uuid5(NAMESPACE_OID, f"rate {base}/{money.CURRENCY} {calendar.ago(1)}")
    return orders_to("rate", id, f"the rate of {base}")(money.CONTROLLER, command, body)


def running_costs(calendar: Calendar) -> Iterator[Scene]:
    """What divisions order and spend themselves, which belongs to no project."""
    year = calendar.year(0)
    yield Scene("ask for exceptions", "finance", [asked(row, year) for row in EXEMPTIONS], hears=("people",))
    yield Scene("answer exceptions", "finance", [each for row in EXEMPTIONS for each in answered(row, calendar)])
    orders = [each for row in ORDERS for each in ordered(row, calendar)]
    yield Scene("order for divisions", "finance", orders)
    since = {"valid_from": calendar.today.isoformat()}
    entries = since | {"entries": AUTHORITY, "reason": "The board's rules of signature."}
    later = to_order(LATER, "draft", charged(LATER, year) | {"reference": f"{LATER.number} {LATER.reference}"})
    put = matrix_order(money.CONTROLLER, "set", entries)
    yield Scene("set the authority matrix, draft an order", "finance", [put, later])
    yield Scene("approve the authority matrix", "finance", [matrix_order(money.APPROVER, "approve", since)])
    submitted = [spending_order(row, row.by, "submit", spent(row, calendar)) for row in SPENDINGS]
    yield Scene("submit expenses of divisions", "finance", submitted)
    for place in range(2):
        approvals = [
            spending_order(row, row.approved_by[place], "approve", {}, str(place))
            for row in SPENDINGS
            if place < len(row.approved_by)
        ]
        first = [to_order(LATER, "approve", {}, FIRST_APPROVER)] if place == 0 else []
        yield Scene("approve expenses and an order of divisions", "finance", [*approvals, *first])
    paid = [
        spending_order(row, money.CONTROLLER, "pay", {"paid_on": calendar.ago(1).isoformat()})
        for row in SPENDINGS
        if row.paid
    ]
    yield Scene("pay expenses of divisions", "finance", [*paid, stated_forecast(year)])


def exemption_order(row: Exemption, actor: str, command: str, body: Json) -> DemoCommand:
    id = record_id("spending exception", row.key)
    return orders_to("spending_exception", id, f"an exception for {row.category}")(actor, command, body)


def asked(row: Exemption, year: int) -> DemoCommand:
    budget = str(division_budget_id(row.division, year))
    said = {"division_budget_id": budget, "category": row.category, "amount": euros(row.amount), "reason": row.reason}
    return exemption_order(row, row.by, "ask", said)


def answered(row: Exemption, calendar: Calendar) -> Iterator[DemoCommand]:
    bodies: dict[str, Json] = {
        "grant": {"limit": euros(row.amount), "ends_on": calendar.ahead(60).isoformat()},
        "refuse": {"reason": "Not out of the division's budget."},
        "withdraw": {"reason": "The board meets by video."},
    }
    return (exemption_order(row, actor, command, bodies[command]) for actor, command in row.answers)


def ordered(row: Order, calendar: Calendar) -> Iterator[DemoCommand]:
    said = {"reference": f"{row.number} {row.reference}"}
    yield to_order(row, "draft", charged(row, calendar.year(row.back)) | said)
    named = {"exception_id": str(record_id("spending exception", row.exception))} if row.exception else {}
    yield to_order(row, "place_order", named)


def to_order(row: Order, command: str, body: Json, actor: str | None = None) -> DemoCommand:
    order = orders_to("commitment", commitment_id(row.number), f"order {row.number} of {row.division}")
    return order(actor or row.by, command, body)


def charged(row: Order | Spending, year: int) -> Json:
    budget = str(division_budget_id(row.division, year))
    return {"division_budget_id": budget, "category": row.category, "amount": euros(row.amount)}


def spent(row: Spending, calendar: Calendar) -> Json:
    last = row.days_ago is None
    day = f"{calendar.year(1)}-11-15" if row.days_ago is None else calendar.ago(row.days_ago).isoformat()
    of_order = {"commitment_id": str(commitment_id(row.order)) if row.order else None}
    said = {"reference": row.reference, "occurred_on": day}
    return charged(row, calendar.year(1 if last else 0)) | said | of_order


def spending_order(row: Spending, actor: str, command: str, body: Json, nth: str = "") -> DemoCommand:
    id = expense_id(row.division, row.reference)
    return orders_to("expense", id, f"'{row.reference}' of {row.division}")(actor, command, body, nth)


def stated_forecast(year: int) -> DemoCommand:
    code, category, period, amount, reason = STATED
    order = orders_to("forecast", division_budget_id(code, year), f"the forecast of {code}")
    said = {"category": category, "period": period, "amount": euros(amount), "reason": reason}
    return order(money.CONTROLLER, "state", said)


def closing(calendar: Calendar) -> Iterator[Scene]:
    """The books of last month are closed, which keeps the forecasts; then the last year ends, as it is foreseen."""
    said = {"closed_through": calendar.last_of(-1).isoformat(), "reason": "The last month is over."}
    code = STATED[0]
    kept = Wait(
        "finance",
        f"/forecasts/{division_budget_id(code, calendar.year(1))}",
        f"the forecast of {code} is kept",
        lambda forecast: bool(forecast["frozen"]),
    )
    prepared = [
        year_end_order(money.CONTROLLER, "prepare", year_end(calendar.year(back)), calendar, back) for back in (1, 0)
    ]
    books = policy_order(money.CONTROLLER, "set", said, "close")
    yield Scene("close the books, prepare year ends", "finance", [books, *prepared], waits=[kept])
    approved = year_end_order(money.APPROVER, "approve", {}, calendar, 1)
    over = Wait("finance", f"/year-ends/{approved.id}", "the last year is closed", is_done)
    yield Scene("close the last year", "finance", [approved], waits=[over])


def year_end(year: int) -> Json:
    rules = [{"category": category, "share": str(share)} for category, share in CARRIED.items()]
    return {"fiscal_year": year, "parent_budget_id": None, "rules": rules}


def year_end_order(actor: str, command: str, body: Json, calendar: Calendar, back: int) -> DemoCommand:
    year = calendar.year(back)
    id = uuid5(NAMESPACE_OID, f"year end {year} of None")
    return orders_to("year_end", id, f"the end of {year}")(actor, command, body)


def is_done(year_end: Mapping[str, Any]) -> bool:
    return bool(year_end["status"] == "done")
