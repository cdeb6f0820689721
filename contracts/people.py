"""The public events of people: organisation, positions, persons, reporting lines, appointments and eligibility."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.base import PublicEvent, Value
from contracts.values import Grade, Line, Money, Name, Personal, SkillLevel, Subject, ZoneName

TOPIC = "portolan.people"
KEYS_TOPIC = "portolan.people.keys"
"""The wrapped keys of persons, compacted; only for the services that may read what is personal."""
CAPACITY_TOPIC = "portolan.people.capacity"
"""The weekly capacity of persons; for portfolio alone, and for no subscriber."""


class DivisionKind(StrEnum):
    """A division's kind: it provides IT or uses it."""

    IT = "it"
    BUSINESS = "business"


class DivisionEstablished(PublicEvent):
    """A division exists; it lies below its parent, or at the top. Its time zone is as in ``DivisionTimeZoneSet``."""

    name: Name
    code: Name | None
    kind: DivisionKind
    parent_id: UUID | None
    time_zone: ZoneName | None = None


class DivisionRenamed(PublicEvent):
    """A division goes by another name."""

    name: Name


class DivisionMoved(PublicEvent):
    """A division lies below another parent, or at the top."""

    parent_id: UUID | None


class DivisionTimeZoneSet(PublicEvent):
    """A division's days begin in this time zone; null: in that of the division above, UTC at the top."""

    time_zone: ZoneName | None


class DivisionHeadAppointed(PublicEvent):
    """A person heads the division from now on."""

    person_id: UUID


class DivisionClosed(PublicEvent):
    """The empty division is closed for good."""

    reason: Line


class StaffingPolicySet(PublicEvent):
    """Senior manager and executive positions demand so many years of verified IT management from now on."""

    it_management_years: Decimal
    reason: Line


class PositionDrafted(PublicEvent):
    """A position with its job description was drafted."""

    title: Name
    division_id: UUID
    grade: Grade
    reports_to: UUID | None
    it_management_years: Decimal
    duties: tuple[Line, ...]
    required_skills: tuple[SkillLevel, ...] = ()
    required_schemes: tuple[UUID, ...] = ()
    experience: tuple[Line, ...] = ()


class PositionApproved(PublicEvent):
    """The position may be filled."""


class PositionRevised(PublicEvent):
    """The position's description changed; it holds from now on."""

    title: Name
    grade: Grade
    reports_to: UUID | None
    it_management_years: Decimal
    duties: tuple[Line, ...]
    required_skills: tuple[SkillLevel, ...] = ()
    required_schemes: tuple[UUID, ...] = ()
    experience: tuple[Line, ...] = ()


class PositionRetired(PublicEvent):
    """The position will not be filled again."""

    reason: Line


class PersonHired(PublicEvent):
    """A person joined; ``division_id`` where they are to work, as far as that was known."""

    name: Personal[Name]
    effective_on: date
    division_id: UUID | None = None


class PersonRenamed(PublicEvent):
    """A person goes by another name."""

    name: Personal[Name]


class PersonAppointed(PublicEvent):
    """A person holds this position, with this grade in this division, reporting to this line manager, from a date on.

    ``transferred`` to another division or ``promoted`` to a higher grade, where they held a position before.
    """

    position_id: UUID
    title: Name
    division_id: UUID
    grade: Grade
    line_manager_id: UUID | None
    transferred: bool
    promoted: bool
    effective_on: date


class SeniorManagerGateWaived(PublicEvent):
    """The person was appointed without the verified IT-management experience their position demands."""

    position_id: UUID
    required_years: Decimal
    verified_years: Decimal
    approver: str
    reason: Line
    effective_on: date


class LineManagerChanged(PublicEvent):
    """A person reports to somebody else from a date on."""

    line_manager_id: UUID | None
    effective_on: date


class EligibilityChanged(PublicEvent):
    """The person may or may no longer be given senior responsibilities; the grounds stay in people."""

    senior_manager: bool


