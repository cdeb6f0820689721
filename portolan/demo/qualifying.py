"""Scenes at people: certificate schemes, and what the people of IT are found to be able to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, record_id
from portolan.demo.organisation import DIVISIONS, POSITIONS
from portolan.demo.people import PEOPLE, PERSONNEL
from portolan.demo.scenes import DemoCommand, Json, Scene
from portolan.demo.skills import SCHEMES, SKILLS, Scheme, scheme_id, skill


@dataclass(frozen=True)
class Assessment:
    """A person's skill, the level somebody above them found, and so many months ago."""

    person: str
    code: str
    level: int
    months: int


@dataclass(frozen=True)
class Claim:
    """A skill as the person sees it; ``assessor``: whom they asked to assess it, where they asked somebody."""

    person: str
    code: str
    level: int
    assessor: str | None = None


@dataclass(frozen=True)
class Credit:
    """An activity for a certificate's renewal, so many days ago."""

    days: int
    credits: int
    what: str


@dataclass(frozen=True)
class Certificate:
    """A certificate that ends in so many days (ago where negative), before it is renewed.

    ``own``: the person recorded it, and nobody has verified it. ``renewed`` and ``revoked``: so many days ago.
    """

    person: str
    scheme: str
    ends_in: int
    number: str
    credits: tuple[Credit, ...] = ()
    own: bool = False
    renewed: int | None = None
    revoked: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Degree:
    """A degree that a person got so many years ago."""

    person: str
    title: str
    field: str
    institution: str
    years: int
    verified: bool = True


# fmt: off
LIMITS = {
    "stale_skill_months": 24, "certificate_notice_days": [90, 30, 7], "written_warning_months": 6,
    "final_warning_months": 12, "appeal_days": 5,
    "reason": "Agreed with the works council; reviewed every two years.",
}

ASSESSMENTS = (
    Assessment("helena", "ITMG", 7, 9), Assessment("helena", "FMIT", 6, 9), Assessment("helena", "BURM", 6, 29),
    Assessment("dmitri", "STPL", 6, 7), Assessment("dmitri", "ARCH", 6, 7),
    # Infrastructure & Operations
    Assessment("marcus", "ITMG", 6, 8), Assessment("marcus", "ITOP", 6, 8), Assessment("marcus", "SUPP", 5, 26),
    Assessment("katarzyna", "ITOP", 5, 10), Assessment("katarzyna", "SUPP", 3, 10),
    Assessment("ravi", "NTDS", 5, 5), Assessment("ravi", "NTAS", 6, 5),
    Assessment("ines", "NTAS", 4, 11), Assessment("ines", "PRMG", 3, 11),
    Assessment("oskar", "ITOP", 3, 6), Assessment("oskar", "SINT", 3, 6),
    Assessment("fatou", "ITOP", 3, 27), Assessment("mateusz", "NTAS", 3, 4),
    # Applications
    Assessment("elif", "ITMG", 6, 8), Assessment("elif", "ASUP", 6, 8), Assessment("elif", "FMIT", 5, 8),
    Assessment("joost", "ASUP", 6, 12), Assessment("joost", "SUPP", 6, 12),
    Assessment("saoirse", "ASUP", 6, 12), Assessment("saoirse", "PRMG", 5, 23),
    Assessment("andrei", "ASUP", 5, 9), Assessment("andrei", "PRMG", 4, 9),
    Assessment("valentina", "ASUP", 5, 14), Assessment("valentina", "FMIT", 3, 14),
    Assessment("lucia", "SINT", 5, 7), Assessment("daan", "PROG", 5, 6), Assessment("daan", "PRMG", 4, 30),
    Assessment("tariq", "PROG", 4, 3), Assessment("tariq", "TEST", 2, 3), Assessment("zsofia", "PROG", 4, 8),
    Assessment("emeka", "SINT", 3, 13), Assessment("mirjam", "TEST", 4, 10),
    # Data & Analytics
    Assessment("thandiwe", "DENG", 6, 6), Assessment("thandiwe", "BINT", 6, 6), Assessment("thandiwe", "FMIT", 4, 6),
    Assessment("filip", "DENG", 5, 5), Assessment("camille", "BINT", 5, 5), Assessment("arjun", "DENG", 3, 7),
    Assessment("sanna", "DATS", 4, 19),
    # Information Security
    Assessment("rasmus", "SCTY", 6, 4), Assessment("rasmus", "BURM", 6, 4),
    Assessment("ilse", "SCAD", 5, 4), Assessment("ilse", "USUP", 5, 4), Assessment("davit", "IAMT", 5, 15),
    Assessment("monica", "SCAD", 3, 6),
    # Service Desk
    Assessment("bogdan", "SLMO", 6, 9), Assessment("bogdan", "USUP", 6, 9), Assessment("amelie", "USUP", 4, 9),
    Assessment("amelie", "SLMO", 3, 9), Assessment("liv", "USUP", 3, 26),
    # Portfolio Office
    Assessment("carolina", "POMG", 6, 10), Assessment("carolina", "FMIT", 5, 10),
    Assessment("henrik", "POMG", 5, 10), Assessment("henrik", "PRMG", 5, 10),
    Assessment("agnieszka", "PROF", 5, 6), Assessment("agnieszka", "PRMG", 4, 6), Assessment("yuto", "PROF", 2, 6),
)

