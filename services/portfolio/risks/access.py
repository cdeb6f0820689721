"""Permissions in risks: the owner, the line above them, who heads the division, the portfolio office and executives."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import by_decision, by_state
from services.portfolio.organisation.access import EXECUTIVE, LINE_ABOVE, PORTFOLIO_OFFICE, SETS_LIMITS, head_of, named
from services.portfolio.organisation.domain.known import took_part
from services.portfolio.risks.domain.risk.model import Risk, RiskFacts
from services.portfolio.risks.domain.risk.rules import RISK

R = Fields(RISK)

OWNER = named("the owner", R.owner_id)
ABOVE = LINE_ABOVE.at(R.owner_id).called("a manager above the owner")
HEAD = head_of(R.division_id)
WORKS = OWNER | ABOVE | HEAD | PORTFOLIO_OFFICE | EXECUTIVE
NAMES_OWNER = ABOVE | HEAD | PORTFOLIO_OFFICE | EXECUTIVE
DEFINES = SETS_LIMITS


def has_no_part(facts: RiskFacts, risk: Risk, _command: Any) -> bool:
    """Return whether the actor, and the person they stand in for, neither asked for the acceptance nor own the risk."""
    persons, systems = (risk.asked.asked_by, risk.asked.asking_systems) if risk.asked else ((), ())
    return not took_part(facts.actor, (risk.owner_id, *persons), systems)


IMPARTIAL = by_decision("others", has_no_part).ruled(
    "own-acceptance",
    "You asked for the acceptance or own the risk, or act for somebody who does.",
    "Ask another manager above the owner, the division's head or an executive.",
)
GIVES = (IMPARTIAL & (ABOVE | HEAD | EXECUTIVE)).called(
    "a manager above the owner", "the division's head", "an executive"
)
"""Nobody accepts a risk of their own, or one they asked for, in whatever place they act."""
NOT_CONFIDENTIAL = by_state("everybody", R.confidential.fails)
SEES = NOT_CONFIDENTIAL | OWNER | ABOVE | PORTFOLIO_OFFICE | EXECUTIVE
"""A confidential risk is there for its owner, the line above them, the portfolio office and executives."""
