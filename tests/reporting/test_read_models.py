"""The folds behind the views: deterministic, the same event by event as in batches, money exact to the last digit."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from chassis.consumers.projection import Fold
from chassis.domain.read_row import ReadRow
from chassis.messaging.cloudevents import Envelope
from contracts import finance, people, portfolio
from contracts import portfolio as portfolios
from contracts.portfolio import changes, planning, risks
from contracts.values import Grade, Money, Period
from services.reporting.accountability.read_models import ACCOUNTABILITY
from services.reporting.app import TABLES
from services.reporting.changes.read_models import CHANGE_WINDOWS, CHANGES
from services.reporting.money.read_models import DIVISION_BUDGETS, PROJECT_MONEY, DivisionBudgetRow, ProjectMoneyRow
from services.reporting.organisation.domain.rows import DivisionRow, PersonRow
from services.reporting.organisation.read_models import DIVISIONS, PERSONS
from services.reporting.portfolio.domain.rows import InitiativeRow, ProjectRow
from services.reporting.portfolio.read_models import (
    EARNED_VALUE_DAYS,
    EXCEPTIONS,
    INITIATIVES,
    PROJECT_HEALTH,
    PROJECTS,
)
from services.reporting.risks.read_models import RISKS

ID, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2026, 5, 1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = Period(start=DAY, end=date(2026, 9, 1))
Rows = dict[Any, ReadRow]


def euros(amount: str | int | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def stream(kind: str, events: Sequence[BaseModel], service: str = "portfolio", id: UUID = ID) -> list[Envelope]:
    """The events as one stream's messages, a minute apart."""
    return [
        Envelope(
            topic="t",
            partition=0,
            offset=number,
            event=event,
            id=str(number),
            type=f"portolan.{service}.{type(event).__name__}",
            stream=f"{kind}-{id}",
            number=number,
            time=BEGAN + timedelta(minutes=number),
            actor="somebody",
        )
        for number, event in enumerate(events, start=1)
    ]


def folded(fold: Fold[Any], envelopes: Sequence[Envelope], rows: Rows | None = None) -> Rows:
    """The table after these messages, the way projections fold them."""
    table = dict(rows or {})
    for envelope in envelopes:
        for key in fold.keys(envelope):
            row = fold.fold(table.get(key), envelope, key)
            if row is None:
                table.pop(key, None)
            else:
                table[key] = row
    return table


def project(*events: BaseModel) -> ProjectRow:
    row = folded(PROJECTS, stream("project", events))[ID]
    assert isinstance(row, ProjectRow)
    return row


def money(*events: BaseModel) -> ProjectMoneyRow:
    row = folded(PROJECT_MONEY, stream("project-budget", events, "finance"))[ID]
    assert isinstance(row, ProjectMoneyRow)
    return row


def division_budget(*events: BaseModel) -> DivisionBudgetRow:
    row = folded(DIVISION_BUDGETS, stream("division-budget", events, "finance"))[ID]
    assert isinstance(row, DivisionBudgetRow)
    return row


def person(*events: BaseModel) -> PersonRow:
    row = folded(PERSONS, stream("person", events, "people"))[ID]
    assert isinstance(row, PersonRow)
    return row


def told(row: ReadRow, *names: str) -> list[Any]:
    """These fields of a row."""
    return [getattr(row, name) for name in names]


PROPOSED = portfolio.ProjectProposed(
    name="Payroll", summary="", division_id=OTHER, initiative_id=None, sponsor_id=THIRD, accountable_id=ID
)
SPECIFIED = portfolio.ProjectSpecified(
    version=1, scope="All", success_criteria=("Works.",), plan=PLAN, budget_asked=euros(10)
)
APPROVED = portfolio.ProjectApproved(division_id=OTHER, specification_version=1, budget_asked=euros(10), plan=PLAN)
FUNDED = portfolio.ProjectFunded(granted=euros(10))
STARTED = portfolio.ProjectStarted(effective_on=DAY)
HELD = portfolio.ProjectPutOnHold(reason="Strike.")
CLOSED = portfolio.ProjectClosed(outcome=portfolios.Outcome.FAILED, verdicts=(), lessons="L", effective_on=DAY)
ESCALATED = portfolio.AccountabilityTransferred(from_id=ID, accountable_id=OTHER, basis="escalated", reason="Left.")
WAIVED = portfolio.AccountabilityWaived(accountable_id=OTHER, reason="Nobody named.")
UNRESOLVED = portfolio.AccountabilityUnresolved(accountable_id=ID, reason="Nobody there.")
OFFERED = portfolio.DelegationOffered(delegate_id=THIRD, offered_by=ID, until=None, scope="All")
ACCEPTED = portfolio.DelegationAccepted(delegate_id=THIRD)
ENDED = portfolio.DelegationEnded(delegate_id=THIRD, how="revoked", reason="Mine.")
DECLINED = portfolio.DelegationDeclined(delegate_id=THIRD, reason="No time.")
OPENED = finance.ProjectBudgetOpened(project_id=ID, division_id=OTHER, asked=euros(10))
CONFIRMED = finance.ProjectFundingConfirmed(
    project_id=ID, granted=euros(1000), contingency=euros(50), division_budget_id=THIRD
)


