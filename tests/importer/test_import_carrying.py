"""What becomes of rows that go through several services, and what each of them is counted as."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import pytest

from portolan.importer.carrying import Refusal, Step, Tally, take
from portolan.importer.sending import Command, Outcome, Service

ID = UUID(int=1)


class Answering:
    """A service that answers each command alike."""

    name = "finance"

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def send(self, commands: Sequence[Command]) -> list[Outcome]:
        return [self._outcome for _ in commands]


def step(operation: str, outcome: Outcome, kind: str, *, first_version: int = 0, part_of: str = "") -> Step[str]:
    command = Command(operation, ID, {}, first_version=first_version)
    service = cast(Service, Answering(outcome))
    return Step(service, lambda _subject, _before: [command], lambda _: kind, part_of=part_of)


def refuse(subject: str, refusal: Refusal) -> None:
    raise AssertionError(f"{subject}: {refusal.outcome.reason}")


@pytest.mark.parametrize(
    ("budget", "actual", "counted"),
    [
        (Outcome(200, changed=True, version=1), Outcome(200, changed=True, version=2), "created"),
        # The budget was closed in between, for portfolio said that the project ended.
        (Outcome(200, changed=True, version=1), Outcome(200, changed=True, version=3), "created"),
        (Outcome(200, changed=False, version=2), Outcome(200, changed=True, version=3), "changed"),
        (Outcome(200, changed=True, version=4), Outcome(200, changed=True, version=5), "changed"),
        (Outcome(200, changed=True, version=1), Outcome(200, changed=False, version=1), "unchanged"),
        (Outcome(200, changed=False, version=2), Outcome(200, changed=False, version=2), "unchanged"),
    ],
)
def test_what_is_stated_together_with_a_new_budget_is_new_whatever_happened_in_between(
    budget: Outcome, actual: Outcome, counted: str
) -> None:
    tally = Tally()
    steps = [
        step("take_over_project_budget", budget, "budgets", first_version=1),
        step("state_expense", actual, "actuals", part_of="budgets"),
    ]
    assert take(["row"], steps, refuse, tally) == ["row"]
    assert tally.counts["actuals"] == {counted: 1}
