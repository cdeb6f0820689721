"""Loads rows in portions: their initiatives, then projects, budgets and costs; each row is accepted or rejected."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from contracts.portfolio import Stage
from portolan.importer.carrying import Refusal, Step, Tally, carry, take
from portolan.importer.cells import RejectedRow
from portolan.importer.projects.organisation import Organisation
from portolan.importer.projects.plan import AFTER_BUDGET, Plan, is_stated
from portolan.importer.projects.rows import ProjectRow
from portolan.importer.sending import Command, Outcome, Service

RUNS_ALREADY = frozenset({"not-at-this-stage", "initiative-ended"})
"""An initiative that has moved on stays where it is."""
REPORTED_SINCE = frozenset({"reports-in-order", "project-ended", "not-at-this-stage"})
"""A project on which Portolan knows something later keeps it."""

RULE_FIELDS = {
    "division-not-known-yet": "agency",
    "division-closed": "agency",
    "division-stays": "agency",
    "division-differs": "agency",
    "initiative-unknown": "investment",
    "initiative-ended": "investment",
    "taken-over-from-elsewhere": "project",
    "not-in-the-future": "updated",
    "estimate-stale": "updated",
    "statement-stale": "updated",
    "ended-here": "projected_completion",
}
"""Our field that a service's rule is about, where the body of the command does not say."""


@dataclass(frozen=True)
class Services:
    people: Service
    portfolio: Service
    finance: Service
    reporting: Service


@dataclass
class Portion:
    """Rows of a file, all different projects, and those rejected between them; after loading, what became of them."""

    rows: list[ProjectRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    accepted: list[ProjectRow] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    @property
    def size(self) -> int:
        return len(self.rows) + len(self.rejected)


class Loading:
    """Loads portions, several at a time; what they share is set up by the one that comes first."""

    def __init__(
        self, services: Services, plan: Plan, organisation: Organisation, column: Callable[[str], str]
    ) -> None:
        self._services, self._plan, self._organisation, self._column = services, plan, organisation, column
        self._initiatives: dict[tuple[str, str | None], Refusal | None] = {}
        self._setting_up = threading.Lock()

    def load(self, portion: Portion) -> Portion:
        """Load a portion; its ``accepted``, ``rejected`` and ``tally`` say what became of its rows."""

        def refuse(row: ProjectRow, refusal: Refusal) -> None:
            portion.rejected.append(self._rejected(row, refusal))

        rows = unless(portion.rows, self._organisation.refusal_of, refuse)
        with self._setting_up:
            self._set_up_initiatives([row for row in rows if not row.by_name], portion.tally)
        rows = unless(rows, lambda row: self._initiatives.get((row.agency, row.investment)), refuse)
        portion.accepted = take(rows, self._steps(), refuse, portion.tally)
        portion.rejected.sort(key=lambda each: each.line)
        return portion

    def _set_up_initiatives(self, rows: Sequence[ProjectRow], tally: Tally) -> None:
        first: dict[tuple[str, str | None], ProjectRow] = {}
        for row in rows:
            if (row.agency, row.investment) not in self._initiatives:
                first.setdefault((row.agency, row.investment), row)

        def refuse(row: ProjectRow, refusal: Refusal) -> None:
            self._initiatives[row.agency, row.investment] = refusal

        plan = self._plan
        for row, outcomes in carry(
            self._services.portfolio, first.values(), plan.initiative, refuse, standing=RUNS_ALREADY
        ):
            self._initiatives[row.agency, row.investment] = None
            tally.count("initiatives", plan.initiative(row)[0], outcomes)

    def _steps(self) -> Sequence[Step[ProjectRow]]:
        """What a row becomes, service after service: nothing has money that portfolio refuses."""
        plan, portfolio, finance = self._plan, self._services.portfolio, self._services.finance
        return (
            Step(portfolio, lambda row, _: [plan.take_over(row)], lambda _: "projects"),
            Step(portfolio, lambda row, _: plan.progress(row), lambda _: "projects", REPORTED_SINCE),
            Step(finance, lambda row, _: plan.budget(row), lambda _: "budgets"),
            Step(finance, lambda row, _: plan.costs(row), kind_of_costs, part_of="budgets"),
            Step(finance, self._taken_back, kind_of_costs, part_of="budgets"),
        )

    def _taken_back(self, row: ProjectRow, stated: Sequence[Outcome]) -> Sequence[Command]:
        """An actual is taken back of a project that, by what its source says now, is not finished."""
        if row.stage is Stage.CLOSED or not stated or stated[0].version <= AFTER_BUDGET:
            return []
        id = self._plan.expense_id(self._plan.project_id(row), self._plan.reference(*row.key))
        found = self._services.finance.read(f"/expenses/{id}")
        return self._plan.taken_back(row) if found and is_stated(found) else []

    def _rejected(self, row: ProjectRow, refusal: Refusal) -> RejectedRow:
        command, outcome = refusal.command, refusal.outcome
        fields = refusal.fields(RULE_FIELDS)
        if not fields and outcome.rule.startswith(("amount-", "currency-")):
            fields = [field for part, field in command.fields.items() if part in ("granted", "amount", "estimate")]
        columns = tuple(dict.fromkeys(map(self._column, fields))) or (command.operation,)
        return RejectedRow(row.record, columns, outcome.reason, outcome.reason, vars(row))


def unless(
    rows: Iterable[ProjectRow],
    refusal_of: Callable[[ProjectRow], Refusal | None],
    refuse: Callable[[ProjectRow, Refusal], None],
) -> list[ProjectRow]:
    """The rows whose division, manager or initiative is there; the others are refused for what refused that."""
    passed = []
    for row in rows:
        if refusal := refusal_of(row):
            refuse(row, refusal)
        else:
            passed.append(row)
    return passed


def kind_of_costs(row: ProjectRow) -> str:
    return "actuals" if row.stage is Stage.CLOSED else "estimates"
