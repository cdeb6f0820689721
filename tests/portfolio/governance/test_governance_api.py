"""Governance over HTTP: decisions, ranked lists, and gates that take their project with them."""

from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from services.portfolio.organisation.domain.portfolio_policy import POLICY_ID
from tests.business import Business, Json, Team, at_once, done, items, made, on_project, refused
from tests.today import TODAY


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    return business.team()


@pytest.fixture
def head(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.head)


@pytest.fixture
def senior(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.senior)


def decision(team: Team, **changes: object) -> Json:
    return {
        "title": "One data centre",
        "options": ["one", "two"],
        "chosen": "one",
        "rationale": "It is enough.",
        "decided_by": team.head.person,
        "decided_on": str(TODAY),
        **changes,
    }


def propose(client: httpx.Client, project: str) -> str:
    return made(client.post("/gates", json={"project_id": project, "name": "Approval"}))


def decide(client: httpx.Client, gate: str, what: str) -> httpx.Response:
    return client.post(f"/gates/{gate}/decide", json={"decision": what, "rationale": "The board said so."})


def stage(business: Business, project: str) -> str:
    return str(done(business.office.get(f"/projects/{project}"))["stage"])


def working(business: Business, team: Team) -> str:
    project = business.funded(team)
    done(on_project(business.office, project, "start", effective_on=str(TODAY)))
    return project


def test_a_decision_takes_the_place_of_another_in_one_append(
    business: Business, team: Team, head: httpx.Client
) -> None:
    first = made(business.office.post("/decisions", json=decision(team)))
    second = made(business.office.post("/decisions", json=decision(team, title="Two", chosen="two", supersedes=first)))
    found = done(business.office.get(f"/decisions/{first}"))
    assert (found["status"], found["superseded_by"]) == ("superseded", second)
    late = business.office.post("/decisions", json=decision(team, title="Three", supersedes=first))
    assert second in refused(late, "superseded-once")["detail"]
    assert business.office.post("/decisions", json=decision(team, supersedes=str(uuid4()))).status_code == 404
    done(head.post(f"/decisions/{second}/carry-out", json={"carried_out_on": str(TODAY)}))
    assert [each["id"] for each in items(head.get(f"/decisions?status=superseded&decided_by={team.head.person}"))] == [
        first
    ]


def test_a_decision_of_what_does_not_exist_is_not_found(business: Business, team: Team) -> None:
    for about in ("project_id", "initiative_id"):
        assert business.office.post("/decisions", json=decision(team, **{about: str(uuid4())})).status_code == 404


def test_a_decision_with_a_day_is_due_on_the_desk_of_who_decided(
    business: Business, team: Team, head: httpx.Client
) -> None:
    logged = made(business.office.post("/decisions", json=decision(team, due_on=str(TODAY))))
    (item,) = [each for each in done(head.get("/desk"))["due"] if each["id"] == logged]
    assert (item["what"], item["due_on"]) == ("the decision is to be carried out", str(TODAY))


def test_two_versions_of_a_ranked_list_differ_by_what_moved(business: Business, team: Team) -> None:
    one, two, three = (business.propose(team) for _ in range(3))
    body = {"title": "2027", "ranks": "projects", "division_id": team.division, "reason": "As agreed."}
    ranked = made(business.office.post("/priorities", json={**body, "ranking": [one, two]}))
    again = {"ranking": [three, two, one], "reason": "Three is law."}
    assert done(business.office.post(f"/priorities/{ranked}/rank-again", json=again))["number"] == 2
    path = f"/priorities/{ranked}/difference"
    found = done(business.office.get(path))
    assert found == done(business.office.get(f"{path}?before=1&after=2"))
    assert found["moved"] == [{"id": three, "before": None, "after": 1}, {"id": one, "before": 1, "after": 3}]
    assert business.office.get(f"{path}?before=1&after=3").status_code == 422
    assert business.office.get(f"/priorities/{uuid4()}/difference?before=1&after=2").status_code == 404
    elsewhere = business.propose(business.team())
    refused(business.office.post("/priorities", json={**body, "ranking": [elsewhere]}), "ranked-within-the-division")
    refused(business.office.post("/priorities", json={**body, "ranking": [str(uuid4())]}), "ranked-not-known")


