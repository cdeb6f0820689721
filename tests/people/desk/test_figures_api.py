"""The figures of people over HTTP, each against what was done; in a division of their own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import Running
from tests.people.cast import LONG_AGO, Cast, refused
from tests.today import TODAY

Json = dict[str, Any]
YESTERDAY = TODAY - timedelta(days=1)
KAFKA, LEADING = {"skill": "Kafka", "level": 3}, {"skill": "Leading", "level": 4}


@pytest.fixture(scope="module")
def shown(cast: Cast) -> Json:
    """The figures of the cast's division after a year that was made up for them."""
    cast.join("leaver", "staff", "junior")
    critical(cast)
    cast.post(cast.hr, f"/persons/{cast.persons['leaver']}/record-leaving", effective_on=str(YESTERDAY))
    require(cast, "learner", [KAFKA, LEADING])
    train(cast, cast.persons["learner"])
    hire(cast)
    response = cast.hr.get("/figures", params={"division_id": cast.division})
    assert response.status_code == 200, response.text
    return dict(response.json())


def require(cast: Cast, name: str, skills: list[Json]) -> None:
    """Their position requires skills, one of which they have."""
    path = f"/positions/{cast.positions[name]}"
    now = cast.hr.get(path).json()
    kept = {field: now[field] for field in ("title", "grade", "reports_to", "it_management_years", "duties")}
    cast.post(cast.hr, f"{path}/revise", **kept, required_skills=skills)
    assessed = {**KAFKA, "effective_on": str(TODAY)}
    cast.post(cast.hr, f"/qualifications/{cast.persons[name]}/assess-skill", **assessed)


def train(cast: Cast, person: str) -> None:
    """A course of sixteen hours, completed."""
    programme = cast.post(cast.hr, "/training-programmes", title="Go", hours="16", skills=[LEADING])["id"]
    cast.post(cast.hr, f"/training-programmes/{programme}/publish")
    terms = {"programme_id": programme, "division_id": cast.division, "seats": 3, "provider": "Acme", "place": "Oslo"}
    cost, days = {"amount": "1", "currency": "EUR"}, {"starts_on": str(TODAY), "ends_on": str(TODAY)}
    session = cast.post(cast.hr, "/training-sessions", **terms, cost=cost, **days)["id"]
    enrolment = cast.post(cast.hr, "/enrolments", person_id=person, session_id=session)["id"]
    cast.post(cast.hr, f"/enrolments/{enrolment}/mark-attendance", attended=True)
    cast.post(cast.hr, f"/enrolments/{enrolment}/record-result", passed=True, effective_on=str(TODAY))


def critical(cast: Cast) -> None:
    """Five critical positions: one with somebody ready now, one with nobody.

    One is taken by the learner, who was to follow in it; one has somebody ready later; one somebody who leaves.
    """
    learner = str(cast.post(cast.hr, "/persons", name="Learner", effective_on=str(LONG_AGO))["id"])
    cast.persons["learner"] = learner
    cast.positions["learner"] = cast.position("staff", cast.positions["junior"])
    for name in ("learner", "member", "junior", "manager", "peer"):
        cast.post(cast.hr, f"/successions/{cast.positions[name]}/mark-critical", reason="Alone in it.")
    for name, follower, readiness in (
        ("learner", "learner", "now"),
        ("member", "peer", "now"),
        ("manager", "peer", "1 year"),
        ("peer", "leaver", "now"),
    ):
        named = {"person_id": cast.persons[follower], "readiness": readiness}
        cast.post(cast.hr, f"/successions/{cast.positions[name]}/name-successor", **named)
    taken = {"position_id": cast.positions["learner"], "effective_on": str(LONG_AGO)}
    cast.post(cast.hr, f"/persons/{learner}/appoint", **taken)


def hire(cast: Cast) -> None:
    """A vacancy with two offers, one of which was declined."""
    position = cast.position("staff", cast.positions["junior"])
    vacancy = cast.post(cast.hr, "/vacancies", position_id=position, reason="We grow.")["id"]
    cast.post(cast.as_person("senior"), f"/vacancies/{vacancy}/approve")
    cast.post(cast.hr, f"/vacancies/{vacancy}/open")
    for answer, body in (("decline-offer", {"reason": "Elsewhere."}), ("accept-offer", {})):
        applied = {"vacancy_id": vacancy, "candidate_id": str(uuid4()), "name": "Grace", "contact": "Street 1"}
        candidacy = cast.post(cast.hr, "/candidacies", **applied)["id"]
        interview = {"interview_id": str(uuid4())}
        named = {"takes_place_on": str(TODAY), "interviewers": [cast.persons["junior"]]}
        cast.post(cast.hr, f"/candidacies/{candidacy}/schedule-interview", **interview, **named)
        cast.post(cast.hr, f"/candidacies/{candidacy}/record-interview", **interview)
        cast.post(cast.hr, f"/candidacies/{candidacy}/make-offer", expires_on=str(TODAY))
        cast.post(cast.hr, f"/candidacies/{candidacy}/{answer}", **body)


def figure(shown: Json, name: str) -> tuple[str | None, str | None, str | None]:
    (found,) = [each for each in shown["figures"] if each["name"] == name]
    return found["above"], found["below"], found["value"]


def test_the_vacancy_rate_counts_approved_positions_that_nobody_holds(shown: Json) -> None:
    assert figure(shown, "vacancy rate") == ("2", "10", "0.2000"), "the leaver's and the new one, of ten"


def test_the_turnover_rate_divides_leavers_by_the_mean_headcount(shown: Json) -> None:
    assert figure(shown, "turnover rate") == ("1", "8.5", "0.1176"), "nine a year ago, eight now"


