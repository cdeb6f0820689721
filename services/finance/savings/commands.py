"""The command table of savings measures, and the facts their decisions need."""

from typing import Any
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.values import Money
from services.finance.budgets.access import SERVICE
from services.finance.budgets.domain.division_budget.rules import DIVISION_BUDGET
from services.finance.organisation import zones
from services.finance.organisation.facts import division_of, works_here
from services.finance.savings import access
from services.finance.savings.domain import savings_measure
from services.finance.savings.domain.savings_measure import SAVINGS_MEASURE, SavingsFacts, SavingsMeasure


async def savings_facts(
    view: View, state: SavingsMeasure | None, command: savings_measure.SavingsCommand, base: Facts
) -> SavingsFacts:
    """The division with its people, the person whom the command names, and what the named transfer moved."""
    of: Any = state or command
    known: dict[str, Any] = {"division": await division_of(view, of.division_id, base.actor)}
    match command:
        case (
            savings_measure.IdentifySavingsMeasure(owner_id=owner_id)
            | savings_measure.NameSavingsOwner(owner_id=owner_id)
        ):
            known["owner_works_here"] = await works_here(view, owner_id)
        case savings_measure.RecordSavingsTransfer(budget_id=budget_id, transfer_id=transfer_id):
            view.claim(f"the saving that transfer {transfer_id} took out of budget {budget_id}")
            known["moved"] = await moved(view, budget_id, transfer_id)
    return SavingsFacts(**vars(base), **known)


async def moved(view: View, budget_id: UUID, transfer_id: UUID) -> Money | None:
    """What a transfer changed of a budget: below 0 where it took money out of it."""
    budget = await view.state(DIVISION_BUDGET, budget_id)
    transfer = budget.transfers.get(transfer_id) if budget else None
    return transfer.amount if transfer else None


SAVINGS_MEASURES = Aggregate(
    SAVINGS_MEASURE,
    path="savings-measures",
    commands=[
        CommandRow("identify", savings_measure.IdentifySavingsMeasure, access.IDENTIFIES, creates=True),
        CommandRow("revise", savings_measure.ReviseSavingsMeasure, access.WORKS),
        CommandRow("validate", savings_measure.ValidateSavingsMeasure, access.JUDGES),
        CommandRow("replan", savings_measure.ReplanSavingsMeasure, access.JUDGES),
        CommandRow("commit", savings_measure.CommitSavingsMeasure, access.WORKS),
        CommandRow("fall-due", savings_measure.FallDue, SERVICE),
        CommandRow("name-owner", savings_measure.NameSavingsOwner, access.NAMES_OWNER),
        CommandRow("realise", savings_measure.RealiseSavings, access.JUDGES),
        CommandRow("miss", savings_measure.MissSavings, access.JUDGES),
        CommandRow("record-transfer", savings_measure.RecordSavingsTransfer, access.JUDGES),
        CommandRow("withdraw", savings_measure.WithdrawSavingsMeasure, access.WORKS),
    ],
    facts=savings_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "kind", "status", "owner_id", "verdict_due", "due_on"],
    sorts=["name", "due_on"],
    searched=["name"],
    refers={"owner_id": "person"},
)
