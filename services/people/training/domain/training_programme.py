"""TrainingProgramme: what a training teaches, how long it takes, and the certificate it leads to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field, StrictBool

from chassis.domain.decider import Command, Decider, PrivateEvent, Refused, State, existing, new
from contracts.people import TrainingProgrammePublished, TrainingProgrammeRetired, TrainingProgrammeRevised
from contracts.values import Line, Name, SkillLevel, Text
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.paying import PayingFacts, check_open
from services.people.organisation.domain.skill import Catalogue

Hours = Annotated[Decimal, Field(gt=0, le=2000, max_digits=6, decimal_places=2)]
"""The duration of a training: up to 2000 hours, with at most two decimals."""

Owner = Annotated[UUID | None, Field(examples=[None])]
"""The division that owns a programme; None: that of the actor, or HR."""

Skills = Annotated[tuple[SkillLevel, ...], Field(max_length=20)]


class ProgrammeStatus(StrEnum):
    """The status of a programme; sessions are scheduled of published ones, revised or not."""

    DESIGNED = "designed"
    PUBLISHED = "published"
    REVISED = "revised"
    RETIRED = "retired"


class TrainingProgramme(State):
    """A training programme as it stands; ``pass_needed``: attending is not enough to complete it.

    ``division_id`` is the division that owns it; None: HR does.
    """

    title: Name
    description: Text
    skills: Skills
    scheme_id: UUID | None
    pass_needed: bool
    hours: Hours
    division_id: UUID | None = None
    status: ProgrammeStatus = ProgrammeStatus.DESIGNED

    @property
    def offered(self) -> bool:
        """Return whether sessions of it may be scheduled."""
        return self.status in (ProgrammeStatus.PUBLISHED, ProgrammeStatus.REVISED)


class DesignTrainingProgramme(Command):
    """Design a training programme, of your division unless you name another; HR's without one."""

    title: Name
    description: Text = ""
    skills: Skills = ()
    scheme_id: UUID | None = None
    pass_needed: StrictBool = False
    hours: Hours
    division_id: Owner = None


class ReviseTrainingProgramme(Command):
    """Revise a programme; sessions already scheduled follow the programme at their completion."""

    title: Name
    description: Text
    skills: Skills
    scheme_id: UUID | None
    pass_needed: StrictBool
    hours: Hours


class PublishTrainingProgramme(Command):
    """Publish a programme, so that sessions can be scheduled."""


class AssignTrainingProgramme(Command):
    """Hand a programme to the division that is to own it, or to HR by naming none."""

    division_id: UUID | None


class RetireTrainingProgramme(Command):
    """Retire a programme for good; its last session must be over."""

    reason: Line


class TrainingProgrammeDesigned(PrivateEvent):
    """The programme, as long as it is not published."""

    title: Name
    description: Text
    skills: Skills
    scheme_id: UUID | None
    pass_needed: bool
    hours: Hours
    division_id: UUID | None = None


class TrainingProgrammeAssigned(PrivateEvent):
    """This division owns the programme from now on; None: HR does."""

    division_id: UUID | None


class TrainingProgrammeDescribed(PrivateEvent):
    """The description of a published programme in running text."""

    description: Text


ProgrammeCommand = (
    DesignTrainingProgramme
    | ReviseTrainingProgramme
    | PublishTrainingProgramme
    | AssignTrainingProgramme
    | RetireTrainingProgramme
)

ProgrammeEvent = (
    TrainingProgrammeDesigned
    | TrainingProgrammeAssigned
    | TrainingProgrammeDescribed
    | TrainingProgrammePublished
    | TrainingProgrammeRevised
    | TrainingProgrammeRetired
)


@dataclass(frozen=True)
class ProgrammeFacts(PayingFacts):
    """``paying`` is the division that owns it with all above it; of a new one, that named or the actor's.

    ``sessions_open``: how many of its sessions are neither delivered nor cancelled. ``new_division_open``: the division
    it is to be handed to; None where unknown.
    """

    sessions_open: int = 0
    skills: Catalogue = field(default_factory=dict)
    new_division_open: bool | None = None


