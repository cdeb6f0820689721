"""Reports of other tools: incidents, outages, measurements, each once by source and key, corrected by the source."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.domain.decider import Actor, NotFound, Refused
from contracts.portfolio.services import (
    IncidentPriority,
    IncidentReported,
    MeasurementReported,
    OutageReported,
    OutageWithdrawn,
    ServiceTargets,
)
from services.portfolio.services.commands import INCIDENTS, OUTAGES
from services.portfolio.services.domain import incident, measurement, outage
from services.portfolio.services.domain.sourced import id_of
from tests.portfolio.services.story import NOW, SERVICE_ID
from tests.scenarios import given

OPENED = datetime(2026, 11, 20, 8, tzinfo=UTC)
TARGETS = ServiceTargets.model_validate(
    {"resolution": [{"priority": "high", "minutes": 240}], "measures": [{"metric": "Response", "at_most": "2"}]}
)
INCIDENT: dict[str, Any] = {
    "source": "helpdesk",
    "key": "INC1",
    "service_id": SERVICE_ID,
    "title": "No mail",
    "priority": IncidentPriority.HIGH,
    "opened_at": OPENED,
}
OUTAGE: dict[str, Any] = {
    "source": "monitor",
    "key": "42",
    "service_id": SERVICE_ID,
    "began_at": OPENED,
    "ended_at": OPENED + timedelta(hours=2),
    "cause": "disk",
}
MEASURED: dict[str, Any] = {
    "source": "probe",
    "key": "1",
    "service_id": SERVICE_ID,
    "metric": "Response",
    "value": "1.5",
    "unit": "s",
    "measured_at": OPENED,
}


def reported(**changes: Any) -> incident.ReportIncident:
    return incident.ReportIncident.model_validate(INCIDENT | changes)


def down(**changes: Any) -> outage.ReportOutage:
    return outage.ReportOutage.model_validate(OUTAGE | changes)


def about(command: Any, **known: Any) -> dict[str, Any]:
    return {"actor": Actor("tests"), "at": NOW, "id": id_of(command), "known": True} | known


def of_incident(command: Any, **known: Any) -> incident.IncidentFacts:
    return incident.IncidentFacts(**about(command, **{"targets": TARGETS} | known))


def of_outage(command: Any, **known: Any) -> outage.OutageFacts:
    return outage.OutageFacts(**about(command, **known))


def event(**changes: Any) -> IncidentReported:
    said = {"resolved_at": None, "closed_at": None, "within_target": None}
    return IncidentReported(**INCIDENT | said | {"resolve_by": OPENED + timedelta(hours=4)} | changes)


def test_an_incident_is_reported_with_the_moment_by_which_it_is_to_be_resolved() -> None:
    given(incident.INCIDENT).when(reported(), of_incident(reported())).then(event())
    unagreed = of_incident(reported(), targets=None)
    given(incident.INCIDENT).when(reported(), unagreed).then(event(resolve_by=None))
    low = reported(priority="low")
    given(incident.INCIDENT).when(low, of_incident(low)).then(event(priority=IncidentPriority.LOW, resolve_by=None))


@pytest.mark.parametrize(("hours", "within"), [(4, True), (5, False)])
def test_an_incident_is_within_its_target_up_to_that_moment(hours: int, within: bool) -> None:
    resolved_at = OPENED + timedelta(hours=hours)
    command = reported(resolved_at=resolved_at)
    expected = event(resolved_at=resolved_at, within_target=within)
    given(incident.INCIDENT, event()).when(command, of_incident(command)).then(expected)


def test_what_the_source_says_of_the_target_counts() -> None:
    command = reported(resolved_at=OPENED + timedelta(hours=9), within_target=True)
    expected = event(resolved_at=OPENED + timedelta(hours=9), within_target=True)
    given(incident.INCIDENT).when(command, of_incident(command)).then(expected)


def test_the_same_report_again_changes_nothing_and_the_source_corrects_what_it_said() -> None:
    given(incident.INCIDENT, event()).when(reported(), of_incident(reported())).then()
    other = reported(title="No mail in Bergen")
    given(incident.INCIDENT, event()).when(other, of_incident(other)).then(event(title="No mail in Bergen"))


def test_a_sources_key_is_one_record_so_nobody_chooses_its_id() -> None:
    assert id_of(reported()) == id_of(reported(title="Another")) != id_of(reported(source="other"))
    foreign = of_incident(reported(key="INC2"))
    for table, report, under in ((INCIDENTS, reported(), foreign), (OUTAGES, down(), of_outage(down(key="43")))):
        with pytest.raises(Refused) as refused:
            table.decide_permitted(None, report, under)
        assert refused.value.rule == "id-follows-from-key"


def test_a_report_about_an_unknown_service_is_not_found() -> None:
    with pytest.raises(NotFound):
        incident.decide(None, reported(), of_incident(reported(), known=False))
    with pytest.raises(NotFound):
        outage.decide(None, down(), of_outage(down(), known=False))


def test_an_incident_is_open_then_resolved_then_closed() -> None:
    assert incident.evolve(None, event()).status is incident.IncidentStatus.OPEN
    assert incident.evolve(None, event(resolved_at=OPENED)).status is incident.IncidentStatus.RESOLVED
    assert incident.evolve(None, event(closed_at=OPENED)).status is incident.IncidentStatus.CLOSED
    earlier = OPENED - timedelta(seconds=1)
    for wrong in ({"resolved_at": earlier}, {"closed_at": earlier}, {"resolved_at": NOW, "closed_at": OPENED}):
        with pytest.raises(ValueError, match="opened first"):
            reported(**wrong)


def test_an_outage_ends_after_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end before it begins"):
        down(ended_at=OPENED - timedelta(seconds=1))


def test_an_outage_is_reported_corrected_and_withdrawn() -> None:
    first = OutageReported(**OUTAGE, planned=False)
    given(outage.OUTAGE).when(down(), of_outage(down())).then(first)
    given(outage.OUTAGE, first).when(down(), of_outage(down())).then()
    planned = down(planned=True)
    given(outage.OUTAGE, first).when(planned, of_outage(planned)).then(OutageReported(**OUTAGE, planned=True))
    withdraw, gone = outage.WithdrawOutage(reason="a test"), OutageWithdrawn(reason="a test")
    given(outage.OUTAGE, first).when(withdraw, of_outage(down())).then(gone)
    given(outage.OUTAGE, first, gone).when(withdraw, of_outage(down())).then()
    given(outage.OUTAGE, first, gone).when(down(), of_outage(down())).then(first)


def test_only_planned_outages_are_reported_ahead_and_none_is_longer_than_a_year() -> None:
    ahead = {"began_at": NOW + timedelta(hours=1), "ended_at": NOW + timedelta(hours=2)}
    given(outage.OUTAGE).when(down(**ahead), of_outage(down())).then_refused("outage-ahead-is-planned")
    planned = down(**ahead, planned=True)
    given(outage.OUTAGE).when(planned, of_outage(down())).then(OutageReported(**OUTAGE | ahead, planned=True))
    long = down(began_at=OPENED - timedelta(days=367))
    given(outage.OUTAGE).when(long, of_outage(down())).then_refused("outage-bounded")


def test_an_outage_is_found_by_every_month_it_falls_in() -> None:
    began_at, ended_at = datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    state = outage.evolve(None, OutageReported(**OUTAGE | {"began_at": began_at, "ended_at": ended_at}, planned=False))
    assert [each.partition(":")[2] for each in state.service_months] == ["2025-12", "2026-01", "2026-02"]
    going_on = outage.evolve(None, OutageReported(**OUTAGE | {"ended_at": None}, planned=False))
    assert going_on.service_months == (f"{SERVICE_ID}:open",)


@pytest.mark.parametrize(
    ("metric", "value", "within"), [("Response", "2", True), ("Response", "2.1", False), ("Queue", "9", None)]
)
def test_a_measurement_is_judged_by_the_target_of_its_metric(metric: str, value: str, within: bool | None) -> None:
    command = measurement.ReportMeasurement.model_validate(MEASURED | {"metric": metric, "value": value})
    facts = measurement.MeasurementFacts(**about(command, targets=TARGETS))
    expected = MeasurementReported(**vars(command), within_target=within)
    given(measurement.MEASUREMENT).when(command, facts).then(expected)
    given(measurement.MEASUREMENT, expected).when(command, facts).then()
