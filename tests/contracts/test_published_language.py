"""The published language: frozen schemas, stored names, what breaks subscribers, and the messages themselves."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
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
from tests.business import Business, done, specification
from tests.contracts import scenes
from tests.contracts.samples import instances
from tests.examples import examples
from tests.harness import everything_on

SERVICES = {"people": PEOPLE, "portfolio": PORTFOLIO, "finance": FINANCE, "reporting": REPORTING}
TOPICS = {"people": people.TOPIC, "portfolio": portfolio.TOPIC, "finance": finance.TOPIC}
EVENTS = [(service, event) for service, events in CONTRACTS.items() for event in events]
each_event = pytest.mark.parametrize(
    ("service", "event"), EVENTS, ids=[f"{service}.{event.__name__}" for service, event in EVENTS]
)

# Logs hold these names for ever: one that is missing here was renamed or forgotten, and old events would not be read.
STORED = {
    "people": """
        AbsenceCancelled AbsenceCorrected AbsenceRecorded AbsenceWithdrawn AllegationSent AppealDecided
        AppealHearerNamed ApplicationRecorded AppointmentPlanned AssessmentCorrected AssessmentRequested
        AttendanceMarked CandidateErased CandidateHired CandidateRejected CandidateWithdrawn CaseAppealed CaseClosed
        CaseDecided CaseDropped CaseReported CertificateAwarded CertificateExpired CertificateExpiring
        CertificateRecorded CertificateRejected CertificateRenewed CertificateRevocationExplained CertificateRevoked
        CertificateSchemeDefined CertificateSchemeRetired CertificateSchemeRevised CompletionCorrected
        ContractedHoursCorrected ContractedHoursSet CorrectionRecorded CreditsCorrected CreditsRecorded CurrenciesSet
        DegreeRecorded DegreeVerified DevelopmentActionAdded DevelopmentGoalAdded DevelopmentGoalExtended
        DevelopmentGoalMet DevelopmentGoalNotMet DevelopmentGoalOverdue DevelopmentPlanAgreed DevelopmentPlanClosed
        DevelopmentPlanProposed DevelopmentPlanWithdrawn DivisionClosed DivisionEstablished DivisionHeadAppointed
        DivisionMoved DivisionRenamed DivisionTimeZoneSet DutiesHandedOver EffectiveDayCorrected EligibilityChanged
        EnrolmentMade EnrolmentWithdrawn EvidenceCited ExperienceEnded ExperienceRecorded ExperienceVerified
        ExperienceWithdrawn FindingsRecorded FourEyesSwitched FundingAsked FundingNoted FundingSwitched HearerNamed
        HearingCorrected HearingHeld HirePlanned InterviewFeedbackGiven InterviewRecorded InterviewScheduled
        InvestigationBegun LearningCorrected LearningHoursCorrected LearningHoursRecorded LearningRecorded
        LeavingPlanned LeavingWithdrawn LineChangePlanned LineManagerChanged MentorshipAccepted MentorshipCompleted
        MentorshipDeclined MentorshipEndExplained MentorshipEnded MentorshipMeetingCorrected MentorshipMet
        MentorshipProposed MentorshipStarted NoticeDaysSet ObjectivesAgreed ObjectivesRevised OfferAccepted
        OfferDeclined OfferLapsed OfferMade OfferTermsNamed OffersCounted PayBandCorrected PayBandPlanned PayBandSet
        PayBandWithdrawn PayCorrected PayPlanned PaySet PerformanceAssessed PersonAppointed PersonErased PersonHired
        PersonLeft PersonRehired PersonReinstated PersonRenamed PersonSuspended PlanAgreed PlanCancelled
        PlanNotCarriedOut PlanReviewDue PlanReviewed PlannedBandCancelled PlannedHoursCancelled PlannedPayCancelled
        PositionApproved PositionDrafted PositionMarkedCritical PositionNoLongerCritical PositionRetired PositionRevised
        ProceduresSet QualificationsOpened RehirePlanned ReinstatementPlanned ReviewAcknowledged ReviewAppealDecided
        ReviewAppealWithdrawn ReviewAppealed ReviewCalibrated ReviewCycleCompleted ReviewCyclePlanned ReviewCycleStarted
        ReviewMethodSet ReviewOverdue ReviewUnanswered ReviewWithdrawn ReviewerChanged SelfAssessed
        SeniorManagerGateWaived SessionCostRevised SkillAssessed SkillClaimed SkillDefined SkillMerged SkillNamesAdopted
        SkillRetired SkillRevised StaffingLimitsSet StaffingPolicySet StandInCorrected StandInCorrectionExplained
        StandInNamed StandInWithdrawn SuccessorNamed SuccessorRemoved SuspensionPlanned ToolAcknowledged ToolApproved
        ToolDeclined ToolGivenUp ToolIssued ToolLost ToolOverdue ToolProvided ToolRequested ToolReturnDaySet
        ToolReturned TrainingCompleted TrainingFeedbackGiven TrainingProgrammeAssigned TrainingProgrammeDescribed
        TrainingProgrammeDesigned TrainingProgrammePublished TrainingProgrammeRetired TrainingProgrammeRevised
        TrainingScored TrainingSessionArranged TrainingSessionCancelled TrainingSessionDelivered TrainingSessionOverdue
        TrainingSessionScheduled VacancyApproved VacancyCancelled VacancyFilled VacancyOpened VacancyPutOnHold
        VacancyReasonGiven VacancyRequested WarningLapsed WeeklyCapacity WithdrawnPersonErased WorkingCalendarSet
    """,
    "portfolio": """
        AccountabilityTransferred AccountabilityUnresolved AccountabilityWaived AdoptionReported AllocationEnded
        AudienceNamed BackOutPlanned BaselineSet BenefitDue BenefitOwnerNamed BenefitPassedUp BenefitPlanned
        BenefitReplanned BenefitUnresolved BenefitVerdictRecorded BenefitWithdrawn CapabilityAssessed
        CapabilityTargetSet ChangeAssessed ChangeAuthorised ChangeBackedOut ChangeCancelled ChangeClosed
        ChangeImplemented ChangeInFreeze ChangeModelApproved ChangeModelDrafted ChangeModelRetired ChangeOutOfFreeze
        ChangeRaised ChangeRequestApplied ChangeRequestApproved ChangeRequestAssessed ChangeRequestRaised
        ChangeRequestRejected ChangeRequestWithdrawn ChangeReviewed ChangeScheduled ConfidentialIssueChanged
        ConfidentialRiskChanged ContingencyAsked ContinuityPlanWritten ContinuityTested CriteriaSetDefined
        CriteriaSetRevised DecisionCarriedOut DecisionLogged DecisionNotCarriedOut DecisionSuperseded
        DelegationAccepted DelegationDeclined DelegationEnded DelegationOffered EarnedValueMoved EndExplained
        EvaluationDismissed EvaluationFollowed ExceptionAnswered ExceptionAtTheTop ExceptionClosed ExceptionDated
        ExceptionEscalated ExceptionPassedOn ExceptionRaised ForecastBackInTolerance ForecastLeftTolerance
        FreezeExceptionGranted GateDecided GateProposed GateWithdrawn HealthJudged HealthReviewed
        InConfidence[IssueClosed] InConfidence[IssueEscalated] InConfidence[IssueOwned] InConfidence[IssuePassedUp]
        InConfidence[IssuePostponed] InConfidence[IssueRaised] InConfidence[IssueReopened] InConfidence[IssueResolved]
        InConfidence[IssueStepTaken] InConfidence[IssueUnresolved] InConfidence[RiskAcceptanceAsked]
        InConfidence[RiskAcceptanceEnded] InConfidence[RiskAcceptanceGiven] InConfidence[RiskAcceptanceRefused]
        InConfidence[RiskAcceptanceRequestWithdrawn] InConfidence[RiskAnalysed] InConfidence[RiskClosed]
        InConfidence[RiskContingencyAnswered] InConfidence[RiskEvaluated] InConfidence[RiskIdentified]
        InConfidence[RiskMaterialised] InConfidence[RiskMonitored] InConfidence[RiskOwnerNamed]
        InConfidence[RiskPassedUp] InConfidence[RiskRescored] InConfidence[RiskReviewed]
        InConfidence[RiskTreatmentChosen] InConfidence[RiskUnresolved] IncidentReported InitiativeApproved
        InitiativeCompleted InitiativeRenamed InitiativeShaped InitiativeStarted InitiativeStopped IssueClosed
        IssueEscalated IssueOwned IssuePassedUp IssuePostponed IssueRaised IssueReopened IssueResolved IssueStepTaken
        IssueUnresolved MeasurementReported MessageRead MessageSent MilestoneMet MilestoneMissed MilestoneMoved
        OutageReported OutageWithdrawn OverloadEnded OverloadExplained PersonAllocated PersonOverloaded PlanDrafted
        PlanEnded PlanTakenOver PolicyAcknowledged PolicyApproved PolicyDrafted PolicyExceptionAsked
        PolicyExceptionExpired PolicyExceptionGranted PolicyExceptionRefused PolicyExceptionWithdrawn PolicyPublished
        PolicyRetired PolicyRevised PortfolioLimitsSet PrioritiesRanked ProgressReported ProjectApproved
        ProjectCancelled ProjectClosed ProjectClosing ProjectFunded ProjectProposed ProjectPutOnHold ProjectResumed
        ProjectReturned ProjectSpecified ProjectStarted ProjectTakenOver ReadinessAssessed RequestApproved
        RequestConverted RequestDeferred RequestRejected RequestScored RequestScreened RequestSubmitted RequestValued
        RiskAcceptanceAsked RiskAcceptanceEnded RiskAcceptanceGiven RiskAcceptanceRefused
        RiskAcceptanceRequestWithdrawn RiskAnalysed RiskClosed RiskContingencyAnswered RiskEvaluated RiskIdentified
        RiskMaterialised RiskMonitored RiskOwnerNamed RiskPassedUp RiskPolicyDefined RiskPolicyWithdrawn RiskRescored
        RiskReviewed RiskTreatmentChosen RiskUnresolved RoadmapDrafted RoadmapPublished RoadmapRevised ScoreOverridden
        ServiceDegraded ServiceDependencyAdded ServiceDependencyRemoved ServiceMonthCounted ServiceOwnerNamed
        ServiceOwnershipPassed ServiceOwnershipUnresolved ServicePlanned ServiceRecovered ServiceRetired
        ServiceRetiring ServiceRevised ServiceStandardBreached ServiceStandardExcepted ServiceStandardMet
        ServiceStandardRequired ServiceTargetsAgreed ServiceTimeExcluded ServiceTimeExclusionLifted ServiceWentLive
        SkillDemandStated SkillDemandWithdrawn SpecificationChanged SpecificationSigned SponsorNamed TakeOverCorrected
        TechnologyDescribed TechnologyEvaluated TechnologyMoved TechnologyNoticed TolerancesSet WeekReviewed
        WindowDeclared WindowMoved WindowWithdrawn WorkPlanned WorkReported WorkStopped
    """,
    "finance": """
        ActualRecorded ActualReversed AuthorityMatrixApproved AuthorityMatrixSet AuthorityMatrixWithdrawn
        BenefitConfirmationOpened BenefitConfirmed BenefitNotConfirmed CategoryLimitExceeded ChargeAccepted
        ChargeBackCalculated ChargeBackDrafted ChargeBackIssued ChargeBackReplaced ChargeBackSettled ChargeDisputed
        ChargeUpheld CommitmentApproved CommitmentApprovedFirst
        CommitmentCancelled CommitmentClosed CommitmentDrafted CommitmentDropped CommitmentInvoiced
        CommitmentMade CommitmentPlanned CommitmentReleased CommitmentRestored ContingencyDrawn ContingencyRefused
        ContingencyTaken DivisionBudgetApproved DivisionBudgetCarriedForward DivisionBudgetCarriedOver
        DivisionBudgetCharged DivisionBudgetClosed DivisionBudgetDrafted DivisionBudgetOverrun
        DivisionBudgetOverrunCleared DivisionBudgetReturned DivisionBudgetSubmitted DivisionBudgetSupplemented
        DivisionBudgetTransferred EstimateAtCompletionStated ExpenseApprovedFirst ExpensePaid ExpenseRejected
        ExpenseStated ExpenseSubmitted FinancePolicySet ForecastFrozen ForecastStated ForecastWithdrawn FundingReleased
        FundingRequested FundingReservedAgain FundingTakenUp HiringFunded HiringFundingRefused IncomeEarned
        IncomeEarnedReversed IncomeForecast IncomeReceived IncomeReceivedReversed IncomeSourceOpened IncomeWrittenOff
        MovementApproved MovementApprovedFirst MovementWithdrawn
        OverrunCleared OverrunRaised ProjectBudgetClosed ProjectBudgetOpened ProjectBudgetSupplemented
        ProjectAllotmentReturned ProjectBudgetCharged ProjectBudgetTakenOver ProjectFundingConfirmed
        ProjectFundingRefused RateCorrected RateStated RefusalExplained
        RestBound RestFreed SavingsMeasureCommitted SavingsMeasureDue SavingsMeasureIdentified SavingsMeasureReplanned
        SavingsMeasureRevised SavingsMeasureValidated SavingsMeasureWithdrawn SavingsMissed SavingsOwnerNamed
        SavingsRealised SavingsTransferRecorded SpendingExceptionAsked SpendingExceptionEnded SpendingExceptionGranted
        SpendingExceptionRefused SpendingExceptionUsed TakenOverBudgetCorrected ToolFunded ToolFundingRefused
        TrainingFunded
        TrainingFundingRefused YearEndAdvanced YearEndApproved YearEndDone YearEndPrepared
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
    "portfolio": {
        "allocation",
        "change",
        "change-model",
        "change-request",
        "change-window",
        "criteria-set",
        "decision",
        "exception",
        "gate",
        "incident",
        "initiative",
        "issue",
        "measurement",
        "outage",
        "overload",
        "plan",
        "policy",
        "policy-acknowledgement",
        "policy-exception",
        "portfolio-policy",
        "priorities",
        "project",
        "project-health",
        "request",
        "risk",
        "risk-policy",
        "service",
        "service-month",
        "skill-demand",
        "technology",
        "technology-evaluation",
        "benefit",
        "roadmap",
    },
    "finance": {
        "authority-matrix",
        "benefit-confirmation",
        "reservation",
        "charge-back",
        "commitment",
        "contingency-draw",
        "division-budget",
        "expense",
        "forecast",
        "finance-policy",
        "income-source",
        "project-budget",
        "rate",
        "savings-measure",
        "spending-exception",
        "year-end",
    },
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
    scenes.happen(business)
    return business


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
    for secret in (
        b"Elsewhere",
        b"ExperienceRecorded",
        b"employer",
        b"Cobol Street",
        b"candid",
        b"OfferMade",
        b"87.5",
        b"Fraud",
    ):
        assert secret not in sent_texts
    assert specification()["scope"].encode() in sent_texts
