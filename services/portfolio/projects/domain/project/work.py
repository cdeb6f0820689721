"""A project's work from start to closing: commands and rules."""

from datetime import date
from typing import Annotated, assert_never

from pydantic import AfterValidator

from chassis.domain.decider import Command, Refused
from contracts import portfolio
from contracts.values import Day, Line, Share, Text
from services.portfolio.organisation.domain.known import known
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.delegation import ending


def _dated(step: portfolio.RecoveryStep) -> portfolio.RecoveryStep:
    if not date(1900, 1, 1) <= step.due_on <= date(2200, 12, 31):
        raise ValueError("a recovery step is due between 1900 and 2200")
    return step


Recovery = Annotated[portfolio.RecoveryStep, AfterValidator(_dated)]


class StartProject(Command):
    """Start a funded project."""

    effective_on: Day


class ReportProgress(Command):
    """Report the project's progress and health, as of a date; at risk or off track with a recovery step.

    ``expected_scope``: per cent of the specified scope that will be delivered. ``reason``: why less is complete than
    was reported before.
    """

    as_of: Day
    percent_complete: Share | None = None
    expected_completion: Day | None = None
    health: portfolio.Health | None = None
    note: Text = ""
    expected_scope: Share | None = None
    recovery: Recovery | None = None
    reason: Line | None = None


class PutProjectOnHold(Command):
    """Put the project on hold."""

    reason: Line


class ResumeProject(Command):
    """Resume a project that is on hold."""


class BeginClosing(Command):
    """Begin closing: the work is done, and the verdicts are gathered."""


class CloseProject(Command):
    """Close the project with a verdict on each success criterion and the lessons learned."""

    outcome: portfolio.Outcome
    verdicts: model.Verdicts
    lessons: Text
    effective_on: Day


class CancelProject(Command):
    """Cancel the project."""

    reason: Line


WorkCommand = (
    StartProject | ReportProgress | PutProjectOnHold | ResumeProject | BeginClosing | CloseProject | CancelProject
)

BEFORE_FUNDING = frozenset({portfolio.Stage.PROPOSED, portfolio.Stage.SPECIFIED, portfolio.Stage.APPROVED})
UNDER_WAY = frozenset({portfolio.Stage.IN_PROGRESS, portfolio.Stage.ON_HOLD, portfolio.Stage.CLOSING})


def work(project: model.Project, command: WorkCommand, facts: model.ProjectFacts) -> model.Events:
    """The work begins, goes on, rests and ends."""
    match command:
        case StartProject(effective_on=effective_on):
            return start(project, effective_on, facts)
        case ReportProgress():
            return report(project, command, facts)
        case PutProjectOnHold(reason=reason):
            return hold(project, reason)
        case ResumeProject():
            return resume(project)
        case BeginClosing():
            return begin_closing(project)
        case CloseProject():
            return close(project, command, facts)
        case CancelProject(reason=reason):
            return cancel(project, reason)
        case _:
            assert_never(command)


def start(project: model.Project, effective_on: date, facts: model.ProjectFacts) -> model.Events:
    """Work begins when there is money for it."""
    started = portfolio.ProjectStarted(effective_on=effective_on)
    if project == model.evolve(project, started):
        return []
    if project.stage in BEFORE_FUNDING and not approved_elsewhere(project):
        raise Refused(
            "starts-only-when-funded", f"The project is {project.stage}.", "Wait until finance confirms the funding."
        )
    model.require(project, {portfolio.Stage.APPROVED, portfolio.Stage.FUNDED}, "Start a project that is funded.")
    check_past(effective_on, facts)
    return [started]


def approved_elsewhere(project: model.Project) -> bool:
    """Return whether it was taken over as approved, so that its money was granted there."""
    return project.stage is portfolio.Stage.APPROVED and project.approved_version is None


def report(project: model.Project, command: ReportProgress, facts: model.ProjectFacts) -> model.Events:
    """Reports follow each other in time; the one of the same date corrects."""
    reported = portfolio.ProgressReported(**vars(command))
    if project == model.evolve(project, reported):
        return []
    if project.outcome is not portfolio.Outcome.NOT_RECORDED:
        model.require(project, UNDER_WAY, "Report on a project that has started.")
    check_past(command.as_of, facts)
    if project.progress is not None and command.as_of < project.progress.as_of:
        raise Refused(
            "reports-in-order", f"There is a report as of {project.progress.as_of} already.", "Report a later date."
        )
    check_says_something(command)
    check_rising(project, command)
    check_recovery(project, command, facts)
    return [reported]


def check_rising(project: model.Project, command: ReportProgress) -> None:
    """What is complete stays so, unless somebody says why not."""
    before = project.progress.percent_complete if project.progress else None
    now = command.percent_complete
    if before is not None and now is not None and now < before and command.reason is None:
        raise Refused(
            "falling-progress-needs-reason",
            f"{before} per cent was reported as of {project.progress and project.progress.as_of}.",
            "State the reason, or report what is complete by now.",
        )


