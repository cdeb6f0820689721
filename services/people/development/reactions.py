"""What follows for development: goals met by new qualifications, mentorships that end with a line or an employment."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Order
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import people
from contracts.values import SkillLevel
from services.people.development.commands import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.development.domain.development_plan.rules import MeetGoalsByQualification
from services.people.development.domain.mentorship import EndMentorship

LIVE_PLANS = text(
    "SELECT stream FROM states WHERE kind = 'development-plan' AND state->>'person_id' = :person"
    " AND state->>'status' IN ('proposed', 'agreed') ORDER BY stream"
)

MENTORED_BY_MANAGER = text(
    "SELECT stream FROM states WHERE kind = 'mentorship' AND state->>'person_id' = :person"
    " AND state->>'mentor_id' = :manager AND state->>'status' IN ('proposed', 'active') ORDER BY stream"
)

MENTORSHIPS_OF = text(
    "SELECT stream FROM states WHERE kind = 'mentorship' AND (state->>'person_id' = :person"
    " OR state->>'mentor_id' = :person) AND state->>'status' IN ('proposed', 'active') ORDER BY stream"
)


async def on_skill_assessed(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Goals that ask for the skill are met."""
    assert isinstance(envelope.event, people.SkillAssessed)
    found = SkillLevel(skill=envelope.event.skill, level=envelope.event.level)
    return await goals_met(store, envelope, MeetGoalsByQualification(skill=found))


async def on_certificate_held(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Goals that ask for the certificate are met, also where one that had lapsed was renewed."""
    assert isinstance(envelope.event, people.CertificateAwarded | people.CertificateRenewed)
    return await goals_met(store, envelope, MeetGoalsByQualification(scheme_id=envelope.event.scheme_id))


async def goals_met(store: Store, envelope: Envelope, command: MeetGoalsByQualification) -> Sequence[Order]:
    """The plans of the person the event is about look for goals that are met now."""
    rows = await store.rows(LIVE_PLANS, {"person": str(envelope.subject)})
    return [Order(DEVELOPMENT_PLANS, UUID(row.stream[-36:]), command) for row in rows]


async def on_line_manager_named(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who has become somebody's line manager is not their mentor any more."""
    assert isinstance(envelope.event, people.PersonAppointed | people.LineManagerChanged)
    named = {"person": str(envelope.subject), "manager": str(envelope.event.line_manager_id)}
    command = EndMentorship(reason="The mentor has become the mentee's line manager.")
    rows = await store.rows(MENTORED_BY_MANAGER, named)
    return [Order(MENTORSHIPS, UUID(row.stream[-36:]), command) for row in rows]


async def on_left(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who has left neither mentors nor is mentored."""
    rows = await store.rows(MENTORSHIPS_OF, {"person": str(envelope.subject)})
    command = EndMentorship(reason="One of the two has left.")
    return [Order(MENTORSHIPS, UUID(row.stream[-36:]), command) for row in rows]
