"""BenefitConfirmation: whether finance found a benefit realised, and what it found first; its id is the benefit's."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never
from uuid import UUID

from pydantic import StrictBool

from chassis.domain.decider import Command, Decider, Facts, Refused, State
from contracts import finance
from contracts.base import Value
from contracts.values import Amount, Day, Line, Money, Name


class Verdict(Value):
    """A verdict on a benefit, for a day; ``measured``: what was realised, where it is money."""

    confirmed: StrictBool
    measured: Money | None
    because: Line
    confirmed_on: date


class AskedBenefit(Value):
    """A benefit whose day has come, as portfolio planned it."""

    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    division_id: UUID
    due_on: date


class BenefitConfirmation(State):
    """The verdict that holds, and the one that was given first; ``confirmed`` is None while there is none.

    ``asked``: the benefit, None where its day has not come.
    """

    asked: AskedBenefit | None = None
    verdict: Verdict | None = None
    first: Verdict | None = None
    confirmed: StrictBool | None = None


class OpenBenefitConfirmation(Command):
    """Ask whether a benefit was realised, whose day has come."""

    name: Name
    measure: Line
    baseline: Amount
    target: Amount
    division_id: UUID
    due_on: date


class ConfirmBenefit(Command):
    """Confirm that the benefit was realised, with the evidence. A verdict may be revised; the first one stays."""

    evidence: Line
    measured: Money | None = None
    confirmed_on: Day


class DoNotConfirmBenefit(Command):
    """Find that the benefit was not realised, with the reason. A verdict may be revised; the first one stays."""

    reason: Line
    measured: Money | None = None
    confirmed_on: Day


VerdictCommand = ConfirmBenefit | DoNotConfirmBenefit
BenefitConfirmationCommand = OpenBenefitConfirmation | VerdictCommand
VerdictEvent = finance.BenefitConfirmed | finance.BenefitNotConfirmed
BenefitConfirmationEvent = finance.BenefitConfirmationOpened | VerdictEvent


def decide(
    state: BenefitConfirmation | None, command: BenefitConfirmationCommand, facts: Facts
) -> Sequence[BenefitConfirmationEvent]:
    if isinstance(command, OpenBenefitConfirmation):
        return ask(state, command, facts)
    return judge(state.verdict if state else None, command, facts)


def ask(
    state: BenefitConfirmation | None, command: OpenBenefitConfirmation, facts: Facts
) -> Sequence[finance.BenefitConfirmationOpened]:
    """It is asked once; a verdict given before the day stays."""
    if state is not None and state.asked is not None:
        return []
    return [finance.BenefitConfirmationOpened(benefit_id=facts.id, **vars(command))]


def judge(before: Verdict | None, command: VerdictCommand, facts: Facts) -> Sequence[VerdictEvent]:
    """A verdict is of a day that has come, and not of one before that of the verdict it revises."""
    event = found(before, command, facts)
    if verdict_of(event) == before:
        return []
    if command.confirmed_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
    if before is not None and command.confirmed_on < before.confirmed_on:
        raise Refused(
            "verdicts-in-order", f"The verdict that holds is of {before.confirmed_on}.", "Name that day or a later one."
        )
    return [event]


def found(before: Verdict | None, command: VerdictCommand, facts: Facts) -> VerdictEvent:
    """The event of a verdict."""
    said = {"benefit_id": facts.id, "revised": before is not None, **vars(command)}
    match command:
        case ConfirmBenefit():
            return finance.BenefitConfirmed(**said)
        case DoNotConfirmBenefit():
            return finance.BenefitNotConfirmed(**said)
        case _:
            assert_never(command)


def verdict_of(event: VerdictEvent) -> Verdict:
    match event:
        case finance.BenefitConfirmed(measured=measured, evidence=because, confirmed_on=day):
            return Verdict(confirmed=True, measured=measured, because=because, confirmed_on=day)
        case finance.BenefitNotConfirmed(measured=measured, reason=because, confirmed_on=day):
            return Verdict(confirmed=False, measured=measured, because=because, confirmed_on=day)
        case _:
            assert_never(event)


def evolve(state: BenefitConfirmation | None, event: BenefitConfirmationEvent) -> BenefitConfirmation:
    confirmation = state or BenefitConfirmation()
    if isinstance(event, finance.BenefitConfirmationOpened):
        asked = {name: value for name, value in vars(event).items() if name != "benefit_id"}
        return confirmation.but(asked=AskedBenefit(**asked))
    verdict = verdict_of(event)
    return confirmation.but(verdict=verdict, first=confirmation.first or verdict, confirmed=verdict.confirmed)


BENEFIT_CONFIRMATION = Decider(
    kind="benefit-confirmation",
    state=BenefitConfirmation,
    events=BenefitConfirmationEvent,
    decide=decide,
    evolve=evolve,
)
