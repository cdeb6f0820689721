"""Project: what can happen to it."""

from contracts.portfolio import (
    AccountabilityTransferred,
    AccountabilityUnresolved,
    AccountabilityWaived,
    DelegationAccepted,
    DelegationDeclined,
    DelegationEnded,
    DelegationOffered,
    ProgressReported,
    ProjectApproved,
    ProjectCancelled,
    ProjectClosed,
    ProjectClosing,
    ProjectFunded,
    ProjectProposed,
    ProjectPutOnHold,
    ProjectResumed,
    ProjectReturned,
    ProjectSpecified,
    ProjectStarted,
    ProjectTakenOver,
    SpecificationSigned,
    SponsorNamed,
    TakeOverCorrected,
)

FoundingEvent = ProjectProposed | ProjectTakenOver
SpecificationEvent = (
    TakeOverCorrected
    | SponsorNamed
    | ProjectSpecified
    | SpecificationSigned
    | ProjectApproved
    | ProjectFunded
    | ProjectReturned
)
WorkEvent = (
    ProjectStarted
    | ProgressReported
    | ProjectPutOnHold
    | ProjectResumed
    | ProjectClosing
    | ProjectClosed
    | ProjectCancelled
)
AccountabilityEvent = AccountabilityWaived | AccountabilityTransferred | AccountabilityUnresolved
DelegationEvent = DelegationOffered | DelegationAccepted | DelegationDeclined | DelegationEnded
ProjectEvent = FoundingEvent | SpecificationEvent | WorkEvent | AccountabilityEvent | DelegationEvent