def taken_over(stage: portfolios.Stage, **known: Any) -> portfolio.ProjectTakenOver:
    return portfolio.ProjectTakenOver(
        **{
            "name": "Old",
            "summary": "",
            "division_id": OTHER,
            "initiative_id": None,
            "source": portfolios.Source(system="Ledger", reference="7"),
            "stage": stage,
            "plan": PLAN,
            "accountable_id": ID,
            "gaps": ("sponsor",),
            **known,
        }
    )


def reported(
    percent: int, health: portfolios.Health | None = None, expected: date | None = None
) -> portfolio.ProgressReported:
    return portfolio.ProgressReported(
        as_of=DAY, percent_complete=Decimal(percent), expected_completion=expected, health=health, note=""
    )


def charged(committed: Any = 0, spent: Any = 0, on: date | None = None) -> finance.ProjectBudgetCharged:
    sums = {"planned": Decimal(0), "committed": Decimal(committed), "spent": Decimal(spent)}
    return finance.ProjectBudgetCharged(project_id=ID, category="c", **sums, occurred_on=on)


def committed(amount: str | int | Decimal) -> finance.ProjectBudgetCharged:
    return charged(committed=amount)


def released(amount: str | int | Decimal) -> finance.ProjectBudgetCharged:
    return charged(committed=-Decimal(amount))


def spent(amount: str | int | Decimal, consumed: str | int | Decimal = 0) -> finance.ProjectBudgetCharged:
    return charged(spent=amount, committed=-Decimal(consumed), on=DAY)


def reversed_(amount: str | int | Decimal, restored: str | int | Decimal = 0) -> finance.ProjectBudgetCharged:
    return charged(spent=-Decimal(amount), committed=restored, on=DAY)


def estimated(amount: str | int, as_of: date = DAY) -> finance.EstimateAtCompletionStated:
    return finance.EstimateAtCompletionStated(
        project_id=ID, estimate=euros(amount), basis="stated", as_of=as_of, reason="r"
    )


def supplemented(amount: int, granted: int) -> finance.ProjectBudgetSupplemented:
    return finance.ProjectBudgetSupplemented(project_id=ID, amount=euros(amount), granted=euros(granted), reason="r")


def test_a_project_goes_through_its_stages() -> None:
    life = [PROPOSED, SPECIFIED, APPROVED, FUNDED, STARTED, HELD, portfolio.ProjectResumed()]
    life += [portfolio.ProjectClosing(), CLOSED]
    stages = [project(*life[: count + 1]).stage for count in range(len(life))]
    assert stages == [
        "proposed",
        "specified",
        "approved",
        "funded",
        "in progress",
        "on hold",
        "in progress",
        "closing",
        "closed",
    ]
    assert project(*life).outcome == "failed"
    assert project(PROPOSED, SPECIFIED, APPROVED, portfolio.ProjectReturned(reason="No.")).stage == "specified"
    assert project(PROPOSED, portfolio.ProjectCancelled(reason="No.")).stage == "cancelled"


