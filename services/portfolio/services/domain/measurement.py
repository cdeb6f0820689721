"""Measurement: a figure of a service that another tool measured, beside the target for its metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.domain.clock import Moment
from chassis.domain.decider import Command, Decider, Facts, State
from contracts.portfolio.services import MeasurementReported, ServiceTargets
from contracts.values import Amount, Line, Name
from services.portfolio.services.domain.sourced import check_service


class Measurement(State):
    """A measurement as its source states it; ``within_target`` is null where no target was agreed."""

    source: Name
    key: Line
    service_id: UUID
    metric: Name
    value: Amount
    unit: Name
    measured_at: datetime
    within_target: bool | None


class ReportMeasurement(Command):
    """Report a measurement of a service; the same source and key are the same measurement."""

    source: Name
    key: Line
    service_id: UUID
    metric: Name
    value: Amount
    unit: Name
    measured_at: Moment


@dataclass(frozen=True)
class MeasurementFacts(Facts):
    """``known``: whether there is such a service; ``targets``: those in force where it is, when it was measured."""

    known: bool = False
    targets: ServiceTargets | None = None


def decide(
    state: Measurement | None, command: ReportMeasurement, facts: MeasurementFacts
) -> Sequence[MeasurementReported]:
    """A measurement is as its source states it last."""
    check_service(facts.known)
    event = MeasurementReported(**vars(command), within_target=kept(command, facts.targets))
    return [] if state == evolve(None, event) else [event]


def kept(command: ReportMeasurement, targets: ServiceTargets | None) -> bool | None:
    """Whether the value is at least and at most what was agreed of the metric."""
    found = next((each for each in targets.measures if each.metric == command.metric), None) if targets else None
    if found is None:
        return None
    enough = found.at_least is None or command.value >= found.at_least
    return enough and (found.at_most is None or command.value <= found.at_most)


def evolve(state: Measurement | None, event: MeasurementReported) -> Measurement:
    return Measurement(**vars(event))


MEASUREMENT = Decider(kind="measurement", state=Measurement, events=MeasurementReported, decide=decide, evolve=evolve)
