"""Scenes at people: how the people of IT are hired, qualified, developed, reviewed, paid, equipped and replaced.

What has nothing to do with each other goes on side by side: few requests, so that the load stays fast.
"""

from collections.abc import Iterator

from portolan.demo.calendar import Calendar
from portolan.demo.developing import development_plans, mentorships
from portolan.demo.disciplining import cases
from portolan.demo.equipping import tools
from portolan.demo.hiring import candidacies, new_positions, vacancies
from portolan.demo.paying import pay, pay_bands
from portolan.demo.qualifying import qualifications
from portolan.demo.reviewing import completion, review_cycles, reviews
from portolan.demo.scenes import Scene, in_turns
from portolan.demo.succeeding import absences, successions
from portolan.demo.training import enrolments, programmes, sessions
from portolan.demo.working_time import contracted_hours


def staffing(calendar: Calendar) -> Iterator[Scene]:
    frame = [programmes(), review_cycles(calendar), pay_bands(calendar), absences(calendar)]
    courses = [*new_positions(), *(list(orders) for orders in frame)]
    yield from in_turns("describe trainings, reviews and pay bands", "people", courses)
    terms = [*pay(calendar), *contracted_hours(calendar)]
    yield Scene("schedule trainings, set pay and hours", "people", [*sessions(calendar), *terms])
    able = [*vacancies(), *qualifications(calendar), *enrolments(calendar), *successions(calendar), *cases(calendar)]
    yield from in_turns("qualify people and plan who follows whom", "people", able)
    going_on = [*candidacies(calendar), *development_plans(calendar), *mentorships(), *tools(calendar)]
    yield from in_turns("hire, develop, equip and review people", "people", [*going_on, *reviews(calendar)])
    yield Scene("complete last year's reviews", "people", [completion(calendar)])
