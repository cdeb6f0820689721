"""Certificate schemes and qualifications over HTTP: who may, who sees, what was held on a day, what falls due."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from tests.harness import MovableClock, Running, company, wait_until
from tests.infrastructure import Infrastructure
from tests.people.cast import LONG_AGO, Cast, cast_of, forbidden, refused, unknown
from tests.today import TODAY

CPE = {"unit": "CPE", "credits": "120", "period_months": 36, "minimum_per_year": "20"}
DAY = timedelta(days=1)
Json = dict[str, Any]


def scheme(cast: Cast, **different: Any) -> str:
    """A new certificate scheme."""
    body = {"name": f"CISA {uuid4().hex[:8]}", "issuer": "ISACA", "valid_months": 36, "renewal": CPE}
    return str(cast.post(cast.hr, "/certificate-schemes", **body | different)["id"])


def path(cast: Cast, name: str) -> str:
    return f"/qualifications/{cast.persons[name]}"


def certificate(scheme_id: str, awarded_on: date = TODAY) -> Json:
    return {"certificate_id": str(uuid4()), "scheme_id": scheme_id, "number": "4711", "awarded_on": str(awarded_on)}


def skill(level: int, name: str = "ITMG") -> Json:
    return {"skill": name, "level": level, "effective_on": str(TODAY)}


DEGREE = {"title": "MSc", "institution": "NTNU", "field": "Informatics", "year": 2001}


@pytest.fixture(scope="module")
def member(cast: Cast) -> str:
    """The path of the member's qualifications: a skill, a certificate and a degree."""
    own = path(cast, "member")
    cast.post(cast.as_person("member"), f"{own}/claim-skill", skill="ITMG", level=5)
    cast.post(cast.as_person("junior"), f"{own}/assess-skill", **skill(3))
    cast.post(cast.hr, f"{own}/record-certificate", **certificate(scheme(cast)))
    cast.post(cast.as_person("member"), f"{own}/record-degree", degree_id=str(uuid4()), **DEGREE)
    return own


def test_a_scheme_is_defined_by_hr_and_its_name_belongs_to_it_until_it_is_retired(cast: Cast) -> None:
    body = {"name": f"PMP {uuid4().hex[:8]}", "issuer": "PMI", "valid_months": 36}
    forbidden(cast.as_person("director", Role.EXECUTIVE).post("/certificate-schemes", json=body))
    defined = cast.post(cast.hr, "/certificate-schemes", **body)
    again = body | {"name": body["name"].upper()}  # type: ignore[attr-defined]
    refused(cast.hr.post("/certificate-schemes", json=again), "already-taken")
    described = {name: defined[name] for name in ("issuer", "valid_months", "renewal", "budget_management")}
    other = cast.post(cast.hr, "/certificate-schemes", **body | {"name": f"{body['name']} 2"})
    taken = cast.hr.post(f"/certificate-schemes/{other['id']}/revise", json=described | {"name": body["name"]})
    refused(taken, "already-taken")
    cast.post(cast.hr, f"/certificate-schemes/{defined['id']}/revise", **described, name=f"{body['name']} 3")
    cast.post(cast.hr, f"/certificate-schemes/{defined['id']}/retire", reason="Renamed by its issuer.")
    cast.post(cast.hr, f"/certificate-schemes/{other['id']}/revise", **described, name=f"{body['name']} 3")
    listed = cast.as_person("member").get("/certificate-schemes", params={"retired": "true", "sort": "-name"})
    assert defined["id"] in [item["id"] for item in listed.json()["items"]]


def test_a_position_requires_skills_and_certificates_of_open_schemes(cast: Cast) -> None:
    required = {
        "title": "Auditor",
        "division_id": cast.division,
        "grade": "staff",
        "it_management_years": "0",
        "required_skills": [{"skill": "AUDT", "level": 4}],
        "required_schemes": [scheme(cast)],
        "experience": ["An audit of a bank."],
    }
    made = cast.post(cast.hr, "/positions", **required)
    assert [made[name] for name in ("required_skills", "required_schemes", "experience")] == [
        required[name] for name in ("required_skills", "required_schemes", "experience")
    ]
    unknown_one = required | {"required_schemes": [str(uuid4())]}
    refused(cast.hr.post("/positions", json=unknown_one), "scheme-open")


