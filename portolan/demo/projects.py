"""The initiatives and projects of Corvane Logistics: one for each situation a portfolio can be in.

Months are counted from today, negative ones back; days are counted back from today. Persons, divisions, initiatives
and projects are named by their keys.
"""

from dataclasses import dataclass
from typing import Literal

from contracts.portfolio import Health, Outcome

ON_TRACK, AT_RISK, OFF_TRACK = Health.ON_TRACK, Health.AT_RISK, Health.OFF_TRACK
SUCCEEDED, FAILED = Outcome.SUCCEEDED, Outcome.FAILED


@dataclass(frozen=True)
class Initiative:
    """An initiative and how far it has come; ``conclusion``: the summary of what it brought, or why it was stopped."""

    key: str
    name: str
    purpose: str
    division: str
    stage: Literal["shaped", "approved", "running", "completed", "stopped"]
    conclusion: str = ""


@dataclass(frozen=True)
class Specification:
    """The specification of a project; ``plan``: first and last month. ``asked_first`` in version 1, if it differs."""

    scope: str
    criteria: tuple[str, ...]
    plan: tuple[int, int]
    asked: int
    asked_first: int | None = None


@dataclass(frozen=True)
class Project:
    """A project; what is None or False has not come yet. It started so many days after its plan began."""

    key: str
    name: str
    summary: str
    division: str
    sponsor: str
    accountable: str
    initiative: str | None = None
    specification: Specification | None = None
    signed: bool = False
    approved_by: str | None = None
    started: int | None = None


