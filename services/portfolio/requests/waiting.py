"""What waits for somebody in requests."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.organisation.access import PORTFOLIO_OFFICE
from services.portfolio.requests.access import DECIDES
from services.portfolio.requests.commands import REQUESTS
from services.portfolio.requests.domain.request.model import RequestStatus
from services.portfolio.requests.domain.request.rules import REQUEST

R = Fields(REQUEST)
DECISIONS: Sequence[Entry] = [
    stored(REQUESTS, "screen the request", R.status.one_of(RequestStatus.SUBMITTED), who=PORTFOLIO_OFFICE),
    stored(REQUESTS, "score the request", R.status.one_of(RequestStatus.SCREENED), who=PORTFOLIO_OFFICE),
    stored(
        REQUESTS,
        "decide on the request",
        f"{R.status.one_of(RequestStatus.SCORED)}"
        f" OR ({R.status.one_of(RequestStatus.DEFERRED)} AND {R.deferred_until} <= :today)",
        who=DECIDES,
    ),
    stored(REQUESTS, "convert the request", R.status.one_of(RequestStatus.APPROVED), who=PORTFOLIO_OFFICE),
]
DUE: Sequence[Entry] = []
