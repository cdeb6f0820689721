"""A change: state, facts, events, and how each event changes the state."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from chassis.domain.decider import Facts, Refused, State, existing
from contracts.portfolio import changes
from contracts.portfolio.changes import ChangeKind, ChangeRisk, ChangeStage
from contracts.values import Line, Name, Text
from services.portfolio.changes.domain.change_model import ChangeModel
from services.portfolio.changes.domain.window import Window
from services.portfolio.services.domain.service.model import Service

OVER = frozenset({ChangeStage.CLOSED, ChangeStage.CANCELLED, ChangeStage.BACKED_OUT})


class Element(StrEnum):
    """The elements of a person's change, in the order in which they are built (Prosci ADKAR)."""

    AWARENESS = "awareness"
    DESIRE = "desire"
    KNOWLEDGE = "knowledge"
    ABILITY = "ability"
    REINFORCEMENT = "reinforcement"


class Message(State):
    """A message that was sent to an audience; ``readers``: how many have read it."""

    message_id: UUID
    subject: Line
    sent_at: datetime
    readers: int = 0


class Readiness(State):
    """The latest assessment of an audience; ``barrier``: the first element scored 3 or less, null without one."""

    awareness: int
    desire: int
    knowledge: int
    ability: int
    reinforcement: int
    assessed_on: date
    barrier: Element | None


class Audience(State):
    """A group whom the change concerns; ``adoption``: those who use what is new, in per cent of the target.

    ``adoption`` is rounded to four decimals, and null before anybody reported it, or where the target is nobody.
    """

    audience: Name
    size: int
    target: int
    messages: tuple[Message, ...] = ()
    using: int | None = None
    as_of: date | None = None
    adoption: Decimal | None = None
    readiness: Readiness | None = None


class Change(State):
    """A change as it stands; ``freezes``: those declared over it; ``exceptions``: freezes in which it may be done."""

    title: Name
    description: Text
    kind: ChangeKind
    division_id: UUID
    service_ids: tuple[UUID, ...]
    project_id: UUID | None
    model_id: UUID | None
    back_out_plan: Text | None
    raised_by: tuple[str, ...]
    stage: ChangeStage = ChangeStage.NEW
    risk: ChangeRisk | None = None
    impact: Text | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    freezes: tuple[UUID, ...] = ()
    exceptions: tuple[UUID, ...] = ()
    finished_at: datetime | None = None
    succeeded: bool | None = None
    findings: Text | None = None
    audiences: tuple[Audience, ...] = ()

    def audience(self, name: Name) -> Audience | None:
        return next((each for each in self.audiences if each.audience == name), None)


@dataclass(frozen=True)
class Meeting:
    """Another change scheduled at the same time on a service that this one touches or is connected with."""

    id: UUID
    title: Name
    ends_at: datetime
    service: Name


@dataclass(frozen=True)
class ChangeFacts(Facts):
    """``services``: those the change touches that exist; ``division_open``, ``division_head``: of its division.

    ``project_known``: None where it names none. ``model``: the change model it names. For a schedule, ``windows``:
    freezes over it by id, ``meetings``: other changes it would meet. ``window``: the freeze an exception is asked for.
    """

    services: Mapping[UUID, Service] = field(default_factory=dict)
    division_open: bool | None = None
    division_head: UUID | None = None
    project_known: bool | None = None
    model: ChangeModel | None = None
    windows: Mapping[UUID, Window] = field(default_factory=dict)
    meetings: Sequence[Meeting] = ()
    window: Window | None = None

    @property
    def owners(self) -> Set[UUID]:
        """Return who answers for a service that the change touches."""
        return {service.owner_id for service in self.services.values() if service.owner_id is not None}


ScheduleEvent = (
    changes.BackOutPlanned
    | changes.ChangeScheduled
    | changes.ChangeInFreeze
    | changes.ChangeOutOfFreeze
    | changes.FreezeExceptionGranted
)
LifeEvent = (
    changes.ChangeAssessed
    | changes.ChangeAuthorised
    | changes.ChangeImplemented
    | changes.ChangeBackedOut
    | changes.ChangeReviewed
    | changes.ChangeClosed
    | changes.ChangeCancelled
)
AdoptionEvent = (
    changes.AudienceNamed
    | changes.MessageSent
    | changes.MessageRead
    | changes.AdoptionReported
    | changes.ReadinessAssessed
)
ChangeEvent = changes.ChangeRaised | ScheduleEvent | LifeEvent | AdoptionEvent
Events = Sequence[ChangeEvent]


