"""What waits for somebody in governance."""

from collections.abc import Sequence

from chassis.http.desk import Entry, name_of, stored
from chassis.store.fields import Fields
from services.portfolio.governance.commands import DECISIONS as DECISIONS_LOGGED
from services.portfolio.governance.commands import GATES
from services.portfolio.governance.domain.decision import DECISION, DecisionStatus
from services.portfolio.governance.domain.gate import GATE, GateStatus
from services.portfolio.organisation.access import ME
from services.portfolio.organisation.domain.portfolio_policy import PORTFOLIO_POLICY
from services.portfolio.projects.commands import PROJECTS
from services.portfolio.projects.waiting import ABOVE, MINE, projects_where

G, D, POLICY = Fields(GATE), Fields(DECISION), Fields(PORTFOLIO_POLICY)
# A gate waits for those for whom its project would wait, and for whom policy names; not for who proposed it.
NAMED_BY_POLICY = f"EXISTS (SELECT FROM states WHERE {POLICY.of_kind} AND {POLICY.gate_authorities.json} ? {ME})"
AT_MY_GATE = f"{G.project_id} IN {projects_where(f'({ABOVE} OR {NAMED_BY_POLICY}) AND ({MINE}) IS NOT TRUE')}"

DECISIONS: Sequence[Entry] = [
    stored(
        GATES,
        "decide at the gate",
        f"{G.status.one_of(GateStatus.PROPOSED)} AND {AT_MY_GATE} AND NOT {G.proposed_by.json} ? {ME}",
        name=f"concat_ws(': ', {name_of(PROJECTS, G.project_id)}, {G.name})",
    )
]
DUE: Sequence[Entry] = [
    stored(
        DECISIONS_LOGGED,
        "the decision is to be carried out",
        f"{D.status.one_of(DecisionStatus.LOGGED)} AND {D.decided_by} = {ME}",
        due=D.due_on,
    )
]
