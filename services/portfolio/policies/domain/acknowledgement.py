"""PolicyAcknowledgement: the version of a policy that a person acknowledged last; its id follows from both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import Command, Decider, NotFound, Refused, State
from contracts.portfolio.policies import PolicyAcknowledged, acknowledgement_id
from services.portfolio.organisation.domain.known import KnownPerson, LineFacts, known
from services.portfolio.policies.domain.policy import Policy, in_force


class Acknowledgement(State):
    """What a person acknowledged of a policy; earlier versions are in the history."""

    policy_id: UUID
    person_id: UUID
    policy_version: int


class AcknowledgePolicy(Command):
    """Acknowledge the version of a policy that is in force, for oneself."""

    policy_id: UUID
    person_id: UUID
    policy_version: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class AcknowledgementFacts(LineFacts):
    """The policy and the person, as far as they are known."""

    policy: Policy | None = None
    person: KnownPerson | None = None


def id_of(command: AcknowledgePolicy) -> UUID:
    """The id that follows from policy and person."""
    return acknowledgement_id(command.policy_id, command.person_id)


def decide(
    state: Acknowledgement | None, command: AcknowledgePolicy, facts: AcknowledgementFacts
) -> Sequence[PolicyAcknowledged]:
    """The very version in force is acknowledged; a new one has to be acknowledged again."""
    if facts.policy is None:
        raise NotFound
    known(facts.person, command.person_id, "the person")
    version = in_force(facts.policy).policy_version
    if command.policy_version != version:
        raise Refused("acknowledges-version-in-force", f"Version {version} is in force.", "Read and name that one.")
    acknowledged = PolicyAcknowledged(**vars(command))
    return [] if state == evolve(state, acknowledged) else [acknowledged]


def evolve(_state: Acknowledgement | None, event: PolicyAcknowledged) -> Acknowledgement:
    return Acknowledgement(**vars(event))


ACKNOWLEDGEMENT = Decider(
    kind="policy-acknowledgement", state=Acknowledgement, events=PolicyAcknowledged, decide=decide, evolve=evolve
)
