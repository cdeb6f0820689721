"""Demo data for portfolio: changes to services, how they are carried out, and when nothing is changed.

Nothing is changed at the turn of the year, but for emergencies and what is done by an approved model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json, orders_to
from portolan.demo.serving import moment, service_id

Steps = tuple[tuple[str, str, Json], ...]


@dataclass(frozen=True)
class Model:
    """How changes of a kind are carried out; ``then``: who does what with the model."""

    key: str
    name: str
    division: str
    procedure: str
    back_out: str
    drafted_by: str
    then: Steps = ()


@dataclass(frozen=True)
class Change:
    """A change to a service; ``before``: who does what before it is scheduled, ``after``: afterwards.

    ``scheduled``: so many days ago (negative: ahead) from one hour to another; ``finished``: the hour, if it is done.
    """

    key: str
    title: str
    description: str
    kind: str
    division: str
    service: str
    raised_by: str
    model: str | None = None
    before: Steps = ()
    scheduled: tuple[int, int, int] | None = None
    finished: int | None = None
    after: Steps = ()


FREEZE = record_id("change window", "turn of the year")
AUTHORITY, OFFICE = "helena", "henrik"
AFTER_FREEZE = (1, 10)
"""Month and day of a change that waits for the end of the freeze."""

BACK_OUT = "The former version is kept and brought back by a switch."

# fmt: off
MODELS = (
    Model("access-point", "Exchange of an access point", "IT-OPS", "Exchange, test with two scanners, tell the depot.",
        "Hang up the old one again.", "ravi", (("marcus", "approve", {}),)),
    Model("certificate", "Renewal of a certificate", "IT-APP", "Request, test, exchange at night.",
        "The old one is valid for another week.", "lucia"),
    Model("rack", "Work on a rack in Ghent", "IT-OPS", "Ask the rooms' guard for access.", "None is needed.",
        "katarzyna", (("katarzyna", "retire", {"reason": "The rooms were handed back."}),)),
)

CHANGES = (
    Change("second-factor", "Second factor for hauliers", "Hauliers confirm their sign-in by phone.", "normal",
        "IT-SEC", "portal", "davit"),
    Change("firewall", "New rules of the firewalls at the depots", "Only known devices reach the line haul systems.",
        "normal", "IT-SEC", "network", "ilse",
        before=(("ravi", "assess", {"risk": "medium", "impact": "Unknown devices at depots stand still."}),)),
    Change("rates", "Rates of the new year", "Rates and surcharges go in at the turn of the year.", "normal",
        "IT-APP", "tms", "andrei",
        before=(("lucia", "assess", {"risk": "low", "impact": "Quotes of the new year depend on it."}),
                ("helena", "authorise", {}),
                ("helena", "grant_freeze_exception",
                 {"window_id": str(FREEZE), "reason": "They cannot go in on any other day."}))),
    Change("hall-3", "Exchange of the access points in hall 3", "Scanners lose the network there.", "standard",
        "IT-OPS", "network", "mateusz", model="access-point", scheduled=(-6, 4, 5)),
    Change("release-5", "Release 5 of the customer portal", "Delivery windows, and a new page for invoices.", "normal",
        "IT-APP", "portal", "daan",
        before=(("lucia", "assess", {"risk": "medium", "impact": "The portal is away for two hours."}),
                ("elif", "authorise", {}),
                ("daan", "plan_back_out", {"back_out_plan": BACK_OUT}),
                ("daan", "name_audience", {"audience": "Contact centre", "size": 84, "target": 80}))),
    Change("colours", "Other colours in the portal", "As in the new brochure.", "normal", "IT-APP", "portal", "tariq",
        before=(("tariq", "cancel", {"reason": "The brochure is printed in the old ones after all."}),)),
    Change("gateway", "Patch of the gateway to customers", "Closes a hole that is used already.", "emergency",
        "IT-SEC", "network", "ilse",
        before=(("ravi", "authorise", {}), ("ilse", "plan_back_out", {"back_out_plan": BACK_OUT})),
        scheduled=(9, 18, 19), finished=19,
        after=(("ravi", "review", {"succeeded": True, "findings": "Patched within five hours of the warning."}),
               ("ravi", "close", {}))),
    Change("radio", "Lille by radio", "The line of the depot was cut at road works.", "emergency",
        "IT-OPS", "network", "mateusz",
        before=(("ravi", "authorise", {}), ("mateusz", "plan_back_out", {"back_out_plan": "The radio is taken away."})),
        scheduled=(23, 16, 19), finished=19,
        after=(("ravi", "review", {"succeeded": True, "findings": "It carried the depot until the line was there."}),)),
    Change("memory", "More memory for the queues of transport management", "Tours could not be released in Belgium.",
        "emergency", "IT-APP", "tms", "lucia",
        before=(("andrei", "authorise", {}), ("lucia", "plan_back_out", {"back_out_plan": "Restart with the former."})),
        scheduled=(4, 10, 11), finished=11),
    Change("storage", "New firmware of the storage", "The old one loses writes under load.", "emergency",
        "IT-OPS", "tms", "katarzyna",
        before=(("marcus", "authorise", {}), ("katarzyna", "plan_back_out", {"back_out_plan": "The old firmware."})),
        scheduled=(16, 20, 22),
        after=(("katarzyna", "back_out", {"reason": "Planning was three times slower than before."}),)),
)

AFTER_THE_FREEZE, READY = "release-5", {"awareness": 4, "desire": 4, "knowledge": 2, "ability": 3, "reinforcement": 4}
"""The change that waits for the end of the freeze, and how ready its audience is."""
# fmt: on


def models() -> Iterator[Sequence[DemoCommand]]:
    for row in MODELS:
        order = orders_to("change_model", record_id("change model", row.key), f"the change model '{row.name}'")
        body = {
            "name": row.name,
            "division_id": str(division_id(row.division)),
            "procedure": row.procedure,
            "back_out_plan": row.back_out,
        }
        drafted = order(row.drafted_by, "draft", body)
        yield [drafted, *(order(actor, command, said) for actor, command, said in row.then)]


def windows(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """The freeze at the turn of this year, and a night for maintenance."""
    year, night = calendar.year(0), calendar.ahead(17)
    freeze = {
        "name": "Turn of the year",
        "kind": "freeze",
        "time_zone": "Europe/Brussels",
        "starts": f"{year}-12-18T18:00:00",
        "ends": f"{year + 1}-01-04T06:00:00",
        "division_id": str(division_id("CVL")),
        "kinds_excepted": ["standard", "emergency"],
        "excepted_by": [str(person_id(AUTHORITY))],
    }
    yield [orders_to("change_window", FREEZE, "the freeze at the turn of the year")(OFFICE, "declare", freeze)]
    maintenance = {
        "name": "Maintenance of lines",
        "kind": "maintenance",
        "time_zone": "Europe/Brussels",
        "starts": f"{night}T01:00:00",
        "ends": f"{night}T04:00:00",
        "division_id": str(division_id("IT-OPS")),
    }
    id = record_id("change window", "lines")
    yield [orders_to("change_window", id, "a night for maintenance")("marcus", "declare", maintenance)]


def changes(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(carry_out(row, calendar)) for row in CHANGES)


def carry_out(row: Change, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("change", record_id("change", row.key), f"the change '{row.title}'")
    body = {
        "title": row.title,
        "description": row.description,
        "kind": row.kind,
        "division_id": str(division_id(row.division)),
        "service_ids": [service_id(row.service)],
        "model_id": str(record_id("change model", row.model)) if row.model else None,
    }
    yield order(row.raised_by, "raise", body)
    for actor, command, said in row.before:
        yield order(actor, command, said)
    if row.key == AFTER_THE_FREEZE:
        day = date(calendar.year(-1), *AFTER_FREEZE)
        yield order(row.raised_by, "schedule", {"starts_at": f"{day}T20:00:00Z", "ends_at": f"{day}T22:00:00Z"})
        assessed = {"audience": "Contact centre", "assessed_on": calendar.ago(1).isoformat()}
        yield order(row.raised_by, "assess_readiness", assessed | READY)
    if row.scheduled:
        days, first, last = row.scheduled
        at = {"starts_at": moment(calendar, days, first), "ends_at": moment(calendar, days, last)}
        yield order(row.raised_by, "schedule", at)
        if row.finished is not None:
            finished = {"finished_at": moment(calendar, days, row.finished)}
            yield order(row.raised_by, "record_implementation", finished)
    for actor, command, said in row.after:
        yield order(actor, command, said)
