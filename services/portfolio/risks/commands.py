"""The command tables of risks and risk policies, and the facts their decisions need."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, WORKS_HERE
from services.portfolio.organisation.facts import division_of, in_office_above, line_of, person
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.risks import access
from services.portfolio.risks.domain import risk_policy
from services.portfolio.risks.domain.risk import acceptance, rules, scoring
from services.portfolio.risks.domain.risk.model import Risk, RiskFacts
from services.portfolio.risks.domain.risk_policy import RISK_POLICY, RiskPolicy, RiskPolicyFacts

P = Fields(RISK_POLICY)
POLICY_FOR = text(
    "WITH RECURSIVE above AS ("
    " SELECT id, parent_id, 0 AS depth FROM known_divisions WHERE id = CAST(:division AS uuid)"
    " UNION ALL"
    " SELECT d.id, d.parent_id, above.depth + 1"
    " FROM known_divisions d JOIN above ON d.id = above.parent_id WHERE above.depth < 100)"
    f" SELECT {P.id} AS id FROM states LEFT JOIN above ON CAST(above.id AS text) = {P.division_id}"
    f" WHERE {P.of_kind} AND {P.category} = :category AND {P.withdrawn.fails}"
    f" AND ({P.division_id} IS NULL OR above.id IS NOT NULL) ORDER BY above.depth NULLS LAST LIMIT 1"
)
SCORES = scoring.AnalyseRisk | scoring.TreatRisk | scoring.ScoreRisk
TELLS_ABOVE = SCORES | acceptance.WithdrawAcceptance | acceptance.ExpireAcceptance


def policies_of(category: str) -> str:
    """The guard of the policies for a category."""
    return f"risk-policies:{category}"


async def risk_policy_facts(
    view: View, state: RiskPolicy | None, command: risk_policy.RiskPolicyCommand, base: Facts
) -> RiskPolicyFacts:
    """Whether the division is open; one policy in force for a category and division."""
    of: Any = state or command
    key = f"the policy for {of.category} risks of {of.division_id or 'every division'}"
    view.bump(policies_of(of.category))
    match command:
        case risk_policy.DefineRiskPolicy():
            view.claim(key)
        case risk_policy.WithdrawRiskPolicy():
            view.release(key)
    division = await division_of(view, of.division_id) if of.division_id else {}
    return RiskPolicyFacts(**vars(base), division_open=division.get("division_open"))


async def risk_facts(view: View, state: Risk | None, command: rules.RiskCommand, base: Facts) -> RiskFacts:
    """The owner with the line above, the division's head, the persons the command names, and the policy in force."""
    of: Any = state or command
    division = await division_of(view, of.division_id)
    head = division.get("division_head")
    owner = await line_of(view, state.owner_id if state else None)
    known: dict[str, Any] = {}
    match command:
        case rules.IdentifyRisk():
            known = await project_of(view, command.project_id) | {"owner": await person(view, command.owner_id)}
        case rules.NameRiskOwner(owner_id=owner_id):
            known = {"owner": await person(view, owner_id)}
        case rules.PassRiskUp(leaver_id=leaver_id):
            known = {"leaver": await person(view, leaver_id), "above": await in_office_above(view, leaver_id)}
    if isinstance(command, SCORES):
        known |= await policy_for(view, of)
    if isinstance(command, TELLS_ABOVE) and state is not None:
        known["above"] = await in_office_above(view, state.owner_id)
    return RiskFacts(
        **vars(base),
        subject=owner[0].id if owner else None,
        line=owner[0].line if owner else (),
        division_open=division.get("division_open"),
        division_head=head.id if head else None,
        **known,
    )


async def project_of(view: View, project_id: UUID | None) -> dict[str, Any]:
    """Whether a project exists, and its division."""
    project = await view.state(PROJECT, project_id)
    return {"project_known": project is not None, "project_division": project and project.division_id}


async def policy_for(view: View, risk: Risk) -> dict[str, Any]:
    """The policy for a category: that of the division, of the nearest above that has one, else the general one."""
    asked = {"division": str(risk.division_id), "category": risk.category}
    rows = await view.guarded(policies_of(risk.category), POLICY_FOR, asked)
    if not rows:
        return {}
    id = UUID(rows[0].id)
    return {"policy": await view.state(RISK_POLICY, id), "policy_id": id}


RISK_POLICIES = Aggregate(
    RISK_POLICY,
    path="risk-policies",
    commands=[
        CommandRow("define", risk_policy.DefineRiskPolicy, access.DEFINES, creates=True),
        CommandRow("revise", risk_policy.ReviseRiskPolicy, access.DEFINES),
        CommandRow("withdraw", risk_policy.WithdrawRiskPolicy, access.DEFINES),
    ],
    facts=risk_policy_facts,
    zone=zones.OF_DIVISION,
    filters=["category", "division_id", "withdrawn"],
)

RISKS = Aggregate(
    rules.RISK,
    path="risks",
    commands=[
        CommandRow("identify", rules.IdentifyRisk, WORKS_HERE, creates=True),
        CommandRow("analyse", scoring.AnalyseRisk, access.WORKS),
        CommandRow("evaluate", scoring.EvaluateRisk, access.WORKS),
        CommandRow("treat", scoring.TreatRisk, access.WORKS),
        CommandRow("score", scoring.ScoreRisk, access.WORKS),
        CommandRow("ask-acceptance", acceptance.AskAcceptance, access.WORKS),
        CommandRow("give-acceptance", acceptance.GiveAcceptance, access.GIVES),
        CommandRow("refuse-acceptance", acceptance.RefuseAcceptance, access.GIVES),
        CommandRow("withdraw-acceptance", acceptance.WithdrawAcceptance, access.WORKS),
        CommandRow("expire-acceptance", acceptance.ExpireAcceptance, SERVICE),
        CommandRow("monitor", rules.MonitorRisk, access.WORKS),
        CommandRow("review", rules.ReviewRisk, access.WORKS),
        CommandRow("name-owner", rules.NameRiskOwner, access.NAMES_OWNER),
        CommandRow("pass-up", rules.PassRiskUp, SERVICE),
        CommandRow("materialise", rules.MaterialiseRisk, access.WORKS, further=rules.opened),
        CommandRow("record-contingency", rules.RecordContingency, SERVICE),
        CommandRow("close", rules.CloseRisk, access.WORKS),
    ],
    facts=risk_facts,
    zone=zones.OF_DIVISION,
    sees=access.SEES,
    filters=[
        "category",
        "division_id",
        "project_id",
        "status",
        "level",
        "above_appetite",
        "owner_id",
        "unresolved",
        "review_on",
    ],
    sorts=["score", "review_on", "title"],
    searched=["title"],
    refers=dict.fromkeys(["owner_id", "identified_by", "told_id", "asked_by", "given_by"], "person"),
)
