"""Hiring over HTTP: from the request to the opening filled; who approves, who sees a candidate, and erasure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text

from contracts.roles import Role
from services.people.app import AGGREGATES
from services.people.desk.reads import KNOWN
from tests.harness import Company, Running
from tests.people.cast import Cast, forbidden, refused, unknown
from tests.people.clocked import becomes, noon
from tests.today import TODAY

LAST = str(TODAY + timedelta(days=3))


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


@pytest.fixture(autouse=True)
def on_the_first_day(firm: Company) -> None:
    firm.move_clock(noon(0))


def vacancy(cast: Cast, openings: int = 1, *, opened: bool = True) -> str:
    """The path of a vacancy below the junior manager, asked for by them."""
    position = cast.position("staff", cast.positions["junior"])
    body = {"position_id": position, "openings": openings, "reason": "We grow."}
    path = f"/vacancies/{cast.post(cast.as_person('junior'), '/vacancies', **body)['id']}"
    if opened:
        cast.post(cast.as_person("manager"), f"{path}/approve")
        cast.post(cast.as_person("junior"), f"{path}/open")
    return path


def apply(cast: Cast, path: str, candidate: str | None = None) -> str:
    """The path of a new candidacy for a vacancy."""
    body = {
        "vacancy_id": path.rpartition("/")[2],
        "candidate_id": candidate or str(uuid4()),
        "name": "Grace Hopper",
        "contact": f"grace.{candidate or uuid4()}@example.org",
    }
    return f"/candidacies/{cast.post(cast.as_person('junior'), '/candidacies', **body)['id']}"


def interview(cast: Cast, path: str, *interviewers: str) -> str:
    """Have an interview today; its id."""
    id = str(uuid4())
    named = [cast.persons[name] for name in interviewers or ("peer",)]
    body = {"interview_id": id, "takes_place_on": str(TODAY), "interviewers": named}
    cast.post(cast.as_person("junior"), f"{path}/schedule-interview", **body)
    cast.post(cast.as_person("junior"), f"{path}/record-interview", interview_id=id)
    return id


def feedback(interview_id: str) -> dict[str, Any]:
    return {"interview_id": interview_id, "rating": 4, "findings": "Knows compilers."}


def shown(client: httpx.Client, path: str) -> list[str]:
    """The ids of what a list shows."""
    response = client.get(path)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def test_a_vacancy_is_asked_for_in_the_line_above_the_position_and_approved_by_another_manager(cast: Cast) -> None:
    position = cast.position("staff", cast.positions["junior"])
    body = {"position_id": position, "openings": 1, "reason": "Ada retires."}
    for name in ("member", "peer", "stranger"):
        forbidden(cast.as_person(name).post("/vacancies", json=body))
    path = f"/vacancies/{cast.post(cast.as_person('manager'), '/vacancies', **body)['id']}"
    refused(cast.as_person("manager").post(f"{path}/approve", json={}), "requester-is-not-approver", 403)
    forbidden(cast.as_person("junior").post(f"{path}/approve", json={}))
    forbidden(cast.as_person("peer").post(f"{path}/approve", json={}))
    refused(cast.as_person("junior").post(f"{path}/open", json={}), "vacancy-approved")
    assert cast.post(cast.as_person("senior"), f"{path}/approve")["status"] == "approved"
    assert cast.as_person("junior").get(path).json()["reason"] == "Ada retires."
    assert cast.as_person("stranger").get(path).json()["reason"] is None
    types = [item["type"] for item in cast.as_person("stranger").get(f"{path}/history").json()["items"]]
    assert types == ["VacancyRequested", "VacancyApproved"]


def test_where_the_superior_position_is_vacant_the_next_holder_above_decides(cast: Cast) -> None:
    vacant = cast.position("junior manager", cast.positions["manager"])
    body = {"position_id": cast.position("staff", vacant), "reason": "We grow."}
    forbidden(cast.as_person("junior").post("/vacancies", json=body))
    path = f"/vacancies/{cast.post(cast.as_person('manager'), '/vacancies', **body)['id']}"
    cast.post(cast.as_person("senior"), f"{path}/approve")
    cast.post(cast.as_person("manager"), f"{path}/open")
    candidacy = apply_as(cast, "manager", path)
    assert candidacy in shown(cast.as_person("manager"), "/candidacies")
    unknown(cast.as_person("junior").get(f"/candidacies/{candidacy}"))
    assert candidacy not in shown(cast.as_person("junior"), "/candidacies")


def test_a_position_has_another_vacancy_once_the_one_before_is_over(cast: Cast) -> None:
    path = vacancy(cast, opened=False)
    again = {"position_id": cast.hr.get(path).json()["position_id"], "reason": "We grow."}
    refused(cast.hr.post("/vacancies", json=again), "one-vacancy-of-a-position")
    cast.post(cast.hr, f"{path}/cancel", reason="No money.")
    cast.post(cast.hr, "/vacancies", **again)


def test_of_many_who_ask_for_the_same_vacancy_at_once_one_gets_it(cast: Cast) -> None:
    clients = [cast.hr for _ in range(8)]
    with ThreadPoolExecutor(len(clients)) as pool:
        for _ in range(5):
            wanted = {"position_id": cast.position("staff", cast.positions["junior"]), "reason": "We grow."}
            asked = list(pool.map(lambda client, body=wanted: client.post("/vacancies", json=body), clients))
            late = [each for each in asked if each.status_code != 201]
            assert len(late) == len(clients) - 1
            for each in late:
                refused(each, "one-vacancy-of-a-position")


def test_two_of_hr_do_not_approve_a_vacancy_past_the_line_above_it(cast: Cast) -> None:
    below = {"position_id": cast.position("staff", cast.positions["junior"]), "reason": "We grow."}
    path = f"/vacancies/{cast.post(cast.hr, '/vacancies', **below)['id']}"
    forbidden(cast.people.client(Role.HR, subject=str(uuid4())).post(f"{path}/approve", json={}))
    cast.post(cast.as_person("manager"), f"{path}/approve")


def test_hr_approves_a_vacancy_where_nobody_is_above_it(cast: Cast) -> None:
    top = {"position_id": cast.position("manager"), "reason": "A new house."}
    path = f"/vacancies/{cast.post(cast.hr, '/vacancies', **top)['id']}"
    forbidden(cast.as_person("director").post(f"{path}/approve", json={}))
    assert cast.post(cast.people.client(Role.HR, subject=str(uuid4())), f"{path}/approve")["status"] == "approved"


def test_whoever_above_is_no_manager_looks_after_candidates_and_leaves_decisions_to_those_who_are(cast: Cast) -> None:
    path = vacancy(cast)
    candidacy = apply(cast, path)
    interview(cast, candidacy)
    junior, manager = cast.as_person("junior"), cast.as_person("manager")
    forbidden(junior.post(f"{candidacy}/make-offer", json={"expires_on": LAST}))
    forbidden(junior.post(f"{candidacy}/reject", json={"reason": "Another."}))
    forbidden(junior.post(f"{path}/put-on-hold", json={"reason": "Freeze."}))
    forbidden(junior.post(f"{path}/cancel", json={"reason": "No money."}))
    cast.post(manager, f"{candidacy}/make-offer", expires_on=LAST)
    cast.post(junior, f"{candidacy}/decline-offer")
    cast.post(manager, f"{apply(cast, path)}/reject", reason="Another.")
    cast.post(manager, f"{path}/put-on-hold", reason="Freeze.")
    cast.post(manager, f"{path}/cancel", reason="No money.")


def apply_as(cast: Cast, name: str, path: str) -> str:
    """The id of a new candidacy, recorded by somebody."""
    applied = {"vacancy_id": path.rpartition("/")[2], "candidate_id": str(uuid4()), "name": "Bob", "contact": "-"}
    return str(cast.post(cast.as_person(name), "/candidacies", **applied)["id"])


def test_from_the_request_to_the_opening_filled(cast: Cast) -> None:
    path = vacancy(cast)
    candidacy = apply(cast, path)
    talk = interview(cast, candidacy)
    cast.post(cast.as_person("peer"), f"{candidacy}/give-feedback", **feedback(talk))
    refused(
        cast.as_person("peer").post(f"{candidacy}/give-feedback", json=feedback(talk) | {"rating": 1}), "feedback-once"
    )
    refused(cast.hr.post(f"{candidacy}/give-feedback", json=feedback(talk)), "listed-interviewer", 403)
    forbidden(cast.as_person("peer").post(f"{candidacy}/make-offer", json={"expires_on": LAST}))
    offered = cast.post(cast.as_person("manager"), f"{candidacy}/make-offer", expires_on=LAST)
    assert (offered["status"], offered["offers_made"]) == ("offered", 1)
    counted = cast.hr.get(path).json()
    assert (counted["offers_made"], counted["accepted"]) == (1, 0)
    refused(cast.hr.post(f"{path}/cancel", json={"reason": "No money."}), "offers-answered")
    cast.post(cast.as_person("junior"), f"{candidacy}/accept-offer")
    filled = cast.hr.get(path).json()
    assert (filled["status"], filled["accepted"], filled["opened_on"], filled["filled_on"]) == (
        "filled",
        1,
        str(TODAY),
        str(TODAY),
    )
    refused(cast.hr.post(f"{path}/put-on-hold", json={"reason": "Freeze."}), "vacancy-over")


def test_offers_never_exceed_openings_and_a_candidate_has_one_wherever_they_applied(cast: Cast) -> None:
    one, other, candidate = vacancy(cast), vacancy(cast), str(uuid4())
    first, second, elsewhere = apply(cast, one, candidate), apply(cast, one), apply(cast, other, candidate)
    for each in (first, second, elsewhere):
        interview(cast, each)
    cast.post(cast.hr, f"{first}/make-offer", expires_on=LAST)
    refused(cast.hr.post(f"{second}/make-offer", json={"expires_on": LAST}), "offers-within-openings")
    refused(cast.hr.post(f"{elsewhere}/make-offer", json={"expires_on": LAST}), "one-live-offer")
    again = {"vacancy_id": one.rpartition("/")[2], "candidate_id": candidate, "name": "Grace", "contact": "-"}
    refused(cast.hr.post("/candidacies", json=again), "applied-once")
    cast.post(cast.hr, f"{first}/decline-offer")
    cast.post(cast.hr, f"{second}/make-offer", expires_on=LAST)
    cast.post(cast.hr, f"{elsewhere}/make-offer", expires_on=LAST)


def test_a_candidate_is_seen_by_hr_the_line_above_the_position_and_their_own_interviewers(cast: Cast) -> None:
    path = vacancy(cast)
    candidacy, other = apply(cast, path), apply(cast, path)
    interview(cast, candidacy, "peer", "member")
    id, other_id = candidacy.rpartition("/")[2], other.rpartition("/")[2]
    for name in ("junior", "manager", "senior", "director"):
        client = cast.as_person(name)
        assert client.get(candidacy).json()["name"] == "Grace Hopper"
        assert {id, other_id} <= set(shown(client, "/candidacies"))
    for name in ("peer", "member"):
        assert cast.as_person(name).get(candidacy).status_code == 200
        listed = shown(cast.as_person(name), "/candidacies")
        assert id in listed
        assert other_id not in listed
        unknown(cast.as_person(name).get(other))
    for client in (cast.as_person("stranger"), cast.as_person("stranger", Role.EXECUTIVE, Role.ADMINISTRATOR)):
        unknown(client.get(candidacy))
        unknown(client.get(f"{candidacy}/history"))
        unknown(client.post(f"{candidacy}/make-offer", json={"expires_on": LAST}))
        assert id not in shown(client, "/candidacies")
    assert {id, other_id} <= set(shown(cast.hr, f"/candidacies?vacancy_id={path.rpartition('/')[2]}"))


def test_nobody_reads_what_interviewers_think_of_themself_not_in_hr_above_the_position_nor_in_anothers_place(
    cast: Cast,
) -> None:
    path = vacancy(cast)
    for name in ("stranger", "manager"):
        candidacy = apply(cast, path, cast.persons[name])
        cast.post(cast.as_person("peer"), f"{candidacy}/give-feedback", **feedback(interview(cast, candidacy)))
        id, today = candidacy.rpartition("/")[2], str(TODAY)
        own = [cast.as_person(name, Role.HR), cast.as_person(name)]
        for client in own:
            unknown(client.get(candidacy))
            unknown(client.get(f"{candidacy}/history"))
            unknown(client.post(f"{candidacy}/make-offer", json={"expires_on": LAST}))
            assert id not in shown(client, "/candidacies")
        standing = {"stand_in_id": cast.persons[name], "starts_on": today, "ends_on": today}
        cast.post(cast.as_person("director"), f"/persons/{cast.persons['director']}/name-stand-in", **standing)
        above = {"portolan-for": cast.persons["director"]}
        for client in own:
            unknown(client.get(candidacy, headers=above))
        assert id in shown(cast.as_person("director"), "/candidacies")
        other = apply(cast, path)
        assert cast.as_person(name, Role.HR).get(other).status_code == 200


def test_who_works_here_lists_who_looked_at_their_candidacy(cast: Cast) -> None:
    candidacy = apply(cast, vacancy(cast), cast.persons["stranger"])
    assert cast.as_person("senior").get(candidacy).status_code == 200
    reads = f"/persons/{cast.persons['stranger']}/reads"
    looks = cast.as_person("stranger").get(reads).json()["items"]
    readers = {look["reader"] for look in looks if look["stream"].endswith(candidacy.rpartition("/")[2])}
    assert {cast.persons["senior"], cast.persons["junior"]} <= readers
    unknown(cast.as_person("senior").get(reads))


def test_of_every_record_whose_looks_are_kept_it_is_said_when_the_person_may_know() -> None:
    audited = {aggregate.decider.kind for aggregate in AGGREGATES if aggregate.audited}
    assert audited == set(KNOWN)


def test_interviews_do_not_touch_what_the_vacancys_offers_depend_on(cast: Cast, firm: Company) -> None:
    path = vacancy(cast)
    candidacy = apply(cast, path)
    before = changes_of_candidates(firm, path)
    cast.post(cast.as_person("peer"), f"{candidacy}/give-feedback", **feedback(interview(cast, candidacy)))
    assert changes_of_candidates(firm, path) == before
    apply(cast, path)
    assert changes_of_candidates(firm, path) == before + 1


def changes_of_candidates(firm: Company, path: str) -> int:
    """How often the set of a vacancy's candidates and offers has changed."""
    engine = create_engine(firm.running["people"].own.database_url)
    with engine.connect() as connection:
        query = text("SELECT value FROM guards WHERE name = :name")
        found = connection.execute(query, {"name": f"vacancy:{path.rpartition('/')[2]}:candidates"}).scalar_one()
    engine.dispose()
    return int(found)


