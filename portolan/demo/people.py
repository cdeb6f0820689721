"""The people of Corvane Logistics, none of whom exists: who holds which position, since when, with what experience.

Months are counted back from today, and mean the first day of that month.
"""

from dataclasses import dataclass

from contracts.roles import Role


@dataclass(frozen=True)
class EarlierJob:
    """Work as a manager of IT at an employer, from one month to before another; ``None``: still."""

    employer: str
    role: str
    since: int
    until: int | None


@dataclass(frozen=True)
class Waiver:
    """The appointment was made without the ten years; who approved it, and why."""

    approver: str
    reason: str


@dataclass(frozen=True)
class Person:
    """A person by their key; ``earlier``: the position they held before, and since how many months ago.

    ``before``: they worked here before, from so many months ago to so many; ``hired`` is when they joined again.
    """

    key: str
    name: str
    position: str
    hired: int
    appointed: int
    roles: tuple[Role, ...] = (Role.STAFF,)
    experience: tuple[EarlierJob, ...] = ()
    waiver: Waiver | None = None
    earlier: tuple[str, int] | None = None
    before: tuple[int, int] | None = None


HERE = "Corvane Logistics"
DIRECTOR = (Role.BUSINESS_USER, Role.MANAGER)
BUSINESS_USER = (Role.BUSINESS_USER,)
MANAGER = (Role.MANAGER,)

