"""The divisions' picture: projects assessed and scored from rows, currencies kept apart, sums exact."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.organisation.domain.rows import DivisionRow, Mark, PersonRow
from services.reporting.portfolio.domain import picture as pictures
from services.reporting.portfolio.domain.rows import ExceptionRow, ProjectWithMoney

TODAY = date(2026, 6, 1)
HERE, ELSEWHERE = uuid4(), uuid4()
HEAD, MANAGER, LEAVER = uuid4(), uuid4(), uuid4()


def division(id: UUID, name: str, **known: Any) -> DivisionRow:
    return DivisionRow(id=id, name=name, kind="it", **known)


def person(id: UUID, name: str, status: str = "active") -> PersonRow:
    return PersonRow(id=id, name=name, status=status, division_id=HERE, title="Manager")


def row(**known: Any) -> ProjectWithMoney:
    """A project's row that speaks for a sound project, but for what is known."""
    sound = {
        "id": uuid4(),
        "name": "Payroll",
        "division_id": HERE,
        "stage": "in progress",
        "accountable_id": MANAGER,
        "plan_start": date(2026, 1, 1),
        "plan_end": date(2026, 12, 31),
        "percent_complete": Decimal(40),
        "expected_completion": date(2026, 12, 31),
        "reported_as_of": TODAY,
        "declared_health": "on track",
        "currency": "EUR",
        "granted": Decimal(1000),
        "rating": "on track",
    }
    return ProjectWithMoney(**{**sound, **known})


def pictured(*projects: ProjectWithMoney, divisions: list[DivisionRow] | None = None) -> pictures.Picture:
    known = divisions if divisions is not None else [division(HERE, "IT", head_id=HEAD)]
    persons = [person(HEAD, "Hanna"), person(MANAGER, "Ada"), person(LEAVER, "Lea", "left")]
    return pictures.Picture(
        divisions={each.id: each for each in known},
        persons={each.id: each for each in persons},
        initiatives={},
        projects=projects,
        today=TODAY,
    )


def assessed(**known: Any) -> pictures.ProjectHealth:
    (project,) = pictures.assess(pictured(row(**known)))
    return project


def scored(*projects: ProjectWithMoney) -> pictures.DivisionScore:
    picture = pictured(*projects)
    (only,) = pictures.score(picture, pictures.assess(picture))
    return only


@pytest.mark.parametrize(
    ("known", "outlook"),
    [
        ({}, 1000),
        ({"estimate": Decimal(900)}, 900),
        ({"estimate": Decimal(0)}, 0),
        ({"actual": Decimal(600), "committed": Decimal(300)}, 1000),
        ({"actual": Decimal(600), "committed": Decimal(500)}, 1100),
        ({"estimate": Decimal(1050), "actual": Decimal(2000)}, 1050),
        ({"stage": "closed", "actual": Decimal(700), "estimate": Decimal(900)}, 700),
        ({"stage": "cancelled", "actual": Decimal(700), "estimate": Decimal(900)}, 900),
    ],
)
def test_what_a_project_will_have_cost_is_its_actual_once_closed_else_the_estimate_else_the_budget_or_what_exceeds_it(
    known: dict[str, Any], outlook: int
) -> None:
    assert assessed(**known).outlook == outlook


def test_a_project_is_read_with_the_names_of_those_who_have_a_part_in_it() -> None:
    project = assessed(delegate_id=HEAD, delegation="active", gaps=["sponsor"])
    assert (project.accountable, project.delegate, project.division, project.initiative) == ("Ada", "Hanna", "IT", None)
    assert (project.delegation, project.gaps) == ("active", ["sponsor"])
    assert assessed(accountable_id=uuid4()).accountable is None


def test_a_project_without_a_budget_has_no_cost_to_exceed() -> None:
    project = assessed(granted=Decimal(0), currency=None, actual=Decimal(500))
    assert [project.planned, project.outlook] == [Decimal(0), Decimal(500)]