def test_a_review_figure_is_not_told_of_few(shown: Json) -> None:
    assert figure(shown, "reviews on time") == (None, None, None)


def test_training_hours_are_those_of_completed_courses_per_head(shown: Json) -> None:
    assert figure(shown, "training hours per head") == ("16", "8", "2.0000")


def test_a_skill_gap_is_what_positions_require_and_nobody_assessed(shown: Json) -> None:
    assert figure(shown, "skill gap") == ("1", "2", "0.5000")
    gaps = {each["division_id"]: (each["required"], each["lacking"]) for each in shown["skill_gaps"]}
    assert list(gaps.values()) == [(2, 1)]


def test_the_bench_of_a_critical_skill_counts_who_has_it(shown: Json) -> None:
    assert [(each["skill"], each["level"], each["depth"]) for each in shown["bench"]] == [
        ("Leading", 4, 0),
        ("Kafka", 3, 1),
    ]


def test_a_critical_position_without_a_ready_successor_is_a_figure(shown: Json) -> None:
    found = figure(shown, "critical positions without a ready successor")
    assert found == ("4", "5", "0.8000"), "nobody follows themselves, later, or after they left"


def test_of_few_critical_positions_a_head_is_not_told_whether_somebody_is_ready(cast: Cast, people: Running) -> None:
    other = Cast(people)
    named = {"name": f"Division {uuid4().hex[:8]}", "kind": "it", "parent_id": None}
    other.division = other.post(other.founder, "/divisions", **named)["id"]
    other.join("head", "executive", None)
    for number in range(4):
        position = other.position("staff", other.positions["head"]) if number else other.positions["head"]
        cast.post(cast.hr, f"/successions/{position}/mark-critical", reason="Alone in it.")
    cast.post(cast.hr, f"/divisions/{other.division}/appoint-head", person_id=other.persons["head"])
    for client, told in ((other.as_person("head"), (None, None, None)), (cast.hr, ("4", "4", "1.0000"))):
        found = client.get("/figures", params={"division_id": other.division}).json()
        assert figure(found, "critical positions without a ready successor") == told


def test_what_is_counted_of_a_division_is_that_of_those_below_too_unless_it_is_asked_for_alone(
    cast: Cast, people: Running
) -> None:
    above, below = Cast(people), Cast(people)
    named = {"name": f"Division {uuid4().hex[:8]}", "kind": "it", "parent_id": None}
    above.division = above.post(above.founder, "/divisions", **named)["id"]
    part = named | {"name": f"Division {uuid4().hex[:8]}", "parent_id": above.division}
    below.division = above.post(above.founder, "/divisions", **part)["id"]
    above.join("head", "executive", None)
    below.join("lead", "manager", None)

    def positions(**asked: Any) -> str | None:
        found = cast.hr.get("/figures", params={"division_id": above.division, **asked}).json()
        return figure(found, "vacancy rate")[1]

    assert (positions(), positions(alone=True)) == ("2", "1")


def test_training_hours_stay_what_they_were_when_the_programme_is_revised(cast: Cast, shown: Json) -> None:
    (enrolment,) = cast.hr.get("/enrolments", params={"person_id": cast.persons["learner"]}).json()["items"]
    path = f"/training-programmes/{enrolment['programme_id']}"
    short: Json = {
        "title": "Go",
        "description": "",
        "skills": [],
        "scheme_id": None,
        "pass_needed": False,
        "hours": "2",
    }
    cast.post(cast.hr, f"{path}/revise", **short)
    now = cast.hr.get("/figures", params={"division_id": cast.division}).json()
    assert figure(now, "training hours per head") == figure(shown, "training hours per head")


def test_whoever_was_ready_is_counted_only_while_they_would_pass_the_gate(people: Running) -> None:
    other = Cast(people)
    named = {"name": f"Division {uuid4().hex[:8]}", "kind": "it", "parent_id": None}
    other.division = other.post(other.founder, "/divisions", **named)["id"]
    other.join("head", "executive", None)
    other.join("heir", "manager", "head")
    other.experienced(other.persons["heir"])
    path = f"/successions/{other.positions['head']}"
    other.post(other.hr, f"{path}/mark-critical", reason="Alone in it.")
    other.post(other.hr, f"{path}/name-successor", person_id=other.persons["heir"], readiness="now")

    def without() -> tuple[str | None, str | None, str | None]:
        found = other.hr.get("/figures", params={"division_id": other.division}).json()
        return figure(found, "critical positions without a ready successor")

    assert without() == ("0", "1", "0.0000")
    heir = f"/persons/{other.persons['heir']}"
    (worked,) = other.hr.get(heir).json()["experience"]
    other.post(other.hr, f"{heir}/withdraw-experience", experience_id=worked["experience_id"])
    assert without() == ("1", "1", "1.0000")
    again = {"person_id": other.persons["heir"], "readiness": "now"}
    refused(other.hr.post(f"{path}/name-successor", json=again), "ready-only-when-eligible")


def test_nothing_to_divide_by_is_no_figure(shown: Json) -> None:
    assert figure(shown, "certified share") == ("0", "0", None)


def test_a_vacancy_is_filled_on_the_day_its_last_opening_is_taken(shown: Json) -> None:
    assert figure(shown, "time to fill")[1:] == ("1", "0.0000")


def test_every_figure_says_how_it_is_worked_out(shown: Json) -> None:
    assert len(shown["figures"]) == 11
    assert all(each["formula"] and each["unit"] for each in shown["figures"])