# fmt: off
PEOPLE = (
    # The company
    Person("marit", "Marit Solheim", "ceo", 74, 74, (Role.EXECUTIVE,), (
        EarlierJob("Baltra Shipping", "Chief Information Officer", 230, 148),
        EarlierJob("Baltra Shipping", "Chief Operating and Information Officer", 148, 75),
    )),
    Person("luca", "Luca Ferrantini", "strategy", 46, 46, BUSINESS_USER),
    # Finance & Controlling
    Person("tomasz", "Tomasz Wielgosz", "cfo", 58, 58, (Role.EXECUTIVE,), waiver=Waiver(
        "marit", "The office leads finance, not IT; the supervisory board chose the candidate for his record in "
        "treasury and controlling. IT questions are decided together with the CIO.")),
    Person("beatriz", "Beatriz Quintela", "controlling", 96, 60, DIRECTOR),
    Person("jonas", "Jonas Ekberg", "it-controller", 41, 41, (Role.FINANCE_CONTROLLER,)),
    Person("noor", "Noor van der Velde", "accounting", 112, 84, BUSINESS_USER),
    Person("kofi", "Kofi Adusei", "treasury-analyst", 27, 27),
    # Sales & Marketing
    Person("chiara", "Chiara Bellandi", "sales-director", 69, 69, DIRECTOR),
    Person("mehmet", "Mehmet Altınok", "key-accounts", 52, 52, BUSINESS_USER, before=(71, 60)),
    Person("sofie", "Sofie Lauwers", "digital-sales", 33, 33, BUSINESS_USER),
    Person("priya", "Priya Raghunath", "market-analyst", 15, 15),
    # Transport & Warehousing
    Person("hendrik", "Hendrik Vosselman", "ops-director", 141, 63, DIRECTOR),
    Person("ewa", "Ewa Domagalska", "line-haul", 88, 49, BUSINESS_USER),
    Person("rui", "Rui Figueiras", "warehouse", 77, 44, BUSINESS_USER),
    Person("annika", "Annika Tuominen", "customs", 61, 61, BUSINESS_USER),
    Person("bilal", "Bilal Haddouch", "planner", 22, 22),
    # Human Resources
    Person("yasmin", "Yasmin El Khatib", "hr-director", 83, 83, (Role.HR, *DIRECTOR)),
    Person("stefan", "Stefan Dragomir", "hr-partner", 36, 36, (Role.HR, Role.BUSINESS_USER)),
    Person("greta", "Greta Holmqvist", "payroll-specialist", 64, 64),
    # Legal & Compliance
    Person("frederic", "Frédéric Delvigne", "general-counsel", 92, 92, DIRECTOR),
    Person("aoife", "Aoife Kinsella", "compliance", 30, 30, (Role.AUDITOR, Role.BUSINESS_USER)),
    # Customer Service
    Person("nadia", "Nadia Benkirane", "service-director", 71, 71, DIRECTOR),
    Person("pavel", "Pavel Hruška", "service-lead", 57, 38, BUSINESS_USER),
    Person("leila", "Leila Farrokhi", "service-coordinator", 19, 19),
    # Information Technology
    Person("helena", "Helena Brandstätter", "cio", 54, 54, (Role.EXECUTIVE,), (
        EarlierJob("Helvion Insurance", "Head of IT Operations", 248, 166),
        EarlierJob("Marenostra Ferries", "Chief Information Officer", 164, 55),
        EarlierJob(HERE, "Chief Information Officer", 54, None),
    )),
    Person("dmitri", "Dmitri Lazarenko", "architect", 47, 47, MANAGER),
    # Infrastructure & Operations
    Person("marcus", "Marcus Oyelaran", "infrastructure", 67, 67, MANAGER, (
        EarlierJob("Tarvik Energy", "Data Centre Manager", 214, 140),
        EarlierJob("Kestrel Parcel", "Head of Infrastructure", 139, 68),
        EarlierJob(HERE, "Head of Infrastructure & Operations", 67, None),
    )),
    Person("gilles", "Gilles Tavernier", "network-services", 50, 50, MANAGER, (
        EarlierJob("Orlanda Retail Group", "Network Operations Manager", 196, 118),
        EarlierJob("Tarvik Energy", "Head of Networks", 117, 51),
        EarlierJob(HERE, "Senior Manager Network Services", 50, None),
    )),
    Person("katarzyna", "Katarzyna Bielska", "platforms", 62, 39, MANAGER),
    Person("ravi", "Ravi Kaulgud", "networks", 45, 45, MANAGER),
    Person("ines", "Inês Carvalhal", "connectivity", 34, 34, MANAGER),
    Person("oskar", "Oskar Lindvall", "cloud-engineer", 25, 25),
    Person("fatou", "Fatou Diarra", "systems-engineer", 31, 31),
    Person("hana", "Hana Vesecká", "database-engineer", 43, 43),
    Person("mateusz", "Mateusz Kranc", "network-engineer", 18, 18),
    # Applications
    Person("elif", "Elif Karadeniz", "applications", 131, 48, MANAGER, (
        EarlierJob("Fennoscan Bank", "Release Manager", 190, 132),
        EarlierJob(HERE, "Transport Systems Manager", 131, 48),
        EarlierJob(HERE, "Head of Applications", 48, None),
    ), earlier=("tms", 131)),
    Person("joost", "Joost Hermsen", "enterprise-apps", 59, 59, MANAGER, (
        EarlierJob("Orlanda Retail Group", "ERP Programme Manager", 201, 122),
        EarlierJob("Baltra Shipping", "Head of Enterprise Systems", 121, 60),
        EarlierJob(HERE, "Senior Manager Enterprise Applications", 59, None),
    )),
    Person("saoirse", "Saoirse Brannigan", "customer-platforms", 42, 42, MANAGER, (
        EarlierJob("Kestrel Parcel", "Mobile Delivery Manager", 179, 110),
        EarlierJob("Fennoscan Bank", "Head of Digital Channels", 109, 43),
        EarlierJob(HERE, "Senior Manager Customer Platforms", 42, None),
    )),
    Person("andrei", "Andrei Popovici", "tms", 56, 40, MANAGER),
    Person("valentina", "Valentina Orsetti", "erp", 73, 51, MANAGER),
    Person("lucia", "Lucía Ferreiro", "integration", 37, 37, MANAGER),
    Person("daan", "Daan Wijnhoven", "portals", 65, 29, MANAGER, earlier=("engineer-portal", 65)),
    Person("tariq", "Tariq Mansouri", "engineer-portal", 20, 20),
    Person("zsofia", "Zsófia Bartalos", "engineer-mobile", 26, 26),
    Person("emeka", "Emeka Obiora", "engineer-integration", 16, 16),
    Person("mirjam", "Mirjam Aaltonen", "test-engineer", 35, 35),
    # Data & Analytics
    Person("thandiwe", "Thandiwe Mokoena", "data", 40, 28, MANAGER, (
        EarlierJob("Helvion Insurance", "Business Intelligence Manager", 126, 41),
        EarlierJob(HERE, "Data Engineering Manager", 40, 28),
        EarlierJob(HERE, "Head of Data & Analytics", 28, None),
    ), waiver=Waiver(
        "helena", "Eight years are verified; she built the data platform and led the unit as deputy for a year. "
        "The CIO mentors her until the tenth year is complete."), earlier=("data-engineering", 40)),
    Person("filip", "Filip Hradecký", "data-engineering", 24, 24, MANAGER),
    Person("camille", "Camille Roussard", "analytics", 32, 32, MANAGER),
    Person("arjun", "Arjun Venkatesan", "data-engineer", 17, 17),
    Person("sanna", "Sanna Koskela", "data-scientist", 21, 21),
    # Information Security
    Person("rasmus", "Rasmus Thorgaard", "ciso", 38, 38, MANAGER, (
        EarlierJob("Fennoscan Bank", "Security Operations Manager", 187, 104),
        EarlierJob("Tarvik Energy", "Head of Cyber Defence", 103, 39),
        EarlierJob(HERE, "Chief Information Security Officer", 38, None),
    )),
    Person("ilse", "Ilse Coppens", "soc", 29, 29, MANAGER),
    Person("davit", "Davit Gelashvili", "identity", 23, 23, MANAGER),
    Person("monica", "Mónica Salvatierra", "security-analyst", 14, 14),
    # Service Desk
    Person("bogdan", "Bogdan Ionașcu", "service-desk", 80, 53, MANAGER, (
        EarlierJob("Marenostra Ferries", "Service Desk Manager", 205, 126),
        EarlierJob("Helvion Insurance", "Service Delivery Manager", 125, 81),
        EarlierJob(HERE, "Service Desk Manager", 80, None),
    )),
    Person("amelie", "Amélie Courcelle", "desk-lead", 48, 31, MANAGER),
    Person("samuel", "Samuel Otienga", "desk-analyst", 13, 13),
    Person("liv", "Liv Hagemoen", "desk-technician", 28, 28),
    # Portfolio Office
    Person("carolina", "Carolina Meirelles", "portfolio-office", 44, 44, (Role.MANAGER, Role.PORTFOLIO_OFFICE), (
        EarlierJob("Orlanda Retail Group", "Programme Manager", 192, 131),
        EarlierJob("Kestrel Parcel", "Head of IT Programmes", 130, 45),
        EarlierJob(HERE, "Head of Portfolio Office", 44, None),
    )),
    Person("henrik", "Henrik Sandvold", "portfolio-manager", 39, 39, (Role.PORTFOLIO_OFFICE,)),
    Person("agnieszka", "Agnieszka Lisowska", "project-office", 26, 26, MANAGER),
    Person("yuto", "Yuto Kanemori", "portfolio-analyst", 12, 12),
)
# fmt: on