class StaffingLimitsSet(PublicEvent):
    """The other limits of the staffing policy from now on."""

    stale_skill_months: int
    certificate_notice_days: tuple[int, ...]
    written_warning_months: int
    final_warning_months: int
    appeal_days: int
    reason: Line


class ReviewCyclePlanned(PublicEvent):
    """A review of a period, from its first to its last day, is due by a day; a replanned one is published again."""

    name: Name
    first_on: date
    last_on: date
    due_on: date


class ReviewCycleStarted(PublicEvent):
    """The reviews of the cycle begin."""


class ReviewCycleCompleted(PublicEvent):
    """No review of the cycle is open any more, and none is begun."""


class PositionMarkedCritical(PublicEvent):
    """Without somebody in this position work stands still: it needs successors. Its stream's id is the position's."""

    reason: Line


class PositionNoLongerCritical(PublicEvent):
    """The position is not critical any more."""

    reason: Line


class TrainingCompleted(PublicEvent):
    """A person completed a session of a training programme, passed or not, which took so many hours.

    Where they passed, they have the skills at these levels, and a certificate of the scheme where one is named.
    """

    person_id: UUID
    programme_id: UUID
    passed: bool
    hours: Decimal
    skills: tuple[SkillLevel, ...]
    scheme_id: UUID | None
    effective_on: date


class VacancyRequested(PublicEvent):
    """Somebody asks to fill a position, or to have it so often; ``requested_by``: who, and in whose place."""

    position_id: UUID
    division_id: UUID
    openings: int
    requested_by: tuple[str, ...]
    effective_on: date


class VacancyApproved(PublicEvent):
    """The vacancy may be opened."""

    effective_on: date


class VacancyOpened(PublicEvent):
    """Candidates may apply from now on, or again after it was on hold."""

    effective_on: date


class VacancyPutOnHold(PublicEvent):
    """Nobody applies and no offer is made until it is opened again."""

    effective_on: date


class VacancyFilled(PublicEvent):
    """An offer was accepted for every opening, the last one on this day."""

    effective_on: date


class VacancyCancelled(PublicEvent):
    """The openings that are left will not be filled."""

    effective_on: date


class FundedKind(StrEnum):
    """What finance is asked to pay for."""

    HIRING = "hiring"
    TRAINING = "training"
    TOOL = "tool"


class FundingAsked(PublicEvent):
    """Finance is asked to pay for the vacancy, training session or tool of this stream, in the fiscal year of a day.

    Asked again, it is another ``request``: an answer to an earlier one counts no more. A hire names the position with
    its grade and the openings, the others what they cost.
    """

    kind: FundedKind
    request: int
    division_id: UUID
    position_id: UUID | None = None
    grade: Grade | None = None
    openings: int = 1
    cost: Money | None = None
    needed_on: date


class TrainingProgrammePublished(PublicEvent):
    """A training programme is offered: the person who completes it has these skills, and the scheme's certificate.

    ``pass_needed``: attending is not enough. ``hours``: how long it takes.
    """

    title: Name
    hours: Decimal
    skills: tuple[SkillLevel, ...]
    scheme_id: UUID | None
    pass_needed: bool


class TrainingProgrammeRevised(PublicEvent):
    """A published programme was revised: what it gives from now on."""

    title: Name
    hours: Decimal
    skills: tuple[SkillLevel, ...]
    scheme_id: UUID | None
    pass_needed: bool


class TrainingProgrammeRetired(PublicEvent):
    """No more sessions are scheduled."""

    reason: Line


class TrainingSessionScheduled(PublicEvent):
    """A session of a programme takes place on these days, with so many seats; the division pays."""

    programme_id: UUID
    division_id: UUID
    cost: Money
    seats: int
    starts_on: date
    ends_on: date


class TrainingSessionDelivered(PublicEvent):
    """The session took place."""

    effective_on: date


class TrainingSessionCancelled(PublicEvent):
    """The session does not take place; what it costs all the same is finance's to say."""

    reason: Line
    effective_on: date


class ToolKind(StrEnum):
    """The kind of a tool."""

    EQUIPMENT = "equipment"
    LICENCE = "licence"
    LAB = "lab"
    LEARNING_RESOURCE = "learning resource"


