"""What happens to benefits, capabilities and roadmaps; their lives are among the projects' scenes."""

from datetime import timedelta
from functools import partial
from typing import Any

from tests.business import Business, done, made
from tests.contracts.scenes.cast import Cast
from tests.harness import wait_until
from tests.today import TODAY

BECAUSE = {"reason": "As agreed."}
LATER = str(TODAY + timedelta(days=90))


def happen(business: Business, cast: Cast) -> None:
    shaped = {"name": "Fewer calls", "purpose": "Peace.", "division_id": cast.team.division}
    initiative = made(business.office.post("/initiatives", json=shaped))
    capability = {"capability": "Data", "baseline": 2, "baseline_on": "2026-01-15", "target": 4, "target_on": LATER}
    assessed = {"capability": "Data", "level": 3, "assessed_on": str(TODAY), "evidence": "Audit 7."}
    done(business.office.post(f"/initiatives/{initiative}/set-capability-target", json=capability))
    done(business.office.post(f"/initiatives/{initiative}/assess-capability", json=assessed))
    publish_roadmap(business, cast, initiative)
    planned(business, initiative, cast.team.junior.person)
    planned(business, initiative, cast.alone.person)
    due = planned(business, initiative, cast.team.manager.person, due_on=str(TODAY))
    read = partial(business.office.get, f"/benefits/{due}")
    wait_until(lambda: done(read())["status"] == "due", "the benefit's day has come")
    business.settle()
    found = {"evidence": "Ledger 4711.", "confirmed_on": str(TODAY)}
    done(business.controller.post(f"/benefit-confirmations/{due}/confirm", json=found))
    changed = planned(business, initiative, cast.team.manager.person)
    sooner = {"target": "70", "due_on": LATER} | BECAUSE
    done(business.office.post(f"/benefits/{changed}/replan", json=sooner))
    done(business.office.post(f"/benefits/{changed}/name-owner", json={"owner_id": cast.team.head.person} | BECAUSE))
    done(business.office.post(f"/benefits/{changed}/withdraw", json=BECAUSE))


def planned(business: Business, initiative: str, owner: str, **changes: Any) -> str:
    said = {"name": "Fewer calls", "measure": "calls a day", "baseline": "100", "target": "60", "due_on": LATER}
    return made(
        business.office.post("/benefits", json=said | {"initiative_id": initiative, "owner_id": owner} | changes)
    )


def publish_roadmap(business: Business, cast: Cast, initiative: str) -> None:
    item = {"initiative_id": initiative, "lane": "Data", "quarter": "2027-Q1"}
    drafted = {"title": "2027", "division_id": cast.team.division, "items": [item]}
    roadmap = made(business.office.post("/roadmaps", json=drafted))
    done(business.office.post(f"/roadmaps/{roadmap}/revise", json={"items": [item | {"quarter": "2027-Q2"}]}))
    done(business.office.post(f"/roadmaps/{roadmap}/publish", json={}))
