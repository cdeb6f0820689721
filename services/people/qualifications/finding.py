"""What persons are found by in their qualifications, by those who see these."""

from uuid import UUID

from pydantic import Field

from chassis.commands.table import Criterion
from chassis.domain.decider import Actor
from chassis.store.fields import Fields, Items
from contracts.values import Level, Name
from services.people.organisation.domain.person.rules import PERSON
from services.people.qualifications.access import SEES, Q
from services.people.qualifications.domain.model import CertificateStatus

P = Fields(PERSON)
SKILL = Items(Q.skills, "known")
CALLED = "(SELECT names_of_skill(CAST(:skill AS text)))"
"""All names of the skill asked for; looked up once."""
ASSESSED = f"""skill_names(state) && {CALLED} AND EXISTS (SELECT FROM {SKILL.each}
    WHERE identity({SKILL.skill}) = ANY(CAST({CALLED} AS text[])) AND CAST({SKILL.level} AS integer) >= :level)"""
HELD = Q.certificates.has_item(scheme_id="CAST(:scheme_id AS text)", status=CertificateStatus.HELD)


def of_qualified(qualified: str, actor: Actor) -> str:
    """The condition that somebody's qualifications fulfil one, as far as the caller sees them."""
    return (
        f"stream = ANY(ARRAY(SELECT {P.stream_of(f'({Q.person_id})')} FROM states"
        f" WHERE {Q.of_kind} AND {qualified} AND ({SEES.of_many(actor)})))"
    )


WITH_SKILL = Criterion(
    {
        "skill": (Name | None, Field(None, description="assessed in this skill, by any of its names in the catalogue")),
        "level": (Level, Field(1, description="found at this level or a higher one")),
    },
    lambda actor: of_qualified(ASSESSED, actor),
    "qualifications_skill",
    f"states USING gin (skill_names(state)) WHERE {Q.of_kind}",
)
WITH_CERTIFICATE = Criterion(
    {"scheme_id": (UUID | None, Field(None, description="holds a verified certificate of this scheme"))},
    lambda actor: of_qualified(HELD, actor),
    "qualifications_certificate",
    f"states USING gin (({Q.certificates.json}) jsonb_path_ops) WHERE {Q.of_kind}",
)
CRITERIA = [WITH_SKILL, WITH_CERTIFICATE]