@pytest.mark.parametrize("name", ["member", "junior", "director"])
def test_the_person_and_the_line_above_see_everything(cast: Cast, member: str, name: str) -> None:
    found = cast.as_person(name).get(member)
    assert found.status_code == 200, found.text
    assert (found.json()["skills"][0]["claimed"], found.json()["skills"][0]["level"]) == (5, 3)
    assert found.json()["education"][0]["institution"] == "NTNU"


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.PORTFOLIO_OFFICE])
def test_executives_and_the_portfolio_office_see_skills_and_certificates_but_no_education(
    cast: Cast, member: str, role: Role
) -> None:
    client = cast.as_person("stranger", role)
    found = client.get(member).json()
    assert found["skills"]
    assert found["certificates"]
    assert found["education"] == []
    (listed,) = client.get("/qualifications", params={"person_id": cast.persons["member"]}).json()["items"]
    assert listed["education"] == []
    types = {event["type"] for event in client.get(f"{member}/history").json()["items"]}
    assert types == {"SkillAssessed", "CertificateAwarded"}


@pytest.mark.parametrize("name", ["peer", "stranger"])
def test_for_everybody_else_there_are_no_qualifications(cast: Cast, member: str, name: str) -> None:
    client = cast.as_person(name, Role.MANAGER)
    unknown(client.get(member))
    unknown(client.post(f"{member}/assess-skill", json=skill(2)))
    listed = client.get("/qualifications").json()["items"]
    assert cast.persons["member"] not in [item["person_id"] for item in listed]


def test_only_the_person_claims_a_skill_and_nobody_assesses_their_own(cast: Cast, member: str) -> None:
    forbidden(cast.as_person("junior").post(f"{member}/claim-skill", json={"skill": "ITMG", "level": 7}))
    as_hr = cast.as_person("member", Role.HR).post(f"{member}/assess-skill", json=skill(7))
    refused(as_hr, "nobody-on-themself", 403)


def test_who_knows_more_of_a_skill_assesses_it_once_asked(cast: Cast, member: str) -> None:
    name = f"PROG {uuid4().hex[:6]}"
    expert = cast.as_person("peer")
    ask = {"skill": name, "assessor_id": cast.persons["peer"]}
    cast.post(cast.as_person("member"), f"{member}/request-assessment", **ask)
    (listed,) = expert.get("/qualifications", params={"person_id": cast.persons["member"]}).json()["items"]
    assert member.endswith(listed["person_id"])
    assert expert.get(member).json()["assessment_requests"] == []
    forbidden(expert.post(f"{member}/assess-skill", json=skill(2, name)))
    cast.post(cast.hr, f"{path(cast, 'peer')}/assess-skill", **skill(3, name))
    refused(expert.post(f"{member}/assess-skill", json=skill(3, name)), "assessor-holds-more", 403)
    assert expert.post(f"{member}/assess-skill", json=skill(2, name)).status_code == 200
    unknown(expert.get(member))


