"""Reactions of issues: those of a leaver pass up the line, and wait there for somebody in office."""

from chassis.store.fields import Fields
from services.portfolio.issues.domain.issue.model import OVER
from services.portfolio.issues.domain.issue.rules import ISSUE, PassIssueUp
from services.portfolio.organisation.leavers import Owned, reactions_of

REACTIONS = reactions_of(Owned(ISSUE, Fields(ISSUE).status.none_of(*OVER), PassIssueUp))
