"""What waits for somebody in projects, and whose projects they are, in SQL."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from contracts.portfolio import Stage
from services.portfolio.organisation.access import ME, MY_DIVISIONS, TAKES_OVER
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.domain.project.model import ENDED, DelegationStatus
from services.portfolio.projects.domain.project.rules import PROJECT

P = Fields(PROJECT)
SIGNED = f"{P.stage.one_of(Stage.SPECIFIED)} AND {P.specification.signed_by} IS NOT NULL"
DELEGATED = f"{P.delegation.delegate_id} = {ME} AND {P.delegation.status.one_of(DelegationStatus.ACTIVE)}"
MINE = f"{P.accountable_id} = {ME} OR ({DELEGATED})"
"""The caller answers for the project or is responsible for it."""
SPONSORED = f"{P.sponsor_id} = {ME} AND ({MINE}) IS NOT TRUE"
"""The caller is the project's sponsor, and does not answer for it as well: such a one does not sign."""
HEADED = f"{P.division_id} IN {MY_DIVISIONS}"
MY_REPORTS = (
    f"{P.accountable_id} IN (SELECT CAST(id AS text) FROM known_persons WHERE CAST(line_manager_id AS text) = {ME})"
)
ABOVE = f"{HEADED} OR {MY_REPORTS}"
"""The caller heads the project's division or is the line manager of who answers for it."""


def projects_where(condition: str) -> str:
    """The ids of the projects for which a condition holds."""
    return f"(SELECT {P.id} FROM states WHERE {P.of_kind} AND ({condition}))"


DECISIONS: Sequence[Entry] = [
    stored(
        PROJECTS,
        "sign the specification",
        f"{P.stage.one_of(Stage.SPECIFIED)} AND {P.specification.signed_by} IS NULL AND {SPONSORED}",
    ),
    # Everybody above may approve; it waits for the division's head and the accountable manager's own.
    stored(PROJECTS, "approve the project", f"{SIGNED} AND ({ABOVE}) AND ({MINE}) IS NOT TRUE"),
    stored(
        PROJECTS,
        "accept or decline the delegation",
        f"{P.delegation.delegate_id} = {ME} AND {P.delegation.status.one_of(DelegationStatus.OFFERED)}",
    ),
    stored(
        PROJECTS, "name an accountable manager", f"{P.unresolved.holds} AND {P.stage.none_of(*ENDED)}", who=TAKES_OVER
    ),
]
DUE: Sequence[Entry] = [
    stored(
        PROJECTS,
        "the project is to be completed",
        f"{P.stage.one_of(Stage.IN_PROGRESS, Stage.ON_HOLD, Stage.CLOSING)} AND ({MINE})",
        due=P.plan.end,
    ),
    stored(PROJECTS, "the delegation ends", f"{P.stage.none_of(*ENDED)} AND ({MINE})", due=P.delegation.until),
]
