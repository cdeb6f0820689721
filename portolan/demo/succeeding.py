"""Demo data for people: critical positions and their successors; absences and stand-ins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, TITLES, person_id, position_id, record_id
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, Json

NOW, ONE_YEAR, THREE_YEARS = "now", "1 year", "3 years"


@dataclass(frozen=True)
class Critical:
    """A critical position: who plans for it, its successors by readiness; ``agreed_by`` until so many days ahead."""

    position: str
    planned_by: str
    reason: str
    successors: tuple[tuple[str, str], ...] = ()
    agreed_by: str | None = None
    review: int = 180
    no_longer: str | None = None


@dataclass(frozen=True)
class Absence:
    """A person away from the first to the last day, so many days ahead (ago where negative); who stands in."""

    person: str
    first: int
    last: int
    stand_in: str | None = None


# fmt: off
CRITICAL = (
    Critical("cio", "yasmin", "The board has no other member for technology.",
             (("elif", NOW), ("marcus", NOW), ("carolina", THREE_YEARS)), "marit"),
    Critical("applications", "helena", "All core systems of the group, in one hand.",
             (("joost", NOW), ("saoirse", ONE_YEAR), ("andrei", THREE_YEARS)), "helena", 120),
    Critical("ciso", "helena", "Regulators and customers ask for this one by name.",
             (("ilse", ONE_YEAR), ("davit", THREE_YEARS))),
    Critical("network-services", "marcus", "Depots stand still without the network; the position is vacant.",
             (("ravi", ONE_YEAR),)),
    Critical("platforms", "marcus", "Runs what everything else runs on.", (("oskar", THREE_YEARS),), "marcus", 90),
    Critical("tms", "helena", "The only one who knew the old routing engine.",
             no_longer="The old routing engine is switched off; others know the new one."),
)
"""Nobody could follow the chief information security officer at once."""

ABSENCES = (
    Absence("helena", 12, 26, "marcus"), Absence("rasmus", -3, 9, "ilse"), Absence("katarzyna", 20, 34, "ravi"),
    Absence("carolina", 6, 10, "henrik"), Absence("liv", -40, -33), Absence("tariq", 15, 29),
)
# fmt: on


def successions(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (succession(row, calendar) for row in CRITICAL)


def absences(calendar: Calendar) -> Iterator[DemoCommand]:
    return (order for row in ABSENCES for order in away(row, calendar))


def succession(row: Critical, calendar: Calendar) -> Sequence[DemoCommand]:
    def order(actor: str, command: str, body: Json, nth: str = "") -> DemoCommand:
        return DemoCommand(actor, f"{command}_succession", position_id(row.position), TITLES[row.position], body, nth)

    orders = [order(row.planned_by, "mark_critical", {"reason": row.reason})]
    orders += [
        order(row.planned_by, "name_successor", {"person_id": str(person_id(key)), "readiness": readiness}, key)
        for key, readiness in row.successors
    ]
    if row.agreed_by:
        orders.append(order(row.agreed_by, "agree_plan", {"next_review_on": calendar.ahead(row.review).isoformat()}))
    if row.no_longer:
        orders.append(order(row.planned_by, "mark_no_longer_critical", {"reason": row.no_longer}))
    return orders


def away(row: Absence, calendar: Calendar) -> Iterator[DemoCommand]:
    def day(days: int) -> str:
        return (calendar.ahead(days) if days > 0 else calendar.ago(-days)).isoformat()

    id, name = person_id(row.person), MEMBERS[row.person].name
    days = {"starts_on": day(row.first), "ends_on": day(row.last)}
    absence = days | {"absence_id": str(record_id("absence", f"{row.person} {row.first}"))}
    yield DemoCommand(PERSONNEL, "record_absence_person", id, name, absence)
    if row.stand_in:
        yield DemoCommand(
            PERSONNEL, "name_stand_in_person", id, name, days | {"stand_in_id": str(person_id(row.stand_in))}
        )
