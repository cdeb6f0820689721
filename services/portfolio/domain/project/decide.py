"""Project: which rules answer which command."""

from collections.abc import Sequence

from chassis.domain.decider import existing
from services.portfolio.domain.project.accountability import answer
from services.portfolio.domain.project.commands import (
    AccountabilityCommand,
    DelegationCommand,
    FoundingCommand,
    ProjectCommand,
    SpecificationCommand,
)
from services.portfolio.domain.project.delegation import delegate
from services.portfolio.domain.project.events import ProjectEvent
from services.portfolio.domain.project.facts import ProjectFacts
from services.portfolio.domain.project.founding import found
from services.portfolio.domain.project.specification import specify
from services.portfolio.domain.project.state import Project
from services.portfolio.domain.project.work import work


def decide(state: Project | None, command: ProjectCommand, facts: ProjectFacts) -> Sequence[ProjectEvent]:
    """The events of a command, or ``Refused``."""
    if isinstance(command, FoundingCommand):
        return found(state, command, facts)
    project = existing(state)
    if isinstance(command, SpecificationCommand):
        return specify(project, command, facts)
    if isinstance(command, AccountabilityCommand):
        return answer(project, command, facts)
    if isinstance(command, DelegationCommand):
        return delegate(project, command, facts)
    return work(project, command, facts)