def test_a_project_keeps_what_was_said_of_its_plan_and_progress() -> None:
    row = project(PROPOSED, SPECIFIED, reported(40, portfolios.Health.AT_RISK, date(2026, 10, 1)))
    assert (row.plan_start, row.plan_end) == (PLAN.start, PLAN.end)
    assert told(row, "percent_complete", "declared_health", "reported_as_of") == [40, "at risk", DAY]
    assert row.expected_completion == date(2026, 10, 1)
    later = project(PROPOSED, SPECIFIED, reported(40, portfolios.Health.AT_RISK, date(2026, 10, 1)), reported(50))
    assert told(later, "percent_complete", "declared_health", "expected_completion") == [50, None, None]


def test_a_project_taken_over_says_where_it_came_from_and_what_is_not_known() -> None:
    row = project(taken_over(portfolios.Stage.CLOSED))
    assert (row.source_system, row.source_reference, row.stage, row.outcome) == (
        "Ledger",
        "7",
        "closed",
        "not recorded",
    )
    assert (row.gaps, row.accountable_basis) == (["sponsor"], "named")
    correction = portfolio.TakeOverCorrected(
        name="Older",
        summary="",
        initiative_id=THIRD,
        stage=portfolios.Stage.ON_HOLD,
        plan=None,
        accountable_id=None,
        gaps=(),
    )
    corrected = project(taken_over(portfolios.Stage.CLOSED), WAIVED, correction)
    assert (corrected.name, corrected.stage, corrected.outcome, corrected.gaps) == ("Older", "on hold", None, [])
    assert (corrected.initiative_id, corrected.plan_end) == (THIRD, None)
    assert (corrected.division_id, corrected.source_system) == (OTHER, "Ledger")
    assert corrected.accountable_basis == "division head stands in"


def test_who_answers_and_on_what_grounds() -> None:
    assert project(PROPOSED).accountable_id == ID
    unresolved = project(PROPOSED, UNRESOLVED)
    assert (unresolved.accountable_id, unresolved.unresolved) == (ID, True)
    resolved = project(PROPOSED, UNRESOLVED, ESCALATED)
    assert (resolved.accountable_id, resolved.unresolved, resolved.accountable_basis) == (OTHER, False, "escalated")


def test_delegation_is_offered_active_and_over() -> None:
    said = [project(PROPOSED, *events) for events in ([OFFERED], [OFFERED, ACCEPTED], [OFFERED, ACCEPTED, ENDED])]
    assert [(row.delegate_id, row.delegation) for row in said] == [(THIRD, "offered"), (THIRD, "active"), (None, None)]
    assert project(PROPOSED, OFFERED, DECLINED).delegation is None
    assert {row.accountable_id for row in said} == {ID}


def test_every_fact_names_the_event_it_comes_from() -> None:
    marks = project(PROPOSED, SPECIFIED, APPROVED, reported(10), UNRESOLVED).marks
    told = {fact: (mark["type"], mark["number"]) for fact, mark in marks.items()}
    assert told == {
        "stage": ("ProjectApproved", 3),
        "accountability": ("AccountabilityUnresolved", 5),
        "plan": ("ProjectSpecified", 2),
        "progress": ("ProgressReported", 4),
    }
    assert marks["plan"] == {
        "stream": f"project-{ID}",
        "number": 2,
        "type": "ProjectSpecified",
        "time": (BEGAN + timedelta(minutes=2)).isoformat(),
        "actor": "somebody",
    }
    of_money = money(
        OPENED, CONFIRMED, estimated(900), spent(1), finance.OverrunRaised(project_id=ID, overrun=euros(1))
    )
    numbers = {fact: mark["number"] for fact, mark in of_money.marks.items()}
    assert numbers == {"planned": 2, "outlook": 3, "actual": 4, "overrun": 5}


def test_the_ledger_gets_a_line_for_each_who_answers_and_never_changes_one() -> None:
    events = [taken_over(portfolios.Stage.PROPOSED), WAIVED, OFFERED, UNRESOLVED, ESCALATED, STARTED]
    lines = list(folded(ACCOUNTABILITY, stream("project", events)).values())
    assert [(line.number, line.person_id, line.basis, line.reason) for line in lines] == [  # type: ignore[attr-defined]
        (1, ID, "named", None),
        (2, OTHER, "division head stands in", "Nobody named."),
        (5, OTHER, "escalated", "Left."),
    ]


