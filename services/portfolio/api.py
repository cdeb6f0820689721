"""The commands of portfolio: one table per aggregate, and the facts their decisions need."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.values import Grade
from services.portfolio import policy
from services.portfolio.domain.initiative import (
    INITIATIVE,
    ApproveInitiative,
    CompleteInitiative,
    Initiative,
    InitiativeCommand,
    InitiativeFacts,
    RenameInitiative,
    ShapeInitiative,
    StartInitiative,
    StopInitiative,
)
from services.portfolio.domain.known import KnownPerson
from services.portfolio.domain.project import (
    PROJECT,
    AcceptDelegation,
    ApproveProject,
    BeginClosing,
    CancelProject,
    CloseProject,
    ConfirmFunding,
    DeclineDelegation,
    EndDelegationOfLeaver,
    EscalateAccountability,
    ExpireDelegation,
    HandOverAccountability,
    NameSponsor,
    OfferDelegation,
    Project,
    ProjectCommand,
    ProjectFacts,
    ProposeProject,
    PutProjectOnHold,
    ReportProgress,
    ResumeProject,
    ReturnDelegation,
    ReturnToSpecification,
    RevokeDelegation,
    SignSpecification,
    StartProject,
    TakeOverProject,
    WriteSpecification,
)

LINE = text(
    "WITH RECURSIVE line AS ("
    " SELECT id, grade, active, senior_eligible, line_manager_id, 0 AS depth FROM known_persons WHERE id = :id"
    " UNION ALL"
    " SELECT p.id, p.grade, p.active, p.senior_eligible, p.line_manager_id, line.depth + 1"
    " FROM known_persons p JOIN line ON p.id = line.line_manager_id WHERE line.depth < 50)"
    " SELECT * FROM line ORDER BY depth"
)
DIVISION = text("SELECT head_id, closed FROM known_divisions WHERE id = :id")
OPEN_PROJECTS = text(
    "SELECT count(*) AS going_on FROM states WHERE kind = 'project' AND state->>'initiative_id' = :id"
    " AND state->>'stage' NOT IN ('closed', 'cancelled')"
)


async def line_of(view: View, person_id: UUID | None) -> list[KnownPerson]:
    """A person and everybody above them, nearest first; empty where they are unknown.

    Whoever leaves bumps the guard, so that nobody is made accountable while the news of their leaving is taken in.
    """
    if person_id is None:
        return []
    rows = await view.guarded(answering(person_id), LINE, {"id": person_id})
    ids = [row.id for row in rows]
    return [
        KnownPerson(
            id=row.id,
            grade=Grade(row.grade) if row.grade else None,
            active=row.active,
            line=tuple(ids[place + 1 :]),
            eligible_for_senior=row.senior_eligible is not False,
        )
        for place, row in enumerate(rows)
    ]


def answering(person_id: UUID) -> str:
    """The guard of whether a person can answer."""
    return f"person:{person_id}:answering"


async def person(view: View, person_id: UUID | None) -> KnownPerson | None:
    """A person as portfolio knows them."""
    line = await line_of(view, person_id)
    return line[0] if line else None


async def division_of(view: View, division_id: UUID) -> dict[str, Any]:
    """Whether the division is open, and its head."""
    rows = await view.reference(DIVISION, {"id": division_id})
    if not rows:
        return {}
    return {"division_open": not rows[0].closed, "division_head": await person(view, rows[0].head_id)}


async def initiative_facts(
    view: View, state: Initiative | None, command: InitiativeCommand, base: Facts
) -> InitiativeFacts:
    """Whether the division is open; which of its projects go on."""
    match command:
        case ShapeInitiative(division_id=division_id):
            division = await view.reference(DIVISION, {"id": division_id})
            return InitiativeFacts(**vars(base), division_open=not division[0].closed if division else None)
        case CompleteInitiative():
            going_on = await view.guarded(f"initiative:{base.id}:projects", OPEN_PROJECTS, {"id": str(base.id)})
            return InitiativeFacts(**vars(base), open_projects=going_on[0].going_on)
        case _:
            return InitiativeFacts(**vars(base))


async def project_facts(view: View, state: Project | None, command: ProjectCommand, base: Facts) -> ProjectFacts:
    """The persons the command names or the project has, its division and its initiative."""
    known: dict[str, Any] = {}
    match command:
        case ProposeProject() | TakeOverProject():
            known = await founding_facts(view, state, command)
        case NameSponsor(sponsor_id=sponsor_id):
            known = {"sponsor": await person(view, sponsor_id)}
        case ApproveProject() if state:
            known = await division_of(view, state.division_id)
            known["accountable"] = await person(view, state.accountable_id)
        case HandOverAccountability(accountable_id=accountable_id) if state:
            known = {"accountable": await person(view, accountable_id), "delegate": await delegate(view, state)}
        case EscalateAccountability(leaver_id=leaver_id) if state:
            known = {"leaver": await person(view, leaver_id), "successor": await successor(view, leaver_id)}
            known["delegate"] = await delegate(view, state)
        case OfferDelegation(delegate_id=delegate_id) if state:
            accountable = await person(view, state.accountable_id)
            known = {"accountable": accountable, "delegate": await person(view, delegate_id)}
        case AcceptDelegation() | RevokeDelegation() if state:
            accountable = await person(view, state.accountable_id)
            known = {"accountable": accountable, "delegate": await delegate(view, state)}
    for initiative_id in {vars(command).get("initiative_id"), state.initiative_id if state else None} - {None}:
        view.bump(f"initiative:{initiative_id}:projects")
    return ProjectFacts(**vars(base), **known)


async def founding_facts(
    view: View, state: Project | None, command: ProposeProject | TakeOverProject
) -> dict[str, Any]:
    """What a project's beginning needs to know."""
    initiative = await view.state(INITIATIVE, command.initiative_id)
    known = await division_of(view, command.division_id)
    known["accountable"] = await person(view, command.accountable_id)
    known["initiative_open"] = None if initiative is None else not initiative.ended
    if isinstance(command, ProposeProject):
        known["sponsor"] = await person(view, command.sponsor_id)
    if state is not None:
        known["delegate"] = await delegate(view, state)
    return known


