"""Project: what its decisions know beside state and command, and the checks that several of them share."""

from collections.abc import Set
from dataclasses import dataclass
from uuid import UUID

from chassis.domain.decider import Facts, Refused
from contracts.portfolio import Stage
from services.portfolio.domain.known import KnownPerson
from services.portfolio.domain.project.state import Project


@dataclass(frozen=True)
class ProjectFacts(Facts):
    """The rows a command needs; None where portfolio has not heard of them.

    ``accountable``, ``sponsor``, ``delegate``: the person the command names, otherwise the project's present one.
    ``division_head``: the head of the project's division. ``gate_authorities``: whom policy names for its gate.
    ``leaver``: whoever is said to answer no more, as known now; ``successor``: the nearest person up their line who may
    be accountable.
    ``initiative_open``: None where the initiative does not exist.
    """

    accountable: KnownPerson | None = None
    sponsor: KnownPerson | None = None
    delegate: KnownPerson | None = None
    division_head: KnownPerson | None = None
    leaver: KnownPerson | None = None
    successor: KnownPerson | None = None
    gate_authorities: frozenset[UUID] = frozenset()
    division_open: bool | None = None
    initiative_open: bool | None = None


def require(project: Project, stages: Set[Stage], remedy: str, rule: str = "not-at-this-stage") -> None:
    """The project is at one of these stages."""
    if project.stage in stages:
        return
    check_going_on(project)
    raise Refused(rule, f"The project is {project.stage}.", remedy)


def check_going_on(project: Project) -> None:
    """The project has not ended."""
    if project.ended:
        raise Refused("project-ended", f"The project is {project.stage}.", "Propose another project.")


def check_initiative(initiative_id: UUID | None, facts: ProjectFacts, must_be_open: bool = True) -> None:
    """The initiative exists; a project that goes on belongs to one that goes on."""
    if initiative_id is None:
        return
    if facts.initiative_open is None:
        raise Refused("initiative-unknown", "The initiative does not exist.", "Shape it first.")
    if must_be_open and not facts.initiative_open:
        raise Refused("initiative-ended", "The initiative has ended.", "Choose one that goes on, or none.")
