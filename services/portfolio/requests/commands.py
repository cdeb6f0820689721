"""The command tables of requests and of the criteria by which they are scored."""

from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import EXECUTIVE, PORTFOLIO_OFFICE, PROPOSES
from services.portfolio.organisation.facts import DIVISION
from services.portfolio.requests import access
from services.portfolio.requests.domain import criteria_set
from services.portfolio.requests.domain.request import rules
from services.portfolio.requests.domain.request.model import Request, RequestFacts


async def request_facts(view: View, _state: Request | None, command: rules.RequestCommand, base: Facts) -> RequestFacts:
    """Whether the division is open, or the criteria that are to score the request."""
    known: dict[str, Any] = {}
    match command:
        case rules.SubmitRequest(division_id=division_id):
            found = await view.reference(DIVISION, {"id": division_id})
            known = {"division_open": not found[0].closed if found else None}
        case rules.ScoreByCriteria(criteria_set_id=id):
            known = {"criteria": await view.state(criteria_set.CRITERIA_SET, id)}
    return RequestFacts(**vars(base), **known)


CRITERIA_SETS = Aggregate(
    criteria_set.CRITERIA_SET,
    path="criteria-sets",
    commands=[
        CommandRow("define", criteria_set.DefineCriteriaSet, PORTFOLIO_OFFICE | EXECUTIVE, creates=True),
        CommandRow("revise", criteria_set.ReviseCriteriaSet, PORTFOLIO_OFFICE | EXECUTIVE),
    ],
    sorts=["name"],
    searched=["name"],
)

REQUESTS = Aggregate(
    rules.REQUEST,
    path="requests",
    commands=[
        CommandRow("submit", rules.SubmitRequest, PROPOSES, creates=True),
        CommandRow("screen", rules.ScreenRequest, PORTFOLIO_OFFICE),
        CommandRow("score-by-criteria", rules.ScoreByCriteria, PORTFOLIO_OFFICE),
        CommandRow("score-by-wsjf", rules.ScoreByWsjf, PORTFOLIO_OFFICE),
        CommandRow("override-score", rules.OverrideScore, PORTFOLIO_OFFICE),
        CommandRow("approve", rules.ApproveRequest, access.DECIDES),
        CommandRow("defer", rules.DeferRequest, access.DECIDES),
        CommandRow("reject", rules.RejectRequest, access.DECIDES),
        CommandRow("convert", rules.ConvertRequest, access.CONVERTS, further=rules.proposed),
    ],
    facts=request_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "status", "deferred_until", "project_id"],
    sorts=["title", "status", "needed_by", "deferred_until"],
    searched=["title"],
)