def test_money_is_asked_granted_supplemented_and_closed() -> None:
    asked = money(OPENED)
    assert told(asked, "status", "asked", "granted", "currency") == ["asked", 10, 0, "EUR"]
    refused = money(OPENED, finance.ProjectFundingRefused(project_id=ID, reason="No."))
    assert told(refused, "status", "granted") == ["refused", 0]
    granted = money(OPENED, CONFIRMED)
    assert told(granted, "status", "granted", "contingency") == ["funded", 1000, 50]
    assert granted.division_budget_id == THIRD
    assert money(OPENED, CONFIRMED, supplemented(200, 1200)).granted == 1200
    closed = money(OPENED, CONFIRMED, finance.ProjectBudgetClosed(project_id=ID))
    assert told(closed, "status", "granted") == ["closed", 1000]


def test_money_granted_elsewhere_is_taken_over_and_corrected() -> None:
    elsewhere = finance.ProjectBudgetTakenOver(project_id=ID, division_id=OTHER, granted=euros(500), source="Ledger")
    row = money(elsewhere)
    assert told(row, "status", "granted", "division_id", "division_budget_id") == ["funded", 500, OTHER, None]
    corrected = money(elsewhere, finance.TakenOverBudgetCorrected(project_id=ID, granted=euros(400), reason="Ledger"))
    assert corrected.granted == 400


def test_spending_consumes_commitments_and_reversals_restore_them() -> None:
    def sums(*events: BaseModel) -> list[Any]:
        return told(money(OPENED, CONFIRMED, *events), "committed", "actual")

    assert sums(committed(100)) == [100, 0]
    assert sums(committed(100), spent(60, 60)) == [40, 60]
    assert sums(committed(100), spent(130, 100)) == [0, 130]
    assert sums(committed(100), spent(60, 60), reversed_(60, 60)) == [100, 0]
    assert sums(committed(100), spent(130, 100), reversed_(130, 100)) == [100, 0]
    assert sums(committed(100), spent(60, 60), released(40)) == [0, 60]
    assert sums(committed(100), spent(60, 60), released(40), reversed_(60)) == [0, 0]
    planned = committed(0).model_copy(update={"planned": Decimal(100)})
    assert sums(planned) == [100, 0]
    ordered = committed(100).model_copy(update={"planned": Decimal(-100)})
    assert sums(planned, ordered) == [100, 0]


def test_what_a_closed_project_returns_is_no_longer_drawn_from_the_divisions_budget() -> None:
    returned = finance.ProjectAllotmentReturned(project_id=ID, division_budget_id=THIRD, amount=euros(400))
    assert money(OPENED, CONFIRMED, returned).allotments == {str(THIRD): "600"}


def test_orders_and_expenses_themselves_charge_nothing() -> None:
    known = {"project_id": ID, "category": "c", "amount": euros(5), "reference": "r"}
    made = finance.CommitmentMade(commitment_id=OTHER, **known)
    paid = finance.ActualRecorded(entry_id=OTHER, consumed=euros(0), commitment_id=None, occurred_on=DAY, **known)
    for kind, event in (("commitment", made), ("expense", paid)):
        assert not folded(PROJECT_MONEY, stream(kind, [event], "finance"))


def test_the_latest_estimate_holds() -> None:
    assert money(OPENED, CONFIRMED).estimate is None
    row = money(OPENED, CONFIRMED, estimated(900), estimated(0, DAY + timedelta(days=1)))
    assert told(row, "estimate", "estimate_as_of") == [0, DAY + timedelta(days=1)]


def test_an_overrun_is_raised_and_cleared() -> None:
    raised = finance.OverrunRaised(project_id=ID, overrun=euros(5))
    assert money(OPENED, CONFIRMED, raised).overrun is True
    assert money(OPENED, CONFIRMED, raised, finance.OverrunCleared(project_id=ID)).overrun is False


