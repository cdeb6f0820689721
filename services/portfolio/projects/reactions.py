"""Reactions of projects: leavers' accountability escalates, finance's answers take effect."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import text

from chassis.consumers.reactions import Reaction
from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import finance, people
from contracts.portfolio import Stage
from services.portfolio.organisation.domain.known import SENIOR
from services.portfolio.organisation.facts import answering
from services.portfolio.projects.domain.project.accountability import EscalateAccountability
from services.portfolio.projects.domain.project.delegation import EndDelegationOfLeaver
from services.portfolio.projects.domain.project.model import ENDED
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.projects.domain.project.specification import ConfirmFunding, ReturnToSpecification

ANSWERED = Fields(PROJECT)
GOING_ON = f"{ANSWERED.of_kind} AND {ANSWERED.stage.none_of(*ENDED)}"
ANSWERED_BY = text(f"SELECT stream FROM states WHERE {GOING_ON} AND {ANSWERED.accountable_id} = :id ORDER BY stream")
DELEGATED_TO = text(
    f"SELECT stream FROM states WHERE {GOING_ON} AND {ANSWERED.delegation.delegate_id} = :id ORDER BY stream"
)

UNRESOLVED = text(
    f"SELECT stream, {ANSWERED.accountable_id} AS leaver FROM states WHERE {GOING_ON}"
    f" AND {ANSWERED.unresolved.holds} ORDER BY stream"
)


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A leaver's accountability passes up the line; what was delegated to them goes back."""
    return [
        *await escalate(store, envelope, "The accountable manager left."),
        *await end_delegations(store, envelope.subject, "The delegate left."),
    ]


async def on_eligibility(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Escalate the projects of a person who lost eligibility; let one who gained it resolve what waits."""
    assert isinstance(envelope.event, people.EligibilityChanged)
    if envelope.event.senior_manager:
        return await resolve(store)
    return await escalate(store, envelope, "The accountable manager may not be given senior responsibilities now.")


async def on_appointed(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Escalate the projects of a person without a senior position; let a new senior manager resolve what waits."""
    assert isinstance(envelope.event, people.PersonAppointed)
    if envelope.event.grade in SENIOR:
        return await resolve(store)
    return await escalate(store, envelope, "The accountable manager does not hold a senior position any more.")


async def on_line_changed(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """A new line may lead to somebody who can answer."""
    return await resolve(store)


async def escalate(store: Store, envelope: Envelope, reason: str) -> Sequence[IssuedCommand]:
    """Every going project the person answers for passes up their line."""
    # Decisions that took the person for able to answer start over; what they appended before is found below.
    await store.bump(uuid5(UUID(envelope.id), "answering"), answering(envelope.subject))
    rows = await store.rows(ANSWERED_BY, {"id": str(envelope.subject)})
    command = EscalateAccountability(leaver_id=envelope.subject, reason=reason)
    return [IssuedCommand(PROJECT, id_of(row.stream), command) for row in rows]


async def end_delegations(store: Store, person_id: UUID, reason: str) -> Sequence[IssuedCommand]:
    """Every delegation to the person ends."""
    rows = await store.rows(DELEGATED_TO, {"id": str(person_id)})
    command = EndDelegationOfLeaver(person_id=person_id, reason=reason)
    return [IssuedCommand(PROJECT, id_of(row.stream), command) for row in rows]


async def resolve(store: Store) -> Sequence[IssuedCommand]:
    """Projects whose accountability found nobody eligible try again."""
    return [
        IssuedCommand(
            PROJECT,
            id_of(row.stream),
            EscalateAccountability(leaver_id=UUID(row.leaver), reason="Somebody eligible is known now."),
        )
        for row in await store.rows(UNRESOLVED)
    ]


async def on_funded(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Finance's grant lets the project start, if it still waits for it."""
    assert isinstance(envelope.event, finance.ProjectFundingConfirmed)
    return await answer_of_finance(store, envelope.event.project_id, ConfirmFunding(granted=envelope.event.granted))


async def on_refused(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Finance's refusal takes the project back to its specification, if it still waits."""
    assert isinstance(envelope.event, finance.ProjectFundingRefused)
    command = ReturnToSpecification(reason=envelope.event.reason)
    return await answer_of_finance(store, envelope.event.project_id, command)


async def answer_of_finance(
    store: Store, project_id: UUID, command: ConfirmFunding | ReturnToSpecification
) -> Sequence[IssuedCommand]:
    """The command, unless the project was cancelled while finance thought about it."""
    project = (await store.load(PROJECT, project_id)).state
    if project is None or project.stage is not Stage.APPROVED:
        return []
    return [IssuedCommand(PROJECT, project_id, command)]


REACTIONS = [
    Reaction(people.PersonLeft, on_left),
    Reaction(people.EligibilityChanged, on_eligibility),
    Reaction(people.PersonAppointed, on_appointed),
    Reaction(people.LineManagerChanged, on_line_changed),
    Reaction(finance.ProjectFundingConfirmed, on_funded),
    Reaction(finance.ProjectFundingRefused, on_refused),
]
