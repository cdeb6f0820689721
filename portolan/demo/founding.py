"""Scenes at people: the organisation is founded, and people are hired, appointed, suspended and let go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from portolan.demo import people
from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, TITLES, division_id, experience_id, person_id, position_id, project_id
from portolan.demo.organisation import DIVISIONS, POSITIONS, Division, Position
from portolan.demo.projects import PROJECTS
from portolan.demo.qualifying import schemes
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait, in_turns
from portolan.demo.skills import required_of

T = TypeVar("T")
DIVISION_OF = {position.key: position.division for position in POSITIONS}
SUPERIORS = {position.key: position.reports_to for position in POSITIONS}
PARENTS = {division.code: division.parent for division in DIVISIONS}
BY_KEY = {person.key: person for person in people.PEOPLE}


def founding(calendar: Calendar) -> Iterator[Scene]:
    yield Scene("hire the chief executive", "people", [hire(BY_KEY[people.FIRST], calendar)])
    yield from schemes()
    for level in levels(DIVISIONS, lambda division: depth(division.code, PARENTS)):
        yield Scene("establish divisions", "people", [establish(division) for division in level])
    for rank in levels(POSITIONS, lambda position: depth(position.key, SUPERIORS)):
        yield from in_turns("describe positions", "people", [list(describe(position)) for position in rank])
    yield from in_turns("hire people", "people", [list(take_on(person, calendar)) for person in people.PEOPLE])
    yield Scene("record earlier appointments", "people", earlier_appointments(calendar))
    for line in levels(people.PEOPLE, lambda person: depth(person.position, SUPERIORS)):
        yield Scene("appoint people", "people", [appoint(person, calendar) for person in line])
    yield Scene("appoint heads of divisions", "people", [appoint_head(division) for division in DIVISIONS])
    absences = [*suspensions(calendar), *(leave(key, days, calendar) for key, days in people.LEFT.items())]
    yield Scene("record who is suspended and who left", "people", absences)


def leaving(calendar: Calendar) -> Iterator[Scene]:
    """A manager leaves while accountable: portfolio passes their projects up the line, people their reports."""
    yield Scene(
        "a manager leaves",
        "people",
        [leave(key, days, calendar) for key, days in people.LEFT_WHILE_ACCOUNTABLE.items()],
        waits=[
            Wait(
                "portfolio",
                f"/projects/{project_id(project.key)}",
                f"somebody else answers for '{project.name}'",
                answered_by_another_than(project.accountable),
            )
            for project in PROJECTS
            if project.accountable in people.LEFT_WHILE_ACCOUNTABLE
        ],
    )
    yield Scene("hand over what the manager led", "people", [hand_over(key, to) for key, to in people.TAKEN_ON.items()])
    planned = [
        *(plan_leaving(key, days, calendar) for key, days in people.TO_LEAVE.items()),
        *(plan_transfer(key, *to, calendar) for key, to in people.TO_BE_APPOINTED.items()),
        *(leave(key, 1, calendar) for key in people.TAKEN_FOR_LEAVERS),
        *(order for key in people.EXPECTED for order in expect(key, calendar)),
    ]
    yield Scene("plan changes for later days", "people", planned)
    corrections = [
        *(stay(key) for key in people.TAKEN_FOR_LEAVERS),
        *(appoint_later(BY_KEY[key], days, calendar) for key, days in people.APPOINTED_LATER.items()),
    ]
    yield Scene("correct what was recorded wrongly", "people", corrections)


def answered_by_another_than(key: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda project: project["accountable_id"] != str(person_id(key))


def depth(key: str, above: Mapping[str, str | None]) -> int:
    upper = above[key]
    return 0 if upper is None else 1 + depth(upper, above)


def levels(items: Sequence[T], level: Callable[[T], int]) -> list[list[T]]:
    """The items by level, topmost first."""
    return [[item for item in items if level(item) == at] for at in sorted({level(item) for item in items})]


def personnel(command: str, key: str, body: Json, nth: str = "") -> DemoCommand:
    """A command of the personnel department about a person; about its head, of somebody else there."""
    actor = people.COLLEAGUE if key == people.PERSONNEL else people.PERSONNEL
    return DemoCommand(actor, command, person_id(key), MEMBERS[key].name, body, nth)


def establish(division: Division) -> DemoCommand:
    body = {
        "name": division.name,
        "code": division.code,
        "kind": division.kind,
        "parent_id": str(division_id(division.parent)) if division.parent else None,
        "time_zone": division.zone,
    }
    return DemoCommand(people.PERSONNEL, "establish_division", division_id(division.code), division.name, body)


def describe(position: Position) -> Iterator[DemoCommand]:
    id, title = position_id(position.key), position.title
    body = {
        "title": title,
        "division_id": str(division_id(position.division)),
        "grade": position.grade,
        "reports_to": str(position_id(position.reports_to)) if position.reports_to else None,
        "it_management_years": position.years,
        "duties": position.duties,
        **required_of(position.key),
    }
    yield DemoCommand(people.PERSONNEL, "draft_position", id, title, body)
    yield DemoCommand(people.FIRST, "approve_position", id, title, {})


def take_on(person: people.Person, calendar: Calendar) -> Iterator[DemoCommand]:
    """Somebody is hired; one of the personnel department records what they did before, and another verifies it."""
    if person.before:
        yield from work_here_before(person, *person.before, calendar)
    elif person.key != people.FIRST:
        yield hire(person, calendar)
    own = person.key == people.COLLEAGUE
    recorder, verifier = (people.PERSONNEL, people.COLLEAGUE)[:: -1 if own else 1]
    about = person_id(person.key), MEMBERS[person.key].name
    known = [{"experience_id": str(experience_id(person.key, number))} for number, _ in enumerate(person.experience)]
    for number, spell in enumerate(person.experience):
        body = known[number] | {
            "employer": spell.employer,
            "role": spell.role,
            "it_management": True,
            "started_on": calendar.first_of(-spell.since).isoformat(),
            "ended_on": calendar.last_of(-spell.until - 1).isoformat() if spell.until is not None else None,
        }
        yield DemoCommand(recorder, "record_experience_person", *about, body, str(number))
    for number, of in enumerate(known):
        yield DemoCommand(verifier, "verify_experience_person", *about, of, str(number))


def hire(person: people.Person, calendar: Calendar) -> DemoCommand:
    on = calendar.ago(people.FIRST_HIRED) if person.key == people.FIRST else calendar.first_of(-person.hired)
    return personnel("hire_person", person.key, {"name": person.name, "effective_on": on.isoformat()})


def work_here_before(person: people.Person, since: int, until: int, calendar: Calendar) -> Iterator[DemoCommand]:
    """Somebody is hired, leaves, and is hired again."""
    joined = {"name": person.name, "effective_on": calendar.first_of(-since).isoformat()}
    yield personnel("hire_person", person.key, joined)
    left = {"effective_on": calendar.last_of(-until).isoformat()}
    yield personnel("record_leaving_person", person.key, left)
    yield personnel("rehire_person", person.key, {"effective_on": calendar.first_of(-person.hired).isoformat()})


def earlier_appointments(calendar: Calendar) -> list[DemoCommand]:
    return [
        personnel("appoint_person", person.key, appointment(*person.earlier, calendar), "earlier")
        for person in people.PEOPLE
        if person.earlier
    ]


def appoint(person: people.Person, calendar: Calendar) -> DemoCommand:
    """A person appointed to their present position; where the gate is waived, by the one who waives it."""
    body = appointment(person.position, person.appointed, calendar)
    if person.waiver is None:
        return personnel("appoint_person", person.key, body)
    body["waiver"] = {"reason": person.waiver.reason}
    about = f"{person.name} as {TITLES[person.position]}"
    return DemoCommand(person.waiver.approver, "appoint_person", person_id(person.key), about, body)


def appointment(position: str, months: int, calendar: Calendar) -> Json:
    """The body of an appointment so many months ago."""
    return {"position_id": str(position_id(position)), "effective_on": calendar.first_of(-months).isoformat()}


def appoint_head(division: Division) -> DemoCommand:
    body = {"person_id": str(person_id(division.head))}
    return DemoCommand(people.PERSONNEL, "appoint_head_division", division_id(division.code), division.name, body)


def suspensions(calendar: Calendar) -> list[DemoCommand]:
    return [
        personnel("suspend_person", key, {"effective_on": calendar.ago(days).isoformat()})
        for key, days in people.SUSPENDED.items()
    ]


def leave(key: str, days: int, calendar: Calendar) -> DemoCommand:
    return personnel("record_leaving_person", key, {"effective_on": calendar.ago(days).isoformat()})


def plan_leaving(key: str, days: int, calendar: Calendar) -> DemoCommand:
    return personnel("record_leaving_person", key, {"effective_on": calendar.ahead(days).isoformat()}, "planned")


def plan_transfer(key: str, position: str, days: int, calendar: Calendar) -> DemoCommand:
    body = {"position_id": str(position_id(position)), "effective_on": calendar.ahead(days).isoformat()}
    return personnel("appoint_person", key, body, "planned")


def expect(key: str, calendar: Calendar) -> Iterator[DemoCommand]:
    """Somebody is hired for a day to come, and appointed from it on."""
    name, position, days = people.EXPECTED[key]
    on = calendar.ahead(days).isoformat()
    joins = {"name": name, "effective_on": on, "division_id": str(division_id(DIVISION_OF[position]))}
    holds = {"position_id": str(position_id(position)), "effective_on": on}
    for command, body in (("hire_person", joins), ("appoint_person", holds)):
        yield DemoCommand(people.PERSONNEL, command, person_id(key), name, body, "planned")


def appoint_later(person: people.Person, days: int, calendar: Calendar) -> DemoCommand:
    """The second of their public events, their appointment, took effect later than it was recorded."""
    day = calendar.first_of(-person.appointed) + timedelta(days=days)
    body = {"corrects": 2, "effective_on": day.isoformat(), "reason": "They began in the position after a training."}
    return personnel("correct_day_person", person.key, body)


def hand_over(key: str, to: str) -> DemoCommand:
    return personnel("hand_over_person", key, {"to_id": str(person_id(to))})


def stay(key: str) -> DemoCommand:
    return personnel("withdraw_leaving_person", key, {"reason": "Recorded for the wrong person."})
