"""The command tables of pay and of the bands it lies in."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.values import Grade
from services.people.organisation import zones
from services.people.organisation.access import HR, SERVICE
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.facts import about, limits
from services.people.pay import access
from services.people.pay.domain import pay, pay_band
from services.people.pay.domain.pay import PAY as PAY_DECIDER

BAND = Fields(pay_band.PAY_BAND)
BANDS_OF = text(
    f"SELECT {BAND.id}::uuid AS id FROM states WHERE {BAND.of_kind} AND {BAND.grade} = :grade"
    f" AND {BAND.withdrawn.fails} ORDER BY stream"
)


async def band_facts(
    view: View, state: pay_band.PayBand | None, command: pay_band.PayBandCommand, base: Facts
) -> pay_band.BandFacts:
    """A grade has one band in a currency that the company uses."""
    grade, currency = (command.grade, command.currency) if isinstance(command, pay_band.SetPayBand) else (None, None)
    if state is None and grade is not None:
        view.claim(f"pay-band:{grade}:{currency}")
    if state is not None and isinstance(command, pay_band.WithdrawPayBand):
        view.release(f"pay-band:{state.grade}:{state.currency}")
    for changed in {grade, state.grade if state else None} - {None}:
        view.bump(f"pay-bands:{changed}")
    return pay_band.BandFacts(**vars(base), policy=await limits(view))


async def pay_facts(view: View, state: pay.Pay | None, command: pay.PayCommand, base: Facts) -> pay.PayFacts:
    """The person with the line above, when they were hired, the bands of their grade and the currencies in use."""
    known = await about(view, base, base.id)
    if not isinstance(command, pay.SetPay | pay.CorrectPay):
        return pay.PayFacts(**known)
    person = await view.state(PERSON, base.id)
    return pay.PayFacts(
        **known,
        bands=await bands_of(view, known.get("grade"), command.effective_on),
        reads_bands=access.SEES_BANDS.holds(base, state, command),
        hired_on=person.hired_on if person else None,
        policy=await limits(view),
    )


async def bands_of(view: View, grade: Grade | None, on: date) -> Sequence[pay.Band]:
    """The bands of a grade as they are, or are planned for a day to come; each in another currency."""
    if grade is None:
        return ()
    rows = await view.guarded(f"pay-bands:{grade}", BANDS_OF, {"grade": grade})
    found = [await view.state(pay_band.PAY_BAND, UUID(str(row.id))) for row in rows]
    return [pay.Band(each.currency, *each.on(on)) for each in found if each is not None]


PAY_BANDS = Aggregate(
    pay_band.PAY_BAND,
    path="pay-bands",
    commands=[
        CommandRow("set", pay_band.SetPayBand, HR, creates=True),
        CommandRow("correct", pay_band.CorrectPayBand, HR),
        CommandRow("cancel-planned", pay_band.CancelPlannedBand, HR),
        CommandRow("put-into-effect", pay_band.PutBandIntoEffect, SERVICE),
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
        CommandRow("set-offered", pay.SetOfferedPay, SERVICE, creates=True, named=True),
        CommandRow("correct", pay.CorrectPay, access.SETS),
        CommandRow("cancel-planned", pay.CancelPlannedPay, access.CANCELS),
        CommandRow("put-into-effect", pay.PutPayIntoEffect, SERVICE),
    ],
    facts=pay_facts,
    zone=zones.of_id(zones.PERSON_ZONE),
    sees=access.SEES,
    audited="person_id",
    filters=["person_id"],
)
