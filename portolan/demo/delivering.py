"""Scenes at portfolio: initiatives and projects from the first proposal to the last lesson."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts.portfolio import Stage
from portolan.demo.calendar import Calendar
from portolan.demo.company import division_id, initiative_id, person_id, project_id
from portolan.demo.organisation import DIVISIONS
from portolan.demo.projects import (
    AUTHORITY,
    CLOSING,
    CLOSURES,
    DELEGATIONS,
    HANDED_OVER,
    HELD,
    INITIATIVES,
    OFFICE,
    PROJECTS,
    REPORTS,
    SUCCEEDED,
    TAKEN_OVER,
    Closure,
    Delegation,
    Initiative,
    Project,
    Report,
    Specification,
)
from portolan.demo.realising import benefits
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait, euros

NAMES = {project.key: project.name for project in (*PROJECTS, TAKEN_OVER)}
PLANS = {project.key: project.specification.plan for project in PROJECTS if project.specification}
PLANS[TAKEN_OVER.key] = TAKEN_OVER.plan
CRITERIA = {project.key: project.specification.criteria for project in PROJECTS if project.specification}
HEADS = {division.code: division.head for division in DIVISIONS}
ACCOUNTABLE = {project.key: project.accountable for project in PROJECTS} | {TAKEN_OVER.key: HEADS[TAKEN_OVER.division]}
DELEGATES = {row.project: row.delegate for row in DELEGATIONS if row.became == "active"}


def answers_for(key: str) -> str:
    """Return a project's accountable person, after accountability was handed over."""
    return HANDED_OVER[key][0] if key in HANDED_OVER else ACCOUNTABLE[key]


def proposing(calendar: Calendar, asked_for: list[Wait]) -> Iterator[Scene]:
    """Initiatives are shaped, projects proposed, specified, signed and approved; finance is asked for money."""
    shaped = [shape(initiative) for initiative in INITIATIVES]
    yield Scene("shape initiatives", "portfolio", shaped, hears=("people",))
    backed = [initiative for initiative in INITIATIVES if initiative.stage != "shaped"]
    approved = [initiative_order(AUTHORITY, "approve", initiative, {}) for initiative in backed]
    yield Scene("approve initiatives", "portfolio", approved)
    begun = [initiative for initiative in backed if initiative.stage != "approved"]
    started = [initiative_order(OFFICE, "start", initiative, {}) for initiative in begun]
    yield Scene("start initiatives", "portfolio", started)
    yield Scene("propose projects", "portfolio", [*(propose(project) for project in PROJECTS), take_over(calendar)])
    yield Scene("plan benefits", "portfolio", benefits(calendar))
    specified = [(project, project.specification) for project in PROJECTS if project.specification]
    written = [order for project, latest in specified for order in specify(project, latest, calendar)]
    yield Scene("write specifications", "portfolio", written)
    signed = [sign(project, latest) for project, latest in specified if project.signed]
    yield Scene("sign specifications", "portfolio", signed)
    approved = [
        project_order(project.approved_by, "approve", project.key, {}) for project in PROJECTS if project.approved_by
    ]
    yield Scene("approve projects", "portfolio", approved, waits=asked_for)


def working(calendar: Calendar) -> Iterator[Scene]:
    """Projects start; responsibility is delegated, accountability handed over."""
    offers = [offer(row, calendar) for row in DELEGATIONS]
    yield Scene("offer delegations", "portfolio", offers)
    answers = [answer(row) for row in DELEGATIONS if row.became != "offered"]
    yield Scene("accept and decline delegations", "portfolio", answers)
    returned = [take_back(row) for row in DELEGATIONS if row.became == "returned"]
    yield Scene("return a delegation", "portfolio", returned)
    started = [start(project, calendar) for project in PROJECTS if project.started is not None]
    yield Scene("start projects", "portfolio", started)
    yield Scene("hand accountability over", "portfolio", [hand_over(key) for key in HANDED_OVER])


def reporting(calendar: Calendar) -> Iterator[Scene]:
    yield Scene("report progress", "portfolio", [report(row, calendar) for row in REPORTS])
    rest = [project_order(answers_for(key), "put_on_hold", key, {"reason": why}) for key, why in HELD.items()]
    done = (*CLOSING, *(closure.project for closure in CLOSURES))
    closing = [project_order(answers_for(key), "begin_closing", key, {}) for key in done]
    yield Scene("put on hold, begin closing", "portfolio", [*rest, *closing])


def ending(calendar: Calendar, closing_of_budgets: list[Wait]) -> Iterator[Scene]:
    closed = [close(closure, calendar) for closure in CLOSURES]
    yield Scene("close projects", "portfolio", closed, waits=closing_of_budgets)
    concluded = [conclude(initiative) for initiative in INITIATIVES if initiative.conclusion]
    yield Scene("conclude initiatives", "portfolio", concluded)


def initiative_order(actor: str, command: str, initiative: Initiative, body: Json) -> DemoCommand:
    return DemoCommand(actor, f"{command}_initiative", initiative_id(initiative.key), initiative.name, body)


def shape(initiative: Initiative) -> DemoCommand:
    body = {
        "name": initiative.name,
        "purpose": initiative.purpose,
        "division_id": str(division_id(initiative.division)),
    }
    return initiative_order(OFFICE, "shape", initiative, body)