def test_nothing_of_a_candidacy_is_published(cast: Cast) -> None:
    candidacy = apply(cast, vacancy(cast))
    interview(cast, candidacy)
    assert cast.hr.get(candidacy).json()["published_number"] == 0


def test_a_rejected_candidate_is_erased_for_good(cast: Cast) -> None:
    one, candidate = vacancy(cast), str(uuid4())
    candidacy, elsewhere = apply(cast, one, candidate), apply(cast, vacancy(cast), candidate)
    cast.post(cast.hr, f"{candidacy}/reject", reason="Somebody else fits better.")
    forbidden(cast.as_person("junior").post(f"{candidacy}/erase", json={"reason": "Asked for."}))
    refused(cast.hr.post(f"{candidacy}/erase", json={"reason": "Asked for."}), "candidacies-over")
    cast.post(cast.hr, f"{elsewhere}/withdraw")
    cast.post(cast.hr, f"{candidacy}/erase", reason="Asked for.")
    for path in (candidacy, elsewhere):
        left = cast.hr.get(path).json()
        assert (left["name"], left["contact"]) == ("erased", "erased")
        history = cast.hr.get(f"{path}/history").text
        assert "Hopper" not in history
        assert "fits better" not in history
    for of in (one, vacancy(cast)):
        body = {"vacancy_id": of.rpartition("/")[2], "candidate_id": candidate, "name": "Grace", "contact": "-"}
        refused(cast.hr.post("/candidacies", json=body), "subject-erased")


