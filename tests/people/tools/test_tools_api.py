"""Tools over HTTP: who asks, approves, issues and acknowledges; leaving with tools still out; what is overdue."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.roles import Role
from tests.harness import Company, Running
from tests.people.cast import Cast, forbidden, refused, unknown, wanted_tool
from tests.people.clocked import becomes, noon
from tests.today import TODAY


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


def approved(cast: Cast, name: str = "member") -> str:
    """The path of a tool that somebody asked for, and the manager approved."""
    path = f"/tools/{cast.post(cast.as_person(name), '/tools', **wanted_tool(cast, name))['id']}"
    cast.post(cast.as_person("manager"), f"{path}/approve")
    return path


def issued(cast: Cast, name: str = "member", **more: Any) -> str:
    """The path of a tool that somebody has."""
    path = approved(cast, name)
    cast.post(cast.hr, f"{path}/issue", person_id=cast.persons[name], **more)
    return path


def test_a_tool_is_asked_for_by_the_person_or_their_line_manager_and_approved_further_up(cast: Cast) -> None:
    for client in (cast.as_person("peer"), cast.as_person("manager"), cast.hr):
        forbidden(client.post("/tools", json=wanted_tool(cast)))
    path = f"/tools/{cast.post(cast.as_person('junior'), '/tools', **wanted_tool(cast))['id']}"
    refused(cast.as_person("junior").post(f"{path}/approve", json={}), "requester-is-not-approver", 403)
    forbidden(cast.as_person("member").post(f"{path}/approve", json={}))
    forbidden(cast.hr.post(f"{path}/approve", json={}))
    cast.post(cast.as_person("manager"), f"{path}/approve")
    told = [item for item in cast.hr.get(f"{path}/history").json()["items"] if item["published_number"]]
    assert [each["type"] for each in told] == ["ToolApproved"]
    assert told[0]["data"]["cost"] == {"amount": "1500", "currency": "EUR"}
    assert told[0]["data"]["division_id"] == cast.division
    own = f"/tools/{cast.post(cast.as_person('junior'), '/tools', **wanted_tool(cast, 'junior'))['id']}"
    assert cast.post(cast.as_person("senior"), f"{own}/decline", reason="Later.")["status"] == "declined"


def test_a_tool_is_paid_by_the_division_of_whom_it_is_for(cast: Cast) -> None:
    other = cast.elsewhere("outsider", "staff")
    for name in ("member", "junior"):
        refused(
            cast.as_person(name).post("/tools", json=wanted_tool(cast) | {"division_id": other}), "own-division", 403
        )
    cast.post(cast.as_person("outsider"), "/tools", **wanted_tool(cast, "outsider") | {"division_id": other})


def test_who_has_nobody_above_them_is_approved_by_hr(cast: Cast) -> None:
    path = f"/tools/{cast.post(cast.as_person('director'), '/tools', **wanted_tool(cast, 'director'))['id']}"
    refused(cast.as_person("director", Role.HR).post(f"{path}/approve", json={}), "nobody-on-themself", 403)
    cast.post(cast.hr, f"{path}/approve")


def test_a_tool_goes_from_hand_to_hand_one_at_a_time(cast: Cast) -> None:
    path = approved(cast)
    forbidden(cast.as_person("manager").post(f"{path}/issue", json={"person_id": cast.persons["member"]}))
    forbidden(cast.as_person("member").post(f"{path}/issue", json={"person_id": cast.persons["member"]}))
    cast.post(cast.as_person("junior"), f"{path}/issue", person_id=cast.persons["member"])
    refused(cast.hr.post(f"{path}/acknowledge", json={}), "custodian-acknowledges", 403)
    cast.post(cast.as_person("member"), f"{path}/acknowledge")
    refused(cast.hr.post(f"{path}/issue", json={"person_id": cast.persons["peer"]}), "one-custodian")
    forbidden(cast.as_person("member").post(f"{path}/return", json={"condition": "healthy"}))
    cast.post(cast.as_person("junior"), f"{path}/return", condition="minor damage")
    cast.post(cast.as_person("senior"), f"{path}/issue", person_id=cast.persons["peer"])
    assert cast.as_person("peer").get(path).json()["person_id"] == cast.persons["peer"]
    unknown(cast.as_person("junior").get(path))


def test_what_somebody_has_is_seen_by_them_the_line_above_and_those_who_keep_tools(cast: Cast) -> None:
    path = issued(cast)
    id = path.rpartition("/")[2]

    def listed(client: httpx.Client) -> bool:
        return id in [item["id"] for item in client.get("/tools").json()["items"]]

    administrator = cast.people.client(Role.ADMINISTRATOR)
    for client in (*map(cast.as_person, ("member", "junior", "director")), cast.hr, administrator):
        assert client.get(path).json()["reason"] == "The old one broke."
        assert listed(client)
    for client in (cast.as_person("peer"), cast.as_person("stranger", Role.EXECUTIVE)):
        unknown(client.get(path))
        unknown(client.post(f"{path}/report-lost", json={"reason": "Gone."}))
        assert not listed(client)
    cast.post(cast.hr, f"{path}/return", condition="healthy")
    at_hand = cast.as_person("peer").get(path).json()
    assert (at_hand["status"], at_hand["reason"], at_hand["requested_by"]) == ("returned", None, [])
    assert listed(cast.as_person("peer"))
    types = [item["type"] for item in cast.as_person("peer").get(f"{path}/history").json()["items"]]
    assert types == ["ToolApproved"], "who had it before is not everybody's to know"
    moment = cast.hr.get(f"{path}/history").json()["items"][2]["recorded_at"]
    assert cast.as_person("member").get(path, params={"known_at": moment}).json()["status"] == "issued"
    unknown(cast.as_person("peer").get(path, params={"known_at": moment}))


def test_why_a_tool_was_asked_for_stays_with_whom_it_was_asked_for(cast: Cast) -> None:
    path = issued(cast)
    cast.post(cast.hr, f"{path}/return", condition="healthy")
    cast.post(cast.hr, f"{path}/issue", person_id=cast.persons["peer"])
    found = cast.as_person("peer").get(path).json()
    assert (found["person_id"], found["reason"], found["requested_by"]) == (cast.persons["peer"], None, [])
    types = [item["type"] for item in cast.as_person("peer").get(f"{path}/history").json()["items"]]
    assert types == ["ToolApproved"]


def test_nobody_leaves_with_tools_still_out(cast: Cast) -> None:
    cast.join("leaver", "staff", "junior", TODAY)
    leaver = f"/persons/{cast.persons['leaver']}"
    one, other = issued(cast, "leaver"), issued(cast, "leaver")
    leaving = {"effective_on": str(TODAY)}
    refused(cast.hr.post(f"{leaver}/record-leaving", json=leaving), "tools-returned")
    cast.post(cast.hr, f"{one}/return", condition="healthy")
    refused(cast.hr.post(f"{leaver}/record-leaving", json=leaving), "tools-returned")
    cast.post(cast.as_person("leaver"), f"{other}/report-lost", reason="Left on a train.")
    assert cast.post(cast.hr, f"{leaver}/record-leaving", **leaving)["employment"] == "left"
    refused(cast.hr.post(f"{one}/issue", json={"person_id": cast.persons["leaver"]}), "person-employed")


def test_a_tool_not_returned_in_time_is_overdue(cast: Cast, firm: Company) -> None:
    path = issued(cast, return_by=str(TODAY + timedelta(days=3)))
    firm.move_clock(noon(3))
    assert cast.hr.get(path).json()["overdue"] is False
    firm.move_clock(noon(4))
    becomes(cast.hr, path, overdue=True)
    last = cast.hr.get(f"{path}/history").json()["items"][-1]
    assert (last["type"], last["actor"]) == ("ToolOverdue", "system:people")
    assert cast.post(cast.hr, f"{path}/return", condition="healthy")["overdue"] is False
    firm.move_clock(noon(0))
