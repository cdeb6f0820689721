"""Demo data for people: vacancies of IT and their candidates, none of whom exists."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, position_id, record_id
from portolan.demo.founding import describe
from portolan.demo.organisation import JUNIOR, STAFF, Position
from portolan.demo.scenes import DemoCommand, Json, euros

RECRUITER = "stefan"
"""The personnel department's recruiter."""


@dataclass(frozen=True)
class Vacancy:
    """A vacancy for a position (its key); ``then``: what became of it once approved, and ``why``."""

    position: str
    title: str
    requested_by: str
    reason: str
    approved_by: str | None = None
    then: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Opinion:
    """An interviewer's opinion of a candidate: 1 (poor) to 5; nothing before the interview."""

    interviewer: str
    rating: int | None = None
    findings: str = ""


@dataclass(frozen=True)
class Candidate:
    """A candidate; ``person``: their key where they work here.

    ``interviewed``: so many days ago, in so many days where negative. ``then``: what became of the candidacy.
    ``yearly``: the pay that was offered, from the first day of the month after next on.
    """

    name: str
    position: str
    contact: str
    interviewed: int | None = None
    opinions: tuple[Opinion, ...] = ()
    then: tuple[str, ...] = ()
    reason: str | None = None
    person: str | None = None
    yearly: int | None = None


# fmt: off
NEW_POSITIONS = (
    Position("sre", "Site Reliability Engineer", "IT-OPS", STAFF, "platforms",
             ("Keeps customer-facing platforms within their service levels.",)),
    Position("cloud-security", "Cloud Security Engineer", "IT-SEC", STAFF, "soc",
             ("Hardens and watches cloud accounts.",)),
    Position("streaming-engineer", "Streaming Data Engineer", "IT-DAT", STAFF, "data-engineering",
             ("Builds pipelines for vehicle positions.",)),
    Position("portal-owner", "Product Owner Customer Portal", "IT-APP", JUNIOR, "customer-platforms",
             ("Orders the portal's backlog with Sales.",)),
    Position("desk-technician-south", "Field Technician South", "IT-SD", STAFF, "desk-lead",
             ("Supports the southern depots on site.",)),
)
"""Positions that nobody has held yet."""

VACANCIES = (
    Vacancy("network-services", "Senior Manager Network Services", "marcus",
            "The position became vacant; the depot network must not stay without a lead.", "helena", ("open",)),
    Vacancy("database-engineer", "Database Engineer", "katarzyna",
            "The position is vacant; on-call duty for databases rests on one person.", "marcus", ("open",)),
    Vacancy("sre", "Site Reliability Engineer", "katarzyna",
            "Another engineer, so that the portal can be supported at night.", "marcus", ("open",)),
    Vacancy("cloud-security", "Cloud Security Engineer", "ilse", "Half of the platforms run in the cloud by now.",
            "rasmus", ("open", "put_on_hold"), "On hold until the second half's budget is approved."),
    Vacancy("streaming-engineer", "Streaming Data Engineer", "filip", "Vehicle positions arrive every ten seconds."),
    Vacancy("portal-owner", "Product Owner Customer Portal", "saoirse", "Sales needs one person to talk to.", "elif"),
    Vacancy("desk-technician-south", "Field Technician South", "amelie", "Travel times to the southern depots.",
            "bogdan", ("open", "cancel"), "The southern depots are served from the warehouse at Calvera after all."),
)

