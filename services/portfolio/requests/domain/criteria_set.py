"""CriteriaSet: the weighted criteria by which requests are scored, in versions."""

from collections.abc import Sequence
from typing import Annotated, assert_never

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command, Decider, Facts, State, existing, new
from contracts.portfolio import requests
from contracts.values import Line, Name


class CriteriaSet(State):
    """A set of criteria as it stands; versions count up from 1."""

    name: Name
    criteria: tuple[requests.Criterion, ...]
    criteria_version: int = 1


def _distinct(criteria: tuple[requests.Criterion, ...]) -> tuple[requests.Criterion, ...]:
    if len({criterion.name for criterion in criteria}) < len(criteria):
        raise ValueError("each criterion is named once")
    if sum(criterion.mandatory for criterion in criteria) > 1:
        raise ValueError("at most one criterion is mandatory")
    return criteria


Criteria = Annotated[tuple[requests.Criterion, ...], Field(min_length=1, max_length=50), AfterValidator(_distinct)]
"""1 to 50 criteria with different names, at most one of them mandatory."""


class DefineCriteriaSet(Command):
    """Define weighted criteria by which requests are scored."""

    name: Name
    criteria: Criteria


class ReviseCriteriaSet(Command):
    """Revise the criteria; requests scored before keep the version by which they were."""

    criteria: Criteria
    reason: Line


CriteriaSetCommand = DefineCriteriaSet | ReviseCriteriaSet
CriteriaSetEvent = requests.CriteriaSetDefined | requests.CriteriaSetRevised


def decide(state: CriteriaSet | None, command: CriteriaSetCommand, _facts: Facts) -> Sequence[CriteriaSetEvent]:
    match command:
        case DefineCriteriaSet(name=name, criteria=criteria):
            return define(state, name, criteria)
        case ReviseCriteriaSet(criteria=criteria, reason=reason):
            return revise(existing(state), criteria, reason)
        case _:
            assert_never(command)


def define(
    state: CriteriaSet | None, name: Name, criteria: tuple[requests.Criterion, ...]
) -> Sequence[CriteriaSetEvent]:
    """Defining it again as it is changes nothing."""
    defined = requests.CriteriaSetDefined(name=name, criteria=criteria)
    if state is not None and state == evolve(None, defined):
        return []
    new(state, "set of criteria")
    return [defined]


def revise(state: CriteriaSet, criteria: tuple[requests.Criterion, ...], reason: Line) -> Sequence[CriteriaSetEvent]:
    """Other criteria are another version."""
    if criteria == state.criteria:
        return []
    return [requests.CriteriaSetRevised(version=state.criteria_version + 1, criteria=criteria, reason=reason)]


def evolve(state: CriteriaSet | None, event: CriteriaSetEvent) -> CriteriaSet:
    match event:
        case requests.CriteriaSetDefined(name=name, criteria=criteria):
            return CriteriaSet(name=name, criteria=criteria)
        case requests.CriteriaSetRevised(version=version, criteria=criteria):
            return existing(state).but(criteria_version=version, criteria=criteria)
        case _:
            assert_never(event)


CRITERIA_SET = Decider(kind="criteria-set", state=CriteriaSet, events=CriteriaSetEvent, decide=decide, evolve=evolve)
