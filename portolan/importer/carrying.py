"""Commands of many things at once: which of them pass, what refused the others, and how many were new."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeVar

from portolan.importer.plan import Command
from portolan.importer.problem import ImportProblem
from portolan.importer.sending import Outcome, Service

S = TypeVar("S")


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
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, kind: str, mark: str) -> str:
        """Count one more; gives the mark back."""
        self.counts.setdefault(kind, Counter())[mark] += 1
        return mark

    def count(self, kind: str, began_by: Command, outcomes: Sequence[Outcome]) -> str:
        """Count one more by what its commands led to, the first of which may have begun it."""
        if outcomes[0].changed and outcomes[0].version == began_by.first_version:
            return self.add(kind, "created")
        return self.add(kind, "changed" if any(outcome.changed for outcome in outcomes) else "unchanged")


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
