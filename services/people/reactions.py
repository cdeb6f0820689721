"""What people does when it hears of what it published itself: policy, trainings, qualifications, lines, leavers."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Order
from chassis.consumers.reactions import Reaction
from chassis.messaging.cloudevents import Envelope
from chassis.store.store import Store
from contracts import people
from contracts.values import SkillLevel
from services.people.api.development import DEVELOPMENT_PLANS, MENTORSHIPS
from services.people.api.persons import PERSONS
from services.people.api.qualifications import QUALIFICATIONS_OF_PERSONS
from services.people.api.succession import SUCCESSIONS, SUCCESSIONS_NAMING
from services.people.domain.development_plan import MeetGoalsByQualification
from services.people.domain.mentorship import EndMentorship
from services.people.domain.person import ReviewEligibility
from services.people.domain.qualifications import CreditTraining, ReviewCertificates
from services.people.domain.succession import RemoveSuccessor

EVERYBODY = text("SELECT stream FROM states WHERE kind = 'person' AND state->>'employment' <> 'left' ORDER BY stream")

CERTIFIED = text(
    "SELECT stream FROM states WHERE kind = 'qualifications' AND state->'certificates' <> '[]' ORDER BY stream"
)

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


async def on_policy_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who was eligible under the old limit may not be under the new one."""
    return [Order(PERSONS, UUID(row.stream[-36:]), ReviewEligibility()) for row in await store.rows(EVERYBODY)]


async def on_person_left(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who has left follows nobody."""
    rows = await store.rows(SUCCESSIONS_NAMING, {"person": str(envelope.subject)})
    return [Order(SUCCESSIONS, row.id, RemoveSuccessor(person_id=envelope.subject)) for row in rows]


async def on_position_taken(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Whoever has come to hold a position does not follow in it any more."""
    assert isinstance(envelope.event, people.PersonAppointed)
    rows = await store.rows(SUCCESSIONS_NAMING, {"person": str(envelope.subject)})
    taken = [row.id for row in rows if row.id == envelope.event.position_id]
    return [Order(SUCCESSIONS, id, RemoveSuccessor(person_id=envelope.subject)) for id in taken]


async def on_limits_set(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Whoever holds certificates gets notice of their end as the policy has it now."""
    rows = await store.rows(CERTIFIED)
    return [Order(QUALIFICATIONS_OF_PERSONS, UUID(row.stream[-36:]), ReviewCertificates()) for row in rows]


async def on_training_completed(store: Store, envelope: Envelope) -> Sequence[Order]:
    """Who passed has the skills and the certificate the training gives."""
    training = envelope.event
    assert isinstance(training, people.TrainingCompleted)
    if not training.passed:
        return []
    gained = CreditTraining(
        reference=UUID(envelope.id),
        skills=training.skills,
        scheme_id=training.scheme_id,
        effective_on=training.effective_on,
    )
    return [Order(QUALIFICATIONS_OF_PERSONS, training.person_id, gained)]


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


REACTIONS = [
    Reaction(people.StaffingPolicySet, on_policy_set),
    Reaction(people.PersonLeft, on_person_left),
    Reaction(people.StaffingLimitsSet, on_limits_set),
    Reaction(people.TrainingCompleted, on_training_completed),
    Reaction(people.SkillAssessed, on_skill_assessed),
    Reaction(people.CertificateAwarded, on_certificate_held),
    Reaction(people.CertificateRenewed, on_certificate_held),
    Reaction(people.PersonAppointed, on_position_taken),
    Reaction(people.PersonAppointed, on_line_manager_named),
    Reaction(people.LineManagerChanged, on_line_manager_named),
    Reaction(people.PersonLeft, on_left),
]
