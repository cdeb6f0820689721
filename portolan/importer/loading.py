"""Loads rows in portions: what they belong to, then projects, budgets and costs; each row is accepted or rejected."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from contracts.portfolio import Stage
from portolan.importer.carrying import Refusal, Tally, carry
from portolan.importer.organisation import Organisation
from portolan.importer.plan import Plan
from portolan.importer.rows import ProjectRow, Reject
from portolan.importer.sending import Outcome, Service

RUNS_ALREADY = frozenset({"not-at-this-stage", "initiative-ended"})
"""An initiative that has moved on stays where it is."""
REPORTED_SINCE = frozenset({"reports-in-order", "project-ended", "not-at-this-stage"})
"""A project on which Portolan knows something later keeps it."""
AFRESH = 2
"""The version of a budget taken over with its estimate, to which nothing else has happened."""

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
    "ended-here": "projected_completion",
}
"""Our field that a service's rule is about, where the body of the command does not say."""


@dataclass(frozen=True)
class Services:
    people: Service
    portfolio: Service
    finance: Service


class Loading:
    """Loads rows; `accept(row, project_id)` and `reject(reject)` hear of every one of them."""

    def __init__(
        self,
        services: Services,
        plan: Plan,
        accept: Callable[[ProjectRow, UUID], None],
        reject: Callable[[Reject], None],
        column: Callable[[str], str],
    ) -> None:
        self._services, self._plan = services, plan
        self._accept, self._reject, self._column = accept, reject, column
        self._initiatives: dict[tuple[str, str], Refusal | None] = {}
        self.tally = Tally()
        self._organisation = Organisation(services.people, plan, self.tally)

    def load(self, rows: Sequence[ProjectRow]) -> None:
        """Load a portion of rows, whose projects are all different."""
        self._services.portfolio.wait_for(self._organisation.prepare(rows))
        rows = self._unless(rows, self._organisation.refusal_of)
        self._set_up_initiatives(rows)
        rows = self._unless(rows, lambda row: self._initiatives[row.agency, row.investment])
        self._load_money(self._load_projects(rows))

    def _unless(
        self, rows: Iterable[ProjectRow], refusal_of: Callable[[ProjectRow], Refusal | None]
    ) -> list[ProjectRow]:
        """The rows whose division, manager or initiative is there; the others are rejected for what refused that."""
        passed = []
        for row in rows:
            if refusal := refusal_of(row):
                self._refuse(row, refusal)
            else:
                passed.append(row)
        return passed

    def _set_up_initiatives(self, rows: Sequence[ProjectRow]) -> None:
        first: dict[tuple[str, str], ProjectRow] = {}
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
            self.tally.count("initiatives", plan.initiative(row)[0], outcomes)

    def _load_projects(self, rows: Sequence[ProjectRow]) -> list[ProjectRow]:
        """Projects with their progress; those that pass."""
        plan, portfolio = self._plan, self._services.portfolio
        taken = carry(portfolio, rows, lambda row: [plan.take_over(row)], self._refuse)
        outcomes = {row.key: its for row, its in taken}
        reported = carry(portfolio, [row for row, _ in taken], plan.progress, self._refuse, standing=REPORTED_SINCE)
        for row, its in reported:
            self.tally.count("projects", plan.take_over(row), [*outcomes[row.key], *its])
        return [row for row, _ in reported]

    def _load_money(self, rows: Sequence[ProjectRow]) -> None:
        """Budgets, then actuals and estimates."""
        plan, finance = self._plan, self._services.finance
        granted = carry(finance, rows, plan.budget, self._refuse)
        marks = {
            row.key: self.tally.count("budgets", plan.budget(row)[0], outcomes) for row, outcomes in granted if outcomes
        }
        stated = carry(finance, [row for row, _ in granted], plan.costs, self._refuse)
        undone = {row.key for row, outcomes in stated if outcomes and self._stated_before(row, outcomes[0])}
        taken_back = carry(
            finance,
            [row for row, _ in stated],
            lambda row: plan.taken_back(row) if row.key in undone else [],
            self._refuse,
        )
        outcomes_of = {row.key: outcomes for row, outcomes in stated}
        for row, outcomes in taken_back:
            if outcomes_of[row.key]:
                self._count_costs(row, marks[row.key], [*outcomes_of[row.key], *outcomes])
            self._accept(row, plan.project_id(row))

    def _count_costs(self, row: ProjectRow, budget: str, outcomes: Sequence[Outcome]) -> None:
        """Count as new what was stated together with a new budget."""
        changed = "created" if budget == "created" else "changed"
        kind = "actuals" if row.stage is Stage.CLOSED else "estimates"
        self.tally.add(kind, changed if any(outcome.changed for outcome in outcomes) else "unchanged")

    def _stated_before(self, row: ProjectRow, estimate: Outcome) -> bool:
        """Return whether an actual is on record for a project that, by what its source says now, is not finished."""
        if row.stage is Stage.CLOSED or estimate.version <= AFRESH:
            return False
        found = self._services.finance.read(f"/project-budgets/{self._plan.project_id(row)}") or {}
        reference = self._plan.reference(*row.key)
        # An entry is [category, amount, reference, occurred_on, commitment_id].
        return any(Decimal(entry[1]) and entry[2] == reference for entry in found.get("entries", {}).values())

    def _refuse(self, row: ProjectRow, refusal: Refusal) -> None:
        command, outcome = refusal.command, refusal.outcome
        fields = refusal.fields(RULE_FIELDS)
        if not fields and outcome.rule.startswith(("amount-", "currency-")):
            fields = [field for part, field in command.fields.items() if part in ("granted", "amount", "estimate")]
        columns = tuple(dict.fromkeys(self._column(name) for name in fields)) or (command.operation,)
        self._reject(Reject(row.record, columns, outcome.reason, row.agency, row.planned_cost, row.projected_cost))
