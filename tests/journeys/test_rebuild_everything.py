"""Every read model of every service is rebuilt from the first event, and is what it was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from contracts.roles import Role
from tests.business import Business, Team, done, euros, items, made, on_project, ordered
from tests.harness import Running, wait_until
from tests.today import TODAY

READERS = [("portfolio", "reference"), ("finance", "reference"), ("reporting", "picture")]


def tables(running: Running, reader: str) -> dict[str, Sequence[Any]]:
    """All rows of a reader's tables."""
    engine = create_engine(running.own.database_url)
    with engine.connect() as connection:
        found = {
            table: connection.execute(text(f"SELECT * FROM {table} ORDER BY id::text")).all()
            for table in running.service.read_models()[reader]
        }
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def lived(business: Business) -> Business:
    """A business in which something of everything has happened."""
    team = business.team()
    initiative = {"name": "Renewal", "purpose": "Renew it.", "division_id": team.division}
    made(business.office.post("/initiatives", json=initiative))
    budget = business.division_budget(team.division, 5000)
    project = business.approved(team)
    done(business.fund(project, {"amount": "1000", "currency": "EUR"}, budget))
    ordered(business.controller, project, 100)
    business.spend(project, 50)
    delegation = {"delegate_id": team.manager.person, "scope": "Everything.", "until": None}
    done(business.as_person("portfolio", team.senior).post(f"/projects/{project}/offer-delegation", json=delegation))
    planned(business, team, project)
    certified(business, team.manager.person)
    business.leave(team.junior)
    business.settle()
    return business


def certified(business: Business, person: str) -> None:
    """Somebody holds a certificate of budget management."""
    scheme = {"name": "Budgets", "issuer": "IPMA", "valid_months": 36, "budget_management": True}
    defined = made(business.hr.post("/certificate-schemes", json=scheme))
    awarded = {"certificate_id": str(uuid4()), "scheme_id": defined, "awarded_on": str(TODAY)}
    done(business.hr.post(f"/qualifications/{person}/record-certificate", json=awarded))


def planned(business: Business, team: Team, project: str) -> None:
    """A baseline with a late forecast, a risk, a scheduled change and a window."""
    office = business.office
    business.settle()
    done(on_project(office, project, "start", effective_on=str(TODAY)))
    days = {"start": str(TODAY), "end": str(TODAY + timedelta(days=9))}
    work = {"package_id": project, "name": "Build", "planned_value": "1000", "plan": days}
    done(office.post(f"/plans/{project}/draft", json={"currency": "EUR", "packages": [work]}))
    done(office.post(f"/plans/{project}/set-baseline", json={"budget": euros(1000)}))
    late = str(TODAY + timedelta(days=90))
    done(on_project(office, project, "report-progress", as_of=str(TODAY), expected_completion=late))
    wait_until(lambda: bool(items(office.get("/exceptions"))), "the exception is raised")
    risk = {"title": "The vendor fails", "category": "operational", "division_id": team.division}
    made(office.post("/risks", json=risk | {"owner_id": team.senior.person}))
    of = {"name": "Mail", "summary": "", "division_id": team.division, "criticality": "high"}
    service = made(office.post("/services", json=of | {"owner_id": team.manager.person}))
    change = {"title": "New disks", "description": "", "kind": "normal", "division_id": team.division}
    made(office.post("/changes", json=change | {"service_ids": [service]}))
    window = {"name": "Year end", "kind": "freeze", "time_zone": "UTC", "service_ids": [service]}
    times = {"starts": f"{TODAY}T01:00", "ends": f"{TODAY + timedelta(days=1)}T01:00"}
    made(office.post("/change-windows", json=window | times))


@pytest.mark.parametrize(("service", "reader"), READERS, ids=[" ".join(names) for names in READERS])
def test_a_rebuilt_read_model_is_what_it_was(lived: Business, service: str, reader: str) -> None:
    running = lived.company.running[service]
    before = tables(running, reader)
    assert all(before.values()), {table for table, rows in before.items() if not rows}
    administrator = lived.system(service, Role.ADMINISTRATOR)
    asked = administrator.post("/rebuilds", json={"reader": reader})
    assert asked.status_code == 202, asked.text
    found: dict[str, Any] = {}

    def ended() -> bool:
        found.update(administrator.get(asked.headers["location"]).json())
        return found["state"] not in ("waiting", "reading")

    wait_until(ended, "it has ended")
    assert (found["state"], found["reason"]) == ("done", None)
    assert tables(running, reader) == before
    team = lived.team()  # life goes on
    assert str(team.senior.person) in str(tables(running, reader)) or service == "finance"
