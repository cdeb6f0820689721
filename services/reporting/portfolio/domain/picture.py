"""The divisions' picture: scores, spend and accountability worked out from the rows of the read models, purely."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.portfolio import Stage
from services.reporting.organisation.domain.rows import Basis, DivisionRow, PersonRow
from services.reporting.portfolio.domain.rows import ZERO, ExceptionRow, InitiativeRow, ProjectWithMoney

RATINGS = ("on track", "at risk", "off track")
"""From best to worst."""
ENDED = frozenset({Stage.CLOSED, Stage.CANCELLED})
STALE_DAYS = 90
"""A running project's report older than this is called stale (LANGUAGE: data freshness)."""


class Event(BaseModel):
    """The event a figure or reason rests on."""

    stream: str | None = None
    number: int | None = None
    type: str | None = None
    time: str | None = None
    actor: str | None = None


class HealthReason(BaseModel):
    """The reason for a project's rating."""

    rule: str
    rating: str
    sentence: str
    event: Event


class ProjectHealth(BaseModel):
    """A project's derived health beside the declared one; ``disagrees``: declared better than derived."""

    id: UUID
    name: str
    division_id: UUID | None
    division: str | None
    initiative: str | None
    stage: str
    outcome: str | None
    rating: str | None = Field(description="on track, at risk, off track; null before approval and after the end")
    reasons: list[HealthReason]
    declared: str | None
    disagrees: bool
    stale: bool = Field(description="running, with the last report more than 90 days ago")
    reported_as_of: date | None
    percent_complete: Decimal | None
    plan_start: date | None
    plan_end: date | None
    expected_completion: date | None
    currency: str | None
    planned: Decimal
    outlook: Decimal = Field(
        description="actual cost if closed, otherwise the estimate at completion, otherwise the budget"
    )
    actual: Decimal
    committed: Decimal
    accountable_id: UUID | None
    accountable: str | None
    accountable_basis: str
    unresolved: bool
    delegate: str | None
    delegation: str | None
    gaps: list[str]


class MoneyScore(BaseModel):
    """A division's projects in one currency; sums are exact."""

    currency: str
    projects: int
    planned: Decimal = Field(description="budgets granted")
    outlook: Decimal = Field(description="actual cost of closed projects, estimate at completion of the others")
    actual: Decimal
    committed: Decimal
    over_plan: Decimal = Field(description="sum of the amounts over plan, of the projects that exceed it")


class EarnedValueScore(BaseModel):
    """A division's earned value in one currency, of its projects with a baseline, today."""

    currency: str
    bac: Decimal = Field(description="budget at completion")
    pv: Decimal = Field(description="planned value")
    ev: Decimal = Field(description="earned value")
    ac: Decimal = Field(description="actual cost")
    cpi: Decimal | None = Field(description="EV / AC; null where AC is 0")
    spi: Decimal | None = Field(description="EV / PV; null where PV is 0")


class DivisionScore(BaseModel):
    """The scorecard of a division."""

    id: UUID
    name: str
    kind: str
    head: str | None
    people: int
    projects: int
    running: int
    closed: int
    stages: dict[str, int]
    on_track: int
    at_risk: int
    off_track: int
    worst: str | None = Field(description="the worst rating among its projects")
    value_on_track: Decimal | None = Field(description="share of the rated projects' budget that is on track, 0 to 1")
    disagreements: int = Field(description="projects reported better than rated")
    stale: int
    unresolved: int
    stand_ins: int = Field(description="projects for which the division's head stands in because nobody was named")
    money: list[MoneyScore]
    earned_value: list[EarnedValueScore]
    open_exceptions: int = Field(description="exceptions that nobody has answered")


@dataclass(frozen=True)
class EarnedValueSums:
    """The sums of a division's own projects in one currency, today."""

    division_id: UUID
    currency: str
    bac: Decimal
    pv: Decimal
    ev: Decimal
    ac: Decimal


