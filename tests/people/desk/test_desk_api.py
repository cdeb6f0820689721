"""The manager's desk over HTTP: the team, what awaits a decision, what falls due; for stand-ins too."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.people.cast import Cast, forbidden, refused, unknown, wanted_tool
from tests.people.seed import seeded
from tests.today import TODAY

Json = dict[str, Any]
IN_A_MONTH = TODAY + timedelta(days=30)


@pytest.fixture(scope="module")
def ids(cast: Cast) -> dict[str, str]:
    """One of everything about the junior manager."""
    return seeded(cast)


def desk(cast: Cast, name: str, **asked: Any) -> Json:
    response = cast.as_person(name).get("/desk", params=asked)
    assert response.status_code == 200, response.text
    return dict(response.json())


def whats(cast: Cast, name: str, part: str = "decisions") -> set[tuple[str, str]]:
    return {(item["what"], item["id"]) for item in desk(cast, name)[part]}


def test_a_desk_shows_who_reports_to_me_and_to_a_manager_in_office_who_is_away(cast: Cast, ids: dict[str, str]) -> None:
    away = {"absence_id": str(uuid4()), "starts_on": str(TODAY), "ends_on": str(IN_A_MONTH)}
    cast.post(cast.as_person("junior"), f"/persons/{ids['persons']}/record-absence", **away)
    team = desk(cast, "manager")["team"]
    assert [(each["name"], each["title"], each["away_until"]) for each in team] == [
        ("Junior", "Junior Manager", str(IN_A_MONTH))
    ]
    assert {each["name"] for each in desk(cast, "senior")["team"]} == {"Manager", "Peer"}
    assert desk(cast, "member")["team"] == []
    # A suspended manager's desk tells nothing that the record does not.
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/suspend", effective_on=str(TODAY))
    assert cast.as_person("manager").get(f"/persons/{ids['persons']}").json()["absences"] == []
    assert [(each["name"], each["away_until"]) for each in desk(cast, "manager")["team"]] == [("Junior", None)]
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/reinstate", effective_on=str(TODAY))


def test_what_awaits_a_managers_decision_is_on_their_desk_until_it_is_decided(cast: Cast, ids: dict[str, str]) -> None:
    tool = ("approve the tool", ids["tools"])
    plan = ("agree to the plan", ids["development-plans"])
    assert {tool, plan} <= whats(cast, "manager")
    assert not {tool, plan} & (whats(cast, "junior") | whats(cast, "peer") | whats(cast, "director"))
    cast.post(cast.as_person("manager"), f"/tools/{ids['tools']}/approve")
    goal = {"goal_id": str(uuid4()), "learning": "To speak.", "due_on": str(TODAY)}
    cast.post(cast.as_person("junior"), f"/development-plans/{ids['development-plans']}/add-goal", **goal)
    cast.post(cast.as_person("manager"), f"/development-plans/{ids['development-plans']}/agree")
    assert not {tool, plan} & whats(cast, "manager")


def test_a_vacancy_awaits_everybody_above_the_position_but_who_asked_for_it(cast: Cast, ids: dict[str, str]) -> None:
    position = cast.position("staff", cast.positions["manager"])
    asked = cast.post(cast.as_person("manager"), "/vacancies", position_id=position, reason="More to do.")["id"]
    vacancy = ("approve the vacancy", asked)
    assert vacancy in whats(cast, "senior")
    assert vacancy not in whats(cast, "manager") | whats(cast, "junior") | whats(cast, "stranger")


def test_a_vacancy_does_not_await_a_junior_manager_who_may_not_approve_it(cast: Cast, ids: dict[str, str]) -> None:
    position = cast.position("staff", cast.positions["junior"])
    asked = cast.post(cast.hr, "/vacancies", position_id=position, reason="More to do.")["id"]
    forbidden(cast.as_person("junior").post(f"/vacancies/{asked}/approve", json={}))
    assert ("approve the vacancy", asked) not in whats(cast, "junior")
    for name in ("manager", "senior", "director"):
        assert ("approve the vacancy", asked) in whats(cast, name)


def interviewed(cast: Cast, vacancy: str, interviewer: str) -> tuple[str, str]:
    """The ids of a candidacy and of its interview, which took place."""
    applied = {"vacancy_id": vacancy, "candidate_id": str(uuid4()), "name": "Grace", "contact": "Street 1"}
    candidacy = str(cast.post(cast.hr, "/candidacies", **applied)["id"])
    talk = {"interview_id": str(uuid4())}
    named = {"takes_place_on": str(TODAY), "interviewers": [cast.persons[interviewer]]}
    cast.post(cast.hr, f"/candidacies/{candidacy}/schedule-interview", **talk, **named)
    cast.post(cast.hr, f"/candidacies/{candidacy}/record-interview", **talk)
    return candidacy, talk["interview_id"]


ENDS: dict[str, list[tuple[str, Json]]] = {
    "reject": [("reject", {"reason": "Another fits better."})],
    "withdraw": [("withdraw", {})],
    "decline": [("make-offer", {"expires_on": str(TODAY)}), ("decline-offer", {})],
}


@pytest.mark.parametrize("end", list(ENDS))
def test_feedback_awaits_an_interviewer_only_until_the_candidacy_is_over(
    cast: Cast, ids: dict[str, str], end: str
) -> None:
    candidacy, talk = interviewed(cast, ids["vacancies"], "peer")
    wanted = ("give feedback on the interview", candidacy)
    assert wanted in whats(cast, "peer")
    for step, body in ENDS[end]:
        assert wanted in whats(cast, "peer")
        cast.post(cast.hr, f"/candidacies/{candidacy}/{step}", **body)
    feedback = {"interview_id": talk, "rating": 4, "findings": "Knows compilers."}
    refused(cast.as_person("peer").post(f"/candidacies/{candidacy}/give-feedback", json=feedback), "candidacy-over")
    assert wanted not in whats(cast, "peer")


@pytest.mark.parametrize("steps", [["reject"], ["make-offer", "accept-offer"]])
def test_feedback_on_somebody_erased_awaits_nobody(cast: Cast, ids: dict[str, str], steps: list[str]) -> None:
    position = cast.position("staff", cast.positions["junior"])
    vacancy = cast.post(cast.hr, "/vacancies", position_id=position, reason="We grow.")["id"]
    cast.post(cast.as_person("senior"), f"/vacancies/{vacancy}/approve")
    cast.post(cast.hr, f"/vacancies/{vacancy}/open")
    candidacy, talk = interviewed(cast, vacancy, "peer")
    feedback = {"interview_id": talk, "rating": 4, "findings": "Knows compilers."}
    cast.post(cast.as_person("peer"), f"/candidacies/{candidacy}/give-feedback", **feedback)
    bodies: Json = {"reject": {"reason": "Another fits better."}, "make-offer": {"expires_on": str(TODAY)}}
    for step in steps:
        cast.post(cast.hr, f"/candidacies/{candidacy}/{step}", **bodies.get(step, {}))
    cast.post(cast.hr, f"/candidacies/{candidacy}/erase", reason="Asked for.")
    assert ("give feedback on the interview", candidacy) not in whats(cast, "peer")


def test_feedback_awaits_nobody_in_an_interviewers_place(cast: Cast, ids: dict[str, str]) -> None:
    candidacy, _ = interviewed(cast, ids["vacancies"], "peer")
    standing = {"stand_in_id": cast.persons["manager"], "starts_on": str(TODAY), "ends_on": str(IN_A_MONTH)}
    cast.post(cast.as_person("peer"), f"/persons/{cast.persons['peer']}/name-stand-in", **standing)
    theirs = cast.as_person("manager").get("/desk", headers={"portolan-for": cast.persons["peer"]}).json()
    assert candidacy not in [item["id"] for item in theirs["decisions"]]
    assert ("give feedback on the interview", candidacy) in whats(cast, "peer")


def test_at_the_top_of_the_line_the_reviewer_finds_what_they_calibrate(cast: Cast, ids: dict[str, str]) -> None:
    objective = str(uuid4())
    objectives = [{"objective_id": objective, "title": "Cut the outages.", "weight": "100"}]
    begun = {"cycle_id": ids["review-cycles"], "person_id": cast.persons["senior"], "objectives": objectives}
    director = cast.as_person("director")
    review = cast.post(director, "/performance-reviews", **begun)["id"]
    cast.post(cast.as_person("senior"), f"/performance-reviews/{review}/assess-self", rating="4", statement="Fine.")
    ratings = [{"objective_id": objective, "rating": "4"}]
    assert ("calibrate", review) not in whats(cast, "director")
    cast.post(director, f"/performance-reviews/{review}/assess", ratings=ratings, feedback="4", statement="Fine.")
    assert ("calibrate", review) in whats(cast, "director")
    assert ("calibrate", review) not in whats(cast, "senior")
    cast.post(director, f"/performance-reviews/{review}/calibrate", reasons="As calculated.")
    assert ("calibrate", review) not in whats(cast, "director")


def test_a_training_that_was_cancelled_does_not_begin(cast: Cast, ids: dict[str, str]) -> None:
    first = str(TODAY + timedelta(days=7))
    terms = {"programme_id": ids["training-programmes"], "division_id": cast.division, "seats": 3, "place": "Oslo"}
    cost, days = {"amount": "1", "currency": "EUR"}, {"starts_on": first, "ends_on": first, "provider": "Acme"}
    session = cast.post(cast.hr, "/training-sessions", **terms, cost=cost, **days)["id"]
    enrolled = cast.post(cast.hr, "/enrolments", person_id=cast.persons["member"], session_id=session)["id"]
    for name in ("member", "junior"):
        assert ("the training begins", enrolled) in whats(cast, name, "due")
    cast.post(cast.hr, f"/training-sessions/{session}/cancel", reason="The trainer is ill.")
    for name in ("member", "junior"):
        assert ("the training begins", enrolled) not in whats(cast, name, "due")


def test_a_review_goes_from_desk_to_desk(cast: Cast, ids: dict[str, str]) -> None:
    review = ids["performance-reviews"]
    path = f"/performance-reviews/{review}"
    assert ("assess yourself", review) in whats(cast, "junior")
    assert ("the review is due", review) in whats(cast, "manager", "due")
    cast.post(cast.as_person("junior"), f"{path}/assess-self", rating="4", statement="As planned.")
    assert ("assess", review) in whats(cast, "manager")
    objective = cast.as_person("manager").get(path).json()["objectives"][0]["objective_id"]
    ratings = [{"objective_id": objective, "rating": "4"}]
    cast.post(cast.as_person("manager"), f"{path}/assess", ratings=ratings, feedback="4", statement="Well done.")
    assert ("calibrate", review) in whats(cast, "senior")
    assert ("calibrate", review) not in whats(cast, "manager") | whats(cast, "director")
    cast.post(cast.as_person("senior"), f"{path}/calibrate", rating="4", reasons="As calculated.")
    assert ("acknowledge or appeal", review) in whats(cast, "junior")
    cast.post(cast.as_person("junior"), f"{path}/acknowledge", comment="Thank you.")
    assert review not in {id for _, id in whats(cast, "junior") | whats(cast, "junior", "due")}


def test_a_case_is_only_on_the_desk_of_whoever_has_to_act_in_it(cast: Cast, ids: dict[str, str]) -> None:
    case = ids["disciplinary-cases"]
    cast.post(cast.hr, f"/disciplinary-cases/{case}/begin-investigation", investigator_id=cast.persons["stranger"])
    assert ("record the findings", case) in whats(cast, "stranger")
    for name in ("junior", "manager", "senior", "director"):
        assert case not in {id for _, id in whats(cast, name) | whats(cast, name, "due")}


def test_what_falls_due_for_the_team_comes_the_earliest_first(cast: Cast, ids: dict[str, str]) -> None:
    plan = cast.post(
        cast.as_person("member"),
        "/development-plans",
        person_id=cast.persons["member"],
        starts_on=str(TODAY),
        ends_on=str(IN_A_MONTH),
    )["id"]
    for ahead in (20, 10, 5):
        goal = {"goal_id": str(uuid4()), "learning": "To speak.", "due_on": str(TODAY + timedelta(days=ahead))}
        cast.post(cast.as_person("member"), f"/development-plans/{plan}/add-goal", **goal)
    cast.post(cast.as_person("junior"), f"/development-plans/{plan}/agree")
    due = [item for item in desk(cast, "junior")["due"] if (item["what"], item["id"]) == ("a goal is due", plan)]
    days = [item["due_on"] for item in due]
    assert days == [str(TODAY + timedelta(days=ahead)) for ahead in (5, 10, 20)]
    assert {item["person_id"] for item in due} == {cast.persons["member"]}
    assert [item["overdue"] for item in due] == [False] * 3
    soon = [item for item in desk(cast, "junior", days=7)["due"] if item["id"] == plan]
    assert [item["due_on"] for item in soon] == days[:1]


def test_a_stand_in_finds_the_desk_of_whom_they_stand_in_for(cast: Cast, ids: dict[str, str]) -> None:
    standing = {"stand_in_id": cast.persons["stranger"], "starts_on": str(TODAY), "ends_on": str(IN_A_MONTH)}
    cast.post(cast.as_person("senior"), f"/persons/{cast.persons['senior']}/name-stand-in", **standing)
    own = desk(cast, "stranger")
    assert own["stands_in_for"] == [{"id": cast.persons["senior"], "name": "Senior", "ends_on": str(IN_A_MONTH)}]
    theirs = cast.as_person("stranger").get("/desk", headers={"portolan-for": cast.persons["senior"]}).json()
    assert {each["name"] for each in theirs["team"]} == {"Manager", "Peer"}
    assert theirs["stands_in_for"] == []
    assert "record the findings" not in [item["what"] for item in theirs["decisions"]], "a case is nobody else's"


def test_what_is_somebodys_own_is_not_on_the_desk_of_their_stand_in(cast: Cast, ids: dict[str, str]) -> None:
    tool = cast.post(cast.as_person("senior"), "/tools", **wanted_tool(cast, "manager"))["id"]
    cast.post(cast.as_person("director"), f"/tools/{tool}/approve")
    cast.post(cast.hr, f"/tools/{tool}/issue", person_id=cast.persons["manager"])
    mine = ("acknowledge the receipt", tool)
    assert mine in whats(cast, "manager")
    standing = {"stand_in_id": cast.persons["peer"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    cast.post(cast.hr, f"/persons/{cast.persons['manager']}/name-stand-in", **standing)
    in_place = cast.as_person("peer").get("/desk", headers={"portolan-for": cast.persons["manager"]})
    assert in_place.status_code == 200, in_place.text
    assert mine not in {(item["what"], item["id"]) for item in in_place.json()["decisions"]}


def test_nothing_awaits_a_manager_who_is_suspended(cast: Cast, ids: dict[str, str]) -> None:
    tool = cast.post(cast.as_person("member"), "/tools", **wanted_tool(cast, "member"))["id"]
    assert ("approve the tool", tool) in whats(cast, "junior")
    cast.post(cast.hr, f"/persons/{cast.persons['junior']}/suspend", effective_on=str(TODAY))
    assert ("approve the tool", tool) not in whats(cast, "junior")
    cast.post(cast.hr, f"/persons/{cast.persons['junior']}/reinstate", effective_on=str(TODAY))
    assert ("approve the tool", tool) in whats(cast, "junior")


def test_a_case_awaits_nobody_who_is_suspended(cast: Cast, ids: dict[str, str]) -> None:
    about = {"person_id": cast.persons["member"], "report": "Took a laptop home.", "occurred_on": str(TODAY)}
    case = cast.post(cast.hr, "/disciplinary-cases", **about)["id"]
    cast.post(cast.hr, f"/disciplinary-cases/{case}/begin-investigation", investigator_id=cast.persons["peer"])
    assert ("record the findings", case) in whats(cast, "peer")
    cast.post(cast.hr, f"/persons/{cast.persons['peer']}/suspend", effective_on=str(TODAY))
    assert ("record the findings", case) not in whats(cast, "peer")
    refused(
        cast.as_person("peer").post(f"/disciplinary-cases/{case}/record-findings", json={"findings": "At home."}),
        "named-active",
        403,
    )
    cast.post(cast.hr, f"/persons/{cast.persons['peer']}/reinstate", effective_on=str(TODAY))
    assert ("record the findings", case) in whats(cast, "peer")


def test_who_has_nothing_to_do_has_an_empty_desk(cast: Cast) -> None:
    empty: dict[str, list[str]] = {"team": [], "decisions": [], "due": [], "stands_in_for": []}
    for client in (cast.people.client(Role.STAFF), cast.people.client(Role.STAFF, subject=str(uuid4()))):
        assert client.get("/desk").json() == empty


def test_hr_finds_by_role_what_waits_for_nobody_else(cast: Cast) -> None:
    position = cast.position("staff", cast.positions["manager"])
    vacancy = cast.post(cast.hr, "/vacancies", position_id=position, reason="We grow.")["id"]
    cast.post(cast.as_person("senior"), f"/vacancies/{vacancy}/approve")
    (item,) = [each for each in cast.hr.get("/desk").json()["decisions"] if each["id"] == vacancy]
    assert (item["what"], item["href"], item["age_days"]) == ("open the vacancy", f"/vacancies/{vacancy}", 0)
    assert item["since"].startswith(str(TODAY))
    assert cast.hr.get(item["href"]).status_code == 200
    assert ("open the vacancy", vacancy) not in whats(cast, "senior")


def test_who_does_not_read_figures_is_refused(cast: Cast, ids: dict[str, str]) -> None:
    refused(cast.as_person("senior").get("/figures"), "reads-figures", 403)
    refused(cast.as_person("senior").get("/figures", params={"division_id": cast.division}), "reads-figures", 403)
    cast.post(cast.hr, f"/divisions/{cast.division}/appoint-head", person_id=cast.persons["director"])
    headed = cast.as_person("director").get("/figures", params={"division_id": cast.division})
    assert headed.status_code == 200, headed.text
    refused(cast.as_person("director").get("/figures"), "reads-figures", 403)
    unknown(cast.as_person("director").get("/figures", params={"division_id": str(uuid4())}))
