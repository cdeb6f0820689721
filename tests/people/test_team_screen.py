"""A screen of a team of twenty, with names, positions, due items and allowed actions, takes three requests."""

import httpx

from tests.people.cast import Cast, wanted_tool

TWENTY = 20


def test_a_team_of_twenty_is_shown_with_three_requests(cast: Cast) -> None:
    for number in range(TWENTY - 1):  # one is there already
        cast.join(f"member {number}", "staff", "junior")
    cast.post(cast.as_person("member"), "/tools", **wanted_tool(cast))
    asked: list[str] = []
    manager = cast.as_person("junior")
    manager.event_hooks = {"request": [lambda request: asked.append(str(request.url))]}
    screen = shown(manager, cast.persons["junior"])
    assert len(asked) <= 3, asked
    assert len(screen) == TWENTY
    for id, (name, title, actions, waiting) in screen.items():
        assert (name.split()[0], title) == ("Member", "Staff")
        assert (actions["record-absence"], actions["suspend"]) == (True, False)
        assert waiting == (["approve the tool"] if id == cast.persons["member"] else [])


Row = tuple[str, str, dict[str, bool], list[str]]


def shown(client: httpx.Client, manager: str) -> dict[str, Row]:
    """What the screen shows of each person: name, title, whether each action is allowed, and what waits."""
    team = client.get("/persons", params={"line_manager_id": manager}).json()["items"]
    ids = [person["id"] for person in team]
    actions = {
        each["id"]: {action["name"]: action["allowed"] for action in each["actions"]}
        for each in client.get("/persons/actions", params={"id": ids}).json()["items"]
    }
    desk = client.get("/desk").json()
    waiting = [(item["person_id"], item["what"]) for item in [*desk["decisions"], *desk["due"]]]
    return {
        person["id"]: (
            person["name"],
            person["appointment"]["title"],
            actions[person["id"]],
            [what for id, what in waiting if id == person["id"]],
        )
        for person in team
    }


def test_a_list_names_the_records_it_refers_to(cast: Cast) -> None:
    asked = {"id": [cast.persons["junior"], cast.persons["stranger"]]}
    division = cast.hr.get(f"/divisions/{cast.division}").json()
    names = cast.as_person("junior").get("/persons", params=asked).json()["names"]
    positions = {cast.positions[name]: title for name, title in (("junior", "Junior Manager"), ("stranger", "Manager"))}
    assert names == {cast.division: division["name"], **positions}
    assert cast.hr.get("/divisions", params={"id": cast.division}).json()["names"] == {}


def test_one_record_names_those_it_refers_to_by_whatever_field(cast: Cast) -> None:
    mine = cast.as_person("junior").get(f"/persons/{cast.persons['junior']}").json()
    position = cast.hr.get(f"/positions/{mine['appointment']['position_id']}").json()
    assert mine["names"][position["id"]] == position["title"]
    above = cast.hr.get(f"/positions/{position['reports_to']}").json()
    assert position["names"] == {position["division_id"]: cast.hr.get(f"/divisions/{cast.division}").json()["name"]} | {
        above["id"]: above["title"]
    }
