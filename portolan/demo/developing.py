"""Demo data for people: development plans with their goals, and mentorships."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portolan.demo.calendar import Calendar
from portolan.demo.company import MEMBERS, person_id, record_id
from portolan.demo.scenes import DemoCommand, Json
from portolan.demo.skills import level, scheme_id


@dataclass(frozen=True)
class Goal:
    """A goal, due in so many days: a skill at a level, a certificate, or something else to learn.

    ``then``: "meet", "miss" or "extend" (to 60 days later), and ``why``.
    """

    key: str
    due: int
    skill: tuple[str, int] | None = None
    scheme: str | None = None
    learning: str | None = None
    then: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Action:
    """Something a person does to learn, with the hours they spent on it so many days ago."""

    key: str
    kind: str
    what: str
    hours: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A person's plan from so many days ago to so many days ahead; ``proposed_by`` and ``agreed_by`` are the two sides.

    ``then``: "close" or "withdraw", and ``why``.
    """

    person: str
    ago: int
    ahead: int
    proposed_by: str
    agreed_by: str | None
    goals: tuple[Goal, ...]
    actions: tuple[Action, ...] = ()
    then: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Mentorship:
    """Mentor and mentee; ``steps``: who does what once it is proposed."""

    mentor: str
    mentee: str
    purpose: str
    proposed_by: str
    steps: tuple[tuple[str, str], ...] = ()
    reason: str = ""


# fmt: off
PLANS = (
    Plan("oskar", 110, 255, "katarzyna", "oskar", (
        Goal("operations", 120, skill=("ITOP", 4)),
        Goal("costs", 30, learning="Report the monthly cloud bill by product.", then="meet"),
        Goal("course", 45, learning="Give the course on automation once.", then="extend",
             why="The course moved to after the data centre's move."),
    ), (
        Action("lab", "tool", "Rebuild a cluster in the lab each month.", ((70, "6"), (38, "5.5"), (9, "6"))),
        Action("guide", "reading", "The provider's guide to reliable design.", ((52, "4"),)),
    )),
    Plan("monica", 60, 300, "ilse", "monica", (
        Goal("auditor", 240, scheme="CISA"),
        Goal("security", 3, skill=("SCTY", 3)),
        Goal("exercise", 20, learning="Lead a table-top exercise.", then="meet"),
        Goal("talk", 25, learning="Present a finding to the board's audit committee.", then="miss",
             why="The committee's agenda was full until summer; it is no goal for this year any more."),
    ), (Action("range", "training", "Evening course on auditing.", ((30, "3"), (16, "3"))),)),
    Plan("zsofia", 320, 40, "daan", "zsofia", (
        Goal("release", 20, learning="Ship a release of the drivers' app alone.", then="meet"),
        Goal("accessibility", 30, learning="Have the app's accessibility audited.", then="miss",
             why="The auditor's offer was above the budget; planned again for next year."),
    ), (Action("pairing", "mentorship", "Pair with the portal team on release days.", ((100, "8"), (40, "6"))),),
        then="close"),
    Plan("arjun", 14, 350, "arjun", None, (Goal("engineering", 200, skill=("DENG", 4)),
                                           Goal("mentor", 90, learning="Find a mentor outside the unit."))),
    Plan("samuel", 5, 180, "amelie", None, (Goal("lead", 120, learning="Stand in for the team lead for a week."),),
         then="withdraw", why="Proposed again after the foundation course, with the goals that follow from it."),
)

MENTORSHIPS = (
    Mentorship("elif", "thandiwe", "The second year as the head of a unit: budgets, succession, hard talks.",
               "thandiwe", (("elif", "accept"),)),
    Mentorship("marcus", "andrei", "From leading a team to leading managers.", "marcus", (("andrei", "accept"),)),
    Mentorship("carolina", "yuto", "From reports to decisions: preparing a gate from start to end.", "carolina"),
    Mentorship("dmitri", "tariq", "Reading and drawing architecture, with the portal as the example.", "tariq",
               (("dmitri", "accept"), ("tariq", "complete"))),
    Mentorship("rasmus", "fatou", "Security of servers, beyond the checklist.", "fatou", (("rasmus", "end"),),
               "No time for it before the audit; the security analyst has offered to help."),
    Mentorship("valentina", "mirjam", "From testing to leading tests.", "valentina",
               (("mirjam", "accept"), ("mirjam", "end")), "The test centre goes on without a lead of its own."),
)
# fmt: on