def test_a_division_budget_is_drafted_approved_moved_and_closed() -> None:
    drafted = finance.DivisionBudgetDrafted(
        division_id=OTHER, fiscal_year=2026, parent_budget_id=None, lines=(), total=euros(100)
    )
    approved = finance.DivisionBudgetApproved(original=euros(100))
    moved = finance.DivisionBudgetTransferred(
        transfer_id=ID, other_budget_id=OTHER, amount=euros(-30), reason="r", current=euros(90)
    )
    life: list[BaseModel] = [
        drafted,
        finance.DivisionBudgetSubmitted(submitted_by="x"),
        finance.DivisionBudgetReturned(reason="r"),
        finance.DivisionBudgetSubmitted(submitted_by="x"),
        approved,
        finance.DivisionBudgetSupplemented(amount=euros(20), reason="r", current=euros(120)),
        moved,
        finance.DivisionBudgetClosed(),
    ]
    rows = [division_budget(*life[: count + 1]) for count in range(len(life))]
    assert [row.status for row in rows] == [
        "drafted",
        "submitted",
        "drafted",
        "submitted",
        "approved",
        "approved",
        "approved",
        "closed",
    ]
    assert [row.current for row in rows[4:]] == [100, 120, 90, 90]
    assert {row.original for row in rows} == {100}
    assert (rows[-1].division_id, rows[-1].fiscal_year, rows[-1].currency) == (OTHER, 2026, "EUR")


def test_persons_are_hired_appointed_suspended_and_gone() -> None:
    hired = people.PersonHired(name="Ada", effective_on=DAY)
    appointed = people.PersonAppointed(
        position_id=ID,
        title="CIO",
        division_id=OTHER,
        grade=Grade.EXECUTIVE,
        line_manager_id=THIRD,
        transferred=False,
        promoted=False,
        effective_on=DAY,
    )
    waived = people.SeniorManagerGateWaived(
        position_id=ID,
        required_years=Decimal(10),
        verified_years=Decimal(9),
        approver="x",
        reason="r",
        effective_on=DAY,
    )
    row = person(hired, people.PersonRenamed(name="Ada L."), appointed, waived)
    assert (row.name, row.title, row.grade, row.division_id) == ("Ada L.", "CIO", "executive", OTHER)
    assert (row.line_manager_id, row.gate_waived, row.status) == (THIRD, True, "active")
    assert person(hired, appointed, waived, appointed).gate_waived is False
    moved = people.LineManagerChanged(line_manager_id=None, effective_on=DAY)
    assert person(hired, appointed, moved).line_manager_id is None
    suspended, reinstated = people.PersonSuspended(effective_on=DAY), people.PersonReinstated(effective_on=DAY)
    left = people.PersonLeft(line_manager_id=THIRD, effective_on=DAY)
    status = [person(hired, *then).status for then in ([suspended], [suspended, reinstated], [suspended, left])]
    assert status == ["suspended", "active", "left"]


def test_of_whom_is_erased_the_row_keeps_no_name_in_whatever_form_it_came() -> None:
    renamed, erased = people.PersonRenamed(name="Ada L."), people.PersonErased(reason="Asked.")
    left = people.PersonLeft(line_manager_id=None, effective_on=DAY)
    live = person(people.PersonHired(name="Ada", effective_on=DAY), renamed, left, erased)
    assert (live.name, live.status) == ("erased", "left")
    anew = people.PersonHired(name="erased", effective_on=DAY), people.PersonRenamed(name="erased"), left, erased
    assert person(*anew) == live


def test_divisions_are_established_renamed_moved_headed_and_closed() -> None:
    established = people.DivisionEstablished(name="IT", code="7", kind=people.DivisionKind.IT, parent_id=None)
    life = [
        established,
        people.DivisionRenamed(name="Technology"),
        people.DivisionMoved(parent_id=THIRD),
        people.DivisionHeadAppointed(person_id=OTHER),
        people.DivisionClosed(reason="Merged."),
    ]
    row = folded(DIVISIONS, stream("division", life, "people"))[ID]
    assert row == DivisionRow(
        id=ID, name="Technology", code="7", kind="it", parent_id=THIRD, head_id=OTHER, closed=True
    )


def test_initiatives_are_shaped_renamed_run_and_ended() -> None:
    life: list[BaseModel] = [
        portfolio.InitiativeShaped(name="Paperless", purpose="", division_id=OTHER, source=None),
        portfolio.InitiativeRenamed(name="No paper"),
        portfolio.InitiativeApproved(),
        portfolio.InitiativeStarted(),
        portfolio.InitiativeCompleted(outcome=portfolios.Outcome.SUCCEEDED, summary="s"),
    ]
    row = folded(INITIATIVES, stream("initiative", life))[ID]
    assert row == InitiativeRow(id=ID, name="No paper", division_id=OTHER, stage="completed", outcome="succeeded")
    stopped = folded(INITIATIVES, stream("initiative", [life[0], portfolio.InitiativeStopped(reason="r")]))[ID]
    assert isinstance(stopped, InitiativeRow)
    assert stopped.stage == "stopped"