FIRST, FIRST_HIRED = "marit", 2_300
"""The first person hired, so many days before today: by that day a later load knows the first one's."""

PERSONNEL, COLLEAGUE = "yasmin", "stefan"
"""The person who shapes the organisation, verifies experience, hires and appoints."""

SUSPENDED = {"emeka": 12}
"""Suspended persons, since how many days."""

LEFT = {"hana": 45}
"""Leavers, since how many days."""

LEFT_WHILE_ACCOUNTABLE = {"gilles": 3}
"""Leavers with accountable projects, since how many days; accountability passes up the line."""

TAKEN_ON = {"gilles": "marcus"}
"""Leavers, and who takes over what they led."""

TO_LEAVE = {"liv": 60}
"""Persons who are to leave, in so many days."""

TO_BE_APPOINTED = {"samuel": ("desk-technician", 61)}
"""Persons who are to be appointed to another position, and in so many days."""

TAKEN_FOR_LEAVERS = ("annika",)
"""Persons whose leaving was recorded by mistake."""

EXPECTED = {"zainab": ("Zainab Chaudhry", "desk-analyst", 62)}
"""Persons who are expected: their name, their first position, and in how many days they join."""

APPOINTED_LATER = {"yuto": 14}
"""Persons whose first appointment was recorded for their first day, and took effect so many days later."""
