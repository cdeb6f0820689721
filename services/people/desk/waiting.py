"""Items that wait for a person: for their decision, and what falls due for their team and them."""

from collections.abc import Sequence

from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor, Command
from chassis.http.desk import Entry, stored
from chassis.store.fields import Field, Fields, Items
from chassis.store.relations import Relation
from services.people.development.commands import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.development.domain import mentorship
from services.people.development.domain.development_plan import rules as plan_rules
from services.people.development.domain.development_plan.model import GoalStatus, PlanStatus
from services.people.development.domain.mentorship import MentorshipStatus
from services.people.discipline import access as discipline_access
from services.people.discipline.commands import DISCIPLINARY_CASES
from services.people.discipline.domain.disciplinary_case import rules as case_rules
from services.people.discipline.domain.disciplinary_case.model import CaseStatus
from services.people.hiring import access as hiring_access
from services.people.hiring.commands import CANDIDACIES, VACANCIES
from services.people.hiring.domain import vacancy
from services.people.hiring.domain.candidacy import model as candidacy_model
from services.people.hiring.domain.candidacy import rules as candidacy_rules
from services.people.hiring.domain.candidacy.model import CandidacyStatus
from services.people.hiring.domain.vacancy import VacancyStatus
from services.people.organisation.access import ABOVE_POSITION, HR, IN_PERSON, LINE_MANAGER, ME, THEMSELF
from services.people.organisation.commands import PERSONS
from services.people.organisation.domain.funding import FundingStatus
from services.people.organisation.domain.person import rules as person_rules
from services.people.organisation.domain.staffing_policy import STAFFING_POLICY
from services.people.performance import access as review_access
from services.people.performance.commands import PERFORMANCE_REVIEWS
from services.people.performance.domain.performance_review import rules as review_rules
from services.people.performance.domain.performance_review.model import UNFINISHED, ReviewStatus
from services.people.qualifications import access as qualifications_access
from services.people.qualifications.commands import QUALIFICATIONS_OF_PERSONS
from services.people.qualifications.domain import certificates
from services.people.qualifications.domain import rules as qualifications_rules
from services.people.qualifications.domain.education import VerifyDegree
from services.people.qualifications.domain.model import CertificateStatus
from services.people.succession.commands import SUCCESSIONS
from services.people.succession.domain import succession
from services.people.tools import access as tools_access
from services.people.tools.commands import TOOLS
from services.people.tools.domain import tool
from services.people.tools.domain.tool import ToolStatus
from services.people.training import access as training_access
from services.people.training.commands import ENROLMENTS, TRAINING_SESSIONS
from services.people.training.domain import enrolment, training_session
from services.people.training.domain.enrolment import EnrolmentStatus
from services.people.training.domain.training_session import SessionStatus

WITHOUT_A_ROLE = Actor("")
"""A desk shows what waits for somebody for who they are, not everything that a role would let them do."""


def waits_for(who: Relation) -> str:
    """The condition that the caller stands in this relation to a record of a list."""
    return f"({who.of_many(WITHOUT_A_ROLE)})"


def decision(
    aggregate: Aggregate,
    command: type[Command],
    what: str,
    while_: str,
    *,
    person: str = "NULL",
    due: str = "NULL",
    first: Relation | None = None,
) -> Entry:
    """Return the item that waits for a command in such a state, with those whom its row permits.

    Of those the nearest decide ``first``: what waits for them does not wait for everybody above them too. They are
    looked up, and whether they may is then asked of the few records that remain.
    """
    who = aggregate.row_of(command).who.at(person)
    may = f"({who.of_one(WITHOUT_A_ROLE)}) AND {waits_for(first)}" if first else waits_for(who)
    return stored(aggregate, what, f"{while_} AND {may}", person=person, due=due)


PERSON = Fields(person_rules.PERSON)
VACANCY, CANDIDACY = Fields(vacancy.VACANCY), Fields(candidacy_rules.CANDIDACY)
TOOL, REVIEW, CASE = Fields(tool.TOOL), Fields(review_rules.PERFORMANCE_REVIEW), Fields(case_rules.DISCIPLINARY_CASE)
QUALIFIED, PLAN = Fields(qualifications_rules.QUALIFICATIONS), Fields(plan_rules.DEVELOPMENT_PLAN)
MENTORSHIP, SUCCESSION = Fields(mentorship.MENTORSHIP), Fields(succession.SUCCESSION)
SESSION, ENROLMENT = Fields(training_session.TRAINING_SESSION), Fields(enrolment.ENROLMENT)