def development_plans(calendar: Calendar) -> Iterator[Sequence[DemoCommand]]:
    return (planning(plan, calendar) for plan in PLANS)


def mentorships() -> Iterator[Sequence[DemoCommand]]:
    """Mentorships in every state; none of them met, for nobody can have met before it began today."""
    return (mentoring(row) for row in MENTORSHIPS)


def planning(plan: Plan, calendar: Calendar) -> Sequence[DemoCommand]:
    id = record_id("development plan", plan.person)
    manager = plan.proposed_by

    def order(actor: str, command: str, body: Json, nth: str = "") -> DemoCommand:
        return DemoCommand(actor, f"{command}_development_plan", id, MEMBERS[plan.person].name, body, nth)

    period = {"starts_on": calendar.ago(plan.ago).isoformat(), "ends_on": calendar.ahead(plan.ahead).isoformat()}
    orders = [order(plan.proposed_by, "propose", {"person_id": str(person_id(plan.person))} | period)]
    orders += [order(manager, "add_goal", goal_of(plan, goal, calendar), goal.key) for goal in plan.goals]
    orders += [order(manager, "add_action", action_of(plan, action), action.key) for action in plan.actions]
    if plan.agreed_by:
        orders.append(order(plan.agreed_by, "agree", {}))
        orders += [
            order(plan.person, "record_learning", learning_of(plan, action, number, calendar), f"{action.key} {number}")
            for action in plan.actions
            for number in range(len(action.hours))
        ]
    orders += [
        order(manager, f"{goal.then}_goal", judged(plan, goal, calendar), goal.key) for goal in plan.goals if goal.then
    ]
    if plan.then:
        orders.append(order(manager, plan.then, {"reason": plan.why} if plan.then == "withdraw" else {}))
    return orders


def goal_id(plan: Plan, goal: Goal) -> Json:
    return {"goal_id": str(record_id("goal", f"{plan.person} {goal.key}"))}


def goal_of(plan: Plan, goal: Goal, calendar: Calendar) -> Json:
    return goal_id(plan, goal) | {
        "skill": level(*goal.skill) if goal.skill else None,
        "scheme_id": scheme_id(goal.scheme) if goal.scheme else None,
        "learning": goal.learning,
        "due_on": calendar.ahead(goal.due).isoformat(),
    }


def judged(plan: Plan, goal: Goal, calendar: Calendar) -> Json:
    known = goal_id(plan, goal)
    if goal.then == "meet":
        return known
    later = {"due_on": calendar.ahead(goal.due + 60).isoformat()} if goal.then == "extend" else {}
    return known | later | {"reason": goal.why}


def action_of(plan: Plan, action: Action) -> Json:
    id = str(record_id("action", f"{plan.person} {action.key}"))
    return {"action_id": id, "kind": action.kind, "what": action.what}


def learning_of(plan: Plan, action: Action, number: int, calendar: Calendar) -> Json:
    days, hours = action.hours[number]
    return {
        "entry_id": str(record_id("learning", f"{plan.person} {action.key} {number}")),
        "action_id": str(record_id("action", f"{plan.person} {action.key}")),
        "hours": hours,
        "effective_on": calendar.ago(days).isoformat(),
    }


def mentoring(row: Mentorship) -> Sequence[DemoCommand]:
    id = record_id("mentorship", f"{row.mentor} {row.mentee}")

    def order(actor: str, command: str, body: Json) -> DemoCommand:
        return DemoCommand(actor, f"{command}_mentorship", id, MEMBERS[row.mentee].name, body)

    pair = {"person_id": str(person_id(row.mentee)), "mentor_id": str(person_id(row.mentor)), "purpose": row.purpose}
    return [
        order(row.proposed_by, "propose", pair),
        *(order(actor, command, {"reason": row.reason} if command == "end" else {}) for actor, command in row.steps),
    ]
