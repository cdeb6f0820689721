"""The money of Corvane Logistics, in whole euros: division budgets, project funding, orders, spend and estimates.

The fiscal year is the calendar year; 0 is the current one, 1 the one before. Days are counted back from today.
"""

from dataclasses import dataclass
from typing import Literal

from contracts.finance import CostKind, Purpose

CURRENCY = "EUR"
OPEX, CAPEX = CostKind.OPEX, CostKind.CAPEX
RUN, GROW, TRANSFORM = Purpose.RUN, Purpose.GROW, Purpose.TRANSFORM
EVEN = (25, 25, 25, 25)
FRONT = (40, 30, 20, 10)
BACK = (10, 20, 30, 40)

CONTROLLER = "jonas"
"""The controller, who confirms funding, pays and corrects."""

APPROVER = "tomasz"
"""The approver of the divisions' budgets, and of what projects spend."""


@dataclass(frozen=True)
class BudgetLine:
    """One category of a division's budget in the current year and in the last, spread over quarters in per cent."""

    division: str
    category: str
    cost_kind: CostKind
    purpose: Purpose
    current: int
    last: int
    spread: tuple[int, int, int, int] = EVEN


@dataclass(frozen=True)
class Funding:
    """Finance's grant to a project from its division's budget of a year, the contingency included."""

    project: str
    granted: int
    contingency: int
    year: Literal[0, 1] = 0


@dataclass(frozen=True)
class Commitment:
    number: str
    project: str
    category: str
    amount: int
    reference: str


@dataclass(frozen=True)
class Actual:
    """Money spent so many days ago, under an order where there is one."""

    project: str
    category: str
    amount: int
    days_ago: int
    reference: str
    order: str | None = None


@dataclass(frozen=True)
class Estimate:
    project: str
    amount: int
    days_ago: int
    reason: str


STAFF_COSTS, LICENCES, SERVICES = "Staff", "Software and licences", "External services"
HARDWARE, CLOUD, PROJECTS = "Hardware", "Cloud and hosting", "Projects"
TRAINING, TOOLS = "Training", "Tools"

