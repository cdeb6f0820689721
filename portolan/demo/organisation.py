"""Corvane Logistics: its divisions, and the positions in them. Invented; about 1,900 people work there in all."""

from dataclasses import dataclass

from contracts.people import DivisionKind
from contracts.values import Grade

IT, BUSINESS = DivisionKind.IT, DivisionKind.BUSINESS
STAFF, JUNIOR, MANAGER = Grade.STAFF, Grade.JUNIOR_MANAGER, Grade.MANAGER
SENIOR, EXECUTIVE = Grade.SENIOR_MANAGER, Grade.EXECUTIVE


@dataclass(frozen=True)
class Division:
    """A division by its code; ``head`` is a key of ``people.PEOPLE``, ``zone`` its time zone where it has its own."""

    code: str
    name: str
    kind: DivisionKind
    parent: str | None
    head: str
    zone: str | None = None


@dataclass(frozen=True)
class Position:
    """A position by its key; ``reports_to`` is the key of another. ``years`` of IT management it asks for."""

    key: str
    title: str
    division: str
    grade: Grade
    reports_to: str | None
    duties: tuple[str, ...]
    years: int = 0


DIVISIONS = (
    Division("CVL", "Corvane Logistics", BUSINESS, None, "marit"),
    Division("IT", "Information Technology", IT, "CVL", "helena"),
    Division("IT-OPS", "Infrastructure & Operations", IT, "IT", "marcus"),
    Division("IT-APP", "Applications", IT, "IT", "elif"),
    Division("IT-DAT", "Data & Analytics", IT, "IT", "thandiwe"),
    Division("IT-SEC", "Information Security", IT, "IT", "rasmus"),
    Division("IT-SD", "Service Desk", IT, "IT", "bogdan"),
    Division("IT-PMO", "Portfolio Office", IT, "IT", "carolina"),
    Division("SAL", "Sales & Marketing", BUSINESS, "CVL", "chiara"),
    Division("OPS", "Transport & Warehousing", BUSINESS, "CVL", "hendrik"),
    Division("FIN", "Finance & Controlling", BUSINESS, "CVL", "tomasz"),
    Division("HR", "Human Resources", BUSINESS, "CVL", "yasmin"),
    Division("LEG", "Legal & Compliance", BUSINESS, "CVL", "frederic"),
    Division("CUS", "Customer Service", BUSINESS, "CVL", "nadia", "Africa/Casablanca"),
)

