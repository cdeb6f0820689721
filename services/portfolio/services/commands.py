"""The command tables of services, incidents, outages and measurements, and the facts their decisions need."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from chassis.commands.table import Aggregate, CommandRow, Criterion
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE as ITSELF
from services.portfolio.organisation.facts import division_of, in_office_above, person
from services.portfolio.services import access
from services.portfolio.services.domain import incident, measurement, outage, service_month
from services.portfolio.services.domain.service import agreement, continuity, life, ownership, standards
from services.portfolio.services.domain.service.model import Service, ServiceFacts
from services.portfolio.services.domain.service.rules import SERVICE, ServiceCommand
from services.portfolio.services.domain.sourced import id_of
from services.portfolio.services.facts import DEPENDENCIES, about_owner, count_month, dependents, needs, outages_in

S, DOWN = Fields(SERVICE), Fields(outage.OUTAGE)


async def service_facts(view: View, state: Service | None, command: ServiceCommand, base: Facts) -> ServiceFacts:
    """The owner with the line above, and what the command names."""
    known: dict[str, Any] = {**await about_owner(view, state.owner_id if state else None)}
    match command:
        case life.PlanService(division_id=division_id, owner_id=owner_id):
            division = await division_of(view, division_id)
            known |= {"division_open": division.get("division_open"), "owner": await person(view, owner_id)}
        case ownership.NameServiceOwner(owner_id=owner_id):
            known["owner"] = await person(view, owner_id)
        case ownership.PassServiceOwnership(leaver_id=leaver_id):
            known |= {"leaver": await person(view, leaver_id), "successor": await in_office_above(view, leaver_id)}
        case agreement.DependOn(service_id=other_id):
            other = await view.state(SERVICE, other_id)
            known |= {"other_stage": other and other.stage, "other_needs": await needs(view, [other_id])}
            view.bump(DEPENDENCIES)
        case agreement.DependNoLonger():
            view.bump(DEPENDENCIES)
        case life.RetireService():
            known["dependents"] = await dependents(view, base.id)
            view.bump(DEPENDENCIES)
        case life.GoLive():
            view.bump(DEPENDENCIES)
    return ServiceFacts(**vars(base), **known)


async def agreed_at(view: View, service_id: UUID, at: datetime) -> dict[str, Any]:
    """Whether there is such a service, and the targets in force where it is at a moment."""
    service = await view.state(SERVICE, service_id)
    if service is None:
        return {}
    return {"known": True, "targets": service.targets_on(await zones.today_of(view, service.division_id, at))}


async def incident_facts(
    view: View, _state: incident.Incident | None, command: incident.ReportIncident, base: Facts
) -> incident.IncidentFacts:
    return incident.IncidentFacts(**vars(base), **await agreed_at(view, command.service_id, command.opened_at))


async def outage_facts(
    view: View, state: outage.Outage | None, command: outage.OutageCommand, base: Facts
) -> outage.OutageFacts:
    named: Any = command if isinstance(command, outage.ReportOutage) else state
    touched = {*(state.service_months if state else ())}
    if isinstance(command, outage.ReportOutage) and command.ended_at is not None:
        touched.update(outage.months(command.service_id, command.began_at, command.ended_at))
    view.bump(*(outages_in(each) for each in sorted(touched)))
    return outage.OutageFacts(**vars(base), known=await view.state(SERVICE, named.service_id) is not None)


async def measurement_facts(
    view: View, _state: measurement.Measurement | None, command: measurement.ReportMeasurement, base: Facts
) -> measurement.MeasurementFacts:
    known = await agreed_at(view, command.service_id, command.measured_at)
    return measurement.MeasurementFacts(**vars(base), **known)


async def month_facts(
    view: View, _state: service_month.ServiceMonth | None, command: service_month.CountServiceMonth, base: Facts
) -> service_month.ServiceMonthFacts:
    """The month as it is now; what changes meanwhile puts it out of date, and is counted after that."""
    service = await view.state(SERVICE, command.service_id)
    if service is None:
        return service_month.ServiceMonthFacts(**vars(base))
    zone = await zones.zone_of(view, service.division_id)
    counted = await count_month(view.store, command.service_id, service, command.month, zone)
    return service_month.ServiceMonthFacts(**vars(base), counted=counted)


SERVICES = Aggregate(
    SERVICE,
    path="services",
    commands=[
        CommandRow("plan", life.PlanService, access.PLANS, creates=True),
        CommandRow("revise", life.ReviseService, access.DECIDES),
        CommandRow("name-owner", ownership.NameServiceOwner, access.DECIDES),
        CommandRow("pass-ownership", ownership.PassServiceOwnership, ITSELF),
        CommandRow("agree-targets", agreement.AgreeTargets, access.DECIDES),
        CommandRow("exclude-time", agreement.ExcludeTime, access.DECIDES),
        CommandRow("lift-exclusion", agreement.LiftExclusion, access.DECIDES),
        CommandRow("depend-on", agreement.DependOn, access.KEEPS),
        CommandRow("depend-no-longer", agreement.DependNoLonger, access.KEEPS),
        CommandRow("go-live", life.GoLive, access.DECIDES),
        CommandRow("record-degradation", life.RecordDegradation, access.KEEPS),
        CommandRow("record-recovery", life.RecordRecovery, access.KEEPS),
        CommandRow("begin-retirement", life.BeginRetirement, access.DECIDES),
        CommandRow("retire", life.RetireService, access.DECIDES),
        CommandRow("require-standard", standards.RequireStandard, access.REQUIRES),
        CommandRow("record-compliance", standards.RecordCompliance, access.KEEPS),
        CommandRow("record-breach", standards.RecordBreach, access.KEEPS),
        CommandRow("except-from-standard", standards.ExceptFromStandard, access.EXCEPTS),
        CommandRow("lapse-exceptions", standards.LapseExceptions, ITSELF),
        CommandRow("write-continuity-plan", continuity.WriteContinuityPlan, access.KEEPS),
        CommandRow("record-continuity-test", continuity.RecordContinuityTest, access.KEEPS),
    ],
    facts=service_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "owner_id", "stage", "criticality", "unresolved"],
    sorts=["name", "criticality"],
    searched=["name"],
    criteria=[
        Criterion(
            {"depends_on": (UUID | None, Field(None, description="those that depend directly on this service"))},
            lambda _: f"{S.depends_on.json} ? CAST(:depends_on AS text)",
            "service_depends_on",
            f"states USING gin (({S.depends_on.json})) WHERE {S.of_kind}",
        )
    ],
    refers=dict.fromkeys(["owner_id", "escalated_to"], "person") | {"depends_on": "service"},
)

INCIDENTS = Aggregate(
    incident.INCIDENT,
    path="incidents",
    commands=[CommandRow("report", incident.ReportIncident, access.REPORTS, creates=True, id_of=id_of)],
    facts=incident_facts,
    filters=["service_id", "source", "key", "status", "priority", "within_target"],
    searched=["title"],
)

OUTAGES = Aggregate(
    outage.OUTAGE,
    path="outages",
    commands=[
        CommandRow("report", outage.ReportOutage, access.REPORTS, creates=True, id_of=id_of),
        CommandRow("withdraw", outage.WithdrawOutage, access.REPORTS),
    ],
    facts=outage_facts,
    filters=["service_id", "source", "key", "planned", "withdrawn"],
    criteria=[
        Criterion(
            {
                "service_month": (
                    list[str] | None,
                    Field(None, max_length=1300, description="of a service in a month of UTC: SERVICE:2026-05"),
                )
            },
            lambda _: f"{DOWN.service_months.json} ?| CAST(:service_month AS text[])",
            "outage_service_month",
            f"states USING gin (({DOWN.service_months.json})) WHERE {DOWN.of_kind}",
        )
    ],
)

MEASUREMENTS = Aggregate(
    measurement.MEASUREMENT,
    path="measurements",
    commands=[CommandRow("report", measurement.ReportMeasurement, access.REPORTS, creates=True, id_of=id_of)],
    facts=measurement_facts,
    filters=["service_id", "source", "key", "metric", "within_target"],
)

SERVICE_MONTHS = Aggregate(
    service_month.SERVICE_MONTH,
    path="service-months",
    commands=[CommandRow("count", service_month.CountServiceMonth, ITSELF, creates=True, named=True)],
    facts=month_facts,
    filters=["service_id", "month"],
)
