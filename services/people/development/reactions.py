"""Reactions in development: goals met by new qualifications, mentorships that end with a line or an employment."""

from collections.abc import Sequence

from sqlalchemy import text

from chassis.domain.decider import IssuedCommand
from chassis.domain.streams import id_of
from chassis.messaging.cloudevents import Envelope
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from contracts.values import SkillLevel
from services.people.development.domain import mentorship
from services.people.development.domain.development_plan.model import PlanStatus
from services.people.development.domain.development_plan.rules import DEVELOPMENT_PLAN, MeetGoalsByQualification

PLAN, MENTORSHIP = Fields(DEVELOPMENT_PLAN), Fields(mentorship.MENTORSHIP)
LIVE_PLANS = text(
    f"SELECT stream FROM states WHERE {PLAN.of_kind} AND {PLAN.person_id} = :person"
    f" AND {PLAN.status.one_of(PlanStatus.PROPOSED, PlanStatus.AGREED)} ORDER BY stream"
)

LIVE = MENTORSHIP.status.one_of(mentorship.MentorshipStatus.PROPOSED, mentorship.MentorshipStatus.ACTIVE)
MENTORED_BY_MANAGER = text(
    f"SELECT stream FROM states WHERE {MENTORSHIP.of_kind} AND {MENTORSHIP.person_id} = :person"
    f" AND {MENTORSHIP.mentor_id} = :manager AND {LIVE} ORDER BY stream"
)

MENTORSHIPS_OF = text(
    f"SELECT stream FROM states WHERE {MENTORSHIP.of_kind} AND ({MENTORSHIP.person_id} = :person"
    f" OR {MENTORSHIP.mentor_id} = :person) AND {LIVE} ORDER BY stream"
)


async def on_skill_assessed(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Goals that ask for the skill are met."""
    assert isinstance(envelope.event, people.SkillAssessed)
    found = SkillLevel(skill=envelope.event.skill, level=envelope.event.level)
    return await goals_met(store, envelope, MeetGoalsByQualification(skill=found))


async def on_certificate_held(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """Goals that ask for the certificate are met, also where one that had lapsed was renewed."""
    assert isinstance(envelope.event, people.CertificateAwarded | people.CertificateRenewed)
    return await goals_met(store, envelope, MeetGoalsByQualification(scheme_id=envelope.event.scheme_id))


async def goals_met(store: Store, envelope: Envelope, command: MeetGoalsByQualification) -> Sequence[IssuedCommand]:
    """The plans of the person the event is about look for goals that are met now."""
    rows = await store.rows(LIVE_PLANS, {"person": str(envelope.subject)})
    return [IssuedCommand(DEVELOPMENT_PLAN, id_of(row.stream), command) for row in rows]


async def on_line_manager_named(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """End mentorships between a person and their new line manager."""
    assert isinstance(envelope.event, people.PersonAppointed | people.LineManagerChanged)
    named = {"person": str(envelope.subject), "manager": str(envelope.event.line_manager_id)}
    command = mentorship.EndMentorship(reason="The mentor has become the mentee's line manager.")
    rows = await store.rows(MENTORED_BY_MANAGER, named)
    return [IssuedCommand(mentorship.MENTORSHIP, id_of(row.stream), command) for row in rows]


async def on_left(store: Store, envelope: Envelope) -> Sequence[IssuedCommand]:
    """End the mentorships of a leaver."""
    rows = await store.rows(MENTORSHIPS_OF, {"person": str(envelope.subject)})
    command = mentorship.EndMentorship(reason="One of the two has left.")
    return [IssuedCommand(mentorship.MENTORSHIP, id_of(row.stream), command) for row in rows]
