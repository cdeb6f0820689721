"""The beginning of a project: proposed, or taken over from another system; commands and rules."""

from functools import reduce
from typing import TypeVar, assert_never
from uuid import UUID

from chassis.domain.decider import Command, Refused, new
from contracts import portfolio
from contracts.values import Day, Line, Name, Text
from services.portfolio.organisation.domain.known import check_division
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.accountability import check_accountable, check_sponsor, transfer
from services.portfolio.projects.domain.project.delegation import ending


class ProposeProject(Command):
    """Propose a project, with its business sponsor and accountable senior manager."""

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None = None
    sponsor_id: UUID
    accountable_id: UUID


class TakeOverProject(Command):
    """Take over a project from another system at any stage; repeating it records that system's corrections.

    Without ``accountable_id`` the division's head stands in. ``gaps`` names what that system does not know. ``as_of``
    is the day its statement is of: an older one than the last is refused.
    """

    name: Name
    summary: Text
    division_id: UUID
    initiative_id: UUID | None = None
    source: portfolio.Source
    stage: portfolio.Stage
    plan: model.Plan | None = None
    accountable_id: UUID | None = None
    gaps: model.Gaps = ()
    as_of: Day | None = None


FoundingCommand = ProposeProject | TakeOverProject
VERDICT_GAP: Line = "verdict not recorded"
STANDS_IN: Line = "The source names nobody who is accountable; the division's head stands in."
SOURCE_NAMES_ANOTHER: Line = "The source names another accountable manager."
T = TypeVar("T")


def found(state: model.Project | None, command: FoundingCommand, facts: model.ProjectFacts) -> model.Events:
    """A project begins, or its source corrects how it began."""
    match command:
        case ProposeProject():
            return propose(state, command, facts)
        case TakeOverProject():
            return take_over(command, facts) if state is None else correct(state, command, facts)
        case _:
            assert_never(command)


def propose(state: model.Project | None, command: ProposeProject, facts: model.ProjectFacts) -> model.Events:
    """A project is proposed in an open division, with an active sponsor and somebody who may answer for it."""
    proposed = portfolio.ProjectProposed(**vars(command))
    if state == model.evolve(None, proposed):
        return []
    new(state, "project")
    check_division(facts.division_open)
    model.check_initiative(command.initiative_id, facts)
    check_sponsor(facts.sponsor, command.sponsor_id)
    check_accountable(facts.accountable, command.accountable_id)
    return [proposed]


def take_over(command: TakeOverProject, facts: model.ProjectFacts) -> model.Events:
    """Take over a project as far as it is known; without a named person the division's head is accountable."""
    check_division(facts.division_open)
    model.check_initiative(command.initiative_id, facts, must_be_open=command.stage not in model.ENDED)
    accountable_id = named_or_head(command, facts)
    gaps = with_verdict_gap(command.gaps, command.stage)
    taken_over = portfolio.ProjectTakenOver(**{**vars(command), "accountable_id": accountable_id, "gaps": gaps})
    if command.accountable_id is not None:
        return [taken_over]
    return [taken_over, portfolio.AccountabilityWaived(accountable_id=accountable_id, reason=STANDS_IN)]


def named_or_head(command: TakeOverProject, facts: model.ProjectFacts) -> UUID:
    """Return the accountable person of a project taken over."""
    if command.accountable_id is not None:
        return check_accountable(facts.accountable, command.accountable_id).id
    head = facts.division_head
    if head is None:
        raise Refused(
            "person-not-known-yet",
            "Nobody is named as accountable, and portfolio knows no head of the division yet.",
            "Name an accountable manager, or appoint the division's head and try again in a moment.",
        )
    return check_accountable(head, head.id).id


def with_verdict_gap(gaps: tuple[Line, ...], stage: portfolio.Stage) -> tuple[Line, ...]:
    """A project that was closed elsewhere has no verdict on record."""
    if stage is not portfolio.Stage.CLOSED or VERDICT_GAP in gaps:
        return gaps
    return (*gaps, VERDICT_GAP)


