"""The ledger of a project: who was accountable and who responsible by delegation, from which moment until which."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts import portfolio
from services.portfolio.projects.domain.project.model import Project, ProjectEvent, evolve

Role = Literal["accountable", "responsible"]


@dataclass(frozen=True)
class Tenure:
    """Somebody's time of answering for a project: ``until`` is None while it lasts.

    ``basis`` is how it began. ``unresolved``: they could not answer any more, and nobody eligible was known.
    """

    person_id: UUID
    role: Role
    basis: str
    since: datetime
    until: datetime | None = None
    unresolved: bool = False

    def overlaps(self, begins: datetime, ends: datetime) -> bool:
        """Return whether it lasted at some moment from ``begins`` on and before ``ends``."""
        return self.since < ends and (self.until is None or self.until > begins)


def tenures(history: Sequence[tuple[ProjectEvent, datetime]]) -> Sequence[Tenure]:
    """Every time of answering in a project's history, in the order in which they began.

    They follow from the state after each event, so that each moment from the first event to the end has exactly one
    accountable person. After the end nobody answers.
    """
    over: list[Tenure] = []
    present: dict[Role, Tenure] = {}
    state: Project | None = None
    for event, at in history:
        state = evolve(state, event)
        for role, person_id in answering(state).items():
            before = present.pop(role, None)
            after = next_tenure(before, role, person_id, event, at, state)
            if before is not None and before is not after:
                over.append(replace(before, until=at))
            if after is not None:
                present[role] = after
    # What began and ended with the same append was nobody's time.
    lasting = [each for each in over if each.until != each.since]
    return sorted([*lasting, *present.values()], key=lambda each: (each.since, each.role))


def answering(project: Project) -> dict[Role, UUID | None]:
    """Who answers now, by role; nobody for what has ended."""
    if project.ended:
        return {"accountable": None, "responsible": None}
    return {"accountable": project.accountable_id, "responsible": project.delegate_id}


def next_tenure(
    present: Tenure | None, role: Role, person_id: UUID | None, event: ProjectEvent, at: datetime, state: Project
) -> Tenure | None:
    """The tenure after an event: the same, another, or none."""
    if person_id is None:
        return None
    unresolved = role == "accountable" and state.unresolved
    if present is not None and present.person_id == person_id and present.unresolved == unresolved:
        return present
    return Tenure(person_id, role, basis_of(event, role), at, unresolved=unresolved)


def basis_of(event: ProjectEvent, role: Role) -> str:
    """How a time of answering began."""
    if role == "responsible":
        return "delegated"
    match event:
        case portfolio.ProjectProposed():
            return "proposed"
        case portfolio.ProjectTakenOver() | portfolio.TakeOverCorrected():
            return "taken over"
        case portfolio.AccountabilityTransferred(basis=basis):
            return basis
        case _:
            return "unresolved"