def check_recovery(project: model.Project, command: ReportProgress, facts: model.ProjectFacts) -> None:
    """Who declares a project at risk or off track says what is done about it; another system's statement stands."""
    declared = command.health in (portfolio.Health.AT_RISK, portfolio.Health.OFF_TRACK)
    if not declared or project.source is not None:
        return
    if command.recovery is None:
        raise Refused(
            "recovery-step-required",
            f"The project would be declared {command.health} without anything being done about it.",
            "Add a recovery step with its owner and day.",
        )
    owner = known(facts.recovery_owner, command.recovery.owner_id, "the owner of the recovery step")
    if not owner.active:
        raise Refused("recovery-owner-is-active", "The owner does not work here now.", "Name an active person.")
    if command.recovery.due_on < command.as_of:
        raise Refused("recovery-ahead", "The recovery step is due before the report.", "Name a later day.")


def check_says_something(command: ReportProgress) -> None:
    """A report states a figure, a health or a note."""
    figures = (command.percent_complete, command.expected_completion, command.expected_scope)
    stated = (*figures, command.health, command.note.strip() or None)
    if all(one is None for one in stated):
        raise Refused("report-says-something", "The report is empty.", "State progress, date, health or a note.")


def hold(project: model.Project, reason: Line) -> model.Events:
    """Work that goes on can rest."""
    if project.stage is portfolio.Stage.ON_HOLD:
        return []
    model.require(project, {portfolio.Stage.IN_PROGRESS}, "Only a project in progress can be put on hold.")
    return [portfolio.ProjectPutOnHold(reason=reason)]


def resume(project: model.Project) -> model.Events:
    """Work that rests can go on."""
    if project.stage is portfolio.Stage.IN_PROGRESS:
        return []
    model.require(project, {portfolio.Stage.ON_HOLD}, "Only a project on hold can be resumed.")
    return [portfolio.ProjectResumed()]


def begin_closing(project: model.Project) -> model.Events:
    """Work that goes on can be done."""
    if project.stage is portfolio.Stage.CLOSING:
        return []
    model.require(project, {portfolio.Stage.IN_PROGRESS}, "Start or resume the project first.")
    return [portfolio.ProjectClosing()]


def close(project: model.Project, command: CloseProject, facts: model.ProjectFacts) -> model.Events:
    """A project ends with a verdict on every success criterion and with lessons."""
    closed = portfolio.ProjectClosed(**vars(command))
    if project == model.evolve(project, closed):
        return []
    model.require(project, {portfolio.Stage.CLOSING}, "Begin closing first.")
    check_past(command.effective_on, facts)
    if project.started_on is not None and command.effective_on < project.started_on:
        raise Refused("closes-after-it-starts", f"It started on {project.started_on}.", "Name that day or a later one.")
    check_verdicts(project, command)
    check_outcome(command)
    if not command.lessons.strip():
        raise Refused("lessons-required", "The lessons learned are missing.", "State what was learned.")
    return [*ending(project, "project ended", "The project was closed."), closed]


def check_verdicts(project: model.Project, command: CloseProject) -> None:
    """One verdict for each criterion of the signed specification; without one, the verdicts name the criteria."""
    judged = [verdict.criterion for verdict in command.verdicts]
    latest = project.specification
    criteria = latest.success_criteria if latest is not None and latest.signed_by is not None else set(judged)
    if not judged or sorted(judged) != sorted(criteria):
        missing = len(set(criteria).difference(judged))
        raise Refused(
            "verdict-per-criterion",
            f"There are {len(judged)} verdicts for {len(criteria)} success criteria, {missing} of which have none.",
            "Give exactly one verdict for each success criterion, in its own words.",
        )


def check_outcome(command: CloseProject) -> None:
    """A project succeeded if every criterion was met, and failed if one was not."""
    if command.outcome is portfolio.Outcome.NOT_RECORDED:
        raise Refused("outcome-required", "The outcome is missing.", "State whether it succeeded or failed.")
    met = all(verdict.met for verdict in command.verdicts)
    if met is not (command.outcome is portfolio.Outcome.SUCCEEDED):
        raise Refused(
            "outcome-follows-verdicts",
            "The outcome contradicts the verdicts: succeeded means that every criterion was met.",
            "Correct the outcome or the verdicts.",
        )


def cancel(project: model.Project, reason: Line) -> model.Events:
    """Any project that has not ended can be given up."""
    if project.stage is portfolio.Stage.CANCELLED:
        return []
    model.check_going_on(project)
    return [*ending(project, "project ended", "The project was cancelled."), portfolio.ProjectCancelled(reason=reason)]


def check_past(day: date, facts: model.ProjectFacts) -> None:
    """Refuse a day in the future."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
