"""The command tables of pay and of the bands it lies in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from contracts.values import Grade
from services.people import policy
from services.people.api.facts import about
from services.people.domain.pay import PAY as PAY_DECIDER
from services.people.domain.pay import (
    Band,
    CancelPlannedPay,
    Pay,
    PayCommand,
    PayFacts,
    PutPayIntoEffect,
    SetPay,
)
from services.people.domain.pay_band import PAY_BAND, PayBand, SetPayBand, WithdrawPayBand

BAND_OF = text(
    "SELECT right(stream, 36)::uuid AS id FROM states WHERE kind = 'pay-band' AND state->>'grade' = :grade"
    " AND state->>'currency' = :currency AND state->>'withdrawn' = 'false' ORDER BY stream LIMIT 1"
)


async def band_facts(view: View, state: PayBand | None, command: SetPayBand | WithdrawPayBand, base: Facts) -> Facts:
    """A grade has one band in a currency."""
    grade, currency = (command.grade, command.currency) if isinstance(command, SetPayBand) else (None, None)
    if state is None and grade is not None:
        view.claim(f"pay-band:{grade}:{currency}")
    if state is not None and isinstance(command, WithdrawPayBand):
        view.release(f"pay-band:{state.grade}:{state.currency}")
    for changed in {grade, state.grade if state else None} - {None}:
        view.bump(f"pay-bands:{changed}")
    return base


async def pay_facts(view: View, state: Pay | None, command: PayCommand, base: Facts) -> PayFacts:
    """The person with the line above, and the band of their grade."""
    known = await about(view, base, base.id)
    if not isinstance(command, SetPay):
        return PayFacts(**known)
    return PayFacts(**known, band=await band_of(view, known.get("grade"), command.yearly.currency))


async def band_of(view: View, grade: Grade | None, currency: str) -> Band | None:
    """The band of a grade in a currency."""
    if grade is None:
        return None
    rows = await view.guarded(f"pay-bands:{grade}", BAND_OF, {"grade": grade, "currency": currency})
    found = await view.state(PAY_BAND, UUID(str(rows[0].id))) if rows else None
    return None if found is None else Band(found.currency, found.minimum, found.maximum)


def pay_due(_pay: Pay, _due_at: datetime) -> PutPayIntoEffect:
    """The day of what was planned has come."""
    return PutPayIntoEffect()


SETTERS = policy.either(policy.hr, policy.line_above)

PAY_BANDS = Aggregate(
    PAY_BAND,
    path="pay-bands",
    commands=[
        CommandRow("set", SetPayBand, policy.hr, band_facts, creates=True),
        CommandRow("withdraw", WithdrawPayBand, policy.hr, band_facts),
    ],
    sees=policy.only(Role.HR, Role.EXECUTIVE),
    filters=["grade", "currency", "withdrawn"],
)

PAY = Aggregate(
    PAY_DECIDER,
    path="pay",
    commands=[
        CommandRow("set", SetPay, SETTERS, pay_facts, creates=True, named=True),
        CommandRow("cancel-planned", CancelPlannedPay, SETTERS, pay_facts),
        CommandRow("put-into-effect", PutPayIntoEffect, policy.service, pay_facts),
    ],
    sees=policy.person_and_line("person_id", Role.HR),
    when_due=pay_due,
    watched="person_id",
    filters=["person_id"],
)
