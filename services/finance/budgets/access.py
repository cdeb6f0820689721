"""Permissions in budgets: by the roles of the token, the persons who answer for a project, and finance."""

from typing import Any

from chassis.domain.decider import Facts
from chassis.store.relations import by_decision, role
from contracts.roles import Role
from services.finance.budgets.domain.division_budget import DivisionBudget

CONTROLLER = role("a finance controller", Role.FINANCE_CONTROLLER)
EXECUTIVE = role("an executive", Role.EXECUTIVE)
SERVICE = role("this service itself", Role.SYSTEM)

DRAFTS = CONTROLLER | EXECUTIVE | role("a manager", Role.MANAGER)
STEERS = CONTROLLER | EXECUTIVE
"""Those who decide on division budgets and move money between them."""


def did_not_submit(facts: Facts, budget: DivisionBudget, _command: Any) -> bool:
    """Return whether the actor, and the person they stand in for, have no part in submitting the budget."""
    submitters = {budget.submitted_by, budget.submitted_for} - {None}
    return submitters.isdisjoint({facts.actor.id, facts.actor.for_whom})


APPROVES = STEERS & by_decision("others", did_not_submit).ruled(
    "submitter-is-not-approver",
    "You submitted the budget, or it was submitted for you.",
    "Ask somebody else to approve it.",
)
"""Nobody approves what they submitted, in nobody's place."""
TAKES_OVER = (
    CONTROLLER | role("the portfolio office", Role.PORTFOLIO_OFFICE) | role("an administrator", Role.ADMINISTRATOR)
)

ANSWERS = by_decision(
    "somebody who answers for the project", lambda facts, _state, _command: facts.actor.person in facts.answering
)
SPENDS = ANSWERS | CONTROLLER
ESTIMATES = SPENDS | TAKES_OVER
CLOSES = CONTROLLER | SERVICE