def test_a_stream_touches_only_the_tables_of_its_kind() -> None:
    def touched(kind: str, event: BaseModel) -> set[str]:
        (envelope,) = stream(kind, [event])
        return {fold.table for fold in TABLES if fold.keys(envelope)}

    assert touched("project", PROPOSED) == {"projects", "accountability"}
    assert touched("project-budget", OPENED) == {"project_money"}
    assert touched("division-budget", finance.DivisionBudgetClosed()) == {"division_budgets"}
    assert touched("division", people.DivisionClosed(reason="r")) == {"divisions"}
    assert touched("person", people.PersonRenamed(name="n")) == {"persons"}
    assert touched("initiative", portfolio.InitiativeApproved()) == {"initiatives"}
    assert touched("position", people.PositionApproved()) == set()
    assert touched("guards", PROPOSED) == set()


PROJECT_EVENTS: list[BaseModel] = [
    PROPOSED,
    taken_over(portfolios.Stage.IN_PROGRESS),
    SPECIFIED,
    APPROVED,
    FUNDED,
    STARTED,
    HELD,
    CLOSED,
    ESCALATED,
    WAIVED,
    UNRESOLVED,
    OFFERED,
    ACCEPTED,
    ENDED,
    reported(10),
    reported(20, portfolios.Health.ON_TRACK),
]
EXACT = st.decimals(min_value=0, max_value=Decimal(10) ** 18 - 1, places=6, allow_nan=False, allow_infinity=False)
MONEY_EVENTS = st.one_of(
    st.just(CONFIRMED),
    st.just(estimated(7)),
    EXACT.map(committed),
    EXACT.map(released),
    EXACT.map(lambda amount: spent(amount, amount)),
    EXACT.map(lambda amount: reversed_(amount, amount)),
)


def interleaved(streams: Sequence[tuple[UUID, BaseModel]], kind: str, service: str) -> list[Envelope]:
    """Events of several streams, in this order, each with its number in its stream."""
    numbers: dict[UUID, int] = {}
    found: list[Envelope] = []
    for id, event in streams:
        numbers[id] = numbers.get(id, 0) + 1
        (envelope,) = stream(kind, [event], service, id)
        found.append(
            Envelope(**{**vars(envelope), "number": numbers[id], "time": BEGAN + timedelta(minutes=len(found))})
        )
    return found


def check_batches(folds: Sequence[Fold[Any]], envelopes: Sequence[Envelope], cuts: Sequence[int]) -> None:
    """Folding in these batches, with rows stored and read in between, ends where folding all at once does."""
    for fold in folds:
        whole = folded(fold, envelopes)
        assert folded(fold, envelopes) == whole, "the same events fold to the same rows"
        rows: Rows = {}
        for start, end in zip([0, *cuts], [*cuts, len(envelopes)], strict=True):
            rows = {key: fold.row.model_validate_json(row.model_dump_json()) for key, row in rows.items()}
            rows = folded(fold, envelopes[start:end], rows)
        assert rows == whole


IDS = st.sampled_from([ID, OTHER, THIRD])


@given(st.lists(st.tuples(IDS, st.sampled_from(PROJECT_EVENTS)), max_size=25), st.data())
def test_projects_fold_the_same_in_any_batches(events: list[tuple[UUID, BaseModel]], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=6)))
    check_batches([PROJECTS, ACCOUNTABILITY], interleaved(events, "project", "portfolio"), cuts)


@given(st.lists(st.tuples(IDS, MONEY_EVENTS), max_size=25), st.data())
def test_money_folds_the_same_in_any_batches(events: list[tuple[UUID, BaseModel]], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=6)))
    check_batches([PROJECT_MONEY], interleaved(events, "project-budget", "finance"), cuts)