CLAIMS = (
    Claim("oskar", "ITOP", 4, "katarzyna"), Claim("tariq", "TEST", 3, "mirjam"), Claim("monica", "SCTY", 3, "ilse"),
    Claim("samuel", "USUP", 3, "amelie"), Claim("arjun", "DENG", 4), Claim("sanna", "DATS", 5),
    Claim("fatou", "ITOP", 3),
)

CERTIFICATES = (
    Certificate("carolina", "PMP", 410, "4417-203"), Certificate("henrik", "PMP", 62, "4481-977", (
        Credit(700, 21, "Taught the course on gate reviews."), Credit(310, 18, "Portfolio conference, three days."),
        Credit(90, 9, "Wrote the handbook's chapter on forecasts."))),
    Certificate("agnieszka", "PMP", 20, "4502-118", (Credit(420, 24, "Evening course on estimation."),)),
    Certificate("rasmus", "CISSP", 25, "771240", (
        Credit(980, 44, "Course on incident command."), Credit(530, 46, "Led the crisis exercise and its review."),
        Credit(160, 30, "Security conference, and the talk given there.")), renewed=5),
    Certificate("rasmus", "CISA", 330, "19-40218", (
        Credit(640, 26, "Audit of the payroll interface."), Credit(250, 32, "Course on auditing cloud providers."))),
    Certificate("ilse", "CISSP", 720, "802775", (Credit(200, 32, "Course on memory forensics."),)),
    Certificate("davit", "CISA", -40, "18-99034", (Credit(600, 22, "Review of privileged accounts."),)),
    Certificate("saoirse", "CSM", -120, "000918223"), Certificate("daan", "CSM", 80, "001022871", (
        Credit(330, 8, "Coached the drivers' app team."), Credit(60, 6, "Facilitated the portal team's offsite."))),
    Certificate("zsofia", "CSM", 15, "001104450"), Certificate("tariq", "CSM", 510, "001240087"),
    Certificate("marcus", "ITIL", 505, "GR67-1180"), Certificate("katarzyna", "ITIL", -10, "GR67-0933"),
    Certificate("bogdan", "ITIL", 210, "GR67-0871", (
        Credit(760, 22, "Rewrote the major incident procedure."), Credit(420, 20, "Service desk forum, two days."),
        Credit(100, 12, "Mentored a team lead through the first year."))),
    Certificate("amelie", "ITIL", 75, "GR67-1012"), Certificate("liv", "ITIL", 640, "GR67-1304"),
    Certificate("samuel", "ITIL", 1060, "GR67-1421", own=True),
    Certificate("helena", "BUDGET", 380, "BH-011"), Certificate("marcus", "BUDGET", 260, "BH-014"),
    Certificate("elif", "BUDGET", 45, "BH-009"), Certificate("joost", "BUDGET", 300, "BH-018"),
    Certificate("rasmus", "BUDGET", 600, "BH-021"), Certificate("bogdan", "BUDGET", 150, "BH-012"),
    Certificate("carolina", "BUDGET", 470, "BH-019"),
    Certificate("valentina", "BUDGET", 350, "BH-016", revoked=35,
                reason="The refresher on the new signature rules was not completed in time."),
)

