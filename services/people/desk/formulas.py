"""The formulas of people's figures: each a query for the records it counts, with what each of them adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chassis.store.fields import Fields, Items
from services.people.development.domain.development_plan.rules import DEVELOPMENT_PLAN
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.vacancy import VacancyStatus
from services.people.organisation.domain.division import DIVISION
from services.people.organisation.domain.person.model import NEVER_HERE, NOT_HERE, Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, PositionStatus
from services.people.organisation.subtree import within
from services.people.performance.domain.performance_review.model import ReviewStatus
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW
from services.people.qualifications.domain.model import CertificateStatus
from services.people.qualifications.domain.rules import QUALIFICATIONS
from services.people.succession.domain import succession
from services.people.succession.domain.succession import Readiness
from services.people.tools.domain import tool
from services.people.training.domain import enrolment
from services.people.training.domain.enrolment import EnrolmentStatus

P, J, Q = Fields(PERSON, "p"), Fields(POSITION, "j"), Fields(QUALIFICATIONS, "q")
"""A person, the position they hold (or another), and the qualifications of a person."""
MEMBER, D, CASE = Fields(PERSON), Fields(DIVISION, "d"), Fields(DISCIPLINARY_CASE)
V, R, T = Fields(vacancy.VACANCY, "v"), Fields(PERFORMANCE_REVIEW, "r"), Fields(tool.TOOL, "t")
E, PLAN, C = Fields(enrolment.ENROLMENT, "e"), Fields(DEVELOPMENT_PLAN, "l"), Fields(succession.SUCCESSION, "c")
SKILL, CERTIFICATE, REQUIREMENT = Items(Q.skills, "s"), Items(Q.certificates, "h"), Items(J.required_skills, "n")
LEARNING, SUCCESSOR = Items(PLAN.learning, "entry"), Items(C.successors, "s")


def known(skill: str) -> str:
    """What tells one skill from another: its identity, of an alias that of the name it stands for."""
    return f"coalesce(CAST(:skills AS jsonb) ->> identity({skill}), identity({skill}))"


def here(person: Fields) -> str:
    """The condition that a person works here."""
    return person.employment.none_of(*NOT_HERE)


STAFF = (
    f"SELECT stream, {MEMBER.id} AS id, state FROM states"
    f" WHERE {MEMBER.of_kind} AND {MEMBER.employment.none_of(*NEVER_HERE)}"
    f" AND {within(MEMBER.appointment.division_id)}"
)
EMPLOYED = f"{STAFF} AND {here(MEMBER)}"
MEMBERS = f"IN (SELECT id FROM ({EMPLOYED}) p)"
OFFERED = J.status.one_of(PositionStatus.APPROVED, PositionStatus.REVISED)
HELD_POSITION = f"states j ON {J.stream} = {J.stream_of(f'({P.appointment.position_id})')}"
CRITICAL = f"{C.of_kind} AND {C.critical.holds}"
CRITICAL_POSITION = f"states c JOIN states j ON {J.stream} = {J.stream_of(C.id)}"
LEFT = P.employment.one_of(Employment.LEFT)
QUALIFIED = (
    f"({EMPLOYED}) p JOIN {HELD_POSITION} LEFT JOIN states q ON {Q.stream} = {Q.stream_of('p.id')}"  # begun or not
)
FRESH = f"({SKILL.assessed_on})::date + make_interval(months => CAST(:stale_months AS int)) > CAST(:today AS date)"
HAS_SKILL = (
    f"EXISTS (SELECT FROM {SKILL.each} WHERE {known(REQUIREMENT.skill)} = {known(SKILL.skill)}"
    f" AND ({SKILL.level})::int >= ({REQUIREMENT.level})::int AND {FRESH})"
)
HAS_CERTIFICATE = (
    f"EXISTS (SELECT FROM {CERTIFICATE.each} WHERE {CERTIFICATE.scheme_id} = scheme"
    f" AND {CERTIFICATE.status.one_of(CertificateStatus.HELD)})"
)
HEADS = f"SELECT p.stream, p.id AS person, NULL AS position, 0 AS above, 1 AS below FROM ({EMPLOYED}) p"


@dataclass(frozen=True)
class Formula:
    """The formula of a figure, above ÷ below: a query for the records it counts, of which it is the sum.

    A row is a ``stream``, the ``person`` and the ``position`` it is about (ids, null for none), and what it adds
    ``above`` and ``below``; no stream comes twice. ``plain``: a count, divided by 1. ``hidden_from``: whom it is not
    told of fewer records than the policy demands. Queries know ``:divisions``, ``:skills`` (the names of the
    catalogue), ``:ready`` (the critical positions with a ready successor), ``:today``, ``:year_ago`` and
    ``:stale_months``, after which an assessment is stale. They name no function that reads states: of a past day, these
    are others.
    """

    name: str
    unit: str
    formula: str
    records: str
    hidden_from: Literal["nobody", "heads", "everybody"] = "nobody"
    plain: bool = False

    @property
    def key(self) -> str:
        """Its name in addresses."""
        return self.name.replace(" ", "-")

    @property
    def counted(self) -> str:
        """The query for the records that add something."""
        return f"SELECT * FROM ({self.records}) counted WHERE above <> 0 OR below <> 0"

    @property
    def sums(self) -> str:
        """The query for the two sums over its records."""
        return (
            f"SELECT '{self.key}' AS key, coalesce(sum(above), 0)::numeric AS above,"
            f" coalesce(sum(below), 0)::numeric AS below FROM ({self.records}) counted"
        )


# fmt: off
SKILL_GAP = Formula("skill gap", "share", "required skills that are missing or not assessed recently ÷ required skills",
    f"SELECT {Q.stream_of('p.id')} AS stream, p.id AS person, {J.id} AS position,"
    f" count(*) FILTER (WHERE NOT {HAS_SKILL}) AS above, count(*) AS below"
    f" FROM {QUALIFIED} CROSS JOIN LATERAL {REQUIREMENT.each} GROUP BY p.id, {J.stream}")
FORMULAS: Sequence[Formula] = [
    Formula("vacancy rate", "share", "vacant approved positions ÷ approved positions",
        f"SELECT {J.stream}, min({P.id}) AS person, {J.id} AS position, (count({P.stream}) = 0)::int AS above,"
        f" 1 AS below FROM states j LEFT JOIN states p ON {P.of_kind} AND {P.appointment.position_id} = {J.id}"
        f" AND {here(P)} WHERE {J.of_kind} AND {OFFERED} AND {within(J.division_id)} GROUP BY {J.stream}"),
    Formula("turnover rate", "share",
        "leavers of the last twelve months ÷ average headcount (now and twelve months ago)",
        f"SELECT p.stream, p.id AS person, NULL AS position, ({LEFT} AND {P.last_on} > :year_ago)::int AS above,"
        f" (({here(P)})::int + ({P.hired_on} <= :year_ago AND NOT ({LEFT} AND {P.last_on} <= :year_ago))::int)::numeric"
        f" / 2 AS below FROM ({STAFF}) p"),
    Formula("time to fill", "days",
        "days from opening to filling, of vacancies filled in the last twelve months ÷ their number",
        f"SELECT {V.stream}, NULL AS person, {V.position_id} AS position,"
        f" ({V.filled_on})::date - ({V.opened_on})::date AS above, 1 AS below FROM states v"
        f" WHERE {V.of_kind} AND {V.status.one_of(VacancyStatus.FILLED)}"
        f" AND {V.filled_on} > :year_ago AND {within(V.division_id)}"),
    Formula("offer acceptance", "share", "offers accepted ÷ offers made, of vacancies opened in the last twelve months",
        f"SELECT {V.stream}, NULL AS person, {V.position_id} AS position, ({V.accepted})::int AS above,"
        f" ({V.offers_made})::int AS below FROM states v"
        f" WHERE {V.of_kind} AND {V.opened_on} > :year_ago AND {within(V.division_id)}"),
    Formula("reviews on time", "share", "reviews due in the last twelve months and calibrated in time ÷ reviews due",
        f"SELECT {R.stream}, {R.person_id} AS person, NULL AS position,"
        f" coalesce({R.calibrated_on} <= {R.due_on}, false)::int AS above, 1 AS below FROM states r"
        f" WHERE {R.of_kind} AND {R.status.none_of(ReviewStatus.WITHDRAWN)}"
        f" AND {R.due_on} > :year_ago AND {R.due_on} < :today AND {R.person_id} {MEMBERS}",
        hidden_from="everybody"),
    Formula("certified share", "share", "required certificates held ÷ certificates required by the holders' positions",
        f"SELECT {Q.stream_of('p.id')} AS stream, p.id AS person, {J.id} AS position,"
        f" count(*) FILTER (WHERE {HAS_CERTIFICATE}) AS above, count(*) AS below FROM {QUALIFIED}"
        f" CROSS JOIN LATERAL jsonb_array_elements_text({J.required_schemes.json}) scheme GROUP BY p.id, {J.stream}"),
    Formula("training hours per head", "hours", "hours of trainings completed in the last twelve months ÷ headcount",
        f"SELECT {E.stream}, {E.person_id} AS person, NULL AS position, coalesce(({E.hours})::numeric, 0) AS above,"
        f" 0 AS below FROM states e WHERE {E.of_kind} AND {E.status.one_of(EnrolmentStatus.COMPLETED)}"
        f" AND {E.completed_on} > :year_ago AND {E.person_id} {MEMBERS} UNION ALL {HEADS}"),
    Formula("learning hours per head", "hours",
        "hours recorded in development plans in the last twelve months ÷ headcount",
        f"SELECT {PLAN.stream}, {PLAN.person_id} AS person, NULL AS position,"
        f" (SELECT coalesce(sum(({LEARNING.hours})::numeric), 0) FROM {LEARNING.each} WHERE {LEARNING.on} > :year_ago)"
        f" AS above, 0 AS below FROM states l WHERE {PLAN.of_kind} AND {PLAN.person_id} {MEMBERS} UNION ALL {HEADS}"),
    Formula("overdue returns", "tools", "tools overdue for return",
        f"SELECT {T.stream}, {T.person_id} AS person, NULL AS position, 1 AS above, 0 AS below FROM states t"
        f" WHERE {T.of_kind} AND {T.overdue.holds} AND {T.status.one_of(*tool.OUT)} AND {T.person_id} {MEMBERS}",
        plain=True),
    SKILL_GAP,
    Formula(
        "critical positions without a ready successor",
        "share",
        "critical positions without an active successor who is named as ready now and would pass the gate today"
        " ÷ critical positions",
        f"SELECT {C.stream}, NULL AS person, {C.id} AS position, ({C.id} <> ALL(CAST(:ready AS text[])))::int AS above,"
        f" 1 AS below FROM {CRITICAL_POSITION} WHERE {CRITICAL} AND {within(J.division_id)}",
        hidden_from="heads",  # the succession of their own position is not theirs to see
    ),
]
# fmt: on
SUMS = " UNION ALL ".join(formula.sums for formula in FORMULAS)

GAPS_BY_DIVISION = f"""
SELECT {D.id}::uuid AS division_id, {D.name} AS division, sum(gap.below)::int AS required,
    sum(gap.above)::int AS lacking
