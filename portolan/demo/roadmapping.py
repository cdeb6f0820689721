"""Demo data for portfolio: the roadmap of IT, published twice, and one of the warehouses that is being drafted."""

from collections.abc import Iterator, Mapping, Sequence

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, initiative_id, project_id, record_id
from portolan.demo.delivering import plan_of
from portolan.demo.scenes import DemoCommand, Json, orders_to

OFFICE, QUARTER = "henrik", 3
SECURITY, NETWORKS, DATA, SERVICE = "Security", "Networks and cloud", "Data", "Service to users"

OF_IT: Mapping[str, str] = {
    "zero-trust": SECURITY,
    "identity-governance": SECURITY,
    "depot-network": NETWORKS,
    "data-warehouse": DATA,
    "demand-forecast": DATA,
    "service-catalogue": SERVICE,
    "virtual-agent": SERVICE,
}
"""Projects on the first version, each in its lane, in the time of its plan."""
LATER: Mapping[str, int] = {"data-warehouse": 1, "zero-trust": 2}
"""Projects that the second version has in another quarter, so many quarters ahead."""
GONE, NEW, NEW_LANE = "virtual-agent", "backup", NETWORKS
"""What the second version has no more, and what has come."""

OF_WAREHOUSES: Mapping[str, int] = {"yard-slots": 1, "warehouse-robotics": 2, "driver-onboarding": 2}
"""Projects on the draft of the warehouses' roadmap, each so many quarters ahead."""


def roadmaps(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    yield of_it(calendar)
    order = orders_to("roadmap", record_id("roadmap", "OPS"), "the roadmap of transport and warehousing")
    items = [in_quarter(key, "Yards and docks", quarters, calendar) for key, quarters in OF_WAREHOUSES.items()]
    yield [
        order(
            OFFICE,
            "draft",
            {"title": "Yards and warehouses", "division_id": str(division_id("OPS"))} | {"items": items},
        )
    ]


def of_it(calendar: Calendar) -> Sequence[DemoCommand]:
    """Published, revised, and published again."""
    order = orders_to("roadmap", record_id("roadmap", "IT"), "the roadmap of IT")
    first = [as_planned(key, lane, calendar) for key, lane in OF_IT.items()]
    resilient = {"initiative_id": str(initiative_id("secure")), "lane": SECURITY, "quarter": quarter(3, calendar)}
    again = [
        in_quarter(key, lane, LATER[key], calendar) if key in LATER else as_planned(key, lane, calendar)
        for key, lane in {**OF_IT, NEW: NEW_LANE}.items()
        if key != GONE
    ]
    drafted = {"title": "Information Technology", "division_id": str(division_id("IT")), "items": [*first, resilient]}
    return [
        order(OFFICE, "draft", drafted),
        order(OFFICE, "publish", nth="version 1"),
        order(OFFICE, "revise", {"items": [*again, resilient]}),
        order(OFFICE, "publish", nth="version 2"),
    ]


def as_planned(key: str, lane: str, calendar: Calendar) -> Json:
    return {"project_id": str(project_id(key)), "lane": lane, "period": plan_of(key, calendar)}


def in_quarter(key: str, lane: str, quarters: int, calendar: Calendar) -> Json:
    return {"project_id": str(project_id(key)), "lane": lane, "quarter": quarter(quarters, calendar)}


def quarter(quarters: int, calendar: Calendar) -> str:
    """The quarter so many quarters ahead, such as ``2027-Q1``."""
    first = calendar.first_of(quarters * QUARTER)
    return f"{first.year}-Q{(first.month - 1) // QUARTER + 1}"
