"""Divisions that a file needs: established with their code, or without one that another division has."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from portolan.importer.carrying import Refusal, carry
from portolan.importer.sending import Command, Outcome, Service

S = TypeVar("S")

KNOWN_ALREADY = frozenset({"already-exists"})
"""What was begun before, perhaps by a load that broke off, is used as it stands."""
CODE_TAKEN = "already-taken"


def establish(
    people: Service,
    subjects: Sequence[S],
    command: Callable[[S, bool], Sequence[Command]],
    refuse: Callable[[S, Refusal], None],
) -> tuple[list[tuple[S, list[Outcome]]], list[S]]:
    """Establish divisions by `command(subject, with_code)`; those that pass, and those that did without their code."""
    taken: list[S] = []

    def unless_taken(subject: S, refusal: Refusal) -> None:
        if refusal.outcome.rule == CODE_TAKEN:
            taken.append(subject)
        else:
            refuse(subject, refusal)

    passed = carry(people, subjects, lambda each: command(each, True), unless_taken, KNOWN_ALREADY)
    without = carry(people, taken, lambda each: command(each, False), refuse, KNOWN_ALREADY)
    return [*passed, *without], [subject for subject, _ in without]


def code_taken(division: str, code: str | None) -> str:
    """What a report says of a division that did without its code."""
    return f"The division '{division}' was established without its code '{code}', which another division has."
