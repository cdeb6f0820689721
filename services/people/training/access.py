"""Who may do what in training."""

from typing import Any

from services.people.organisation import access as organisation_access
from services.people.organisation.access import ME
from services.people.training.domain.training_session import TrainerFacts


def trainer(facts: TrainerFacts, state: Any, command: Any) -> bool:
    """Whoever trains in the session."""
    return facts.trains


TRAINS_IN_SESSION = f"state->>'session_id' = ANY(ARRAY(SELECT id FROM sessions_trained_by({ME})))"
"""Whether the caller trains in the session the state names."""

DESIGNERS = organisation_access.either(organisation_access.hr, organisation_access.managers)
ENROLLERS = organisation_access.either(
    organisation_access.themself, organisation_access.line_manager, organisation_access.hr
)
RECORDERS = organisation_access.either(trainer, organisation_access.line_above, organisation_access.hr)
