"""Services over HTTP: who may, dependencies, reports by other tools, availability, the desk, a leaver's services."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import people
from contracts.roles import Role
from tests.business import Business, Json, Team, at_once, done, items, made, not_authorised, refused
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY

LAST_MONTH = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)
FIRST, LAST = str(LAST_MONTH), str(TODAY.replace(day=1) - timedelta(days=1))


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture
def service(business: Business, team: Team) -> str:
    return plan(business, team)


def plan(business: Business, team: Team, **changes: Any) -> str:
    body = {
        "name": f"Mail {uuid4().hex[:6]}",
        "summary": "Sends and receives.",
        "division_id": team.division,
        "owner_id": team.manager.person,
        "criticality": "high",
    }
    return made(business.office.post("/services", json=body | changes))


def on_service(client: httpx.Client, service: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/services/{service}/{command}", json=body)


def incident(service: str, **changes: Any) -> Json:
    return {
        "source": "helpdesk",
        "key": uuid4().hex,
        "service_id": service,
        "title": "No mail",
        "priority": "high",
        "opened_at": f"{FIRST}T08:00:00Z",
        **changes,
    }


def outage(service: str, start: str, end: str | None, **changes: Any) -> Json:
    times = {"began_at": f"{FIRST}T{start}Z", "ended_at": end and f"{FIRST}T{end}Z"}
    return {"source": "monitor", "key": uuid4().hex, "service_id": service, "cause": "disk", **times, **changes}


def test_a_service_is_planned_owned_live_and_found(business: Business, team: Team) -> None:
    service = plan(business, team, name="Payroll interface", owner_id=None)
    refused(on_service(business.office, service, "go-live"), "live-service-has-owner")
    named = {"owner_id": team.manager.person, "reason": "Runs it."}
    done(on_service(business.office, service, "name-owner", **named))
    owner = business.as_person("portfolio", team.manager)
    assert done(on_service(owner, service, "go-live"))["stage"] == "live"
    found = items(business.office.get("/services", params={"q": "payroll", "stage": "live", "sort": "name"}))
    assert [each["id"] for each in found] == [service]
    assert len(items(business.office.get(f"/services/{service}/history"))) == 3


def test_only_those_who_keep_a_service_change_it(business: Business, team: Team, service: str) -> None:
    colleague = business.as_person("portfolio", team.junior)
    not_authorised(on_service(colleague, service, "go-live"))
    not_authorised(on_service(colleague, service, "depend-on", service_id=str(uuid4())))
    not_authorised(colleague.post("/incidents", json=incident(service)))
    body = {"name": "M", "summary": "", "division_id": team.division, "criticality": "low"}
    not_authorised(colleague.post("/services", json=body))


def test_services_depend_on_each_other_without_a_cycle(business: Business, team: Team) -> None:
    mail, directory, network = (plan(business, team) for _ in range(3))
    done(on_service(business.office, mail, "depend-on", service_id=directory))
    done(on_service(business.office, directory, "depend-on", service_id=network))
    refused(on_service(business.office, network, "depend-on", service_id=mail), "no-cycles")
    refused(on_service(business.office, network, "depend-on", service_id=str(uuid4())), "service-not-known")
    found = items(business.office.get("/services", params={"depends_on": directory}))
    assert [each["id"] for each in found] == [mail]


def test_two_dependencies_at_once_never_close_a_cycle(business: Business, team: Team) -> None:
    one, other = plan(business, team), plan(business, team)
    answers = at_once(
        [
            lambda: on_service(business.office, one, "depend-on", service_id=other),
            lambda: on_service(business.office, other, "depend-on", service_id=one),
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_a_service_that_others_in_use_depend_on_is_not_retired(business: Business, team: Team) -> None:
    mail, directory = plan(business, team, name="Mail that needs it"), plan(business, team)
    done(on_service(business.office, mail, "depend-on", service_id=directory))
    for each in (mail, directory):
        done(on_service(business.office, each, "go-live"))
    done(on_service(business.office, directory, "begin-retirement", reason="Replaced."))
    problem = refused(on_service(business.office, directory, "retire"), "service-depended-on")
    assert "Mail that needs it" in problem["detail"]
    done(on_service(business.office, mail, "depend-no-longer", service_id=directory))
    assert done(on_service(business.office, directory, "retire"))["stage"] == "retired"


def test_a_tools_key_is_one_incident_which_it_corrects(business: Business, service: str) -> None:
    targets = {"resolution": [{"priority": "high", "minutes": 240}]}
    done(on_service(business.office, service, "agree-targets", since=FIRST, targets=targets))
    body = incident(service)
    first = business.office.post("/incidents", json=body)
    id = made(first)
    assert first.headers["location"] == f"/incidents/{id}"
    again = done(business.office.post("/incidents", json=body))
    assert (again["id"], again["version"]) == (id, 1)
    resolved = body | {"resolved_at": f"{FIRST}T12:00:00Z"}
    corrected = done(business.office.post("/incidents", json=resolved))
    assert (corrected["id"], corrected["status"], corrected["within_target"]) == (id, "resolved", True)
    late = body | {"resolved_at": f"{FIRST}T12:00:01Z"}
    bulk = {"commands": [{"command": "report_incident", "body": late}]}
    (outcome,) = done(business.office.post("/commands", json=bulk))["outcomes"]
    assert (outcome["id"], outcome["changed"]) == (id, True)
    assert done(business.office.get(f"/incidents/{id}"))["within_target"] is False
    refused(business.office.post(f"/incidents/{uuid4()}/report", json=body), "id-follows-from-key")
    found = items(business.office.get("/incidents", params={"service_id": service, "within_target": "false"}))
    assert [each["id"] for each in found] == [id]


def test_reports_of_an_unknown_service_are_not_found(business: Business) -> None:
    unknown = str(uuid4())
    assert business.office.post("/incidents", json=incident(unknown)).status_code == 404
    assert business.office.post("/outages", json=outage(unknown, "08:00:00", None)).status_code == 404
    measured = {"source": "p", "key": "1", "service_id": unknown, "metric": "m", "value": "1", "unit": "s"}
    body = measured | {"measured_at": f"{FIRST}T08:00:00Z"}
    assert business.office.post("/measurements", json=body).status_code == 404
    assert business.office.get(f"/services/{unknown}/availability?from={FIRST}&to={LAST}").status_code == 404


def test_an_outage_that_ends_before_it_begins_is_refused_with_the_field(business: Business, service: str) -> None:
    answer = business.office.post("/outages", json=outage(service, "10:00:00", "09:00:00"))
    assert answer.status_code == 422
    assert any("ended_at" in str(each) for each in answer.json()["errors"]), answer.text


def test_availability_is_computed_exactly_and_beside_the_target(business: Business, service: str) -> None:
    targets = {"availability": "99.9", "planned_share": "50"}
    done(on_service(business.office, service, "agree-targets", since=FIRST, targets=targets))
    made(business.office.post("/outages", json=outage(service, "08:00:00", "09:00:00")))
    made(business.office.post("/outages", json=outage(service, "08:30:00", "09:30:00")))
    made(business.office.post("/outages", json=outage(service, "20:00:00", "22:00:00", planned=True)))
    mistaken = made(business.office.post("/outages", json=outage(service, "12:00:00", "18:00:00")))
    done(business.office.post(f"/outages/{mistaken}/withdraw", json={"reason": "A test."}))
    window = {"starts_at": f"{FIRST}T20:00:00Z", "ends_at": f"{FIRST}T21:00:00Z", "reason": "Agreed."}
    done(on_service(business.office, service, "exclude-time", exclusion_id=str(uuid4()), **window))
    found = done(business.office.get(f"/services/{service}/availability", params={"from": FIRST, "to": LAST}))
    days = (TODAY.replace(day=1) - LAST_MONTH).days
    assert float(found["agreed_seconds"]) == days * 86400 - 3600
    assert float(found["downtime_seconds"]) == 5400 + 1800
    assert found["attained"] is False
    assert [each["downtime_seconds"] for each in found["months"]] == [found["downtime_seconds"]]
    assert float(found["availability"]) == pytest.approx(100 * (1 - 7200 / (days * 86400 - 3600)), abs=0.00006)


def test_an_outage_that_goes_on_counts_until_now_and_one_from_the_month_before_counts_from_its_first_day(
    business: Business, service: str
) -> None:
    done(on_service(business.office, service, "agree-targets", since="2020-01-01", targets={}))
    long = {"began_at": "2020-01-31T12:00:00Z", "ended_at": "2020-03-01T12:00:00Z"}
    made(business.office.post("/outages", json=outage(service, "08:00:00", None) | long))
    query = {"from": "2020-02-01", "to": "2020-02-29"}
    found = done(business.office.get(f"/services/{service}/availability", params=query))
    assert float(found["availability"]) == 0
    march = {"from": "2020-03-01", "to": "2020-03-01"}
    assert float(done(business.office.get(f"/services/{service}/availability", params=march))["availability"]) == 50
    began = {"began_at": f"{TODAY - timedelta(days=1)}T00:00:00Z"}
    made(business.office.post("/outages", json=outage(service, "08:00:00", None) | began))
    today = {"from": str(TODAY), "to": str(TODAY)}
    now = done(business.office.get(f"/services/{service}/availability", params=today))
    assert (float(now["availability"]), now["agreed_seconds"]) == (0, now["downtime_seconds"])


def test_a_period_is_in_order_and_bounded(business: Business, service: str) -> None:
    for period in ({"from": LAST, "to": FIRST}, {"from": "2000-01-01", "to": LAST}):
        answer = business.office.get(f"/services/{service}/availability", params=period)
        assert answer.status_code == 422, answer.text


def test_attainment_counts_incidents_by_priority(business: Business, service: str) -> None:
    for priority, within in (("critical", True), ("high", True), ("high", False), ("low", None)):
        made(business.office.post("/incidents", json=incident(service, priority=priority, within_target=within)))
    found = done(business.office.get(f"/services/{service}/attainment", params={"from": FIRST, "to": LAST}))
    assert (found["incidents"], found["within_target"], found["missed"]) == (4, 2, 1)
    assert float(found["share"]) == 66.6667
    assert [each["priority"] for each in found["priorities"]] == ["critical", "high", "low"]


def test_the_services_of_a_leaver_pass_up_the_line(business: PortfolioAlone) -> None:
    team = business.team()
    mine = plan(business, team, owner_id=team.junior.person)
    unheard = plan(business, team, owner_id=team.head.person)
    above = people.PersonLeft(line_manager_id=UUID(team.manager.person), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.junior.person}", above)
    business.leave(team.head)
    business.settle()
    assert done(business.office.get(f"/services/{mine}"))["owner_id"] == team.manager.person
    found = items(business.office.get("/services", params={"unresolved": "true"}))
    assert [each["id"] for each in found] == [unheard]
    waiting = done(business.office.get("/desk"))["decisions"]
    assert unheard in [each["id"] for each in waiting if each["what"] == "name an owner of the service"]


def test_a_service_that_waits_for_an_owner_passes_on_once_somebody_above_is_known_of(business: PortfolioAlone) -> None:
    team = business.team()
    service, above = plan(business, team, owner_id=team.head.person), business.post(team.division, "executive")
    business.leave(team.head)
    business.settle()
    assert done(business.office.get(f"/services/{service}"))["unresolved"] is True
    late = people.LineManagerChanged(line_manager_id=UUID(above.person), effective_on=TODAY)
    business.neighbours.tell("people", f"person-{team.head.person}", late)
    business.settle()
    found = done(business.office.get(f"/services/{service}"))
    assert (found["owner_id"], found["unresolved"]) == (above.person, False)
    business.neighbours.tell("people", f"person-{team.head.person}", late)
    business.settle()
    assert done(business.office.get(f"/services/{service}"))["version"] == found["version"]


def test_an_owner_whose_leaving_is_withdrawn_keeps_a_service_without_a_successor(business: PortfolioAlone) -> None:
    team = business.team()
    service = plan(business, team, owner_id=team.head.person)
    business.leave(team.head)
    business.settle()
    back = people.LeavingWithdrawn(reason="It was another person.")
    business.neighbours.tell("people", f"person-{team.head.person}", back)
    business.settle()
    found = done(business.office.get(f"/services/{service}"))
    assert (found["owner_id"], found["unresolved"]) == (team.head.person, False)


def test_the_desk_shows_what_an_owner_has_to_do(business: Business, team: Team) -> None:
    mine = plan(business, team, owner_id=team.junior.person)
    owner = business.as_person("portfolio", team.junior)
    written = {"rto_minutes": 60, "rpo_minutes": 5, "plan": "Restore it."}
    done(on_service(owner, mine, "write-continuity-plan", **written))
    done(on_service(business.office, mine, "require-standard", standard="ISO 27001"))
    manager = business.as_person("portfolio", team.manager)
    exception = {"standard": "ISO 27001", "until": str(TODAY + timedelta(days=5)), "reason": "Audit."}
    not_authorised(on_service(owner, mine, "except-from-standard", **exception))
    done(on_service(manager, mine, "except-from-standard", **exception))
    due = {each["what"]: each for each in done(owner.get("/desk", params={"days": 366}))["due"]}
    assert due["an exception to a standard ends"]["due_on"] == exception["until"]
    assert due["the continuity plan is to be tested"]["due_on"] >= str(TODAY + timedelta(days=364))
    steering = business.system("portfolio", Role.EXECUTIVE, subject=str(uuid4()))
    limits = {"continuity_test_months": 1, "reason": "More often."}
    done(steering.post(f"/portfolio-policies/{'0' * 8}-0000-0000-0000-{'0' * 12}/set-limits", json=limits))
    due = {each["what"]: each for each in done(owner.get("/desk", params={"days": 366}))["due"]}
    assert due["the continuity plan is to be tested"]["due_on"] <= str(TODAY + timedelta(days=31))
