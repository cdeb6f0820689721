"""Pay over HTTP: who sets it, who sees it, and that every look at it is recorded."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.roles import Role
from tests.people.cast import Cast, forbidden, refused, unknown
from tests.today import TODAY

FACTORS = [{"factor": "expertise", "finding": "Leads the network team."}]


def pay(amount: str = "60000", **more: Any) -> dict[str, Any]:
    yearly = {"amount": amount, "currency": "EUR"}
    return {"yearly": yearly, "factors": FACTORS, "effective_on": str(TODAY), **more}


@pytest.fixture(scope="module")
def paid(cast: Cast) -> str:
    """The path of the member's pay, set by their manager."""
    path = f"/pay/{cast.persons['member']}"
    cast.post(cast.as_person("junior"), f"{path}/set", **pay())
    return path


@pytest.mark.parametrize("name", ["member", "junior", "manager", "senior", "director"])
def test_the_person_and_everybody_above_see_the_pay(cast: Cast, paid: str, name: str) -> None:
    found = cast.as_person(name).get(paid)
    assert found.status_code == 200, found.text
    assert found.json()["yearly"]["currency"] == "EUR"
    assert found.json()["factors"] == FACTORS


@pytest.mark.parametrize("name", ["peer", "stranger"])
def test_for_everybody_else_there_is_no_pay(cast: Cast, paid: str, name: str) -> None:
    unknown(cast.as_person(name).get(paid))
    unknown(cast.as_person(name).get(f"{paid}/history"))
    unknown(cast.as_person(name).post(f"{paid}/set", json=pay()))
    listed = cast.as_person(name).get("/pay").json()["items"]
    assert cast.persons["member"] not in [item["person_id"] for item in listed]


@pytest.mark.parametrize("name", ["peer", "stranger", "manager"])
def test_nobody_learns_from_setting_it_whether_there_is_pay(cast: Cast, paid: str, name: str) -> None:
    for person in ("director", "senior"):  # the pay of nobody above is set, and it would not be theirs to set
        unknown(cast.as_person(name).post(f"/pay/{cast.persons[person]}/set", json=pay()))


