"""Changes over HTTP: the whole life, freezes, meetings at one moment, the calendar, the desk, lists."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests.business import Business, Json, Team, at_once, done, made, refused
from tests.today import TODAY

MONDAY = TODAY + timedelta(days=40)


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture
def service(business: Business, team: Team) -> str:
    return plan(business, team.division, team.manager.person)


def plan(business: Business, division: str, owner: str | None = None) -> str:
    body = {"name": f"Mail {uuid4().hex[:6]}", "summary": "", "division_id": division, "criticality": "high"}
    return made(business.office.post("/services", json=body | {"owner_id": owner}))


def asked(team: Team, *services: str, **changes: Any) -> Json:
    body = {"title": f"Change {uuid4().hex[:6]}", "description": "", "kind": "normal", "division_id": team.division}
    return {**body, "service_ids": list(services), **changes}


def on_change(client: httpx.Client, change: str, command: str, **body: Any) -> httpx.Response:
    return client.post(f"/changes/{change}/{command}", json=body)


def ready(business: Business, team: Team, *services: str) -> str:
    """An authorised change with a back-out plan, raised by the junior manager."""
    raiser = business.as_person("portfolio", team.junior)
    change = made(raiser.post("/changes", json=asked(team, *services)))
    done(on_change(business.office, change, "assess", risk="low", impact="None."))
    done(on_change(business.office, change, "authorise"))
    done(on_change(raiser, change, "plan-back-out", back_out_plan="Start the old one."))
    return change


def at(hour: int, day: int = 0) -> Json:
    start = datetime.combine(MONDAY + timedelta(days=day), datetime.min.time(), UTC) + timedelta(hours=hour)
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}


def freeze(**changes: Any) -> Json:
    """A freeze of the whole day, in a zone an hour ahead of UTC all year."""
    times = {"starts": f"{MONDAY}T01:00", "ends": f"{MONDAY + timedelta(days=1)}T01:00"}
    return {"name": "Year end", "kind": "freeze", "time_zone": "Africa/Lagos", **times, **changes}


def test_a_change_goes_its_whole_way_and_is_adopted(business: Business, team: Team, service: str) -> None:
    raiser, owner = (business.as_person("portfolio", each) for each in (team.junior, team.manager))
    change = made(raiser.post("/changes", json=asked(team, service, kind="emergency")))
    refused(on_change(raiser, change, "authorise"), "not-authorised", 403)
    done(on_change(owner, change, "authorise"))
    done(on_change(raiser, change, "plan-back-out", back_out_plan="Start the old one."))
    now = datetime.now(UTC)
    times = {"starts_at": (now - timedelta(hours=2)).isoformat(), "ends_at": now.isoformat()}
    done(on_change(raiser, change, "schedule", **times))
    finished = (now - timedelta(hours=1)).isoformat()
    done(on_change(raiser, change, "record-implementation", finished_at=finished))
    done(on_change(owner, change, "review", succeeded=True, findings="Well."))
    done(on_change(owner, change, "close"))
    done(on_change(raiser, change, "name-audience", audience="Sales", size=40, target=30))
    message = {"message_id": str(uuid4()), "audience": "Sales", "subject": "New mail", "sent_at": finished}
    done(on_change(raiser, change, "send-message", **message))
    done(on_change(raiser, change, "record-readers", message_id=message["message_id"], readers=12))
    scores = {"awareness": 4, "desire": 3, "knowledge": 2, "ability": 4, "reinforcement": 4}
    done(on_change(raiser, change, "assess-readiness", audience="Sales", assessed_on=str(TODAY), **scores))
    found = done(on_change(raiser, change, "report-adoption", audience="Sales", using=20, as_of=str(TODAY)))
    (audience,) = found["audiences"]
    assert (found["stage"], float(audience["adoption"])) == ("closed", 66.6667)
    assert (audience["messages"][0]["readers"], audience["readiness"]["barrier"]) == (12, "desire")
    listed = {"kind": "emergency", "succeeded": "true", "service_id": service, "count": "true"}
    assert done(raiser.get("/changes", params=listed))["count"] == 1


def test_a_standard_change_is_raised_from_a_model_that_somebody_else_approved(
    business: Business, team: Team, service: str
) -> None:
    drafter = business.as_person("portfolio", team.senior, Role.MANAGER)
    body = {"name": "Restart", "division_id": team.division, "procedure": "Do it.", "back_out_plan": "Undo it."}
    model = made(drafter.post("/change-models", json=body))
    standard = asked(team, service, kind="standard", model_id=model)
    raiser = business.as_person("portfolio", team.junior)
    refused(raiser.post("/changes", json=standard), "model-approved")
    refused(drafter.post(f"/change-models/{model}/approve", json={}), "drafter-does-not-approve", 403)
    done(business.office.post(f"/change-models/{model}/approve", json={}))
    change = made(raiser.post("/changes", json=standard))
    assert done(on_change(raiser, change, "schedule", **at(1, day=5)))["back_out_plan"] == "Undo it."


def test_a_schedule_inside_a_freeze_is_refused_until_it_is_moved_or_excepted(
    business: Business, team: Team, service: str
) -> None:
    guardian = business.as_person("portfolio", team.head)
    window = freeze(service_ids=[service], excepted_by=[team.head.person])
    declared = made(business.office.post("/change-windows", json=window))
    change, raiser = ready(business, team, service), business.as_person("portfolio", team.junior)
    problem = refused(on_change(raiser, change, "schedule", **at(23)), "inside-freeze")
    assert declared in problem["detail"]
    assert f"{MONDAY + timedelta(days=1)} 01:00 Africa/Lagos" in problem["detail"]
    done(on_change(raiser, change, "schedule", **at(24)))
    exception = {"window_id": declared, "reason": "The law asks for it."}
    refused(on_change(business.office, change, "grant-freeze-exception", **exception), "not-authorised", 403)
    done(on_change(guardian, change, "grant-freeze-exception", **exception))
    assert done(on_change(raiser, change, "schedule", **at(12)))["exceptions"] == [declared]


def test_a_freeze_of_a_division_holds_for_the_services_of_those_below_it(business: Business, team: Team) -> None:
    below = business.division(parent=team.division)
    business.settle()
    inside, elsewhere = plan(business, below), plan(business, business.team().division)
    window = made(business.office.post("/change-windows", json=freeze(division_id=team.division)))
    refused(on_change(business.office, ready(business, team, inside), "schedule", **at(12)), "inside-freeze")
    done(on_change(business.office, ready(business, team, elsewhere), "schedule", **at(12)))
    done(business.office.post(f"/change-windows/{window}/withdraw", json={"reason": "Over."}))
    done(on_change(business.office, ready(business, team, inside), "schedule", **at(12)))


def test_a_freeze_over_scheduled_changes_lists_them_puts_them_on_the_desk_and_undoes_nothing(
    business: Business, team: Team, service: str
) -> None:
    change, raiser = ready(business, team, service), business.as_person("portfolio", team.junior)
    done(on_change(raiser, change, "schedule", **at(12)))
    window = business.office.post("/change-windows", json=freeze(service_ids=[service]))
    assert window.json()["inside"] == [change]

    def waits() -> list[str]:
        waiting = done(raiser.get("/desk"))["decisions"]
        return [each["id"] for each in waiting if each["what"] == "move the change out of the freeze"]

    assert waits() == [change]
    found = done(raiser.get(f"/changes/{change}"))
    assert (found["stage"], found["freezes"]) == ("scheduled", [made(window)])
    earlier = {"starts": f"{MONDAY - timedelta(days=3)}T00:00", "ends": f"{MONDAY}T00:00", "reason": "Sooner."}
    moved = done(business.office.post(f"/change-windows/{made(window)}/move", json=earlier))
    assert (moved["inside"], waits()) == ([], [])
    again = {"starts": f"{MONDAY}T00:00", "ends": f"{MONDAY + timedelta(days=1)}T00:00", "reason": "Not so soon."}
    done(business.office.post(f"/change-windows/{made(window)}/move", json=again))
    assert waits() == [change]
    done(on_change(raiser, change, "schedule", **at(48)))
    assert waits() == []


def test_changes_on_the_same_service_or_along_the_chain_of_dependencies_do_not_meet(
    business: Business, team: Team
) -> None:
    mail, directory, network, other = (plan(business, team.division) for _ in range(4))
    for above, below in ((mail, directory), (directory, network), (other, network)):
        done(business.office.post(f"/services/{above}/depend-on", json={"service_id": below}))
    first = ready(business, team, directory)
    done(on_change(business.office, first, "schedule", **at(1, day=2)))
    for touched in (mail, directory, network):
        second = ready(business, team, touched)
        problem = refused(on_change(business.office, second, "schedule", **at(2, day=2)), "changes-meet")
        assert first in problem["detail"]
        assert " on Mail " in problem["detail"]
    done(on_change(business.office, second, "schedule", **at(3, day=2)))
    # What else depends on the same service is no part of the chain.
    done(on_change(business.office, ready(business, team, other), "schedule", **at(1, day=2)))


def test_of_schedules_that_meet_given_at_the_same_moment_one_passes(business: Business, team: Team) -> None:
    mail, directory = plan(business, team.division), plan(business, team.division)
    done(business.office.post(f"/services/{mail}/depend-on", json={"service_id": directory}))
    changes = [ready(business, team, each) for each in (mail, directory, mail, directory)]
    answers = at_once([partial(on_change, business.office, each, "schedule", **at(9, day=3)) for each in changes])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_of_a_freeze_and_a_schedule_at_the_same_moment_neither_misses_the_other(business: Business, team: Team) -> None:
    for _ in range(3):
        service = plan(business, team.division)
        change = ready(business, team, service)
        scheduled, declared = at_once(
            [
                partial(on_change, business.office, change, "schedule", **at(12)),
                partial(business.office.post, "/change-windows", json=freeze(service_ids=[service])),
            ]
        )
        listed = declared.json()["inside"]
        assert (scheduled.status_code, listed) in ((200, [change]), (409, []))


def test_the_calendar_shows_changes_and_windows_of_a_division_and_those_below(business: Business) -> None:
    team = business.team()
    below = business.division(parent=team.division)
    business.settle()
    service = plan(business, below)
    change = ready(business, team, service)
    done(on_change(business.office, change, "schedule", **at(12, day=7)))
    day = MONDAY + timedelta(days=7)
    times = {"starts": f"{day}T11:00", "ends": f"{day}T20:00"}
    window = made(business.office.post("/change-windows", json=freeze(division_id=team.division) | times))

    def calendar(**asked: Any) -> Json:
        return done(business.office.get("/change-calendar", params=asked))

    found = calendar(**{"from": str(day), "to": str(day), "division_id": team.division})
    assert ([each["id"] for each in found["changes"]], found["changes"][0]["in_freeze"]) == ([change], True)
    assert ([each["id"] for each in found["windows"]], found["complete"]) == ([window], True)
    of_below = calendar(**{"from": str(day), "to": str(day), "division_id": below})
    assert ([each["id"] for each in of_below["windows"]], of_below["changes"]) == ([window], [])
    after = {"from": str(day + timedelta(days=1)), "to": str(day + timedelta(days=9)), "division_id": team.division}
    assert calendar(**after)["changes"] == []
    assert change in [each["id"] for each in calendar(**{"from": str(day), "to": str(day)})["changes"]]
    answer = business.office.get("/change-calendar", params={"from": str(day), "to": str(TODAY)})
    assert answer.status_code == 422


def test_the_desk_shows_what_waits_for_whom(business: Business, team: Team, service: str) -> None:
    raiser, owner = (business.as_person("portfolio", each) for each in (team.junior, team.manager))
    change = made(raiser.post("/changes", json=asked(team, service)))

    def waits(client: httpx.Client, what: str) -> bool:
        desk = done(client.get("/desk"))
        return (change, what) in [(each["id"], each["what"]) for each in desk["decisions"] + desk["due"]]

    assert waits(owner, "assess the change")
    done(on_change(owner, change, "assess", risk="high", impact="All of it."))
    assert waits(owner, "authorise the change")
    assert waits(business.as_person("portfolio", team.head), "authorise the change")
    assert not waits(raiser, "authorise the change")
    done(on_change(owner, change, "authorise"))
    done(on_change(raiser, change, "plan-back-out", back_out_plan="Undo it."))
    done(on_change(raiser, change, "schedule", **at(12, day=9)))
    assert waits(raiser, "the change is to be carried out")


def test_unknown_services_and_projects_are_refused_alike(business: Business, team: Team, service: str) -> None:
    refused(business.office.post("/changes", json=asked(team, str(uuid4()))), "service-not-known")
    of_project = asked(team, service, project_id=str(uuid4()))
    refused(business.office.post("/changes", json=of_project), "project-not-known")
    answer = business.office.post("/change-windows", json=freeze(service_ids=[service], time_zone="Europe/Atlantis"))
    assert answer.status_code == 422
