"""Project budget: what a project may spend, what is bound by orders, and what was spent; its id is the project's.

``asked -> funded | refused -> asked ... -> closed``, or taken over and funded at once.
available = granted (supplements and contingency included) - open commitments - actuals; no commitment brings it below
0. What was spent is recorded all the same; an overrun then raises itself. An actual that names a commitment consumes
what is open of it, so it is counted once. Errors are corrected by reversal and a new entry.
"""

from chassis.domain.decider import Decider
from services.finance.domain.project_budget.commands import (
    CloseProjectBudget,
    ConfirmFunding,
    MakeCommitment,
    OpenProjectBudget,
    ProjectBudgetCommand,
    ProjectBudgetFacts,
    RecordActual,
    RefuseFunding,
    ReleaseCommitment,
    ReverseActual,
    StateActual,
    StateEstimateAtCompletion,
    SupplementProjectBudget,
    TakeOverProjectBudget,
)
from services.finance.domain.project_budget.decide import decide
from services.finance.domain.project_budget.evolve import ProjectBudgetEvent, evolve
from services.finance.domain.project_budget.spending import MOST_COMMITMENTS, MOST_ENTRIES
from services.finance.domain.project_budget.state import Commitment, Entry, Estimate, ProjectBudget, Status

__all__ = [
    "MOST_COMMITMENTS",
    "MOST_ENTRIES",
    "PROJECT_BUDGET",
    "CloseProjectBudget",
    "Commitment",
    "ConfirmFunding",
    "Entry",
    "Estimate",
    "MakeCommitment",
    "OpenProjectBudget",
    "ProjectBudget",
    "ProjectBudgetCommand",
    "ProjectBudgetEvent",
    "ProjectBudgetFacts",
    "RecordActual",
    "RefuseFunding",
    "ReleaseCommitment",
    "ReverseActual",
    "StateActual",
    "StateEstimateAtCompletion",
    "Status",
    "SupplementProjectBudget",
    "TakeOverProjectBudget",
    "decide",
    "evolve",
]

PROJECT_BUDGET = Decider(
    kind="project-budget", state=ProjectBudget, events=ProjectBudgetEvent, decide=decide, evolve=evolve
)