def test_a_certificate_is_recorded_verified_kept_by_credits_renewed_and_revoked(cast: Cast) -> None:
    own, hr, junior = path(cast, "junior"), cast.hr, cast.as_person("junior")
    recorded = certificate(scheme(cast), TODAY - 800 * DAY)
    about = {"certificate_id": recorded["certificate_id"]}
    made = cast.post(junior, f"{own}/record-certificate", **recorded)
    assert made["certificates"][0]["status"] == "recorded"
    forbidden(junior.post(f"{own}/verify-certificate", json=about))
    cast.post(cast.as_person("senior"), f"{own}/verify-certificate", **about)
    dated = about | {"effective_on": str(TODAY)}
    refused(hr.post(f"{own}/renew-certificate", json=dated), "credits-met")
    for age in (790, 400, 10):
        earned = {"credit_id": str(uuid4()), "earned_on": str(TODAY - age * DAY), "credits": "40", "what": "A course."}
        cast.post(junior, f"{own}/record-credits", **about, **earned)
    forbidden(junior.post(f"{own}/renew-certificate", json=dated))
    renewed = cast.post(cast.as_person("manager"), f"{own}/renew-certificate", **dated)
    assert renewed["certificates"][0]["expires_on"] > made["certificates"][0]["expires_on"]
    forbidden(cast.as_person("manager").post(f"{own}/revoke-certificate", json=dated | {"reason": "Forged."}))
    revoked = cast.post(hr, f"{own}/revoke-certificate", **dated, reason="Forged.")
    assert revoked["certificates"][0]["status"] == "revoked"
    forbidden(hr.post(f"{own}/credit-training", json=TRAINING))


TRAINING: Json = {"reference": str(uuid4()), "skills": [], "scheme_id": None, "effective_on": str(TODAY)}


def test_what_was_held_on_a_day_is_answered_also_for_the_time_before_they_came(cast: Cast) -> None:
    own, before = path(cast, "manager"), LONG_AGO - 400 * DAY
    recorded = certificate(scheme(cast), before)
    cast.post(cast.hr, f"{own}/record-certificate", **recorded)
    cast.post(cast.hr, f"{own}/review-certificates")

    def status(on: date) -> list[str]:
        found = cast.hr.get(own, params={"effective_on": str(on)})
        assert found.status_code == 200, found.text
        return [each["status"] for each in found.json()["certificates"]]

    assert status(before - DAY) == []
    assert status(before) == ["held"]
    assert status(LONG_AGO) == ["held"]
    assert status(TODAY) == ["expired"]


def test_of_what_is_personal_nothing_is_stored_or_published_in_the_clear(cast: Cast, member: str) -> None:
    stored = cast.as_person("member").get(f"{member}/history").json()["items"]
    assert {"CertificateRecorded", "DegreeRecorded", "SkillClaimed"} <= {event["type"] for event in stored}
    assert all(event["published_number"] is None for event in stored if event["type"] == "DegreeRecorded")


@pytest.fixture(scope="module")
def on_a_clock(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Cast, Running]]:
    """A cast whose service has a worker and a clock that stands still until it is moved."""
    clock = MovableClock(datetime.combine(TODAY, time(12), UTC))
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer"), clock) as made:
        people = made.start(SERVICE)
        yield cast_of(people), people


def test_notice_is_given_once_each_also_after_a_stop_and_then_it_expires_by_itself(
    on_a_clock: tuple[Cast, Running],
) -> None:
    cast, people = on_a_clock
    own, hr = path(cast, "member"), cast.hr
    recorded = certificate(scheme(cast, renewal=None, valid_months=12))
    made = cast.post(hr, f"{own}/record-certificate", **recorded)
    expires_on = date.fromisoformat(made["certificates"][0]["expires_on"])

    def happened() -> list[tuple[str, int | None, str]]:
        items = hr.get(f"{own}/history").json()["items"]
        ends = ("CertificateExpiring", "CertificateExpired")
        return [(each["type"], each["data"].get("days"), each["actor"]) for each in items if each["type"] in ends]

    def move(days_before: int) -> None:
        assert isinstance(people.clock, MovableClock)
        people.clock.now = datetime.combine(expires_on - days_before * DAY, time(), UTC)
        people.wake()

    expected: list[tuple[str, int | None, str]] = []
    for days_before, notice in ((90, 90), (20, 30), (7, 7), (-5, None)):
        move(days_before)
        kind = "CertificateExpired" if notice is None else "CertificateExpiring"
        expected.append((kind, notice, "system:people"))
        wait_until(lambda: len(happened()) >= len(expected), f"the certificate is told of, {days_before} days before")
        assert happened() == expected
    assert hr.get(own).json()["certificates"][0]["status"] == "expired"


