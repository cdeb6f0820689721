"""TechnologyEvaluation: what somebody found about a technology on a day; at most one move follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, Facts, NotFound, Refused, State, existing, new
from contracts.portfolio import technology
from contracts.values import Day, Line, Text
from services.portfolio.organisation.domain.known import KnownPerson, known


class EvaluationStatus(StrEnum):
    """Whether a move followed from it."""

    RECORDED = "recorded"
    FOLLOWED = "followed"
    DISMISSED = "dismissed"


class Evaluation(State):
    """An evaluation as it stands; ``division_id`` is the technology's."""

    technology_id: UUID
    division_id: UUID | None
    recommends: technology.Ring
    findings: Text
    evidence: Line
    evaluated_by: UUID
    evaluated_on: date
    status: EvaluationStatus = EvaluationStatus.RECORDED


class RecordEvaluation(Command):
    """Record what somebody found about a technology on a day, where the evidence is, and the ring they recommend."""

    technology_id: UUID
    recommends: technology.Ring
    findings: Annotated[Text, Field(min_length=1)]
    evidence: Line
    evaluated_by: UUID
    evaluated_on: Day


class FollowEvaluation(Command):
    """Record that the technology was moved by this evaluation."""


class DismissEvaluation(Command):
    """Record that no move follows from this evaluation."""

    reason: Line


EvaluationCommand = RecordEvaluation | FollowEvaluation | DismissEvaluation
EvaluationEvent = technology.TechnologyEvaluated | technology.EvaluationFollowed | technology.EvaluationDismissed


@dataclass(frozen=True)
class EvaluationFacts(Facts):
    """``technology_known``: whether there is such a technology, ``technology_division``: of which division."""

    technology_known: bool = False
    technology_division: UUID | None = None
    evaluator: KnownPerson | None = None


def decide(state: Evaluation | None, command: EvaluationCommand, facts: EvaluationFacts) -> Sequence[EvaluationEvent]:
    if isinstance(command, RecordEvaluation):
        return record(state, command, facts)
    evaluation = existing(state)
    match command:
        case FollowEvaluation():
            check_recorded(evaluation)
            return [technology.EvaluationFollowed()]
        case DismissEvaluation(reason=reason):
            if evaluation.status is EvaluationStatus.DISMISSED:
                return []
            check_recorded(evaluation)
            return [technology.EvaluationDismissed(reason=reason)]
        case _:
            assert_never(command)


def record(
    state: Evaluation | None, command: RecordEvaluation, facts: EvaluationFacts
) -> Sequence[technology.TechnologyEvaluated]:
    """An evaluation is of a technology that there is, by somebody known, on a day that has come."""
    if not facts.technology_known:
        raise NotFound
    evaluated = technology.TechnologyEvaluated(**vars(command), division_id=facts.technology_division)
    if state is not None and state == evolve(None, evaluated):
        return []
    new(state, "evaluation")
    known(facts.evaluator, command.evaluated_by, "who evaluated it")
    if command.evaluated_on > facts.today:
        raise Refused("not-in-the-future", f"It is {facts.today} today.", "Name today or an earlier day.")
    return [evaluated]


def check_recorded(evaluation: Evaluation) -> None:
    """Nothing follows from an evaluation twice."""
    if evaluation.status is not EvaluationStatus.RECORDED:
        raise Refused("evaluation-used", f"The evaluation is {evaluation.status}.", "Record another evaluation.")


def evolve(state: Evaluation | None, event: EvaluationEvent) -> Evaluation:
    match event:
        case technology.TechnologyEvaluated():
            return Evaluation(**vars(event))
        case technology.EvaluationFollowed():
            return existing(state).but(status=EvaluationStatus.FOLLOWED)
        case technology.EvaluationDismissed():
            return existing(state).but(status=EvaluationStatus.DISMISSED)
        case _:
            assert_never(event)


EVALUATION = Decider(
    kind="technology-evaluation", state=Evaluation, events=EvaluationEvent, decide=decide, evolve=evolve
)