class ToolProvided(PublicEvent):
    """The tool was had: it was issued for the first time, or went into stock."""

    effective_on: date


class ToolGivenUp(PublicEvent):
    """The tool that was approved will not be had."""

    effective_on: date


class ToolApproved(PublicEvent):
    """A tool may be had at this cost, which the division pays; one to learn with serves these skills."""

    kind: ToolKind
    name: Name
    skills: tuple[SkillLevel, ...]
    cost: Money
    division_id: UUID
    effective_on: date


Credits = Annotated[Decimal, Field(gt=0, le=10_000, max_digits=7, decimal_places=2)]
"""Credits of a certificate scheme, with at most two decimals."""


class RenewalRule(Value):
    """The renewal of a certificate: credits in the period that ends with it, with a minimum in each of its years."""

    unit: Name
    credits: Credits
    period_months: Annotated[int, Field(ge=1, le=120)]
    minimum_per_year: Credits | None = None


class CertificateSchemeDefined(PublicEvent):
    """Certificates of a scheme may be awarded; they last so many months, for ever without a number.

    ``budget_management``: the person who holds one may be trusted with a budget.
    """

    name: Name
    issuer: Name
    valid_months: int | None
    renewal: RenewalRule | None
    budget_management: bool


class CertificateSchemeRevised(PublicEvent):
    """The scheme is another from now on; certificates keep the day they expire on."""

    name: Name
    issuer: Name
    valid_months: int | None
    renewal: RenewalRule | None
    budget_management: bool


class CertificateSchemeRetired(PublicEvent):
    """No certificate of the scheme is awarded or renewed any more."""

    reason: Line


class SkillAssessed(PublicEvent):
    """Somebody else found the person to have a skill at this level; the stream's id is the person's."""

    skill: Name
    level: int
    effective_on: date


class CertificateAwarded(PublicEvent):
    """The person holds a certificate from a day on, until the day it expires; the stream's id is the person's."""

    certificate_id: UUID
    scheme_id: UUID
    effective_on: date
    expires_on: date | None


class CertificateRenewed(PublicEvent):
    """The certificate lasts longer: until another day, or for ever."""

    certificate_id: UUID
    scheme_id: UUID
    effective_on: date
    expires_on: date | None


class CertificateExpiring(PublicEvent):
    """The certificate expires within so many days; notice is given once for each of the policy's numbers."""

    certificate_id: UUID
    scheme_id: UUID
    days: int
    expires_on: date


class CertificateExpired(PublicEvent):
    """The certificate is not held any more: nobody renewed it in time."""

    certificate_id: UUID
    scheme_id: UUID
    effective_on: date


class CertificateRevoked(PublicEvent):
    """The certificate was taken away; the grounds stay in people."""

    certificate_id: UUID
    scheme_id: UUID
    effective_on: date


class LearningHoursRecorded(PublicEvent):
    """A person spent so many hours learning on a day."""

    person_id: UUID
    hours: Decimal
    effective_on: date


class LearningHoursCorrected(PublicEvent):
    """The hours a person spent learning on a day were recorded wrongly: ``before`` on ``before_on``."""

    person_id: UUID
    hours: Decimal
    effective_on: date
    before: Decimal
    before_on: date


class MentorshipStarted(PublicEvent):
    """A mentor and their mentee work together, both willing."""

    mentor_id: UUID
    mentee_id: UUID
    effective_on: date


class MentorshipCompleted(PublicEvent):
    """The mentorship reached its purpose."""

    effective_on: date


class MentorshipEnded(PublicEvent):
    """The mentorship ended before it was completed; the reason stays in people."""

    effective_on: date


class StandInNamed(PublicEvent):
    """Somebody may act in the person's place, from ``effective_on`` to the last day; in what is confidential or not."""

    stand_in_id: UUID
    effective_on: date
    ends_on: date
    confidential: bool = False


class StandInWithdrawn(PublicEvent):
    """They may not act in the person's place any more; ``starts_on``: only not on the days that begin on this one."""

    stand_in_id: UUID
    starts_on: date | None = None
    effective_on: date