DEGREES = (
    Degree("helena", "MSc", "Business Informatics", "Nordhaven Institute of Technology", 27),
    Degree("helena", "Executive MBA", "General Management", "Halmvik School of Management", 12),
    Degree("dmitri", "MSc", "Computer Science", "Technical University of Varenna", 21),
    Degree("marcus", "BSc", "Electrical Engineering", "Ondale Polytechnic", 24),
    Degree("elif", "MSc", "Software Engineering", "Technical University of Varenna", 20),
    Degree("thandiwe", "MSc", "Statistics", "University of Marisburg", 13),
    Degree("rasmus", "MSc", "Information Security", "Nordhaven Institute of Technology", 19),
    Degree("carolina", "BA", "Economics", "University of São Telmo", 22),
    Degree("sanna", "PhD", "Applied Mathematics", "University of Lapinsalo", 3),
    Degree("arjun", "BTech", "Information Technology", "Ondale Polytechnic", 5, verified=False),
    Degree("tariq", "BSc", "Computer Science", "University of Marisburg", 4),
)
# fmt: on

HEADS = {division.code: division.head for division in DIVISIONS}
DIVISION_OF = {position.key: position.division for position in POSITIONS}
POSITION_OF = {person.key: person.position for person in PEOPLE}
SCHEME_OF = {scheme.key: scheme for scheme in SCHEMES}


def schemes() -> Iterator[Scene]:
    """The limits of the staffing policy, and the certificate schemes that positions may require."""
    limits = DemoCommand("marit", "set_limits_staffing_policy", UUID(int=0), "the staffing policy", LIMITS)
    yield Scene("define certificate schemes", "people", [limits, *(define(scheme) for scheme in SCHEMES)])
    yield Scene("define skills", "people", [define_skill(code) for code in SKILLS])


def define_skill(code: str) -> DemoCommand:
    """A skill of the catalogue, which goes by its code and by its name without it too."""
    body = {"name": skill(code), "aliases": [code, SKILLS[code]]}
    return DemoCommand(PERSONNEL, "define_skill", record_id("skill", code), skill(code), body)