def correct(project: model.Project, command: TakeOverProject, facts: model.ProjectFacts) -> model.Events:
    """The source's facts hold where it changed them; what Portolan decided since stands where it did not."""
    stated = same_source(project, command)
    check_not_stale(stated, command)
    corrected = correction(project, stated, command)
    if corrected.model_copy(update={"as_of": None}) == correction_of_nothing(project, stated):
        return []
    if command.initiative_id != project.initiative_id:
        model.check_initiative(command.initiative_id, facts, must_be_open=corrected.stage not in model.ENDED)
    check_stage_correctable(project, stated, corrected.stage)
    events = [*ended_by(project, corrected.stage), corrected]
    return [*events, *renamed_accountable(reduce(model.evolve, events, project), stated, command, facts)]


def same_source(project: model.Project, command: TakeOverProject) -> model.Stated:
    """The project came from this very source and division."""
    if project.stated is None or project.source != command.source:
        raise Refused(
            "taken-over-from-elsewhere",
            "This project exists already and was not taken over from this source.",
            "Choose another id.",
        )
    if project.division_id != command.division_id:
        raise Refused("division-stays", "A project taken over stays in its division.", "Take it over under another id.")
    return project.stated


def check_not_stale(stated: model.Stated, command: TakeOverProject) -> None:
    """What the source said later holds."""
    if stated.as_of and command.as_of and command.as_of < stated.as_of:
        raise Refused(
            "statement-stale",
            f"What the source holds was stated as of {stated.as_of}, which is later than {command.as_of}.",
            f"State what holds as of {stated.as_of} or later.",
        )


def correction(project: model.Project, stated: model.Stated, command: TakeOverProject) -> portfolio.TakeOverCorrected:
    """Return the correction that follows from the source's statement."""
    stage = unless_known(command.stage, stated.stage, project.stage)
    return portfolio.TakeOverCorrected(
        name=command.name,
        summary=command.summary,
        initiative_id=command.initiative_id,
        stage=stage,
        plan=unless_known(command.plan, stated.plan, project.plan),
        accountable_id=command.accountable_id or stated.accountable_id,
        gaps=command.gaps if project.closure else with_verdict_gap(command.gaps, stage),
        as_of=command.as_of,
    )


def correction_of_nothing(project: model.Project, stated: model.Stated) -> portfolio.TakeOverCorrected:
    """The correction that says what holds already."""
    return portfolio.TakeOverCorrected(
        name=project.name,
        summary=project.summary,
        initiative_id=project.initiative_id,
        stage=project.stage,
        plan=project.plan,
        accountable_id=stated.accountable_id,
        gaps=project.gaps,
    )


def unless_known(said: T, before: T, present: T) -> T:
    """Return the source's value, unless it was stated before or is so already; then the present value stands."""
    return present if said in (before, present) else said


def check_stage_correctable(project: model.Project, stated: model.Stated, stage: portfolio.Stage) -> None:
    """The source cannot reopen what ended here."""
    if project.ended and stage is not project.stage and stated.stage is not project.stage:
        raise Refused(
            "ended-here",
            f"The project became {project.stage} here; its source cannot reopen it.",
            "Leave its stage as it is, or take the work over under another id.",
        )


def ended_by(project: model.Project, stage: portfolio.Stage) -> model.Events:
    """A delegation does not outlive its project."""
    return ending(project, "project ended", "The project has ended.") if stage in model.ENDED else []


def renamed_accountable(
    project: model.Project, stated: model.Stated, command: TakeOverProject, facts: model.ProjectFacts
) -> model.Events:
    """Accountability passes where the source now names somebody else than before."""
    named = command.accountable_id
    if named in (None, stated.accountable_id, project.accountable_id):
        return []
    to = check_accountable(facts.accountable, named)
    return transfer(project, to, "handover", SOURCE_NAMES_ANOTHER, facts)