# fmt: off
BUDGET_LINES = (
    BudgetLine("CVL", PROJECTS, OPEX, TRANSFORM, 620_000, 410_000, BACK),
    BudgetLine("CVL", SERVICES, OPEX, GROW, 280_000, 240_000),
    BudgetLine("IT", STAFF_COSTS, OPEX, RUN, 640_000, 610_000),
    BudgetLine("IT", SERVICES, OPEX, TRANSFORM, 360_000, 390_000),
    BudgetLine("IT", PROJECTS, OPEX, TRANSFORM, 400_000, 350_000),
    BudgetLine("IT", TRAINING, OPEX, GROW, 30_000, 30_000),
    BudgetLine("IT-OPS", STAFF_COSTS, OPEX, RUN, 1_450_000, 1_520_000),
    BudgetLine("IT-OPS", CLOUD, OPEX, RUN, 1_680_000, 1_210_000, BACK),
    BudgetLine("IT-OPS", HARDWARE, CAPEX, RUN, 770_000, 880_000, FRONT),
    BudgetLine("IT-OPS", PROJECTS, CAPEX, TRANSFORM, 1_500_000, 2_290_000),
    BudgetLine("IT-OPS", TOOLS, OPEX, RUN, 20_000, 20_000),
    BudgetLine("IT-APP", STAFF_COSTS, OPEX, RUN, 1_720_000, 1_660_000),
    BudgetLine("IT-APP", LICENCES, OPEX, RUN, 1_540_000, 1_490_000, FRONT),
    BudgetLine("IT-APP", SERVICES, OPEX, RUN, 690_000, 720_000),
    BudgetLine("IT-APP", PROJECTS, CAPEX, TRANSFORM, 750_000, 680_000),
    BudgetLine("IT-DAT", STAFF_COSTS, OPEX, RUN, 520_000, 430_000),
    BudgetLine("IT-DAT", CLOUD, OPEX, RUN, 180_000, 120_000, BACK),
    BudgetLine("IT-DAT", PROJECTS, CAPEX, TRANSFORM, 1_100_000, 600_000),
    BudgetLine("IT-SEC", STAFF_COSTS, OPEX, RUN, 480_000, 440_000),
    BudgetLine("IT-SEC", LICENCES, OPEX, RUN, 370_000, 340_000, FRONT),
    BudgetLine("IT-SEC", PROJECTS, CAPEX, TRANSFORM, 850_000, 520_000),
    BudgetLine("IT-SD", STAFF_COSTS, OPEX, RUN, 710_000, 690_000),
    BudgetLine("IT-SD", HARDWARE, OPEX, RUN, 260_000, 270_000),
    BudgetLine("IT-SD", PROJECTS, OPEX, GROW, 280_000, 120_000),
    BudgetLine("IT-PMO", STAFF_COSTS, OPEX, RUN, 430_000, 420_000),
    BudgetLine("IT-PMO", LICENCES, OPEX, RUN, 60_000, 55_000, FRONT),
    BudgetLine("IT-PMO", PROJECTS, OPEX, TRANSFORM, 160_000, 90_000),
    BudgetLine("SAL", LICENCES, OPEX, RUN, 310_000, 300_000),
    BudgetLine("SAL", PROJECTS, CAPEX, GROW, 1_190_000, 640_000),
    BudgetLine("OPS", LICENCES, OPEX, RUN, 540_000, 520_000),
    BudgetLine("OPS", HARDWARE, CAPEX, RUN, 360_000, 410_000),
    BudgetLine("OPS", PROJECTS, CAPEX, TRANSFORM, 2_500_000, 1_170_000, FRONT),
    BudgetLine("FIN", LICENCES, OPEX, RUN, 470_000, 450_000),
    BudgetLine("FIN", PROJECTS, CAPEX, TRANSFORM, 1_430_000, 310_000),
    BudgetLine("HR", LICENCES, OPEX, RUN, 190_000, 200_000),
    BudgetLine("HR", PROJECTS, CAPEX, TRANSFORM, 250_000, 430_000),
    BudgetLine("LEG", LICENCES, OPEX, RUN, 120_000, 110_000),
    BudgetLine("LEG", PROJECTS, OPEX, TRANSFORM, 230_000, 220_000),
    BudgetLine("CUS", LICENCES, OPEX, RUN, 290_000, 280_000),
    BudgetLine("CUS", PROJECTS, OPEX, GROW, 410_000, 320_000),
)

SUBMITTED_BY = {"FIN": "beatriz"}
"""The submitters of budgets in a head's place: the CFO approves them all, and nobody approves their own."""

ONLY_DRAFTED, ONLY_SUBMITTED = ("LEG",), ("HR",)
"""Divisions whose budget of the current year is a draft; those whose budget awaits approval."""

NEXT_DRAFTED = ("LEG", "CUS", "SAL", "OPS", "IT-SD", "IT-PMO")
"""Divisions whose budget of the next year is a draft."""

NEXT_APPROVED = ("CVL", "IT")
"""Divisions whose budget of the next year is approved already."""

NEXT_RETURNED = {"IT-DAT": "The cloud costs rest on last year's prices; reckon with the new contract."}
"""Divisions whose budget of the next year was returned, and why; the other ones await approval."""

SUPPLEMENT = ("IT-SEC", 250_000, "Zero-trust access brought forward after the audit of the port authorities.")
"""More money for a division's budget of the current year."""

TRANSFER = ("IT-APP", "IT-DAT", 180_000, "Reporting and two of its engineers moved to Data & Analytics.")
"""Money that went from one division's budget of the current year to another's."""

FUNDINGS = (
    Funding("zero-trust", 540_000, 54_000),
    Funding("tms", 2_400_000, 200_000),
    Funding("customer-portal", 880_000, 60_000),
    Funding("data-warehouse", 720_000, 50_000),
    Funding("erp-upgrade", 1_350_000, 100_000),
    Funding("depot-network", 960_000, 90_000),
    Funding("identity-governance", 430_000, 40_000),
    Funding("virtual-agent", 220_000, 20_000),
    Funding("payroll", 390_000, 30_000, 1),
    Funding("backup", 510_000, 40_000, 1),
    Funding("emissions", 450_000, 45_000),
    Funding("service-catalogue", 120_000, 10_000),
    Funding("portfolio-reporting", 95_000, 0),
    Funding("demand-forecast", 340_000, 20_000),
    Funding("esignature", 140_000, 10_000, 1),
    Funding("datacentre-exit", 1_200_000, 120_000, 1),
    Funding("landing-zone", 380_000, 30_000, 1),
    Funding("chat-pilot", 160_000, 10_000, 1),
    Funding("yard-shuttle", 240_000, 40_000, 1),
)