@dataclass(frozen=True)
class Picture:
    """Everything there is to know, by id."""

    divisions: Mapping[UUID, DivisionRow]
    persons: Mapping[UUID, PersonRow]
    initiatives: Mapping[UUID, InitiativeRow]
    projects: Sequence[ProjectWithMoney]
    today: date
    earned_value: Sequence[EarnedValueSums] = ()
    exceptions: Sequence[ExceptionRow] = ()


def name_of(rows: Mapping[UUID, DivisionRow | PersonRow | InitiativeRow], id: UUID | None) -> str | None:
    row = rows.get(id) if id else None
    return row.name if row else None


def outlook_of(row: ProjectWithMoney) -> Decimal:
    """Return a project's actual cost or estimate at completion."""
    if row.stage == Stage.CLOSED:
        return row.actual
    if row.estimate is not None:
        return row.estimate
    return max(row.granted, row.actual + row.committed)


def heard_as_of(row: ProjectWithMoney) -> date | None:
    """Return the date of the last report of progress or estimate at completion."""
    return max((day for day in (row.reported_as_of, row.estimate_as_of) if day is not None), default=None)


def assess(picture: Picture) -> list[ProjectHealth]:
    return [assess_one(picture, row) for row in picture.projects]


def assess_one(picture: Picture, row: ProjectWithMoney) -> ProjectHealth:
    running = row.rating is not None
    as_of = heard_as_of(row)
    return ProjectHealth(
        id=row.id,
        name=row.name,
        division_id=row.division_id,
        division=name_of(picture.divisions, row.division_id),
        initiative=name_of(picture.initiatives, row.initiative_id),
        stage=row.stage,
        outcome=row.outcome,
        rating=row.rating,
        reasons=[told(row, reason) for reason in row.reasons],
        declared=row.declared_health,
        disagrees=row.disagrees,
        stale=running and as_of is not None and (picture.today - as_of).days > STALE_DAYS,
        reported_as_of=as_of,
        percent_complete=row.percent_complete,
        plan_start=row.plan_start,
        plan_end=row.plan_end,
        expected_completion=row.expected_completion,
        currency=row.currency,
        planned=row.granted,
        outlook=outlook_of(row),
        actual=row.actual,
        committed=row.committed,
        accountable_id=row.accountable_id,
        accountable=name_of(picture.persons, row.accountable_id),
        accountable_basis=row.accountable_basis,
        unresolved=row.unresolved,
        delegate=name_of(picture.persons, row.delegate_id),
        delegation=row.delegation,
        gaps=row.gaps,
    )


def told(row: ProjectWithMoney, reason: Mapping[str, Any]) -> HealthReason:
    """A reason with the event it rests on; when and by whom, where that is the last one about its fact."""
    place = (reason["stream"], reason["number"])
    marks = [*row.marks.values(), *row.money_marks.values()]
    mark = next((mark for mark in marks if (mark["stream"], mark["number"]) == place), None)
    event = Event(**mark) if mark else Event(stream=place[0], number=place[1], type=reason["type"])
    return HealthReason(rule=reason["rule"], rating=reason["rating"], sentence=reason["sentence"], event=event)


def score(picture: Picture, projects: Sequence[ProjectHealth]) -> list[DivisionScore]:
    """Every open division, and every closed one that still has projects, by name."""
    of_division: dict[UUID | None, list[ProjectHealth]] = defaultdict(list)
    for project in projects:
        of_division[project.division_id].append(project)
    people: dict[UUID | None, int] = defaultdict(int)
    for person in picture.persons.values():
        people[person.division_id] += person.status != "left"
    scored = [
        score_one(picture, division, of_division[division.id], people[division.id])
        for division in picture.divisions.values()
        if not division.closed or of_division[division.id]
    ]
    return sorted(scored, key=lambda division: division.name)