async def successor(view: View, leaver_id: UUID) -> KnownPerson | None:
    """The nearest manager above who can answer, each read under their own guard: they may be leaving as well."""
    for above in (await line_of(view, leaver_id))[1:]:
        manager = await person(view, above.id)
        if manager is not None and manager.can_answer:
            return manager
    return None


async def delegate(view: View, project: Project) -> KnownPerson | None:
    """The person responsibility is offered or delegated to."""
    return await person(view, project.delegation.delegate_id if project.delegation else None)


INITIATIVES = Aggregate(
    INITIATIVE,
    path="initiatives",
    commands=[
        CommandRow("shape", ShapeInitiative, policy.initiatives, initiative_facts, creates=True),
        CommandRow("rename", RenameInitiative, policy.initiatives, initiative_facts),
        CommandRow("approve", ApproveInitiative, policy.initiatives, initiative_facts),
        CommandRow("start", StartInitiative, policy.initiatives, initiative_facts),
        CommandRow("complete", CompleteInitiative, policy.initiatives, initiative_facts),
        CommandRow("stop", StopInitiative, policy.initiatives, initiative_facts),
    ],
    filters=["division_id", "stage"],
    sorts=["name"],
)

PROJECTS = Aggregate(
    PROJECT,
    path="projects",
    commands=[
        CommandRow("propose", ProposeProject, policy.proposals, project_facts, creates=True),
        CommandRow("take-over", TakeOverProject, policy.take_overs, project_facts, creates=True),
        CommandRow("name-sponsor", NameSponsor, policy.whoever_answers, project_facts),
        CommandRow("write-specification", WriteSpecification, policy.whoever_answers, project_facts),
        CommandRow("sign-specification", SignSpecification, policy.ruled_by_the_domain, project_facts),
        CommandRow("approve", ApproveProject, policy.ruled_by_the_domain, project_facts),
        CommandRow("confirm-funding", ConfirmFunding, policy.services_only, project_facts),
        CommandRow("return-to-specification", ReturnToSpecification, policy.services_only, project_facts),
        CommandRow("start", StartProject, policy.whoever_answers, project_facts),
        CommandRow("report-progress", ReportProgress, policy.whoever_answers, project_facts),
        CommandRow("put-on-hold", PutProjectOnHold, policy.accountable, project_facts),
        CommandRow("resume", ResumeProject, policy.accountable, project_facts),
        CommandRow("begin-closing", BeginClosing, policy.whoever_answers, project_facts),
        CommandRow("close", CloseProject, policy.accountable, project_facts),
        CommandRow("cancel", CancelProject, policy.accountable, project_facts),
        CommandRow("hand-over-accountability", HandOverAccountability, policy.accountable, project_facts),
        CommandRow("escalate-accountability", EscalateAccountability, policy.services_only, project_facts),
        CommandRow("offer-delegation", OfferDelegation, policy.ruled_by_the_domain, project_facts),
        CommandRow("accept-delegation", AcceptDelegation, policy.ruled_by_the_domain, project_facts),
        CommandRow("decline-delegation", DeclineDelegation, policy.ruled_by_the_domain, project_facts),
        CommandRow("return-delegation", ReturnDelegation, policy.ruled_by_the_domain, project_facts),
        CommandRow("revoke-delegation", RevokeDelegation, policy.ruled_by_the_domain, project_facts),
        CommandRow("end-delegation-of-leaver", EndDelegationOfLeaver, policy.services_only, project_facts),
        CommandRow("expire-delegation", ExpireDelegation, policy.services_only, project_facts),
    ],
    filters=["division_id", "initiative_id", "stage", "accountable_id", "sponsor_id", "outcome", "unresolved"],
    sorts=["name", "stage"],
    when_due=lambda _project, _due_at: ExpireDelegation(),
)

AGGREGATES = [INITIATIVES, PROJECTS]
