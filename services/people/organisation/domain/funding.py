"""Funding: what finance says to a vacancy, a training session or a tool that is to be paid for."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import StrictBool

from chassis.domain.decider import Command, PrivateEvent, Refused
from contracts.base import Value
from contracts.finance import conversations
from contracts.values import Line


class FundingStatus(StrEnum):
    """Where the conversation with finance stands; who was refused may ask again."""

    AWAITING = "awaiting funding"
    FUNDED = "funded"
    REFUSED = "refused"


class Funding(Value):
    """The last request to finance, and its answer with the reason."""

    request: int
    status: FundingStatus = FundingStatus.AWAITING
    reason: Line | None = None


class NoteFunding(Command):
    """Note what finance says to a request; an answer to an earlier one counts no more."""

    request: int
    funded: StrictBool
    reason: Line


class FundingNoted(PrivateEvent):
    """Finance answered."""

    request: int
    funded: bool
    reason: Line


def may_ask(funding: Funding | None) -> bool:
    """Return whether there is something to ask finance: it was not asked, or refused."""
    return funding is None or funding.status is FundingStatus.REFUSED


def next_request(funding: Funding | None) -> int:
    """The number of the next request."""
    return funding.request + 1 if funding else 1


def noted(funding: Funding | None, command: NoteFunding) -> Sequence[FundingNoted]:
    """The answer to the last request, once."""
    answer = FundingNoted(**vars(command))
    if funding is None or command.request != funding.request or after(answer) == funding:
        return []
    return [answer]


def after(answer: FundingNoted) -> Funding:
    """The funding as an answer leaves it."""
    status = FundingStatus.FUNDED if answer.funded else FundingStatus.REFUSED
    return Funding(request=answer.request, status=status, reason=answer.reason)


def check_funded(funding: Funding | None, *, required: bool) -> None:
    """Where it is required, nothing goes on that finance was asked for and did not promise."""
    if not required or funding is None or funding.status is FundingStatus.FUNDED:
        return
    if funding.status is FundingStatus.AWAITING:
        raise Refused("funded", "Finance has not answered yet.", "Wait for its answer.")
    raise Refused("funded", f"Finance refused the money: '{funding.reason}'.", "Revise it, and ask again.")


Answer = (
    conversations.HiringFunded
    | conversations.HiringFundingRefused
    | conversations.TrainingFunded
    | conversations.TrainingFundingRefused
    | conversations.ToolFunded
    | conversations.ToolFundingRefused
)
PROMISES = (conversations.HiringFunded, conversations.TrainingFunded, conversations.ToolFunded)


def note_of(answer: Answer) -> NoteFunding:
    """The command that an answer of finance leads to."""
    return NoteFunding(request=answer.request, funded=isinstance(answer, PROMISES), reason=answer.reason)
