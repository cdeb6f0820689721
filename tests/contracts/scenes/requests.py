"""What happens to requests and to the criteria they are scored by."""

from datetime import timedelta
from uuid import uuid4

from contracts.roles import Role
from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY

CRITERIA: list[Json] = [{"name": "Value", "weight": "3"}, {"name": "Effort", "weight": "1", "inverted": True}]


def happen(business: Business, cast: Cast) -> None:
    office, user = business.office, business.system("portfolio", Role.BUSINESS_USER, subject=str(uuid4()))
    criteria = made(office.post("/criteria-sets", json={"name": "Ours", "criteria": CRITERIA}))
    values = [{"criterion": each["name"], "value": 80} for each in CRITERIA]
    persons = {"sponsor_id": cast.team.sponsor.person, "accountable_id": cast.team.senior.person}
    begun: dict[str, Json] = {
        "screen": {"note": "Seen."},
        "score-by-criteria": {"criteria_set_id": criteria, "values": values},
    }
    converted: dict[str, Json] = {
        "override-score": {"score": "90", "justification": "It was promised."},
        "approve": {},
        "convert": persons,
    }
    rejected: dict[str, Json] = {
        "defer": {"until": str(TODAY + timedelta(days=1)), "reason": "Later."},
        "reject": {"reason": "Never."},
    }
    for ending in (converted, rejected):
        asked = {"title": "Online forms", "purpose": "No paper.", "division_id": cast.team.division}
        request = made(user.post("/requests", json=asked))
        for step, said in (begun | ending).items():
            done(office.post(f"/requests/{request}/{step}", json=said))
    done(office.post(f"/criteria-sets/{criteria}/revise", json={"criteria": CRITERIA[:1], "reason": "Less."}))