def test_a_list_of_one_version_has_changed_nothing(business: Business, team: Team) -> None:
    body = {"title": "2027", "ranks": "projects", "ranking": [business.propose(team)], "reason": "As agreed."}
    ranked = made(business.office.post("/priorities", json=body))
    found = done(business.office.get(f"/priorities/{ranked}/difference"))
    assert (found["before"], found["after"], found["moved"]) == (1, 1, [])


def test_requests_are_ranked_as_well(business: Business, team: Team) -> None:
    asked = {"title": "Online forms", "purpose": "No paper.", "division_id": team.division}
    request = made(business.office.post("/requests", json=asked))
    body = {"title": "Demand", "ranks": "requests", "ranking": [request], "reason": "As agreed."}
    assert items(business.office.get(f"/priorities?id={made(business.office.post('/priorities', json=body))}"))


def test_go_at_the_approval_gate_approves_the_project_with_the_same_append(
    business: Business, team: Team, senior: httpx.Client, head: httpx.Client
) -> None:
    project = business.propose(team)
    gate = propose(senior, project)
    refused(decide(head, gate, "go"), "signed-specification-required")
    business.specify(team, project)
    assert done(decide(head, gate, "go"))["decided_by"] == [team.head.person]
    assert stage(business, project) == "approved"
    histories = [items(head.get(path)) for path in (f"/gates/{gate}/history", f"/projects/{project}/history")]
    assert len({history[-1]["recorded_at"] for history in histories}) == 1


@pytest.mark.parametrize(("what", "then"), [("go", "in progress"), ("hold", "on hold"), ("kill", "cancelled")])
def test_a_project_at_work_goes_on_rests_or_is_given_up(
    business: Business, team: Team, senior: httpx.Client, head: httpx.Client, what: str, then: str
) -> None:
    project = working(business, team)
    done(decide(head, propose(senior, project), what))
    assert stage(business, project) == then


def test_a_recycled_project_is_specified_again_and_keeps_its_money(
    business: Business, team: Team, senior: httpx.Client, head: httpx.Client
) -> None:
    project = working(business, team)
    done(decide(head, propose(senior, project), "recycle"))
    assert stage(business, project) == "specified"
    business.specify(team, project, scope="Once more.")
    done(decide(head, propose(senior, project), "go"))
    assert stage(business, project) == "funded"


def test_nobody_decides_at_their_own_gate(business: Business, team: Team, head: httpx.Client) -> None:
    project = working(business, team)
    senior = business.as_person("portfolio", team.senior)
    gate = propose(senior, project)
    problem = refused(decide(senior, gate, "go"), "proposer-does-not-decide", 403)
    assert "the division's head" in problem["remedy"]
    by_head = business.system("portfolio", Role.PORTFOLIO_OFFICE, subject=team.head.person)
    done(senior.post(f"/gates/{gate}/withdraw", json={"reason": "Again."}))
    refused(decide(head, propose(by_head, project), "go"), "proposer-does-not-decide", 403)


def test_policy_names_who_decides_beside_the_line_and_it_is_on_their_desk(business: Business, team: Team) -> None:
    board = str(uuid4())
    member = business.system("portfolio", Role.STAFF, subject=board)
    project = business.propose(team)
    gate = propose(business.office, project)
    refused(decide(member, gate, "kill"), "gate-by-named-authority", 403)
    chair = business.system("portfolio", Role.EXECUTIVE)
    named = {"gate_authorities": [board], "reason": "The board decides."}
    done(chair.post(f"/portfolio-policies/{POLICY_ID}/set-limits", json=named))
    name = f"{done(business.office.get(f'/projects/{project}'))['name']}: {done(member.get(f'/gates/{gate}'))['name']}"
    assert [(each["what"], each["name"]) for each in done(member.get("/desk"))["decisions"] if each["id"] == gate] == [
        ("decide at the gate", name)
    ]
    done(decide(member, gate, "kill"))
    assert stage(business, project) == "cancelled"


def test_of_gates_proposed_at_once_one_waits(business: Business, team: Team) -> None:
    project = business.propose(team)
    asked = {"project_id": project, "name": "Approval"}
    answers = at_once([lambda: business.office.post("/gates", json=asked)] * 5)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


def test_a_gate_of_no_project_is_not_found(business: Business) -> None:
    body = {"project_id": str(uuid4()), "name": "Approval"}
    assert business.office.post("/gates", json=body).status_code == 404
    somebody = business.system("portfolio", Role.STAFF, subject=str(uuid4()))
    assert somebody.post("/gates", json=body).status_code == 404
