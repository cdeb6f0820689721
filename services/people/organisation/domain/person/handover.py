"""What a person leads is handed over to somebody else in one step: commands and rules."""

from collections.abc import Sequence
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.people import DutiesHandedOver
from services.people.organisation.domain.person import model


class HandOver(Command):
    """Hand over a person's team with its reviews, divisions and sessions to somebody else, before or after they leave.

    Cases stay: whom they are given to is judged for each.
    """

    to_id: UUID


def hand_over(command: HandOver, facts: model.PersonFacts) -> Sequence[DutiesHandedOver]:
    """Somebody else takes over who is in office; where there is nothing to hand over, nothing changes."""
    if command.to_id == facts.id:
        raise Refused("receiver-is-another", "A person hands over to somebody else.", "Name another person.")
    if not facts.receiver_in_office:
        raise Refused("receiver-in-office", "The receiver holds no office now.", "Name somebody active in a position.")
    if not facts.team and not facts.heads and not facts.trains:
        return []
    return [DutiesHandedOver(to_id=command.to_id, effective_on=facts.today)]
