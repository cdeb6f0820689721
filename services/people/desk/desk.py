"""The manager's desk: my team, what awaits my decision, and what falls due for my team and me."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.store import Store, whose
from services.people.hiring.domain.candidacy.model import OVER
from services.people.organisation.access import CALLER, IN_OFFICE, IN_PERSON, ME, POSITIONS_BELOW
from services.people.organisation.domain.person.model import Employment, Person
from services.people.organisation.domain.person.rules import PERSON

MOST = 200


@dataclass(frozen=True)
class Waiting:
    """A kind of record that waits for something while a condition over ``states`` holds; ``due`` is its day in SQL.

    Conditions know ``team``, the ids of those who report directly to the caller.
    """

    kind: str
    what: str
    condition: str
    person: str = "state->>'person_id'"
    due: str = "NULL"


@dataclass(frozen=True)
class Dated(Waiting):
    """A kind of record with several days: ``days`` is what is selected from beside ``states``, with ``due`` in it."""

    days: str = ""


MINE = f"state->>'person_id' = {IN_PERSON}"
OF_TEAM = "state->>'person_id' = ANY(ARRAY(SELECT id FROM team))"
REVIEWER_OF_TEAM = "state->>'reviewer_id' = ANY(ARRAY(SELECT id FROM team))"
I_REVIEW = f"(state->>'reviewer_id' = {ME} AND {IN_OFFICE})"
TEAM_OR_I = f"({MINE} OR {OF_TEAM})"
BELOW = f"= ANY({POSITIONS_BELOW})"
UNTIL = "<= CAST(:until AS text)"


def status(*values: str) -> str:
    """The condition that a record has one of these states."""
    return "state->>'status' IN (" + ", ".join(f"'{value}'" for value in values) + ")"


# An interviewer gives feedback in person, until the candidacy is over.
FEEDBACK_MISSING = f"""NOT {status(*OVER)} AND state->'erased' = 'false'
    AND state->'interviews' @> jsonb_build_array(
        jsonb_build_object('held', true, 'interviewers', jsonb_build_array({CALLER})))
    AND EXISTS (SELECT FROM jsonb_array_elements(state->'interviews') i
        WHERE i->'held' = 'true' AND i->'interviewers' ? {CALLER}
        AND NOT i->'feedback' @> jsonb_build_array(jsonb_build_object('interviewer_id', {CALLER})))"""

ASKED_TO_ASSESS = f"state->'assessment_requests' @> jsonb_build_array(jsonb_build_object('assessor_id', {ME}))"
AGREE = f"(state->'proposed_by_person' = 'true' AND {OF_TEAM}) OR (state->'proposed_by_person' = 'false' AND {MINE})"
ACCEPT = (
    f"(state->>'mentor_id' = {IN_PERSON} AND state->'accepted_by_mentor' = 'false')"
    f" OR ({MINE} AND state->'accepted_by_mentee' = 'false')"
)

I_MANAGE = (
    f"{IN_OFFICE} AND EXISTS (SELECT FROM states p WHERE p.stream = 'person-' || {ME}"
    " AND p.state->'appointment'->>'grade' IN ('manager', 'senior manager', 'executive'))"
)

# At the top of the line nobody is above the reviewer.
CALIBRATES = f"({REVIEWER_OF_TEAM} OR ({I_REVIEW} AND NOT EXISTS (SELECT FROM line_above({ME}))))"
DECISIONS: Sequence[Waiting] = [
    Waiting(
        "vacancy",
        "approve the vacancy",
        f"{status('requested')} AND state->>'position_id' {BELOW} AND NOT state->'requested_by' ? {ME} AND {I_MANAGE}",
        person="NULL",
    ),
    Waiting("candidacy", "give feedback on the interview", FEEDBACK_MISSING, person="NULL"),
    Waiting("tool", "approve the tool", f"{status('requested')} AND {OF_TEAM} AND NOT state->'requested_by' ? {ME}"),
    Waiting("tool", "acknowledge the receipt", f"{status('issued')} AND {MINE}"),
    Waiting(
        "performance-review", "assess yourself", f"{status('objectives agreed')} AND {MINE}", due="state->>'due_on'"
    ),
    Waiting("performance-review", "assess", f"{status('self-assessed')} AND {I_REVIEW}", due="state->>'due_on'"),
    Waiting("performance-review", "calibrate", f"{status('assessed')} AND {CALIBRATES}", due="state->>'due_on'"),
    Waiting(
        "performance-review",
        "acknowledge or appeal",
        f"{status('calibrated')} AND {MINE}",
        due="state->>'appeal_until'",
    ),
    Waiting("performance-review", "decide the appeal", f"{status('appealed')} AND {REVIEWER_OF_TEAM}"),
    Waiting(
        "disciplinary-case",
        "record the findings",
        f"{status('investigating')} AND state->>'investigator_id' = {CALLER} AND state->>'investigated_on' IS NULL",
    ),
    Waiting("disciplinary-case", "hold the hearing", f"{status('charged')} AND state->>'hearer_id' = {CALLER}"),
    Waiting("disciplinary-case", "decide", f"{status('hearing held')} AND state->>'hearer_id' = {CALLER}"),
    Waiting(
        "disciplinary-case", "decide the appeal", f"{status('appealed')} AND state->>'appeal_hearer_id' = {CALLER}"
    ),
    Waiting(
        "qualifications",
        "verify a certificate",
        f"{OF_TEAM} AND state->'certificates' @> '[{{\"status\": \"recorded\"}}]'",
    ),
    Waiting("qualifications", "verify a degree", f"{OF_TEAM} AND state->'education' @> '[{{\"verified\": false}}]'"),
    Waiting("qualifications", "assess a skill", ASKED_TO_ASSESS),
    Waiting("development-plan", "agree to the plan", f"{status('proposed')} AND ({AGREE})"),
    Waiting("mentorship", "accept the mentorship", f"{status('proposed')} AND ({ACCEPT})"),
    Waiting(
        "training-session",
        "say what became of the session",
        f"state->'overdue' = 'true' AND {status('scheduled')} AND state->>'trainer_id' = {ME}",
        person="NULL",
        due="state->>'ends_on'",
    ),
    Waiting(
        "succession",
        "review the succession plan",
        f"state->'review_due' = 'true' AND right(stream, 36) {BELOW}",
        person="NULL",
        due="state->>'next_review_on'",
    ),
]

FALLING_DUE: Sequence[Waiting] = [
    Waiting(
        "performance-review",
        "the review is due",
        f"{status('objectives agreed', 'self-assessed', 'assessed')} AND ({MINE} OR {I_REVIEW})",
        due="state->>'due_on'",
    ),
    Dated(
        "qualifications",
        "a certificate expires",
        f"{TEAM_OR_I} AND day->>'status' = 'held'",
        due="day->>'expires_on'",
        days="jsonb_array_elements(state->'certificates') day",
    ),
    Dated(
        "development-plan",
        "a goal is due",
        f"{status('agreed')} AND {TEAM_OR_I} AND day->>'status' = 'open'",
        due="day->>'due_on'",
        days="jsonb_array_elements(state->'goals') day",
    ),
    Waiting(
        "tool",
        "the tool is to be returned",
        f"{status('issued', 'acknowledged')} AND {TEAM_OR_I}",
        due="state->>'return_by'",
    ),
    Dated(
        "enrolment",
        "the training begins",
        f"{status('enrolled')} AND {TEAM_OR_I} AND day.due >= CAST(:today AS text)",
        due="day.due",
        days="LATERAL (SELECT s.state->>'starts_on' AS due FROM states s"
        " WHERE s.stream = 'training-session-' || (states.state->>'session_id')"
        " AND s.state->>'status' = 'scheduled') day",
    ),
    Waiting(
        "candidacy",
        "the offer lapses",
        f"{status('offered')} AND state->>'position_id' {BELOW}",
        person="NULL",
        due="state->>'expires_on'",
    ),
    Waiting(
        "succession",
        "the succession plan is to be reviewed",
        f"state->'critical' = 'true' AND right(stream, 36) {BELOW}",
        person="NULL",
        due="state->>'next_review_on'",
    ),
]


def query(rows: Sequence[Waiting], *, bounded: bool) -> str:
    """One statement for all of them; ``bounded``: only what has a day until ``:until``."""
    return (
        TEAM
        + " UNION ALL ".join(part(row, bounded) for row in rows)
        + " ORDER BY due_on NULLS LAST, id, what LIMIT :most"
    )


TEAM = (
    "WITH team AS MATERIALIZED (SELECT right(stream, 36) AS id FROM states WHERE kind = 'person'"
    f" AND state->>'line_manager_id' = {ME} AND state->>'employment' <> 'left' AND {IN_OFFICE}) "
)


def part(row: Waiting, bounded: bool) -> str:
    """The records of one row."""
    source = f"states, {row.days}" if isinstance(row, Dated) else "states"
    until = f" AND {row.due} {UNTIL}" if bounded else ""
    return (
        f"SELECT '{row.kind}' AS kind, right(stream, 36)::uuid AS id, '{row.what}' AS what,"
        f" CAST({row.person} AS uuid) AS person_id, CAST({row.due} AS date) AS due_on"
        f" FROM {source} WHERE kind = '{row.kind}' AND ({row.condition}){until}"
    )


AWAITING, DUE = query(DECISIONS, bounded=False), query(FALLING_DUE, bounded=True)


class Report(BaseModel):
    """Somebody who reports directly to the caller."""

    id: UUID
    name: str
    title: str | None
    employment: Employment
    away_until: date | None = Field(description="the last day of an absence that goes on today")
    eligible: bool = Field(description="for senior responsibilities")


class Awaiting(BaseModel):
    """Something to do: about which record, and whom it is about."""

    kind: str = Field(description="the aggregate: `GET` its collection with the id")
    id: UUID
    what: str
    person_id: UUID | None
    due_on: date | None
    overdue: bool


class Replaced(BaseModel):
    """Somebody in whose place the caller may act now; send their id as Portolan-For."""

    id: UUID
    name: str
    ends_on: date


class Desk(BaseModel):
    """What a manager sees first: the team, decisions that wait, and what falls due, the earliest first."""

    team: list[Report]
    decisions: list[Awaiting] = Field(description=f"what awaits the caller's decision, at most {MOST}")
    due: list[Awaiting] = Field(description=f"what falls due for the team and the caller, at most {MOST}")
    stands_in_for: list[Replaced]


REPORTS = text(
    "SELECT right(stream, 36)::uuid AS id FROM states WHERE kind = 'person' AND state->>'line_manager_id' = :me"
    " AND state->>'employment' <> 'left' ORDER BY stream"
)

REPLACED = text(
    "SELECT right(stream, 36)::uuid AS id FROM states WHERE kind = 'person' AND state->>'employment' <> 'left'"
    " AND state->'stand_ins' @> jsonb_build_array(jsonb_build_object('stand_in_id', CAST(:me AS text)))"
)


async def desk(store: Store, actor: Actor, today: date, days: int) -> Desk:
    """The desk of whom the caller acts as, looking so many days ahead."""
    asked = {**whose(actor), "most": MOST, "today": str(today), "until": str(today + timedelta(days=days))}
    if actor.for_whom is not None:
        asked["caller"] = ""  # what is confidential is nobody's in another's place
    return Desk(
        team=await team(store, asked["me"], today),
        decisions=await waiting(store, AWAITING, asked, today),
        due=await waiting(store, DUE, asked, today),
        stands_in_for=await replaced(store, actor, today),
    )


async def team(store: Store, manager: str, today: date) -> list[Report]:
    """Who reports directly to somebody, by name."""
    ids = [row.id for row in await store.rows(REPORTS, {"me": manager})]
    loaded = await store.load_many(PERSON, ids)
    found = [report(id, each.state, today) for id, each in zip(ids, loaded, strict=True)]
    return sorted(found, key=lambda each: (each.name, each.id))


def report(id: UUID, person: Person, today: date) -> Report:
    """One of a team."""
    away = [each.ends_on for each in person.absences if each.starts_on <= today <= each.ends_on]
    return Report(
        id=id,
        name=person.name,
        title=person.appointment.title if person.appointment else None,
        employment=person.employment,
        away_until=max(away, default=None),
        eligible=person.eligible,
    )


async def waiting(store: Store, statement: str, asked: dict[str, object], today: date) -> list[Awaiting]:
    """What waits, the earliest day first."""
    known = {name: value for name, value in asked.items() if f":{name}" in statement}
    rows = await store.rows(text(statement), known)
    return [Awaiting(**row._mapping, overdue=row.due_on is not None and row.due_on < today) for row in rows]


async def replaced(store: Store, actor: Actor, today: date) -> list[Replaced]:
    """In whose place the caller may act today; nobody passes on that they stand in."""
    if actor.person is None or actor.for_whom is not None:
        return []
    ids = [row.id for row in await store.rows(REPLACED, {"me": str(actor.person)})]
    loaded = await store.load_many(PERSON, ids)
    return [
        Replaced(id=id, name=each.state.name, ends_on=standing.ends_on)
        for id, each in zip(ids, loaded, strict=True)
        for standing in each.state.stand_ins
        if standing.stand_in_id == actor.person and standing.on(today)
    ]
