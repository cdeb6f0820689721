"""What waits for somebody in policies."""

from collections.abc import Sequence

from chassis.http.desk import Entry, name_of, stored
from chassis.store.fields import Fields
from services.portfolio.organisation.access import CALLER, ME
from services.portfolio.policies import access
from services.portfolio.policies.commands import POLICIES, POLICY_EXCEPTIONS
from services.portfolio.policies.domain.acknowledgement import ACKNOWLEDGEMENT
from services.portfolio.policies.domain.exception import POLICY_EXCEPTION, ExceptionStatus
from services.portfolio.policies.domain.policy import POLICY, PolicyStage

P, E, A = Fields(POLICY, "states"), Fields(POLICY_EXCEPTION), Fields(ACKNOWLEDGEMENT, "acknowledged")
# Nobody acknowledges in another's place, so it waits for the person alone.
MYSELF = "CAST(:myself AS text)"
FOR_ME = f"""{P.in_force.audience.json} ?| ARRAY(
        SELECT CAST(above.id AS text) FROM known_persons me CROSS JOIN LATERAL divisions_above(me.division_id) above
        WHERE CAST(me.id AS text) = {MYSELF} AND me.active)"""
OPEN_TO_ME = f"""{P.in_force.policy_version} IS NOT NULL AND {FOR_ME} AND NOT EXISTS (
    SELECT FROM states acknowledged WHERE {A.of_kind} AND {A.policy_id} = {P.id}
    AND {A.person_id} = {MYSELF} AND {A.policy_version} = {P.in_force.policy_version})"""
NOT_MINE = f"NOT {P.drafted_by.json} ?| ARRAY[{ME}, {CALLER}]"
TO_APPROVE = f"{P.stage.one_of(PolicyStage.DRAFTED)} AND {NOT_MINE}"
TO_PUBLISH = P.stage.one_of(PolicyStage.APPROVED)
OF_EXCEPTION = name_of(POLICIES, E.policy_id)
ASKED_BY_ME = f"{E.asked_by.json} ?| ARRAY[{ME}, {CALLER}]"

DECISIONS: Sequence[Entry] = [
    stored(POLICIES, "acknowledge the policy", OPEN_TO_ME),
    stored(POLICIES, "approve the policy", TO_APPROVE, who=access.PUBLISHES),
    stored(POLICIES, "publish the policy", TO_PUBLISH, who=access.PUBLISHES),
    stored(
        POLICY_EXCEPTIONS,
        "grant or refuse the exception to a policy",
        f"{E.status.one_of(ExceptionStatus.ASKED)} AND NOT {ASKED_BY_ME}",
        name=OF_EXCEPTION,
        due=E.until,
        who=access.GRANTING,
    ),
]
DUE: Sequence[Entry] = [
    stored(
        POLICY_EXCEPTIONS,
        "the exception to a policy ends",
        f"{E.status.one_of(ExceptionStatus.GRANTED)} AND {ASKED_BY_ME}",
        name=OF_EXCEPTION,
        due=E.until,
    )
]
