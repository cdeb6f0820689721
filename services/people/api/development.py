"""The command tables of development plans and mentorships, and the facts their decisions need."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Command, Facts
from chassis.store.decision_view import View
from contracts.roles import Role
from services.people import policy
from services.people.api.facts import about
from services.people.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.domain.development_plan import (
    DEVELOPMENT_PLAN,
    AddDevelopmentAction,
    AddDevelopmentGoal,
    AgreeDevelopmentPlan,
    CloseDevelopmentPlan,
    DevelopmentPlan,
    ExtendDevelopmentGoal,
    MarkOverdueGoals,
    MeetDevelopmentGoal,
    MeetGoalsByQualification,
    MissDevelopmentGoal,
    PlanCommand,
    PlanFacts,
    ProposeDevelopmentPlan,
    RecordLearning,
    WithdrawDevelopmentPlan,
)
from services.people.domain.mentorship import (
    MENTORSHIP,
    AcceptMentorship,
    CompleteMentorship,
    EndMentorship,
    Mentorship,
    MentorshipCommand,
    MentorshipFacts,
    ProposeMentorship,
    RecordMentorshipMeeting,
)
from services.people.domain.person import PERSON, Employment, Person
from services.people.domain.position import POSITION
from services.people.domain.qualifications import QUALIFICATIONS
from services.people.domain.qualifications.gap import Required

PERSON_ID = "state->>'person_id'"
ACTIVE_MENTEES = text(
    "SELECT count(*) AS number FROM states WHERE kind = 'mentorship' AND state->>'mentor_id' = :id"
    " AND state->>'status' = 'active'"
)


async def plan_facts(view: View, state: DevelopmentPlan | None, command: PlanCommand, base: Facts) -> PlanFacts:
    """The person with the line above; for a goal, what they have and what their position requires."""
    person_id = state.person_id if state else command.person_id if isinstance(command, ProposeDevelopmentPlan) else None
    known = await about(view, base, person_id)
    match command:
        case ProposeDevelopmentPlan() if state is None:
            view.claim(f"development-plan:{person_id}")
        case CloseDevelopmentPlan() | WithdrawDevelopmentPlan():
            view.release(f"development-plan:{person_id}")
        case AddDevelopmentGoal(scheme_id=scheme_id) if person_id is not None:
            person = await view.state(PERSON, person_id)
            return PlanFacts(
                **known,
                scheme=await view.state(CERTIFICATE_SCHEME, scheme_id),
                held=await view.state(QUALIFICATIONS, person_id),
                required=await required_of(view, person),
            )
    return PlanFacts(**known)


async def required_of(view: View, person: Person | None) -> Required:
    """What the position somebody holds requires now."""
    held = person.appointment.position_id if person and person.appointment else None
    position = await view.state(POSITION, held)
    return Required(position.required_skills, position.required_schemes) if position else Required()


async def mentorship_facts(
    view: View, state: Mentorship | None, command: MentorshipCommand, base: Facts
) -> MentorshipFacts:
    """The mentee with the line above, and the mentor with their other mentees."""
    asked: Any = state or command
    mentor = await view.state(PERSON, asked.mentor_id)
    guard = f"mentor:{asked.mentor_id}:mentees"
    active = await view.guarded(guard, ACTIVE_MENTEES, {"id": str(asked.mentor_id)})
    if isinstance(command, AcceptMentorship | CompleteMentorship | EndMentorship):
        view.bump(guard)
    return MentorshipFacts(
        **await about(view, base, asked.person_id),
        mentor_employed=mentor is not None and mentor.employment is not Employment.LEFT,
        active_mentees=active[0].number,
    )


def when_due(state: DevelopmentPlan, due_at: datetime) -> Command:
    """A goal's day is over."""
    return MarkOverdueGoals()


DEVELOPMENT_PLANS = Aggregate(
    DEVELOPMENT_PLAN,
    path="development-plans",
    commands=[
        CommandRow("propose", ProposeDevelopmentPlan, policy.plan_proposers, plan_facts, creates=True),
        CommandRow("agree", AgreeDevelopmentPlan, policy.other_side_of_plan, plan_facts),
        CommandRow("withdraw", WithdrawDevelopmentPlan, policy.person_manager_or_hr, plan_facts),
        CommandRow("add-goal", AddDevelopmentGoal, policy.person_manager_or_hr, plan_facts),
        CommandRow("meet-goal", MeetDevelopmentGoal, policy.line_manager_or_hr, plan_facts),
        CommandRow("extend-goal", ExtendDevelopmentGoal, policy.line_manager_or_hr, plan_facts),
        CommandRow("miss-goal", MissDevelopmentGoal, policy.line_manager_or_hr, plan_facts),
        CommandRow("add-action", AddDevelopmentAction, policy.person_manager_or_hr, plan_facts),
        CommandRow("record-learning", RecordLearning, policy.person_manager_or_hr, plan_facts),
        CommandRow("close", CloseDevelopmentPlan, policy.person_manager_or_hr, plan_facts),
        CommandRow("meet-goals-by-qualification", MeetGoalsByQualification, policy.service, plan_facts),
        CommandRow("mark-overdue-goals", MarkOverdueGoals, policy.service, plan_facts),
    ],
    sees=policy.person_and_line("person_id", Role.HR),
    filters=["person_id", "status"],
    when_due=when_due,
)

MENTORSHIPS = Aggregate(
    MENTORSHIP,
    path="mentorships",
    commands=[
        CommandRow("propose", ProposeMentorship, policy.mentorship_proposers, mentorship_facts, creates=True),
        CommandRow("accept", AcceptMentorship, policy.mentor_or_mentee, mentorship_facts),
        CommandRow("record-meeting", RecordMentorshipMeeting, policy.mentor_or_mentee, mentorship_facts),
        CommandRow("complete", CompleteMentorship, policy.mentor_or_mentee, mentorship_facts),
        CommandRow("end", EndMentorship, policy.mentorship_enders, mentorship_facts),
    ],
    sees=policy.seen_by(
        lambda above: (
            f"{PERSON_ID} = {policy.THEMSELF} OR state->>'mentor_id' = {policy.THEMSELF} OR {above(PERSON_ID)}"
        ),
        Role.HR,
    ),
    filters=["person_id", "mentor_id", "status"],
)