CANDIDATES = (
    Candidate("Ravi Kaulgud", "network-services", "internal", 6, (
        Opinion("marcus", 4, "Knows every site. Has not yet led managers; would need support with suppliers."),
        Opinion("carolina", 4, "Plans soundly and says early what will not work.")), person="ravi"),
    Candidate("Solveig Aune", "network-services", "solveig.aune@mail.example", 8, (
        Opinion("marcus", 5, "Led a network team of thirty through two mergers."),
        Opinion("carolina", 3, "Strong on technology; less used to working with a portfolio."))),
    Candidate("Jun Hasegawa", "network-services", "jun.hasegawa@mail.example", -4, (Opinion("marcus"),)),
    Candidate("Teodor Vlaicu", "network-services", "t.vlaicu@mail.example"),
    Candidate("Marguerite Thiel", "network-services", "m.thiel@mail.example", then=("reject",),
              reason="No experience in leading managers, which the position demands."),
    Candidate("Wiebke Harmsen", "database-engineer", "wiebke.harmsen@mail.example", 12, (
        Opinion("katarzyna", 5, "Explained a failed migration of her own, and what she changed afterwards."),
        Opinion("fatou", 4, "Careful with backups, pleasant to work with.")), ("make_offer", "accept_offer"),
        yearly=57_000),
    Candidate("Idris Balogun", "database-engineer", "i.balogun@mail.example", 13, (
        Opinion("katarzyna", 2, "Good with queries, little experience in running databases."),), ("reject",),
        "Another candidate has more experience in running databases."),
    Candidate("Nikola Jurić", "database-engineer", "nikola.juric@mail.example", then=("withdraw",),
              reason="Stays with the present employer."),
    Candidate("Amadou Keita", "sre", "amadou.keita@mail.example", 9, (
        Opinion("katarzyna", 4, "Solid, with a sense for cost."),), ("make_offer", "decline_offer"),
        "Accepted an offer closer to home."),
    Candidate("Petra Lindqvist", "sre", "petra.lindqvist@mail.example", 7, (
        Opinion("katarzyna", 4, "Thinks in service levels. Asked the right questions about on-call duty."),
        Opinion("oskar", 5, "Would have found our last outage faster than we did.")), ("make_offer",), yearly=61_500),
    Candidate("Róisín Gallagher", "sre", "r.gallagher@mail.example", 3, (
        Opinion("oskar", 3, "Knows monitoring well; little automation so far."),)),
    Candidate("Ondřej Malík", "sre", "ondrej.malik@mail.example"),
)
# fmt: on


def new_positions() -> Iterator[Sequence[DemoCommand]]:
    return (list(describe(position)) for position in NEW_POSITIONS)


def vacancies() -> Iterator[Sequence[DemoCommand]]:
    return (list(filling(vacancy)) for vacancy in VACANCIES)


def candidacies(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (applying(candidate, calendar) for candidate in CANDIDATES)


def filling(row: Vacancy) -> Iterator[DemoCommand]:
    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_vacancy", record_id("vacancy", row.position), row.title, body)

    asked = {"position_id": str(position_id(row.position)), "reason": row.reason}
    yield order(row.requested_by, "request", asked)
    if row.approved_by:
        yield order(row.approved_by, "approve", {})
    for command in row.then:
        yield order(RECRUITER, command, {} if command == "open" else {"reason": row.why})


def applying(row: Candidate, calendar: Calendar) -> Sequence[DemoCommand]:
    id = record_id("candidacy", f"{row.name} {row.position}")

    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_candidacy", id, f"a candidate for {row.position}", body, actor)

    candidate = person_id(row.person) if row.person else record_id("candidate", row.name)
    applied = {
        "vacancy_id": str(record_id("vacancy", row.position)),
        "candidate_id": str(candidate),
        "name": MEMBERS[row.person].name if row.person else row.name,
        "contact": row.contact,
    }
    bodies: dict[str, Json] = {
        "make_offer": {"expires_on": calendar.ahead(14).isoformat(), **terms(row, calendar)},
        "accept_offer": {},
        "decline_offer": {"reason": row.reason},
        "reject": {"reason": row.reason},
        "withdraw": {"reason": row.reason},
    }
    return [
        order(RECRUITER, "record", applied),
        *([] if row.interviewed is None else interview(row, calendar, order)),
        *(order(RECRUITER, command, bodies[command]) for command in row.then),
    ]


def terms(row: Candidate, calendar: Calendar) -> Json:
    """What is offered beside the position: from when on, and for how much."""
    if row.yearly is None:
        return {}
    factors = [{"factor": "experience", "finding": "As found in the interview."}]
    return {"starts_on": calendar.first_of(2).isoformat(), "pay": {"yearly": euros(row.yearly), "factors": factors}}


def interview(
    row: Candidate, calendar: Calendar, order: Callable[[str, str, Json], DemoCommand]
) -> Iterator[DemoCommand]:
    assert row.interviewed is not None
    held = row.interviewed > 0
    known = {"interview_id": str(record_id("interview", f"{row.name} {row.position}"))}
    on = calendar.ago(row.interviewed) if held else calendar.ahead(-row.interviewed)
    interviewers = [str(person_id(each.interviewer)) for each in row.opinions]
    planned = known | {"takes_place_on": on.isoformat(), "interviewers": interviewers}
    yield order(RECRUITER, "schedule_interview", planned)
    if held:
        yield order(RECRUITER, "record_interview", known)
        for each in row.opinions:
            body = known | {"rating": each.rating, "findings": each.findings}
            yield order(each.interviewer, "give_feedback", body)