def test_who_accepted_is_hired_on_the_day_agreed_into_their_position_with_their_pay(cast: Cast, firm: Company) -> None:
    of, candidate = vacancy(cast), str(uuid4())
    candidacy = apply(cast, of, candidate)
    interview(cast, candidacy)
    starts_on = str(TODAY + timedelta(days=1))
    yearly = {"amount": "50000", "currency": "EUR"}
    pay = {"yearly": yearly, "factors": [{"factor": "expertise", "finding": "Knows compilers."}]}
    offered = cast.post(cast.hr, f"{candidacy}/make-offer", expires_on=LAST, starts_on=starts_on, pay=pay)
    assert (offered["starts_on"], offered["pay"]["yearly"]) == (starts_on, yearly)
    assert cast.as_person("junior").get(candidacy).json()["pay"]["yearly"] == yearly
    interviewers = cast.as_person("peer").get(candidacy).json()
    assert (interviewers["starts_on"], interviewers["pay"]) == (starts_on, None), "pay is in confidence"
    assert "50000" not in cast.as_person("peer").get(f"{candidacy}/history").text
    cast.post(cast.hr, f"{candidacy}/accept-offer")
    for client in (cast.hr, cast.as_person("junior")):
        due = [each for each in client.get("/desk").json()["due"] if each["href"] == candidacy]
        assert [(each["what"], each["due_on"]) for each in due] == [("the candidate starts", starts_on)]
    refused(cast.hr.post(f"{candidacy}/hire", json={}), "not-in-the-future")
    unknown(cast.hr.get(f"/persons/{candidate}"))
    firm.move_clock(noon(1))
    becomes(cast.hr, candidacy, status="hired")
    person = cast.hr.get(f"/persons/{candidate}").json()
    position = cast.hr.get(of).json()["position_id"]
    assert (person["name"], person["hired_on"]) == ("Grace Hopper", starts_on)
    assert (person["appointment"]["position_id"], person["line_manager_id"]) == (position, cast.persons["junior"])
    assert cast.hr.get(f"/pay/{candidate}").json()["yearly"] == yearly
    appended = [cast.hr.get(f"{path}/history").json()["items"] for path in (candidacy, f"/persons/{candidate}")]
    hired, joined = appended[0][-1], appended[1][0]
    assert hired["recorded_at"] == joined["recorded_at"], "in one append"
    assert firm.running["people"].status()["parked"] == 0