REFUSED = {
    "warehouse-robotics": "The division's budget has 1.0 million left this year, and the payback exceeds five years. "
    "Return with leased robots or a smaller hall.",
}
"""Projects that finance refused to fund, with the reasons."""

PROJECT_SUPPLEMENT = ("depot-network", 60_000, "Fibre lines for three depots that have none.")
"""More money for a funded project, from its division's budget of the current year."""

COMMITMENTS = (
    Commitment("PO-41007", "zero-trust", LICENCES, 145_000, "Access broker, first year"),
    Commitment("PO-40112", "tms", LICENCES, 780_000, "Transport management licences, six countries"),
    Commitment("PO-40118", "tms", SERVICES, 940_000, "Implementation partner, phases 1 and 2"),
    Commitment("PO-40207", "customer-portal", SERVICES, 420_000, "Portal design and development"),
    Commitment("PO-40155", "data-warehouse", CLOUD, 240_000, "Cloud data platform, three years"),
    Commitment("PO-40156", "data-warehouse", SERVICES, 260_000, "Migration of reports"),
    Commitment("PO-40311", "erp-upgrade", SERVICES, 820_000, "Upgrade services, fixed price per company"),
    Commitment("PO-40312", "erp-upgrade", LICENCES, 180_000, "Licence uplift to the current release"),
    Commitment("PO-40398", "depot-network", HARDWARE, 520_000, "Switches and access points for 41 depots"),
    Commitment("PO-40401", "depot-network", SERVICES, 150_000, "Installation at night"),
    Commitment("PO-40455", "identity-governance", LICENCES, 150_000, "Identity governance platform, three years"),
    Commitment("PO-40456", "identity-governance", SERVICES, 120_000, "Connection of systems"),
    Commitment("PO-40377", "virtual-agent", LICENCES, 60_000, "Virtual agent, first year"),
    Commitment("PO-40202", "payroll", SERVICES, 210_000, "Country roll-outs"),
    Commitment("PO-39870", "backup", HARDWARE, 290_000, "Backup platform"),
    Commitment("PO-39871", "backup", SERVICES, 110_000, "Recovery rehearsals"),
    Commitment("PO-40512", "emissions", SERVICES, 160_000, "Calculation engine and its certification"),
    Commitment("PO-40533", "service-catalogue", LICENCES, 40_000, "Catalogue module"),
    Commitment("PO-40498", "portfolio-reporting", SERVICES, 30_000, "Report design"),
    Commitment("PO-40260", "demand-forecast", SERVICES, 190_000, "Modelling of 320 lanes"),
    Commitment("PO-40261", "demand-forecast", CLOUD, 80_000, "Computing capacity"),
    Commitment("PO-39540", "esignature", LICENCES, 70_000, "Signature service, two years"),
    Commitment("PO-39120", "datacentre-exit", SERVICES, 640_000, "Migration of 153 systems"),
    Commitment("PO-39122", "datacentre-exit", SERVICES, 120_000, "Dismantling and certified disposal"),
    Commitment("PO-38811", "landing-zone", SERVICES, 230_000, "Design and set-up of two regions"),
    Commitment("PO-39611", "chat-pilot", LICENCES, 90_000, "Chat platform, pilot licence"),
    Commitment("PO-39988", "yard-shuttle", HARDWARE, 160_000, "Vehicle, deposit and lease"),
)

