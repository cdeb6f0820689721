"""Development plans and mentorships over HTTP, with what follows from skills, certificates, trainings and the line."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.commands.handler import Handler
from chassis.consumers.reactions import Reactions
from chassis.http.security import AskedAgain
from chassis.messaging.cloudevents import Envelope
from chassis.service.preparation import privacy_of
from chassis.store.store import Store
from contracts import people as published
from contracts.roles import Role
from contracts.values import SkillLevel
from portolan.stack.postgres import ServiceDatabase
from services.people.app import REACTIONS, SERVICE
from tests.harness import MovableClock, Running, asked, company, wait_until
from tests.infrastructure import Infrastructure
from tests.people.cast import Cast, cast_of, forbidden, refused, unknown
from tests.today import TODAY

DAY = timedelta(days=1)
Json = dict[str, Any]


def skill_goal(name: str = "ITMG", due_on: date = TODAY + 30 * DAY) -> Json:
    return {"goal_id": str(uuid4()), "skill": {"skill": name, "level": 4}, "due_on": str(due_on)}


def propose(cast: Cast, who: str, name: str) -> str:
    """The path of a plan of one of the cast, proposed by another."""
    period = {"starts_on": str(TODAY), "ends_on": str(TODAY + 365 * DAY)}
    made = cast.post(cast.as_person(who), "/development-plans", person_id=cast.persons[name], **period)
    return f"/development-plans/{made['id']}"


def over(cast: Cast, who: str, path: str) -> None:
    """Leave nobody with an open plan."""
    cast.post(cast.as_person(who), f"{path}/withdraw", reason="Over.")


def mentor(cast: Cast, who: str, mentor_name: str = "peer", mentee: str = "member") -> str:
    """The path of a mentorship somebody of the cast proposed."""
    pair = {"person_id": cast.persons[mentee], "mentor_id": cast.persons[mentor_name]}
    made = cast.post(cast.as_person(who), "/mentorships", **pair, purpose="To lead.")
    return f"/mentorships/{made['id']}"


def test_a_plan_is_proposed_by_one_side_and_agreed_by_the_other(cast: Cast) -> None:
    member, junior = cast.as_person("member"), cast.as_person("junior")
    path = propose(cast, "member", "member")
    cast.post(member, f"{path}/add-goal", **skill_goal())
    forbidden(member.post(f"{path}/agree", json={}))
    forbidden(cast.hr.post(f"{path}/agree", json={}))
    forbidden(cast.as_person("manager").post(f"{path}/agree", json={}))
    again = {"person_id": cast.persons["member"], "starts_on": str(TODAY), "ends_on": str(TODAY)}
    refused(junior.post("/development-plans", json=again), "already-taken")
    over(cast, "member", path)
    path = propose(cast, "junior", "member")
    forbidden(junior.post(f"{path}/agree", json={}))
    goal = skill_goal()
    cast.post(junior, f"{path}/add-goal", **goal)
    cast.post(member, f"{path}/agree")
    action = {"action_id": str(uuid4()), "goal_id": goal["goal_id"], "kind": "reading", "what": "A book."}
    cast.post(member, f"{path}/add-action", **action)
    learning = {"entry_id": str(uuid4()), "action_id": action["action_id"], "hours": "2.5"}
    cast.post(member, f"{path}/record-learning", **learning, effective_on=str(TODAY))
    forbidden(member.post(f"{path}/meet-goal", json={"goal_id": goal["goal_id"]}))
    forbidden(junior.post(f"{path}/mark-overdue-goals", json={}))
    refused(member.post(f"{path}/close", json={}), "closes-without-open-goals")
    cast.post(junior, f"{path}/miss-goal", goal_id=goal["goal_id"], reason="No time.")
    closed = cast.post(member, f"{path}/close")
    assert (closed["status"], closed["learning_hours"]) == ("closed", "2.5")
    over(cast, "member", propose(cast, "member", "member"))


def test_who_has_nobody_above_agrees_with_hr_and_never_with_themself(cast: Cast) -> None:
    director = cast.as_person("director", Role.HR, Role.EXECUTIVE)
    path = propose(cast, "director", "director")
    cast.post(director, f"{path}/add-goal", **skill_goal())
    forbidden(director.post(f"{path}/agree", json={}))
    agreed = cast.post(cast.hr, f"{path}/agree")
    assert agreed["status"] == "agreed"


def test_the_person_the_line_above_and_hr_see_a_plan_and_nobody_else(cast: Cast) -> None:
    path = propose(cast, "peer", "peer")
    cast.post(cast.as_person("peer"), f"{path}/add-goal", **skill_goal())
    for name in ("peer", "senior", "director"):
        assert cast.as_person(name).get(path).status_code == 200
    assert cast.hr.get(path).status_code == 200
    for name in ("manager", "member", "stranger"):
        client = cast.as_person(name, Role.EXECUTIVE, Role.ADMINISTRATOR)
        unknown(client.get(path))
        unknown(client.post(f"{path}/close", json={}))
        listed = client.get("/development-plans", params={"person_id": cast.persons["peer"]})
        assert listed.json()["items"] == []
    over(cast, "peer", path)


def test_a_mentorship_begins_once_both_accepted_and_only_they_lead_it(cast: Cast) -> None:
    path = mentor(cast, "junior")
    junior, member, peer = (cast.as_person(name) for name in ("junior", "member", "peer"))
    forbidden(junior.post(f"{path}/accept", json={}))
    assert cast.post(member, f"{path}/accept")["status"] == "proposed"
    assert cast.post(peer, f"{path}/accept")["status"] == "active"
    meeting = {"meeting_id": str(uuid4()), "held_on": str(TODAY), "hours": "1.5"}
    forbidden(junior.post(f"{path}/record-meeting", json=meeting))
    cast.post(peer, f"{path}/record-meeting", **meeting)
    assert cast.post(member, f"{path}/complete")["hours"] == "1.5"
    for name in ("peer", "member", "manager", "director"):
        assert cast.as_person(name).get(path).status_code == 200
    unknown(cast.as_person("stranger", Role.EXECUTIVE).get(path))
    line_manager = {"person_id": cast.persons["member"], "mentor_id": cast.persons["junior"], "purpose": "To lead."}
    refused(cast.hr.post("/mentorships", json=line_manager), "mentor-not-line-manager")
    forbidden(cast.as_person("stranger").post("/mentorships", json=line_manager))


def test_accepting_a_mentorship_takes_eight_statements_and_waking_the_relay_whatever_the_length_of_the_line_above(
    cast: Cast, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is asked about the caller is asked every few seconds, not each time.
    monkeypatch.setattr(AskedAgain, "is_old", lambda _self, asked_at: asked_at == float("-inf"))
    path = mentor(cast, "junior")
    for name in ("member", "peer"):
        client = cast.as_person(name)
        client.get(path)  # connections, and what they ask when they are new
        statements.clear()
        cast.post(client, f"{path}/accept")
        assert len(asked(statements)) == 8, statements
    cast.post(cast.as_person("peer"), f"{path}/end", reason="Over.")


def test_a_mentor_has_five_active_mentees_at_most(cast: Cast) -> None:
    mentees = [f"mentee{number}" for number in range(6)]
    for name in mentees:
        cast.join(name, "staff", "manager")
    paths = [mentor(cast, name, "stranger", name) for name in mentees]
    stranger = cast.as_person("stranger")
    for path in paths[:5]:
        assert cast.post(stranger, f"{path}/accept")["status"] == "active"
    refused(stranger.post(f"{paths[5]}/accept", json={}), "mentees-bounded")
    cast.post(stranger, f"{paths[0]}/end", reason="Moved away.")
    cast.post(stranger, f"{paths[5]}/accept")


def heard(running: Running, *envelopes: Envelope) -> None:
    """Let the people service hear of something, as its worker would."""

    unused: Any = None  # it is for waiting until reference rows are there, and people keeps none

    async def hear() -> None:
        store = Store(running.own.database_url, privacy=privacy_of(SERVICE, running.shared))
        await store.start()
        try:
            handler = Handler(store, SERVICE.events, aggregates=SERVICE.aggregates, service="people")
            reactions = Reactions(REACTIONS, handler, asyncio.get_running_loop(), None)
            await asyncio.to_thread(reactions.apply, unused, list(envelopes))
        finally:
            await store.stop()

    asyncio.run(hear())


def test_a_training_that_was_passed_is_credited_once_however_often_it_is_heard_of(cast: Cast) -> None:
    scheme = {"name": f"CSM {uuid4().hex[:8]}", "issuer": "SA", "valid_months": 24}
    scheme_id = cast.post(cast.hr, "/certificate-schemes", **scheme)["id"]
    path = f"/qualifications/{cast.persons['manager']}"

    def completed(level: int, passed: bool = True) -> Envelope:
        training = published.TrainingCompleted(
            person_id=UUID(cast.persons["manager"]),
            programme_id=uuid4(),
            passed=passed,
            hours=Decimal(8),
            skills=(SkillLevel(skill="PROG", level=level),),
            scheme_id=UUID(scheme_id),
            effective_on=TODAY,
        )
        return Envelope("t", 0, 0, event=training, id=str(uuid4()), stream=f"enrolment-{uuid4()}", number=1)

    heard(cast.people, completed(4, passed=False))
    unknown(cast.hr.get(path))
    passed = completed(4)
    heard(cast.people, passed, passed, completed(3))
    heard(cast.people, passed)
    found = cast.hr.get(path).json()
    assert [(each["skill"], each["level"]) for each in found["skills"]] == [("PROG", 4)]
    assert [(each["scheme_id"], each["status"]) for each in found["certificates"]] == [(scheme_id, "held")]
    history = cast.hr.get(f"{path}/history").json()["items"]
    assert [each["type"] for each in history].count("SkillAssessed") == 1
    assert history[-1]["actor"] == "system:people"


@pytest.fixture(scope="module")
def living(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cast]:
    """A cast whose service hears itself, on a clock that stands still until it is moved."""
    clock = MovableClock(datetime.combine(TODAY, time(12), UTC))
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer"), clock) as made:
        yield cast_of(made.start(SERVICE))


def test_a_goal_is_met_by_itself_when_the_skill_or_the_certificate_is_there(living: Cast) -> None:
    cast, hr = living, living.hr
    scheme = {"name": f"CSM {uuid4().hex[:8]}", "issuer": "SA", "valid_months": 24}
    scheme_id = cast.post(hr, "/certificate-schemes", **scheme)["id"]
    path = propose(cast, "junior", "member")
    by_scheme = {"goal_id": str(uuid4()), "scheme_id": scheme_id, "due_on": str(TODAY + 30 * DAY)}
    for goal in (skill_goal(), by_scheme, skill_goal("PROG")):
        cast.post(hr, f"{path}/add-goal", **goal)
    cast.post(cast.as_person("member"), f"{path}/agree")
    own = f"/qualifications/{cast.persons['member']}"
    cast.post(hr, f"{own}/assess-skill", skill="itmg", level=5, effective_on=str(TODAY))
    awarded = {"certificate_id": str(uuid4()), "scheme_id": scheme_id, "awarded_on": str(TODAY)}
    cast.post(hr, f"{own}/record-certificate", **awarded)

    def statuses() -> list[str]:
        return [goal["status"] for goal in hr.get(path).json()["goals"]]

    wait_until(lambda: statuses() == ["met", "met", "open"], "the goals are met")
    clock = cast.people.clock
    assert isinstance(clock, MovableClock)
    clock.now = datetime.combine(TODAY + 31 * DAY, time(), UTC)
    cast.people.wake()
    wait_until(lambda: hr.get(path).json()["goals"][2]["overdue"], "the open goal is overdue")
    history = hr.get(f"{path}/history").json()["items"]
    assert [each["type"] for each in history].count("DevelopmentGoalOverdue") == 1
    clock.now = datetime.combine(TODAY, time(12), UTC)


def test_a_goal_is_met_when_a_certificate_that_had_lapsed_is_renewed_late(living: Cast) -> None:
    cast, hr = living, living.hr
    scheme = {"name": f"CSM {uuid4().hex[:8]}", "issuer": "SA", "valid_months": 12}
    scheme_id = cast.post(hr, "/certificate-schemes", **scheme)["id"]
    own, certificate = f"/qualifications/{cast.persons['peer']}", {"certificate_id": str(uuid4())}
    lapsed = {"scheme_id": scheme_id, "awarded_on": str(TODAY - 400 * DAY)}
    cast.post(hr, f"{own}/record-certificate", **certificate, **lapsed)
    cast.post(hr, f"{own}/review-certificates")
    path = propose(cast, "senior", "peer")
    goal = {"goal_id": str(uuid4()), "scheme_id": scheme_id, "due_on": str(TODAY + 30 * DAY)}
    cast.post(hr, f"{path}/add-goal", **goal)
    cast.post(hr, f"{own}/renew-certificate", **certificate, effective_on=str(TODAY - 60 * DAY))
    wait_until(lambda: hr.get(path).json()["goals"][0]["status"] == "met", "the goal is met")


def test_a_mentorship_ends_when_the_mentor_becomes_the_line_manager_or_somebody_leaves(living: Cast) -> None:
    cast, hr, today = living, living.hr, {"effective_on": str(TODAY)}
    with_manager, with_stranger = (mentor(cast, "junior", name, "junior") for name in ("peer", "stranger"))
    cast.post(cast.as_person("peer"), f"{with_manager}/accept")
    cast.post(cast.as_person("stranger"), f"{with_stranger}/accept")
    junior = f"/persons/{cast.persons['junior']}"
    cast.post(hr, f"{junior}/change-line-manager", line_manager_id=cast.persons["peer"], **today)
    wait_until(lambda: hr.get(with_manager).json()["status"] == "ended", "the mentorship has ended")
    assert hr.get(with_stranger).json()["status"] == "active"
    last = hr.get(f"{with_manager}/history").json()["items"][-1]
    assert (last["actor"], last["data"]["reason"]) == (
        "system:people",
        "The mentor has become the mentee's line manager.",
    )
    cast.post(hr, f"/persons/{cast.persons['stranger']}/record-leaving", **today)
    wait_until(lambda: hr.get(with_stranger).json()["status"] == "ended", "the other has ended, too")
