"""Managers delegate, fall away and leave: a project's accountability never lies with nobody, and everybody hears."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.commands.handler import CommandContext, Handler
from chassis.domain.decider import Actor, Facts, Refused
from chassis.store.decision_view import View
from chassis.store.store import Store
from contracts import portfolio
from contracts.roles import Role
from services.portfolio.projects.commands import PROJECTS, project_facts
from services.portfolio.projects.domain.project.accountability import EscalateAccountability, HandOverAccountability
from services.portfolio.projects.domain.project.founding import ProposeProject
from services.portfolio.projects.domain.project.model import Project, ProjectFacts
from services.portfolio.projects.domain.project.rules import ProjectCommand
from tests.business import Business, Json, Post, Team, done, items, made, on_project, refused
from tests.today import TODAY

POLICY = "/staffing-policies/00000000-0000-0000-0000-000000000000"


@pytest.fixture
def team(business: Business) -> Team:
    return business.team()


def read(business: Business, project: str) -> Json:
    return done(business.office.get(f"/projects/{project}"))


def history(business: Business, project: str) -> list[Json]:
    return items(business.office.get(f"/projects/{project}/history"))


def delegated(business: Business, team: Team, project: str, delegate: Post, until: str | None = None) -> None:
    """The senior manager offers, the delegate accepts."""
    senior, below = business.as_person("portfolio", team.senior), business.as_person("portfolio", delegate)
    offer = {"delegate_id": delegate.person, "scope": "Everything but the money.", "until": until}
    done(on_project(senior, project, "offer-delegation", **offer))
    done(on_project(below, project, "accept-delegation"))


def suspend(business: Business, post: Post) -> None:
    done(business.hr.post(f"/persons/{post.person}/suspend", json={"effective_on": str(TODAY)}))


def reinstate(business: Business, post: Post) -> None:
    done(business.hr.post(f"/persons/{post.person}/reinstate", json={"effective_on": str(TODAY)}))


def answers(business: Business, project: str) -> tuple[str, bool]:
    """Who is accountable, and whether that is unresolved."""
    found = read(business, project)
    return found["accountable_id"], found["unresolved"]


def always_somebody(business: Business, project: str) -> list[str]:
    """Everybody who was accountable, one after the other; fails where a moment or an event shows nobody."""
    events = history(business, project)
    for event in events:
        then = done(business.office.get(f"/projects/{project}", params={"known_at": event["recorded_at"]}))
        assert UUID(then["accountable_id"])
    chain = [events[0]["data"]["accountable_id"]]
    for event in events[1:]:
        if event["type"] == "AccountabilityTransferred":
            assert event["data"]["from_id"] == chain[-1]
            chain.append(event["data"]["accountable_id"])
    return chain


def reported(business: Business, team: Team, project: str) -> Json:
    reader = business.system("reporting", Role.EXECUTIVE)
    found = items(reader.get("/portfolio/health", params={"division_id": team.division}))
    return next(item for item in found if item["id"] == project)


def ledger(business: Business, **asked: str) -> list[Json]:
    reader = business.system("reporting", Role.EXECUTIVE)
    return items(reader.get("/accountability/ledger", params=asked))


def test_delegation_moves_responsibility_while_the_senior_stays_accountable(business: Business, team: Team) -> None:
    project = business.propose(team)
    delegated(business, team, project, team.junior)
    assert answers(business, project) == (team.senior.person, False)
    junior = business.as_person("portfolio", team.junior)
    handover = {"accountable_id": team.junior.person, "reason": "Mine now."}
    refused(on_project(junior, project, "cancel", reason="Too hard."), "not-authorised", 403)
    refused(on_project(junior, project, "hand-over-accountability", **handover), "not-authorised", 403)
    business.settle()
    shown = reported(business, team, project)
    assert (shown["accountable_id"], shown["delegation"]) == (team.senior.person, "active")
    assert always_somebody(business, project) == [team.senior.person]


def test_a_delegate_who_leaves_is_responsible_no_more(business: Business, team: Team) -> None:
    project = business.propose(team)
    delegated(business, team, project, team.manager)
    business.leave(team.manager)
    business.settle()
    ended = history(business, project)[-1]
    assert (ended["type"], ended["data"]["how"], ended["actor"]) == (
        "DelegationEnded",
        "delegate left",
        "system:portfolio",
    )
    assert read(business, project)["delegation"] is None
    assert answers(business, project) == (team.senior.person, False)
    assert reported(business, team, project)["delegation"] is None


def test_an_offer_to_somebody_who_leaves_is_gone_too(business: Business, team: Team) -> None:
    project = business.propose(team)
    senior = business.as_person("portfolio", team.senior)
    done(on_project(senior, project, "offer-delegation", delegate_id=team.junior.person, scope="All of it."))
    business.leave(team.junior)
    business.settle()
    assert read(business, project)["delegation"] is None


def test_a_leavers_accountability_passes_to_the_nearest_eligible_manager_up_the_line(business: Business) -> None:
    division = business.division()
    top = business.post(division, "executive")
    middle = business.post(division, "executive", top)
    near = business.post(division, "senior manager", middle)
    senior = business.post(division, "senior manager", near)
    manager = business.post(division, "manager", senior)
    team = Team(division, top, senior, manager, manager, sponsor=manager)
    suspend(business, near)
    business.settle()
    project = business.propose(team)
    delegated(business, team, project, manager)
    business.leave(senior)
    business.settle()
    # The nearest one above is suspended, so it is the one above them.
    assert answers(business, project) == (middle.person, False)
    passed = history(business, project)[-1]
    left = items(business.hr.get(f"/persons/{senior.person}/history"))
    cause = next(event for event in left if event["type"] == "PersonLeft")
    assert (passed["type"], passed["data"]["basis"]) == ("AccountabilityTransferred", "escalated")
    assert (passed["actor"], passed["causation_id"]) == ("system:portfolio", cause["event_id"])
    # The delegate reports to the new accountable manager as well, and goes on.
    assert read(business, project)["delegation"]["delegate_id"] == manager.person
    assert always_somebody(business, project) == [senior.person, middle.person]
    assert reported(business, team, project)["accountable_basis"] == "escalated"


def test_where_nobody_is_eligible_it_waits_unresolved_until_somebody_is(business: Business, team: Team) -> None:
    project = business.propose(team)
    suspend(business, team.head)
    business.leave(team.senior)
    business.settle()
    assert answers(business, project) == (team.senior.person, True)
    assert history(business, project)[-1]["type"] == "AccountabilityUnresolved"
    shown = reported(business, team, project)
    assert shown["unresolved"] is True
    reinstate(business, team.head)
    business.settle()
    assert answers(business, project) == (team.head.person, False)
    assert reported(business, team, project)["unresolved"] is False
    assert [event["type"] for event in history(business, project)[1:]] == [
        "AccountabilityUnresolved",
        "AccountabilityTransferred",
    ]
    assert always_somebody(business, project) == [team.senior.person, team.head.person]


def test_a_new_eligible_manager_up_the_line_resolves_what_waits(business: Business, team: Team) -> None:
    project = business.propose(team)
    suspend(business, team.head)
    business.leave(team.senior)
    business.settle()
    assert answers(business, project) == (team.senior.person, True)
    above = business.post(team.division, "executive")
    business.settle()
    assert answers(business, project)[1], "somebody eligible elsewhere is not up the line"
    change = {"line_manager_id": above.person, "effective_on": str(TODAY)}
    done(business.hr.post(f"/persons/{team.head.person}/change-line-manager", json=change))
    business.settle()
    assert answers(business, project) == (above.person, False)


def test_a_suspended_manager_answers_no_more(business: Business, team: Team) -> None:
    project = business.propose(team)
    suspend(business, team.senior)
    business.settle()
    assert answers(business, project) == (team.head.person, False)
    asked = business.office.post("/projects", json=business.proposal(team))
    refused(asked, "accountable-is-active")
    # Coming back does not take the accountability back.
    reinstate(business, team.senior)
    business.settle()
    assert answers(business, project) == (team.head.person, False)


def test_a_manager_who_loses_eligibility_to_a_stricter_policy_answers_no_more(business: Business) -> None:
    division = business.division()
    head = business.post(division, "executive", years=30)
    business.head(division, head)
    seniors = [business.post(division, "senior manager", head, years=years) for years in (11, 15)]
    teams = [Team(division, head, senior, senior, senior, sponsor=head) for senior in seniors]
    business.settle()
    projects = [business.propose(team) for team in teams]
    stricter = business.hr.post(f"{POLICY}/set-senior-experience", json={"years": "12", "reason": "Audit."})
    done(stricter)
    try:
        business.settle()
        assert answers(business, projects[0]) == (head.person, False)
        assert answers(business, projects[1]) == (seniors[1].person, False)
        refused(business.office.post("/projects", json=business.proposal(teams[0])), "accountable-is-eligible")
    finally:
        done(business.hr.post(f"{POLICY}/set-senior-experience", json={"years": "10", "reason": "Audit over."}))
    business.settle()
    made(business.office.post("/projects", json=business.proposal(teams[0])))


def test_a_manager_who_takes_a_lower_position_answers_no_more(business: Business, team: Team) -> None:
    project = business.propose(team)
    lower = business.position(team.division, "manager", team.head)
    business.appoint(Post(team.senior.person, lower))
    business.settle()
    assert answers(business, project) == (team.head.person, False)


def test_what_ended_stays_with_who_answered_then(business: Business, team: Team) -> None:
    project = business.propose(team)
    done(on_project(business.office, project, "cancel", reason="Not needed."))
    business.leave(team.senior)
    business.settle()
    assert answers(business, project) == (team.senior.person, False)


def test_the_ledger_says_who_answered_for_what_at_a_past_moment(business: Business, team: Team) -> None:
    project = business.propose(team)
    handover = {"accountable_id": team.head.person, "reason": "Too large."}
    done(on_project(business.office, project, "hand-over-accountability", **handover))
    back = {"accountable_id": team.senior.person, "reason": "Small again."}
    done(on_project(business.office, project, "hand-over-accountability", **back))
    business.leave(team.senior)
    business.settle()
    lines = ledger(business, project_id=project)
    assert [(line["person_id"], line["basis"]) for line in lines] == [
        (team.senior.person, "named"),
        (team.head.person, "handover"),
        (team.senior.person, "handover"),
        (team.head.person, "escalated"),
    ]
    assert all(earlier["until"] == later["since"] for earlier, later in pairwise(lines))
    assert lines[-1]["until"] is None
    for line in lines:
        (then,) = ledger(business, project_id=project, at=line["since"])
        assert then == line
        (of_person,) = ledger(business, project_id=project, person_id=line["person_id"], at=line["since"])
        assert of_person == line
    before = datetime.fromisoformat(lines[0]["since"]).replace(year=2020).isoformat()
    assert ledger(business, project_id=project, at=before) == []
    assert [line["reason"] for line in lines[1:3]] == ["Too large.", "Small again."]


def interrupted(business: Business, project: str, command: ProjectCommand, meanwhile: Callable[[], None]) -> Project:
    """Carry a command out with something happening between what it reads and what it appends."""
    row = PROJECTS.row(command)
    pending = [meanwhile]

    async def gather(view: View, state: Any, asked: Any, base: Facts) -> ProjectFacts:
        found = await project_facts(view, state, asked, base)
        while pending:
            await asyncio.to_thread(pending.pop())
        # Whom it passes on from has fallen away already.
        return replace(found, leaver=found.leaver and replace(found.leaver, active=False))

    async def carry_out() -> Project:
        store = Store(business.company.running["portfolio"].own.database_url)
        await store.start()
        try:
            handler = Handler(store, portfolio.EVENTS)
            actor = Actor("system:tests", frozenset({Role.PORTFOLIO_OFFICE, Role.SYSTEM}))
            handled = await handler.handle(
                replace(PROJECTS, facts=gather), row, UUID(project), command, CommandContext(actor)
            )
        finally:
            await store.stop()
        assert isinstance(handled.state, Project)
        return handled.state

    return asyncio.run(carry_out())


def test_nobody_becomes_accountable_who_falls_away_between_the_look_and_the_record(
    business: Business, team: Team
) -> None:
    def gone(post: Post) -> None:
        business.leave(post)
        business.settle()

    propose = ProposeProject.model_validate(business.proposal(team))
    with pytest.raises(Refused, match="accountable-is-active"):
        interrupted(business, str(uuid4()), propose, partial(gone, team.senior))
    project = business.propose(team, accountable_id=team.head.person)
    other = business.post(team.division, "senior manager", team.head)
    business.settle()
    hand_over = HandOverAccountability(accountable_id=UUID(other.person), reason="Yours.")
    with pytest.raises(Refused, match="accountable-is-active"):
        interrupted(business, project, hand_over, partial(gone, other))
    assert answers(business, project) == (team.head.person, False)


def test_accountability_passes_over_whoever_falls_away_while_it_passes(business: Business) -> None:
    division = business.division()
    top = business.post(division, "executive")
    near = business.post(division, "senior manager", top)
    senior = business.post(division, "senior manager", near)
    team = Team(division, top, senior, senior, senior, sponsor=top)
    business.settle()
    project = business.propose(team)

    def leave() -> None:
        business.leave(near)
        business.settle()

    escalate = EscalateAccountability(leaver_id=UUID(senior.person), reason="Gone.")
    assert interrupted(business, project, escalate, leave).accountable_id == UUID(top.person)


def repeat_until_refused(act: Callable[[], httpx.Response], begun: Event) -> list[str]:
    """Do it again and again until a rule says no; what was refused otherwise fails."""
    projects: list[str] = []
    while True:
        response = act()
        if response.status_code == 409:
            assert response.json()["rule"] in {"accountable-is-active", "accountable-is-eligible"}, response.text
            return projects
        assert response.status_code in (200, 201), response.text
        projects.append(str(response.json()["id"]))
        begun.set()


@pytest.mark.parametrize("how", ["leaves", "is suspended"])
def test_whoever_is_made_accountable_while_they_fall_away_does_not_stay_so(
    business: Business, team: Team, how: str
) -> None:
    for_head = {"accountable_id": team.head.person}
    handed = iter([business.propose(team, **for_head) for _ in range(60)])
    offices = [business.system("portfolio", Role.PORTFOLIO_OFFICE) for _ in range(3)]
    handover = {"accountable_id": team.senior.person, "reason": "Yours."}

    def proposing(office: httpx.Client) -> Callable[[], httpx.Response]:
        return lambda: office.post("/projects", json=business.proposal(team))

    def handing_over() -> httpx.Response:
        project = next(handed, None)
        if project is None:
            return offices[2].post("/projects", json=business.proposal(team))
        return on_project(offices[2], project, "hand-over-accountability", **handover)

    acts: list[Callable[[], httpx.Response]] = [proposing(offices[0]), proposing(offices[1]), handing_over]
    begun = [Event() for _ in acts]
    with ThreadPoolExecutor(len(acts)) as threads:
        running = [threads.submit(repeat_until_refused, act, event) for act, event in zip(acts, begun, strict=True)]
        assert all(event.wait(30) for event in begun)
        (business.leave if how == "leaves" else lambda post: suspend(business, post))(team.senior)
        projects = [project for future in running for project in future.result(60)]
    business.settle()
    left_behind = items(business.office.get("/projects", params={"accountable_id": team.senior.person}))
    assert left_behind == []
    passed = everything(business.office, accountable_id=team.head.person, division_id=team.division)
    assert {project["id"] for project in passed} >= set(projects)
    assert not any(project["unresolved"] for project in passed)
    for project in projects[-3:]:
        assert always_somebody(business, project)[-2:] == [team.senior.person, team.head.person]


def everything(client: httpx.Client, **filters: Any) -> list[Json]:
    """All pages of the projects."""
    found: list[Json] = []
    token: str | None = None
    while True:
        page = done(client.get("/projects", params=filters | ({"page_token": token} if token else {})))
        found += page["items"]
        token = page["next_page_token"]
        if token is None:
            return found
