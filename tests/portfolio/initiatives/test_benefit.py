"""The rules of benefits: due on their day whatever became of what was to bring them; finance has the verdict."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from chassis.domain.clock import day_begins
from chassis.domain.decider import Actor, NotFound
from contracts.portfolio import initiatives
from contracts.roles import Role
from contracts.values import Grade, Money
from services.portfolio.initiatives.commands import BENEFITS
from services.portfolio.initiatives.domain import benefit
from services.portfolio.initiatives.domain.benefit import BENEFIT, Benefit, BenefitFacts, BenefitStatus
from services.portfolio.organisation.domain.known import KnownPerson
from tests.scenarios import given, who_may

ID, DIVISION, INITIATIVE = (UUID(int=n) for n in range(100, 103))
OWNER, MANAGER, HEAD, OTHER = (UUID(int=n) for n in range(1, 5))
TODAY, DAY = date(2026, 11, 30), date(2027, 6, 30)
owner = KnownPerson(OWNER, Grade.STAFF, active=True, line=(MANAGER,))
manager = KnownPerson(MANAGER, Grade.MANAGER, active=True)
gone = KnownPerson(OWNER, Grade.STAFF, active=False)

SAID: dict[str, Any] = {
    "name": "Fewer calls",
    "measure": "calls a day",
    "baseline": Decimal(100),
    "target": Decimal(60),
    "due_on": DAY,
    "owner_id": OWNER,
    "initiative_id": INITIATIVE,
}
PLAN = benefit.PlanBenefit(**SAID)
PLANNED = initiatives.BenefitPlanned(**SAID, project_id=None, division_id=DIVISION)
DUE = initiatives.BenefitDue(
    **{name: value for name, value in SAID.items() if name != "owner_id"}, project_id=None, division_id=DIVISION
)
CONFIRMED = initiatives.BenefitVerdictRecorded(
    confirmed=True, measured=Money(amount=Decimal(5), currency="EUR"), because="Ledger.", confirmed_on=DAY, number=2
)
DENIED = initiatives.BenefitVerdictRecorded(
    confirmed=False, measured=None, because="Counted twice.", confirmed_on=DAY + timedelta(days=9), number=3
)
UNRESOLVED = initiatives.BenefitUnresolved(owner_id=OWNER, reason="They left.")
WITHDRAWN = initiatives.BenefitWithdrawn(reason="Given up.")


def facts(actor: UUID = OTHER, *roles: Role, on: date = TODAY, **known: Any) -> BenefitFacts:
    rows: dict[str, Any] = {
        "subject": OWNER,
        "line": (MANAGER,),
        "belongs_to": DIVISION,
        "division_head": HEAD,
        "owner": owner,
    }
    at = datetime.combine(on, time(9), UTC)
    return BenefitFacts(actor=Actor(str(actor), frozenset(roles)), at=at, id=ID, **{**rows, **known})


def recording(event: initiatives.BenefitVerdictRecorded) -> benefit.RecordVerdict:
    return benefit.RecordVerdict(**vars(event))


def test_a_benefit_is_planned_for_something_that_there_is_by_an_owner_who_works_here() -> None:
    given(BENEFIT).when(PLAN, facts()).then(PLANNED)
    given(BENEFIT, PLANNED).when(PLAN, facts()).then()
    given(BENEFIT, PLANNED, DUE).when(PLAN, facts()).then_refused("already-exists")
    given(BENEFIT).when(PLAN, facts(owner=None)).then_refused("person-not-known-yet")
    given(BENEFIT).when(PLAN, facts(owner=gone)).then_refused("owner-is-active")
    given(BENEFIT).when(PLAN, facts(on=DAY + timedelta(days=1))).then_refused("benefit-lies-ahead")
    with pytest.raises(NotFound):
        given(BENEFIT).when(PLAN, facts(belongs_to=None)).then()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"project_id": ID}, "project_id"), ({"initiative_id": None}, "project_id"), ({"target": Decimal(100)}, "target")],
)
def test_a_benefit_is_of_one_initiative_or_project_and_changes_something(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        benefit.PlanBenefit(**SAID | changes)
    assert [error["loc"] for error in wrong.value.errors()] == [(field,)]


def test_those_who_shape_initiatives_plan_benefits_and_the_owner_does_not_change_their_target() -> None:
    who_may(BENEFITS).when(PLAN, facts(OTHER, Role.MANAGER)).then(PLANNED)
    who_may(BENEFITS).when(PLAN, facts(OTHER, Role.STAFF)).then_refused("not-authorised")
    replan = benefit.ReplanBenefit(target=Decimal(70), due_on=DAY, reason="It was too much.")
    replanned = initiatives.BenefitReplanned(**vars(replan))
    for actor, roles in ((MANAGER, ()), (HEAD, ()), (OTHER, (Role.EXECUTIVE,)), (OTHER, (Role.PORTFOLIO_OFFICE,))):
        who_may(BENEFITS, PLANNED).when(replan, facts(actor, *roles)).then(replanned)
    who_may(BENEFITS, PLANNED).when(replan, facts(OWNER)).then_refused("not-authorised")


def test_the_owner_changes_what_is_promised_of_their_benefit_in_no_role() -> None:
    replan = benefit.ReplanBenefit(target=Decimal(70), due_on=DAY, reason="It was too much.")
    for command in (replan, benefit.WithdrawBenefit(reason="Given up.")):
        own = facts(OWNER, Role.EXECUTIVE, Role.PORTFOLIO_OFFICE)
        who_may(BENEFITS, PLANNED).when(command, own).then_refused("own-benefit")


def test_what_is_due_is_judged_by_the_target_it_had() -> None:
    replan = benefit.ReplanBenefit(target=Decimal(70), due_on=DAY, reason="It was too much.")
    given(BENEFIT, PLANNED, DUE).when(replan, facts()).then_refused("benefit-not-due-yet")
    given(BENEFIT, PLANNED, initiatives.BenefitReplanned(**vars(replan))).when(replan, facts()).then()
    given(BENEFIT, PLANNED).when(replan, facts(on=DAY + timedelta(days=1))).then_refused("benefit-lies-ahead")
    same = replan.model_copy(update={"target": Decimal(100)})
    given(BENEFIT, PLANNED).when(same, facts()).then_refused("target-differs")


def test_a_benefit_falls_due_on_its_day_where_its_division_is() -> None:
    given(BENEFIT, PLANNED).when(benefit.FallDue(), facts(on=DAY - timedelta(days=1))).then()
    given(BENEFIT, PLANNED).when(benefit.FallDue(), facts(on=DAY)).then(DUE)
    given(BENEFIT, PLANNED, DUE).when(benefit.FallDue(), facts(on=DAY)).then()
    zone = ZoneInfo("Asia/Tokyo")
    assert BENEFIT.due_at(BENEFIT.fold([PLANNED]), zone) == day_begins(DAY, zone)
    for event in (DUE, CONFIRMED, DENIED, WITHDRAWN):
        assert BENEFIT.due_at(BENEFIT.fold([PLANNED, event])) is None


def test_finances_verdict_may_be_revised_and_the_first_stays() -> None:
    given(BENEFIT, PLANNED, DUE).when(recording(CONFIRMED), facts()).then(CONFIRMED)
    given(BENEFIT, PLANNED, DUE, CONFIRMED).when(recording(DENIED), facts()).then(DENIED)
    state = BENEFIT.fold([PLANNED, DUE, CONFIRMED, DENIED])
    assert isinstance(state, Benefit)
    assert state.status is BenefitStatus.NOT_CONFIRMED
    assert state.first is not None
    assert state.verdict is not None
    assert (state.first.confirmed, state.first.because) == (True, "Ledger.")
    assert (state.verdict.confirmed, state.verdict.because) == (False, "Counted twice.")


def test_a_verdict_heard_again_or_late_changes_nothing_and_one_before_the_day_counts() -> None:
    given(BENEFIT, PLANNED, DUE, CONFIRMED).when(recording(CONFIRMED), facts()).then()
    given(BENEFIT, PLANNED, DUE, CONFIRMED, DENIED).when(recording(CONFIRMED), facts()).then()
    given(BENEFIT, PLANNED).when(recording(CONFIRMED), facts()).then(CONFIRMED)
    given(BENEFIT, PLANNED, CONFIRMED).when(benefit.FallDue(), facts(on=DAY)).then()
    given(BENEFIT, PLANNED, WITHDRAWN).when(recording(CONFIRMED), facts()).then()


def test_a_leavers_benefit_passes_up_the_line_or_waits_for_somebody() -> None:
    up = benefit.PassBenefitUp(leaver_id=OWNER, reason="They left.")
    passed = initiatives.BenefitPassedUp(from_id=OWNER, owner_id=MANAGER, reason="They left.")
    given(BENEFIT, PLANNED).when(up, facts(leaver=gone, above=manager)).then(passed)
    given(BENEFIT, PLANNED, DUE).when(up, facts(leaver=gone, above=manager)).then(passed)
    given(BENEFIT, PLANNED, passed).when(up, facts(leaver=gone, above=manager)).then()
    given(BENEFIT, PLANNED, DUE, CONFIRMED).when(up, facts(leaver=gone, above=manager)).then()
    given(BENEFIT, PLANNED).when(up, facts(leaver=gone)).then(UNRESOLVED)
    given(BENEFIT, PLANNED, UNRESOLVED).when(up, facts(leaver=gone)).then()
    given(BENEFIT, PLANNED).when(up, facts(leaver=owner, above=manager)).then()
    back = initiatives.BenefitOwnerNamed(owner_id=OWNER, reason="They left.")
    given(BENEFIT, PLANNED, UNRESOLVED).when(up, facts(leaver=owner, above=manager)).then(back)


def test_another_owner_is_named_while_the_benefit_is_open() -> None:
    name = benefit.NameBenefitOwner(owner_id=MANAGER, reason="They know it.")
    named = initiatives.BenefitOwnerNamed(owner_id=MANAGER, reason="They know it.")
    given(BENEFIT, PLANNED).when(name, facts(owner=manager)).then(named)
    given(BENEFIT, PLANNED, named).when(name, facts(owner=manager)).then()
    given(BENEFIT, PLANNED, DUE, CONFIRMED).when(name, facts(owner=manager)).then_refused("benefit-over")
    same = benefit.NameBenefitOwner(owner_id=OWNER, reason="Back.")
    given(BENEFIT, PLANNED, UNRESOLVED).when(same, facts()).then(
        initiatives.BenefitOwnerNamed(owner_id=OWNER, reason="Back.")
    )


def test_a_benefit_is_withdrawn_before_finance_has_a_verdict() -> None:
    withdraw = benefit.WithdrawBenefit(reason="Given up.")
    for events in ([PLANNED], [PLANNED, DUE]):
        given(BENEFIT, *events).when(withdraw, facts()).then(WITHDRAWN)
    given(BENEFIT, PLANNED, WITHDRAWN).when(withdraw, facts()).then()
    given(BENEFIT, PLANNED, CONFIRMED).when(withdraw, facts()).then_refused("benefit-over")
