"""Demo data for people: training programmes, their sessions, participants and feedback."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, division_id, person_id, record_id
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, Json, euros
from portolan.demo.skills import level, scheme_id


@dataclass(frozen=True)
class Programme:
    """A training programme by its key; ``scheme``: passing it earns that certificate. ``then``: what became of it."""

    key: str
    title: str
    description: str
    hours: int
    skills: tuple[tuple[str, int], ...] = ()
    scheme: str | None = None
    then: tuple[str, ...] = ("publish",)


@dataclass(frozen=True)
class Session:
    """A session from the first to the last day, so many days ahead (ago where negative); ``then``: what became of it.

    Nobody enrols in what is over, so those with participants go on.
    """

    key: str
    programme: str
    division: str
    first: int
    last: int
    place: str
    seats: int
    cost: int
    trainer: str | None = None
    provider: str | None = None
    then: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Participant:
    """Somebody in a session: ``attended`` is None where nobody has said; ``score`` with ``passed`` is their result."""

    person: str
    session: str
    attended: bool | None = None
    passed: bool | None = None
    score: int | None = None
    rating: int | None = None
    feedback: str = ""
    withdrawn: bool = False


# fmt: off
PROGRAMMES = (
    Programme("budget", "Holding a budget", "Plan, commit, forecast, explain: what a budget holder answers for at "
              "Corvane. Ends with a written test.", 8, (("FMIT", 4),), "BUDGET"),
    Programme("service", "Foundations of service management", "Incidents, changes and service levels, with the "
              "examination on the last day.", 24, (("USUP", 3),), "ITIL"),
    Programme("coding", "Secure coding for web applications", "The ten most frequent flaws, found and mended in code "
              "of our own.", 16, (("PROG", 4),), then=("publish", "revise")),
    Programme("awareness", "Security at the depot", "An open briefing at the start of a shift; nobody enrols.", 1),
    Programme("leading", "Leading a team", "For those who lead for the first time: delegation, feedback, reviews.",
              20),
    Programme("pipelines", "Data pipelines on the new platform", "Outline, to be tried with two engineers first.", 12,
              (("DENG", 4),), then=()),
    Programme("terminals", "Administering depot terminals", "For the terminals that the mobile app replaced.", 6,
              then=("publish", "retire")),
)

SESSIONS = (
    Session("budget", "budget", "IT", -24, 18, "Head office, room Brenta; four mornings", 12, 2_400, "beatriz"),
    Session("service", "service", "IT-SD", 33, 35, "Head office, room Adige", 10, 7_800,
            provider="Halvard Training"),
    Session("coding", "coding", "IT-APP", 21, 22, "Online", 15, 5_200, provider="Keystone Courses", then="cancel",
            why="The trainer fell ill; a new date follows."),
    Session("coding-again", "coding", "IT-APP", 62, 63, "Online", 15, 5_200, provider="Keystone Courses"),
    Session("awareness-north", "awareness", "IT-SEC", -45, -45, "Depots north of the river", 80, 0, "rasmus",
            then="deliver"),
    Session("awareness-south", "awareness", "IT-SEC", -9, -8, "Southern depots", 80, 0, "rasmus"),
    Session("leading", "leading", "IT", 40, 68, "Head office, five afternoons", 8, 6_000, "yasmin"),
)
"""Of the briefing in the south nobody has said that it took place: it is overdue."""

PARTICIPANTS = (
    Participant("camille", "budget", True, True, 88, 5, "The exercise with our own forecast was worth the day."),
    Participant("lucia", "budget", True, True, 74, 4, "Good pace. More on accruals, please."),
    Participant("filip", "budget", True, False, 46, 3, "Too much at once for somebody new to it; I will repeat it."),
    Participant("daan", "budget", True, rating=4, feedback="Useful. The test comes after my vacation."),
    Participant("davit", "budget", False),
    Participant("thandiwe", "budget"),
    Participant("ines", "budget", withdrawn=True),
    Participant("samuel", "service"), Participant("liv", "service"), Participant("fatou", "service"),
    Participant("tariq", "coding-again"), Participant("zsofia", "coding-again"),
    Participant("amelie", "leading"), Participant("agnieszka", "leading"),
)
# fmt: on

TRAINER_OF = {session.key: session.trainer for session in SESSIONS}


def programmes() -> Iterator[DemoCommand]:
    return (order for row in PROGRAMMES for order in offering(row))


def sessions(calendar: Calendar) -> Iterator[DemoCommand]:
    return (order for row in SESSIONS for order in scheduling(row, calendar))


def enrolments(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (taking_part(row, calendar) for row in PARTICIPANTS)


def programme_id(key: str) -> str:
    return str(record_id("training programme", key))


def session_id(key: str) -> str:
    return str(record_id("training session", key))


def offering(row: Programme) -> Iterator[DemoCommand]:
    id = record_id("training programme", row.key)
    body = {
        "title": row.title,
        "description": row.description,
        "skills": [level(code, at) for code, at in row.skills],
        "scheme_id": scheme_id(row.scheme) if row.scheme else None,
        "pass_needed": row.scheme is not None,
        "hours": row.hours,
    }
    yield DemoCommand(PERSONNEL, "design_training_programme", id, row.title, body)
    if "publish" in row.then:
        yield DemoCommand(PERSONNEL, "publish_training_programme", id, row.title, {})
    if "revise" in row.then:
        longer = body | {"hours": row.hours + 4}
        yield DemoCommand(PERSONNEL, "revise_training_programme", id, row.title, longer)
    if "retire" in row.then:
        why = {"reason": "Nobody uses what it teaches any more."}
        yield DemoCommand(PERSONNEL, "retire_training_programme", id, row.title, why)


def scheduling(row: Session, calendar: Calendar) -> Iterator[DemoCommand]:
    id = record_id("training session", row.key)

    def day(days: int) -> str:
        return (calendar.ahead(days) if days > 0 else calendar.ago(-days)).isoformat()

    body = {
        "programme_id": programme_id(row.programme),
        "division_id": str(division_id(row.division)),
        "cost": euros(row.cost),
        "seats": row.seats,
        "starts_on": day(row.first),
        "ends_on": day(row.last),
        "place": row.place,
        "trainer_id": str(person_id(row.trainer)) if row.trainer else None,
        "provider": row.provider,
    }
    yield DemoCommand(PERSONNEL, "schedule_training_session", id, row.key, body)
    if row.then == "deliver":
        yield DemoCommand(PERSONNEL, "deliver_training_session", id, row.key, {})
    if row.then == "cancel":
        yield DemoCommand(PERSONNEL, "cancel_training_session", id, row.key, {"reason": row.why})


def taking_part(row: Participant, calendar: Calendar) -> Sequence[DemoCommand]:
    id = record_id("enrolment", f"{row.person} {row.session}")

    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_enrolment", id, MEMBERS[row.person].name, body)

    orders = [
        order(PERSONNEL, "enrol", {"person_id": str(person_id(row.person)), "session_id": session_id(row.session)})
    ]
    if row.withdrawn:
        orders.append(order(PERSONNEL, "withdraw", {}))
    if row.attended is not None:
        trainer = TRAINER_OF[row.session]
        assert trainer is not None, "somebody of the company says who attended"
        orders.append(order(trainer, "mark_attendance", {"attended": row.attended}))
        if row.passed is not None:
            result = {"passed": row.passed, "score": row.score, "effective_on": calendar.ago(3).isoformat()}
            orders.append(order(trainer, "record_result", result))
    if row.rating is not None:
        orders.append(order(row.person, "give_feedback", {"rating": row.rating, "feedback": row.feedback}))
    return orders
