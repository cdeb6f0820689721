"""What waits for somebody in issues."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from services.portfolio.issues.commands import ISSUES
from services.portfolio.issues.domain.issue.model import OVER, IssueStatus
from services.portfolio.issues.domain.issue.rules import ISSUE
from services.portfolio.organisation.access import ME, MY_DIVISIONS, PORTFOLIO_OFFICE

ISSUED = Fields(ISSUE)
OWNERLESS = ISSUED.status.one_of(IssueStatus.RAISED)

DECISIONS: Sequence[Entry] = [
    stored(
        ISSUES,
        "name an owner of the issue",
        f"{OWNERLESS} AND {ISSUED.confidential.fails} AND {ISSUED.division_id} IN {MY_DIVISIONS}",
    ),
    stored(
        ISSUES,
        "name an owner of the confidential issue",
        f"{OWNERLESS} AND {ISSUED.confidential.holds}",
        who=PORTFOLIO_OFFICE,
    ),
    stored(
        ISSUES,
        "the issue was escalated to you",
        f"{ISSUED.status.one_of(IssueStatus.ESCALATED)} AND {ISSUED.escalated_to} = {ME}",
        person=ISSUED.owner_id,
    ),
    stored(
        ISSUES,
        "close or reopen the issue you raised",
        f"{ISSUED.status.one_of(IssueStatus.RESOLVED)} AND {ISSUED.raised_by} = {ME}",
    ),
]
DUE: Sequence[Entry] = [
    stored(
        ISSUES,
        "the issue is to be resolved",
        f"{ISSUED.status.none_of(*OVER)} AND {ISSUED.owner_id} = {ME}",
        due=ISSUED.due_on,
    )
]
