"""The command tables of development plans and mentorships, and the facts their decisions need."""

import asyncio
from typing import Any

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.people.development import access
from services.people.development.domain import mentorship
from services.people.development.domain.development_plan import rules as development_plan
from services.people.development.domain.development_plan.model import DevelopmentPlan, PlanFacts
from services.people.organisation import zones
from services.people.organisation.access import PERSON_OR_MANAGER, SERVICE
from services.people.organisation.catalogue import catalogue
from services.people.organisation.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.organisation.domain.person.model import Person
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION
from services.people.organisation.domain.skill import by_catalogue, names_in
from services.people.organisation.facts import about, limits
from services.people.qualifications.domain.gap import Required
from services.people.qualifications.domain.rules import QUALIFICATIONS

MENTORSHIP = Fields(mentorship.MENTORSHIP)
ACTIVE_MENTEES = text(
    f"SELECT count(*) AS number FROM states WHERE {MENTORSHIP.of_kind} AND {MENTORSHIP.mentor_id} = :id"
    f" AND {MENTORSHIP.status.one_of(mentorship.MentorshipStatus.ACTIVE)}"
)


async def plan_facts(
    view: View, state: DevelopmentPlan | None, command: development_plan.PlanCommand, base: Facts
) -> PlanFacts:
    """The person with the line above; for a goal, what they have and what their position requires."""
    person_id = (
        state.person_id
        if state
        else command.person_id
        if isinstance(command, development_plan.ProposeDevelopmentPlan)
        else None
    )
    known = await about(view, base, person_id) | {"skills": await catalogue(view, names_in(command))}
    match command:
        case development_plan.ProposeDevelopmentPlan() if state is None:
            view.claim(f"development-plan:{person_id}")
        case development_plan.CloseDevelopmentPlan() | development_plan.WithdrawDevelopmentPlan():
            view.release(f"development-plan:{person_id}")
        case development_plan.AddDevelopmentGoal(scheme_id=scheme_id) if person_id is not None:
            person = await view.state(PERSON, person_id)
            return PlanFacts(
                **known,
                scheme=await view.state(CERTIFICATE_SCHEME, scheme_id),
                held=await view.state(QUALIFICATIONS, person_id),
                required=await required_of(view, person),
            )
    return PlanFacts(**known)


async def required_of(view: View, person: Person | None) -> Required:
    held = person.appointment.position_id if person and person.appointment else None
    position = await view.state(POSITION, held)
    return Required(position.required_skills, position.required_schemes) if position else Required()


async def mentorship_facts(
    view: View, state: mentorship.Mentorship | None, command: mentorship.MentorshipCommand, base: Facts
) -> mentorship.MentorshipFacts:
    """The mentee with the line above, and the mentor with their other mentees."""
    asked: Any = state or command
    # Side by side, so that one statement reads both.
    mentor, policy = await asyncio.gather(view.state(PERSON, asked.mentor_id), limits(view))
    guard = f"mentor:{asked.mentor_id}:mentees"
    active = await view.guarded(guard, ACTIVE_MENTEES, {"id": str(asked.mentor_id)})
    if isinstance(command, mentorship.AcceptMentorship | mentorship.CompleteMentorship | mentorship.EndMentorship):
        view.bump(guard)
    return mentorship.MentorshipFacts(
        **await about(view, base, asked.person_id),
        mentor_employed=mentor is not None and mentor.works_here,
        active_mentees=active[0].number,
        most_mentees=policy.most_mentees,
    )


DEVELOPMENT_PLANS = Aggregate(
    development_plan.DEVELOPMENT_PLAN,
    path="development-plans",
    commands=[
        CommandRow("propose", development_plan.ProposeDevelopmentPlan, access.PROPOSES_PLAN, creates=True),
        CommandRow("agree", development_plan.AgreeDevelopmentPlan, access.OTHER_SIDE),
        CommandRow("withdraw", development_plan.WithdrawDevelopmentPlan, PERSON_OR_MANAGER),
        CommandRow("add-goal", development_plan.AddDevelopmentGoal, PERSON_OR_MANAGER),
        CommandRow("meet-goal", development_plan.MeetDevelopmentGoal, access.JUDGES_GOALS),
        CommandRow("extend-goal", development_plan.ExtendDevelopmentGoal, access.JUDGES_GOALS),
        CommandRow("miss-goal", development_plan.MissDevelopmentGoal, access.JUDGES_GOALS),
        CommandRow("add-action", development_plan.AddDevelopmentAction, PERSON_OR_MANAGER),
        CommandRow("record-learning", development_plan.RecordLearning, PERSON_OR_MANAGER),
        CommandRow("correct-learning", development_plan.CorrectLearning, PERSON_OR_MANAGER),
        CommandRow("close", development_plan.CloseDevelopmentPlan, PERSON_OR_MANAGER),
        CommandRow("meet-goals-by-qualification", development_plan.MeetGoalsByQualification, SERVICE),
        CommandRow("mark-overdue-goals", development_plan.MarkOverdueGoals, SERVICE),
    ],
    facts=plan_facts,
    zone=zones.OF_PERSON,
    rewords=lambda command, facts: by_catalogue(command, facts.skills),
    sees=access.SEES_PLAN,
    filters=["person_id", "status"],
)

MENTORSHIPS = Aggregate(
    mentorship.MENTORSHIP,
    path="mentorships",
    commands=[
        CommandRow("propose", mentorship.ProposeMentorship, access.PROPOSES_MENTORSHIP, creates=True),
        CommandRow("accept", mentorship.AcceptMentorship, access.MENTOR_OR_MENTEE),
        CommandRow("record-meeting", mentorship.RecordMentorshipMeeting, access.MENTOR_OR_MENTEE),
        CommandRow("correct-meeting", mentorship.CorrectMentorshipMeeting, access.MENTOR_OR_MENTEE),
        CommandRow("complete", mentorship.CompleteMentorship, access.MENTOR_OR_MENTEE),
        CommandRow("end", mentorship.EndMentorship, access.ENDS_MENTORSHIP),
    ],
    facts=mentorship_facts,
    zone=zones.OF_PERSON,
    sees=access.SEES_MENTORSHIP,
    filters=["person_id", "mentor_id", "status"],
)
