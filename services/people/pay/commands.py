"""The command tables of pay and of the bands it lies in."""

from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.values import Grade
from services.people.organisation.access import HR, SERVICE
from services.people.organisation.facts import about
from services.people.pay import access
from services.people.pay.domain import pay, pay_band
from services.people.pay.domain.pay import PAY as PAY_DECIDER

BAND = Fields(pay_band.PAY_BAND)
BAND_OF = text(
    f"SELECT {BAND.id}::uuid AS id FROM states WHERE {BAND.of_kind} AND {BAND.grade} = :grade"
    f" AND {BAND.currency} = :currency AND {BAND.withdrawn.fails} ORDER BY stream LIMIT 1"
)


async def band_facts(
    view: View, state: pay_band.PayBand | None, command: pay_band.SetPayBand | pay_band.WithdrawPayBand, base: Facts
) -> Facts:
    """A grade has one band in a currency."""
    grade, currency = (command.grade, command.currency) if isinstance(command, pay_band.SetPayBand) else (None, None)
    if state is None and grade is not None:
        view.claim(f"pay-band:{grade}:{currency}")
    if state is not None and isinstance(command, pay_band.WithdrawPayBand):
        view.release(f"pay-band:{state.grade}:{state.currency}")
    for changed in {grade, state.grade if state else None} - {None}:
        view.bump(f"pay-bands:{changed}")
    return base


async def pay_facts(view: View, state: pay.Pay | None, command: pay.PayCommand, base: Facts) -> pay.PayFacts:
    """The person with the line above, and the band of their grade."""
    known = await about(view, base, base.id)
    if not isinstance(command, pay.SetPay):
        return pay.PayFacts(**known)
    return pay.PayFacts(**known, band=await band_of(view, known.get("grade"), command.yearly.currency))


async def band_of(view: View, grade: Grade | None, currency: str) -> pay.Band | None:
    if grade is None:
        return None
    rows = await view.guarded(f"pay-bands:{grade}", BAND_OF, {"grade": grade, "currency": currency})
    found = await view.state(pay_band.PAY_BAND, UUID(str(rows[0].id))) if rows else None
    return None if found is None else pay.Band(found.currency, found.minimum, found.maximum)


PAY_BANDS = Aggregate(
    pay_band.PAY_BAND,
    path="pay-bands",
    commands=[
        CommandRow("set", pay_band.SetPayBand, HR, creates=True),
        CommandRow("withdraw", pay_band.WithdrawPayBand, HR),
    ],
    facts=band_facts,
    sees=access.SEES_BANDS,
    filters=["grade", "currency", "withdrawn"],
)

PAY = Aggregate(
    PAY_DECIDER,
    path="pay",
    commands=[
        CommandRow("set", pay.SetPay, access.SETS, creates=True, named=True),
        CommandRow("cancel-planned", pay.CancelPlannedPay, access.CANCELS),
        CommandRow("put-into-effect", pay.PutPayIntoEffect, SERVICE),
    ],
    facts=pay_facts,
    sees=access.SEES,
    audited="person_id",
    filters=["person_id"],
)
