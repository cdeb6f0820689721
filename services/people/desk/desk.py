"""The manager's desk: my team, what awaits my decision, and what falls due for my team and me."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.domain.decider import Actor
from chassis.store.fields import Fields, Items
from chassis.store.store import Store, whose
from contracts.values import Grade
from services.people.development.domain import mentorship
from services.people.development.domain.development_plan import rules as plan_rules
from services.people.development.domain.development_plan.model import GoalStatus, PlanStatus
from services.people.development.domain.mentorship import MentorshipStatus
from services.people.discipline.domain.disciplinary_case import rules as case_rules
from services.people.discipline.domain.disciplinary_case.model import CaseStatus
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.candidacy import model as candidacy_model
from services.people.hiring.domain.candidacy import rules as candidacy_rules
from services.people.hiring.domain.candidacy.model import CandidacyStatus
from services.people.hiring.domain.vacancy import VacancyStatus
from services.people.organisation.access import CALLER, IN_OFFICE, IN_PERSON, ME, POSITIONS_BELOW
from services.people.organisation.domain.person.model import Employment, Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.performance.domain.performance_review import rules as review_rules
from services.people.performance.domain.performance_review.model import UNFINISHED, ReviewStatus
from services.people.qualifications.domain import rules as qualifications_rules
from services.people.qualifications.domain.model import CertificateStatus
from services.people.succession.domain import succession
from services.people.tools.domain import tool
from services.people.tools.domain.tool import ToolStatus
from services.people.training.domain import enrolment, training_session
from services.people.training.domain.enrolment import EnrolmentStatus
from services.people.training.domain.training_session import SessionStatus

MOST = 200


@dataclass(frozen=True)
class Waiting:
    """A kind of record that waits for something while a condition over ``states`` holds; ``due`` is its day in SQL.

    Conditions know ``team``, the ids of those who report directly to the caller.
    """

    record: Fields
    what: str
    condition: str
    person: str = "NULL"
    due: str = "NULL"


@dataclass(frozen=True)
class Dated(Waiting):
    """A kind of record with several days: ``days`` is what is selected from beside ``states``, with ``due`` in it."""

    days: str = ""


VACANCY, CANDIDACY = Fields(vacancy.VACANCY), Fields(candidacy_rules.CANDIDACY)
TOOL, REVIEW, CASE = Fields(tool.TOOL), Fields(review_rules.PERFORMANCE_REVIEW), Fields(case_rules.DISCIPLINARY_CASE)
QUALIFIED, PLAN = Fields(qualifications_rules.QUALIFICATIONS), Fields(plan_rules.DEVELOPMENT_PLAN)
MENTORSHIP, SUCCESSION = Fields(mentorship.MENTORSHIP), Fields(succession.SUCCESSION)
SESSION, ENROLMENT = Fields(training_session.TRAINING_SESSION), Fields(enrolment.ENROLMENT)
MEMBER, MANAGER = Fields(PERSON), Fields(PERSON, "p")

BELOW = f"= ANY({POSITIONS_BELOW})"
UNTIL = "<= CAST(:until AS text)"


def mine(person: str) -> str:
    """The condition that a field names the caller, who acts for themselves."""
    return f"{person} = {IN_PERSON}"


def of_team(person: str) -> str:
    """The condition that a field names somebody who reports directly to the caller."""
    return f"{person} = ANY(ARRAY(SELECT id FROM team))"


def of_team_or_mine(person: str) -> str:
    """The condition that a field names somebody who reports directly to the caller, or the caller."""
    return f"({mine(person)} OR {of_team(person)})"


# An interviewer gives feedback in person, until the candidacy is over.
INTERVIEW = Items(CANDIDACY.interviews, "i")
FEEDBACK_MISSING = f"""{CANDIDACY.status.none_of(*candidacy_model.OVER)} AND {CANDIDACY.erased.fails}
    AND {CANDIDACY.interviews.has_item(held=True, interviewers=f"jsonb_build_array({CALLER})")}
    AND EXISTS (SELECT FROM {INTERVIEW.each}
        WHERE {INTERVIEW.held.holds} AND {INTERVIEW.interviewers.json} ? {CALLER}
        AND NOT {INTERVIEW.feedback.has_item(interviewer_id=CALLER)})"""

ASKED_TO_ASSESS = QUALIFIED.assessment_requests.has_item(assessor_id=ME)
AGREE = (
    f"({PLAN.proposed_by_person.holds} AND {of_team(PLAN.person_id)})"
    f" OR ({PLAN.proposed_by_person.fails} AND {mine(PLAN.person_id)})"
)
ACCEPT = (
    f"({mine(MENTORSHIP.mentor_id)} AND {MENTORSHIP.accepted_by_mentor.fails})"
    f" OR ({mine(MENTORSHIP.person_id)} AND {MENTORSHIP.accepted_by_mentee.fails})"
)

MANAGING = [grade for grade in Grade if grade.rank >= Grade.MANAGER.rank]
I_MANAGE = (
    f"{IN_OFFICE} AND EXISTS (SELECT FROM states p WHERE {MANAGER.stream} = {MANAGER.stream_of(ME)}"
    f" AND {MANAGER.appointment.grade.one_of(*MANAGING)})"
)

I_REVIEW = f"({REVIEW.reviewer_id} = {ME} AND {IN_OFFICE})"
# At the top of the line nobody is above the reviewer.
CALIBRATES = f"({of_team(REVIEW.reviewer_id)} OR ({I_REVIEW} AND NOT EXISTS (SELECT FROM line_above({ME}))))"
DECISIONS: Sequence[Waiting] = [
    Waiting(
        VACANCY,
        "approve the vacancy",
        f"{VACANCY.status.one_of(VacancyStatus.REQUESTED)} AND {VACANCY.position_id} {BELOW}"
        f" AND NOT {VACANCY.requested_by.json} ? {ME} AND {I_MANAGE}",
    ),
    Waiting(CANDIDACY, "give feedback on the interview", FEEDBACK_MISSING),
    Waiting(
        TOOL,
        "approve the tool",
        f"{TOOL.status.one_of(ToolStatus.REQUESTED)} AND {of_team(TOOL.person_id)}"
        f" AND NOT {TOOL.requested_by.json} ? {ME}",
        person=TOOL.person_id,
    ),
    Waiting(
        TOOL,
        "acknowledge the receipt",
        f"{TOOL.status.one_of(ToolStatus.ISSUED)} AND {mine(TOOL.person_id)}",
        person=TOOL.person_id,
    ),
    Waiting(
        REVIEW,
        "assess yourself",
        f"{REVIEW.status.one_of(ReviewStatus.OBJECTIVES_AGREED)} AND {mine(REVIEW.person_id)}",
        person=REVIEW.person_id,
        due=REVIEW.due_on,
    ),
    Waiting(
        REVIEW,
        "assess",
        f"{REVIEW.status.one_of(ReviewStatus.SELF_ASSESSED)} AND {I_REVIEW}",
        person=REVIEW.person_id,
        due=REVIEW.due_on,
    ),
    Waiting(
        REVIEW,
        "calibrate",
        f"{REVIEW.status.one_of(ReviewStatus.ASSESSED)} AND {CALIBRATES}",
        person=REVIEW.person_id,
        due=REVIEW.due_on,
    ),
    Waiting(
        REVIEW,
        "acknowledge or appeal",
        f"{REVIEW.status.one_of(ReviewStatus.CALIBRATED)} AND {mine(REVIEW.person_id)}",
        person=REVIEW.person_id,
        due=REVIEW.appeal_until,
    ),
    Waiting(
        REVIEW,
        "decide the appeal",
        f"{REVIEW.status.one_of(ReviewStatus.APPEALED)} AND {of_team(REVIEW.reviewer_id)}",
        person=REVIEW.person_id,
    ),
    Waiting(
        CASE,
        "record the findings",
        f"{CASE.status.one_of(CaseStatus.INVESTIGATING)} AND {CASE.investigator_id} = {CALLER}"
        f" AND {CASE.investigated_on} IS NULL",
        person=CASE.person_id,
    ),
    Waiting(
        CASE,
        "hold the hearing",
        f"{CASE.status.one_of(CaseStatus.CHARGED)} AND {CASE.hearer_id} = {CALLER}",
        person=CASE.person_id,
    ),
    Waiting(
        CASE,
        "decide",
        f"{CASE.status.one_of(CaseStatus.HEARING_HELD)} AND {CASE.hearer_id} = {CALLER}",
        person=CASE.person_id,
    ),
    Waiting(
        CASE,
        "decide the appeal",
        f"{CASE.status.one_of(CaseStatus.APPEALED)} AND {CASE.appeal_hearer_id} = {CALLER}",
        person=CASE.person_id,
    ),
    Waiting(
        QUALIFIED,
        "verify a certificate",
        f"{of_team(QUALIFIED.person_id)} AND {QUALIFIED.certificates.has_item(status=CertificateStatus.RECORDED)}",
        person=QUALIFIED.person_id,
    ),
    Waiting(
        QUALIFIED,
        "verify a degree",
        f"{of_team(QUALIFIED.person_id)} AND {QUALIFIED.education.has_item(verified=False)}",
        person=QUALIFIED.person_id,
    ),
    Waiting(QUALIFIED, "assess a skill", ASKED_TO_ASSESS, person=QUALIFIED.person_id),
    Waiting(
        PLAN,
        "agree to the plan",
        f"{PLAN.status.one_of(PlanStatus.PROPOSED)} AND ({AGREE})",
        person=PLAN.person_id,
    ),
    Waiting(
        MENTORSHIP,
        "accept the mentorship",
        f"{MENTORSHIP.status.one_of(MentorshipStatus.PROPOSED)} AND ({ACCEPT})",
        person=MENTORSHIP.person_id,
    ),
    Waiting(
        SESSION,
        "say what became of the session",
        f"{SESSION.overdue.holds} AND {SESSION.status.one_of(SessionStatus.SCHEDULED)} AND {SESSION.trainer_id} = {ME}",
        due=SESSION.ends_on,
    ),
    Waiting(
        SUCCESSION,
        "review the succession plan",
        f"{SUCCESSION.review_due.holds} AND {SUCCESSION.id} {BELOW}",
        due=SUCCESSION.next_review_on,
    ),
]

CERTIFICATE, GOAL = Items(QUALIFIED.certificates, "day"), Items(PLAN.goals, "day")
ENROLLED, TRAINING = Fields(enrolment.ENROLMENT, "states"), Fields(training_session.TRAINING_SESSION, "s")

FALLING_DUE: Sequence[Waiting] = [
    Waiting(
        REVIEW,
        "the review is due",
        f"{REVIEW.status.one_of(*UNFINISHED)} AND ({mine(REVIEW.person_id)} OR {I_REVIEW})",
        person=REVIEW.person_id,
        due=REVIEW.due_on,
    ),
    Dated(
        QUALIFIED,
        "a certificate expires",
        f"{of_team_or_mine(QUALIFIED.person_id)} AND {CERTIFICATE.status.one_of(CertificateStatus.HELD)}",
        person=QUALIFIED.person_id,
        due=CERTIFICATE.expires_on,
        days=CERTIFICATE.each,
    ),
    Dated(
        PLAN,
        "a goal is due",
        f"{PLAN.status.one_of(PlanStatus.AGREED)} AND {of_team_or_mine(PLAN.person_id)}"
        f" AND {GOAL.status.one_of(GoalStatus.OPEN)}",
        person=PLAN.person_id,
        due=GOAL.due_on,
        days=GOAL.each,
    ),
    Waiting(
        TOOL,
        "the tool is to be returned",
        f"{TOOL.status.one_of(*tool.OUT)} AND {of_team_or_mine(TOOL.person_id)}",
        person=TOOL.person_id,
        due=TOOL.return_by,
    ),
    Dated(
        ENROLMENT,
        "the training begins",
        f"{ENROLMENT.status.one_of(EnrolmentStatus.ENROLLED)} AND {of_team_or_mine(ENROLMENT.person_id)}"
        " AND day.due >= CAST(:today AS text)",
        person=ENROLMENT.person_id,
        due="day.due",
        days=f"LATERAL (SELECT {TRAINING.starts_on} AS due FROM states s"
        f" WHERE {TRAINING.stream} = {TRAINING.stream_of(f'({ENROLLED.session_id})')}"
        f" AND {TRAINING.status.one_of(SessionStatus.SCHEDULED)}) day",
    ),
    Waiting(
        CANDIDACY,
        "the offer lapses",
        f"{CANDIDACY.status.one_of(CandidacyStatus.OFFERED)} AND {CANDIDACY.position_id} {BELOW}",
        due=CANDIDACY.expires_on,
    ),
    Waiting(
        SUCCESSION,
        "the succession plan is to be reviewed",
        f"{SUCCESSION.critical.holds} AND {SUCCESSION.id} {BELOW}",
        due=SUCCESSION.next_review_on,
    ),
]


def query(rows: Sequence[Waiting], *, bounded: bool) -> str:
    """One statement for all of them; ``bounded``: only what has a day until ``:until``."""
    return (
        TEAM
        + " UNION ALL ".join(part(row, bounded) for row in rows)
        + " ORDER BY due_on NULLS LAST, id, what LIMIT :most"
    )


WORKS_HERE = f"{MEMBER.of_kind} AND {MEMBER.employment.none_of(Employment.LEFT)}"
TEAM = (
    f"WITH team AS MATERIALIZED (SELECT {MEMBER.id} AS id FROM states WHERE {WORKS_HERE}"
    f" AND {MEMBER.line_manager_id} = {ME} AND {IN_OFFICE}) "
)


def part(row: Waiting, bounded: bool) -> str:
    """The records of one row."""
    source = f"states, {row.days}" if isinstance(row, Dated) else "states"
    until = f" AND {row.due} {UNTIL}" if bounded else ""
    return (
        f"SELECT kind, {row.record.id}::uuid AS id, '{row.what}' AS what,"
        f" CAST({row.person} AS uuid) AS person_id, CAST({row.due} AS date) AS due_on"
        f" FROM {source} WHERE {row.record.of_kind} AND ({row.condition}){until}"
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
    """A manager's desk: the team, decisions that wait, and what falls due, the earliest first."""

    team: list[Report]
    decisions: list[Awaiting] = Field(description=f"what awaits the caller's decision, at most {MOST}")
    due: list[Awaiting] = Field(description=f"what falls due for the team and the caller, at most {MOST}")
    stands_in_for: list[Replaced]


REPORTS = text(
    f"SELECT {MEMBER.id}::uuid AS id FROM states WHERE {WORKS_HERE} AND {MEMBER.line_manager_id} = :me ORDER BY stream"
)

REPLACED = text(
    f"SELECT {MEMBER.id}::uuid AS id FROM states WHERE {WORKS_HERE}"
    f" AND {MEMBER.stand_ins.has_item(stand_in_id='CAST(:me AS text)')}"
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
    """Return a person's direct reports, by name."""
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
    """Return the items that wait, the earliest day first."""
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