def test_who_works_here_applies_under_their_own_id(cast: Cast) -> None:
    of = vacancy(cast)
    own = {"vacancy_id": of.rpartition("/")[2], "name": "Peer", "contact": "internal"}
    peer = cast.as_person("peer")
    applied = peer.post("/candidacies", json=own | {"candidate_id": cast.persons["peer"]})
    assert applied.status_code == 201, applied.text
    assert cast.persons["peer"] in [
        each["candidate_id"]
        for each in cast.hr.get("/candidacies", params={"vacancy_id": own["vacancy_id"]}).json()["items"]
    ]
    forbidden(peer.post("/candidacies", json=own | {"candidate_id": str(uuid4())}))


def test_the_same_contact_is_the_same_candidate_until_they_are_erased(cast: Cast) -> None:
    known = str(uuid4())
    first = apply(cast, vacancy(cast), known)
    again = {"name": "Grace H.", "contact": f" GRACE.{known.upper()}@example.org ", "candidate_id": str(uuid4())}
    body = again | {"vacancy_id": vacancy(cast).rpartition("/")[2]}
    by_hr, by_manager = (who.post("/candidacies", json=body) for who in (cast.hr, cast.as_person("junior")))
    for response in (by_hr, by_manager):
        refused(response, "candidate-known")
    assert known in by_hr.json()["remedy"]
    assert known not in by_manager.text
    second = cast.post(cast.hr, "/candidacies", **body | {"candidate_id": known})["id"]
    for path in (first, f"/candidacies/{second}"):
        cast.post(cast.hr, f"{path}/withdraw")
    cast.post(cast.hr, f"{first}/erase", reason="Asked for.")
    cast.post(cast.hr, "/candidacies", **body)


