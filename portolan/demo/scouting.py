"""Demo data for portfolio: technologies on the radar, and the evaluations by which they moved between its rings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, person_id, record_id
from portolan.demo.scenes import DemoCommand, orders_to


@dataclass(frozen=True)
class Evaluation:
    """An evaluation of so many days ago, and the ring it recommends; ``because``: why it was followed or not.

    ``followed`` is None while nobody has decided.
    """

    by: str
    days: int
    recommends: str
    findings: str
    evidence: str
    followed: bool | None = None
    because: str = ""


@dataclass(frozen=True)
class Technology:
    """A technology that somebody noticed, and what was found out about it."""

    key: str
    name: str
    summary: str
    quadrant: str
    noticed_by: str
    evaluations: tuple[Evaluation, ...] = ()
    division: str | None = None


ARCHITECT = "dmitri"

# fmt: off
TECHNOLOGIES = (
    Technology("as-code", "Infrastructure as code", "Environments are described in files, reviewed and made from them.",
        "techniques", "katarzyna", (
            Evaluation("oskar", 610, "trial", "Two environments were made three times, each time alike.",
                       "Report of the landing zone, chapter 4", True, "It is tried in the landing zone."),
            Evaluation("katarzyna", 330, "adopt", "All environments of the landing zone come from files.",
                       "Reviews of the last quarter", True, "The data centre exit has shown that it carries."))),
    Technology("passkeys", "Passkeys", "Sign-in by a key on the device instead of a password.", "tools", "davit", (
        Evaluation("monica", 70, "trial", "Forty persons signed in for a month without a password.",
                   "Notes of the pilot at the security desk", True, "Zero-trust access will need it."),)),
    Technology("typescript", "TypeScript", "JavaScript whose mistakes are found before it runs.",
        "languages & frameworks", "daan", (
            Evaluation("tariq", 260, "adopt", "Half of the mistakes of last year would not have compiled.",
                       "Mistakes of the portal, by cause", True, "The new portal is written in it already."),)),
    Technology("answers", "Language models that answer staff", "Answers are drafted from our own manuals.",
        "platforms", "amelie", (
            Evaluation("samuel", 120, "assess", "Good in English and French, poor in the other languages.",
                       "500 questions of the service desk", True, "The supplier replaces its models: look again."),
            Evaluation("samuel", 20, "trial", "Better, but Dutch answers are still wrong in one of five.",
                       "The same 500 questions", False, "Wrong answers in Dutch cost more calls than they save.")),
        division="IT-SD"),
    Technology("vpn", "Remote access by VPN", "Everybody who is in is in everywhere.", "platforms", "ilse", (
        Evaluation("rasmus", 900, "adopt", "The only way to work from home that all systems can do.",
                   "Test with 200 persons", True, "Everybody has to work from home."),
        Evaluation("ilse", 150, "hold", "Two of three attacks of last year came in this way.",
                   "Report of the security operations", True, "Nothing new is connected by it."))),
    Technology("post-quantum", "Encryption that lasts", "Methods that quantum computers do not break.",
        "techniques", "monica", (
            Evaluation("davit", 9, "assess", "Our certificates have to be replaced before 2030 either way.",
                       "List of 340 certificates"),)),
)
# fmt: on


def technologies(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (list(look_at(row, calendar)) for row in TECHNOLOGIES)


def look_at(row: Technology, calendar: Calendar) -> Iterator[DemoCommand]:
    order = orders_to("technology", record_id("technology", row.key), f"the technology '{row.name}'")
    noticed = {
        "name": row.name,
        "summary": row.summary,
        "quadrant": row.quadrant,
        "division_id": str(division_id(row.division)) if row.division else None,
    }
    yield order(row.noticed_by, "notice", noticed)
    for number, evaluation in enumerate(row.evaluations, 1):
        yield from evaluate(row, number, evaluation, calendar)


def evaluate(row: Technology, number: int, evaluation: Evaluation, calendar: Calendar) -> Iterator[DemoCommand]:
    """The evaluation, and what follows from it."""
    id = record_id("evaluation", row.key, number)
    of_evaluation = orders_to("technology_evaluation", id, f"an evaluation of '{row.name}'")
    recorded = {
        "technology_id": str(record_id("technology", row.key)),
        "recommends": evaluation.recommends,
        "findings": evaluation.findings,
        "evidence": evaluation.evidence,
        "evaluated_by": str(person_id(evaluation.by)),
        "evaluated_on": calendar.ago(evaluation.days).isoformat(),
    }
    yield of_evaluation(evaluation.by, "record", recorded)
    if evaluation.followed:
        move = orders_to("technology", record_id("technology", row.key), f"the technology '{row.name}'")
        moved = {"ring": evaluation.recommends, "evaluation_id": str(id), "reason": evaluation.because}
        yield move(ARCHITECT, "move", moved, evaluation.recommends)
    elif evaluation.followed is False:
        yield of_evaluation(ARCHITECT, "dismiss", {"reason": evaluation.because})
