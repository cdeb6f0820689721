"""Permissions in policies: who drafts, approves and publishes; who acknowledges; who grants exceptions."""

from typing import Any

from chassis.store.fields import Fields
from chassis.store.relations import by_decision
from services.portfolio.organisation.access import (
    EXECUTIVE,
    LINE_ABOVE,
    PORTFOLIO_OFFICE,
    SHAPES_INITIATIVES,
    THEMSELF,
    head_of,
)
from services.portfolio.organisation.domain.known import took_part
from services.portfolio.policies.domain.acknowledgement import ACKNOWLEDGEMENT
from services.portfolio.policies.domain.exception import POLICY_EXCEPTION, PolicyException, PolicyExceptionFacts
from services.portfolio.policies.domain.policy import POLICY, Policy, PolicyFacts

A, E, P = Fields(ACKNOWLEDGEMENT), Fields(POLICY_EXCEPTION), Fields(POLICY)

DRAFTS = SHAPES_INITIATIVES
COUNTS = SHAPES_INITIATIVES
HEAD = head_of(P.division_id)
PUBLISHES = HEAD | PORTFOLIO_OFFICE | EXECUTIVE
ACKNOWLEDGES = THEMSELF
SEES_ACKNOWLEDGEMENT = (
    THEMSELF.at(A.person_id)
    | LINE_ABOVE.at(A.person_id).called("a manager above the person")
    | PORTFOLIO_OFFICE
    | EXECUTIVE
)
GRANTING = PORTFOLIO_OFFICE | EXECUTIVE


def did_not_draft(facts: PolicyFacts, policy: Policy, _command: Any) -> bool:
    """Return whether neither the actor nor the person they stand in for has a part in the draft."""
    return not took_part(facts.actor, policy.drafted_by, policy.drafting_systems)


def did_not_ask(facts: PolicyExceptionFacts, exception: PolicyException, _command: Any) -> bool:
    """Return whether neither the actor nor the person they stand in for asked for the exception."""
    return not took_part(facts.actor, exception.asked_by, exception.asking_systems)


def asked(facts: PolicyExceptionFacts, exception: PolicyException, _command: Any) -> bool:
    return facts.actor.acts_as in exception.asked_by


NOT_DRAFTER = by_decision("others", did_not_draft).ruled(
    "drafter-does-not-approve",
    "You have a part in this draft, or act for somebody who has.",
    "Ask the division's head, the portfolio office or an executive.",
)
APPROVES = (NOT_DRAFTER & PUBLISHES).called("the division's head", "the portfolio office", "an executive")
"""Nobody approves what they drafted, in whatever place they act."""
NOT_ASKER = by_decision("others", did_not_ask).ruled(
    "own-policy-exception",
    "You asked for this exception, or act for somebody who did.",
    "Ask the portfolio office or an executive.",
)
GRANTS = (NOT_ASKER & GRANTING).called("the portfolio office", "an executive")
ASKER = by_decision("who asked", asked)
WITHDRAWS = ASKER | PORTFOLIO_OFFICE | EXECUTIVE