@dataclass(frozen=True)
class TakenOver:
    """A project another system ran before; nobody was named there, so its division's head stands in."""

    key: str
    name: str
    summary: str
    division: str
    system: str
    reference: str
    plan: tuple[int, int]
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Progress as of so many days ago; ``slip``: days by which it ends after its plan.

    ``recovery``: what brings it back on track; those responsible do it within four weeks.
    """

    project: str
    days_ago: int
    percent: int
    slip: int
    health: Health
    note: str
    recovery: str | None = None


@dataclass(frozen=True)
class Delegation:
    """Responsibility offered to a manager below; ``until``: the last day of so many months ahead."""

    project: str
    delegate: str
    scope: str
    became: Literal["offered", "active", "declined", "returned"]
    until: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Closure:
    """The end of a project: each criterion with the evidence, and whether it was met."""

    project: str
    outcome: Outcome
    days_after_plan: int
    verdicts: tuple[tuple[bool, str], ...]
    lessons: str


# fmt: off
INITIATIVES = (
    Initiative("customer", "Customer First Digital",
        "Let shippers book, follow and settle every consignment by themselves, and halve the effort of service calls.",
        "SAL", "running"),
    Initiative("core", "Core Systems Renewal",
        "Replace the transport and finance systems of the nineties before their support ends.",
        "IT-APP", "running"),
    Initiative("secure", "Secure and Resilient",
        "Meet the security duties of operators of essential services, and recover from an attack within a day.",
        "IT-SEC", "running"),
    Initiative("cloud", "Cloud Foundation",
        "Leave the data centre in Ghent and run on two cloud regions.",
        "IT-OPS", "completed",
        "The data centre is closed and all 214 systems run in the cloud or are retired. Running costs fell by 18 per "
        "cent against the baseline; provisioning takes hours instead of weeks."),
    Initiative("green", "Green Corridors",
        "Tell every customer the emissions of every consignment, and offer the better route.",
        "CVL", "running"),
    Initiative("yard", "Autonomous Yard",
        "Move trailers in the yards without drivers.",
        "OPS", "stopped",
        "The manufacturer withdrew the vehicle; no comparable one is certified for mixed traffic in yards."),
    Initiative("forecast", "Planning by Forecast",
        "Plan line haul, shifts and warehouses by one forecast of volumes.",
        "IT-DAT", "approved"),
    Initiative("workplace", "One Digital Workplace",
        "Give drivers, depots and offices the same tools on whatever device they have.",
        "HR", "shaped"),
)

PROJECTS = (
    Project("driver-onboarding", "Driver onboarding app",
        "Subcontracted drivers hand in licences and certificates by phone before their first tour.",
        division="OPS", sponsor="ewa", accountable="saoirse"),
    Project("shipper-returns", "Self-service returns for shippers",
        "Shippers announce and follow returns in the customer portal instead of by telephone.",
        division="CUS", sponsor="nadia", accountable="saoirse", initiative="customer",
        specification=Specification(
            "Returns are announced, labelled and tracked in the portal; the contact centre handles exceptions only.",
            ("70 per cent of returns are announced in the portal", "Calls about returns fall by 40 per cent"),
            plan=(2, 9), asked=260_000)),
    Project("yard-slots", "Yard slot booking",
        "Hauliers book loading and unloading slots at the nine warehouses online.",
        division="OPS", sponsor="rui", accountable="saoirse", signed=True,
        specification=Specification(
            "Slot booking for hauliers, a gate display, and an interface to warehouse management at nine sites.",
            ("Average waiting time at the gate is below 25 minutes", "90 per cent of arrivals are booked"),
            plan=(1, 8), asked=310_000)),
    Project("sanctions-screening", "Sanctions screening renewal",
        "Screen consignees and goods against sanctions lists within seconds of booking.",
        division="LEG", sponsor="aoife", accountable="elif", signed=True, approved_by="helena",
        specification=Specification(
            "A screening service called by booking and customs, with daily lists, a case desk and an audit trail.",
            ("Every booking is screened before pick-up", "False alarms stay below 3 per cent"),
            plan=(1, 7), asked=185_000)),
    Project("warehouse-robotics", "Warehouse robotics pilot",
        "Goods-to-person robots in the Zaragoza warehouse, as a pilot for two further sites.",
        division="OPS", sponsor="hendrik", accountable="elif", signed=True, approved_by="helena",
        specification=Specification(
            "Sixty robots, their control software, and an interface to warehouse management in one hall.",
            ("Picks per hour rise by 60 per cent", "Picking errors stay below 0.1 per cent"),
            plan=(2, 14), asked=1_450_000)),
    Project("zero-trust", "Zero-trust network access",
        "Replace remote access by VPN with access per application, checked for person and device.",
        division="IT-SEC", sponsor="frederic", accountable="rasmus", initiative="secure", signed=True,
        approved_by="helena",
        specification=Specification(
            "Access broker, device checks and migration of 140 applications; the VPN is switched off at the end.",
            ("No application is reachable by VPN", "95 per cent of sign-ins take less than four seconds"),
            plan=(1, 10), asked=540_000)),
    Project("tms", "Transport management system replacement",
        "Replace the transport management system of 1998 in all countries.",
        division="OPS", sponsor="hendrik", accountable="joost", initiative="core", signed=True, approved_by="elif",
        started=4,
        specification=Specification(
            "Order entry, planning, execution and settlement for full and part loads in six countries. Line haul "
            "planning follows in a later project.",
            criteria=("All six countries plan and settle in the new system", "The old system is switched off",
                "A part load is planned in less than two minutes"),
            plan=(-11, 9), asked=2_400_000, asked_first=2_750_000)),
    Project("customer-portal", "Customer portal renewal",
        "One portal for booking, tracking, documents and invoices.",
        division="SAL", sponsor="chiara", accountable="saoirse", initiative="customer", signed=True, approved_by="elif",
        started=7,
        specification=Specification(
            "A new portal in eleven languages with single sign-on; the four old portals are retired.",
            ("60 per cent of bookings come through the portal", "The four old portals are retired"),
            plan=(-9, 4), asked=880_000)),
    Project("data-warehouse", "Data warehouse migration",
        "Move reporting from the old warehouse to the cloud data platform.",
        division="IT-DAT", sponsor="beatriz", accountable="joost", initiative="core", signed=True, approved_by="helena",
        started=2,
        specification=Specification(
            "Migrate 640 reports and their data, retire those nobody reads, and switch the old warehouse off.",
            ("Month-end reports are ready on the second working day", "The old warehouse is switched off"),
            plan=(-10, 2), asked=720_000)),
    Project("erp-upgrade", "ERP finance upgrade",
        "Bring the ERP system's finance modules to the current release before support ends.",
        division="FIN", sponsor="noor", accountable="joost", initiative="core", signed=True, approved_by="elif",
        started=6,
        specification=Specification(
            "Upgrade general ledger, payables, receivables and assets for eleven companies; no new functions.",
            ("Year-end closing runs on the new release", "No company closes later than before"),
            plan=(-7, 7), asked=1_350_000)),
    Project("depot-network", "Depot network refresh",
        "New switches, wireless networks and lines in all 41 depots.",
        division="IT-OPS", sponsor="rui", accountable="gilles", signed=True, approved_by="marcus", started=3,
        specification=Specification(
            "Replace network equipment and lines depot by depot, at night, four depots a month.",
            ("All 41 depots run on the new network", "Availability per depot is at least 99.8 per cent"),
            plan=(-6, 8), asked=960_000)),
    Project("identity-governance", "Identity governance",
        "Grant, review and withdraw access rights from the day somebody joins to the day they leave.",
        division="IT-SEC", sponsor="yasmin", accountable="rasmus", initiative="secure", signed=True,
        approved_by="helena", started=9,
        specification=Specification(
            "Joiners, movers and leavers drive access rights in 60 systems; managers review them twice a year.",
            ("Leavers lose access within one hour", "Every right is reviewed twice a year"),
            plan=(-5, 5), asked=430_000)),
    Project("virtual-agent", "Virtual agent for the service desk",
        "Answer recurring questions of staff automatically, around the clock.",
        division="IT-SD", sponsor="stefan", accountable="bogdan", signed=True, approved_by="helena", started=5,
        specification=Specification(
            "A virtual agent in the staff app for passwords, devices and leave requests, in five languages.",
            ("35 per cent of contacts are resolved without an agent", "Satisfaction is at least 4 of 5"),
            plan=(-6, 3), asked=220_000)),
    Project("payroll", "Payroll system migration",
        "One payroll system instead of four, in six countries.",
        division="HR", sponsor="yasmin", accountable="elif", signed=True, approved_by="helena", started=10,
        specification=Specification(
            "Move payroll of six countries to one system, country by country, each with two parallel runs.",
            ("All six countries are paid from the new system", "Two parallel runs per country agree to the cent"),
            plan=(-9, 5), asked=390_000)),
    Project("backup", "Backup and recovery renewal",
        "Backups nobody can alter, and a recovery that is rehearsed.",
        division="IT-OPS", sponsor="frederic", accountable="marcus", initiative="secure", signed=True,
        approved_by="helena", started=8,
        specification=Specification(
            "New backup platform with immutable copies in a second region; recovery of ten critical systems tested.",
            ("Ten critical systems are recovered within 24 hours in a test", "Backups cannot be altered for 35 days"),
            plan=(-12, 0), asked=510_000)),
    Project("emissions", "Emissions per consignment",
        "Work out the emissions of every consignment by the recognised standard, and show them on the invoice.",
        division="CVL", sponsor="luca", accountable="thandiwe", initiative="green", signed=True, approved_by="marit",
        started=6,
        specification=Specification(
            "Calculation of emissions per leg, a certificate for customers, and the figures for the annual report.",
            ("98 per cent of consignments carry a figure", "The auditor accepts the method"),
            plan=(-4, 8), asked=450_000)),
    Project("service-catalogue", "IT service catalogue",
        "One catalogue of all IT services with owners, service levels and prices.",
        division="IT", sponsor="beatriz", accountable="bogdan", signed=True, approved_by="helena", started=5,
        specification=Specification(
            "Describe 86 services, name their owners, agree service levels and publish prices for charging.",
            ("Every service has an owner and a service level", "Divisions order from the catalogue"),
            plan=(-3, 3), asked=120_000)),
    Project("portfolio-reporting", "Portfolio reporting automation",
        "Monthly portfolio reports without spreadsheets.",
        division="IT-PMO", sponsor="luca", accountable="carolina", signed=True, approved_by="helena", started=3,
        specification=Specification(
            "Reports to the board come from the portfolio's records, with every figure traceable.",
            ("The monthly report is ready on the third working day", "No figure is typed by hand"),
            plan=(-4, 2), asked=95_000)),
    Project("demand-forecast", "Demand forecasting for line haul",
        "Forecast volumes per lane a week ahead, so that fewer trucks run half empty.",
        division="IT-DAT", sponsor="ewa", accountable="thandiwe", signed=True, approved_by="helena", started=4,
        specification=Specification(
            "Forecast models for 320 lanes, their daily run, and a planning view for dispatchers.",
            ("The forecast error is below 12 per cent", "Average load rises by three points"),
            plan=(-8, 3), asked=340_000)),
    Project("esignature", "Electronic signature for contracts",
        "Customers and hauliers sign contracts electronically.",
        division="LEG", sponsor="frederic", accountable="joost", signed=True, approved_by="elif", started=4,
        specification=Specification(
            "Qualified electronic signatures for all contract types, with an archive.",
            ("80 per cent of contracts are signed electronically", "A contract is signed within three days"),
            plan=(-16, -6), asked=140_000)),
    Project("datacentre-exit", "Ghent data centre exit",
        "Move 214 systems out of the data centre in Ghent, and close it.",
        division="IT-OPS", sponsor="tomasz", accountable="marcus", initiative="cloud", signed=True,
        approved_by="helena", started=6,
        specification=Specification(
            "Migrate or retire all systems, return the rooms and sell the equipment.",
            ("The lease has ended", "No critical system stood still for more than two hours"),
            plan=(-22, -5), asked=1_200_000)),
    Project("landing-zone", "Cloud landing zone",
        "Two cloud regions with networks, identities, guard rails and cost control.",
        division="IT-OPS", sponsor="tomasz", accountable="marcus", initiative="cloud", signed=True,
        approved_by="helena", started=3,
        specification=Specification(
            "Accounts, networks, identities, monitoring and cost reports in two regions, set up as code.",
            ("A new environment is ready within one day", "All costs are assigned to a division"),
            plan=(-24, -12), asked=380_000)),
    Project("chat-pilot", "Chat support pilot",
        "Chat with customers in three countries as a pilot.",
        division="CUS", sponsor="pavel", accountable="bogdan", initiative="customer", signed=True, approved_by="nadia",
        started=9,
        specification=Specification(
            "Chat in the customer portal, staffed by the contact centre in three countries.",
            ("One third of enquiries move from telephone to chat", "Cost per enquiry falls by 20 per cent"),
            plan=(-14, -4), asked=160_000)),
    Project("yard-shuttle", "Driverless yard shuttle",
        "A driverless tractor moves trailers in the Rotterdam yard.",
        division="OPS", sponsor="rui", accountable="elif", initiative="yard", signed=True, approved_by="hendrik",
        started=5,
        specification=Specification(
            "One vehicle, its control system and the safety case for mixed traffic.",
            ("200 trailers a day are moved without a driver", "The safety authority approves mixed traffic"),
            plan=(-10, 2), asked=240_000)),
)

TAKEN_OVER = TakenOver("customs-gateway", "Customs declaration gateway",
    "One gateway for customs declarations in all countries, begun under the former project tool.",
    "IT-APP", "Planwerk", "PW-2217", (-13, 3),
    ("specification not recorded", "business sponsor not recorded", "accountable manager not recorded"))

REPORTS = (
    Report("tms", 150, 34, 0, ON_TRACK, "Order entry is live in Belgium and the Netherlands."),
    Report("tms", 60, 49, 10, AT_RISK, "Settlement needs more work than estimated; the partner offered a second team.",
        "Take the partner's second team for settlement."),
    Report("tms", 8, 58, 20, AT_RISK, "Three of six countries are live. Settlement costs more; the dates hold.",
        "Settle the last three countries with the templates of the first."),
    Report("customer-portal", 70, 55, 0, ON_TRACK, "Booking and tracking are live for pilot customers."),
    Report("customer-portal", 6, 74, 0, ON_TRACK, "Eleven languages are complete; two old portals are retired."),
    Report("data-warehouse", 100, 52, 20, AT_RISK, "Finance reports depend on undocumented calculations.",
        "Two controllers write the calculations down."),
    Report("data-warehouse", 9, 66, 62, OFF_TRACK, "Month-end reports need another parallel run: two months more.",
        "Run old and new month-end in parallel once more, then switch."),
    Report("erp-upgrade", 75, 35, 0, ON_TRACK, "Test system upgraded; first closing rehearsed."),
    Report("erp-upgrade", 11, 52, 0, ON_TRACK, "Rehearsal two is complete, all companies are mapped."),
    Report("depot-network", 40, 32, 0, ON_TRACK, "Thirteen depots are done; availability is above target."),
    Report("depot-network", 5, 41, 0, ON_TRACK, "Seventeen depots are done. Delivery of access points is secured."),
    Report("identity-governance", 13, 44, 5, ON_TRACK, "Leavers are processed automatically in 22 of 60 systems."),
    Report("virtual-agent", 34, 30, 0, AT_RISK, "Answers are good in English and French, poor in the other languages.",
        "Train the model with translated enquiries."),
    Report("payroll", 118, 38, 0, ON_TRACK, "Belgium and the Netherlands are paid from the new system."),
    Report("backup", 6, 100, 0, ON_TRACK, "All ten systems were recovered within 24 hours. The work is done."),
    Report("emissions", 12, 30, 0, ON_TRACK, "The method is agreed with the auditor; road legs are calculated."),
    Report("service-catalogue", 10, 48, 0, ON_TRACK, "Forty-four of 86 services are described and have an owner."),
    Report("portfolio-reporting", 14, 66, 3, ON_TRACK, "The board's report of last month came from the records."),
    Report("demand-forecast", 55, 60, 0, ON_TRACK, "The models for 200 lanes run daily."),
    Report("demand-forecast", 7, 82, 12, AT_RISK, "Computing costs more than expected; 290 lanes run daily.",
        "Compute the small lanes weekly instead of daily."),
    Report("yard-shuttle", 130, 20, 0, AT_RISK, "The manufacturer has postponed delivery of the vehicle.",
        "Agree a date with the manufacturer, or return the vehicle."),
    Report("customs-gateway", 15, 68, 9, ON_TRACK, "Five of seven countries declare through the gateway."),
)

DELEGATIONS = (
    Delegation("tms", "andrei", "Run the project day to day, up to changes of scope.", "active", 9),
    Delegation("customer-portal", "daan", "Lead delivery and the pilot customers.", "active"),
    Delegation("depot-network", "ravi", "Lead the roll-out at the depots.", "active", 8),
    Delegation("identity-governance", "davit", "Lead the connection of the remaining systems.", "offered", 4),
    Delegation("portfolio-reporting", "agnieszka", "Lead the work until the next board meeting.", "declined", 2,
               "I lead the gate preparations until the end of the quarter and could not do both well."),
    Delegation("service-catalogue", "amelie", "Describe the services of the service desk.", "returned", 3,
               "The service desk's entries are complete; the other units' belong with the head."),
)

HANDED_OVER = {"data-warehouse": ("thandiwe", "The data platform moved to Data & Analytics; its head answers for it.")}
"""To whom accountability was handed over while the work went on, and why."""

HELD = {"virtual-agent": "The supplier's language models are being replaced; work goes on once they are proven."}
"""Projects on hold, with the reasons."""

CLOSING = ("backup",)
"""Projects that are closing: the verdicts are being gathered."""

CLOSURES = (
    Closure("esignature", SUCCEEDED, 9, (
        (True, "In the last quarter 86 per cent were signed electronically."),
        (True, "The median is one and a half days."),
    ), "Agree the archive's format with the auditors before the first contract is signed."),
    Closure("datacentre-exit", SUCCEEDED, 12, (
        (True, "The rooms were handed back a month early."),
        (True, "The longest interruption was 70 minutes."),
    ), "Retiring 61 systems saved more than moving any. Ask who uses a system before planning its migration."),
    Closure("landing-zone", SUCCEEDED, 8, (
        (True, "The last ten environments took less than four hours each."),
        (True, "Untagged costs are below 0.5 per cent and are assigned monthly."),
    ), "Cost control belongs into the first release; adding it later meant touching every account."),
    Closure("chat-pilot", FAILED, 10, (
        (False, "Eleven per cent of enquiries came by chat; customers preferred to call or to look it up."),
        (False, "The cost per enquiry rose by 6 per cent, because chats took longer than calls."),
    ), "Customers wanted answers in the portal, not another channel. The money went into self-service."),
)

CANCELLED = {"yard-shuttle": "The manufacturer withdrew the vehicle, and no other is certified for mixed traffic."}
"""Projects that ended at a gate, with the reasons."""
# fmt: on

AUTHORITY, OFFICE = "helena", "henrik"
"""The approver of initiatives; the keeper of the portfolio's records."""