FROM ({SKILL_GAP.records}) gap JOIN states p ON {P.stream} = {P.stream_of("gap.person")}
JOIN states d ON {D.stream} = {D.stream_of(f"({P.appointment.division_id})")}
GROUP BY {D.stream}, {D.name} ORDER BY lacking DESC, division, division_id
"""

CRITICAL_SKILLS = (
    f"SELECT {REQUIREMENT.skill} AS skill, max(({REQUIREMENT.level})::int) AS level FROM {CRITICAL_POSITION}"
    f" CROSS JOIN LATERAL {REQUIREMENT.each} WHERE {CRITICAL} GROUP BY {REQUIREMENT.skill}"
)
SKILLED = (
    f"SELECT p.id, {SKILL.skill} AS skill, ({SKILL.level})::int AS level FROM ({EMPLOYED}) p"
    f" JOIN states q ON {Q.stream} = {Q.stream_of('p.id')} CROSS JOIN LATERAL {SKILL.each} WHERE {FRESH}"
)
ON_THE_BENCH = f"({SKILLED}) has ON {known('has.skill')} = {known('need.skill')} AND has.level >= need.level"
BENCH = (
    f"SELECT need.skill, need.level, count(DISTINCT has.id) AS depth FROM ({CRITICAL_SKILLS}) need"
    f" LEFT JOIN {ON_THE_BENCH} GROUP BY need.skill, need.level ORDER BY depth, need.skill"
)
DEPTHS = Formula(
    "bench",
    "persons",
    "for each skill that a critical position requires, the persons who have it at its level, lately assessed",
    f"SELECT {Q.stream_of('has.id')} AS stream, has.id AS person, NULL AS position,"
    f" count(DISTINCT need.skill) AS above, 0 AS below FROM ({CRITICAL_SKILLS}) need JOIN {ON_THE_BENCH}"
    f" GROUP BY has.id",
    plain=True,
)
"""The depths of all benches together."""
BY_KEY = {formula.key: formula for formula in (*FORMULAS, DEPTHS)}

READY_NOW = (
    f"SELECT {C.id}::uuid AS position_id, ({SUCCESSOR.person_id})::uuid AS person_id FROM {CRITICAL_POSITION}"
    f" CROSS JOIN LATERAL {SUCCESSOR.each}"
    f" WHERE {CRITICAL} AND {within(J.division_id)} AND {SUCCESSOR.readiness.one_of(Readiness.NOW)}"
)

BARRED = (
    f"SELECT DISTINCT ({CASE.person_id})::uuid AS id FROM states"
    f" WHERE {CASE.of_kind} AND {CASE.bars.holds} AND {CASE.person_id} = ANY(CAST(:persons AS text[]))"
)
