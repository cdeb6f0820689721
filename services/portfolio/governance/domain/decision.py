"""Decision: what was chosen, by whom and why; whether it was carried out, and what took its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, NotFound, Refused, State, existing, new
from contracts.portfolio import governance
from contracts.values import Day, Line, Name, Text
from services.portfolio.organisation.domain.known import KnownPerson, check_division, known

Options = Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


class DecisionStatus(StrEnum):
    """Logged until it is carried out or not, or another one took its place (LANGUAGE: Governance)."""

    LOGGED = "logged"
    CARRIED_OUT = "carried out"
    NOT_CARRIED_OUT = "not carried out"
    SUPERSEDED = "superseded"


class Decision(State):
    """A decision as it stands; ``note`` is what was said when it was carried out or not."""

    title: Name
    options: tuple[Line, ...]
    chosen: Line
    rationale: Text
    decided_by: UUID
    decided_on: date
    supersedes: UUID | None = None
    due_on: date | None = None
    division_id: UUID | None = None
    initiative_id: UUID | None = None
    project_id: UUID | None = None
    status: DecisionStatus = DecisionStatus.LOGGED
    note: Text | None = None
    carried_out_on: date | None = None
    superseded_by: UUID | None = None


class LogDecision(Command):
    """Log a decision: the options there were, which one was chosen, by whom and why.

    It may say until when it is carried out, what it is about, and which decision it supersedes.
    """

    title: Name
    options: Options
    chosen: Line
    rationale: Text
    decided_by: UUID
    decided_on: Day
    due_on: Day | None = None
    supersedes: UUID | None = None
    division_id: UUID | None = None
    initiative_id: UUID | None = None
    project_id: UUID | None = None

    @field_validator("due_on")
    @classmethod
    def _after_it_was_made(cls, due_on: date | None, info: ValidationInfo) -> date | None:
        decided_on = info.data.get("decided_on")
        if due_on is not None and decided_on is not None and due_on < decided_on:
            raise ValueError("a decision is not carried out before it is made")
        return due_on


class CarryOutDecision(Command):
    """Record that the decision was carried out."""

    carried_out_on: Day
    note: Text = ""


class GiveUpDecision(Command):
    """Record that the decision was not carried out, and why."""

    reason: Line


class SupersedeDecision(Command):
    """Record that another decision took its place."""

    by_id: UUID


DecisionCommand = LogDecision | CarryOutDecision | GiveUpDecision | SupersedeDecision
DecisionEvent = (
    governance.DecisionLogged
    | governance.DecisionCarriedOut
    | governance.DecisionNotCarriedOut
    | governance.DecisionSuperseded
)


@dataclass(frozen=True)
class DecisionFacts(Facts):
    """``decider``: the person who decided; ``superseded``: the decision whose place it takes.

    ``division_open``: None where portfolio has not heard of it. ``unknown``: something it is about does not exist.
    """

    decider: KnownPerson | None = None
    superseded: Decision | None = None
    division_open: bool | None = None
    unknown: bool = False


def decide(state: Decision | None, command: DecisionCommand, facts: DecisionFacts) -> Sequence[DecisionEvent]:
    if isinstance(command, LogDecision):
        return log(state, command, facts)
    decision = existing(state)
    match command:
        case CarryOutDecision():
            return carry_out(decision, command, facts)
        case GiveUpDecision(reason=reason):
            return give_up(decision, reason)
        case SupersedeDecision(by_id=by_id):
            return supersede(decision, by_id)
        case _:
            assert_never(command)


def log(state: Decision | None, command: LogDecision, facts: DecisionFacts) -> Sequence[DecisionEvent]:
    """What was chosen is one of the options, and was decided by somebody known, today or before."""
    if state is not None and vars(command).items() <= vars(state).items():
        return []
    new(state, "decision")
    check_superseded(command, facts)
    check_subject(command, facts)
    known(facts.decider, command.decided_by, "who decided")
    check_past(command.decided_on, facts)
    if command.chosen not in command.options:
        raise Refused("chosen-is-an-option", "What was chosen is none of the options.", "Choose one of the options.")
    said = {name: value for name, value in vars(command).items() if name != "decided_on"}
    return [governance.DecisionLogged(**said, effective_on=command.decided_on)]


def check_superseded(command: LogDecision, facts: DecisionFacts) -> None:
    """What is superseded exists and holds: so no decision supersedes itself, however long the way around."""
    if command.supersedes is None:
        return
    if facts.superseded is None:
        raise NotFound
    if facts.superseded.status is DecisionStatus.SUPERSEDED:
        raise Refused(
            "superseded-once",
            f"Decision {facts.superseded.superseded_by} took its place already.",
            "Supersede that decision instead.",
        )


def check_subject(command: LogDecision, facts: DecisionFacts) -> None:
    """What it is about exists."""
    if facts.unknown:
        raise NotFound
    if command.division_id is not None:
        check_division(facts.division_open)


def carry_out(decision: Decision, command: CarryOutDecision, facts: DecisionFacts) -> Sequence[DecisionEvent]:
    """A decision is carried out after it was made."""
    carried_out = governance.DecisionCarriedOut(note=command.note, effective_on=command.carried_out_on)
    if decision == evolve(decision, carried_out):
        return []
    check_logged(decision)
    check_past(command.carried_out_on, facts)
    if command.carried_out_on < decision.decided_on:
        detail = f"It was decided on {decision.decided_on}."
        raise Refused("carried-out-after-it-was-made", detail, "Name that day or a later one.")
    return [carried_out]


def give_up(decision: Decision, reason: Line) -> Sequence[DecisionEvent]:
    given_up = governance.DecisionNotCarriedOut(reason=reason)
    if decision == evolve(decision, given_up):
        return []
    check_logged(decision)
    return [given_up]


def supersede(decision: Decision, by_id: UUID) -> Sequence[DecisionEvent]:
    """Whether or not it was carried out, it holds no more."""
    if decision.superseded_by == by_id:
        return []
    return [governance.DecisionSuperseded(by_id=by_id)]


def check_logged(decision: Decision) -> None:
    if decision.status is not DecisionStatus.LOGGED:
        raise Refused("decision-logged", f"The decision is {decision.status}.", "Log another decision.")


def check_past(day: date, facts: Facts) -> None:
    """Refuse a day in the future."""
    if day > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")


def place_taken(
    _command: LogDecision, _before: Decision | None, after: Decision, facts: DecisionFacts
) -> Sequence[IssuedCommand]:
    """The decision whose place a logged one takes is told in the same append."""
    if after.supersedes is None:
        return []
    return [IssuedCommand(DECISION, after.supersedes, SupersedeDecision(by_id=facts.id))]


def evolve(state: Decision | None, event: DecisionEvent) -> Decision:
    if isinstance(event, governance.DecisionLogged):
        said = {name: value for name, value in vars(event).items() if name != "effective_on"}
        return Decision(**said, decided_on=event.effective_on)
    decision = existing(state)
    match event:
        case governance.DecisionCarriedOut(note=note, effective_on=on):
            return decision.but(status=DecisionStatus.CARRIED_OUT, note=note, carried_out_on=on)
        case governance.DecisionNotCarriedOut(reason=reason):
            return decision.but(status=DecisionStatus.NOT_CARRIED_OUT, note=reason)
        case governance.DecisionSuperseded(by_id=by_id):
            return decision.but(status=DecisionStatus.SUPERSEDED, superseded_by=by_id)
        case _:
            assert_never(event)


DECISION = Decider(kind="decision", state=Decision, events=DecisionEvent, decide=decide, evolve=evolve)
