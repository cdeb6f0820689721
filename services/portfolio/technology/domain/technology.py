"""Technology: noticed, then in a ring; every move, in either direction, names the evaluation it follows from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Command, Decider, Facts, IssuedCommand, Refused, State, existing, new
from contracts.portfolio import technology
from contracts.portfolio.technology import Quadrant, Ring
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import check_division
from services.portfolio.technology.domain.evaluation import EVALUATION, Evaluation, FollowEvaluation, check_recorded


class Standing(StrEnum):
    """Noticed, or the ring it was moved to (LANGUAGE: Technology)."""

    NOTICED = "noticed"
    ASSESS = "assess"
    TRIAL = "trial"
    ADOPT = "adopt"
    HOLD = "hold"


class Technology(State):
    """A technology as it stands; ``evaluation_id`` is that of the last move."""

    name: Name
    summary: Text
    quadrant: Quadrant
    division_id: UUID | None
    ring: Standing = Standing.NOTICED
    evaluation_id: UUID | None = None


class NoticeTechnology(Command):
    """Put a technology on record that may matter, for one division or for all."""

    name: Name
    summary: Text = ""
    quadrant: Quadrant
    division_id: UUID | None = None


class DescribeTechnology(Command):
    """Change the name, summary or quadrant of a technology."""

    name: Name
    summary: Text
    quadrant: Quadrant


class MoveTechnology(Command):
    """Move a technology to the ring that an evaluation recommends."""

    ring: Ring
    evaluation_id: UUID
    reason: Line


TechnologyCommand = NoticeTechnology | DescribeTechnology | MoveTechnology
TechnologyEvent = technology.TechnologyNoticed | technology.TechnologyDescribed | technology.TechnologyMoved


@dataclass(frozen=True)
class TechnologyFacts(Facts):
    """``evaluation``: the one that a move names; ``last``: the one of the move before."""

    division_open: bool | None = None
    evaluation: Evaluation | None = None
    last: Evaluation | None = None


def decide(state: Technology | None, command: TechnologyCommand, facts: TechnologyFacts) -> Sequence[TechnologyEvent]:
    if isinstance(command, NoticeTechnology):
        return notice(state, command, facts)
    known = existing(state)
    match command:
        case DescribeTechnology():
            unchanged = vars(command).items() <= vars(known).items()
            return [] if unchanged else [technology.TechnologyDescribed(**vars(command))]
        case MoveTechnology():
            return move(known, command, facts)
        case _:
            assert_never(command)


def notice(
    state: Technology | None, command: NoticeTechnology, facts: TechnologyFacts
) -> Sequence[technology.TechnologyNoticed]:
    noticed = technology.TechnologyNoticed(**vars(command))
    if state is not None and state == evolve(None, noticed):
        return []
    new(state, "technology")
    if command.division_id is not None:
        check_division(facts.division_open)
    return [noticed]


def move(known: Technology, command: MoveTechnology, facts: TechnologyFacts) -> Sequence[technology.TechnologyMoved]:
    """Whatever the ring, it takes an evaluation of its own that recommends it and is no older than the last one."""
    here = known.ring is Standing(command.ring)
    if here and command.evaluation_id == known.evaluation_id:
        return []
    evaluation = evaluated(facts)
    check_recorded(evaluation)
    if evaluation.recommends is not command.ring:
        detail = f"The evaluation recommends {evaluation.recommends}."
        raise Refused("ring-as-evaluated", detail, "Move it there, or record another evaluation.")
    if here:
        raise Refused("ring-changes", f"The technology is in {command.ring} already.", "Dismiss the evaluation.")
    check_newest(evaluation.evaluated_on, facts)
    from_ring = None if known.ring is Standing.NOTICED else Ring(known.ring)
    return [technology.TechnologyMoved(**vars(command), from_ring=from_ring)]


def evaluated(facts: TechnologyFacts) -> Evaluation:
    """The evaluation that is named, of this very technology."""
    evaluation = facts.evaluation
    if evaluation is None or evaluation.technology_id != facts.id:
        raise Refused("evaluation-not-known", "There is no such evaluation of it.", "Record the evaluation first.")
    return evaluation


def check_newest(day: date, facts: TechnologyFacts) -> None:
    if facts.last is not None and day < facts.last.evaluated_on:
        detail = f"It stands where it is by an evaluation of {facts.last.evaluated_on}."
        raise Refused("evaluation-outdated", detail, "Record a newer evaluation.")


def followed(
    command: MoveTechnology, _before: Technology, _after: Technology, _facts: TechnologyFacts
) -> Sequence[IssuedCommand]:
    """The evaluation has been followed: no other move follows from it."""
    return [IssuedCommand(EVALUATION, command.evaluation_id, FollowEvaluation())]


def evolve(state: Technology | None, event: TechnologyEvent) -> Technology:
    match event:
        case technology.TechnologyNoticed():
            return Technology(**vars(event))
        case technology.TechnologyDescribed():
            return existing(state).but(**vars(event))
        case technology.TechnologyMoved(ring=ring, evaluation_id=evaluation_id):
            return existing(state).but(ring=Standing(ring), evaluation_id=evaluation_id)
        case _:
            assert_never(event)


TECHNOLOGY = Decider(kind="technology", state=Technology, events=TechnologyEvent, decide=decide, evolve=evolve)