def test_reasons_name_the_event_of_portfolio_or_finance_behind_them() -> None:
    unresolved = Mark(stream="project-1", number=4, type="AccountabilityUnresolved", time="2026-05-01", actor="system")
    reasons = [
        {"rule": "accountability-unresolved", "rating": "off track", "sentence": "Nobody.", **place(unresolved)},
        {"rule": "cost-forecast", "rating": "at risk", "sentence": "Dear.", "stream": "x", "number": 7, "type": "Y"},
    ]
    project = assessed(rating="off track", reasons=reasons, marks={"accountability": unresolved})
    told = [(reason.rule, reason.event.stream, reason.event.number, reason.event.time) for reason in project.reasons]
    assert told == [("accountability-unresolved", "project-1", 4, "2026-05-01"), ("cost-forecast", "x", 7, None)]


def place(mark: Mark) -> dict[str, Any]:
    return {"stream": mark["stream"], "number": mark["number"], "type": mark["type"]}


def test_what_is_not_rated_is_not_stale() -> None:
    project = assessed(rating=None, reported_as_of=TODAY - timedelta(days=1000))
    assert (project.rating, project.reasons, project.disagrees, project.stale) == (None, [], False, False)


def test_a_running_projects_report_is_stale_after_ninety_days() -> None:
    assert pictures.STALE_DAYS == 90
    assert not assessed(reported_as_of=TODAY - timedelta(days=90)).stale
    assert assessed(reported_as_of=TODAY - timedelta(days=91)).stale
    assert not assessed(reported_as_of=None).stale


def test_an_estimate_of_the_cost_is_a_report_too() -> None:
    old, recent = TODAY - timedelta(days=400), TODAY - timedelta(days=5)
    assert not assessed(reported_as_of=old, estimate_as_of=recent).stale
    assert assessed(reported_as_of=old, estimate_as_of=recent).reported_as_of == recent
    assert assessed(reported_as_of=recent, estimate_as_of=old).reported_as_of == recent
    assert assessed(reported_as_of=None, estimate_as_of=old).stale


def test_a_division_counts_its_projects_by_stage_rating_and_what_needs_attention() -> None:
    old = TODAY - timedelta(days=91)
    division = scored(
        row(),
        row(stage="proposed", rating=None),
        row(stage="on hold", rating="at risk"),
        row(unresolved=True, rating="off track", disagrees=True, reported_as_of=old),
        row(stage="closed", rating=None, actual=Decimal(900)),
        row(accountable_basis="division head stands in"),
    )
    assert (division.projects, division.running, division.closed) == (6, 4, 1)
    assert division.stages == {"in progress": 3, "proposed": 1, "on hold": 1, "closed": 1}
    assert (division.on_track, division.at_risk, division.off_track, division.worst) == (2, 1, 1, "off track")
    assert (division.disagreements, division.stale, division.unresolved, division.stand_ins) == (1, 1, 1, 1)
    assert (division.head, division.people) == ("Hanna", 2)


def test_the_worst_rating_is_that_of_no_project_where_none_is_rated() -> None:
    assert scored().worst is None
    assert scored(row(stage="proposed", rating=None)).worst is None
    assert scored(row(), row(rating="at risk")).worst == "at risk"


def test_health_is_weighted_by_the_budgets_of_what_is_rated() -> None:
    good, bad = row(granted=Decimal(3000)), row(granted=Decimal(1000), rating="off track")
    assert scored(good, bad).value_on_track == Decimal("0.75")
    assert scored(good, bad, row(stage="proposed", rating=None, granted=Decimal(9000))).value_on_track == Decimal(
        "0.75"
    )
    assert scored(bad).value_on_track == 0
    assert scored(good).value_on_track == 1
    thirds = [row(granted=Decimal(1)), row(granted=Decimal(2), rating="off track")]
    assert scored(*thirds).value_on_track == Decimal("0.3333")


