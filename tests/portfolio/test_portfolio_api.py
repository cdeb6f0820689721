"""Portfolio over HTTP: who may do what, lists, refusals with their remedies, history, what was known at a moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.roles import Role
from tests import plain_http
from tests.business import (
    CRITERIA,
    Business,
    Json,
    Team,
    done,
    euros,
    items,
    made,
    not_authorised,
    on_project,
    refused,
    specification,
    verdicts,
)
from tests.today import TODAY

TOKENS = [role for role in Role if role is not Role.SYSTEM]
OFFICE = {Role.PORTFOLIO_OFFICE, Role.ADMINISTRATOR}
STEERING = OFFICE | {Role.EXECUTIVE}
INITIATIVES = STEERING | {Role.MANAGER}
SOMEBODY = {"accountable_id": str(uuid4()), "reason": "Try."}
WHO_MAY: dict[str, tuple[set[Role], Json]] = {
    "name-sponsor": (OFFICE, {"sponsor_id": str(uuid4())}),
    "write-specification": (OFFICE, specification()),
    "start": (OFFICE, {"effective_on": str(TODAY)}),
    "report-progress": (OFFICE, {"as_of": str(TODAY), "note": "Well."}),
    "begin-closing": (OFFICE, {}),
    "put-on-hold": (STEERING, {"reason": "Wait."}),
    "resume": (STEERING, {}),
    "close": (STEERING, {"outcome": "failed", "verdicts": [], "lessons": "L", "effective_on": str(TODAY)}),
    "hand-over-accountability": (STEERING, SOMEBODY),
    "cancel": (STEERING, {"reason": "Enough."}),
    "confirm-funding": (set(), {"granted": euros(1)}),
    "return-to-specification": (set(), {"reason": "No."}),
    "escalate-accountability": (set(), {"leaver_id": str(uuid4()), "reason": "Gone."}),
    "end-delegation-of-leaver": (set(), {"person_id": str(uuid4()), "reason": "Gone."}),
    "expire-delegation": (set(), {}),
}


@pytest.fixture(scope="module")
def team(business: Business) -> Team:
    """One team for all tests: none changes it."""
    return business.team()


@pytest.fixture(scope="module")
def clients(business: Business) -> dict[Role, httpx.Client]:
    """A client for each role, whose person has no part in any project."""
    return {role: business.system("portfolio", role, subject=str(uuid4())) for role in TOKENS}


@pytest.fixture
def senior(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.senior)


@pytest.fixture
def sponsor(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.sponsor)


@pytest.fixture
def head(business: Business, team: Team) -> httpx.Client:
    return business.as_person("portfolio", team.head)


def may(response: httpx.Response) -> bool:
    """Whether the caller was let through, whatever the rules said then."""
    assert response.status_code in (200, 201, 403, 409), response.text
    return response.status_code != 403 or response.json()["rule"] != "not-authorised"


def shape(client: httpx.Client, team: Team, **changes: Any) -> str:
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division, **changes}
    return made(client.post("/initiatives", json=body))


def take_over(team: Team, **changes: Any) -> Json:
    return {
        "name": "Old payroll",
        "summary": "It came from elsewhere.",
        "division_id": team.division,
        "source": {"system": "Ledger", "reference": uuid4().hex},
        "stage": "in progress",
        "plan": {"start": "2026-01-01", "end": "2026-12-31"},
        "gaps": ["sponsor"],
        **changes,
    }


@pytest.mark.parametrize("role", TOKENS)
def test_managers_and_the_business_propose(
    clients: dict[Role, httpx.Client], business: Business, team: Team, role: Role
) -> None:
    allowed = role in INITIATIVES | {Role.BUSINESS_USER}
    assert may(clients[role].post("/projects", json=business.proposal(team))) is allowed


@pytest.mark.parametrize("role", TOKENS)
def test_managers_shape_initiatives(clients: dict[Role, httpx.Client], team: Team, role: Role) -> None:
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
    assert may(clients[role].post("/initiatives", json=body)) is (role in INITIATIVES)


@pytest.mark.parametrize("role", TOKENS)
def test_only_the_office_takes_projects_over(clients: dict[Role, httpx.Client], team: Team, role: Role) -> None:
    assert may(clients[role].post("/projects/" + str(uuid4()) + "/take-over", json=take_over(team))) is (role in OFFICE)


@pytest.mark.parametrize("command", WHO_MAY)
def test_a_role_lets_through_those_whose_task_it_is(
    clients: dict[Role, httpx.Client], business: Business, team: Team, command: str
) -> None:
    allowed, body = WHO_MAY[command]
    project = business.propose(team)
    let_through = {role for role in TOKENS if may(on_project(clients[role], project, command, **body))}
    assert let_through == allowed


def test_without_a_token_nothing_is_told(business: Business, team: Team) -> None:
    url = business.company.running["portfolio"].url
    for response in (
        plain_http.get(f"{url}/projects"),
        plain_http.post(f"{url}/projects", json=business.proposal(team)),
    ):
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"


def test_the_accountable_manager_and_the_delegate_work_but_only_the_former_steers(
    business: Business, team: Team, senior: httpx.Client
) -> None:
    project = business.propose(team)
    manager, junior = (business.as_person("portfolio", post) for post in (team.manager, team.junior))
    not_authorised(on_project(manager, project, "write-specification", **specification()))
    offer = {"delegate_id": team.manager.person, "scope": "The work."}
    refused(on_project(junior, project, "offer-delegation", **offer), "only-who-answers", 403)
    done(on_project(senior, project, "offer-delegation", **offer))
    refused(on_project(junior, project, "accept-delegation"), "only-the-delegate", 403)
    not_authorised(on_project(manager, project, "write-specification", **specification()))
    done(on_project(manager, project, "accept-delegation"))
    done(on_project(manager, project, "write-specification", **specification()))
    done(on_project(senior, project, "write-specification", **specification(scope="More.")))
    not_authorised(on_project(manager, project, "cancel", reason="Enough."))
    done(on_project(manager, project, "return-delegation", reason="Too much."))
    not_authorised(on_project(manager, project, "write-specification", **specification()))


def test_only_the_sponsor_signs_and_only_the_latest_version(
    business: Business, team: Team, senior: httpx.Client, sponsor: httpx.Client
) -> None:
    project = business.propose(team)
    refused(on_project(sponsor, project, "sign-specification", version=1), "latest-version-only")
    done(on_project(senior, project, "write-specification", **specification()))
    done(on_project(senior, project, "write-specification", **specification(scope="More.")))
    refused(on_project(senior, project, "sign-specification", version=2), "only-the-sponsor-signs", 403)
    refused(on_project(sponsor, project, "sign-specification", version=1), "latest-version-only")
    signed = done(on_project(sponsor, project, "sign-specification", version=2))
    assert signed["specification"]["signed_by"] == team.sponsor.person
    unsigned = done(on_project(senior, project, "write-specification", **specification(scope="Even more.")))
    assert unsigned["specification"]["signed_by"] is None


def test_the_gate_is_passed_by_a_named_authority_who_does_not_answer(
    business: Business, team: Team, senior: httpx.Client, head: httpx.Client
) -> None:
    project = business.propose(team)
    refused(on_project(head, project, "approve"), "signed-specification-required")
    business.specify(team, project)
    refused(on_project(senior, project, "approve"), "approver-does-not-answer", 403)
    refused(on_project(business.office, project, "approve"), "gate-by-named-authority", 403)
    assert done(on_project(head, project, "approve"))["stage"] == "approved"
    frozen = on_project(senior, project, "write-specification", **specification(scope="Later."))
    refused(frozen, "specification-frozen")


def test_who_is_not_known_or_may_not_answer_is_refused(business: Business, team: Team) -> None:
    def propose(**changes: str) -> httpx.Response:
        return business.office.post("/projects", json=business.proposal(team, **changes))

    refused(propose(division_id=str(uuid4())), "division-not-known-yet")
    refused(propose(sponsor_id=str(uuid4())), "person-not-known-yet")
    refused(propose(accountable_id=str(uuid4())), "person-not-known-yet")
    refused(propose(accountable_id=team.manager.person), "accountable-is-senior")
    refused(propose(initiative_id=str(uuid4())), "initiative-unknown")


def test_what_is_not_of_the_right_form_says_where(business: Business, team: Team) -> None:
    response = business.office.post("/projects", json=business.proposal(team, name=" ", colour="red"))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert {error["loc"][-1] for error in response.json()["errors"]} == {"name", "colour"}
    nowhere = on_project(business.office, str(uuid4()), "cancel", reason="Enough.")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "application/problem+json")


def test_work_rests_goes_on_and_is_reported_in_order(business: Business, team: Team, senior: httpx.Client) -> None:
    project = business.funded(team)
    done(on_project(senior, project, "start", effective_on=str(TODAY - timedelta(days=5))))
    tomorrow = {"as_of": str(TODAY + timedelta(days=1)), "note": "Well."}
    refused(on_project(senior, project, "report-progress", **tomorrow), "not-in-the-future")
    done(on_project(senior, project, "report-progress", as_of=str(TODAY), percent_complete="12.5"))
    earlier = {"as_of": str(TODAY - timedelta(days=1)), "note": "Well."}
    refused(on_project(senior, project, "report-progress", **earlier), "reports-in-order")
    refused(on_project(senior, project, "report-progress", as_of=str(TODAY)), "report-says-something")
    assert done(on_project(senior, project, "put-on-hold", reason="Strike."))["stage"] == "on hold"
    refused(on_project(senior, project, "begin-closing"), "not-at-this-stage")
    assert done(on_project(senior, project, "resume"))["stage"] == "in progress"
    assert done(on_project(senior, project, "begin-closing"))["stage"] == "closing"
    end = {"verdicts": verdicts(met=False), "effective_on": str(TODAY)}
    refused(on_project(senior, project, "close", outcome="failed", lessons=" ", **end), "lessons-required")
    assert (
        done(on_project(senior, project, "close", outcome="failed", lessons="Ask more.", **end))["outcome"] == "failed"
    )
    refused(on_project(senior, project, "cancel", reason="Late."), "project-ended")


def test_history_names_who_acted_when_and_why(
    business: Business, team: Team, senior: httpx.Client, sponsor: httpx.Client
) -> None:
    project = business.propose(team)
    headers = {"portolan-reason": "As agreed on Monday.", "x-request-id": "monday-1"}
    written = senior.post(f"/projects/{project}/write-specification", json=specification(), headers=headers)
    done(written)
    done(on_project(sponsor, project, "sign-specification", version=1))
    proposed, specified, signed = items(senior.get(f"/projects/{project}/history"))
    assert [event["type"] for event in (proposed, specified, signed)] == [
        "ProjectProposed",
        "ProjectSpecified",
        "SpecificationSigned",
    ]
    assert [event["actor"] for event in (proposed, specified, signed)] == [
        "system:tests",
        team.senior.person,
        team.sponsor.person,
    ]
    assert (specified["reason"], specified["correlation_id"]) == ("As agreed on Monday.", "monday-1")
    assert specified["data"]["success_criteria"] == list(CRITERIA)
    assert [event["version"] for event in (proposed, specified, signed)] == [1, 2, 3]
    assert [event["published_number"] for event in (proposed, specified, signed)] == [1, 2, 3]


def test_history_comes_in_pages(business: Business, team: Team) -> None:
    project = business.propose(team)
    for scope in ("A", "B", "C"):
        done(on_project(business.office, project, "write-specification", **specification(scope=scope)))
    found, token = [], None
    while True:
        asked = {"page_size": 3} | ({"page_token": token} if token else {})
        page = done(business.office.get(f"/projects/{project}/history", params=asked))
        found += [event["version"] for event in page["items"]]
        if (token := page["next_page_token"]) is None:
            break
    assert found == [1, 2, 3, 4]


def test_a_project_can_be_read_as_it_was_known_at_a_moment(
    business: Business, team: Team, senior: httpx.Client
) -> None:
    project = business.propose(team)
    done(on_project(senior, project, "write-specification", **specification(euros(1))))
    done(on_project(senior, project, "write-specification", **specification(euros(2))))
    first, second, third = items(senior.get(f"/projects/{project}/history"))

    def known(moment: str) -> httpx.Response:
        return senior.get(f"/projects/{project}", params={"known_at": moment})

    assert done(known(first["recorded_at"]))["specification"] is None
    assert done(known(second["recorded_at"]))["specification"]["budget_asked"] == euros(1)
    assert done(known(third["recorded_at"])) == done(senior.get(f"/projects/{project}"))
    assert known("2020-01-01T00:00:00Z").status_code == 404


@pytest.fixture(scope="module")
def listed(business: Business, team: Team) -> list[str]:
    """Projects of a division of their own, by name: the first ones proposed, the last one cancelled."""
    division = business.division()
    business.settle()
    names = ["Ångström", "Beta", "beta 2", "Gamma", "Zeta"]
    found = [business.propose(team, division_id=division, name=name) for name in names]
    done(on_project(business.office, found[-1], "cancel", reason="No need."))
    return [division, *found]


def test_lists_filter_on_fields(business: Business, team: Team, listed: list[str]) -> None:
    division, *projects = listed

    def ids(**filters: Any) -> set[str]:
        return {item["id"] for item in items(business.office.get("/projects", params=filters | {"page_size": 500}))}

    assert ids(division_id=division) == set(projects)
    assert ids(division_id=division, stage="cancelled") == {projects[-1]}
    assert ids(division_id=division, stage=["cancelled", "proposed"]) == set(projects)
    assert ids(division_id=division, accountable_id=team.head.person) == set()
    assert ids(division_id=division, accountable_id=team.senior.person, unresolved="false") == set(projects)
    assert ids(division_id=division, sponsor_id=team.sponsor.person, unresolved="true") == set()
    assert ids(division_id=str(uuid4())) == set()


def test_lists_sort_and_page_without_gaps_or_doubles(business: Business, listed: list[str]) -> None:
    division = listed[0]

    def names(**asked: Any) -> list[str]:
        found, token = [], None
        while True:
            params = {"division_id": division, **asked} | ({"page_token": token} if token else {})
            page = done(business.office.get("/projects", params=params))
            assert len(page["items"]) <= asked["page_size"]
            found += [item["name"] for item in page["items"]]
            if (token := page["next_page_token"]) is None:
                return found

    whole = names(sort="name", page_size=100)
    assert sorted(whole) == sorted(["Ångström", "Beta", "beta 2", "Gamma", "Zeta"])
    for size in (1, 2, 3):
        assert names(sort="name", page_size=size) == whole
        assert names(sort="-name", page_size=size) == whole[::-1]
        assert names(sort="created_at", page_size=size) == ["Ångström", "Beta", "beta 2", "Gamma", "Zeta"]


def test_what_lists_do_not_know_is_refused(business: Business) -> None:
    for asked in ({"colour": "red"}, {"sort": "colour"}, {"page_size": 0}, {"page_size": 501}, {"page_token": "x"}):
        assert business.office.get("/projects", params=asked).status_code == 422, asked


def test_an_initiative_completes_only_after_its_projects(business: Business, team: Team) -> None:
    initiative = shape(business.office, team)
    for step in ("approve", "start"):
        done(business.office.post(f"/initiatives/{initiative}/{step}", json={}))
    project = business.propose(team, initiative_id=initiative)
    complete = {"outcome": "succeeded", "summary": "No paper left."}
    path = f"/initiatives/{initiative}/complete"
    refused(business.office.post(path, json=complete), "completes-after-its-projects")
    done(on_project(business.office, project, "cancel", reason="Not needed."))
    assert done(business.office.post(path, json=complete))["stage"] == "completed"
    late = business.office.post("/projects", json=business.proposal(team, initiative_id=initiative))
    refused(late, "initiative-ended")


def test_projects_proposed_while_an_initiative_completes_never_outlive_it(business: Business, team: Team) -> None:
    for _ in range(3):
        initiative = shape(business.office, team)
        for step in ("approve", "start"):
            done(business.office.post(f"/initiatives/{initiative}/{step}", json={}))
        proposal = [("/projects", business.proposal(team, initiative_id=initiative)) for _ in range(6)]
        complete = (f"/initiatives/{initiative}/complete", {"outcome": "succeeded", "summary": "Done."})
        asked = [*proposal[:3], complete, *proposal[3:]]
        with ThreadPoolExecutor(len(asked)) as threads:
            answers = list(threads.map(lambda one: business.office.post(one[0], json=one[1]), asked))
        completed = answers.pop(3)
        going_on = items(business.office.get("/projects", params={"initiative_id": initiative, "stage": "proposed"}))
        assert len(going_on) == sum(answer.status_code == 201 for answer in answers)
        if completed.status_code == 200:
            assert going_on == []
            assert {answer.json()["rule"] for answer in answers} == {"initiative-ended"}
        else:
            refused(completed, "completes-after-its-projects")
            assert going_on


def test_a_project_taken_over_without_a_name_answers_to_the_divisions_head(business: Business, team: Team) -> None:
    project, body = str(uuid4()), take_over(team)
    taken = done(on_project(business.office, project, "take-over", **body))
    assert (taken["accountable_id"], taken["waived"], taken["stage"]) == (team.head.person, True, "in progress")
    assert taken["gaps"] == ["sponsor"]
    again = done(on_project(business.office, project, "take-over", **body))
    assert again["version"] == taken["version"]
    corrected = done(on_project(business.office, project, "take-over", **body | {"name": "Older payroll"}))
    assert (corrected["name"], corrected["version"]) == ("Older payroll", taken["version"] + 1)
    elsewhere = body | {"source": {"system": "Other", "reference": "1"}}
    refused(on_project(business.office, project, "take-over", **elsewhere), "taken-over-from-elsewhere")
    closed = done(on_project(business.office, str(uuid4()), "take-over", **take_over(team, stage="closed")))
    assert (closed["outcome"], closed["gaps"][-1]) == ("not recorded", "verdict not recorded")


def test_a_request_repeated_with_its_key_proposes_once(business: Business, team: Team) -> None:
    body, headers = business.proposal(team), {"idempotency-key": uuid4().hex}
    first = business.office.post("/projects", json=body, headers=headers)
    again = business.office.post("/projects", json=body, headers=headers)
    assert made(first) == made(again)
    other = business.office.post("/projects", json=body | {"name": "Another"}, headers=headers)
    assert other.status_code == 422


def test_a_change_that_names_an_old_version_is_refused(business: Business, team: Team) -> None:
    project = business.propose(team)
    etag = business.office.get(f"/projects/{project}").headers["etag"]
    path, headers = f"/projects/{project}/write-specification", {"if-match": etag}
    done(business.office.post(path, json=specification(), headers=headers))
    assert business.office.post(path, json=specification(scope="More."), headers=headers).status_code == 412


def test_who_has_left_has_no_role_any_more(business: Business, team: Team) -> None:
    post = business.post(team.division, "manager")
    office = business.system("portfolio", Role.PORTFOLIO_OFFICE, subject=post.person)
    shape(office, team)
    business.leave(post)
    business.settle()
    body = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
    not_authorised(office.post("/initiatives", json=body))


def test_the_specification_waits_for_the_sponsor_who_does_not_answer_for_the_project(
    business: Business, team: Team
) -> None:
    ordered, own = business.propose(team), business.propose(team, sponsor_id=team.senior.person)
    for project in (ordered, own):
        done(on_project(business.office, project, "write-specification", **specification()))
    sponsor, senior = (business.as_person("portfolio", post) for post in (team.sponsor, team.senior))
    waiting = {ordered: done(sponsor.get("/desk"))["decisions"], own: done(senior.get("/desk"))["decisions"]}
    signs = {project: [each["what"] for each in found if each["id"] == project] for project, found in waiting.items()}
    assert signs == {ordered: ["sign the specification"], own: []}
    refused(on_project(senior, own, "sign-specification", version=1), "signer-does-not-answer", 403)
    done(on_project(sponsor, ordered, "sign-specification", version=1))
