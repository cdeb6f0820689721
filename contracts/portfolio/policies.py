"""The public events of policies: versions, who acknowledged which, and exceptions."""

from datetime import date
from uuid import UUID, uuid5

from contracts.base import PublicEvent
from contracts.values import Line, Name, Text

ACKNOWLEDGED = UUID("5b0a5c0e-63a1-5f0c-8a4d-6d5b0c7a9f21")


def acknowledgement_id(policy_id: UUID, person_id: UUID) -> UUID:
    """The id of a person's acknowledgement of a policy: there is one for both."""
    return uuid5(ACKNOWLEDGED, f"{policy_id}|{person_id}")


class PolicyDrafted(PublicEvent):
    """The first version of a policy was drafted; ``audience``: divisions, with those below them, that it is for.

    ``drafted_by``: the person and whom they stood in for; ``drafting_systems``: the system, where no person did.
    """

    title: Name
    text: Text
    division_id: UUID
    audience: tuple[UUID, ...]
    drafted_by: tuple[UUID, ...]
    drafting_systems: tuple[str, ...] = ()


class PolicyRevised(PublicEvent):
    """The draft was changed, or that of the next version begun; what is in force stays so meanwhile."""

    policy_version: int
    title: Name
    text: Text
    audience: tuple[UUID, ...]
    drafted_by: tuple[UUID, ...]
    drafting_systems: tuple[str, ...] = ()


class PolicyApproved(PublicEvent):
    """This version may be published; who approved it has no part in the draft."""

    policy_version: int
    approved_by: UUID | None


class PolicyPublished(PublicEvent):
    """This version is in force from now on and waits to be acknowledged by everybody in the audience."""

    policy_version: int
    title: Name
    audience: tuple[UUID, ...]
    published_on: date


class PolicyRetired(PublicEvent):
    """The policy is not in force any more."""

    reason: Line


class PolicyAcknowledged(PublicEvent):
    """A person acknowledged this very version of a policy."""

    policy_id: UUID
    person_id: UUID
    policy_version: int


class PolicyExceptionAsked(PublicEvent):
    """Somebody asks that a division need not follow a policy until the end of a day.

    ``policy_version``: the one in force; ``asking_systems``: the system, where no person asked.
    """

    policy_id: UUID
    policy_version: int
    division_id: UUID
    asked_by: tuple[UUID, ...]
    asking_systems: tuple[str, ...] = ()
    until: date
    reason: Line


class PolicyExceptionGranted(PublicEvent):
    """The exception holds until the end of the day that was asked for."""

    granted_by: UUID | None
    until: date
    reason: Line


class PolicyExceptionRefused(PublicEvent):
    """There is no exception."""

    reason: Line


class PolicyExceptionWithdrawn(PublicEvent):
    """The exception is not asked for any more, or ends before its day."""

    reason: Line


class PolicyExceptionExpired(PublicEvent):
    """The last day of the exception is over."""

    until: date


EVENTS: tuple[type[PublicEvent], ...] = (
    PolicyDrafted,
    PolicyRevised,
    PolicyApproved,
    PolicyPublished,
    PolicyRetired,
    PolicyAcknowledged,
    PolicyExceptionAsked,
    PolicyExceptionGranted,
    PolicyExceptionRefused,
    PolicyExceptionWithdrawn,
    PolicyExceptionExpired,
)