def test_an_opening_is_open_again_where_who_accepted_does_not_come_and_they_may_apply_again(cast: Cast) -> None:
    of, candidate = vacancy(cast), str(uuid4())
    candidacy = apply(cast, of, candidate)
    interview(cast, candidacy)
    cast.post(cast.hr, f"{candidacy}/make-offer", expires_on=LAST)
    cast.post(cast.hr, f"{candidacy}/accept-offer")
    assert cast.hr.get(of).json()["status"] == "filled"
    cast.post(cast.hr, f"{candidacy}/withdraw", reason="Stays with the present employer.")
    opened = cast.hr.get(of).json()
    assert (opened["status"], opened["accepted"], opened["filled_on"]) == ("open", 0, None)
    apply(cast, of, candidate)


def test_who_accepted_is_erased_where_they_did_not_come_under_that_id(cast: Cast) -> None:
    candidate = str(uuid4())
    accepted, rejected = (apply(cast, vacancy(cast), candidate) for _ in range(2))
    interview(cast, accepted)
    cast.post(cast.hr, f"{accepted}/make-offer", expires_on=LAST)
    cast.post(cast.hr, f"{accepted}/accept-offer")
    cast.post(cast.hr, f"{rejected}/reject", reason="Comes to us elsewhere.")
    cast.post(cast.hr, f"{rejected}/erase", reason="Asked for.")
    cast.post(cast.hr, f"{accepted}/erase", reason="Asked for.")
    left = cast.hr.get(accepted).json()
    assert (left["name"], left["contact"], left["status"]) == ("erased", "erased", "accepted")