def require(change: Change, stages: Set[ChangeStage], remedy: str) -> None:
    """The change is at one of these stages."""
    if change.stage not in stages:
        raise Refused("change-not-at-this-stage", f"The change is {change.stage}.", remedy)


def evolve(state: Change | None, event: ChangeEvent) -> Change:
    if isinstance(event, changes.ChangeRaised):
        return Change(**vars(event))
    change = existing(state)
    if isinstance(event, ScheduleEvent):
        return scheduled(change, event)
    if isinstance(event, LifeEvent):
        return lived(change, event)
    return adopted(change, event)


def scheduled(change: Change, event: ScheduleEvent) -> Change:
    match event:
        case changes.BackOutPlanned(back_out_plan=plan):
            return change.but(back_out_plan=plan)
        case changes.ChangeScheduled():
            return change.but(**vars(event), stage=ChangeStage.SCHEDULED, freezes=())
        case changes.ChangeInFreeze(window_id=id):
            return change.but(freezes=(*change.freezes, id))
        case changes.ChangeOutOfFreeze(window_id=id):
            return change.but(freezes=tuple(each for each in change.freezes if each != id))
        case changes.FreezeExceptionGranted(window_id=id):
            left = tuple(each for each in change.freezes if each != id)
            return change.but(exceptions=(*change.exceptions, id), freezes=left)
        case _:
            assert_never(event)


def lived(change: Change, event: LifeEvent) -> Change:
    match event:
        case changes.ChangeAssessed(risk=risk, impact=impact):
            return change.but(stage=ChangeStage.ASSESSED, risk=risk, impact=impact)
        case changes.ChangeAuthorised():
            return change.but(stage=ChangeStage.AUTHORISED)
        case changes.ChangeImplemented(finished_at=at):
            return change.but(stage=ChangeStage.IMPLEMENTED, finished_at=at, freezes=())
        case changes.ChangeBackedOut():
            return change.but(stage=ChangeStage.BACKED_OUT, freezes=(), succeeded=False)
        case changes.ChangeReviewed(succeeded=succeeded, findings=findings):
            return change.but(stage=ChangeStage.REVIEWED, succeeded=succeeded, findings=findings)
        case changes.ChangeClosed():
            return change.but(stage=ChangeStage.CLOSED)
        case changes.ChangeCancelled():
            return change.but(stage=ChangeStage.CANCELLED, freezes=())
        case _:
            assert_never(event)


def adopted(change: Change, event: AdoptionEvent) -> Change:
    if isinstance(event, changes.MessageRead):
        return change.but(audiences=tuple(read(each, event) for each in change.audiences))
    found = change.audience(event.audience)
    if found is None:
        size, target = (event.size, event.target) if isinstance(event, changes.AudienceNamed) else (0, 0)
        return change.but(audiences=(*change.audiences, Audience(audience=event.audience, size=size, target=target)))
    with_it = of_audience(found, event)
    return change.but(audiences=tuple(with_it if each is found else each for each in change.audiences))


def of_audience(
    found: Audience,
    event: changes.AudienceNamed | changes.MessageSent | changes.AdoptionReported | changes.ReadinessAssessed,
) -> Audience:
    match event:
        case changes.AudienceNamed(size=size, target=target):
            return found.but(size=size, target=target, adoption=per_cent(found.using, target))
        case changes.MessageSent(message_id=id, subject=subject, sent_at=at):
            return found.but(messages=(*found.messages, Message(message_id=id, subject=subject, sent_at=at)))
        case changes.AdoptionReported(using=using, as_of=as_of):
            return found.but(using=using, as_of=as_of, adoption=per_cent(using, found.target))
        case changes.ReadinessAssessed():
            scores = {element.value: getattr(event, element) for element in Element}
            readiness = Readiness(**scores, assessed_on=event.assessed_on, barrier=barrier(scores))
            return found.but(readiness=readiness)
        case _:
            assert_never(event)


def read(audience: Audience, event: changes.MessageRead) -> Audience:
    messages = tuple(
        each.but(readers=event.readers) if each.message_id == event.message_id else each for each in audience.messages
    )
    return audience.but(messages=messages)


def per_cent(using: int | None, target: int) -> Decimal | None:
    """Those who use it, in per cent of the target, rounded half to even to four decimals; undefined of nobody."""
    if using is None or target == 0:
        return None
    return (Decimal(100 * using) / target).quantize(Decimal("0.0001"))


def barrier(scores: Mapping[str, int]) -> Element | None:
    """The first element scored 3 or less, in the order in which they are built: not the lowest one."""
    return next((element for element in Element if scores[element] <= 3), None)