POLICY = Fields(STAFFING_POLICY, "policy")
FUNDING_REQUIRED = f"EXISTS (SELECT FROM states policy WHERE {POLICY.of_kind} AND {POLICY.funding_required.holds})"
REFUSED_MONEY = "finance refused the money: ask for less, or give it up"


def refused(funding: Field) -> str:
    """The condition that finance refused what is asked of it."""
    return f"{funding.status.one_of(FundingStatus.REFUSED)} AND {FUNDING_REQUIRED}"


VACANCY_REFUSED = f"{VACANCY.status.one_of(VacancyStatus.APPROVED)} AND {refused(VACANCY.funding)}"
TOOL_REFUSED = f"{TOOL.status.one_of(ToolStatus.APPROVED)} AND {refused(TOOL.funding)}"
MAY_OPEN = (
    f"NOT coalesce({VACANCY.funding.status.one_of(FundingStatus.AWAITING, FundingStatus.REFUSED)}"
    f" AND {FUNDING_REQUIRED}, false)"
)
MINE_OR_MY_TEAMS = THEMSELF | LINE_MANAGER

INTERVIEW = Items(CANDIDACY.interviews, "i")
FEEDBACK_MISSING = f"""{CANDIDACY.status.none_of(*candidacy_model.OVER)} AND {CANDIDACY.erased.fails}
    AND EXISTS (SELECT FROM {INTERVIEW.each}
        WHERE {INTERVIEW.held.holds} AND {INTERVIEW.interviewers.json} ? ({IN_PERSON})
        AND NOT {INTERVIEW.feedback.has_item(interviewer_id=IN_PERSON)})"""
NOT_ACCEPTED_BY_ME = f"""CASE WHEN {MENTORSHIP.mentor_id} = {ME} THEN {MENTORSHIP.accepted_by_mentor.fails}
    ELSE {MENTORSHIP.accepted_by_mentee.fails} END"""
ABOVE_THE_REVIEWER = LINE_MANAGER.at(REVIEW.reviewer_id)
ABOVE_THE_CALIBRATOR = LINE_MANAGER.at(f"({REVIEW.calibrated_by.json}->>-1)")