# fmt: off
POSITIONS = (
    # The company
    Position("ceo", "Chief Executive Officer", "CVL", EXECUTIVE, None,
             ("Leads the group and answers to the supervisory board.", "Decides on strategy and investments."), 10),
    Position("strategy", "Corporate Strategy Manager", "CVL", MANAGER, "ceo",
             ("Prepares the group's strategy and follows its initiatives.",)),
    # Finance & Controlling
    Position("cfo", "Chief Financial Officer", "FIN", EXECUTIVE, "ceo",
             ("Answers for the group's finances.", "Approves the divisions' budgets."), 10),
    Position("controlling", "Head of Controlling", "FIN", MANAGER, "cfo",
             ("Plans and follows budgets, reports deviations monthly.",)),
    Position("it-controller", "IT Finance Controller", "FIN", JUNIOR, "controlling",
             ("Confirms project funding within approved budgets.", "Books and corrects IT project spend.")),
    Position("accounting", "Accounting Manager", "FIN", MANAGER, "cfo",
             ("Closes the books and owns the finance processes in the ERP system.",)),
    Position("treasury-analyst", "Treasury Analyst", "FIN", STAFF, "accounting", ("Plans liquidity and payments.",)),
    # Sales & Marketing
    Position("sales-director", "Director Sales & Marketing", "SAL", MANAGER, "ceo",
             ("Answers for revenue and customer relations.", "Sponsors digital sales channels.")),
    Position("key-accounts", "Key Account Manager", "SAL", JUNIOR, "sales-director",
             ("Leads the forty largest accounts.",)),
    Position("digital-sales", "Digital Sales Manager", "SAL", JUNIOR, "sales-director",
             ("Owns the customer portal's content and adoption.",)),
    Position("market-analyst", "Market Analyst", "SAL", STAFF, "digital-sales",
             ("Analyses lanes, rates and competitors.",)),
    # Transport & Warehousing
    Position("ops-director", "Director Transport & Warehousing", "OPS", MANAGER, "ceo",
             ("Answers for 41 depots and the line haul network.", "Sponsors the operational systems.")),
    Position("line-haul", "Line Haul Manager", "OPS", JUNIOR, "ops-director",
             ("Plans the nightly line haul network.",)),
    Position("warehouse", "Warehouse Network Manager", "OPS", JUNIOR, "ops-director",
             ("Runs the nine contract warehouses.",)),
    Position("customs", "Customs Manager", "OPS", JUNIOR, "ops-director",
             ("Answers for declarations and bonded stock.",)),
    Position("planner", "Transport Planner", "OPS", STAFF, "line-haul", ("Dispatches vehicles and subcontractors.",)),
    # Human Resources
    Position("hr-director", "Director Human Resources", "HR", MANAGER, "ceo",
             ("Shapes the organisation and its positions.", "Verifies experience before appointments.")),
    Position("hr-partner", "HR Business Partner IT", "HR", JUNIOR, "hr-director",
             ("Advises IT on staffing and skills.",)),
    Position("payroll-specialist", "Payroll Specialist", "HR", STAFF, "hr-partner",
             ("Runs payroll in six countries.",)),
    # Legal & Compliance
    Position("general-counsel", "General Counsel", "LEG", MANAGER, "ceo",
             ("Advises the board.", "Answers for compliance with trade and data protection law.")),
    Position("compliance", "Trade Compliance Officer", "LEG", JUNIOR, "general-counsel",
             ("Screens customers and consignments against sanctions lists.",)),
    # Customer Service
    Position("service-director", "Head of Customer Service", "CUS", MANAGER, "ceo",
             ("Answers for service quality in eleven languages.",)),
    Position("service-lead", "Customer Service Team Lead", "CUS", JUNIOR, "service-director",
             ("Leads the contact centre.",)),
    Position("service-coordinator", "Service Quality Coordinator", "CUS", STAFF, "service-lead",
             ("Measures response times and customer satisfaction.",)),
    # Information Technology
    Position("cio", "Chief Information Officer", "IT", EXECUTIVE, "ceo",
             ("Answers for the group's information technology.", "Aligns IT with the group's strategy.",
              "Approves projects at their gates."), 12),
    Position("architect", "Enterprise Architect", "IT", MANAGER, "cio",
             ("Keeps the target architecture and reviews solution designs.",)),
    # Infrastructure & Operations
    Position("infrastructure", "Head of Infrastructure & Operations", "IT-OPS", SENIOR, "cio",
             ("Oversees daily operation of networks and platforms.", "Answers for the unit's projects."), 10),
    Position("network-services", "Senior Manager Network Services", "IT-OPS", SENIOR, "infrastructure",
             ("Answers for depot, warehouse and office networks.",), 10),
    Position("platforms", "Platform Operations Manager", "IT-OPS", MANAGER, "infrastructure",
             ("Runs servers, storage and cloud platforms.",)),
    Position("networks", "Network Manager", "IT-OPS", MANAGER, "network-services",
             ("Plans and runs wide area networks.",)),
    Position("connectivity", "Depot Connectivity Lead", "IT-OPS", JUNIOR, "networks",
             ("Rolls networks out at the depots.",)),
    Position("cloud-engineer", "Cloud Engineer", "IT-OPS", STAFF, "platforms",
             ("Builds and automates cloud platforms.",)),
    Position("systems-engineer", "Systems Engineer", "IT-OPS", STAFF, "platforms",
             ("Keeps servers patched and monitored.",)),
    Position("database-engineer", "Database Engineer", "IT-OPS", STAFF, "platforms", ("Runs and tunes databases.",)),
    Position("network-engineer", "Network Engineer", "IT-OPS", STAFF, "connectivity",
             ("Installs and mends networks.",)),
    # Applications
    Position("applications", "Head of Applications", "IT-APP", SENIOR, "cio",
             ("Answers for business applications from plan to retirement.", "Develops the unit's managers."), 10),
    Position("enterprise-apps", "Senior Manager Enterprise Applications", "IT-APP", SENIOR, "applications",
             ("Answers for ERP, transport management and integration.",), 10),
    Position("customer-platforms", "Senior Manager Customer Platforms", "IT-APP", SENIOR, "applications",
             ("Answers for portals, mobile apps and interfaces to customers.",), 10),
    Position("tms", "Transport Systems Manager", "IT-APP", MANAGER, "enterprise-apps",
             ("Leads the transport systems team.",)),
    Position("erp", "ERP Manager", "IT-APP", MANAGER, "enterprise-apps", ("Leads the ERP competence centre.",)),
    Position("integration", "Integration Lead", "IT-APP", JUNIOR, "enterprise-apps",
             ("Leads interfaces and messaging.",)),
    Position("portals", "Portal Delivery Lead", "IT-APP", JUNIOR, "customer-platforms", ("Leads the portal team.",)),
    Position("engineer-portal", "Software Engineer Portals", "IT-APP", STAFF, "portals",
             ("Develops the customer portal.",)),
    Position("engineer-mobile", "Software Engineer Mobile", "IT-APP", STAFF, "portals",
             ("Develops the drivers' app.",)),
    Position("engineer-integration", "Integration Engineer", "IT-APP", STAFF, "integration",
             ("Builds partner interfaces.",)),
    Position("test-engineer", "Test Engineer", "IT-APP", STAFF, "tms", ("Automates and runs acceptance tests.",)),
    # Data & Analytics
    Position("data", "Head of Data & Analytics", "IT-DAT", SENIOR, "cio",
             ("Answers for data platforms, reporting and models.",), 10),
    Position("data-engineering", "Data Engineering Manager", "IT-DAT", MANAGER, "data",
             ("Leads the data platform team.",)),
    Position("analytics", "Analytics Lead", "IT-DAT", JUNIOR, "data", ("Leads reporting and forecasting.",)),
    Position("data-engineer", "Data Engineer", "IT-DAT", STAFF, "data-engineering", ("Builds data pipelines.",)),
    Position("data-scientist", "Data Scientist", "IT-DAT", STAFF, "analytics", ("Builds forecasting models.",)),
    # Information Security
    Position("ciso", "Chief Information Security Officer", "IT-SEC", SENIOR, "cio",
             ("Answers for information security and its standards.", "Reports security risks to the board."), 10),
    Position("soc", "Security Operations Manager", "IT-SEC", MANAGER, "ciso", ("Leads detection and response.",)),
    Position("identity", "Identity & Access Lead", "IT-SEC", JUNIOR, "ciso",
             ("Leads identity and access management.",)),
    Position("security-analyst", "Security Analyst", "IT-SEC", STAFF, "soc",
             ("Investigates alerts and vulnerabilities.",)),
    # Service Desk
    Position("service-desk", "Head of Service Desk", "IT-SD", SENIOR, "cio",
             ("Answers for support of 1,900 users and its service levels.",), 10),
    Position("desk-lead", "Service Desk Team Lead", "IT-SD", JUNIOR, "service-desk", ("Leads first-line support.",)),
    Position("desk-analyst", "Service Desk Analyst", "IT-SD", STAFF, "desk-lead",
             ("Resolves incidents and requests.",)),
    Position("desk-technician", "Field Technician", "IT-SD", STAFF, "desk-lead",
             ("Supports depots and warehouses on site.",)),
    # Portfolio Office
    Position("portfolio-office", "Head of Portfolio Office", "IT-PMO", SENIOR, "cio",
             ("Answers for the portfolio's planning, gates and reporting.",), 10),
    Position("portfolio-manager", "Portfolio Manager", "IT-PMO", MANAGER, "portfolio-office",
             ("Prepares gates and keeps the portfolio's records.",)),
    Position("project-office", "Project Office Lead", "IT-PMO", JUNIOR, "portfolio-manager",
             ("Supports project managers.",)),
    Position("portfolio-analyst", "Portfolio Analyst", "IT-PMO", STAFF, "project-office",
             ("Prepares progress reports.",)),
)
# fmt: on