ACTUALS = (
    Actual("tms", LICENCES, 390_000, 240, "Invoice 2204-118", "PO-40112"),
    Actual("tms", LICENCES, 195_000, 120, "Invoice 2204-131", "PO-40112"),
    Actual("tms", SERVICES, 310_000, 150, "Invoice IP-0071", "PO-40118"),
    Actual("tms", SERVICES, 265_000, 40, "Invoice IP-0094", "PO-40118"),
    Actual("tms", STAFF_COSTS, 148_000, 20, "Internal hours to date"),
    Actual("customer-portal", SERVICES, 280_000, 90, "Invoice D-3310", "PO-40207"),
    Actual("customer-portal", SERVICES, 90_000, 25, "Invoice D-3377", "PO-40207"),
    Actual("customer-portal", STAFF_COSTS, 165_000, 30, "Internal hours to date"),
    Actual("data-warehouse", CLOUD, 160_000, 200, "Invoice CP-77120", "PO-40155"),
    Actual("data-warehouse", SERVICES, 220_000, 60, "Invoice M-1182", "PO-40156"),
    Actual("data-warehouse", STAFF_COSTS, 130_000, 30, "Internal hours to date"),
    Actual("erp-upgrade", SERVICES, 300_000, 150, "Invoice NC-5501", "PO-40311"),
    Actual("erp-upgrade", SERVICES, 285_000, 50, "Invoice NC-5540", "PO-40311"),
    Actual("erp-upgrade", LICENCES, 180_000, 120, "Invoice L-88102", "PO-40312"),
    Actual("erp-upgrade", STAFF_COSTS, 190_000, 20, "Internal hours to date"),
    Actual("depot-network", HARDWARE, 310_000, 80, "Invoice SW-20931", "PO-40398"),
    Actual("depot-network", SERVICES, 60_000, 30, "Invoice N-4410", "PO-40401"),
    Actual("depot-network", SERVICES, 60_000, 29, "Invoice N-4410, second copy", "PO-40401"),
    Actual("depot-network", STAFF_COSTS, 72_000, 15, "Internal hours to date"),
    Actual("identity-governance", LICENCES, 150_000, 100, "Invoice IG-1201", "PO-40455"),
    Actual("identity-governance", SERVICES, 45_000, 35, "Invoice IG-1260", "PO-40456"),
    Actual("identity-governance", STAFF_COSTS, 38_000, 20, "Internal hours to date"),
    Actual("virtual-agent", LICENCES, 24_000, 70, "Invoice VA-301", "PO-40377"),
    Actual("virtual-agent", STAFF_COSTS, 31_000, 36, "Internal hours to date"),
    Actual("payroll", SERVICES, 84_000, 150, "Invoice PR-0412", "PO-40202"),
    Actual("payroll", STAFF_COSTS, 46_000, 125, "Internal hours to date"),
    Actual("backup", HARDWARE, 290_000, 160, "Invoice B-9921", "PO-39870"),
    Actual("backup", SERVICES, 96_000, 45, "Invoice RR-118", "PO-39871"),
    Actual("backup", STAFF_COSTS, 74_000, 20, "Internal hours to date"),
    Actual("emissions", SERVICES, 48_000, 40, "Invoice E-2001", "PO-40512"),
    Actual("emissions", STAFF_COSTS, 35_000, 15, "Internal hours to date"),
    Actual("service-catalogue", STAFF_COSTS, 34_000, 20, "Internal hours to date"),
    Actual("portfolio-reporting", SERVICES, 18_000, 30, "Invoice RD-77", "PO-40498"),
    Actual("portfolio-reporting", STAFF_COSTS, 41_000, 25, "Internal hours to date"),
    Actual("demand-forecast", SERVICES, 190_000, 120, "Invoice DF-310", "PO-40260"),
    Actual("demand-forecast", CLOUD, 80_000, 40, "Invoice CP-80411", "PO-40261"),
    Actual("demand-forecast", STAFF_COSTS, 92_000, 15, "Internal hours to date"),
    Actual("esignature", LICENCES, 70_000, 400, "Invoice ES-12", "PO-39540"),
    Actual("esignature", STAFF_COSTS, 61_400, 195, "Internal hours"),
    Actual("datacentre-exit", SERVICES, 402_000, 400, "Invoice G-1190", "PO-39120"),
    Actual("datacentre-exit", SERVICES, 238_000, 250, "Invoice G-1244", "PO-39120"),
    Actual("datacentre-exit", SERVICES, 108_000, 190, "Invoice G-1301", "PO-39122"),
    Actual("datacentre-exit", STAFF_COSTS, 420_000, 170, "Internal hours"),
    Actual("landing-zone", SERVICES, 230_000, 560, "Invoice LZ-04", "PO-38811"),
    Actual("landing-zone", STAFF_COSTS, 141_000, 400, "Internal hours"),
    Actual("chat-pilot", LICENCES, 90_000, 330, "Invoice CH-19", "PO-39611"),
    Actual("chat-pilot", STAFF_COSTS, 68_000, 140, "Internal hours"),
    Actual("yard-shuttle", HARDWARE, 40_000, 200, "Invoice YS-2, deposit", "PO-39988"),
    Actual("yard-shuttle", STAFF_COSTS, 34_000, 115, "Internal hours"),
)