def test_a_skill_is_one_under_all_its_names_also_once_two_are_merged(cast: Cast) -> None:
    one, other = (f"{name} {uuid4().hex[:6]}" for name in ("Stream processing", "Streaming"))
    kept = cast.post(cast.hr, "/skills", name=one, aliases=[f"STRM {one[-6:]}"], levels=[2, 3, 4])["id"]
    path = f"/qualifications/{cast.persons['peer']}"
    found = {"level": 3, "effective_on": str(TODAY)}
    cast.post(cast.as_person("senior"), f"{path}/assess-skill", skill=f"strm  {one[-6:]}", **found)
    assert [each["skill"] for each in cast.hr.get(path).json()["skills"] if one[-6:] in each["skill"]] == [one]
    high = cast.as_person("senior").post(f"{path}/assess-skill", json={"skill": one, **found, "level": 5})
    refused(high, "level-described")
    position = {"title": "Streamer", "division_id": cast.division, "grade": "staff", "it_management_years": "0"}
    required = {"reports_to": cast.positions["peer"], "required_skills": [{"skill": other, "level": 3}]}
    job = cast.post(cast.founder, "/positions", **position, **required)["id"]
    cast.post(cast.founder, f"/positions/{job}/approve")
    person = cast.post(cast.hr, "/persons", name="Streamer", effective_on=str(TODAY))["id"]
    cast.post(cast.hr, f"/persons/{person}/appoint", position_id=job, effective_on=str(TODAY))
    cast.post(cast.hr, f"/qualifications/{person}/assess-skill", skill=one, **found)

    def missing() -> list[str]:
        return [each["skill"] for each in cast.hr.get(f"/persons/{person}/gaps").json()["gap"]["missing_skills"]]

    assert missing() == [other]
    merged = cast.post(cast.hr, "/skills", name=other)["id"]
    refused(cast.hr.post("/skills", json={"name": f" {other.upper()}"}), "already-taken")
    cast.post(cast.hr, f"/skills/{merged}/merge", into_id=kept)
    assert other in cast.hr.get(f"/skills/{kept}").json()["aliases"]
    assert missing() == [], "what is required under the one name is there under the other"
    refused(cast.hr.post("/skills", json={"name": other}), "already-taken")
    forbidden(cast.as_person("director").post("/skills", json={"name": "Mine"}))


def test_an_assessment_that_was_recorded_wrongly_is_corrected_and_both_times_are_kept(cast: Cast) -> None:
    of, named = path(cast, "peer"), f"Kafka {uuid4().hex[:8]}"

    def found(level: int, days: int, **more: Any) -> Json:
        return {"skill": named, "level": level, "effective_on": str(TODAY - days * DAY)} | more

    def levels(days: int, **when: str) -> list[int]:
        shown = cast.hr.get(of, params={"effective_on": str(TODAY - days * DAY)} | when).json()
        return [each["level"] for each in shown["skills"] if each["skill"] == named]

    for each in (found(3, 30), found(4, 10)):
        cast.post(cast.hr, f"{of}/assess-skill", **each)
    known_at = cast.hr.get(f"{of}/history").json()["items"][-1]["recorded_at"]
    refused(cast.hr.post(f"{of}/assess-skill", json=found(5, 20)), "dates-in-order")
    right = found(5, 20, reason="It was another person's form.")
    unknown(cast.as_person("stranger").post(f"{of}/correct-assessment", json=right))
    refused(cast.as_person("peer", Role.HR).post(f"{of}/correct-assessment", json=right), "nobody-on-themself", 403)
    cast.post(cast.as_person("senior"), f"{of}/correct-assessment", **right)
    assert [levels(days) for days in (25, 15, 0)] == [[3], [5], [5]]
    assert levels(15, known_at=known_at) == [3]
    refused(cast.hr.post(f"{of}/correct-assessment", json=right | found(5, 31)), "dates-in-order")
    cast.post(cast.hr, f"{of}/correct-assessment", **right | found(5, 12))
    assert [levels(days) for days in (15, 12)] == [[3], [5]], "all that was found on that day moves with it"