def test_who_works_here_is_not_erased_as_a_candidate(cast: Cast) -> None:
    candidacy = apply(cast, vacancy(cast), cast.persons["peer"])
    cast.post(cast.hr, f"{candidacy}/reject", reason="Stays where they are.")
    refused(cast.hr.post(f"{candidacy}/erase", json={"reason": "Asked for."}), "hired-candidate")
    assert cast.hr.get(f"/persons/{cast.persons['peer']}").json()["name"] == "Peer"


def test_an_offer_lapses_by_itself_after_its_last_day(cast: Cast, firm: Company) -> None:
    path = vacancy(cast)
    candidacy = apply(cast, path)
    interview(cast, candidacy)
    cast.post(cast.hr, f"{candidacy}/make-offer", expires_on=LAST)
    assert cast.hr.get(path).json()["offers_made"] == 1
    firm.move_clock(noon(3))
    assert cast.hr.get(candidacy).json()["status"] == "offered"
    firm.move_clock(noon(4))
    becomes(cast.hr, candidacy, status="lapsed")
    last = cast.hr.get(f"{candidacy}/history").json()["items"][-1]
    assert (last["type"], last["actor"]) == ("OfferLapsed", "system:people")
    refused(cast.hr.post(f"{candidacy}/accept-offer", json={}), "live-offer")
    firm.move_clock(noon(0))
