"""A risk that materialises is an issue at once, and draws on its project's contingency once, as finance holds it."""

from datetime import timedelta

from contracts.roles import Role
from tests.business import Business, Json, Team, done, euros, made, on_budget
from tests.portfolio.risks.story import policy
from tests.today import TODAY


def materialised(business: Business, team: Team, project: str, amount: int) -> str:
    """A risk of the project that came true and asks for so much."""
    body = {"title": "The vendor fails", "category": "operational", "division_id": team.division}
    owner = business.as_person("portfolio", team.junior)
    risk = made(owner.post("/risks", json=body | {"owner_id": team.junior.person, "project_id": project}))
    done(owner.post(f"/risks/{risk}/analyse", json={"inherent": {"likelihood": "likely", "impact": 4}}))
    happened = {"effect": "They closed.", "issue_title": "No vendor", "issue_due_on": str(TODAY + timedelta(days=9))}
    done(owner.post(f"/risks/{risk}/materialise", json=happened | {"contingency": euros(amount)}))
    return risk


def test_finance_answers_each_risk_once_and_the_risk_knows_it(business: Business) -> None:
    team = business.team()
    executive = business.system("portfolio", Role.EXECUTIVE)
    made(executive.post("/risk-policies", json=policy().model_dump(mode="json")))
    project = business.approved(team)
    early = materialised(business, team, project, 10)
    business.settle()
    done(on_budget(business.controller, project, "confirm-funding", granted=euros(1000), contingency=euros(100)))
    first, second = (materialised(business, team, project, 60) for _ in range(2))
    business.settle()

    def answer(risk: str) -> Json:
        found = done(business.office.get(f"/risks/{risk}"))
        issue = done(business.office.get(f"/issues/{found['issue_id']}"))
        assert (issue["risk_id"], issue["owner_id"]) == (risk, team.junior.person)
        return dict(found["contingency"])

    assert answer(early) == {"amount": euros(10), "drawn": False, "reason": "The project's budget is asked."}
    assert sorted(answer(risk)["drawn"] for risk in (first, second)) == [False, True]
    budget = done(business.controller.get(f"/project-budgets/{project}"))
    assert (budget["contingency"], budget["available"]) == (euros(40), euros(960))
    assert all(running.status()["parked"] == 0 for running in business.company.running.values())
