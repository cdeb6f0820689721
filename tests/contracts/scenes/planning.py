"""What happens to plans, their change requests, the health of projects, and exceptions."""

from datetime import timedelta
from uuid import uuid4

from tests.business import Business, Json, Team, done, euros, items, made, on_budget, on_project, specification
from tests.contracts.scenes.cast import Cast
from tests.harness import wait_until
from tests.today import TODAY

DAY = timedelta(days=1)
PLAN = {"start": str(TODAY), "end": str(TODAY + 99 * DAY)}


def happen(business: Business, cast: Cast) -> None:
    project = business.funded(cast.team)
    done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    plan(business, cast, project)
    change(business, cast, project)
    leave_tolerance(business, cast.team, project)
    hand_over(business, cast.team)
    take_over(business, cast)


def plan(business: Business, cast: Cast, project: str) -> None:
    """A plan with a milestone that was missed and another that is moved and met."""
    senior = business.as_person("portfolio", cast.team.senior)
    work: Json = {"package_id": str(uuid4()), "name": "Build", "planned_value": "1000", "plan": PLAN}
    missed, met = (
        {"milestone_id": str(uuid4()), "name": name, "due_on": str(day)}
        for name, day in (("Design", TODAY - DAY), ("Launch", TODAY))
    )
    drafted = {"currency": "EUR", "packages": [work], "milestones": [missed, met]}
    reported = {"package_id": work["package_id"], "percent_complete": "5"}
    of_met = {"milestone_id": met["milestone_id"]}
    steps: dict[str, Json] = {
        "draft": drafted,
        "set-baseline": {"budget": euros(1000)},
        "set-tolerances": {"schedule": "10", "reason": "As agreed."},
        "report-work": {"as_of": str(TODAY), "packages": [reported]},
        "move-milestone": of_met | {"due_on": str(TODAY + DAY), "reason": "Strike."},
        "meet-milestone": of_met | {"effective_on": str(TODAY)},
    }
    above = business.as_person("portfolio", cast.team.head)
    for step, said in steps.items():
        actor = above if step == "set-tolerances" else senior
        done(actor.post(f"/plans/{project}/{step}", json=said))

    def statuses() -> list[str]:
        return [each["status"] for each in done(senior.get(f"/plans/{project}"))["milestones"]]

    wait_until(lambda: sorted(statuses()) == ["met", "missed"], "a milestone is missed")


def change(business: Business, cast: Cast, project: str) -> None:
    """Change requests: one is withdrawn, one is rejected, and one changes the specification."""
    senior, sponsor = (business.as_person("portfolio", post) for post in (cast.team.senior, cast.team.sponsor))
    new = {"specification": specification(scope="Payslips and pensions.")}
    asked = {"project_id": project, "subject": "specification", "reason": "A law."} | new
    assessed = {"cost_effect": "0", "days_effect": 0, "scope_effect": "Pensions."}
    for ending in ("withdraw", "reject", "approve"):
        path = f"/change-requests/{made(senior.post('/change-requests', json=asked))}"
        if ending == "withdraw":
            done(senior.post(f"{path}/withdraw", json={"reason": "No law."}))
            continue
        done(senior.post(f"{path}/assess", json=assessed))
        done(sponsor.post(f"{path}/{ending}", json={"reason": "No."} if ending == "reject" else {}))
    done(senior.post(f"{path}/apply", json={}))


def leave_tolerance(business: Business, team: Team, project: str) -> None:
    """An exception is answered and closed; another one awaits the senior manager, who leaves."""
    senior = business.as_person("portfolio", team.senior)
    recovery = {"explanation": "More people.", "owner_id": team.manager.person, "due_on": str(TODAY + DAY)}

    def expect(days: int, waiting: int) -> list[Json]:
        body = {"as_of": str(TODAY), "expected_completion": str(TODAY + days * DAY)}
        done(on_project(senior, project, "report-progress", **body))
        business.settle()
        found = items(senior.get("/exceptions", params={"project_id": project, "status": "raised"}))
        assert len(found) == waiting, found
        return found

    (raised,) = expect(120, 1)
    done(senior.post(f"/exceptions/{raised['id']}/answer", json={"answer": "recovery plan"} | recovery))
    expect(99, 0)
    expect(130, 1)


def hand_over(business: Business, team: Team) -> None:
    """An exception awaits a senior manager who hands the project over."""
    successor = business.post(team.division, "senior manager", team.head)
    business.settle()
    project = business.funded(team)
    done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    senior = business.as_person("portfolio", team.senior)
    work: Json = {"package_id": str(uuid4()), "name": "Build", "planned_value": "1000", "plan": PLAN}
    done(senior.post(f"/plans/{project}/draft", json={"currency": "EUR", "packages": [work]}))
    done(senior.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    leave_tolerance(business, team, project)
    body = {"accountable_id": successor.person, "reason": "Another task."}
    done(on_project(business.office, project, "hand-over-accountability", **body))


def take_over(business: Business, cast: Cast) -> None:
    """A project comes with a plan from another system, and finance has its budget."""
    project = str(uuid4())
    known = {"name": "Ledger", "summary": "", "division_id": cast.team.division, "plan": PLAN}
    source = {"source": {"system": "Ledger", "reference": project}, "stage": "in progress"}
    done(on_project(business.office, project, "take-over", **known, **source))
    budget = {"division_id": cast.team.division, "granted": euros(9), "source": "Ledger"}
    done(on_budget(business.controller, project, "take-over", **budget))