def test_health_is_not_weighted_across_currencies_nor_without_money() -> None:
    assert scored(row(), row(currency="USD")).value_on_track is None
    assert scored(row(currency=None, granted=Decimal(0))).value_on_track is None
    assert scored(row(granted=Decimal(0))).value_on_track is None
    assert scored(row(), row(currency=None, granted=Decimal(0))).value_on_track == 1


def test_money_is_summed_exactly_and_by_currency() -> None:
    tiny, huge = Decimal("0.000001"), Decimal("999999999999999999.999999")
    projects = pictures.assess(
        pictured(
            row(currency="USD", granted=Decimal(5), estimate=Decimal(4)),
            row(granted=huge, estimate=huge, actual=tiny),
            row(granted=tiny, estimate=huge, committed=tiny),
            row(currency=None, granted=Decimal(7)),
        )
    )
    euros, dollars = pictures.total(projects)
    assert (euros.currency, euros.projects) == ("EUR", 2)
    assert (str(euros.planned), str(euros.outlook)) == ("1000000000000000000.000000", "1999999999999999999.999998")
    assert (euros.actual, euros.committed) == (tiny, tiny)
    assert euros.over_plan == huge - tiny, "what is below plan elsewhere does not offset what exceeds it"
    assert dollars.currency == "USD"
    assert [dollars.planned, dollars.outlook, dollars.over_plan] == [Decimal(5), Decimal(4), Decimal(0)]


def test_a_closed_division_is_shown_only_while_it_has_projects() -> None:
    closed, empty = division(HERE, "Old", closed=True), division(ELSEWHERE, "Empty", closed=True)
    picture = pictured(row(), divisions=[empty, closed, division(uuid4(), "Alive")])
    assert [each.name for each in pictures.score(picture, pictures.assess(picture))] == ["Alive", "Old"]


def test_projects_of_a_division_not_heard_of_yet_are_assessed_but_score_nowhere() -> None:
    picture = pictured(row(division_id=uuid4()))
    (project,) = pictures.assess(picture)
    assert (project.division, project.rating) == (None, "on track")
    assert [each.projects for each in pictures.score(picture, [project])] == [0]


def test_a_divisions_earned_value_has_no_index_where_it_would_divide_by_zero() -> None:
    def sums(currency: str, **known: int) -> pictures.EarnedValueSums:
        figures = {name: Decimal(known.get(name, 0)) for name in ("bac", "pv", "ev", "ac")}
        return pictures.EarnedValueSums(division_id=HERE, currency=currency, **figures)

    known = [sums("EUR", bac=1000, pv=300, ev=200, ac=400), sums("USD", bac=5)]
    picture = replace(pictured(row()), earned_value=known)
    (division,) = pictures.score(picture, pictures.assess(picture))
    euros, dollars = division.earned_value
    assert [euros.bac, euros.cpi, euros.spi] == [Decimal(1000), Decimal("0.5"), Decimal("0.666667")]
    assert (dollars.cpi, dollars.spi) == (None, None)


def test_a_division_counts_the_exceptions_that_nobody_has_answered() -> None:
    picture = replace(pictured(row()), exceptions=[ExceptionRow(id=uuid4(), division_id=HERE)])
    (division,) = pictures.score(picture, pictures.assess(picture))
    assert division.open_exceptions == 1


def test_an_exception_names_its_project_and_whom_it_awaits() -> None:
    of = row()
    raised = ExceptionRow(id=uuid4(), project_id=of.id, awaits_id=HEAD, forecast="cost", level=1)
    picture = replace(pictured(of), exceptions=[raised, ExceptionRow(id=uuid4())])
    found = [(each.project, each.awaits, each.level) for each in pictures.awaiting(picture)]
    assert found == [("Payroll", "Hanna", 1), ("unknown", None, 0)]