# fmt: off
DECISIONS: Sequence[Entry] = [
    decision(VACANCIES, vacancy.ApproveVacancy, "approve the vacancy", VACANCY.status.one_of(VacancyStatus.REQUESTED)),
    decision(VACANCIES, vacancy.ApproveVacancy, REFUSED_MONEY, VACANCY_REFUSED),
    decision(CANDIDACIES, candidacy_rules.GiveInterviewFeedback, "give feedback on the interview", FEEDBACK_MISSING),
    decision(TOOLS, tool.ApproveTool, "approve the tool",
        TOOL.status.one_of(ToolStatus.REQUESTED),
        person=TOOL.person_id, first=LINE_MANAGER.at(TOOL.person_id)),
    decision(TOOLS, tool.ApproveTool, REFUSED_MONEY,
        TOOL_REFUSED,
        person=TOOL.person_id, first=LINE_MANAGER.at(TOOL.person_id)),
    decision(TOOLS, tool.AcknowledgeTool, "acknowledge the receipt",
        TOOL.status.one_of(ToolStatus.ISSUED),
        person=TOOL.person_id),
    decision(PERFORMANCE_REVIEWS, review_rules.AssessSelf, "assess yourself",
        REVIEW.status.one_of(ReviewStatus.OBJECTIVES_AGREED),
        person=REVIEW.person_id, due=REVIEW.due_on),
    decision(PERFORMANCE_REVIEWS, review_rules.AssessPerformance, "assess",
        REVIEW.status.one_of(ReviewStatus.SELF_ASSESSED),
        person=REVIEW.person_id, due=REVIEW.due_on),
    decision(PERFORMANCE_REVIEWS, review_rules.CalibrateReview, "calibrate",
        REVIEW.status.one_of(ReviewStatus.ASSESSED),
        person=REVIEW.person_id, due=REVIEW.due_on, first=ABOVE_THE_REVIEWER | review_access.REVIEWER),
    decision(PERFORMANCE_REVIEWS, review_rules.AcknowledgeReview, "acknowledge or appeal",
        REVIEW.status.one_of(ReviewStatus.CALIBRATED),
        person=REVIEW.person_id, due=REVIEW.appeal_until),
    decision(PERFORMANCE_REVIEWS, review_rules.DecideReviewAppeal, "decide the appeal",
        REVIEW.status.one_of(ReviewStatus.APPEALED),
        person=REVIEW.person_id, first=ABOVE_THE_REVIEWER | ABOVE_THE_CALIBRATOR),
    decision(DISCIPLINARY_CASES, case_rules.RecordFindings, "record the findings",
        f"{CASE.status.one_of(CaseStatus.INVESTIGATING)} AND {CASE.investigated_on} IS NULL",
        person=CASE.person_id),
    decision(DISCIPLINARY_CASES, case_rules.RecordHearing, "hold the hearing",
        CASE.status.one_of(CaseStatus.CHARGED),
        person=CASE.person_id),
    decision(DISCIPLINARY_CASES, case_rules.DecideCase, "decide",
        CASE.status.one_of(CaseStatus.HEARING_HELD),
        person=CASE.person_id),
    decision(DISCIPLINARY_CASES, case_rules.DecideAppeal, "decide the appeal",
        CASE.status.one_of(CaseStatus.APPEALED),
        person=CASE.person_id),
    decision(QUALIFICATIONS_OF_PERSONS, certificates.VerifyCertificate, "verify a certificate",
        QUALIFIED.certificates.has_item(status=CertificateStatus.RECORDED),
        person=QUALIFIED.person_id, first=LINE_MANAGER.at(QUALIFIED.person_id)),
    decision(QUALIFICATIONS_OF_PERSONS, VerifyDegree, "verify a degree",
        QUALIFIED.education.has_item(verified=False),
        person=QUALIFIED.person_id, first=LINE_MANAGER.at(QUALIFIED.person_id)),
    # Everybody who knows more of a skill may assess it; it waits for the one who was asked.
    stored(QUALIFICATIONS_OF_PERSONS, "assess a skill",
        waits_for(qualifications_access.ASKED_TO_ASSESS),
        person=QUALIFIED.person_id),
    decision(DEVELOPMENT_PLANS, plan_rules.AgreeDevelopmentPlan, "agree to the plan",
        PLAN.status.one_of(PlanStatus.PROPOSED),
        person=PLAN.person_id),
    decision(MENTORSHIPS, mentorship.AcceptMentorship, "accept the mentorship",
        f"{MENTORSHIP.status.one_of(MentorshipStatus.PROPOSED)} AND {NOT_ACCEPTED_BY_ME}",
        person=MENTORSHIP.person_id),
    # Those who may charge the division may say so too; it waits for the trainer, who was there.
    stored(TRAINING_SESSIONS, "record the session as delivered or cancelled",
        f"{SESSION.overdue.holds} AND {SESSION.status.one_of(SessionStatus.SCHEDULED)}"
        f" AND {waits_for(training_access.TRAINS)}",
        due=SESSION.ends_on),
    decision(SUCCESSIONS, succession.ReviewPlan, "review the succession plan",
        SUCCESSION.review_due.holds,
        due=SUCCESSION.next_review_on),
    # By role: what waits for all of HR, for nobody else has it on their desk.
    stored(PERSONS, "a planned change was refused on its day: plan it again, or cancel it",
        f"{PERSON.failed_plan.json} <> 'null'",
        person=PERSON.id, who=HR),
    stored(VACANCIES, "open the vacancy",
        f"{VACANCY.status.one_of(VacancyStatus.APPROVED)} AND {MAY_OPEN}",
        who=HR),
    # They revise its position or cancel it, and somebody above has it approved again.
    stored(VACANCIES, REFUSED_MONEY, VACANCY_REFUSED, who=HR),
    stored(TOOLS, REFUSED_MONEY,
        TOOL_REFUSED,
        person=TOOL.person_id,
        who=(tools_access.HR_WHERE_NOBODY_ELSE & tools_access.NOT_REQUESTER).at(TOOL.person_id)),
    stored(TRAINING_SESSIONS, REFUSED_MONEY,
        f"{SESSION.status.one_of(SessionStatus.SCHEDULED)} AND {refused(SESSION.funding)}",
        due=SESSION.starts_on, who=HR),
    stored(VACANCIES, "approve the vacancy",
        VACANCY.status.one_of(VacancyStatus.REQUESTED),
        who=hiring_access.HR_AT_THE_TOP.at(VACANCY.position_id) & hiring_access.NOT_REQUESTER),
    stored(TOOLS, "approve the tool",
        TOOL.status.one_of(ToolStatus.REQUESTED),
        person=TOOL.person_id,
        who=(tools_access.HR_WHERE_NOBODY_ELSE & tools_access.NOT_REQUESTER).at(TOOL.person_id)),
    stored(DISCIPLINARY_CASES, "begin the investigation or drop the case",
        CASE.status.one_of(CaseStatus.REPORTED),
        person=CASE.person_id, who=discipline_access.LEADS.at(CASE.person_id)),
]
# fmt: on

