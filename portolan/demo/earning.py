"""Demo data for finance: what is to be saved, what comes in, and what divisions are charged for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, record_id
from portolan.demo.money import CONTROLLER, CURRENCY
from portolan.demo.scenes import DemoCommand, Json, Order, Scene, euros, in_turns, orders_to


@dataclass(frozen=True)
class Saving:
    """A savings measure; ``then``: how far it has come, ``because``: what finance found or why it was given up."""

    name: str
    kind: str
    division: str
    owner: str
    baseline: int
    expected: int
    then: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Charge:
    """A charge-back of IT's costs of the month before last; ``users`` by receiving division.

    ``then``: finance's steps, or a head's answer and reason. ``replaces``: the one it revises.
    """

    key: str
    name: str
    cost: int
    users: tuple[tuple[str, int], ...]
    then: tuple[tuple[str, str, str], ...] = ()
    replaces: str | None = None


CASHABLE, NON_CASHABLE, AVOIDANCE = "cashable", "non-cashable", "avoidance"
SALES, TRANSPORT, SERVICE = "SAL", "OPS", "CUS"
ISSUED = ((CONTROLLER, "calculate", ""), (CONTROLLER, "issue", ""))
FEWER = "Eleven of our users left in spring."

# fmt: off
SAVINGS = (
    Saving("One print service for all depots", CASHABLE, "IT-SD", "amelie", 96_000, 30_000),
    Saving("Idle virtual machines are switched off", CASHABLE, "IT-OPS", "katarzyna", 410_000, 70_000, ("validate",)),
    Saving("Licences of leavers are used again", AVOIDANCE, "IT-APP", "joost", 280_000, 45_000, ("validate", "commit")),
    Saving("Backup tapes are given up", CASHABLE, "IT-OPS", "fatou", 58_000, 40_000, ("validate", "commit", "realise"),
           "Invoices of the archive: none since April."),
    Saving("Reports write themselves", NON_CASHABLE, "IT-DAT", "camille", 90_000, 60_000,
           ("validate", "commit", "miss"), "Two analysts still check every figure by hand."),
    Saving("Cheaper lines to the warehouses", CASHABLE, "IT-OPS", "ravi", 120_000, 20_000, ("withdraw",),
           "The provider raised its prices."),
)

CHARGES = (
    Charge("plan", "Analytics for Sales", 12_000, ((SALES, 14),)),
    Charge("calculated", "Cloud capacity", 88_000, ((SALES, 120), (TRANSPORT, 410), (SERVICE, 95)),
           ((CONTROLLER, "calculate", ""),)),
    Charge("open", "Workplace services", 143_000, ((SALES, 160), (TRANSPORT, 520), (SERVICE, 110)),
           (*ISSUED, ("hendrik", "accept", TRANSPORT), ("nadia", "dispute", SERVICE))),
    Charge("wrong", "Service desk", 61_000, ((SALES, 160), (SERVICE, 121)),
           (*ISSUED, ("chiara", "accept", SALES), ("nadia", "dispute", SERVICE))),
    Charge("right", "Service desk, revised", 61_000, ((SALES, 160), (SERVICE, 110)),
           (*ISSUED, ("chiara", "accept", SALES), ("nadia", "accept", SERVICE)), "wrong"),
    Charge("settled", "Transport systems", 74_000, ((SALES, 40), (TRANSPORT, 480)),
           (*ISSUED, ("hendrik", "accept", TRANSPORT), ("chiara", "dispute", SALES), (CONTROLLER, "uphold", SALES),
            (CONTROLLER, "settle", ""))),
)
"""The one that replaces another is issued after that one is disputed."""

INCOME = ("IT-DAT", "thandiwe", "Benchmarks for partners", 60_000)
"""A division's source of income, who records what is earned, and what is forecast of it."""

EARNED = (("Report of the first quarter", 18_000, 18_000), ("Report of the second quarter", 15_000, 9_500))
"""Entries, and what came in for each of them; the rest of the last one is written off."""
# fmt: on