@given(st.lists(st.tuples(EXACT, EXACT), min_size=1, max_size=40))
def test_sums_of_money_are_exact_to_twenty_four_digits(pairs: list[tuple[Decimal, Decimal]]) -> None:
    amounts = [(min(pair), max(pair)) for pair in pairs]
    events = [event for low, high in amounts for event in (committed(high), spent(low, low))]
    row = money(OPENED, CONFIRMED, *events)
    # Whole millionths, which Python adds without any rounding.
    spent_in_all = sum(int(low * 1_000_000) for low, _ in amounts)
    bound = sum(int(high * 1_000_000) - int(low * 1_000_000) for low, high in amounts)
    assert int(row.actual * 1_000_000) == spent_in_all
    assert int(row.committed * 1_000_000) == bound
    undone = [reversed_(low, low) for low, _ in amounts] + [released(high) for _, high in amounts]
    nothing = money(OPENED, CONFIRMED, *events, *undone)
    assert told(nothing, "actual", "committed") == [0, 0]


@given(st.lists(st.sampled_from(PROJECT_EVENTS), min_size=1, max_size=25))
def test_a_project_once_heard_of_always_has_somebody_who_answers(events: list[BaseModel]) -> None:
    row: ProjectRow | None = None
    for envelope in stream("project", [PROPOSED, *events]):
        row = PROJECTS.fold(row, envelope, ID)
        assert row is not None
        assert row.accountable_id is not None


def test_a_projects_health_is_as_it_was_judged_last() -> None:
    def judged(rating: Any, *reasons: planning.HealthReason) -> planning.HealthJudged:
        known = {"declared": "on track", "disagrees": rating != "on track", "effective_on": DAY}
        return planning.HealthJudged(division_id=OTHER, rating=rating, reasons=reasons, **known)

    late = planning.HealthReason(rule="schedule-forecast", rating="off track", sentence="Late.", stream="p", number=3)
    rows = folded(PROJECT_HEALTH, stream("project-health", [judged("on track"), judged("off track", late)]))
    assert told(rows[ID], "rating", "disagrees", "judged_on") == ["off track", True, DAY]
    assert rows[ID].model_dump()["reasons"][0]["number"] == 3


def test_an_exception_tells_whom_it_awaits_how_it_was_answered_and_how_long_it_took() -> None:
    raised = planning.ExceptionRaised(
        project_id=OTHER,
        division_id=THIRD,
        forecast="cost",
        deviation=Decimal(12),
        tolerance=Decimal(10),
        sentence="Dear.",
        awaits_id=OTHER,
        answer_by=DAY,
    )
    up = planning.ExceptionEscalated(awaits_id=THIRD, answer_by=DAY, reason="It was not answered in time.")
    answered = planning.ExceptionAnswered(
        answer="stop", explanation="", owner_id=None, due_on=None, answered_by="x", hours=Decimal("30.5")
    )
    handed = planning.ExceptionPassedOn(awaits_id=ID, answer_by=DAY)
    said = [raised, handed, up, answered, up, answered, planning.ExceptionClosed(how="project ended")]
    rows = [folded(EXCEPTIONS, stream("exception", said[:count]))[ID] for count in range(1, 8)]
    statuses = ["raised", "raised", "raised", "answered", "raised", "answered", "closed"]
    assert [told(row, "status")[0] for row in rows] == statuses
    assert told(rows[1], "awaits_id", "level") == [ID, 0]
    assert told(rows[2], "awaits_id", "level") == [THIRD, 1]
    assert told(rows[6], "answer", "hours") == ["stop", Decimal("30.5")]


def test_the_points_of_earned_value_add_up_by_division_currency_and_day_in_any_order() -> None:
    def moved(*points: planning.EarnedValuePoint) -> planning.EarnedValueMoved:
        return planning.EarnedValueMoved(division_id=OTHER, currency="EUR", points=points)

    linear = planning.EarnedValuePoint(day=DAY, over=3, slope=Decimal(100), budget=Decimal(100))
    ends = planning.EarnedValuePoint(day=DAY + timedelta(days=3), over=3, slope=Decimal(-100))
    spent = planning.EarnedValuePoint(day=DAY, actual=Decimal("0.01"), earned=Decimal(7))
    one, two = stream("plan", [moved(linear, ends)]), stream("plan", [moved(spent, linear)], id=THIRD)
    rows = folded(EARNED_VALUE_DAYS, [*one, *two])
    assert rows == folded(EARNED_VALUE_DAYS, [*two, *one])
    row = rows[f"{OTHER} EUR {DAY}"]
    assert told(row, "budget", "earned", "actual") == [Decimal(200), Decimal(7), Decimal("0.01")]
    assert abs(row.model_dump()["slope"] - Decimal(200) / 3) < Decimal("1e-20")
    assert len(rows) == 2