def test_who_is_stood_in_for_keeps_their_own_pay_to_themself(cast: Cast, paid: str) -> None:
    standing = {"stand_in_id": cast.persons["stranger"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.as_person("member"), f"/persons/{cast.persons['member']}/name-stand-in", **standing)
    in_place = {"portolan-for": cast.persons["member"]}
    unknown(cast.as_person("stranger").get(paid, headers=in_place))
    items = cast.as_person("stranger").get("/pay", headers=in_place).json()["items"]
    assert cast.persons["member"] not in [item["person_id"] for item in items]


def test_no_reason_in_the_clear_is_kept_beside_what_is_sensitive(cast: Cast, paid: str) -> None:
    asked = cast.as_person("junior").post(f"{paid}/set", json=pay("61000"), headers={"portolan-reason": "Raise."})
    refused(asked, "reason-in-the-clear")
    items = cast.hr.get(f"{paid}/history").json()["items"]
    assert [item["reason"] for item in items] == [None] * len(items)


def test_neither_an_executive_nor_an_administrator_sees_pay_by_their_role(cast: Cast, paid: str) -> None:
    unknown(cast.as_person("stranger", Role.EXECUTIVE, Role.ADMINISTRATOR).get(paid))


def test_a_list_shows_the_pay_of_those_below(cast: Cast, paid: str) -> None:
    cast.post(cast.hr, f"/pay/{cast.persons['manager']}/set", **pay("70000"))

    def shown(name: str) -> set[str]:
        response = cast.as_person(name).get("/pay")
        return {item["person_id"] for item in response.json()["items"]} & {member, manager}

    member, manager = cast.persons["member"], cast.persons["manager"]
    assert shown("director") == shown("senior") == {member, manager}
    assert shown("manager") == {member, manager}, "their own and that of those below"
    assert shown("junior") == shown("member") == {member}


def test_nobody_sets_their_own_pay(cast: Cast, paid: str) -> None:
    forbidden(cast.as_person("member").post(f"{paid}/set", json=pay("90000")))
    as_hr = cast.as_person("member", Role.HR).post(f"{paid}/set", json=pay("90000"))
    refused(as_hr, "nobody-on-themself", 403)


def test_pay_to_come_is_planned_shown_beside_the_present_pay_and_cancelled(cast: Cast, paid: str) -> None:
    junior, later = cast.as_person("junior"), str(TODAY + timedelta(days=30))
    before = junior.get(paid).json()["yearly"]
    cast.post(junior, f"{paid}/set", **pay("65000", effective_on=later))
    shown = cast.as_person("member").get(paid).json()
    assert (shown["yearly"], shown["planned"][0]["effective_on"]) == (before, later)
    assert shown["planned"][0]["yearly"]["amount"] == "65000"
    changed = cast.post(junior, f"{paid}/set", **pay("60500"))
    assert (changed["yearly"]["amount"], changed["planned"][0]["effective_on"]) == ("60500", later)
    corrected = cast.post(junior, f"{paid}/correct", **pay("60600"), reason="A slip of the pen.")
    assert (corrected["yearly"]["amount"], len(corrected["planned"])) == ("60600", 1)
    forbidden(cast.as_person("member").post(f"{paid}/cancel-planned", json={}))
    unknown(cast.as_person("peer").post(f"{paid}/cancel-planned", json={}))
    forbidden(cast.hr.post(f"{paid}/put-into-effect", json={}))
    assert cast.post(junior, f"{paid}/cancel-planned")["planned"] == []


def test_pay_outside_the_band_of_the_grade_needs_a_reason(cast: Cast) -> None:
    band = {"grade": "manager", "currency": "CHF", "minimum": "90000", "maximum": "120000", "effective_on": str(TODAY)}
    made = cast.post(cast.hr, "/pay-bands", **band)
    low = pay() | {"yearly": {"amount": "80000", "currency": "CHF"}}
    path = f"/pay/{cast.persons['peer']}/set"
    told = cast.hr.post(path, json=low)
    refused(told, "outside-band")
    assert "90000" in told.text
    untold = cast.as_person("senior").post(path, json=low)
    refused(untold, "outside-band")
    assert "90000" not in untold.text
    refused(cast.hr.post(path, json=pay()), "band-not-comparable")
    cast.post(cast.hr, path, **low, outside_band="Part time.")
    tomorrow = {"effective_on": str(TODAY + timedelta(days=1))}
    lower = {"minimum": "70000", "maximum": "80000"}
    planned = cast.post(cast.hr, f"/pay-bands/{made['id']}/set", **band | lower | tomorrow)
    assert (planned["minimum"], planned["planned"]) == ("90000", [lower | tomorrow])
    refused(cast.hr.post(path, json=low | tomorrow | {"outside_band": "Part time."}), "within-band")
    cast.post(cast.hr, f"/pay-bands/{made['id']}/cancel-planned", **tomorrow)
    refused(cast.hr.post(path, json=low | tomorrow), "outside-band")
    right = {"minimum": "85000", "maximum": "120000", "effective_on": str(TODAY), "reason": "A slip of the pen."}
    assert cast.post(cast.hr, f"/pay-bands/{made['id']}/correct", **right)["minimum"] == "85000"
    refused(cast.hr.post("/pay-bands", json=band), "already-taken")
    cast.post(cast.hr, f"/pay-bands/{made['id']}/withdraw", reason="Replaced.")
    again = cast.post(cast.hr, "/pay-bands", **band)["id"]
    cast.post(cast.hr, f"/pay-bands/{again}/withdraw", reason="Other tests pay in euros.")


def test_a_stand_in_acts_with_the_line_of_whom_they_stand_in_for_and_no_longer_than_named(
    cast: Cast, paid: str
) -> None:
    peer = cast.as_person("peer")
    in_place_of_junior = {"portolan-for": cast.persons["junior"]}
    refused(peer.get(paid, headers=in_place_of_junior), "stands-in", 403)
    standing = {"stand_in_id": cast.persons["peer"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.as_person("junior"), f"/persons/{cast.persons['junior']}/name-stand-in", **standing)
    assert peer.get(paid, headers=in_place_of_junior).status_code == 200
    raised = peer.post(f"{paid}/set", json=pay("61000"), headers=in_place_of_junior)
    assert raised.status_code == 200, raised.text
    unknown(peer.get(paid))
    last = cast.as_person("member").get(f"{paid}/history").json()["items"][-1]
    assert (last["actor"], last["for_whom"]) == (cast.persons["peer"], cast.persons["junior"])
    tomorrow = standing | {"starts_on": str(TODAY + timedelta(days=1)), "ends_on": str(TODAY + timedelta(days=2))}
    cast.post(cast.as_person("junior"), f"/persons/{cast.persons['junior']}/name-stand-in", **tomorrow)
    assert peer.get(paid, headers=in_place_of_junior).status_code == 200, "both hold"
    own = f"/persons/{cast.persons['junior']}"
    cast.post(cast.as_person("junior"), f"{own}/withdraw-stand-in", stand_in_id=cast.persons["peer"])
    cast.post(cast.as_person("junior"), f"{own}/name-stand-in", **tomorrow)
    refused(peer.get(paid, headers=in_place_of_junior), "stands-in", 403)


def test_a_stand_in_who_is_no_manager_sees_pay_only_where_entrusted_with_it(cast: Cast, paid: str) -> None:
    cast.join("clerk", "staff", "peer")
    clerk, own = cast.as_person("clerk"), f"/persons/{cast.persons['junior']}"
    in_place_of_junior = {"portolan-for": cast.persons["junior"]}
    standing = {"stand_in_id": cast.persons["clerk"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.as_person("junior"), f"{own}/name-stand-in", **standing)
    assert clerk.get("/desk", headers=in_place_of_junior).json()["team"], "in office they act"
    unknown(clerk.get(paid, headers=in_place_of_junior))
    unknown(clerk.post(f"{paid}/set", json=pay("61000"), headers=in_place_of_junior))
    assert clerk.get("/pay", headers=in_place_of_junior).json()["items"] == []
    cast.post(cast.as_person("junior"), f"{own}/name-stand-in", **standing, confidential=True)
    assert clerk.get(paid, headers=in_place_of_junior).status_code == 200
    assert clerk.post(f"{paid}/set", json=pay("60500"), headers=in_place_of_junior).status_code == 200


def test_standing_in_lends_the_line_and_takes_away_ones_own_roles(cast: Cast, paid: str) -> None:
    standing = {"stand_in_id": cast.persons["stranger"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.as_person("peer"), f"/persons/{cast.persons['peer']}/name-stand-in", **standing)
    stranger = cast.as_person("stranger", Role.HR)
    assert stranger.get(paid).status_code == 200
    unknown(stranger.get(paid, headers={"portolan-for": cast.persons["peer"]}))


def test_every_look_at_pay_is_recorded_for_the_person_concerned(cast: Cast, paid: str) -> None:
    member, member_id = cast.as_person("member"), cast.persons["member"]
    before = len(member.get(f"/persons/{member_id}/reads").json()["items"])
    cast.as_person("senior").get(paid)
    cast.as_person("director").get("/pay")
    cast.as_person("stranger").get(paid)
    looks = member.get(f"/persons/{member_id}/reads").json()["items"]
    added = looks[: len(looks) - before]
    assert {look["reader"] for look in added} == {cast.persons["senior"], cast.persons["director"]}
    assert all(look["stream"] == f"pay-{member_id}" and look["read_at"] for look in added)
    unknown(cast.as_person("senior").get(f"/persons/{member_id}/reads"))
