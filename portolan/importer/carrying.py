"""Commands of many things at once: which of them pass, what refused the others, and how many were new."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from portolan.importer.problem import ImportProblem
from portolan.importer.sending import Command, Outcome, Service

S = TypeVar("S")
MARKS = ("created", "changed", "unchanged")


@dataclass(frozen=True)
class Refusal:
    command: Command
    outcome: Outcome

    def fields(self, by_rule: Mapping[str, str]) -> list[str]:
        """Our fields it is about: those of the wrong parts of the body, else the one of the rule that refused."""
        found = [self.command.fields[place] for place in self.outcome.places if place in self.command.fields]
        return found or [by_rule[rule] for rule in (self.outcome.rule,) if rule in by_rule]


@dataclass
class Tally:
    """How many of each kind were created, changed or left as they were; threads may share it."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _adding: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, kind: str, mark: str, number: int = 1) -> str:
        """Count one more; gives the mark back."""
        with self._adding:
            self.counts.setdefault(kind, Counter())[mark] += number
        return mark

    def count(self, kind: str, began_by: Command, outcomes: Sequence[Outcome]) -> str:
        """Count one more by what its commands led to, the first of which may have begun it."""
        return self.add(kind, mark_of(began_by, outcomes))

    def merge(self, other: "Tally") -> None:
        for kind, marks in other.counts.items():
            for mark, number in marks.items():
                self.add(kind, mark, number)


def mark_of(began_by: Command, outcomes: Sequence[Outcome]) -> str:
    if outcomes[0].changed and outcomes[0].version == began_by.first_version:
        return "created"
    return "changed" if any(outcome.changed for outcome in outcomes) else "unchanged"


@dataclass(frozen=True)
class Step(Generic[S]):
    """What is done for each of some subjects, such as rows: commands to one service, and what they are counted as.

    ``commands(subject, before)``: ``before`` are the outcomes of the step before. A refusal by a rule in ``standing``
    lets the subject pass: what is there already stands. ``part_of`` names a kind of an earlier step: what is done to
    one that was created there is created with it, whatever else has happened to it meanwhile.
    """

    service: Service
    commands: Callable[[S, Sequence[Outcome]], Sequence[Command]]
    counted: Callable[[S], str]
    standing: AbstractSet[str] = frozenset()
    part_of: str = ""


def take(
    subjects: Sequence[S], steps: Sequence[Step[S]], refuse: Callable[[S, Refusal], None], tally: Tally
) -> list[S]:
    """Go through the steps with all subjects; those that pass every one are counted by what became of them."""
    passed: list[tuple[S, list[Outcome]]] = [(subject, []) for subject in subjects]
    marks: dict[int, dict[str, str]] = {id(subject): {} for subject in subjects}
    for step in steps:
        asked = {id(subject): list(step.commands(subject, before)) for subject, before in passed}
        passed = carry(
            step.service,
            [subject for subject, _ in passed],
            lambda subject, asked=asked: asked[id(subject)],  # type: ignore[misc]
            refuse,
            step.standing,
        )
        for subject, outcomes in passed:
            if outcomes:
                its, kind = marks[id(subject)], step.counted(subject)
                mark = mark_of(asked[id(subject)][0], outcomes)
                if mark == "changed" and its.get(step.part_of) == "created":
                    mark = "created"
                its[kind] = min(its.get(kind, MARKS[-1]), mark, key=MARKS.index)
    for subject, _ in passed:
        for kind, mark in marks[id(subject)].items():
            tally.add(kind, mark)
    return [subject for subject, _ in passed]


def carry(
    service: Service,
    subjects: Iterable[S],
    commands: Callable[[S], Sequence[Command]],
    refuse: Callable[[S, Refusal], None],
    standing: AbstractSet[str] = frozenset(),
) -> list[tuple[S, list[Outcome]]]:
    """Carry out each subject's commands; the subjects that pass come back with their outcomes, the others to `refuse`.

    A refusal by a rule in ``standing`` lets the subject pass: what is there already stands.
    """
    asked = [(subject, list(commands(subject))) for subject in subjects]
    outcomes = iter(service.send([command for _, its in asked for command in its]))
    passed = []
    for subject, its in asked:
        met = [(command, next(outcomes)) for command in its]
        failed = next((Refusal(*pair) for pair in met if pair[1].refused and pair[1].rule not in standing), None)
        if failed is None:
            passed.append((subject, [outcome for _, outcome in met]))
        else:
            check_permission(service, failed)
            refuse(subject, failed)
    return passed


def check_permission(service: Service, refusal: Refusal) -> None:
    """Stop at a refusal of permission: what one row may not do, none may."""
    if refusal.outcome.rule == "not-authorised":
        raise ImportProblem(
            f"{service.name} does not permit this token to carry out `{refusal.command.operation}`.",
            "Use a token with the role administrator.",
        )
