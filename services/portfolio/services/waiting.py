"""What waits for somebody in services."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields, Items
from contracts.portfolio.services import ServiceStage
from services.portfolio.organisation.access import ME, TAKES_OVER
from services.portfolio.organisation.domain.portfolio_policy import DEFAULTS, POLICY_ID, PORTFOLIO_POLICY
from services.portfolio.services.commands import INCIDENTS, SERVICES
from services.portfolio.services.domain.incident import INCIDENT, IncidentStatus
from services.portfolio.services.domain.service.model import Compliance
from services.portfolio.services.domain.service.rules import SERVICE

S, REPORTED, SETTINGS = Fields(SERVICE), Fields(INCIDENT), Fields(PORTFOLIO_POLICY, "policy")
STANDARD = Items(S.standards, "standard")
GOES_ON = S.stage.none_of(ServiceStage.RETIRED)
OWNED = f"{S.owner_id} = {ME} AND {GOES_ON}"
LAPSED = S.standards.has_item(status=Compliance.BREACHED, lapsed=True, escalated_to=ME)
TEST_MONTHS = f"""coalesce((SELECT CAST({SETTINGS.continuity_test_months} AS int) FROM states policy
    WHERE {SETTINGS.stream} = '{PORTFOLIO_POLICY.stream(POLICY_ID)}'), {DEFAULTS.continuity_test_months})"""
TEST_DUE = f"CAST(CAST({S.continuity.tested_on} AS date) + make_interval(months => {TEST_MONTHS}) AS date)"
OWN_SERVICES = f"{REPORTED.service_id} IN (SELECT {S.id} FROM states WHERE {S.of_kind} AND {OWNED})"

DECISIONS: Sequence[Entry] = [
    stored(SERVICES, "name an owner of the service", f"{S.unresolved.holds} AND {GOES_ON}", who=TAKES_OVER),
    stored(SERVICES, "an exception to a standard has ended", f"{LAPSED} AND {GOES_ON}"),
]
DUE: Sequence[Entry] = [
    stored(SERVICES, "the continuity plan is to be tested", OWNED, due=TEST_DUE),
    stored(SERVICES, "an exception to a standard ends", OWNED, due=STANDARD.until, days=STANDARD.each),
    stored(
        INCIDENTS,
        "the incident is to be resolved",
        f"{REPORTED.status.one_of(IncidentStatus.OPEN)} AND {OWN_SERVICES}",
        due=f"CAST(CAST({REPORTED.resolve_by} AS timestamptz) AT TIME ZONE 'UTC' AS date)",
    ),
]
