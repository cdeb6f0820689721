"""Conversations of finance with portfolio and people: who waits for whom, and which have waited for too long."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.commands.table import Aggregate
from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.finance.budgets.access import CONTROLLER
from services.finance.budgets.commands import PROJECT_BUDGETS
from services.finance.budgets.domain.finance_policy import DEFAULTS, FINANCE_POLICY
from services.finance.budgets.domain.project_budget.rules import PROJECT_BUDGET
from services.finance.funding.commands import BENEFIT_CONFIRMATIONS, CONTINGENCY_DRAWS, RESERVATIONS
from services.finance.funding.domain.benefit_confirmation import BENEFIT_CONFIRMATION
from services.finance.funding.domain.contingency_draw import CONTINGENCY_DRAW
from services.finance.funding.domain.reservation import RESERVATION, ReservationStatus

R, B, C, D = Fields(RESERVATION), Fields(PROJECT_BUDGET), Fields(BENEFIT_CONFIRMATION), Fields(CONTINGENCY_DRAW)
P = Fields(FINANCE_POLICY, "policy")
PROMISED_OR_REFUSED = R.status.one_of(ReservationStatus.RESERVED, ReservationStatus.REFUSED)
NO_VERDICT = f"{C.asked.due_on} IS NOT NULL AND {C.confirmed} IS NULL"
DAYS = f"""coalesce((SELECT CAST({P.conversation_days} AS integer) FROM states policy WHERE {P.of_kind}),
    {DEFAULTS.conversation_days})"""
TOO_LONG = f"CAST(:today AS date) - CAST(changed_at AT TIME ZONE 'UTC' AS date) > {DAYS}"


@dataclass(frozen=True)
class Conversation:
    """A kind of conversation, as it is in the states of an aggregate; all but the names is SQL.

    ``waits``: the service that asked, or answered, waits for ``waits_for`` while ``going_on`` holds.
    """

    aggregate: Aggregate
    waits: str
    waits_for: str
    going_on: str
    what: str
    division: str
    step: str
    amount: str
    currency: str
    reason: str


CONVERSATIONS: Sequence[Conversation] = (
    Conversation(
        PROJECT_BUDGETS,
        waits="portfolio",
        waits_for="finance",
        going_on=B.status.one_of("asked"),
        what="'project'",
        division=B.division_id,
        step=B.status,
        amount=B.asked.amount,
        currency=B.asked.currency,
        reason="NULL",
    ),
    Conversation(
        RESERVATIONS,
        waits="finance",
        waits_for="people",
        going_on=PROMISED_OR_REFUSED,
        what=R.kind,
        division=R.division_id,
        step=R.status,
        amount=R.amount.amount,
        currency=R.amount.currency,
        reason=R.reason,
    ),
    Conversation(
        BENEFIT_CONFIRMATIONS,
        waits="portfolio",
        waits_for="finance",
        going_on=NO_VERDICT,
        what="'benefit'",
        division=C.asked.division_id,
        step=f"CASE {C.confirmed} WHEN 'true' THEN 'confirmed' WHEN 'false' THEN 'not confirmed' ELSE 'asked' END",
        amount="NULL",
        currency="NULL",
        reason="NULL",
    ),
    Conversation(
        CONTINGENCY_DRAWS,
        waits="portfolio",
        waits_for="finance",
        going_on="false",
        what="'contingency'",
        division="NULL",
        step=D.status,
        amount=D.asked.amount,
        currency=D.asked.currency,
        reason=D.reason,
    ),
)
"""Each is a row of its aggregate; a contingency is drawn or refused at once, so that nobody waits."""

OVERDUE: Sequence[Entry] = [
    stored(
        each.aggregate,
        f"{each.waits} has waited for {each.waits_for} longer than the policy allows",
        f"{each.going_on} AND {TOO_LONG}",
        who=CONTROLLER,
    )
    for each in CONVERSATIONS
    if each.going_on != "false"
]
