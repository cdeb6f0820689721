"""Project: from its start over its progress to its end."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from chassis.domain.decider import Refused
from contracts.portfolio import (
    Outcome,
    ProgressReported,
    ProjectCancelled,
    ProjectClosed,
    ProjectClosing,
    ProjectPutOnHold,
    ProjectResumed,
    ProjectStarted,
    Stage,
)
from contracts.values import Line
from services.portfolio.domain.project.accountability import check_not_delegate
from services.portfolio.domain.project.commands import (
    BeginClosing,
    CancelProject,
    CloseProject,
    PutProjectOnHold,
    ReportProgress,
    ResumeProject,
    StartProject,
    WorkCommand,
)
from services.portfolio.domain.project.delegation import ending
from services.portfolio.domain.project.events import ProjectEvent
from services.portfolio.domain.project.evolve import evolve
from services.portfolio.domain.project.facts import ProjectFacts, check_going_on, require
from services.portfolio.domain.project.state import Project

BEFORE_FUNDING = frozenset({Stage.PROPOSED, Stage.SPECIFIED, Stage.APPROVED})
UNDER_WAY = frozenset({Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING})


def work(project: Project, command: WorkCommand, facts: ProjectFacts) -> Sequence[ProjectEvent]:
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
            return cancel(project, reason, facts)
        case _:
            assert_never(command)


def start(project: Project, effective_on: date, facts: ProjectFacts) -> Sequence[ProjectEvent]:
    """Work begins when there is money for it."""
    started = ProjectStarted(effective_on=effective_on)
    if project == evolve(project, started):
        return []
    if project.stage in BEFORE_FUNDING and not approved_elsewhere(project):
        raise Refused("starts-only-when-funded", f"The project is {project.stage}.", "Wait for finance's funding.")
    require(project, {Stage.APPROVED, Stage.FUNDED}, "Start a project that is funded.")
    check_past(effective_on, facts)
    return [started]


def approved_elsewhere(project: Project) -> bool:
    """Whether it was taken over as approved, so that its money was granted there."""
    return project.stage is Stage.APPROVED and project.approved_version is None


def report(project: Project, command: ReportProgress, facts: ProjectFacts) -> Sequence[ProjectEvent]:
    """Reports follow each other in time; the one of the same date corrects."""
    reported = ProgressReported(**vars(command))
    if project == evolve(project, reported):
        return []
    if project.outcome is not Outcome.NOT_RECORDED:
        require(project, UNDER_WAY, "Report on a project that has started.")
    check_past(command.as_of, facts)
    if project.progress is not None and command.as_of < project.progress.as_of:
        raise Refused(
            "reports-in-order", f"There is a report as of {project.progress.as_of} already.", "Report a later date."
        )
    check_says_something(command)
    return [reported]


def check_says_something(command: ReportProgress) -> None:
    """A report states a figure, a health or a note."""
    stated = (command.percent_complete, command.expected_completion, command.health, command.note.strip() or None)
    if all(one is None for one in stated):
        raise Refused("report-says-something", "The report is empty.", "State progress, date, health or a note.")


def hold(project: Project, reason: Line) -> Sequence[ProjectEvent]:
    """Work that goes on can rest."""
    if project.stage is Stage.ON_HOLD:
        return []
    require(project, {Stage.IN_PROGRESS}, "Only a project in progress can be put on hold.")
    return [ProjectPutOnHold(reason=reason)]


def resume(project: Project) -> Sequence[ProjectEvent]:
    """Work that rests can go on."""
    if project.stage is Stage.IN_PROGRESS:
        return []
    require(project, {Stage.ON_HOLD}, "Only a project on hold can be resumed.")
    return [ProjectResumed()]


def begin_closing(project: Project) -> Sequence[ProjectEvent]:
    """Work that goes on can be done."""
    if project.stage is Stage.CLOSING:
        return []
    require(project, {Stage.IN_PROGRESS}, "Start or resume the project first.")
    return [ProjectClosing()]


def close(project: Project, command: CloseProject, facts: ProjectFacts) -> Sequence[ProjectEvent]:
    """A project ends with a verdict on every success criterion and with lessons."""
    check_not_delegate(project, facts)
    closed = ProjectClosed(**vars(command))
    if project == evolve(project, closed):
        return []
    require(project, {Stage.CLOSING}, "Begin closing first.")
    check_past(command.effective_on, facts)
    if project.started_on is not None and command.effective_on < project.started_on:
        raise Refused("closes-after-it-starts", f"It started on {project.started_on}.", "Name that day or a later one.")
    check_verdicts(project, command)
    check_outcome(command)
    if not command.lessons.strip():
        raise Refused("lessons-required", "The lessons learnt are missing.", "Say what was learnt.")
    return [*ending(project, "project ended", "The project was closed."), closed]


def check_verdicts(project: Project, command: CloseProject) -> None:
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
    if command.outcome is Outcome.NOT_RECORDED:
        raise Refused("outcome-required", "The outcome is missing.", "Say whether it succeeded or failed.")
    met = all(verdict.met for verdict in command.verdicts)
    if met is not (command.outcome is Outcome.SUCCEEDED):
        raise Refused(
            "outcome-follows-verdicts",
            "The outcome contradicts the verdicts: succeeded means that every criterion was met.",
            "Correct the outcome or the verdicts.",
        )


def cancel(project: Project, reason: Line, facts: ProjectFacts) -> Sequence[ProjectEvent]:
    """Any project that has not ended can be given up."""
    check_not_delegate(project, facts)
    if project.stage is Stage.CANCELLED:
        return []
    check_going_on(project)
    return [*ending(project, "project ended", "The project was cancelled."), ProjectCancelled(reason=reason)]


def check_past(day: date, facts: ProjectFacts) -> None:
    """What has happened lies not in the future."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
