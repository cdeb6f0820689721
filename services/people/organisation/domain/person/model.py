"""A person: state, facts, events, and how each event changes the state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import PrivateEvent, Refused, State, existing
from chassis.domain.personal import ERASED
from contracts import people
from contracts.base import Value
from contracts.values import Grade, Line, Name, Personal
from services.people.organisation.domain.line import LineFacts
from services.people.organisation.domain.person.history import Past
from services.people.organisation.domain.staffing_policy import DEFAULT_YEARS

MOST_STAND_INS, MOST_ABSENCES = 20, 100


class Employment(StrEnum):
    """The employment status of a person; the hire of who is ``expected`` is planned, or was refused on its day."""

    EXPECTED = "expected"
    WITHDRAWN = "withdrawn"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


NEVER_HERE = (Employment.EXPECTED, Employment.WITHDRAWN)
"""Those who have not joined: they are expected, or their hire was withdrawn before its day."""
NOT_HERE = (*NEVER_HERE, Employment.LEFT)
"""Those who do not work here now."""


class Appointment(Value):
    """The position a person holds, as it was described when they were appointed."""

    position_id: UUID
    title: Name
    division_id: UUID
    grade: Grade


class StandIn(Value):
    """Somebody who acts in the person's place, from the first to the last day; in what is ``confidential`` as well."""

    stand_in_id: UUID
    starts_on: date
    ends_on: date
    confidential: bool = False

    @property
    def key(self) -> tuple[UUID, date]:
        """What tells one from another: nobody is named twice from the same day on."""
        return self.stand_in_id, self.starts_on

    def on(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


class Absence(Value):
    """Days on which the person is away, from the first to the last; why is not kept."""

    absence_id: UUID
    starts_on: date
    ends_on: date


class PlanKind(StrEnum):
    """What is planned for a later day."""

    HIRE = "hire"
    APPOINTMENT = "appointment"
    LINE = "line"
    SUSPENSION = "suspension"
    REINSTATEMENT = "reinstatement"
    LEAVING = "leaving"
    REHIRE = "rehire"


class PlannedAppointment(Value):
    """An appointment on a later day; ``approver`` is who waives the gate then, where ``waiver`` gives a reason."""

    position_id: UUID
    line_manager_id: UUID | None
    planned_for: date
    waiver: Line | None = None
    approver: str | None = None


class PlannedLine(Value):
    """Another line manager, or none, on a later day."""

    line_manager_id: UUID | None
    planned_for: date


class EarlierEmployment(Value):
    """A time for which the person worked here before: when they joined, and when they left."""

    hired_on: date
    left_on: date


class FailedPlan(Value):
    """A plan that a rule refused on its day."""

    what: PlanKind
    rule: Line
    detail: Line


class Experience(Value):
    """Work of a person, from its first to its last day; ``ended_on`` is None while it goes on.

    ``verified_until`` is the last day somebody vouched for; None where nobody did.
    """

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: bool
    started_on: date
    ended_on: date | None
    verified_until: date | None = None


class Person(State):
    """A person as they stand; ``eligible`` is what was last published, ``last_on`` the date of their last change.

    ``gate_waived``: the position they hold was given to them without the experience it demands. ``erased``: nothing
    personal is left. ``hired_into``: the division they joined, where it was named. ``planned_hire``,
    ``planned_suspension``, ``planned_reinstatement``, ``planned_leaving`` and ``planned_rehire``: the days they are to
    join, to be suspended, to act again, to leave and to join again on.
    ``left_from`` and ``left_as``: the date of the last change before they left, and what they were then. ``hired_on``:
    when they joined last, or are expected to; ``earlier``: the times before, the first of them first.
    """

    name: Personal[Name]
    hired_on: date
    last_on: date
    hired_into: UUID | None = None
    employment: Employment = Employment.ACTIVE
    appointment: Appointment | None = None
    line_manager_id: UUID | None = None
    experience: tuple[Experience, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    absences: tuple[Absence, ...] = ()
    gate_waived: bool = False
    eligible: bool = False
    erased: bool = False
    planned_appointment: PlannedAppointment | None = None
    planned_line: PlannedLine | None = None
    planned_suspension: date | None = None
    planned_reinstatement: date | None = None
    planned_leaving: date | None = None
    failed_plan: FailedPlan | None = None
    left_from: date | None = None
    left_as: Employment | None = None
    planned_rehire: date | None = None
    earlier: tuple[EarlierEmployment, ...] = ()
    planned_hire: date | None = None

    @property
    def works_here(self) -> bool:
        """Return whether they have joined and not left; who is suspended works here too."""
        return self.employment not in NOT_HERE

    def is_planned(self, position_id: UUID) -> bool:
        """Return whether an appointment to this position is planned."""
        return self.planned_appointment is not None and self.planned_appointment.position_id == position_id


@dataclass(frozen=True)
class KnownPosition:
    """The position somebody is to be appointed to; ``approved`` once it may be filled and until it retires."""

    id: UUID
    title: Name
    division_id: UUID
    grade: Grade
    it_management_years: Decimal
    approved: bool
    holder_id: UUID | None = None


@dataclass(frozen=True)
class PersonFacts(LineFacts):
    """``default_line_manager`` holds the nearest held position above. ``manager_employed`` and ``managers_above``
    (nearest first) are about the line manager the command names, else about the default; None where unknown.
    ``cycle_on``: a past day on which they would come to report to themselves. ``held_until``: the last day, from the
    appointment on, on which somebody else held the position. ``stand_in_active``: whether the stand-in the command
    names is at work. ``recorded_by``: who recorded the experience it names. ``receiver_in_office``: whether who takes
    over is; ``team`` and ``heads``: who reports to the person, and which open divisions they head; ``trains``: whether
    they do in a session to come. ``tools_out``: how many tools they hold. ``division_open``: whether that which they
    are hired into is. ``barred``: something that stays confidential bars them from senior responsibilities now.
    ``past``: of who has a day corrected.
    """

    policy_years: Decimal = DEFAULT_YEARS
    position: KnownPosition | None = None
    default_line_manager: UUID | None = None
    manager_employed: bool | None = None
    managers_above: tuple[UUID, ...] | None = None
    cycle_on: date | None = None
    manager_hired_on: date | None = None
    held_until: date | None = None
    stand_in_active: bool = False
    recorded_by: frozenset[str] = frozenset()
    receiver_in_office: bool = False
    team: tuple[UUID, ...] = ()
    heads: tuple[UUID, ...] = ()
    trains: bool = False
    tools_out: int = 0
    barred: bool = False
    division_open: bool = False
    past: Past = field(default_factory=Past)

    @property
    def themself(self) -> bool:
        """Return whether the person acts, or somebody in their place, or they in somebody else's."""
        return self.id in self.actor.persons


def check_date(person: Person, effective_on: date, facts: PersonFacts) -> None:
    """Refuse events out of order or in the future."""
    check_not_future(effective_on, facts)
    if effective_on < person.last_on:
        detail = f"A later event of the person is recorded already, on {person.last_on}."
        raise Refused("dates-in-order", detail, f"Give {person.last_on} or a later day.")


def check_not_future(effective_on: date, facts: PersonFacts) -> None:
    """Nothing is recorded before it happens."""
    if effective_on > facts.today:
        raise Refused("not-in-the-future", f"{effective_on} is in the future.", "Record it on the day.")


class HirePlanned(PrivateEvent):
    """The person is to join on a later day; said again, it is what holds now."""

    name: Personal[Name]
    planned_for: date
    division_id: UUID | None = None


class WithdrawnPersonErased(PrivateEvent):
    """The personal data of somebody who never joined is erased; nobody outside heard of them."""

    reason: Line


class AppointmentPlanned(PrivateEvent):
    """The person is to be appointed on a later day."""

    position_id: UUID
    line_manager_id: UUID | None
    planned_for: date
    waiver: Line | None = None
    approver: str | None = None


class LineChangePlanned(PrivateEvent):
    """The person is to report to somebody else, or to nobody, on a later day."""

    line_manager_id: UUID | None
    planned_for: date


class SuspensionPlanned(PrivateEvent):
    """The person is to be suspended on a later day."""

    planned_for: date


class ReinstatementPlanned(PrivateEvent):
    """The person, who is or is to be suspended, is to act again on a later day."""

    planned_for: date


class LeavingPlanned(PrivateEvent):
    """The person is to leave on a later day."""

    planned_for: date


class RehirePlanned(PrivateEvent):
    """The person, who has left, is to join again on a later day."""

    planned_for: date


class PlanCancelled(PrivateEvent):
    """What was planned does not take place, or is not talked of any more."""

    what: PlanKind


class PlanNotCarriedOut(PrivateEvent):
    """A rule refused on its day what was planned."""

    what: PlanKind
    rule: Line
    detail: Line


class AbsenceRecorded(PrivateEvent):
    """The person is away from ``effective_on`` to the last day."""

    absence_id: UUID
    effective_on: date
    ends_on: date


class AbsenceCancelled(PrivateEvent):
    """The person is not away after all."""

    absence_id: UUID


class AbsenceCorrected(PrivateEvent):
    """The person was away on these days, which were recorded wrongly or not at all.

    ``effective_on``: the earlier of the first days, as it was recorded before and as it is now.
    """

    absence_id: UUID
    starts_on: date
    ends_on: date
    reason: Personal[Line]
    effective_on: date


class AbsenceWithdrawn(PrivateEvent):
    """The person was not away: that it was recorded, from ``effective_on`` on, was a mistake."""

    absence_id: UUID
    reason: Personal[Line]
    effective_on: date


class StandInCorrectionExplained(PrivateEvent):
    """The reason why a stand-in's days were corrected."""

    stand_in_id: UUID
    reason: Personal[Line]


class CorrectionRecorded(PrivateEvent):
    """The public event with this number took effect on another day, and why; the person's days as they are with it."""

    corrects: int
    effective_on: date
    reason: Line
    hired_on: date
    last_on: date
    left_from: date | None = None
    earlier: tuple[EarlierEmployment, ...] = ()


def with_stand_in(person: Person, event: people.StandInNamed) -> Person:
    """Add a stand-in; the same first day takes the other last day. Of too many, those that end first are dropped."""
    named = StandIn(
        stand_in_id=event.stand_in_id,
        starts_on=event.effective_on,
        ends_on=event.ends_on,
        confidential=event.confidential,
    )
    others = [each for each in person.stand_ins if each.key != named.key]
    kept = sorted(others, key=lambda each: each.ends_on)[1 - MOST_STAND_INS :]
    return person.but(stand_ins=(*kept, named))


def is_withdrawn(standing_in: StandIn, event: people.StandInWithdrawn) -> bool:
    """Return whether a stand-in is withdrawn for these days, by name or with all that they were named for."""
    return standing_in.stand_in_id == event.stand_in_id and event.starts_on in (None, standing_in.starts_on)


def with_days_of_stand_in(person: Person, event: people.StandInCorrected) -> Person:
    """The stand-in with the days as corrected."""
    days = {"starts_on": event.starts_on, "ends_on": event.ends_on}
    key = (event.stand_in_id, event.named_from)
    return person.but(
        stand_ins=tuple(each.model_copy(update=days) if each.key == key else each for each in person.stand_ins)
    )


def with_absence(person: Person, absence: Absence) -> Person:
    """The absence with the days named last; of too many, those that end first are dropped."""
    others = [each for each in person.absences if each.absence_id != absence.absence_id]
    if len(others) >= MOST_ABSENCES:
        others = sorted(others, key=lambda each: each.ends_on)[1 - MOST_ABSENCES :]
    return person.but(absences=(*others, absence))


def without_absence(person: Person, absence_id: UUID) -> Person:
    return person.but(absences=tuple(each for each in person.absences if each.absence_id != absence_id))


class ExperienceRecorded(PrivateEvent):
    """A person states what work they did; it counts for nothing until verified."""

    experience_id: UUID
    employer: Personal[Name]
    role: Personal[Name]
    it_management: bool
    started_on: date
    ended_on: date | None


class ExperienceVerified(PrivateEvent):
    """Somebody else vouches for the experience up to and including a day."""

    experience_id: UUID
    until: date


class ExperienceEnded(PrivateEvent):
    """The work of an experience had its last day."""

    experience_id: UUID
    ended_on: date


class ExperienceWithdrawn(PrivateEvent):
    """The experience was recorded by mistake, and counts no longer."""

    experience_id: UUID


PersonEvent = (
    people.PersonHired
    | people.PersonRenamed
    | ExperienceRecorded
    | ExperienceVerified
    | ExperienceEnded
    | ExperienceWithdrawn
    | people.SeniorManagerGateWaived
    | people.PersonAppointed
    | people.LineManagerChanged
    | people.PersonSuspended
    | people.PersonReinstated
    | people.PersonLeft
    | people.PersonErased
    | people.DutiesHandedOver
    | people.StandInNamed
    | people.StandInWithdrawn
    | AbsenceRecorded
    | AbsenceCancelled
    | AbsenceCorrected
    | AbsenceWithdrawn
    | people.StandInCorrected
    | StandInCorrectionExplained
    | HirePlanned
    | WithdrawnPersonErased
    | AppointmentPlanned
    | LineChangePlanned
    | SuspensionPlanned
    | ReinstatementPlanned
    | LeavingPlanned
    | RehirePlanned
    | PlanCancelled
    | PlanNotCarriedOut
    | people.LeavingWithdrawn
    | people.PersonRehired
    | CorrectionRecorded
    | people.EffectiveDayCorrected
    | people.EligibilityChanged
)
Events = Sequence[PersonEvent]


def evolve(state: Person | None, event: PersonEvent) -> Person:
    if isinstance(event, people.PersonHired):
        return hired(state, event)
    if isinstance(event, HirePlanned):
        return expected(state, event)
    person = existing(state)
    match event:
        case people.PersonRenamed(name=name):
            return person.but(name=name)
        case ExperienceRecorded():
            return recorded(person, event)
        case ExperienceVerified(experience_id=experience_id, until=until):
            return experienced(person, experience_id, verified_until=until)
        case ExperienceEnded():
            return ended(person, event)
        case ExperienceWithdrawn(experience_id=id):
            return person.but(experience=tuple(each for each in person.experience if each.experience_id != id))
        case people.PersonAppointed():
            return appointed(person, event)
        case people.SeniorManagerGateWaived():
            return person.but(gate_waived=True)
        case people.LineManagerChanged():
            return led_by(person, event)
        case people.PersonSuspended(effective_on=on):
            return person.but(employment=Employment.SUSPENDED, last_on=on, planned_suspension=None)
        case people.PersonReinstated(effective_on=on):
            return person.but(employment=Employment.ACTIVE, last_on=on, planned_reinstatement=None)
        case people.PersonLeft(effective_on=on):
            return planned_no_more(person).but(
                employment=Employment.LEFT, last_on=on, left_from=person.last_on, left_as=person.employment
            )
        case people.LeavingWithdrawn():
            last_on = person.left_from or person.last_on
            return planned_no_more(person).but(
                employment=Employment.ACTIVE, last_on=last_on, left_from=None, left_as=None
            )
        case people.PersonRehired(effective_on=on):
            return rehired(person, on)
        case AppointmentPlanned():
            return person.but(planned_appointment=PlannedAppointment(**vars(event)), failed_plan=None)
        case LineChangePlanned():
            return person.but(planned_line=PlannedLine(**vars(event)), failed_plan=None)
        case SuspensionPlanned(planned_for=day):
            return person.but(planned_suspension=day, failed_plan=None)
        case ReinstatementPlanned(planned_for=day):
            return person.but(planned_reinstatement=day, failed_plan=None)
        case LeavingPlanned(planned_for=day):
            return person.but(planned_leaving=day, failed_plan=None)
        case RehirePlanned(planned_for=day):
            return person.but(planned_rehire=day, failed_plan=None)
        case PlanCancelled(what=PlanKind.HIRE):
            return planned_no_more(person).but(employment=Employment.WITHDRAWN, failed_plan=None)
        case PlanCancelled(what=what):
            return planned_no_more(person, what).but(failed_plan=None)
        case PlanNotCarriedOut(what=PlanKind.HIRE):
            return planned_no_more(person).but(failed_plan=FailedPlan(**vars(event)))
        case PlanNotCarriedOut(what=what):
            return planned_no_more(person, what).but(failed_plan=FailedPlan(**vars(event)))
        case CorrectionRecorded():
            return restated(person, event)
        case people.DutiesHandedOver() | people.EffectiveDayCorrected() | StandInCorrectionExplained():
            return person
        case people.PersonErased() | WithdrawnPersonErased():
            return planned_no_more(person).but(name=ERASED, experience=(), absences=(), erased=True)
        case people.StandInNamed():
            return with_stand_in(person, event)
        case people.StandInCorrected():
            return with_days_of_stand_in(person, event)
        case people.StandInWithdrawn():
            return person.but(stand_ins=tuple(each for each in person.stand_ins if not is_withdrawn(each, event)))
        case AbsenceRecorded(absence_id=id, effective_on=on, ends_on=ends_on):
            return with_absence(person, Absence(absence_id=id, starts_on=on, ends_on=ends_on))
        case AbsenceCorrected(absence_id=id, starts_on=on, ends_on=ends_on):
            return with_absence(person, Absence(absence_id=id, starts_on=on, ends_on=ends_on))
        case AbsenceCancelled(absence_id=absence_id) | AbsenceWithdrawn(absence_id=absence_id):
            return without_absence(person, absence_id)
        case people.EligibilityChanged(senior_manager=eligible):
            return person.but(eligible=eligible)
        case _:
            assert_never(event)


def hired(person: Person | None, event: people.PersonHired) -> Person:
    """The person works here; who was expected keeps what is known of them already."""
    on = event.effective_on
    if person is None:
        return Person(name=event.name, hired_on=on, last_on=on, hired_into=event.division_id)
    return person.but(
        name=event.name,
        hired_on=on,
        last_on=on,
        hired_into=event.division_id,
        employment=Employment.ACTIVE,
        planned_hire=None,
        failed_plan=None,
    )


def expected(person: Person | None, event: HirePlanned) -> Person:
    """The person is to join: as it is said now, where it was said before."""
    day = event.planned_for
    told = {"name": event.name, "hired_on": day, "last_on": day, "hired_into": event.division_id, "planned_hire": day}
    if person is None:
        return Person(**told, employment=Employment.EXPECTED)
    return person.but(**told, failed_plan=None)


def planned_no_more(person: Person, *kinds: PlanKind) -> Person:
    """The person without such plans; without any, where no kind is named."""
    gone = kinds or tuple(PlanKind)
    return person.but(
        planned_hire=None if PlanKind.HIRE in gone else person.planned_hire,
        planned_appointment=None if PlanKind.APPOINTMENT in gone else person.planned_appointment,
        planned_line=None if PlanKind.LINE in gone else person.planned_line,
        planned_suspension=None if PlanKind.SUSPENSION in gone else person.planned_suspension,
        planned_reinstatement=None if PlanKind.REINSTATEMENT in gone else person.planned_reinstatement,
        planned_leaving=None if PlanKind.LEAVING in gone else person.planned_leaving,
        planned_rehire=None if PlanKind.REHIRE in gone else person.planned_rehire,
    )


def rehired(person: Person, on: date) -> Person:
    """The person joins again with their experience, and with nothing that they held before."""
    before = EarlierEmployment(hired_on=person.hired_on, left_on=person.last_on)
    return planned_no_more(person).but(
        employment=Employment.ACTIVE,
        hired_on=on,
        last_on=on,
        appointment=None,
        line_manager_id=None,
        gate_waived=False,
        stand_ins=(),
        absences=(),
        failed_plan=None,
        left_from=None,
        left_as=None,
        earlier=(*person.earlier, before),
    )


def restated(person: Person, event: CorrectionRecorded) -> Person:
    """The person with the days as they are now known."""
    return person.but(hired_on=event.hired_on, last_on=event.last_on, left_from=event.left_from, earlier=event.earlier)


def recorded(person: Person, event: ExperienceRecorded) -> Person:
    """One more experience, not verified yet."""
    return person.but(experience=(*person.experience, Experience(**vars(event))))


def ended(person: Person, event: ExperienceEnded) -> Person:
    """One of the experiences goes on no longer; it is verified no further than its end."""
    known = next((each.verified_until for each in person.experience if each.experience_id == event.experience_id), None)
    verified_until = min(known, event.ended_on) if known else None
    return experienced(person, event.experience_id, ended_on=event.ended_on, verified_until=verified_until)


def experienced(person: Person, experience_id: UUID, **changes: date | None) -> Person:
    """One of the experiences has other days."""
    return person.but(
        experience=tuple(
            each.model_copy(update=changes) if each.experience_id == experience_id else each
            for each in person.experience
        )
    )


def led_by(person: Person, event: people.LineManagerChanged) -> Person:
    """The person reports to somebody else; where that was planned, whatever the day, it is so now."""
    planned = person.planned_line
    done = planned is not None and planned.line_manager_id == event.line_manager_id
    return person.but(
        line_manager_id=event.line_manager_id,
        last_on=event.effective_on,
        planned_line=None if done else person.planned_line,
    )


def appointed(person: Person, event: people.PersonAppointed) -> Person:
    """A person who held another position holds this one now; a waiver was for the one position only."""
    return person.but(
        appointment=Appointment(
            position_id=event.position_id, title=event.title, division_id=event.division_id, grade=event.grade
        ),
        line_manager_id=event.line_manager_id,
        last_on=event.effective_on,
        gate_waived=False,
        planned_appointment=None if person.is_planned(event.position_id) else person.planned_appointment,
    )
