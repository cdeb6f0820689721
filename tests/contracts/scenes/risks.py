"""What happens to risks, their policy, and the contingency they ask for."""

from datetime import timedelta
from typing import Any

import httpx

from contracts.roles import Role
from tests.business import Business, Json, done, euros, made, on_budget
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY

UNTIL = str(TODAY + timedelta(days=3))
HIGH, LOW = {"likelihood": 2, "impact": 2}, {"likelihood": 1, "impact": 1}
STEPS = [{"name": "little", "number": "1"}, {"name": "much", "number": "2"}]
LEVEL = {"name": "some", "review_days": 30}
BECAUSE = {"reason": "As agreed."}


def happen(business: Business, cast: Cast) -> None:
    executive = business.system("portfolio", Role.EXECUTIVE)
    matrix = [[{"level": "some"}] * 2] * 2
    rules: Json = {"likelihood": STEPS, "impact": STEPS, "levels": [LEVEL], "matrix": matrix, "appetite": "2"}
    about = {"category": "operational", "division_id": cast.team.division} | BECAUSE
    policy = made(executive.post("/risk-policies", json=rules | about))
    treat(business, cast)
    accept(business, cast)
    materialise(business, cast)
    identified(business, cast, title="Fraud", confidential=True)
    for leaver in (cast.team.junior, cast.alone):
        identified(business, cast, owner_id=leaver.person)
    done(executive.post(f"/risk-policies/{policy}/withdraw", json=BECAUSE))


def identified(business: Business, cast: Cast, **changes: Any) -> str:
    about = {"title": "The vendor fails", "category": "operational", "division_id": cast.team.division}
    return made(business.office.post("/risks", json=about | {"owner_id": cast.team.manager.person} | changes))


def on_risk(client: httpx.Client, risk: str, steps: dict[str, Json]) -> None:
    for step, said in steps.items():
        done(client.post(f"/risks/{risk}/{step}", json=said))


def treat(business: Business, cast: Cast) -> None:
    """A risk becomes smaller, is watched, and is over."""
    steps: dict[str, Json] = {
        "analyse": {"inherent": HIGH},
        "evaluate": {"rationale": "Too much."},
        "treat": {"treatment": "mitigate", "due_on": UNTIL, "residual": LOW},
        "score": {"current": LOW} | BECAUSE,
        "monitor": {},
        "review": {"note": "As before."},
        "name-owner": {"owner_id": cast.team.senior.person} | BECAUSE,
        "close": BECAUSE,
    }
    on_risk(business.office, identified(business, cast), steps)


def accept(business: Business, cast: Cast) -> None:
    """That a risk is accepted is asked for and not any more, refused, given and withdrawn."""
    risk, above = identified(business, cast), business.as_person("portfolio", cast.team.head)
    ask: dict[str, Json] = {"ask-acceptance": {"until": UNTIL} | BECAUSE}
    withdraw: dict[str, Json] = {"withdraw-acceptance": BECAUSE}
    steps: dict[str, Json] = {
        "analyse": {"inherent": HIGH},
        "evaluate": {"rationale": "Too much."},
        "treat": {"treatment": "accept"},
    }
    on_risk(business.office, risk, steps | ask)
    on_risk(business.office, risk, withdraw)
    for answer in ("refuse-acceptance", "give-acceptance"):
        on_risk(business.office, risk, ask)
        on_risk(above, risk, {answer: BECAUSE})
    on_risk(business.office, risk, withdraw)


def materialise(business: Business, cast: Cast) -> None:
    """Of two risks of a project that happen, the contingency is enough for the first."""
    project = business.approved(cast.team)
    granted = {"granted": euros(1000), "contingency": euros(50)}
    done(on_budget(business.controller, project, "confirm-funding", **granted))
    business.settle()
    for asked in (50, 1):
        happened = {"effect": "They closed.", "issue_title": "No vendor", "issue_due_on": UNTIL}
        steps: dict[str, Json] = {
            "analyse": {"inherent": HIGH},
            "materialise": happened | {"contingency": euros(asked)},
        }
        on_risk(business.office, identified(business, cast, project_id=project), steps)
        business.settle()
