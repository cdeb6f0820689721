"""Policy: drafted, approved by somebody else, published in versions, retired; those it is for acknowledge each."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import AfterValidator, Field

from chassis.domain.decider import Command, Decider, Facts, Refused, State, existing, new
from contracts.portfolio import policies
from contracts.values import Line, Name, Text
from services.portfolio.organisation.domain.known import check_division, systems

MOST_DRAFTERS = 50


class PolicyStage(StrEnum):
    """The stages of a policy, of its latest version (LANGUAGE: Policy)."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETIRED = "retired"


class VersionInForce(State):
    """The version that holds, while the next one may be in draft."""

    policy_version: int
    title: Name
    text: Text
    audience: tuple[UUID, ...]
    published_on: date


class Policy(State):
    """The latest version of a policy, and the one in force; ``drafted_by`` and ``drafting_systems``: all who
    have a part in the latest."""

    title: Name
    text: Text
    division_id: UUID
    audience: tuple[UUID, ...]
    drafted_by: tuple[UUID, ...]
    drafting_systems: tuple[str, ...] = ()
    policy_version: int = 1
    stage: PolicyStage = PolicyStage.DRAFTED
    approved_by: UUID | None = None
    in_force: VersionInForce | None = None


def _once_each(audience: tuple[UUID, ...]) -> tuple[UUID, ...]:
    if len({*audience}) < len(audience):
        raise ValueError("each division is named once")
    return audience


Audience = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50), AfterValidator(_once_each)]
"""1 to 50 divisions, each once; those below them belong to it."""
PolicyText = Annotated[Text, Field(min_length=1)]


class DraftPolicy(Command):
    """Draft a policy of a division, for an audience of divisions with those below them."""

    title: Name
    text: PolicyText
    division_id: UUID
    audience: Audience


class RevisePolicy(Command):
    """Change the draft, or draft the next version of what is published. An approval does not survive it."""

    title: Name
    text: PolicyText
    audience: Audience


class ApprovePolicy(Command):
    """Approve the draft of this version; who drafted it does not."""

    policy_version: Annotated[int, Field(ge=1)]


class PublishPolicy(Command):
    """Put the approved version in force; everybody in its audience is to acknowledge it."""


class RetirePolicy(Command):
    """Take the policy out of force for good."""

    reason: Line


PolicyCommand = DraftPolicy | RevisePolicy | ApprovePolicy | PublishPolicy | RetirePolicy
PolicyEvent = (
    policies.PolicyDrafted
    | policies.PolicyRevised
    | policies.PolicyApproved
    | policies.PolicyPublished
    | policies.PolicyRetired
)


@dataclass(frozen=True)
class PolicyFacts(Facts):
    """``division_head``: of the policy's division; ``known_divisions``: those of the audience that there are."""

    division_open: bool | None = None
    division_head: UUID | None = None
    known_divisions: Set[UUID] = frozenset()


def decide(state: Policy | None, command: PolicyCommand, facts: PolicyFacts) -> Sequence[PolicyEvent]:
    if isinstance(command, DraftPolicy):
        return draft(state, command, facts)
    policy = existing(state)
    match command:
        case RevisePolicy():
            return revise(policy, command, facts)
        case ApprovePolicy(policy_version=version):
            return approve(policy, version, facts)
        case PublishPolicy():
            return publish(policy, facts)
        case RetirePolicy(reason=reason):
            return [] if policy.stage is PolicyStage.RETIRED else [policies.PolicyRetired(reason=reason)]
        case _:
            assert_never(command)


def draft(state: Policy | None, command: DraftPolicy, facts: PolicyFacts) -> Sequence[policies.PolicyDrafted]:
    """A policy belongs to an open division, and its audience is known."""
    drafted = policies.PolicyDrafted(**vars(command), **all_drafting(facts))
    if state is not None and state == evolve(None, drafted):
        return []
    new(state, "policy")
    check_division(facts.division_open)
    check_audience(command.audience, facts)
    return [drafted]


