"""Demo data for people: last year's performance reviews, completed, and this year's, at every stage."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, record_id
from portolan.demo.people import PERSONNEL
from portolan.demo.scenes import DemoCommand, Json

METHOD = {"goals": "60", "feedback": "25", "self_assessment": "15", "lowest": 1, "highest": 5}


@dataclass(frozen=True)
class Own:
    """A self-assessment."""

    rating: str
    statement: str


@dataclass(frozen=True)
class Judgement:
    """A reviewer's assessment: a rating for each objective, one for the feedback of others, and why."""

    ratings: tuple[str, ...]
    feedback: str
    statement: str


@dataclass(frozen=True)
class Calibration:
    """A calibration by somebody above the reviewer; ``rating`` is None where it stays."""

    by: str
    reasons: str
    rating: str | None = None


@dataclass(frozen=True)
class Review:
    """A review; each part is None until its step is taken. ``objectives`` with what they count, in percent."""

    person: str
    reviewer: str
    objectives: tuple[tuple[str, int], ...]
    own: Own | None = None
    judgement: Judgement | None = None
    calibration: Calibration | None = None
    acknowledged: bool = False
    comment: str | None = None
    grounds: str | None = None
    decision: Calibration | None = None
    withdrawn: str | None = None


# fmt: off
LAST_YEAR = (
    Review("oskar", "katarzyna", (("Move the test systems to the cloud.", 60), ("Cut the nightly alarms by half.", 40)),
           Own("4", "The move took a month longer, but nothing was lost. Alarms are down by two thirds."),
           Judgement(("3.5", "5"), "4", "Reliable, and generous with what he knows. Announce delays earlier."),
           Calibration("marcus", "In line with the unit."), True, "Thank you. I will report delays weekly."),
    Review("tariq", "daan", (("Deliver the portal's booking pages.", 70), ("Write tests for what you change.", 30)),
           Own("4", "Booking went live in spring and holds."),
           Judgement(("4", "3"), "4", "A good first full year. Tests follow the code; let them come with it."),
           Calibration("saoirse", "Compared with both teams; it stays."), True),
    Review("amelie", "bogdan", (("Answer nine calls of ten within a minute.", 50), ("Build up a deputy.", 50)),
           Own("4.5", "The target was met in ten of twelve months."),
           Judgement(("4", "4"), "5", "The desk trusts her."), Calibration("helena", "It stays."),
           True, "I would like to lead a larger team one day."),
    Review("ilse", "rasmus", (("Detect within an hour.", 60), ("Exercise with every unit.", 40)),
           Own("4.5", "Detection fell from five hours to forty minutes. Two exercises had to wait."),
           Judgement(("4", "2.5"), "4", "Detection is where it should be. Two of six exercises did not take place."),
           Calibration("helena", "It stays."),
           grounds="The two exercises were put off by the units, in writing, and not by me.",
           decision=Calibration("marit", "The letters show it. The second objective counts as met by half more.",
                                "3.9")),
)

THIS_YEAR = (
    Review("fatou", "katarzyna", (("Patch all servers within two weeks.", 60), ("Document the restore.", 40))),
    Review("oskar", "katarzyna", (("Run the portal within its service level.", 70), ("Report cloud costs.", 30)),
           Own("4", "One breach in March, none since.")),
    Review("zsofia", "daan", (("Release the drivers' app every month.", 60), ("Halve crashes.", 40)),
           Own("3.5", "Eight releases; crashes are down by a third."),
           Judgement(("3.5", "3"), "4", "Steady work under a plan that changed twice.")),
    Review("tariq", "daan", (("Rebuild the tracking page.", 70), ("Bring tests with every change.", 30)),
           Own("4", "The page is live. Tests come with the code now."),
           Judgement(("4", "4.5"), "4", "Took last year's advice at its word."),
           Calibration("saoirse", "In line with both teams.")),
    Review("monica", "ilse", (("Close alerts within the day.", 60), ("Learn to write detections.", 40)),
           Own("3", "Still slow with unknown alerts."),
           Judgement(("3.5", "4"), "4", "Better than she says: the detections are in use."),
           Calibration("rasmus", "It stays."), True, "I am glad to hear it."),
    Review("samuel", "amelie", (("Solve six calls of ten at once.", 70), ("Pass the foundation course.", 30)),
           Own("4", "Above the target since May."),
           Judgement(("4", "2"), "3.5", "Good with people. The course was not taken."),
           Calibration("bogdan", "It stays."),
           grounds="The course was full both times. I am enrolled in the next one."),
    Review("liv", "amelie", (("Visit each depot once a quarter.", 50), ("Replace the old terminals.", 50)),
           Own("4", "All depots but one. All terminals."),
           Judgement(("3", "4"), "4", "One depot was left out twice."), Calibration("bogdan", "It stays."),
           grounds="The depot was closed for repairs in both quarters.",
           decision=Calibration("helena", "The repairs are on record. The rating is raised.", "4")),
    Review("mirjam", "andrei", (("Automate the acceptance tests.", 100),),
           withdrawn="On leave for the rest of the year; reviewed with the next cycle."),
)
# fmt: on


