"""Every operation with a token of every role and with none, as roles.csv says who may."""

import csv
import io
import os
from datetime import timedelta

import pytest

from services.people.organisation.domain.staffing_policy import POLICY_ID
from tests.business import Business, done, euros, items, made, on_project
from tests.harness import wait_until
from tests.surface.roles import CALLERS, TABLE, answers
from tests.today import TODAY

OPEN = {"get_liveness", "get_readiness", "get_status", "get_asyncapi"}
# Set PORTOLAN_WRITE_ROLES=1 to write the table again after a policy was changed on purpose.
WRITES = os.environ.get("PORTOLAN_WRITE_ROLES") == "1"


@pytest.fixture(scope="module")
def asked(business: Business) -> list[list[str]]:
    """What came, for all services."""
    team = business.team()
    plan(business, business.funded(team))
    business.division_budget(team.division, 500)
    asked = {"title": "Online forms", "purpose": "No paper.", "division_id": team.division}
    ranked = {"title": "Demand", "ranks": "requests", "ranking": [made(business.office.post("/requests", json=asked))]}
    made(business.office.post("/priorities", json={**ranked, "reason": "As agreed."}))
    made(business.office.post("/gates", json={"project_id": business.propose(team), "name": "Approval"}))
    chosen = {"title": "One data centre", "options": ["one"], "chosen": "one", "rationale": "It is enough."}
    made(business.office.post("/decisions", json={**chosen, "decided_by": team.head.person, "decided_on": str(TODAY)}))
    period = {"start": str(TODAY), "end": str(TODAY)}
    needed = {"project_id": business.propose(team), "skill": "Java", "level": 4, "heads": 2, "period": period}
    made(business.office.post("/skill-demands", json=needed))
    shaped = {"name": "Lean", "purpose": "Less.", "division_id": team.division}
    made(business.office.post("/initiatives", json=shaped))
    issue = {"title": "No test data", "division_id": team.division, "due_on": str(TODAY)}
    made(business.office.post("/issues", json=issue))
    risk = {"title": "The vendor fails", "category": "operational", "division_id": team.division}
    made(business.office.post("/risks", json=risk | {"owner_id": team.junior.person}))
    limits = f"/staffing-policies/{POLICY_ID}/set-senior-experience"
    done(business.hr.post(limits, json={"years": "10", "reason": "Policy."}))
    planned = {"name": "Mail", "summary": "", "division_id": team.division, "criticality": "high"}
    service = made(business.office.post("/services", json=planned))
    asked = {"title": "Patch", "description": "", "kind": "normal", "division_id": team.division}
    made(business.office.post("/changes", json={**asked, "service_ids": [service]}))
    business.settle()
    wait_until(lambda: bool(items(business.office.get("/exceptions"))), "the exception is raised")
    return [row for running in business.company.running.values() for row in answers(running)]


def plan(business: Business, project: str) -> None:
    """A plan with a baseline, a change request, and an exception."""
    work = {"package_id": project, "name": "Build", "planned_value": "1000"}
    days = {"start": str(TODAY), "end": str(TODAY + timedelta(days=9))}
    body = {"currency": "EUR", "packages": [work | {"plan": days}]}
    done(business.office.post(f"/plans/{project}/draft", json=body))
    done(business.office.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    asked = {"project_id": project, "subject": "baseline", "reason": "Dearer.", "budget": euros(1300)}
    made(business.office.post("/change-requests", json=asked))
    done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    late = {"as_of": str(TODAY), "expected_completion": str(TODAY + timedelta(days=90))}
    done(on_project(business.office, project, "report-progress", **late))


def test_who_may_do_what_by_role_alone_is_as_the_table_says(asked: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["service", "operation", *CALLERS], *asked])
    if WRITES:
        TABLE.write_text(text.getvalue())
    assert text.getvalue().splitlines() == TABLE.read_text().splitlines()


def test_nobody_without_a_token_gets_in_but_where_only_figures_are_shown(asked: list[list[str]]) -> None:
    assert {row[1] for row in asked if row[2] != "401"} == OPEN
