"""The command tables of income sources and charge-backs, and the facts their decisions need."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.finance.budgets.access import CONTROLLER, SERVICE
from services.finance.income import access
from services.finance.income.domain import charge_back, income_source
from services.finance.income.domain.allocation import Headcount, takes_headcount
from services.finance.income.domain.charge_back import CHARGE_BACK, ChargeBack, ChargeBackFacts
from services.finance.income.domain.income_source import INCOME_SOURCE, IncomeSource
from services.finance.organisation import zones
from services.finance.organisation.domain.known import DivisionFacts
from services.finance.organisation.facts import division_of

OPEN_DIVISIONS = text("SELECT id FROM known_divisions WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT closed")

HEADCOUNTS = text(
    "SELECT id, headcount_of(id, :day) AS persons, ARRAY(SELECT below.id FROM divisions_below(known_divisions.id) below"
    " WHERE below.id = ANY(CAST(:ids AS uuid[])) AND below.id <> known_divisions.id) AS below"
    " FROM known_divisions WHERE id = ANY(CAST(:ids AS uuid[]))"
)


async def income_facts(
    view: View, state: IncomeSource | None, command: income_source.IncomeCommand, base: Facts
) -> DivisionFacts:
    """The division with its people."""
    of: Any = state or command
    # What is reversed leaves the state: only a used-up key stops a late duplicate from making it again.
    match command:
        case income_source.RecordEarnedIncome(entry_id=entry_id):
            view.claim_once(f"entry {entry_id} of income source {base.id}")
        case income_source.RecordReceivedIncome(receipt_id=receipt_id):
            view.claim_once(f"receipt {receipt_id} of income source {base.id}")
    return DivisionFacts(**vars(base), division=await division_of(view, of.division_id, base.actor))


INCOME_SOURCES = Aggregate(
    INCOME_SOURCE,
    path="income-sources",
    commands=[
        CommandRow("open", income_source.OpenIncomeSource, access.FORECASTS, creates=True),
        CommandRow("forecast", income_source.ForecastIncome, access.FORECASTS),
        CommandRow("record-earned", income_source.RecordEarnedIncome, access.EARNS),
        CommandRow("reverse-earned", income_source.ReverseEarnedIncome, CONTROLLER),
        CommandRow("record-received", income_source.RecordReceivedIncome, CONTROLLER),
        CommandRow("reverse-received", income_source.ReverseReceivedIncome, CONTROLLER),
        CommandRow("write-off", income_source.WriteOffIncome, access.WRITES_OFF),
    ],
    facts=income_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "currency"],
    sorts=["name"],
    searched=["name"],
)


async def charge_back_facts(
    view: View, state: ChargeBack | None, command: charge_back.ChargeBackCommand, base: Facts
) -> ChargeBackFacts:
    """The division with its people, the receivers that are open, and the charge-back that is revised."""
    of: Any = state or command
    known: dict[str, Any] = {"division": await division_of(view, of.division_id, base.actor)}
    match command:
        case charge_back.DraftChargeBack(receivers=receivers) | charge_back.RedraftChargeBack(receivers=receivers):
            rows = await view.reference(OPEN_DIVISIONS, {"ids": [str(each) for each in receivers]})
            known["open_receivers"] = frozenset(row.id for row in rows)
            known["headcounts"] = await headcounts(view, command)
        case charge_back.AcceptCharge(division_id=receiver) | charge_back.DisputeCharge(division_id=receiver):
            known["receiver"] = await division_of(view, receiver, base.actor)
    if isinstance(command, charge_back.DraftChargeBack | charge_back.IssueChargeBack):
        known["replaced"] = await view.state(CHARGE_BACK, of.replaces)
    return ChargeBackFacts(**vars(base), **known)


async def headcounts(
    view: View, command: charge_back.DraftChargeBack | charge_back.RedraftChargeBack
) -> Mapping[UUID, Headcount]:
    """The persons of the divisions that bear pools by headcount, at the end of the period."""
    if not any(map(takes_headcount, command.pools)):
        return {}
    ids = {*command.receivers, *(pool.division_id for pool in command.pools if pool.division_id is not None)}
    asked = {"ids": sorted(map(str, ids)), "day": command.period.end}
    rows = await view.reference(HEADCOUNTS, asked)
    return {row.id: Headcount(row.persons, frozenset(row.below)) for row in rows}


CHARGE_BACKS = Aggregate(
    CHARGE_BACK,
    path="charge-backs",
    commands=[
        CommandRow("draft", charge_back.DraftChargeBack, access.DRAFTS_CHARGES, creates=True),
        CommandRow("redraft", charge_back.RedraftChargeBack, access.DRAFTS_CHARGES),
        CommandRow("calculate", charge_back.CalculateChargeBack, CONTROLLER),
        CommandRow("issue", charge_back.IssueChargeBack, CONTROLLER, further=charge_back.replacing),
        CommandRow("accept", charge_back.AcceptCharge, access.ANSWERS),
        CommandRow("dispute", charge_back.DisputeCharge, access.ANSWERS),
        CommandRow("uphold", charge_back.UpholdCharge, CONTROLLER),
        CommandRow("replace", charge_back.ReplaceChargeBack, SERVICE),
        CommandRow("settle", charge_back.SettleChargeBack, CONTROLLER),
    ],
    facts=charge_back_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "status", "disputed", "answered"],
    sorts=["name"],
    searched=["name"],
    refers={"issued_by": "person"},
)
