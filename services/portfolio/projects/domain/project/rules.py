"""The rules of a project, put together from its parts."""

from chassis.domain.decider import Decider, existing
from services.portfolio.projects.domain.project import model
from services.portfolio.projects.domain.project.accountability import AccountabilityCommand, answer
from services.portfolio.projects.domain.project.delegation import DelegationCommand, delegate, due
from services.portfolio.projects.domain.project.founding import FoundingCommand, found
from services.portfolio.projects.domain.project.specification import SpecificationCommand, specify
from services.portfolio.projects.domain.project.work import WorkCommand, work

ProjectCommand = FoundingCommand | SpecificationCommand | WorkCommand | AccountabilityCommand | DelegationCommand


def decide(state: model.Project | None, command: ProjectCommand, facts: model.ProjectFacts) -> model.Events:
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


PROJECT = Decider(
    kind="project", state=model.Project, events=model.ProjectEvent, decide=decide, evolve=model.evolve, due=due
)