DRAFTED = Commitment("PO-41031", "customer-portal", SERVICES, 30_000, "Accessibility review")
PLANNED = Commitment("PO-41030", "emissions", SERVICES, 60_000, "Certification of the second year")
CANCELLED = Commitment("PO-41032", "virtual-agent", LICENCES, 15_000, "Voice channel, trial")
WHY_CANCELLED = "The voice channel is left for later."
"""Orders that are not placed: one is being drafted, one is planned, one was given up."""

SUBMITTED = Actual("emissions", SERVICES, 12_000, 6, "Invoice E-2014", "PO-40512")
REJECTED = Actual("customer-portal", SERVICES, 4_000, 12, "Invoice D-3391, travel")
WHY_REJECTED = "Travel is part of the agency's price."
"""Expenses that are not spent: one waits for approval, one was rejected."""

REVERSED = ("depot-network", "Invoice N-4410, second copy", "The invoice was booked twice.")
"""The entry that was taken back, by its project and reference, and why."""

RELEASED = {
    "PO-39871": "The rehearsals cost less than ordered.",
    "PO-39122": "The equipment's buyer paid for part of the disposal.",
    "PO-39988": "The manufacturer withdrew the vehicle; the rest of the order is void.",
}
"""Orders nothing more is expected of, and why."""

CLOSED = ("PO-39540", "PO-38811", "PO-39611")
"""Orders that are fulfilled and invoiced in full."""

ESTIMATES = (
    Estimate("tms", 2_400_000, 150, "As approved."),
    Estimate("tms", 2_568_000, 8, "A second team for settlement."),
    Estimate("customer-portal", 865_000, 6, "Two languages needed less rework than planned."),
    Estimate("data-warehouse", 778_000, 9, "A second parallel run at month's end."),
    Estimate("erp-upgrade", 1_539_000, 11, "Three companies need rehearsals that the fixed price does not cover."),
    Estimate("depot-network", 1_005_000, 5, "Lines for three depots added; hardware below plan."),
    Estimate("identity-governance", 430_000, 13, "As approved."),
    Estimate("virtual-agent", 228_000, 34, "A second language model may be needed."),
    Estimate("payroll", 388_000, 118, "As planned."),
    Estimate("backup", 460_000, 6, "All invoices are in."),
    Estimate("emissions", 450_000, 12, "As approved."),
    Estimate("service-catalogue", 112_000, 10, "Fewer external days than planned."),
    Estimate("portfolio-reporting", 95_000, 14, "As approved."),
    Estimate("demand-forecast", 385_000, 7, "Computing capacity until the end of the project."),
    Estimate("yard-shuttle", 74_000, 30, "What was spent until the end."),
)

TAKEN_OVER_GRANT = ("customs-gateway", 610_000, "Planwerk, budget release of the steering committee")
"""The budget that a project taken over was granted elsewhere."""

TAKEN_OVER_SPEND = (
    Actual("customs-gateway", SERVICES, 318_000, 60, "Planwerk, external services to date"),
    Actual("customs-gateway", STAFF_COSTS, 84_000, 60, "Planwerk, internal hours to date"),
)
"""The spending there until the project was taken over."""

TAKEN_OVER_ESTIMATE = Estimate("customs-gateway", 625_000, 60, "Planwerk, forecast of the project manager")
# fmt: on