def score_one(picture: Picture, division: DivisionRow, projects: Sequence[ProjectHealth], people: int) -> DivisionScore:
    stages: dict[str, int] = defaultdict(int)
    for project in projects:
        stages[project.stage] += 1
    ratings = {rating: sum(1 for p in projects if p.rating == rating) for rating in RATINGS}
    present = [rating for rating, count in ratings.items() if count]
    return DivisionScore(
        id=division.id,
        name=division.name,
        kind=division.kind,
        head=name_of(picture.persons, division.head_id),
        people=people,
        projects=len(projects),
        running=sum(1 for p in projects if p.rating is not None),
        closed=stages.get(Stage.CLOSED, 0),
        stages=dict(stages),
        on_track=ratings["on track"],
        at_risk=ratings["at risk"],
        off_track=ratings["off track"],
        worst=present[-1] if present else None,
        value_on_track=value_on_track(projects),
        disagreements=sum(1 for p in projects if p.disagrees),
        stale=sum(1 for p in projects if p.stale),
        unresolved=sum(1 for p in projects if p.unresolved and p.stage not in ENDED),
        stand_ins=sum(1 for p in projects if p.accountable_basis == Basis.STANDS_IN),
        money=total(projects),
        earned_value=[earned_value(sums) for sums in picture.earned_value if sums.division_id == division.id],
        open_exceptions=sum(1 for each in picture.exceptions if each.division_id == division.id),
    )


class AwaitingException(BaseModel):
    """An exception that nobody has answered."""

    id: UUID
    project: str
    forecast: str
    sentence: str
    awaits: str | None
    answer_by: date | None
    level: int = Field(description="how often it went up the line")


def awaiting(picture: Picture) -> list[AwaitingException]:
    """The exceptions that nobody has answered, the longest waiting first."""
    names = {project.id: project.name for project in picture.projects}
    return [
        AwaitingException(
            id=each.id,
            project=names.get(each.project_id, "unknown") if each.project_id else "unknown",
            forecast=each.forecast,
            sentence=each.sentence,
            awaits=name_of(picture.persons, each.awaits_id),
            answer_by=each.answer_by,
            level=each.level,
        )
        for each in picture.exceptions
    ]


def earned_value(sums: EarnedValueSums) -> EarnedValueScore:
    """The figures of a division; an index whose denominator is 0 has none."""
    return EarnedValueScore(
        currency=sums.currency,
        bac=shown(sums.bac),
        pv=shown(sums.pv),
        ev=shown(sums.ev),
        ac=shown(sums.ac),
        cpi=shown(sums.ev / sums.ac) if sums.ac else None,
        spi=shown(sums.ev / sums.pv) if sums.pv else None,
    )


def shown(figure: Decimal) -> Decimal:
    """A figure as it is shown, with six decimals at most."""
    return round(figure, 6).normalize() + 0


def value_on_track(projects: Iterable[ProjectHealth]) -> Decimal | None:
    """The value-weighted health: the share of the rated projects' budget that is on track; None across currencies."""
    rated = [p for p in projects if p.rating is not None and p.currency is not None]
    if len({p.currency for p in rated}) != 1:
        return None
    whole = sum((p.planned for p in rated), ZERO)
    good = sum((p.planned for p in rated if p.rating == "on track"), ZERO)
    return round(good / whole, 4) if whole else None


def total(projects: Iterable[ProjectHealth]) -> list[MoneyScore]:
    """The sums of projects, by currency."""
    by_currency: dict[str, list[ProjectHealth]] = defaultdict(list)
    for project in projects:
        if project.currency is not None:
            by_currency[project.currency].append(project)
    return [
        MoneyScore(
            currency=currency,
            projects=len(those),
            planned=sum((p.planned for p in those), ZERO),
            outlook=sum((p.outlook for p in those), ZERO),
            actual=sum((p.actual for p in those), ZERO),
            committed=sum((p.committed for p in those), ZERO),
            over_plan=sum((p.outlook - p.planned for p in those if p.outlook > p.planned), ZERO),
        )
        for currency, those in sorted(by_currency.items())
    ]