def score(number: int, appetite: int = 8) -> risks.RiskScore:
    return risks.RiskScore(
        likelihood="likely",
        impact="high",
        number=Decimal(number),
        level="high" if number > appetite else "low",
        appetite=Decimal(appetite),
        review_days=30,
        policy_id=OTHER,
        policy_version=1,
    )


IDENTIFIED = risks.RiskIdentified(
    title="One supplier",
    description="",
    category=risks.RiskCategory.OPERATIONAL,
    division_id=OTHER,
    project_id=None,
    owner_id=THIRD,
    identified_by=None,
)
ANALYSED = risks.RiskAnalysed(inherent=score(20), current=score(12), review_on=DAY)


def test_a_risk_tells_its_current_score_against_its_appetite_and_until_when_it_is_accepted() -> None:
    given_until = risks.RiskAcceptanceGiven(given_by=ID, until=DAY, reason="Until the tender.")
    ended = risks.RiskAcceptanceEnded(how="expired", to_id=ID, reason="Its day has passed.")
    lower = risks.RiskRescored(current=score(6), review_on=DAY, reason="A second supplier.")
    said = [IDENTIFIED, ANALYSED, given_until, ended, lower, risks.RiskMonitored(note="", review_on=DAY)]
    rows = [folded(RISKS, stream("risk", said[:count]))[ID] for count in range(1, 7)]
    assert [told(row, "number")[0] for row in rows] == [None, 12, 12, 12, 6, 6]
    assert [told(row, "above_appetite")[0] for row in rows] == [False, True, True, True, False, False]
    assert [told(row, "accepted_until")[0] for row in rows] == [None, None, DAY, None, None, None]
    assert told(rows[-1], "status", "level", "owner_id") == ["monitored", "low", THIRD]


def test_of_a_confidential_risk_there_is_no_row() -> None:
    hidden = stream("risk", [risks.ConfidentialRiskChanged(division_id=OTHER)])
    assert folded(RISKS, hidden).get(ID) is None


def test_a_change_tells_when_it_is_scheduled_and_whether_a_freeze_lies_over_it() -> None:
    raised = changes.ChangeRaised(
        title="New switch",
        description="",
        kind=changes.ChangeKind.NORMAL,
        division_id=OTHER,
        service_ids=(ID, THIRD),
        project_id=None,
        model_id=None,
        back_out_plan=None,
        raised_by=("x",),
    )
    scheduled = changes.ChangeScheduled(starts_at=BEGAN, ends_at=BEGAN, starts_on=DAY, ends_on=DAY)
    frozen = changes.ChangeInFreeze(window_id=OTHER)
    said = [raised, scheduled, frozen, changes.ChangeOutOfFreeze(window_id=OTHER)]
    said.append(changes.ChangeReviewed(succeeded=True, findings=""))
    rows = [folded(CHANGES, stream("change", said[:count]))[ID] for count in range(1, 6)]
    assert [told(row, "stage", "in_freeze") for row in rows] == [
        ["new", 0],
        ["scheduled", 0],
        ["scheduled", 1],
        ["scheduled", 0],
        ["reviewed", 0],
    ]
    assert told(rows[-1], "services", "starts_at", "succeeded") == [2, BEGAN, True]


def test_a_window_moves_and_is_withdrawn() -> None:
    declared = changes.WindowDeclared(
        name="Year end",
        kind=changes.WindowKind.FREEZE,
        time_zone="Europe/Zurich",
        starts=BEGAN,
        ends=BEGAN,
        starts_at=BEGAN,
        ends_at=BEGAN,
        service_ids=(),
        division_id=OTHER,
        kinds_excepted=(),
        excepted_by=(),
        inside=(),
    )
    later = BEGAN + timedelta(days=1)
    moved = changes.WindowMoved(
        starts=later, ends=later, starts_at=later, ends_at=later, inside=(), reason="A day later."
    )
    rows = folded(CHANGE_WINDOWS, stream("change-window", [declared, moved, changes.WindowWithdrawn(reason="No.")]))
    assert told(rows[ID], "name", "kind", "starts_at", "withdrawn") == ["Year end", "freeze", later, True]