def decide(
    state: TrainingProgramme | None, command: ProgrammeCommand, facts: ProgrammeFacts
) -> Sequence[ProgrammeEvent]:
    if isinstance(command, DesignTrainingProgramme):
        return design(state, command, facts)
    programme = existing(state)
    if programme.status is ProgrammeStatus.RETIRED:
        if isinstance(command, RetireTrainingProgramme):
            return []
        raise Refused("programme-retired", "The programme is retired.", "Design another one.")
    match command:
        case ReviseTrainingProgramme():
            return revise(programme, command)
        case PublishTrainingProgramme():
            return publish(programme)
        case AssignTrainingProgramme(division_id=division_id):
            return assign(programme, division_id, facts)
        case RetireTrainingProgramme():
            return retire(command, facts)
        case _:
            assert_never(command)


def design(
    state: TrainingProgramme | None, command: DesignTrainingProgramme, facts: ProgrammeFacts
) -> Sequence[ProgrammeEvent]:
    """A programme starts as a design, which nobody outside hears of, and belongs to an open division or to HR."""
    owner = facts.paying[0] if facts.paying else None
    designed = TrainingProgrammeDesigned(**vars(command) | {"division_id": owner})
    if state is not None and state == state.but(**vars(designed)):
        return []
    new(state, "training programme")
    check_skills(command.skills)
    if command.division_id is not None:
        check_open(facts)
    return [designed]


def assign(programme: TrainingProgramme, division_id: UUID | None, facts: ProgrammeFacts) -> Sequence[ProgrammeEvent]:
    """A programme is handed to an open division, or to HR."""
    if division_id == programme.division_id:
        return []
    if division_id is not None and not facts.new_division_open:
        raise Refused("division-open", "There is no such division, or it is closed.", "Name an open division.")
    return [TrainingProgrammeAssigned(division_id=division_id)]


def revise(programme: TrainingProgramme, command: ReviseTrainingProgramme) -> Sequence[ProgrammeEvent]:
    """A published programme stays published, and says what has changed."""
    if programme == programme.but(**vars(command)):
        return []
    check_skills(command.skills)
    if programme.status is ProgrammeStatus.DESIGNED:
        return [TrainingProgrammeDesigned(**vars(command), division_id=programme.division_id)]
    described = programme.but(description=command.description)
    events: list[ProgrammeEvent] = []
    if described != programme:
        events.append(TrainingProgrammeDescribed(description=command.description))
    if described != programme.but(**vars(command)):
        events.append(TrainingProgrammeRevised(**published(command)))
    return events


def publish(programme: TrainingProgramme) -> Sequence[ProgrammeEvent]:
    """A design is published once."""
    if programme.offered:
        return []
    return [TrainingProgrammePublished(**published(programme))]


def retire(command: RetireTrainingProgramme, facts: ProgrammeFacts) -> Sequence[ProgrammeEvent]:
    """Nobody is left enrolled in a session of a programme that is gone."""
    if facts.sessions_open:
        detail = f"Sessions that are neither delivered nor cancelled: {facts.sessions_open}."
        raise Refused("retires-without-sessions", detail, "Deliver or cancel them first.")
    return [TrainingProgrammeRetired(reason=command.reason)]


def published(described: TrainingProgramme | ReviseTrainingProgramme) -> dict[str, object]:
    return {name: getattr(described, name) for name in TrainingProgrammePublished.model_fields}


def check_skills(skills: Skills) -> None:
    """A skill is taught at one level."""
    if len({identity(each.skill) for each in skills}) < len(skills):
        raise Refused("skills-once", "A skill is named twice.", "Name each skill once, at one level.")


def evolve(state: TrainingProgramme | None, event: ProgrammeEvent) -> TrainingProgramme:
    if isinstance(event, TrainingProgrammeDesigned):
        return TrainingProgramme(**vars(event))
    programme = existing(state)
    match event:
        case TrainingProgrammeAssigned(division_id=division_id):
            return programme.but(division_id=division_id)
        case TrainingProgrammeDescribed(description=description):
            return programme.but(description=description)
        case TrainingProgrammePublished():
            return programme.but(**vars(event), status=ProgrammeStatus.PUBLISHED)
        case TrainingProgrammeRevised():
            return programme.but(**vars(event), status=ProgrammeStatus.REVISED)
        case TrainingProgrammeRetired():
            return programme.but(status=ProgrammeStatus.RETIRED)
        case _:
            assert_never(event)


TRAINING_PROGRAMME = Decider(
    kind="training-programme", state=TrainingProgramme, events=ProgrammeEvent, decide=decide, evolve=evolve
)
