"""The policy, the people and the history that the tests of risks share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.domain.decider import Actor
from contracts.portfolio import risks
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.risks.domain.risk.model import RiskFacts
from services.portfolio.risks.domain.risk.rules import IdentifyRisk
from services.portfolio.risks.domain.risk_policy import RISK_POLICY, DefineRiskPolicy, RiskPolicy, evolve, version

RISK_ID, DIVISION, PROJECT, POLICY_ID = (UUID(int=n) for n in range(100, 104))
CHIEF, SENIOR, MANAGER, OWNER, HEAD, OTHER = (UUID(int=n) for n in range(1, 7))
TODAY, UNTIL = date(2026, 11, 30), date(2026, 12, 31)

owner = KnownPerson(OWNER, Grade.STAFF, active=True, line=(MANAGER, SENIOR, CHIEF))
manager = KnownPerson(MANAGER, Grade.MANAGER, active=True, line=(SENIOR, CHIEF))

LIKELIHOOD = ("rare", "unlikely", "possible", "likely", "almost certain")
IMPACT = ("insignificant", "minor", "moderate", "major", "severe")
LEVELS = ("low", "medium", "high")
ROWS = ("00001", "00011", "00112", "01122", "01222")


def policy(
    rows: Sequence[str] = ROWS,
    *,
    likelihood: Sequence[str] = LIKELIHOOD,
    impact: Sequence[str] = IMPACT,
    levels: Sequence[str] = LEVELS,
    appetite: str = "6",
    numbered: bool = False,
    **changes: Any,
) -> DefineRiskPolicy:
    """A policy whose rows have the place of a level in each cell, which is its number too where ``numbered``."""

    def cell(place: str) -> dict[str, Any]:
        return {"level": levels[int(place)]} | ({"number": place} if numbered else {})

    return DefineRiskPolicy.model_validate(
        {
            "category": "operational",
            "likelihood": [{"name": name, "number": number} for number, name in enumerate(likelihood, 1)],
            "impact": [{"name": name, "number": number} for number, name in enumerate(impact, 1)],
            "levels": [{"name": name, "review_days": 90 // number} for number, name in enumerate(levels, 1)],
            "matrix": [[cell(place) for place in row] for row in rows],
            "appetite": appetite,
            "reason": "As the board decided.",
            **changes,
        }
    )


def in_force(define: DefineRiskPolicy, number: int = 1) -> RiskPolicy:
    """The state after such a definition."""
    return evolve(None, version(define, define.category, define.division_id, number))


POLICY = in_force(policy())
assert RISK_POLICY.state is RiskPolicy


def score(likelihood: str, impact: str, number: str, level: str, **changes: Any) -> risks.RiskScore:
    """A score by the first version of the policy."""
    review_days = 90 // (LEVELS.index(level) + 1)
    made = risks.RiskScore(
        likelihood=likelihood,
        impact=impact,
        number=Decimal(number),
        level=level,
        appetite=Decimal(6),
        review_days=review_days,
        policy_id=POLICY_ID,
        policy_version=1,
    )
    return made.model_copy(update=changes)


HIGH, MEDIUM, LOW = (
    score("likely", "major", "16", "high"),
    score("possible", "major", "12", "medium"),
    score("unlikely", "moderate", "6", "low"),
)
IDENTIFY = IdentifyRisk(
    title="The vendor fails", category=risks.RiskCategory.OPERATIONAL, division_id=DIVISION, owner_id=OWNER
)
IDENTIFIED = risks.RiskIdentified(
    title="The vendor fails",
    description="",
    category=risks.RiskCategory.OPERATIONAL,
    division_id=DIVISION,
    project_id=None,
    owner_id=OWNER,
    identified_by=OTHER,
)
OF_PROJECT = IDENTIFIED.model_copy(update={"project_id": PROJECT})
ANALYSED = risks.RiskAnalysed(inherent=HIGH, current=MEDIUM, review_on=date(2027, 1, 14))
EVALUATED = risks.RiskEvaluated(above_appetite=True, rationale="Too much.")
CHOSEN = risks.RiskTreatmentChosen(
    treatment=risks.RiskTreatment.ACCEPT, plan="Live with it.", due_on=None, residual=None
)
ASKED = risks.RiskAcceptanceAsked(
    asked_by=(OWNER,),
    until=UNTIL,
    reason="Nothing helps.",
    inherent=HIGH,
    current=MEDIUM,
    residual=None,
    treatment=risks.RiskTreatment.ACCEPT,
)
GIVEN = risks.RiskAcceptanceGiven(given_by=MANAGER, until=UNTIL, reason="Agreed.")
WATCHED = risks.RiskMonitored(note="It was accepted.", review_on=date(2027, 1, 14))
AT_ANALYSED = (IDENTIFIED, ANALYSED)
AT_EVALUATED = (*AT_ANALYSED, EVALUATED)
AT_TREATING = (*AT_EVALUATED, CHOSEN)
AT_ASKED = (*AT_TREATING, ASKED)
AT_ACCEPTED = (*AT_ASKED, GIVEN, WATCHED)


def facts(
    actor: UUID | str = OWNER,
    for_whom: UUID | None = None,
    *,
    on: date = TODAY,
    roles: Sequence[str] = (),
    **known: Any,
) -> RiskFacts:
    """The owner, their line and the policy are known, unless said otherwise."""
    rows: dict[str, Any] = {
        "subject": OWNER,
        "line": owner.line,
        "division_open": True,
        "division_head": HEAD,
        "owner": owner,
        "above": manager,
        "policy": POLICY,
        "policy_id": POLICY_ID,
    }
    acting = Actor(str(actor), frozenset(roles), for_whom=str(for_whom) if for_whom else None)
    return RiskFacts(actor=acting, at=datetime.combine(on, time(9), UTC), id=RISK_ID, **{**rows, **known})