def earning(calendar: Calendar) -> Iterator[Scene]:
    first = [each for each in CHARGES if not each.replaces]
    courses = [*(list(saving(row, calendar)) for row in SAVINGS), list(income(calendar))]
    courses += [list(charging(row, calendar)) for row in first]
    yield from in_turns("save, earn and charge", "finance", courses)
    revised = [list(charging(row, calendar)) for row in CHARGES if row.replaces]
    yield from in_turns("revise a charge", "finance", revised)


def saving(row: Saving, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("savings_measure", record_id("savings measure", row.name), f"the saving '{row.name}'")
    said = {"name": row.name, "kind": row.kind, "division_id": str(division_id(row.division))}
    amounts = {"baseline": euros(row.baseline), "expected": euros(row.expected)}
    whose = {"owner_id": str(person_id(row.owner)), "due_on": calendar.ahead(40).isoformat()}
    yield order(CONTROLLER, "identify", said | amounts | whose)
    found = {"found_on": calendar.ago(2).isoformat()}
    bodies: dict[str, Json] = {
        "validate": {"evidence": "Contracts and invoices of twelve months."},
        "commit": {},
        "realise": found | {"realised": euros(row.expected), "evidence": row.because},
        "miss": found | {"reason": row.because},
        "withdraw": {"reason": row.because},
    }
    for command in row.then:
        yield order(row.owner if command == "commit" else CONTROLLER, command, bodies[command])


def income(calendar: Calendar) -> Iterator[DemoCommand]:
    """What is forecast, earned and received, and the rest that does not come."""
    code, head, name, expected = INCOME
    order = orders_to("income_source", record_id("income source", name), f"the income '{name}'")
    period = {"start": f"{calendar.year(1)}-01-01", "end": f"{calendar.year(0)}-12-31"}
    opened = {"division_id": str(division_id(code)), "name": name, "currency": CURRENCY, "period": period}
    yield order(CONTROLLER, "open", opened)
    yield order(CONTROLLER, "forecast", {"period": period, "amount": euros(expected), "reason": "Two partners signed."})
    for reference, amount, _ in EARNED:
        said = {"entry_id": entry_id(reference), "amount": euros(amount), "reference": reference}
        yield order(head, "record_earned", said | {"earned_on": calendar.ago(50).isoformat()}, reference)
    for reference, _, amount in EARNED:
        said = {"entry_id": entry_id(reference), "receipt_id": str(record_id("receipt", reference))}
        paid = {"amount": euros(amount), "received_on": calendar.ago(20).isoformat(), "reference": f"Bank, {reference}"}
        yield order(CONTROLLER, "record_received", said | paid, reference)
    last = EARNED[-1][0]
    yield order(CONTROLLER, "write_off", {"entry_id": entry_id(last), "reason": "The partner is insolvent."})


def entry_id(reference: str) -> str:
    return str(record_id("income", reference))


def charging(row: Charge, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("charge_back", record_id("charge-back", row.key), f"the charge-back '{row.name}'")
    values = [{"division_id": str(division_id(code)), "value": str(users)} for code, users in row.users]
    pool = {"name": row.name, "division_id": None, "amount": euros(row.cost), "driver": "users", "values": values}
    yield order(
        CONTROLLER,
        "draft",
        {
            "division_id": str(division_id("IT")),
            "name": row.name,
            "period": {"start": calendar.first_of(-2).isoformat(), "end": calendar.last_of(-2).isoformat()},
            "currency": CURRENCY,
            "method": "direct",
            "receivers": [str(division_id(code)) for code, _ in row.users],
            "pools": [pool],
            "replaces": str(record_id("charge-back", row.replaces)) if row.replaces else None,
        },
    )
    yield from answers(row.then, order)


def answers(steps: Sequence[tuple[str, str, str]], order: Order) -> Iterator[DemoCommand]:
    reasons = {"dispute": FEWER, "uphold": "They left after the period."}
    for actor, command, code in steps:
        of = {"division_id": str(division_id(code))} if code else {}
        yield order(actor, command, of | ({"reason": reasons[command]} if command in reasons else {}))
