"""Permissions in requests: who submitted one does not approve it."""

from chassis.store.fields import Fields
from services.portfolio.organisation.access import EXECUTIVE, PORTFOLIO_OFFICE, acted
from services.portfolio.requests.domain.request.rules import REQUEST

R = Fields(REQUEST)


NOT_SUBMITTER = (
    (~acted("who submitted it", R.submitted_by))
    .called("somebody else")
    .ruled(
        "submitter-is-not-approver",
        "You submitted the request.",
        "Ask another executive, or somebody else of the portfolio office, to decide.",
    )
)
DECIDES = (EXECUTIVE | PORTFOLIO_OFFICE) & NOT_SUBMITTER
"""An executive or the portfolio office, not on their own request."""
CONVERTS = EXECUTIVE | PORTFOLIO_OFFICE
