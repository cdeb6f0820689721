"""Whatever happens to a risk: what is accepted is what was asked for, by somebody who has no part in it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from chassis.domain.decider import Refused
from contracts.portfolio import risks
from contracts.roles import Role
from contracts.values import Grade, Money
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.risks.commands import RISKS
from services.portfolio.risks.domain.risk import acceptance, rules, scoring
from services.portfolio.risks.domain.risk.model import Risk, RiskStatus
from services.portfolio.risks.domain.risk.rules import RISK
from services.portfolio.risks.domain.risk_policy import Position
from tests.portfolio.risks.story import (
    AT_ACCEPTED,
    AT_ANALYSED,
    AT_ASKED,
    AT_EVALUATED,
    AT_TREATING,
    MANAGER,
    OF_PROJECT,
    OTHER,
    OWNER,
    POLICY,
    SENIOR,
    TODAY,
    facts,
    in_force,
    policy,
)

LINES: dict[UUID, tuple[UUID, ...]] = {OWNER: (MANAGER, SENIOR), MANAGER: (SENIOR,), SENIOR: (), OTHER: ()}
STRICTER = in_force(policy(appetite="3"), number=2)

persons = st.sampled_from(sorted(LINES))
places = st.builds(Position, likelihood=st.sampled_from("135"), impact=st.sampled_from("135"))
days = st.integers(0, 40).map(lambda later: TODAY + timedelta(days=later))
# What is told apart here happens as often as all else together.
decisive = st.one_of(
    st.just(acceptance.GiveAcceptance(reason="Agreed.")),
    st.builds(acceptance.AskAcceptance, until=days, reason=st.just("Nothing helps.")),
    st.builds(scoring.ScoreRisk, current=places, reason=st.just("Again.")),
)
others = st.one_of(
    st.builds(scoring.AnalyseRisk, inherent=places, current=places),
    st.just(scoring.EvaluateRisk(rationale="As it is.")),
    st.builds(
        scoring.TreatRisk,
        treatment=st.sampled_from([risks.RiskTreatment.ACCEPT, risks.RiskTreatment.MITIGATE]),
        residual=st.one_of(st.none(), places, st.just(scoring.Controls(effectiveness=Decimal(20)))),
    ),
    st.builds(acceptance.AskAcceptance, until=days, reason=st.just("It goes on.")),
    st.just(acceptance.RefuseAcceptance(reason="No.")),
    st.just(acceptance.WithdrawAcceptance(reason="Enough.")),
    st.just(acceptance.ExpireAcceptance()),
    st.just(rules.MonitorRisk()),
    st.just(rules.ReviewRisk(note="Looked at.")),
    st.builds(rules.NameRiskOwner, owner_id=persons, reason=st.just("Yours.")),
    st.builds(rules.PassRiskUp, leaver_id=persons, reason=st.just("The owner left.")),
)
MATERIALISE = rules.MaterialiseRisk(
    effect="It came.",
    issue_title="It is here",
    issue_due_on=TODAY,
    contingency=Money(amount=Decimal(5), currency="EUR"),
)
CLOSE = rules.CloseRisk(reason="Over.")
ends: st.SearchStrategy[list[Any]] = st.sampled_from(
    [[], [MATERIALISE, MATERIALISE], [CLOSE, MATERIALISE], [MATERIALISE, CLOSE]]
)


def acts(commands: Any) -> Any:
    """Who gives a command, for whom, as an executive or not, by which policy, and how many days later."""
    policies = st.sampled_from([POLICY, STRICTER])
    return st.tuples(commands, persons, st.none() | persons, st.booleans(), policies, st.integers(0, 1))


def known(id: UUID, *, active: bool = True) -> KnownPerson:
    return KnownPerson(id, Grade.MANAGER, active=active, line=LINES[id])


def told(command: Any, risk: Risk, actor: UUID, for_whom: UUID | None, *, executive: bool, on: date, by: Any) -> Any:
    """The facts of a decision, by a person or by the service where the command is its own."""
    of_service = isinstance(command, acceptance.ExpireAcceptance | rules.PassRiskUp)
    roles = [Role.SYSTEM] if of_service else [Role.EXECUTIVE] if executive and for_whom is None else []
    above = next(iter(LINES[risk.owner_id]), None)
    return facts(
        "system" if of_service else actor,
        None if of_service else for_whom,
        on=on,
        roles=roles,
        subject=risk.owner_id,
        line=LINES[risk.owner_id],
        owner=known(command.owner_id) if isinstance(command, rules.NameRiskOwner) else None,
        leaver=known(risk.owner_id, active=False),
        above=known(above) if above else None,
        policy=by,
    )


STARTS = [(OF_PROJECT, *events[1:]) for events in (AT_ANALYSED, AT_EVALUATED, AT_TREATING, AT_ASKED, AT_ACCEPTED)]


@for_all(
    st.sampled_from([(OF_PROJECT,), *STARTS]),
    st.lists(acts(decisive | others), min_size=10, max_size=25),
    ends.flatmap(lambda end: st.tuples(*(acts(st.just(command)) for command in end))),
)
def test_what_is_accepted_is_what_was_asked_for_by_somebody_who_has_no_part_in_it(
    start: Any, history: Any, end: Any
) -> None:
    risk, on = RISK.fold(start), TODAY
    stored: list[Any] = []
    for command, actor, for_whom, executive, by, passed in [*history, *end]:
        assert risk is not None
        on += timedelta(days=passed)
        base = told(command, risk, actor, for_whom, executive=executive, on=on, by=by)
        try:
            events = RISKS.decide(risk, command, base)
        except Refused:
            continue
        if any(isinstance(event, risks.RiskAcceptanceGiven) for event in events):
            assert risk.asked is not None
            assert base.actor.persons.isdisjoint({*risk.asked.asked_by, risk.owner_id})
            assert risk.asked.until >= on
        risk, stored = RISK.fold(events, risk), [*stored, *events]
        assert risk is not None
        check(risk)
    assert sum(isinstance(event, risks.ContingencyAsked | risks.RiskMaterialised) for event in stored) in (0, 2)


def check(risk: Risk) -> None:
    """What holds of a risk at every moment."""
    for accepted in (risk.asked, risk.acceptance):
        if accepted is not None and risk.open:
            assert risk.treatment is not None
            now = (risk.inherent, risk.current, risk.residual, risk.treatment.treatment)
            assert (accepted.inherent, accepted.current, accepted.residual, accepted.treatment) == now
    if risk.status is RiskStatus.MONITORED and risk.above_appetite:
        assert risk.acceptance is not None
    assert (RISK.deadline(risk) is not None) is (risk.open and risk.acceptance is not None)
    assert not risk.open or risk.review_on is not None or risk.current is None
    if risk.current is not None:
        assert risk.above_appetite is (risk.current.number > risk.current.appetite)
        assert risk.level == risk.current.level