def qualifications(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    everybody: list[Assessment | Claim | Certificate | Degree] = [*ASSESSMENTS, *CLAIMS, *CERTIFICATES, *DEGREES]
    for key in dict.fromkeys(each.person for each in everybody):
        yield qualifications_of(key, calendar)


def define(scheme: Scheme) -> DemoCommand:
    rule = scheme.renewal
    renewal = rule and {
        "unit": rule.unit,
        "credits": rule.credits,
        "period_months": rule.months,
        "minimum_per_year": rule.minimum,
    }
    body = {
        "name": scheme.name,
        "issuer": scheme.issuer,
        "valid_months": scheme.months,
        "renewal": renewal,
        "budget_management": scheme.budget,
    }
    id = record_id("certificate scheme", scheme.key)
    return DemoCommand(PERSONNEL, "define_certificate_scheme", id, scheme.name, body)


def qualifications_of(key: str, calendar: Calendar) -> Sequence[DemoCommand]:
    """A person's qualifications: what they say themselves, then what somebody above says, then what HR takes away."""
    certificates = [each for each in CERTIFICATES if each.person == key]
    degrees = [each for each in DEGREES if each.person == key]
    above = assessor(key)
    return [
        *(order for each in CLAIMS if each.person == key for order in claim(each)),
        *(record(key, each, calendar) for each in certificates if each.own),
        *(assess(above, each, calendar) for each in ASSESSMENTS if each.person == key),
        *(order for each in certificates if not each.own for order in keep(above, each, calendar)),
        *(order for each in degrees for order in educate(above, each, calendar)),
        *(revoke(each, calendar) for each in certificates if each.revoked),
    ]


def assessor(key: str) -> str:
    """Return the assessor of a person: the head of their division, or of the one above it for the head."""
    division = DIVISION_OF[POSITION_OF[key]]
    parents = {each.code: each.parent for each in DIVISIONS}
    while HEADS[division] == key:
        parent = parents[division]
        assert parent is not None, "somebody is above everybody in IT"
        division = parent
    return HEADS[division]


def about(actor: str, command: str, key: str, body: Json, nth: str) -> DemoCommand:
    return DemoCommand(actor, f"{command}_qualifications", person_id(key), MEMBERS[key].name, body, nth)


def claim(row: Claim) -> Iterator[DemoCommand]:
    named = {"skill": skill(row.code)}
    yield about(row.person, "claim_skill", row.person, named | {"level": row.level}, row.code)
    if row.assessor:
        asked = named | {"assessor_id": str(person_id(row.assessor))}
        yield about(row.person, "request_assessment", row.person, asked, row.code)


def assess(actor: str, row: Assessment, calendar: Calendar) -> DemoCommand:
    found = {"level": row.level, "effective_on": calendar.first_of(-row.months).isoformat()}
    return about(actor, "assess_skill", row.person, {"skill": skill(row.code)} | found, row.code)


def certificate_id(row: Certificate) -> str:
    return str(record_id("certificate", f"{row.person} {row.scheme}"))


def record(actor: str, row: Certificate, calendar: Calendar) -> DemoCommand:
    """A certificate with the day it was awarded, reckoned from the day it ends."""
    body = {
        "certificate_id": certificate_id(row),
        "scheme_id": scheme_id(row.scheme),
        "number": row.number,
        "awarded_on": calendar.before_end(row.ends_in, SCHEME_OF[row.scheme].months).isoformat(),
    }
    return about(actor, "record_certificate", row.person, body, row.scheme)


def keep(actor: str, row: Certificate, calendar: Calendar) -> Iterator[DemoCommand]:
    """A certificate, the credits earned for it, and its renewal."""
    known = {"certificate_id": certificate_id(row)}
    yield record(actor, row, calendar)
    for number, credit in enumerate(row.credits):
        nth = f"{row.scheme} {number}"
        earned = {
            "credit_id": str(record_id("credit", f"{row.person} {nth}")),
            "earned_on": calendar.ago(credit.days).isoformat(),
            "credits": credit.credits,
            "what": credit.what,
        }
        yield about(actor, "record_credits", row.person, known | earned, nth)
    if row.renewed:
        renewed = known | {"effective_on": calendar.ago(row.renewed).isoformat()}
        yield about(actor, "renew_certificate", row.person, renewed, row.scheme)


def revoke(row: Certificate, calendar: Calendar) -> DemoCommand:
    assert row.revoked is not None
    body = {
        "certificate_id": certificate_id(row),
        "reason": row.reason,
        "effective_on": calendar.ago(row.revoked).isoformat(),
    }
    return about(PERSONNEL, "revoke_certificate", row.person, body, row.scheme)


def educate(actor: str, row: Degree, calendar: Calendar) -> Iterator[DemoCommand]:
    """A degree, and that somebody above saw the document."""
    known = {"degree_id": str(record_id("degree", f"{row.person} {row.title}"))}
    told = {"title": row.title, "field": row.field, "institution": row.institution, "year": calendar.year(row.years)}
    yield about(row.person, "record_degree", row.person, known | told, row.title)
    if row.verified:
        yield about(actor, "verify_degree", row.person, known, row.title)
