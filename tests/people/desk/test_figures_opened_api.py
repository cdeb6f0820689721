"""A figure opened to the records it counts, each with the address of its events; nobody learns more than they may."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

import services.people
from chassis.store.fields import Fields
from chassis.store.past_states import kinds_in
from contracts.roles import Role
from services.people.desk import formulas
from services.people.desk.counted import AGGREGATES
from services.people.desk.past_day import KINDS
from services.people.organisation.catalogue import LIVE
from services.people.organisation.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.organisation.subtree import PARENTS
from tests.harness import Running
from tests.people.cast import LONG_AGO, Cast, cast_of, refused, unknown
from tests.people.desk.opened import sums, whole
from tests.today import TODAY

Json = dict[str, Any]
KAFKA = {"skill": "Kafka", "level": 3}
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(scope="module")
def headed(cast: Cast) -> Cast:
    """The division is headed by the stranger, above whom and below whom nobody is; two positions require a skill."""
    cast.join("leaver", "staff", "junior")
    cast.post(cast.hr, f"/persons/{cast.persons['leaver']}/record-leaving", effective_on=str(YESTERDAY))
    cast.post(cast.hr, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["stranger"])
    for name in ("member", "stranger"):
        path = f"/positions/{cast.positions[name]}"
        now = cast.hr.get(path).json()
        kept = {field: now[field] for field in ("title", "grade", "reports_to", "it_management_years", "duties")}
        cast.post(cast.hr, f"{path}/revise", **kept, required_skills=[KAFKA])
        cast.post(cast.hr, f"/successions/{cast.positions[name]}/mark-critical", reason="Alone in it.")
    found = KAFKA | {"effective_on": str(TODAY)}
    cast.post(cast.hr, f"/qualifications/{cast.persons['member']}/assess-skill", **found)
    return cast


def opened(cast: Cast, name: str, who: httpx.Client | None = None, **asked: Any) -> Json:
    return whole(who or cast.hr, f"/figures/{name}/records", **{"division_id": cast.division, **asked})


def by_id(shown: Json) -> dict[str, Json]:
    return {each["id"]: each for each in shown["items"]}


@pytest.mark.parametrize("asked", [{}, {"effective_on": str(YESTERDAY)}], ids=["today", "a past day"])
@pytest.mark.parametrize("division", [True, False], ids=["a division", "everybody"])
def test_every_figure_is_the_sum_of_the_records_it_counts(headed: Cast, division: bool, asked: Json) -> None:
    of = asked | ({"division_id": headed.division} if division else {})
    for told in headed.founder.get("/figures", params=of).json()["figures"]:
        shown = whole(headed.founder, told["records"], **of)
        assert shown["figure"] == told
        if told["below"] is None:
            assert (shown["items"], shown["not_shown"]) == ([], None)
        else:
            assert shown["not_shown"] == 0
            assert sums(shown) == (told["above"], "0" if told["unit"] == "tools" else told["below"]), told["name"]


def test_a_record_says_what_it_adds_and_where_its_events_are(headed: Cast) -> None:
    shown = opened(headed, "vacancy-rate")
    vacant = by_id(shown)[headed.positions["leaver"]]
    held = by_id(shown)[headed.positions["member"]]
    assert (vacant["kind"], vacant["name"], vacant["above"], vacant["below"]) == ("position", "Staff", "1", "1")
    assert (vacant["person_id"], held["person_id"], held["above"]) == (None, headed.persons["member"], "0")
    assert shown["names"][headed.persons["member"]] == "Member"
    events = headed.hr.get(held["history"]).json()["items"]
    assert (events[-1]["type"], len(events)) == ("PositionRevised", held["version"])


def test_what_a_position_requires_of_somebody_leads_to_their_qualifications(headed: Cast) -> None:
    shown = by_id(opened(headed, "skill-gap"))
    member, stranger = (shown[headed.persons[name]] for name in ("member", "stranger"))
    assert (member["kind"], member["above"], member["position_id"]) == (
        "qualifications",
        "0",
        headed.positions["member"],
    )
    assert "SkillAssessed" in {each["type"] for each in headed.hr.get(member["history"]).json()["items"]}
    assert (stranger["above"], stranger["version"], stranger["history"]) == ("1", 0, None), "nothing is recorded yet"


def test_the_skill_gap_of_a_division_is_that_of_its_records(headed: Cast) -> None:
    (gap,) = headed.hr.get("/figures", params={"division_id": headed.division}).json()["skill_gaps"]
    assert sums(opened(headed, "skill-gap", alone=True)) == (str(gap["lacking"]), str(gap["required"]))


def test_the_depths_of_all_benches_are_the_sum_of_their_records(headed: Cast) -> None:
    for division in ({"division_id": headed.division}, {}):
        bench = headed.hr.get("/figures", params=division).json()["bench"]
        shown = whole(headed.hr, "/figures/bench/records", **division)
        assert sums(shown)[0] == shown["figure"]["above"] == str(sum(each["depth"] for each in bench))
    assert [(each["id"], each["kind"]) for each in opened(headed, "bench")["items"]] == [
        (headed.persons["member"], "qualifications")
    ]


def test_a_head_outside_the_line_is_shown_what_everybody_sees_and_told_how_much_more_there_is(headed: Cast) -> None:
    head = headed.as_person("stranger")
    assert len(opened(headed, "turnover-rate", head)["items"]) == 8
    shown = opened(headed, "skill-gap", head)
    assert ([each["id"] for each in shown["items"]], shown["not_shown"]) == ([headed.persons["stranger"]], 1)
    assert (shown["figure"]["above"], shown["figure"]["below"]) == ("1", "2")


def test_the_records_of_what_a_head_is_not_told_are_not_told_either(headed: Cast) -> None:
    critical = "critical-positions-without-a-ready-successor"
    assert len(opened(headed, critical)["items"]) == 2
    days: list[Json] = [{}, {"effective_on": str(YESTERDAY)}]
    for asked in days:
        shown = opened(headed, critical, headed.as_person("stranger"), **asked)
        assert (shown["figure"]["above"], shown["items"], shown["not_shown"]) == (None, [], None)


def test_a_head_who_could_subtract_what_they_see_from_the_sum_is_shown_none(people: Running) -> None:
    cast, critical = cast_of(people), "critical-positions-without-a-ready-successor"
    cast.post(cast.hr, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["director"])
    for name in ("senior", "manager", "junior", "member", "peer"):
        cast.post(cast.hr, f"/successions/{cast.positions[name]}/mark-critical", reason="Alone in it.")
    head = cast.as_person("director")
    shown = opened(cast, critical, head)
    assert (len(shown["items"]), shown["not_shown"]) == (5, 0), "all of them below the head"
    cast.post(cast.hr, f"/successions/{cast.positions['director']}/mark-critical", reason="Alone in it.")
    shown = opened(cast, critical, head)
    assert (shown["figure"]["below"], shown["items"], shown["not_shown"]) == ("6", [], 6), "one is the head's own"


def test_an_executive_is_shown_no_hours_of_anybody_but_their_sum(headed: Cast) -> None:
    executive = headed.people.client(Role.EXECUTIVE)
    shown, all_of_it = opened(headed, "training-hours-per-head", executive), opened(headed, "training-hours-per-head")
    assert shown["figure"] == all_of_it["figure"]
    assert {each["kind"] for each in shown["items"]} == {"person"}


def test_of_a_past_day_nobody_is_shown_what_they_do_not_see_now(people: Running) -> None:
    cast = cast_of(people)
    named = {"title": "Developer", "division_id": cast.division, "grade": "staff", "it_management_years": "0"}
    position = cast.post(cast.founder, "/positions", **named, required_skills=[KAFKA])["id"]
    cast.post(cast.founder, f"/positions/{position}/approve")
    person = cast.post(cast.hr, "/persons", name="Developer", effective_on=str(LONG_AGO))["id"]
    cast.post(cast.hr, f"/persons/{person}/appoint", position_id=position, effective_on=str(LONG_AGO))
    found = KAFKA | {"effective_on": str(TODAY - timedelta(days=9))}
    cast.post(cast.hr, f"/qualifications/{person}/assess-skill", **found)
    cast.post(cast.hr, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["director"])
    head = cast.as_person("director")
    past: Json = {"effective_on": str(YESTERDAY)}
    assert (opened(cast, "skill-gap", head, **past)["items"], len(opened(cast, "skill-gap", **past)["items"])) == (
        [],
        1,
    )
    below = {"line_manager_id": cast.persons["junior"], "effective_on": str(TODAY)}
    cast.post(cast.hr, f"/persons/{person}/change-line-manager", **below)
    (shown,) = opened(cast, "skill-gap", head, **past)["items"]
    assert (shown["above"], shown["below"], shown["history"]) == ("0", "1", f"/qualifications/{person}/history")


def test_who_may_not_read_figures_opens_none(headed: Cast) -> None:
    asked = {"division_id": headed.division}
    refused(headed.as_person("member").get("/figures/turnover-rate/records", params=asked), "reads-figures", 403)
    refused(headed.as_person("stranger").get("/figures/turnover-rate/records"), "reads-figures", 403)
    unknown(headed.hr.get("/figures/turnover-rate/records", params={"division_id": str(uuid4())}))


def test_a_figure_that_there_is_not_is_refused_with_those_there_are(headed: Cast) -> None:
    answer = headed.hr.get("/figures/happiness/records")
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "name"
    assert error["msg"].startswith("There is no such figure; there are vacancy-rate, turnover-rate,")


def test_a_page_token_belongs_to_its_figure_division_and_day(headed: Cast) -> None:
    of: Json = {"division_id": headed.division, "page_size": 1}
    token = headed.hr.get("/figures/turnover-rate/records", params=of).json()["next_page_token"]
    for path, asked in (("vacancy-rate", of), ("turnover-rate", of | {"effective_on": str(YESTERDAY)})):
        answer = headed.hr.get(f"/figures/{path}/records", params=asked | {"page_token": token})
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("bad-page-token")


QUERIES = (
    formulas.SUMS,
    formulas.GAPS_BY_DIVISION,
    formulas.BENCH,
    formulas.DEPTHS.records,
    formulas.READY_NOW,
    formulas.BARRED,
    LIVE.text,
    PARENTS.text,
)


def test_the_formulas_call_no_function_that_reads_the_states_of_now() -> None:
    names = {each.stem for each in (Path(services.people.__file__).parent / "sql").glob("*.sql")}
    called = {name for name in names for query in QUERIES if f"{name}(" in query}
    assert called == {"identity"}, "which reads its argument alone"


def test_every_kind_that_the_formulas_name_is_known_of_past_days() -> None:
    assert {kind for query in QUERIES for kind in kinds_in(query)} == {*KINDS}
    assert {*AGGREGATES} <= {*KINDS}
    assert kinds_in(f"SELECT FROM states s WHERE {Fields(CERTIFICATE_SCHEME, 's').of_kind}") == ["certificate-scheme"]
