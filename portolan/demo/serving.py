"""Demo data for portfolio: what IT provides, what was agreed of it, and what other tools report of it.

A continuity plan is tested after the day on which it is written: so no test is told on the day of the load.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.portfolio.services import report_id
from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json, orders_to


@dataclass(frozen=True)
class Service:
    """A service by its key; ``then``: what its owner does with it, each a command and its body.

    ``standards``: those it must meet, each with what the owner or an executive says of it, and with the command.
    ``needs``: the services it depends on.
    """

    key: str
    name: str
    summary: str
    division: str
    owner: str
    criticality: str
    then: tuple[tuple[str, Json], ...] = ()
    targets: Json | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incident:
    """An incident of a service, opened so many days ago at an hour; resolved and closed after so many hours."""

    key: str
    service: str
    title: str
    priority: str
    days: int
    hour: int
    resolved: int | None = None
    closed: int | None = None


@dataclass(frozen=True)
class Outage:
    """An outage that began so many days ago (negative: ahead) at an hour, and took so many hours."""

    key: str
    service: str
    cause: str
    days: int
    hour: int
    hours: int | None
    planned: bool = False
    withdrawn: str | None = None


SOURCE, REPORTER, EXECUTIVE = "Servio", "henrik", "helena"
"""The tool of the service desk; who reports from it; who requires standards and excepts from them."""

GO_LIVE: tuple[str, Json] = ("go_live", {})
STANDARD, EXCEPTED, EXCEPTED_FOR = "Sign-in with a second factor", "portal", 60
"""What services must meet; the service that is excepted from it for so many days."""
COMPLIANT = ("tms", "All sign-ins of the last quarter had a second factor.")
BREACHES = "old-portals"
"""The service that does not meet it."""

WORKDAYS = [{"weekday": day, "opens": "06:00:00", "closes": "22:00:00"} for day in range(1, 7)]
TARGETS_SINCE = 200

# fmt: off
SERVICES = (
    Service("network", "Depot and warehouse network", "Lines, switches and wireless networks at all sites.",
        "IT-OPS", "ravi", "critical", (GO_LIVE, ("record_degradation", {"reason": "One line carries three depots."})),
        {"availability": "99.8", "resolution": [{"priority": "critical", "minutes": 240},
                                                {"priority": "high", "minutes": 480}]}),
    Service("tms", "Transport management", "Orders, planning and settlement in six countries.",
        "IT-APP", "andrei", "critical",
        (GO_LIVE, ("write_continuity_plan", {"rto_minutes": 480, "rpo_minutes": 60, "plan": "Dispatchers plan from the "
                                             "hourly print; the system comes back in the second region."})),
        {"availability": "99.5", "hours": WORKDAYS, "resolution": [{"priority": "high", "minutes": 480}]},
        ("network",)),
    Service("portal", "Customer portal", "Booking, tracking, documents and invoices for shippers.",
        "IT-APP", "daan", "high", (GO_LIVE,),
        {"availability": "99.5", "measures": [{"metric": "answer time, 95 of 100", "at_most": "2"}]}, ("tms",)),
    Service("old-portals", "Former customer portals", "The two portals that are left of four.",
        "IT-APP", "daan", "low", (GO_LIVE, ("begin_retirement", {"reason": "The new portal takes their place."}))),
    Service("ghent", "Hosting in Ghent", "Rooms and hardware for 214 systems.",
        "IT-OPS", "katarzyna", "medium",
        (GO_LIVE, ("begin_retirement", {"reason": "The data centre is closed."}), ("retire", {}))),
    Service("screening", "Sanctions screening", "Consignees and goods are checked against lists when booked.",
        "IT-APP", "lucia", "high"),
)

INCIDENTS = (
    Incident("INC-20981", "network", "Scanners lose the network in hall 3", "high", 1, 9),
    Incident("INC-20944", "tms", "Tours cannot be released in Belgium", "high", 4, 7, resolved=5),
    Incident("INC-20817", "network", "Depot Lille without network", "critical", 23, 14, resolved=6, closed=30),
)

OUTAGES = (
    Outage("OUT-611", "network", "A line was cut at road works.", 23, 14, 6),
    Outage("OUT-618", "old-portals", "The certificate has expired; nobody renews it.", 2, 3, None),
    Outage("OUT-622", "portal", "Move to the new release.", -11, 20, 2, planned=True),
    Outage("OUT-615", "tms", "Told by the monitor of another system.", 12, 11, 1,
        withdrawn="The monitor looked at the test system."),
)

MEASUREMENTS = (("MEA-0412", "2.6", 10),)
"""Answer times of the portal in seconds, measured so many days ago."""
# fmt: on


def service_id(key: str) -> str:
    return str(record_id("service", key))


def services(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """Services are planned, go live, degrade and retire; standards are required of those in use by customers."""
    return (list(provide(row, calendar)) for row in SERVICES)


def provide(row: Service, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("service", record_id("service", row.key), f"the service '{row.name}'")
    planned = {
        "name": row.name,
        "summary": row.summary,
        "division_id": str(division_id(row.division)),
        "owner_id": str(person_id(row.owner)),
        "criticality": row.criticality,
    }
    yield order(row.owner, "plan", planned)
    if row.targets:
        since = calendar.ago(TARGETS_SINCE).isoformat()
        yield order(row.owner, "agree_targets", {"since": since, "targets": row.targets})
    for command, body in row.then:
        yield order(row.owner, command, body)
    compliant, evidence = COMPLIANT
    if row.key in (compliant, EXCEPTED, BREACHES):
        yield order(EXECUTIVE, "require_standard", {"standard": STANDARD})
    if row.key == EXCEPTED:
        until = calendar.ahead(EXCEPTED_FOR).isoformat()
        excepted = {"standard": STANDARD, "until": until, "reason": "Large shippers change over until then."}
        yield order(EXECUTIVE, "except_from_standard", excepted)
    if row.key == compliant:
        yield order(row.owner, "record_compliance", {"standard": STANDARD, "evidence": evidence})


def dependencies() -> Iterator[Sequence[DemoCommand]]:
    for row in SERVICES:
        order = orders_to("service", record_id("service", row.key), f"the service '{row.name}'")
        yield [order(row.owner, "depend_on", {"service_id": service_id(key)}, key) for key in row.needs]


def moment(calendar: Calendar, days: int, hour: int) -> str:
    """An hour of a day so many days ago, or ahead where negative, in UTC; hours go on through the next day."""
    day = calendar.ago(days) if days > 0 else calendar.ahead(-days)
    return f"{day + timedelta(days=hour // 24)}T{hour % 24:02}:00:00Z"


def reported(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """What the tool of the service desk tells."""
    yield from ([tell("incident", row.key, incident(row, calendar))] for row in INCIDENTS)
    for row in OUTAGES:
        told = [tell("outage", row.key, outage(row, calendar))]
        if row.withdrawn:
            id = report_id(SOURCE, row.key)
            told.append(orders_to("outage", id, row.key)(REPORTER, "withdraw", {"reason": row.withdrawn}))
        yield told
    for key, value, days in MEASUREMENTS:
        measured = {"metric": "answer time, 95 of 100", "value": value, "unit": "s"}
        of = {"service_id": service_id("portal"), "measured_at": moment(calendar, days, 12)}
        yield [tell("measurement", key, measured | of)]


def tell(kind: str, key: str, body: Json) -> DemoCommand:
    """A report, whose id follows from its source and key."""
    order = orders_to(kind, report_id(SOURCE, key), key)
    return order(REPORTER, "report", {"source": SOURCE, "key": key} | body)


def incident(row: Incident, calendar: Calendar) -> Json:
    times = {"opened_at": 0, "resolved_at": row.resolved, "closed_at": row.closed}
    return {"service_id": service_id(row.service), "title": row.title, "priority": row.priority} | {
        name: moment(calendar, row.days, row.hour + hours) for name, hours in times.items() if hours is not None
    }


def outage(row: Outage, calendar: Calendar) -> Json:
    ended = {"ended_at": moment(calendar, row.days, row.hour + row.hours)} if row.hours is not None else {}
    return ended | {
        "service_id": service_id(row.service),
        "planned": row.planned,
        "began_at": moment(calendar, row.days, row.hour),
        "cause": row.cause,
    }