def review_cycles(calendar: Calendar) -> Iterator[DemoCommand]:
    """Last year's cycle and this year's, started, and next year's."""
    last, this, coming = (calendar.year(back) for back in (1, 0, -1))
    yield from cycle(last, calendar.last_of(1))
    yield from cycle(this, date(this + 1, 2, 28))
    yield cycle(coming, date(coming + 1, 2, 28))[0]


def reviews(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    """Last year's reviews, all done, and this year's, at every stage."""
    for back, rows in ((1, LAST_YEAR), (0, THIS_YEAR)):
        yield from (review(row, calendar.year(back)) for row in rows)


def completion(calendar: Calendar) -> DemoCommand:
    last = calendar.year(1)
    return DemoCommand(
        PERSONNEL, "complete_review_cycle", record_id("review cycle", str(last)), f"reviews of {last}", {}
    )


def cycle(year: int, due_on: date) -> Sequence[DemoCommand]:
    id, name = record_id("review cycle", str(year)), f"Performance reviews {year}"
    body = {
        "name": name,
        "first_on": date(year, 1, 1).isoformat(),
        "last_on": date(year, 12, 31).isoformat(),
        "due_on": due_on.isoformat(),
        "method": METHOD,
    }
    return [
        DemoCommand(PERSONNEL, "plan_review_cycle", id, name, body),
        DemoCommand(PERSONNEL, "start_review_cycle", id, name, {}),
    ]


def review(row: Review, year: int) -> Sequence[DemoCommand]:
    id = record_id("performance review", f"{row.person} {year}")

    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_performance_review", id, MEMBERS[row.person].name, body)

    ids = [str(record_id("objective", f"{row.person} {year} {number}")) for number in range(len(row.objectives))]
    objectives = [
        {"objective_id": id, "title": title, "weight": weight}
        for id, (title, weight) in zip(ids, row.objectives, strict=True)
    ]
    begun = {
        "person_id": str(person_id(row.person)),
        "cycle_id": str(record_id("review cycle", str(year))),
        "objectives": objectives,
    }
    orders = [order(row.reviewer, "agree_objectives", begun)]
    if row.own:
        orders.append(order(row.person, "assess_self", {"rating": row.own.rating, "statement": row.own.statement}))
    if row.judgement:
        orders.append(order(row.reviewer, "assess", assessed(row.judgement, ids)))
    if row.calibration:
        orders.append(order(row.calibration.by, "calibrate", decided(row.calibration)))
        orders += answers(row, order)
    if row.withdrawn:
        orders.append(order(row.reviewer, "withdraw", {"reason": row.withdrawn}))
    return orders


def answers(row: Review, order: Callable[[str, str, Json], DemoCommand]) -> Iterator[DemoCommand]:
    """Acknowledge or appeal the calibrated review, and decide on an appeal."""
    if row.grounds:
        yield order(row.person, "appeal", {"grounds": row.grounds})
    elif row.acknowledged:
        yield order(row.person, "acknowledge", {"comment": row.comment})
    if row.decision:
        yield order(row.decision.by, "decide_appeal", decided(row.decision))


def assessed(judgement: Judgement, ids: Sequence[str]) -> Json:
    ratings = [{"objective_id": id, "rating": rating} for id, rating in zip(ids, judgement.ratings, strict=True)]
    return {"ratings": ratings, "feedback": judgement.feedback, "statement": judgement.statement}


def decided(calibration: Calibration) -> Json:
    return {"rating": calibration.rating, "reasons": calibration.reasons}