def all_drafting(facts: PolicyFacts, persons: Iterable[UUID] = (), names: Iterable[str] = ()) -> dict[str, Any]:
    """All who have a part in a draft: the actor beside those who have one."""
    drafters, drafting = facts.actor.persons.union(persons), {*names, *systems(facts.actor)}
    if len(drafters) + len(drafting) > MOST_DRAFTERS:
        raise Refused("drafters-bounded", f"{MOST_DRAFTERS} have drafted it.", "Let one of them change it.")
    return {"drafted_by": tuple(sorted(drafters)), "drafting_systems": tuple(sorted(drafting))}


def check_audience(audience: tuple[UUID, ...], facts: PolicyFacts) -> None:
    if unknown := [str(id) for id in audience if id not in facts.known_divisions]:
        raise Refused(
            "division-not-known-yet",
            f"Portfolio does not know {', '.join(unknown[:5])}.",
            "Try again in a moment; if it persists, check that the divisions exist in people.",
        )


def revise(policy: Policy, command: RevisePolicy, facts: PolicyFacts) -> Sequence[policies.PolicyRevised]:
    """The next version begins with its first change; the person who changes a draft has a part in it."""
    check_not_retired(policy)
    if vars(command).items() <= vars(policy).items():
        return []
    check_audience(command.audience, facts)
    begun = policy.stage is PolicyStage.PUBLISHED
    before = () if begun else policy.drafted_by, () if begun else policy.drafting_systems
    version = policy.policy_version + begun
    return [policies.PolicyRevised(**vars(command), policy_version=version, **all_drafting(facts, *before))]


def approve(policy: Policy, version: int, facts: PolicyFacts) -> Sequence[policies.PolicyApproved]:
    """What is approved is the version that was read."""
    check_not_retired(policy)
    if version != policy.policy_version:
        raise Refused(
            "approves-what-is-drafted", f"The draft is of version {policy.policy_version}.", "Approve that one."
        )
    if policy.stage is not PolicyStage.DRAFTED:
        return []
    return [policies.PolicyApproved(policy_version=version, approved_by=facts.actor.acts_as)]


def publish(policy: Policy, facts: PolicyFacts) -> Sequence[policies.PolicyPublished]:
    """Only an approved version comes into force."""
    check_not_retired(policy)
    if policy.stage is PolicyStage.PUBLISHED:
        return []
    if policy.stage is not PolicyStage.APPROVED:
        raise Refused("published-once-approved", "The draft is not approved.", "Have it approved by somebody else.")
    return [
        policies.PolicyPublished(
            policy_version=policy.policy_version, title=policy.title, audience=policy.audience, published_on=facts.today
        )
    ]


def check_not_retired(policy: Policy) -> None:
    if policy.stage is PolicyStage.RETIRED:
        raise Refused("policy-retired", "The policy is retired.", "Draft another one.")


def in_force(policy: Policy) -> VersionInForce:
    """The version in force; refused where there is none."""
    if policy.in_force is None:
        raise Refused("policy-not-in-force", f"The policy is {policy.stage}.", "Name one that is in force.")
    return policy.in_force


def evolve(state: Policy | None, event: PolicyEvent) -> Policy:
    match event:
        case policies.PolicyDrafted():
            return Policy(**vars(event))
    policy = existing(state)
    match event:
        case policies.PolicyRevised():
            return policy.but(**vars(event), stage=PolicyStage.DRAFTED, approved_by=None)
        case policies.PolicyApproved(approved_by=approved_by):
            return policy.but(stage=PolicyStage.APPROVED, approved_by=approved_by)
        case policies.PolicyPublished():
            return policy.but(stage=PolicyStage.PUBLISHED, in_force=VersionInForce(**vars(event), text=policy.text))
        case policies.PolicyRetired():
            return policy.but(stage=PolicyStage.RETIRED, in_force=None)
        case _:
            assert_never(event)


POLICY = Decider(kind="policy", state=Policy, events=PolicyEvent, decide=decide, evolve=evolve)
