"""The command table of projects, and the facts their decisions need."""

from typing import Any
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.initiatives.domain.initiative import INITIATIVE
from services.portfolio.organisation.access import PROPOSES, SERVICE, TAKES_OVER, also_by_service
from services.portfolio.organisation.commands import limits
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.organisation.facts import division_of, line_of, person
from services.portfolio.projects import access
from services.portfolio.projects.domain.project import delegation, specification, work
from services.portfolio.projects.domain.project.accountability import EscalateAccountability, HandOverAccountability
from services.portfolio.projects.domain.project.founding import ProposeProject, TakeOverProject
from services.portfolio.projects.domain.project.model import Project, ProjectFacts
from services.portfolio.projects.domain.project.rules import PROJECT, ProjectCommand


async def project_facts(view: View, state: Project | None, command: ProjectCommand, base: Facts) -> ProjectFacts:
    """The persons the command names or the project has, its division and its initiative."""
    known: dict[str, Any] = {}
    match command:
        case ProposeProject() | TakeOverProject():
            known = await founding_facts(view, state, command)
        case specification.NameSponsor(sponsor_id=sponsor_id):
            known = {"sponsor": await person(view, sponsor_id)}
        case specification.ApproveProject() if state:
            known = await gate_of(view, state)
        case HandOverAccountability(accountable_id=accountable_id) if state:
            known = {"accountable": await person(view, accountable_id), "delegate": await delegate(view, state)}
        case EscalateAccountability(leaver_id=leaver_id) if state:
            known = {"leaver": await person(view, leaver_id), "successor": await successor(view, leaver_id)}
            known["delegate"] = await delegate(view, state)
        case work.ReportProgress(recovery=recovery) if recovery is not None:
            known = {"recovery_owner": await person(view, recovery.owner_id)}
        case delegation.OfferDelegation(delegate_id=delegate_id) if state:
            accountable = await person(view, state.accountable_id)
            known = {"accountable": accountable, "delegate": await person(view, delegate_id)}
        case delegation.AcceptDelegation() | delegation.RevokeDelegation() if state:
            accountable = await person(view, state.accountable_id)
            known = {"accountable": accountable, "delegate": await delegate(view, state)}
    for initiative_id in {vars(command).get("initiative_id"), state.initiative_id if state else None} - {None}:
        view.bump(f"initiative:{initiative_id}:projects")
    return ProjectFacts(**vars(base), **known)


async def gate_of(view: View, project: Project) -> dict[str, Any]:
    """Who may decide at a project's gate: its division's head, those above the accountable, whom policy names."""
    known = await division_of(view, project.division_id)
    known["accountable"] = await person(view, project.accountable_id)
    known["gate_authorities"] = frozenset((await limits(view)).gate_authorities)
    return known


async def founding_facts(
    view: View, state: Project | None, command: ProposeProject | TakeOverProject
) -> dict[str, Any]:
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
    return await person(view, project.delegation.delegate_id if project.delegation else None)


PROJECTS = Aggregate(
    PROJECT,
    path="projects",
    commands=[
        CommandRow("propose", ProposeProject, also_by_service(PROPOSES), creates=True),
        CommandRow("take-over", TakeOverProject, TAKES_OVER, creates=True),
        CommandRow("name-sponsor", specification.NameSponsor, access.ANSWERS),
        CommandRow("write-specification", specification.WriteSpecification, access.ANSWERS),
        CommandRow("sign-specification", specification.SignSpecification, access.SIGNS),
        CommandRow("change-specification", specification.ChangeSpecification, SERVICE),
        CommandRow("approve", specification.ApproveProject, also_by_service(access.APPROVES)),
        CommandRow("confirm-funding", specification.ConfirmFunding, SERVICE),
        CommandRow("return-to-specification", specification.ReturnToSpecification, SERVICE),
        CommandRow("recycle", specification.RecycleProject, SERVICE),
        CommandRow("start", work.StartProject, access.ANSWERS),
        CommandRow("report-progress", work.ReportProgress, access.ANSWERS),
        CommandRow("put-on-hold", work.PutProjectOnHold, also_by_service(access.DECIDES)),
        CommandRow("resume", work.ResumeProject, also_by_service(access.DECIDES)),
        CommandRow("begin-closing", work.BeginClosing, access.ANSWERS),
        CommandRow("close", work.CloseProject, access.STEERS),
        CommandRow("cancel", work.CancelProject, also_by_service(access.STEERS)),
        CommandRow("hand-over-accountability", HandOverAccountability, access.STEERS),
        CommandRow("escalate-accountability", EscalateAccountability, SERVICE),
        CommandRow("offer-delegation", delegation.OfferDelegation, access.DELEGATES),
        CommandRow("accept-delegation", delegation.AcceptDelegation, access.DELEGATE),
        CommandRow("decline-delegation", delegation.DeclineDelegation, access.DELEGATE),
        CommandRow("return-delegation", delegation.ReturnDelegation, access.DELEGATE),
        CommandRow("revoke-delegation", delegation.RevokeDelegation, access.DELEGATES),
        CommandRow("end-delegation-of-leaver", delegation.EndDelegationOfLeaver, SERVICE),
        CommandRow("expire-delegation", delegation.ExpireDelegation, SERVICE),
    ],
    facts=project_facts,
    filters=["division_id", "initiative_id", "stage", "accountable_id", "sponsor_id", "outcome", "unresolved"],
    sorts=["name", "stage"],
    searched=["name"],
    refers=dict.fromkeys(["accountable_id", "sponsor_id", "signed_by", "delegate_id", "offered_by"], "person"),
)
