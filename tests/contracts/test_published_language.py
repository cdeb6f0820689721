"""The published language: frozen schemas, stored names, what breaks subscribers, and the messages themselves."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from chassis.commands.table import Aggregate
from chassis.http.asyncapi import HEADERS
from chassis.messaging.cloudevents import decode
from chassis.store.encryption import KeyOf, MasterKeys, Privacy, Sealing, key_in
from contracts import finance, people, portfolio
from contracts.base import PublicEvent
from contracts.roles import Role
from portolan.schemas import CONTRACTS, RESTRICTED, breaks, current, frozen, problems
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.business import (
    Business,
    Json,
    Post,
    commitment,
    done,
    draft,
    entry,
    euros,
    made,
    on_budget,
    on_project,
    specification,
    verdicts,
)
from tests.contracts.samples import instances
from tests.examples import examples
from tests.harness import everything_on, wait_until
from tests.today import TODAY

SERVICES = {"people": PEOPLE, "portfolio": PORTFOLIO, "finance": FINANCE, "reporting": REPORTING}
TOPICS = {"people": people.TOPIC, "portfolio": portfolio.TOPIC, "finance": finance.TOPIC}
EVENTS = [(service, event) for service, events in CONTRACTS.items() for event in events]
each_event = pytest.mark.parametrize(
    ("service", "event"), EVENTS, ids=[f"{service}.{event.__name__}" for service, event in EVENTS]
)

# Logs hold these names for ever: one that is missing here was renamed or forgotten, and old events would not be read.
STORED = {
    "people": """
        AbsenceCancelled AbsenceRecorded AllegationSent AppealDecided AppealHearerNamed ApplicationRecorded
        AppointmentPlanned AssessmentRequested AttendanceMarked CandidateErased CandidateHired CandidateRejected
        CandidateWithdrawn CaseAppealed CaseClosed CaseDecided CaseDropped CaseReported CertificateAwarded
        CertificateExpired CertificateExpiring CertificateRecorded CertificateRejected CertificateRenewed
        CertificateRevocationExplained CertificateRevoked CertificateSchemeDefined CertificateSchemeRetired
        CertificateSchemeRevised ContractedHoursCorrected ContractedHoursSet CorrectionRecorded CreditsRecorded
        CurrenciesSet DegreeRecorded DegreeVerified DevelopmentActionAdded DevelopmentGoalAdded DevelopmentGoalExtended
        DevelopmentGoalMet DevelopmentGoalNotMet DevelopmentGoalOverdue DevelopmentPlanAgreed DevelopmentPlanClosed
        DevelopmentPlanProposed DevelopmentPlanWithdrawn DivisionClosed DivisionEstablished DivisionHeadAppointed
        DivisionMoved DivisionRenamed DivisionTimeZoneSet DutiesHandedOver EffectiveDayCorrected EligibilityChanged
        EnrolmentMade EnrolmentWithdrawn EvidenceCited ExperienceEnded ExperienceRecorded ExperienceVerified
        ExperienceWithdrawn FindingsRecorded FourEyesSwitched HearerNamed HearingHeld HirePlanned InterviewFeedbackGiven
        InterviewRecorded InterviewScheduled InvestigationBegun LearningCorrected LearningHoursCorrected
        LearningHoursRecorded LearningRecorded LeavingPlanned LeavingWithdrawn LineManagerChanged MentorshipAccepted
        MentorshipCompleted MentorshipDeclined MentorshipEndExplained MentorshipEnded MentorshipMeetingCorrected
        MentorshipMet MentorshipProposed MentorshipStarted NoticeDaysSet ObjectivesAgreed ObjectivesRevised
        OfferAccepted OfferDeclined OfferLapsed OfferMade OfferTermsNamed OffersCounted PayBandSet PayBandWithdrawn
        PayCorrected PayPlanned PaySet PerformanceAssessed PersonAppointed PersonErased PersonHired PersonLeft
        PersonRehired PersonReinstated PersonRenamed PersonSuspended PlanAgreed PlanCancelled PlanNotCarriedOut
        PlanReviewDue PlanReviewed PlannedHoursCancelled PlannedPayCancelled PositionApproved PositionDrafted
        PositionMarkedCritical PositionNoLongerCritical PositionRetired PositionRevised ProceduresSet
        QualificationsOpened RehirePlanned ReviewAcknowledged ReviewAppealDecided ReviewAppealWithdrawn ReviewAppealed
        ReviewCalibrated ReviewCycleCompleted ReviewCyclePlanned ReviewCycleStarted ReviewMethodSet ReviewOverdue
        ReviewUnanswered ReviewWithdrawn ReviewerChanged SelfAssessed SeniorManagerGateWaived SkillAssessed SkillClaimed
        SkillDefined SkillMerged SkillNamesAdopted SkillRetired SkillRevised StaffingLimitsSet StaffingPolicySet
        StandInNamed StandInWithdrawn SuccessorNamed SuccessorRemoved ToolAcknowledged ToolApproved ToolDeclined
        ToolIssued ToolLost ToolOverdue ToolRequested ToolReturned TrainingCompleted TrainingFeedbackGiven
        TrainingProgrammeAssigned TrainingProgrammeDescribed TrainingProgrammeDesigned TrainingProgrammePublished
        TrainingProgrammeRetired TrainingProgrammeRevised TrainingScored TrainingSessionArranged
        TrainingSessionCancelled TrainingSessionDelivered TrainingSessionOverdue TrainingSessionScheduled
        VacancyApproved VacancyCancelled VacancyFilled VacancyOpened VacancyPutOnHold VacancyReasonGiven
        VacancyRequested WarningLapsed WeeklyCapacity WithdrawnPersonErased WorkingCalendarSet
    """,
    "portfolio": """
        AccountabilityTransferred AccountabilityUnresolved AccountabilityWaived DelegationAccepted DelegationDeclined
        DelegationEnded DelegationOffered InitiativeApproved InitiativeCompleted InitiativeRenamed InitiativeShaped
        InitiativeStarted InitiativeStopped ProgressReported ProjectApproved ProjectCancelled ProjectClosed
        ProjectClosing ProjectFunded ProjectProposed ProjectPutOnHold ProjectResumed ProjectReturned ProjectSpecified
        ProjectStarted ProjectTakenOver SpecificationSigned SponsorNamed TakeOverCorrected
    """,
    "finance": """
        ActualRecorded ActualReversed CommitmentMade CommitmentReleased DivisionBudgetApproved DivisionBudgetClosed
        DivisionBudgetDrafted DivisionBudgetReturned DivisionBudgetSubmitted DivisionBudgetSupplemented
        DivisionBudgetTransferred EstimateAtCompletionStated OverrunCleared OverrunRaised ProjectBudgetClosed
        ProjectBudgetOpened ProjectBudgetSupplemented ProjectBudgetTakenOver ProjectFundingConfirmed
        ProjectFundingRefused TakenOverBudgetCorrected
    """,
    "reporting": "",
}
KINDS = {
    "people": {
        "division",
        "position",
        "person",
        "staffing-policy",
        "pay",
        "pay-band",
        "contracted-hours",
        "weekly-capacity",
        "vacancy",
        "candidacy",
        "training-programme",
        "training-session",
        "enrolment",
        "tool",
        "disciplinary-case",
        "review-cycle",
        "performance-review",
        "succession",
        "certificate-scheme",
        "skill",
        "qualifications",
        "development-plan",
        "mentorship",
    },
    "portfolio": {"initiative", "project"},
    "finance": {"division-budget", "project-budget"},
    "reporting": set(),
}


def aggregates(service: str) -> list[Aggregate]:
    return list(SERVICES[service].aggregates)


@each_event
def test_every_event_is_published_as_it_was_frozen(service: str, event: type[PublicEvent]) -> None:
    name = f"{service}/{event.__name__}.json"
    assert frozen()[name] == current()[name]


def test_nothing_stands_between_the_models_and_what_is_frozen() -> None:
    assert problems() == []
    assert frozen().keys() == current().keys()


@pytest.mark.parametrize("service", SERVICES)
def test_the_names_under_which_events_are_stored_stay(service: str) -> None:
    stored = {name for aggregate in aggregates(service) for name in aggregate.decider.types}
    assert stored == set(STORED[service].split())
    assert {aggregate.decider.kind for aggregate in aggregates(service)} == KINDS[service]


@pytest.mark.parametrize("service", SERVICES)
def test_every_public_event_is_an_aggregates_and_every_other_is_private(service: str) -> None:
    stored = {event for aggregate in aggregates(service) for event in aggregate.decider.types.values()}
    public = {event for event in stored if issubclass(event, PublicEvent)}
    restricted = SERVICES[service].restricted
    alone = set(restricted.events) if restricted else set()
    assert (public - alone, alone) == (set(SERVICES[service].events), set(RESTRICTED.get(service, ())))
    assert public - alone == set(CONTRACTS.get(service, ()))


def test_a_name_belongs_to_one_event() -> None:
    names = [name for stored in STORED.values() for name in stored.split()]
    assert len(names) == len(set(names))


OLD: dict[str, Any] = {
    "$defs": {
        "Stage": {"enum": ["proposed", "closed"], "title": "Stage", "type": "string"},
        "Money": {
            "properties": {"amount": {"type": "string"}, "currency": {"pattern": "^[A-Z]{3}$", "type": "string"}},
            "required": ["amount", "currency"],
            "type": "object",
        },
    },
    "description": "A project was closed.",
    "properties": {
        "stage": {"$ref": "#/$defs/Stage"},
        "granted": {"$ref": "#/$defs/Money"},
        "plan": {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}]},
        "name": {"title": "Name", "type": "string", "maxLength": 200},
        "note": {"default": None, "type": "string"},
        "title": {"title": "Title", "type": "string"},
        "required": {"title": "Required", "type": "boolean"},
    },
    "required": ["stage", "granted", "name"],
    "title": "ProjectClosed",
    "type": "object",
}


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """What breaks when the schema is changed so."""
    new = deepcopy(OLD)
    change(new)
    return list(breaks(OLD, new))


def renamed(schema: dict[str, Any]) -> None:
    schema["properties"]["called"] = schema["properties"].pop("name")


BREAKING: dict[str, tuple[Callable[[dict[str, Any]], object], list[str]]] = {
    "a field is removed": (lambda new: new["properties"].pop("note"), ["/properties/note is gone"]),
    "a field is renamed": (renamed, ["/properties/name is gone"]),
    "a field that is called like an annotation is removed": (
        lambda new: new["properties"].pop("title"),
        ["/properties/title is gone"],
    ),
    "a field inside a value is removed": (
        lambda new: new["$defs"]["Money"]["properties"].pop("amount"),
        ["/$defs/Money/properties/amount is gone"],
    ),
    "a required field may be missing": (
        lambda new: new["required"].remove("name"),
        ["/required: name may be missing now"],
    ),
    "nothing is required any more": (
        lambda new: new.pop("required"),
        [f"/required: {name} may be missing now" for name in ("stage", "granted", "name")],
    ),
    "a required field inside a value may be missing": (
        lambda new: new["$defs"]["Money"]["required"].remove("currency"),
        ["/$defs/Money/required: currency may be missing now"],
    ),
    "a value of an enum is removed": (
        lambda new: new["$defs"]["Stage"]["enum"].remove("closed"),
        ["/$defs/Stage/enum: closed is gone"],
    ),
    "a value of an enum is added": (
        lambda new: new["$defs"]["Stage"]["enum"].append("resting"),
        ["/$defs/Stage/enum: resting is new, and who knows the old values refuses it"],
    ),
    "a text becomes an enum": (
        lambda new: new["properties"]["name"].update(enum=["Payroll"]),
        ["/properties/name: only some values are left"],
    ),
    "a type changes": (lambda new: new["properties"]["name"].update(type="integer"), ["/properties/name/type changed"]),
    "a type becomes one of several": (
        lambda new: new["properties"].update(name={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ["/properties/name/type is gone", "/properties/name/maxLength is gone"],
    ),
    "an alternative is added": (
        lambda new: new["properties"]["plan"]["anyOf"].append({"type": "string"}),
        ["/properties/plan/anyOf changed"],
    ),
    "an alternative changes": (
        lambda new: new["properties"]["plan"]["anyOf"][1].update(type="integer"),
        ["/properties/plan/anyOf/1/type changed"],
    ),
    "a reference leads elsewhere": (
        lambda new: new["properties"]["granted"].update({"$ref": "#/$defs/Stage"}),
        ["/properties/granted/$ref changed"],
    ),
    "a length is another": (
        lambda new: new["properties"]["name"].update(maxLength=500),
        ["/properties/name/maxLength changed"],
    ),
    "a default is another": (
        lambda new: new["properties"]["note"].update(default=""),
        ["/properties/note/default changed"],
    ),
}
HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing changes": lambda new: None,
    "an optional field is added": lambda new: new["properties"].update(colour={"type": "string"}),
    "a required field is added": lambda new: (
        new["properties"].update(colour={"type": "string"}),
        new["required"].append("colour"),
    ),
    "a field inside a value is added": lambda new: new["$defs"]["Money"]["properties"].update(rate={"type": "string"}),
    "an optional field becomes required": lambda new: new["required"].append("note"),
    "the order of what is required is another": lambda new: new["required"].reverse(),
    "a description is another": lambda new: new.update(description="It ended.", title="Closed"),
    "a description is dropped": lambda new: new.pop("description"),
    "a value type is added": lambda new: new["$defs"].update(Period={"type": "object"}),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_change_subscribers_could_stumble_over_is_found_when(change: str) -> None:
    do, reasons = BREAKING[change]
    assert changed(do) == reasons


@pytest.mark.parametrize("change", HARMLESS)
def test_subscribers_do_not_stumble_when(change: str) -> None:
    assert changed(HARMLESS[change]) == []


@each_event
def test_a_field_taken_from_any_event_is_found(service: str, event: type[PublicEvent]) -> None:
    schema = frozen()[f"{service}/{event.__name__}.json"]
    for field in schema.get("properties", {}):
        new = deepcopy(schema)
        del new["properties"][field]
        assert f"/properties/{field} is gone" in list(breaks(schema, new))


@cache
def validator(service: str, event: str) -> Draft202012Validator:
    """Checks against the frozen schema."""
    schema = frozen()[f"{service}/{event}.json"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@each_event
@settings(max_examples=examples(25))
@given(data=st.data())
def test_an_event_comes_back_from_its_json_as_it_was(
    service: str, event: type[PublicEvent], data: st.DataObject
) -> None:
    one = data.draw(instances(event))
    text = one.model_dump_json()
    assert event.model_validate_json(text) == one
    assert event.model_validate_json(text).model_dump_json() == text
    published, _ = as_published(one)
    validator(service, event.__name__).validate(json.loads(published))


STREAM = f"thing-{uuid4()}"


def as_published(event: PublicEvent) -> tuple[str, KeyOf]:
    """An event's JSON with what is personal sealed, and the keys that open it."""
    sealing = Sealing(Privacy(MasterKeys(bytes(32))), STREAM, {})
    return sealing.event(event), key_in(sealing.keys)