class StandInCorrected(PublicEvent):
    """Somebody acted in the person's place from ``starts_on`` to the last day; it was recorded wrongly of days past.

    ``named_from``: the first day as it was recorded before; ``effective_on``: the earlier of the two first days. What
    is true from that day on does not change, and the reason stays in people.
    """

    stand_in_id: UUID
    named_from: date
    starts_on: date
    ends_on: date
    effective_on: date


class PersonSuspended(PublicEvent):
    """A person does not act until reinstated; the grounds stay in people."""

    effective_on: date


class PersonReinstated(PublicEvent):
    """A suspended person acts again."""

    effective_on: date


class PersonLeft(PublicEvent):
    """A person no longer works here; their last line manager is named."""

    line_manager_id: UUID | None
    effective_on: date


class LeavingWithdrawn(PublicEvent):
    """A person did not leave: that it was recorded was a mistake; they work here as before."""

    reason: Line


class PersonRehired(PublicEvent):
    """A person who had left joined again; they hold no position yet and report to nobody."""

    effective_on: date


class EffectiveDayCorrected(PublicEvent):
    """The public event with this number, of the same stream, took effect on another day than it says.

    The reason stays in people.
    """

    corrects: int
    effective_on: date


class DutiesHandedOver(PublicEvent):
    """The team and the headships of a person passed to somebody else; each change is also an event of its own."""

    to_id: UUID
    effective_on: date


class PersonErased(PublicEvent):
    """The personal data of a former employee is erased: delete what you derived from it."""

    reason: Line


EVENTS: tuple[type[PublicEvent], ...] = (
    DivisionEstablished,
    DivisionRenamed,
    DivisionMoved,
    DivisionTimeZoneSet,
    DivisionHeadAppointed,
    DivisionClosed,
    StaffingPolicySet,
    StaffingLimitsSet,
    PositionDrafted,
    PositionApproved,
    PositionRevised,
    PositionRetired,
    PersonHired,
    PersonRenamed,
    PersonAppointed,
    SeniorManagerGateWaived,
    LineManagerChanged,
    EligibilityChanged,
    StandInNamed,
    StandInWithdrawn,
    StandInCorrected,
    PersonSuspended,
    PersonReinstated,
    PersonLeft,
    LeavingWithdrawn,
    PersonRehired,
    EffectiveDayCorrected,
    DutiesHandedOver,
    PersonErased,
    VacancyRequested,
    VacancyApproved,
    VacancyOpened,
    VacancyPutOnHold,
    VacancyFilled,
    VacancyCancelled,
    FundingAsked,
    TrainingProgrammePublished,
    TrainingProgrammeRevised,
    TrainingProgrammeRetired,
    TrainingSessionScheduled,
    TrainingSessionDelivered,
    TrainingSessionCancelled,
    TrainingCompleted,
    ToolApproved,
    ToolProvided,
    ToolGivenUp,
    ReviewCyclePlanned,
    ReviewCycleStarted,
    ReviewCycleCompleted,
    PositionMarkedCritical,
    PositionNoLongerCritical,
    CertificateSchemeDefined,
    CertificateSchemeRevised,
    CertificateSchemeRetired,
    SkillAssessed,
    CertificateAwarded,
    CertificateRenewed,
    CertificateExpiring,
    CertificateExpired,
    CertificateRevoked,
    LearningHoursRecorded,
    LearningHoursCorrected,
    MentorshipStarted,
    MentorshipCompleted,
    MentorshipEnded,
)


class WeekHours(Value):
    """The hours of a person in the week that begins on this Monday."""

    monday: date
    hours: Decimal


class WeeklyCapacity(PublicEvent):
    """The hours a person is there for in each of 26 weeks, from the present one on; null once they have left.

    Why it is more or less is not said. It is on the restricted topic, for portfolio alone.
    """

    person_id: Subject
    weeks: Personal[tuple[WeekHours, ...] | None]


CAPACITY_EVENTS: tuple[type[PublicEvent], ...] = (WeeklyCapacity,)
