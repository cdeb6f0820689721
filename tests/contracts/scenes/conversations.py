"""People ask finance for money: each kind is promised and refused, taken up and given up."""

from tests import funding
from tests.business import Business, done


def happen(business: Business) -> None:
    funding.switch(business, on=True)
    funding.state_rates(business)
    team = business.team()
    has = {"Staff": funding.cost("staff"), "Training": 10, "Tools": 10}
    funding.budget_of(business, team.division, has)
    lead, worker = team.manager, team.junior
    for _ in range(2):
        funding.vacancy(business, business.position(team.division, "staff", lead), lead)
        funding.session(business, team.division, 10)
    tools = [funding.tool(business, team.division, worker, lead, price) for price in (10, 11)]
    business.settle()
    done(business.hr.post(f"/tools/{tools[0]}/issue", json={"person_id": worker.person}))
    declined = {"reason": "Too dear."}
    done(business.as_person("people", lead).post(f"/tools/{tools[1]}/decline", json=declined))
    funding.switch(business, on=False)
    business.settle()