def with_more(value: Any) -> Any:
    """The same data with a field nobody knows in every object."""
    if isinstance(value, dict):
        return {**{name: with_more(inner) for name, inner in value.items()}, "not known yet": {"a": [1]}}
    return [with_more(inner) for inner in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Sent:
    """A message as it is consumed."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def sent(service: str, event: type[PublicEvent], value: str) -> Sent:
    """A message with this payload, at the start of a stream."""
    headers = {
        "ce_id": str(uuid4()),
        "ce_source": f"/portolan/{service}",
        "ce_type": f"portolan.{service}.{event.__name__}",
        "ce_subject": STREAM,
        "ce_time": "2026-01-01T00:00:00Z",
        "ce_number": "1",
        "ce_actor": "somebody",
        "content-type": "application/json",
    }
    return Sent("t", 0, 0, b"k", value.encode(), [(name, text.encode()) for name, text in headers.items()])


@each_event
@settings(max_examples=examples(25))
@given(data=st.data())
def test_consumers_ignore_what_they_do_not_know_at_any_depth(
    service: str, event: type[PublicEvent], data: st.DataObject
) -> None:
    one = data.draw(instances(event))
    published, key_of = as_published(one)
    grown = with_more(json.loads(published))
    types: dict[str, type[BaseModel]] = {f"portolan.{service}.{event.__name__}": event}
    envelope = decode(sent(service, event, json.dumps(grown)), types, key_of)
    assert envelope.poison is None
    assert envelope.event == one
    validator(service, event.__name__).validate(grown)


@pytest.fixture(scope="module")
def every_event(business: Business) -> Business:
    """A company in which every kind of event has happened at least once."""
    happen_in_people(business)
    happen_in_portfolio(business)
    happen_in_finance(business)
    business.settle()
    return business


def happen_in_people(business: Business) -> None:
    hr, today = business.hr, {"effective_on": str(TODAY)}
    parent, child = business.division(), business.division()
    done(hr.post(f"/divisions/{child}/rename", json={"name": "Moved"}))
    done(hr.post(f"/divisions/{child}/move", json={"parent_id": parent}))
    done(hr.post(f"/divisions/{child}/set-time-zone", json={"time_zone": "UTC"}))
    boss = business.post(parent, "executive", years=20)
    business.head(parent, boss)
    worker = business.post(child, "staff")
    waived = business.post(parent, "senior manager", boss)
    done(hr.post(f"/persons/{worker.person}/rename", json={"name": "Grace"}))
    for person in (waived, worker):
        manager = {"line_manager_id": None if person is waived else boss.person}
        done(hr.post(f"/persons/{person.person}/change-line-manager", json=manager | today))
    limits = {
        "stale_skill_months": 12,
        "certificate_notice_days": [90, 30, 7],
        "written_warning_months": 6,
        "final_warning_months": 12,
        "appeal_days": 5,
        "reason": "Sooner.",
    }
    done(business.system("people", Role.EXECUTIVE).post(f"/staffing-policies/{UUID(int=0)}/set-limits", json=limits))
    method = {"goals": "60", "feedback": "40", "self_assessment": "0", "lowest": 1, "highest": 5}
    days = {"first_on": str(TODAY), "last_on": str(TODAY), "due_on": str(TODAY)}
    cycle = made(hr.post("/review-cycles", json={"name": "This day", "method": method} | days))
    for step in ("start", "complete"):
        done(hr.post(f"/review-cycles/{cycle}/{step}", json={}))
    for step in ("mark-critical", "mark-no-longer-critical"):
        done(hr.post(f"/successions/{boss.position}/{step}", json={"reason": "Knows the ledgers."}))
    standing = {"stand_in_id": boss.person, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    done(hr.post(f"/persons/{worker.person}/name-stand-in", json=standing))
    done(hr.post(f"/persons/{worker.person}/withdraw-stand-in", json={"stand_in_id": boss.person}))
    done(hr.post(f"/persons/{worker.person}/suspend", json=today))
    done(hr.post(f"/persons/{worker.person}/reinstate", json=today))
    happen_in_training(business, parent, worker)
    tool_approved(business, worker)
    happen_in_hiring(business, business.post(parent, "manager", boss))
    happen_to_qualifications(business, worker, boss)
    business.leave(worker)
    done(hr.post(f"/persons/{worker.person}/withdraw-leaving", json={"reason": "Another person left."}))
    come_back(business)
    another = business.post(business.division(), "executive")
    done(hr.post(f"/persons/{boss.person}/hand-over", json={"to_id": another.person}))
    business.leave(worker)
    done(hr.post(f"/persons/{worker.person}/erase", json={"reason": "Asked for."}))
    revision = {"title": "Other work", "grade": "staff", "reports_to": None, "duties": ["All of it."]}
    demand = {"it_management_years": "1"}
    done(hr.post(f"/positions/{worker.position}/revise", json=revision | demand))
    done(hr.post(f"/positions/{worker.position}/retire", json={"reason": "Not needed."}))
    done(hr.post(f"/divisions/{child}/close", json={"reason": "Empty."}))
    limit = "/staffing-policies/00000000-0000-0000-0000-000000000000/set-senior-experience"
    for years in ("9", "10"):
        done(hr.post(limit, json={"years": years, "reason": "Shortage."}))


def come_back(business: Business) -> None:
    """Somebody is hired, leaves and is hired again; the day they left on is corrected."""
    days = [str(TODAY - timedelta(days=ago)) for ago in (10, 5, 0)]
    person = made(business.hr.post("/persons", json={"name": "Grace", "effective_on": days[0]}))
    for command, day in zip(("record-leaving", "rehire"), days[1:], strict=True):
        done(business.hr.post(f"/persons/{person}/{command}", json={"effective_on": day}))
    earlier = {"corrects": 2, "effective_on": str(TODAY - timedelta(days=6)), "reason": "A slip of the pen."}
    done(business.hr.post(f"/persons/{person}/correct-day", json=earlier))


def happen_in_hiring(business: Business, lead: Post) -> None:
    hr, manager = business.hr, business.as_person("people", lead)
    sought = {"position_id": business.position(business.division(), "staff", lead), "reason": "We grow."}
    freeze = {"reason": "No money."}
    for last in ("accept", "cancel"):
        vacancy = made(hr.post("/vacancies", json=sought))
        done(manager.post(f"/vacancies/{vacancy}/approve", json={}))
        for step, body in (("open", {}), ("put-on-hold", freeze), ("open", {})):
            done(hr.post(f"/vacancies/{vacancy}/{step}", json=body))
        if last == "cancel":
            done(hr.post(f"/vacancies/{vacancy}/cancel", json=freeze))
            continue
        applied = {"vacancy_id": vacancy, "candidate_id": str(uuid4()), "name": "Grace", "contact": "Cobol Street 1"}
        path = f"/candidacies/{made(hr.post('/candidacies', json=applied))}"
        talk = {"interview_id": str(uuid4())}
        named: Json = talk | {"takes_place_on": str(TODAY), "interviewers": [lead.person]}
        for step, body in (("schedule-interview", named), ("record-interview", talk)):
            done(hr.post(f"{path}/{step}", json=body))
        done(hr.post(f"{path}/make-offer", json={"expires_on": str(TODAY)}))
        done(hr.post(f"{path}/accept-offer", json={}))
        wait_until(partial(is_filled, business, vacancy), "the vacancy is filled")


def happen_in_training(business: Business, division: str, worker: Post) -> None:
    hr = business.hr
    kafka_course: Json = {"title": "Kafka", "hours": "16", "skills": [{"skill": "Kafka", "level": 3}]}
    programme = made(hr.post("/training-programmes", json=kafka_course))
    path = f"/training-programmes/{programme}"
    revision = kafka_course | {"hours": "8", "description": "", "scheme_id": None, "pass_needed": False}
    for step, body in (("publish", {}), ("revise", revision)):
        done(hr.post(f"{path}/{step}", json=body))
    terms: Json = {
        "programme_id": programme,
        "division_id": division,
        "cost": euros(900),
        "seats": 3,
        "starts_on": str(TODAY),
        "ends_on": str(TODAY),
        "place": "Room 4",
        "provider": "Acme",
    }
    session, other = (made(hr.post("/training-sessions", json=terms)) for _ in range(2))
    enrolment = made(hr.post("/enrolments", json={"person_id": worker.person, "session_id": session}))
    result: Json = {"passed": True, "score": "87.5", "effective_on": str(TODAY)}
    for step, body in (("mark-attendance", {"attended": True}), ("record-result", result)):
        done(hr.post(f"/enrolments/{enrolment}/{step}", json=body))
    done(hr.post(f"/training-sessions/{session}/deliver", json={}))
    done(hr.post(f"/training-sessions/{other}/cancel", json={"reason": "Too few."}))
    done(hr.post(f"{path}/retire", json={"reason": "Old."}))


def tool_approved(business: Business, worker: Post) -> None:
    person = done(business.hr.get(f"/persons/{worker.person}"))
    wanted: Json = {"name": "Cluster", "kind": "lab", "skills": [{"skill": "Kafka", "level": 3}], "cost": euros(9)}
    wanted |= {
        "division_id": person["appointment"]["division_id"],
        "person_id": worker.person,
        "reason": "To practise.",
    }
    tool = made(business.as_person("people", worker).post("/tools", json=wanted))
    above = business.system("people", Role.STAFF, subject=person["line_manager_id"])
    done(above.post(f"/tools/{tool}/approve", json={}))


def is_filled(business: Business, vacancy: str) -> bool:
    return bool(done(business.hr.get(f"/vacancies/{vacancy}"))["status"] == "filled")


def happen_to_qualifications(business: Business, worker: Post, boss: Post) -> None:
    hr = business.hr
    scheme = {"name": "CSM", "issuer": "Scrum Alliance", "valid_months": 24, "renewal": None}
    defined = made(hr.post("/certificate-schemes", json=scheme))
    revised = scheme | {"issuer": "Scrum Alliance Inc.", "budget_management": True}
    done(hr.post(f"/certificate-schemes/{defined}/revise", json=revised))
    path, today = f"/qualifications/{worker.person}", str(TODAY)
    done(hr.post(f"{path}/assess-skill", json={"skill": "ITMG", "level": 4, "effective_on": today}))
    for age in (710, 800):  # one is about to expire and is renewed, the other is over
        certificate = str(uuid4())
        awarded = {"certificate_id": certificate, "scheme_id": defined, "awarded_on": str(TODAY - timedelta(days=age))}
        done(hr.post(f"{path}/record-certificate", json=awarded))
        done(hr.post(f"{path}/review-certificates", json={}))
        if age == 710:
            about = {"certificate_id": certificate, "effective_on": today}
            done(hr.post(f"{path}/renew-certificate", json=about))
            done(hr.post(f"{path}/revoke-certificate", json=about | {"reason": "Elsewhere found out."}))
    done(hr.post(f"/certificate-schemes/{defined}/retire", json={"reason": "Not asked for."}))
    happen_to_development(business, worker, boss)


def happen_to_development(business: Business, worker: Post, boss: Post) -> None:
    learner = business.as_person("people", worker)
    period = {"person_id": worker.person, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    plan = f"/development-plans/{made(learner.post('/development-plans', json=period))}"
    goal = {"goal_id": str(uuid4()), "learning": "To speak.", "due_on": str(TODAY)}
    done(learner.post(f"{plan}/add-goal", json=goal))
    done(business.as_person("people", boss).post(f"{plan}/agree", json={}))
    action = {"action_id": str(uuid4()), "kind": "reading", "what": "A book."}
    done(learner.post(f"{plan}/add-action", json=action))
    spent = {"entry_id": str(uuid4()), "action_id": action["action_id"], "hours": "2", "effective_on": str(TODAY)}
    done(learner.post(f"{plan}/record-learning", json=spent))
    right = {"entry_id": spent["entry_id"], "hours": "3", "effective_on": str(TODAY), "reason": "A slip of the pen."}
    done(learner.post(f"{plan}/correct-learning", json=right))
    other = business.post(business.division(), "staff")
    endings: dict[str, dict[str, str]] = {"complete": {}, "end": {"reason": "Elsewhere needed."}}
    for step, said in endings.items():
        pair = {"person_id": worker.person, "mentor_id": other.person, "purpose": "To lead."}
        mentorship = f"/mentorships/{made(learner.post('/mentorships', json=pair))}"
        done(business.as_person("people", other).post(f"{mentorship}/accept", json={}))
        done(learner.post(f"{mentorship}/{step}", json=said))


def happen_in_portfolio(business: Business) -> None:
    team, office = business.team(), business.office
    senior, manager = (business.as_person("portfolio", post) for post in (team.senior, team.manager))
    for ending in (("complete", {"outcome": "succeeded", "summary": "All."}), ("stop", {"reason": "Enough."})):
        shaped = {"name": "Paperless", "purpose": "No paper.", "division_id": team.division}
        initiative = made(office.post("/initiatives", json=shaped))
        for step, said in (("rename", {"name": "No paper"}), ("approve", {}), ("start", {}), ending):
            done(office.post(f"/initiatives/{initiative}/{step}", json=said))
    project = business.propose(team)
    done(on_project(office, project, "name-sponsor", sponsor_id=team.junior.person))
    done(on_project(office, project, "name-sponsor", sponsor_id=team.sponsor.person))
    offer = {"delegate_id": team.manager.person, "scope": "All of it."}
    for answer, body in (("decline-delegation", {"reason": "No time."}), ("accept-delegation", {})):
        done(on_project(senior, project, "offer-delegation", **offer))
        done(on_project(manager, project, answer, **body))
    done(on_project(manager, project, "return-delegation", reason="Too much."))
    business.specify(team, project)
    business.approve(team, project)
    business.settle()
    done(on_budget(business.controller, project, "refuse-funding", reason="Too much."))
    business.settle()
    business.specify(team, project, euros(5))
    business.approve(team, project)
    business.settle()
    done(business.fund(project, euros(5)))
    business.settle()
    done(on_project(senior, project, "start", effective_on=str(TODAY)))
    recovery = {"step": "More people.", "owner_id": team.senior.person, "due_on": str(TODAY)}
    told: Json = {"as_of": str(TODAY), "percent_complete": "5", "health": "at risk", "recovery": recovery}
    done(on_project(senior, project, "report-progress", **told))
    for step, body in (("put-on-hold", {"reason": "Strike."}), ("resume", {}), ("begin-closing", {})):
        done(on_project(senior, project, step, **body))
    lessons = {"lessons": "Ask for less.", "effective_on": str(TODAY)}
    done(on_project(senior, project, "close", outcome="succeeded", verdicts=verdicts(), **lessons))
    done(on_project(office, business.propose(team), "cancel", reason="Not needed."))
    elsewhere = {
        "name": "Old",
        "summary": "",
        "division_id": team.division,
        "source": {"system": "Ledger", "reference": "7"},
        "stage": "in progress",
    }
    taken = str(uuid4())
    for name in ("Old", "Older"):
        done(on_project(office, taken, "take-over", **elsewhere | {"name": name}))
    fallen_away(business)


def fallen_away(business: Business) -> None:
    """Somebody leaves a project behind, first to nobody, then to somebody who can answer again."""
    team = business.team()
    business.propose(team)
    for step in ("suspend", "reinstate"):
        done(business.hr.post(f"/persons/{team.head.person}/{step}", json={"effective_on": str(TODAY)}))
        if step == "suspend":
            business.leave(team.senior)
        business.settle()


def happen_in_finance(business: Business) -> None:
    team, controller = business.team(), business.controller
    one, other = business.division_budget(team.division, 1000), business.division_budget(str(uuid4()), 1000)
    done(controller.post(f"/division-budgets/{one}/supplement", json={"amount": euros(9), "reason": "More."}))
    moved = {"transfer_id": str(uuid4()), "other_budget_id": one, "amount": euros(5), "reason": "Move."}
    done(controller.post(f"/division-budgets/{other}/transfer-out", json=moved))
    business.settle()
    done(controller.post(f"/division-budgets/{other}/close", json={}))
    returned = made(controller.post("/division-budgets", json=draft(str(uuid4()), 5)))
    done(controller.post(f"/division-budgets/{returned}/submit", json={}))
    done(controller.post(f"/division-budgets/{returned}/return", json={"reason": "Too much."}))
    project = business.approved(team, euros(100))
    done(business.fund(project, euros(100), one))
    order, invoice = commitment(50), entry(200)
    done(on_budget(controller, project, "make-commitment", **order))
    released = {"commitment_id": order["commitment_id"], "reason": "Not needed."}
    done(on_budget(controller, project, "release-commitment", **released))
    done(on_budget(controller, project, "record-actual", **invoice))
    done(on_budget(controller, project, "reverse-actual", entry_id=invoice["entry_id"], reason="Wrong."))
    more = {"amount": euros(1), "reason": "More.", "division_budget_id": one}
    done(on_budget(controller, project, "supplement", **more))
    estimate = {"estimate": euros(90), "basis": "stated", "as_of": str(TODAY), "reason": "Offer."}
    done(on_budget(controller, project, "state-estimate", **estimate))
    done(on_budget(controller, project, "close"))
    taken = str(uuid4())
    for granted in (10, 20):
        stated = {"division_id": team.division, "granted": euros(granted), "source": "Ledger"}
        done(on_budget(controller, taken, "take-over", **stated))


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_document_lists_exactly_its_events_with_their_schemas(business: Business, service: str) -> None:
    running = business.company.running[service]
    document = done(running.client(Role.STAFF).get("/asyncapi.json"))
    events = CONTRACTS.get(service, ())
    names = {event.__name__ for event in events}
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    (channel,) = document["channels"].values()
    topic = TOPICS.get(service, "portolan.reporting")
    assert channel["address"] == business.company.prefix + topic
    assert set(channel["messages"]) == set(document["components"]["messages"]) == names
    (operation,) = document["operations"].values()
    assert operation["action"] == "send"
    assert resolved(document, operation["channel"]) is channel
    for event in events:
        message = resolved(document, channel["messages"][event.__name__])
        assert message["name"] == f"portolan.{service}.{event.__name__}"
        assert message["contentType"] == "application/json"
        assert inlined(document, message["payload"]) == as_components(frozen()[f"{service}/{event.__name__}.json"])
        headers = resolved(document, message["headers"])
        assert set(headers["required"]) == set(headers["properties"]) == set(HEADERS)
    for reference in references(document):
        assert resolved(document, {"$ref": reference}) is not None


def resolved(document: dict[str, Any], reference: dict[str, str]) -> Any:
    """What a reference leads to."""
    found: Any = document
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value: Any) -> Iterator[str]:
    """All references in a document."""
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        yield from (one for inner in value.values() for one in references(inner))
    elif isinstance(value, list):
        yield from (one for inner in value for one in references(inner))


def inlined(document: dict[str, Any], payload: dict[str, str]) -> dict[str, Any]:
    """A payload's schema with the definitions it needs."""
    schema = resolved(document, payload)
    definitions: dict[str, Any] = {}
    waiting = list(references(schema))
    while waiting:
        reference = waiting.pop()
        name = reference.rpartition("/")[2]
        if name not in definitions:
            definitions[name] = resolved(document, {"$ref": reference})
            waiting += references(definitions[name])
    return {"schema": schema, "definitions": definitions}


def as_components(schema: dict[str, Any]) -> dict[str, Any]:
    """A frozen schema in the same form."""
    moved = json.loads(json.dumps(schema).replace("#/$defs/", "#/components/schemas/"))
    return {"definitions": moved.pop("$defs", {}), "schema": moved}


def consumed(business: Business) -> list[Any]:
    """Every message on every topic of the company, as any other system would read it."""
    topics = {business.company.prefix + topic for topic in TOPICS.values()}
    return everything_on(business.company.broker, lambda name: name in topics)


@pytest.fixture(scope="module")
def messages(every_event: Business) -> list[tuple[dict[str, str], Any]]:
    """All messages, with their headers as text."""
    return [({name: value.decode() for name, value in record.headers}, record) for record in consumed(every_event)]


def test_every_kind_of_event_there_is_has_been_sent(messages: list[tuple[dict[str, str], Any]]) -> None:
    seen = {headers["ce_type"] for headers, _ in messages}
    known = {f"portolan.{service}.{event.__name__}" for service, event in EVENTS}
    assert sorted(known - seen) == []
    assert sorted(seen - known) == []


def test_every_message_is_a_cloud_event_in_binary_mode(messages: list[tuple[dict[str, str], Any]]) -> None:
    assert len(messages) > 150
    for headers, record in messages:
        service = record.topic.rpartition(".")[2]
        assert set(HEADERS) <= set(headers)
        assert set(headers) - set(HEADERS) <= {"ce_correlationid", "ce_causationid", "traceparent"}
        assert headers["ce_specversion"] == "1.0"
        assert headers["ce_source"] == f"/portolan/{service}"
        assert headers["ce_type"].startswith(f"portolan.{service}.")
        assert headers["content-type"] == "application/json"
        assert record.key == headers["ce_subject"].encode()
        kind = headers["ce_subject"][:-37]
        assert kind in KINDS[service]
        assert UUID(headers["ce_subject"][-36:])
        assert UUID(headers["ce_id"])
        assert UUID(headers.get("ce_causationid", headers["ce_id"]))
        assert headers["ce_actor"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", headers["ce_time"])
        assert datetime.fromisoformat(headers["ce_time"]).utcoffset() is not None


def test_every_payload_holds_to_the_frozen_schema_of_its_type(messages: list[tuple[dict[str, str], Any]]) -> None:
    models: dict[str, type[BaseModel]] = {f"portolan.{service}.{event.__name__}": event for service, event in EVENTS}
    for headers, record in messages:
        _, service, event = headers["ce_type"].split(".")
        payload = json.loads(record.value)
        validator(service, event).validate(payload)
        assert json.loads(models[headers["ce_type"]].model_validate(payload).model_dump_json()) == payload


def test_ids_are_unique_and_numbers_count_up_in_every_stream(messages: list[tuple[dict[str, str], Any]]) -> None:
    ids = [headers["ce_id"] for headers, _ in messages]
    assert len(ids) == len(set(ids))
    numbers: dict[str, list[int]] = {}
    places: dict[str, set[tuple[str, int]]] = {}
    for headers, record in messages:
        numbers.setdefault(headers["ce_subject"], []).append(int(headers["ce_number"]))
        places.setdefault(headers["ce_subject"], set()).add((record.topic, record.partition))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    assert all(len(found) == 1 for found in places.values()), "a stream keeps its partition"


def test_causes_are_messages_too(messages: list[tuple[dict[str, str], Any]]) -> None:
    ids = {headers["ce_id"] for headers, _ in messages}
    causes = [headers["ce_causationid"] for headers, _ in messages if "ce_causationid" in headers]
    assert causes
    assert set(causes) <= ids


def test_what_is_confidential_never_leaves_its_service(messages: list[tuple[dict[str, str], Any]]) -> None:
    sent_texts = b"\n".join(record.value for _, record in messages)
    for secret in (b"Elsewhere", b"ExperienceRecorded", b"employer", b"Cobol Street", b"candid", b"OfferMade", b"87.5"):
        assert secret not in sent_texts
    assert specification()["scope"].encode() in sent_texts
