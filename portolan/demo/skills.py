"""Requirements of positions of IT at Corvane Logistics: skills of the SFIA framework by code, and certificates."""

from collections.abc import Mapping
from dataclasses import dataclass

from portolan.demo.company import record_id
from portolan.demo.scenes import Json

SKILLS = {
    "ARCH": "Solution architecture",
    "ASUP": "Application support",
    "BINT": "Business intelligence",
    "BURM": "Risk management",
    "DATS": "Data science",
    "DBAD": "Database administration",
    "DENG": "Data engineering",
    "FMIT": "Financial management",
    "IAMT": "Identity and access management",
    "ITMG": "Technology service management",
    "ITOP": "Infrastructure operations",
    "NTAS": "Network support",
    "NTDS": "Network design",
    "POMG": "Portfolio management",
    "PRMG": "Project management",
    "PROF": "Portfolio, programme and project support",
    "PROG": "Programming/software development",
    "SCAD": "Security operations",
    "SCTY": "Information security",
    "SINT": "Systems integration and build",
    "SLMO": "Service level management",
    "STPL": "Enterprise and business architecture",
    "SUPP": "Supplier management",
    "TEST": "Functional testing",
    "USUP": "Incident management",
}
"""Skills by their SFIA codes."""


@dataclass(frozen=True)
class Renewal:
    """So many credits in so many months; of them in each year at least the minimum."""

    unit: str
    credits: int
    months: int
    minimum: int | None = None


@dataclass(frozen=True)
class Scheme:
    key: str
    name: str
    issuer: str
    months: int
    renewal: Renewal | None = None
    budget: bool = False


@dataclass(frozen=True)
class Required:
    """A position's requirements: levels by the code of a skill, and keys of certificate schemes."""

    skills: Mapping[str, int]
    schemes: tuple[str, ...] = ()
    experience: tuple[str, ...] = ()


# fmt: off
SCHEMES = (
    Scheme("PMP", "Project Management Professional (PMP)", "Project Management Institute", 36, Renewal("PDU", 60, 36)),
    Scheme("CISSP", "Certified Information Systems Security Professional (CISSP)", "ISC2", 36,
           Renewal("CPE", 120, 36)),
    Scheme("CISA", "Certified Information Systems Auditor (CISA)", "ISACA", 36, Renewal("CPE", 120, 36, 20)),
    Scheme("CSM", "Certified ScrumMaster (CSM)", "Scrum Alliance", 24, Renewal("SEU", 20, 24)),
    Scheme("ITIL", "ITIL Foundation", "PeopleCert", 36, Renewal("CPD", 60, 36, 20)),
    Scheme("BUDGET", "Corvane Budget Holder", "Corvane Finance & Controlling", 24, budget=True),
)

REQUIRED = {
    "cio": Required({"ITMG": 7, "FMIT": 6, "BURM": 6}, ("BUDGET",), ("Has led IT through a change of core systems.",)),
    "architect": Required({"STPL": 6, "ARCH": 5}),
    "infrastructure": Required({"ITMG": 6, "ITOP": 6, "SUPP": 5}, ("ITIL", "BUDGET")),
    "platforms": Required({"ITOP": 5, "SUPP": 4}, ("ITIL",)),
    "networks": Required({"NTDS": 5, "NTAS": 5}),
    "connectivity": Required({"NTAS": 4, "PRMG": 4}),
    "cloud-engineer": Required({"ITOP": 4, "SINT": 3}),
    "systems-engineer": Required({"ITOP": 3}),
    "database-engineer": Required({"DBAD": 4}),
    "network-engineer": Required({"NTAS": 3}),
    "applications": Required({"ITMG": 6, "ASUP": 6, "FMIT": 5}, ("BUDGET",)),
    "enterprise-apps": Required({"ASUP": 6, "SUPP": 5}, ("BUDGET",)),
    "customer-platforms": Required({"ASUP": 6, "PRMG": 5}, ("CSM",)),
    "tms": Required({"ASUP": 5, "PRMG": 4}),
    "erp": Required({"ASUP": 5, "FMIT": 4}),
    "integration": Required({"SINT": 5}),
    "portals": Required({"PROG": 5, "PRMG": 4}, ("CSM",)),
    "engineer-portal": Required({"PROG": 4, "TEST": 3}),
    "engineer-mobile": Required({"PROG": 4}),
    "engineer-integration": Required({"SINT": 3, "PROG": 3}),
    "test-engineer": Required({"TEST": 4}),
    "data": Required({"DENG": 5, "BINT": 6, "FMIT": 5}, ("BUDGET",)),
    "data-engineering": Required({"DENG": 5}),
    "analytics": Required({"BINT": 5}),
    "data-engineer": Required({"DENG": 4}),
    "data-scientist": Required({"DATS": 4}),
    "ciso": Required({"SCTY": 6, "BURM": 6}, ("CISSP", "CISA", "BUDGET")),
    "soc": Required({"SCAD": 5, "USUP": 5}, ("CISSP",)),
    "identity": Required({"IAMT": 5}, ("CISA",)),
    "security-analyst": Required({"SCAD": 3, "SCTY": 3}),
    "service-desk": Required({"SLMO": 6, "USUP": 5}, ("ITIL", "BUDGET")),
    "desk-lead": Required({"USUP": 4, "SLMO": 4}, ("ITIL",)),
    "desk-analyst": Required({"USUP": 3}, ("ITIL",)),
    "desk-technician": Required({"USUP": 3}),
    "portfolio-office": Required({"POMG": 6, "FMIT": 5}, ("PMP", "BUDGET")),
    "portfolio-manager": Required({"POMG": 5, "PRMG": 5}, ("PMP",)),
    "project-office": Required({"PROF": 5, "PRMG": 4}, ("PMP",)),
    "portfolio-analyst": Required({"PROF": 3}),
    "sre": Required({"ITOP": 4, "PROG": 3}),
    "cloud-security": Required({"SCTY": 4, "SCAD": 3}),
    "streaming-engineer": Required({"DENG": 4}),
    "portal-owner": Required({"PRMG": 4, "BINT": 3}, ("CSM",)),
    "desk-technician-south": Required({"USUP": 3}),
}
"""The requirements of positions, by their keys; others have none."""
# fmt: on


def skill(code: str) -> str:
    return f"{SKILLS[code]} ({code})"


def level(code: str, at: int) -> Json:
    return {"skill": skill(code), "level": at}


def scheme_id(key: str) -> str:
    return str(record_id("certificate scheme", key))


def required_of(position: str) -> Json:
    """The part of a position's description that says what it requires."""
    required = REQUIRED.get(position, Required({}))
    return {
        "required_skills": [level(code, at) for code, at in required.skills.items()],
        "required_schemes": [scheme_id(key) for key in required.schemes],
        "experience": required.experience,
    }