CERTIFICATE, GOAL = Items(QUALIFIED.certificates, "day"), Items(PLAN.goals, "day")
ENROLLED, TRAINING = Fields(enrolment.ENROLMENT, "states"), Fields(training_session.TRAINING_SESSION, "s")

# fmt: off
FALLING_DUE: Sequence[Entry] = [
    stored(PERFORMANCE_REVIEWS, "the review is due",
        f"{REVIEW.status.one_of(*UNFINISHED)} AND {waits_for(review_access.THE_PERSON | review_access.REVIEWER)}",
        person=REVIEW.person_id, due=REVIEW.due_on),
    stored(QUALIFICATIONS_OF_PERSONS, "a certificate expires",
        f"{CERTIFICATE.status.one_of(CertificateStatus.HELD)}"
        f" AND {waits_for(MINE_OR_MY_TEAMS.at(QUALIFIED.person_id))}",
        person=QUALIFIED.person_id, due=CERTIFICATE.expires_on, days=CERTIFICATE.each),
    stored(DEVELOPMENT_PLANS, "a goal is due",
        f"{PLAN.status.one_of(PlanStatus.AGREED)} AND {waits_for(MINE_OR_MY_TEAMS.at(PLAN.person_id))}"
        f" AND {GOAL.status.one_of(GoalStatus.OPEN)}",
        person=PLAN.person_id, due=GOAL.due_on, days=GOAL.each),
    stored(TOOLS, "the tool is due for return",
        f"{TOOL.status.one_of(*tool.OUT)} AND {waits_for(MINE_OR_MY_TEAMS.at(TOOL.person_id))}",
        person=TOOL.person_id, due=TOOL.return_by),
    stored(ENROLMENTS, "the training begins",
        f"{ENROLMENT.status.one_of(EnrolmentStatus.ENROLLED)} AND {waits_for(MINE_OR_MY_TEAMS.at(ENROLMENT.person_id))}"
        " AND day.due >= CAST(:today AS text)",
        person=ENROLMENT.person_id, due="day.due",
        days=f"LATERAL (SELECT {TRAINING.starts_on} AS due FROM states s"
        f" WHERE {TRAINING.stream} = {TRAINING.stream_of(f'({ENROLLED.session_id})')}"
        f" AND {TRAINING.status.one_of(SessionStatus.SCHEDULED)}) day"),
    stored(PERSONS, "the person is to leave",
        f"{PERSON.planned_leaving} IS NOT NULL AND {waits_for(MINE_OR_MY_TEAMS.at(PERSON.id))}",
        person=PERSON.id, due=PERSON.planned_leaving),
    stored(PERSONS, "the person is to be appointed",
        f"{PERSON.planned_appointment.json} <> 'null' AND {waits_for(MINE_OR_MY_TEAMS.at(PERSON.id))}",
        person=PERSON.id, due=PERSON.planned_appointment.planned_for),
    stored(PERSONS, "the person is to report to another line manager",
        f"{PERSON.planned_line.json} <> 'null' AND {waits_for(MINE_OR_MY_TEAMS.at(PERSON.id))}",
        person=PERSON.id, due=PERSON.planned_line.planned_for),
    stored(PERSONS, "the person is to be suspended", f"{PERSON.planned_suspension} IS NOT NULL",
        person=PERSON.id, due=PERSON.planned_suspension, who=HR),
    stored(PERSONS, "the person is to act again", f"{PERSON.planned_reinstatement} IS NOT NULL",
        person=PERSON.id, due=PERSON.planned_reinstatement, who=HR),
    stored(PERSONS, "the person is to join", f"{PERSON.planned_hire} IS NOT NULL",
        person=PERSON.id, due=PERSON.planned_hire, who=HR),
    stored(PERSONS, "the person is to join again", f"{PERSON.planned_rehire} IS NOT NULL",
        person=PERSON.id, due=PERSON.planned_rehire, who=HR),
    stored(CANDIDACIES, "the offer lapses",
        f"{CANDIDACY.status.one_of(CandidacyStatus.OFFERED)} AND {waits_for(ABOVE_POSITION.at(CANDIDACY.position_id))}",
        due=CANDIDACY.expires_on),
    stored(CANDIDACIES, "the candidate starts",
        f"{CANDIDACY.status.one_of(CandidacyStatus.ACCEPTED)} AND {CANDIDACY.erased.fails}",
        due=CANDIDACY.starts_on, who=hiring_access.HANDLES.at(CANDIDACY.position_id)),
    stored(SUCCESSIONS, "the succession plan is to be reviewed",
        f"{SUCCESSION.critical.holds} AND {waits_for(ABOVE_POSITION.at(SUCCESSION.id))}",
        due=SUCCESSION.next_review_on),
]
# fmt: on
