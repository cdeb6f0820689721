"""An aggregate about a person, and one about the person on a stream of its own; no service of ours knows them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, assert_never
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Command, Decider, Facts, PrivateEvent, State, existing, new
from chassis.domain.personal import ERASED
from chassis.service.definition import Service, Source
from chassis.store.decision_view import View
from chassis.store.relations import EVERYBODY
from contracts.base import PublicEvent, Value
from contracts.values import Line, Name, Personal, Subject

TOPIC, KEYS_TOPIC = "portolan.membership", "portolan.membership.keys"


class Remark(Value):
    """What somebody said about a member."""

    text: Personal[Line]
    on: date | None = None


class Member(State):
    """A member as they stand."""

    name: Personal[Name]
    born_on: Personal[date] | None = None
    remarks: tuple[Remark, ...] = ()
    visits: int = 0


class Join(Command):
    """Become a member."""

    name: Personal[Name]
    born_on: Personal[date] | None = None


class Note(Command):
    """Remark something."""

    text: Personal[Line]


class Visit(Command):
    """Come by."""


class Erase(Command):
    """Be forgotten."""


class MemberJoined(PublicEvent):
    """Somebody became a member."""

    name: Personal[Name]
    born_on: Personal[date] | None = None


class MemberRemarked(PrivateEvent):
    """Somebody said something about a member."""

    remark: Remark


class MemberVisited(PublicEvent):
    """A member came by."""


class MemberErased(PublicEvent):
    """A member is forgotten."""


MemberEvent = MemberJoined | MemberRemarked | MemberVisited | MemberErased
MEMBER_EVENTS = (MemberJoined, MemberVisited, MemberErased)


def decide(state: Member | None, command: Join | Note | Visit | Erase, facts: Facts) -> Sequence[MemberEvent]:
    """The events of a command."""
    match command:
        case Join(name=name, born_on=born_on):
            new(state, "member")
            return [MemberJoined(name=name, born_on=born_on)]
        case Note(text=text):
            existing(state)
            return [MemberRemarked(remark=Remark(text=text, on=facts.today))]
        case Visit():
            existing(state)
            return [MemberVisited()]
        case Erase():
            existing(state)
            return [MemberErased()]
        case _:
            assert_never(command)


def evolve(state: Member | None, event: MemberEvent) -> Member:
    """The state after an event."""
    match event:
        case MemberJoined(name=name, born_on=born_on):
            return Member(name=name, born_on=born_on)
        case MemberRemarked(remark=remark):
            member = existing(state)
            return member.but(remarks=(*member.remarks, remark))
        case MemberVisited():
            member = existing(state)
            return member.but(visits=member.visits + 1)
        case MemberErased():
            return existing(state).but(name=ERASED, born_on=None, remarks=())
        case _:
            assert_never(event)


MEMBER = Decider("member", Member, MemberEvent, decide, evolve, stream_is_subject=True)


class Appraisal(State):
    """What is thought of somebody."""

    about: Subject
    verdict: Personal[Line]


class Appraise(Command):
    """Say what is thought of somebody."""

    about: UUID
    verdict: Personal[Line]


class AppraisalGiven(PrivateEvent):
    """Somebody was appraised."""

    about: Subject
    verdict: Personal[Line]


def appraise(state: Appraisal | None, command: Appraise, facts: Facts) -> Sequence[AppraisalGiven]:
    """The events of a command."""
    return [AppraisalGiven(about=command.about, verdict=command.verdict)]


def appraised(state: Appraisal | None, event: AppraisalGiven) -> Appraisal:
    """The state after an event."""
    return Appraisal(about=event.about, verdict=event.verdict)


APPRAISAL = Decider("appraisal", Appraisal, AppraisalGiven, appraise, appraised)


async def member_facts(view: View, state: Member | None, command: Any, base: Facts) -> Facts:
    """Erasing takes the key."""
    if isinstance(command, Erase):
        view.erase(base.id)
    return base


MEMBERS = Aggregate(
    MEMBER,
    "members",
    [
        CommandRow("join", Join, EVERYBODY, creates=True),
        CommandRow("note", Note, EVERYBODY),
        CommandRow("visit", Visit, EVERYBODY),
        CommandRow("erase", Erase, EVERYBODY),
    ],
    facts=member_facts,
    filters=["name", "visits"],
    sorts=["name"],
    searched=["name"],
)
APPRAISALS = Aggregate(
    APPRAISAL, "appraisals", [CommandRow("appraise", Appraise, EVERYBODY, creates=True)], sorts=["verdict"]
)
SERVICE = Service(
    name="membership",
    title="Knows its members.",
    topic=TOPIC,
    events=MEMBER_EVENTS,
    folder=Path(__file__).parent,
    aggregates=[MEMBERS, APPRAISALS],
    sources=[Source("membership", TOPIC, MEMBER_EVENTS)],
    keys_topic=KEYS_TOPIC,
)
