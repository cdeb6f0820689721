"""Permissions in governance: who logs, ranks, proposes and decides."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.portfolio.governance.domain.decision import DECISION
from services.portfolio.governance.domain.gate import GATE, Gate, GateFacts
from services.portfolio.organisation.access import (
    ADMINISTRATOR,
    EXECUTIVE,
    PORTFOLIO_OFFICE,
    SHAPES_INITIATIVES,
    TAKES_OVER,
    acted,
    named,
)
from services.portfolio.projects.access import IN_CHARGE, does_not_answer, may_open_the_gate

LOGS = SHAPES_INITIATIVES
DECIDER = named("who decided", Fields(DECISION).decided_by)
FOLLOWS_UP = DECIDER | PORTFOLIO_OFFICE | EXECUTIVE | ADMINISTRATOR
RANKS = PORTFOLIO_OFFICE | EXECUTIVE

WHO_DECIDES = "the division's head", "a manager above the accountable one", "an authority named by policy"
ASK = "Ask the division's head, a manager above the accountable one or an authority named by policy."


PROPOSES_GATE = IN_CHARGE | TAKES_OVER


def is_impartial(facts: GateFacts, _gate: Gate, command: Any) -> bool:
    return facts.project is None or does_not_answer(facts, facts.project, command)


def is_authority(facts: GateFacts, _gate: Gate, command: Any) -> bool:
    return facts.project is not None and may_open_the_gate(facts, facts.project, command)


NOT_PROPOSER = (~acted("who proposed it", Fields(GATE).proposed_by)).ruled(
    "proposer-does-not-decide", "You proposed that the project pass this gate.", ASK
)
IMPARTIAL = by_decision("others", is_impartial).ruled(
    "approver-does-not-answer", "Those who answer for a project do not decide at its gates, in whatever place.", ASK
)
AUTHORITY = by_decision("an authority", is_authority).ruled("gate-by-named-authority")
DECIDES_GATE = (NOT_PROPOSER & IMPARTIAL & AUTHORITY).called(*WHO_DECIDES)
"""A named authority, who neither proposed it nor answers for the project, nor stands in for somebody who does."""
