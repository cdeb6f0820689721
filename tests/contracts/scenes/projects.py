"""What happens to projects and initiatives."""

from uuid import uuid4

from tests.business import Business, Json, done, euros, made, on_budget, on_project, verdicts
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY


def happen(business: Business, cast: Cast) -> None:
    team, office = cast.team, business.office
    senior, manager = (business.as_person("portfolio", post) for post in (team.senior, team.manager))
    for ending in (("complete", {"outcome": "succeeded", "summary": "All."}), ("stop", {"reason": "Enough."})):
        shaped = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
        initiative = made(office.post("/initiatives", json=shaped))
        for step, said in (("rename", {"name": "No paper"}), ("approve", {}), ("start", {}), ending):
            done(office.post(f"/initiatives/{initiative}/{step}", json=said))
    project = business.propose(team)
    done(on_project(office, project, "name-sponsor", sponsor_id=team.junior.person))
    done(on_project(office, project, "name-sponsor", sponsor_id=team.sponsor.person))
    offer = {"delegate_id": team.manager.person, "scope": "All of it."}
    for answer, body in (("decline-delegation", {"reason": "No time."}), ("accept-delegation", {})):
        done(on_project(senior, project, "offer-delegation", **offer))
        done(on_project(manager, project, answer, **body))
    done(on_project(manager, project, "return-delegation", reason="Too much."))
    business.specify(team, project)
    business.approve(team, project)
    business.settle()
    done(on_budget(business.controller, project, "refuse-funding", reason="Too much."))
    business.settle()
    business.specify(team, project, euros(5))
    business.approve(team, project)
    business.settle()
    done(business.fund(project, euros(5)))
    business.settle()
    done(on_project(senior, project, "start", effective_on=str(TODAY)))
    recovery = {"step": "More people.", "owner_id": team.senior.person, "due_on": str(TODAY)}
    told: Json = {"as_of": str(TODAY), "percent_complete": "5", "health": "at risk", "recovery": recovery}
    done(on_project(senior, project, "report-progress", **told))
    for step, body in (("put-on-hold", {"reason": "Strike."}), ("resume", {}), ("begin-closing", {})):
        done(on_project(senior, project, step, **body))
    lessons = {"lessons": "Ask for less.", "effective_on": str(TODAY)}
    done(on_project(senior, project, "close", outcome="succeeded", verdicts=verdicts(), **lessons))
    done(on_project(office, business.propose(team), "cancel", reason="Not needed."))
    elsewhere = {
        "name": "Old",
        "summary": "",
        "division_id": team.division,
        "source": {"system": "Ledger", "reference": "7"},
        "stage": "in progress",
    }
    taken = str(uuid4())
    for name in ("Old", "Older"):
        done(on_project(office, taken, "take-over", **elsewhere | {"name": name}))
    fallen_away(business)


def fallen_away(business: Business) -> None:
    """Somebody leaves a project behind, first to nobody, then to somebody who can answer again."""
    team = business.team()
    business.propose(team)
    for step in ("suspend", "reinstate"):
        done(business.hr.post(f"/persons/{team.head.person}/{step}", json={"effective_on": str(TODAY)}))
        if step == "suspend":
            business.leave(team.senior)
        business.settle()