def conclude(initiative: Initiative) -> DemoCommand:
    if initiative.stage == "stopped":
        return initiative_order(AUTHORITY, "stop", initiative, {"reason": initiative.conclusion})
    body = {"outcome": SUCCEEDED, "summary": initiative.conclusion}
    return initiative_order(AUTHORITY, "complete", initiative, body)


def project_order(actor: str, command: str, key: str, body: Json, nth: str = "") -> DemoCommand:
    return DemoCommand(actor, f"{command}_project", project_id(key), NAMES[key], body, nth)


def propose(project: Project) -> DemoCommand:
    body = {
        "name": project.name,
        "summary": project.summary,
        "division_id": str(division_id(project.division)),
        "initiative_id": str(initiative_id(project.initiative)) if project.initiative else None,
        "sponsor_id": str(person_id(project.sponsor)),
        "accountable_id": str(person_id(project.accountable)),
    }
    return project_order(project.sponsor, "propose", project.key, body)


def take_over(calendar: Calendar) -> DemoCommand:
    body = {
        "name": TAKEN_OVER.name,
        "summary": TAKEN_OVER.summary,
        "division_id": str(division_id(TAKEN_OVER.division)),
        "source": {"system": TAKEN_OVER.system, "reference": TAKEN_OVER.reference},
        "stage": Stage.IN_PROGRESS,
        "plan": plan_of(TAKEN_OVER.key, calendar),
        "gaps": TAKEN_OVER.gaps,
    }
    return project_order(OFFICE, "take_over", TAKEN_OVER.key, body)


def specify(project: Project, latest: Specification, calendar: Calendar) -> Iterator[DemoCommand]:
    """The versions of a specification, by who answers for the project."""
    asked = [latest.asked] if latest.asked_first is None else [latest.asked_first, latest.asked]
    for version, amount in enumerate(asked, 1):
        body = {
            "scope": latest.scope,
            "success_criteria": latest.criteria,
            "plan": plan_of(project.key, calendar),
            "budget_asked": euros(amount),
        }
        yield project_order(project.accountable, "write_specification", project.key, body, f"version {version}")


def sign(project: Project, latest: Specification) -> DemoCommand:
    version = 1 if latest.asked_first is None else 2
    return project_order(project.sponsor, "sign_specification", project.key, {"version": version})


def plan_of(key: str, calendar: Calendar) -> Json:
    """A project's plan in days."""
    return {"start": calendar.first_of(PLANS[key][0]).isoformat(), "end": planned_end(key, calendar).isoformat()}


def planned_end(key: str, calendar: Calendar) -> date:
    return calendar.last_of(PLANS[key][1])


def start(project: Project, calendar: Calendar) -> DemoCommand:
    assert project.started is not None
    first = calendar.first_of(PLANS[project.key][0])
    on = date.fromordinal(first.toordinal() + project.started)
    return project_order(project.accountable, "start", project.key, {"effective_on": on.isoformat()})


def offer(row: Delegation, calendar: Calendar) -> DemoCommand:
    until = calendar.last_of(row.until).isoformat() if row.until is not None else None
    body = {"delegate_id": str(person_id(row.delegate)), "until": until, "scope": row.scope}
    return project_order(ACCOUNTABLE[row.project], "offer_delegation", row.project, body)


def answer(row: Delegation) -> DemoCommand:
    if row.became == "declined":
        return project_order(row.delegate, "decline_delegation", row.project, {"reason": row.reason})
    return project_order(row.delegate, "accept_delegation", row.project, {})


def take_back(row: Delegation) -> DemoCommand:
    return project_order(row.delegate, "return_delegation", row.project, {"reason": row.reason})


def hand_over(key: str) -> DemoCommand:
    to, reason = HANDED_OVER[key]
    body = {"accountable_id": str(person_id(to)), "reason": reason}
    return project_order(ACCOUNTABLE[key], "hand_over_accountability", key, body)


def report(row: Report, calendar: Calendar) -> DemoCommand:
    expected = date.fromordinal(planned_end(row.project, calendar).toordinal() + row.slip)
    body = {
        "as_of": calendar.ago(row.days_ago).isoformat(),
        "percent_complete": row.percent,
        "expected_completion": expected.isoformat(),
        "health": row.health,
        "note": row.note,
    }
    responsible = DELEGATES.get(row.project, answers_for(row.project))
    if row.recovery is not None:
        due_on = calendar.ago(row.days_ago) + timedelta(weeks=4)
        owner_id = str(person_id(responsible))
        body["recovery"] = {"step": row.recovery, "owner_id": owner_id, "due_on": due_on.isoformat()}
    return project_order(responsible, "report_progress", row.project, body, f"{row.days_ago} days ago")


def close(closure: Closure, calendar: Calendar) -> DemoCommand:
    on = date.fromordinal(planned_end(closure.project, calendar).toordinal() + closure.days_after_plan)
    verdicts = [
        {"criterion": criterion, "met": met, "evidence": evidence}
        for criterion, (met, evidence) in zip(CRITERIA[closure.project], closure.verdicts, strict=True)
    ]
    body = {
        "outcome": closure.outcome,
        "verdicts": verdicts,
        "lessons": closure.lessons,
        "effective_on": on.isoformat(),
    }
    return project_order(answers_for(closure.project), "close", closure.project, body)
