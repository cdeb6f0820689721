"""BenefitConfirmation: whether finance found a benefit realised, and what it found first; its id is the benefit's."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from pydantic import StrictBool

from chassis.domain.decider import Command, Decider, Facts, Refused, State
from contracts import finance
from contracts.base import Value
from contracts.values import Day, Line, Money


class Verdict(Value):
    """A verdict on a benefit, for a day; ``measured``: what was realised, where it is money."""

    confirmed: StrictBool
    measured: Money | None
    because: Line
    confirmed_on: date


class BenefitConfirmation(State):
    """The verdict that holds, and the one that was given first."""

    verdict: Verdict
    first: Verdict
    confirmed: StrictBool


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


BenefitConfirmationCommand = ConfirmBenefit | DoNotConfirmBenefit
BenefitConfirmationEvent = finance.BenefitConfirmed | finance.BenefitNotConfirmed


def decide(
    state: BenefitConfirmation | None, command: BenefitConfirmationCommand, facts: Facts
) -> Sequence[BenefitConfirmationEvent]:
    """A verdict is of a day that has come, and not of one before that of the verdict it revises."""
    event = found(state, command, facts)
    if state is not None and verdict_of(event) == state.verdict:
        return []
    if command.confirmed_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
    if state is not None and command.confirmed_on < state.verdict.confirmed_on:
        raise Refused(
            "verdicts-in-order",
            f"The verdict that holds is of {state.verdict.confirmed_on}.",
            "Name that day or a later one.",
        )
    return [event]


def found(
    state: BenefitConfirmation | None, command: BenefitConfirmationCommand, facts: Facts
) -> BenefitConfirmationEvent:
    """The event of a verdict."""
    said = {"benefit_id": facts.id, "revised": state is not None, **vars(command)}
    match command:
        case ConfirmBenefit():
            return finance.BenefitConfirmed(**said)
        case DoNotConfirmBenefit():
            return finance.BenefitNotConfirmed(**said)
        case _:
            assert_never(command)


def verdict_of(event: BenefitConfirmationEvent) -> Verdict:
    match event:
        case finance.BenefitConfirmed(measured=measured, evidence=because, confirmed_on=day):
            return Verdict(confirmed=True, measured=measured, because=because, confirmed_on=day)
        case finance.BenefitNotConfirmed(measured=measured, reason=because, confirmed_on=day):
            return Verdict(confirmed=False, measured=measured, because=because, confirmed_on=day)
        case _:
            assert_never(event)


def evolve(state: BenefitConfirmation | None, event: BenefitConfirmationEvent) -> BenefitConfirmation:
    verdict = verdict_of(event)
    return BenefitConfirmation(verdict=verdict, first=state.first if state else verdict, confirmed=verdict.confirmed)


BENEFIT_CONFIRMATION = Decider(
    kind="benefit-confirmation",
    state=BenefitConfirmation,
    events=BenefitConfirmationEvent,
    decide=decide,
    evolve=evolve,
)
