"""The rules of charge-backs: to the cent, by values that are frozen, each receiver answering for itself."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from pydantic import ValidationError

from chassis.domain.decider import Actor, IssuedCommand
from contracts.finance import income
from contracts.finance.income import ChargeBackMethod, CostPool, Driver, DriverValue
from contracts.roles import Role
from contracts.values import Money, Period
from services.finance.income.commands import CHARGE_BACKS
from services.finance.income.domain import charge_back
from services.finance.income.domain.allocation import Headcount, lines_of, persons_of, shared_out
from services.finance.income.domain.charge_back import CHARGE_BACK, ChargeBack, ChargeBackFacts
from services.finance.organisation.domain.known import KnownDivision
from tests.scenarios import given, who_may

ID, OTHER_CHARGE, IT, SALES, PLANT, HELP = (UUID(int=n) for n in range(100, 106))
CONTROLLER, HEAD, EXECUTIVE = (UUID(int=n) for n in range(1, 4))
YEAR = Period(start=date(2026, 1, 1), end=date(2026, 12, 31))


def euros(amount: str | int) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def pool(amount: str | int, name: str = "Servers", division: UUID | None = None, **values: int) -> CostPool:
    """A pool by users, of divisions by their names here."""
    ids = {"sales": SALES, "plant": PLANT, "help": HELP}
    stated = tuple(DriverValue(division_id=ids[each], value=Decimal(value)) for each, value in values.items())
    return CostPool(name=name, division_id=division, amount=euros(amount), driver=Driver.USERS, values=stated)


SAID: dict[str, Any] = {
    "division_id": IT,
    "name": "IT services",
    "period": YEAR,
    "currency": "EUR",
    "method": ChargeBackMethod.DIRECT,
    "receivers": (SALES, PLANT),
    "pools": (pool(100, sales=2, plant=1),),
}
DRAFT, DRAFTED = charge_back.DraftChargeBack(**SAID), income.ChargeBackDrafted(**SAID, replaces=None)
CALCULATE = charge_back.CalculateChargeBack()
SHARES = (
    income.PoolShare(pool="Servers", division_id=SALES, share=Decimal("66.6667"), amount=euros("66.67")),
    income.PoolShare(pool="Servers", division_id=PLANT, share=Decimal("33.3333"), amount=euros("33.33")),
)
LINES = tuple(income.StatementLine(division_id=share.division_id, amount=share.amount) for share in SHARES)
CALCULATED = income.ChargeBackCalculated(shares=SHARES, lines=LINES, total=euros("100.00"))
ISSUE = charge_back.IssueChargeBack()
STATED: dict[str, Any] = {"division_id": IT, "period": YEAR, "lines": LINES, "total": euros("100.00")}
ISSUED = income.ChargeBackIssued(**STATED, issued_by=str(CONTROLLER), issued_for=None)
ACCEPT = charge_back.AcceptCharge(division_id=SALES)
ACCEPTED = income.ChargeAccepted(division_id=SALES, accepted_by=str(HEAD), accepted_for=None)
DISPUTE = charge_back.DisputeCharge(division_id=PLANT, reason="Half of them left.")
DISPUTED = income.ChargeDisputed(division_id=PLANT, reason="Half of them left.")
UPHOLD = charge_back.UpholdCharge(division_id=PLANT, reason="They were there all year.")
UPHELD = income.ChargeUpheld(division_id=PLANT, reason="They were there all year.")
SETTLE = charge_back.SettleChargeBack()
WITH_RECEIVERS = (DRAFTED, CALCULATED, ISSUED)


def facts(actor: UUID = CONTROLLER, *roles: Role, for_whom: UUID | None = None, **known: Any) -> ChargeBackFacts:
    acts = Actor(str(actor), frozenset(roles), str(for_whom) if for_whom else None)
    said: dict[str, Any] = {
        "division": KnownDivision(open=True),
        "open_receivers": frozenset({SALES, PLANT}),
        "receiver": KnownDivision(open=True, heads=(HEAD,)),
    }
    return ChargeBackFacts(acts, datetime(2026, 11, 30, tzinfo=UTC), ID, **{**said, **known})


def drafted(**changes: Any) -> income.ChargeBackDrafted:
    return DRAFTED.model_copy(update=changes)


def state(*events: Any) -> ChargeBack:
    found = CHARGE_BACK.fold(events)
    assert found is not None
    return found


def test_a_charge_back_is_drafted_once() -> None:
    given(CHARGE_BACK).when(DRAFT, facts()).then(DRAFTED)
    given(CHARGE_BACK, DRAFTED).when(DRAFT, facts()).then()
    given(CHARGE_BACK, DRAFTED).when(DRAFT.model_copy(update={"name": "x"}), facts()).then_refused("already-exists")
    given(CHARGE_BACK).when(DRAFT, facts(division=None)).then_refused("division-not-known-yet")


def test_receivers_are_open_divisions_and_bear_no_cost_that_they_charge() -> None:
    refused = (
        given(CHARGE_BACK).when(DRAFT, facts(open_receivers=frozenset({SALES}))).then_refused("receiver-not-known")
    )
    assert str(PLANT) in refused.detail
    own = DRAFT.model_copy(update={"division_id": SALES})
    given(CHARGE_BACK).when(own, facts()).then_refused("receiver-has-no-pool")
    pools = (pool(5, division=SALES, plant=1),)
    given(CHARGE_BACK).when(DRAFT.model_copy(update={"pools": pools}), facts()).then_refused("receiver-has-no-pool")


def test_amounts_are_exact_and_in_one_currency() -> None:
    dollars = DRAFT.model_copy(update={"currency": "USD"})
    given(CHARGE_BACK).when(dollars, facts()).then_refused("currency-differs")
    fraction = DRAFT.model_copy(update={"pools": (pool("0.001", sales=1, plant=1),)})
    given(CHARGE_BACK).when(fraction, facts()).then_refused("amount-exact")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"receivers": (SALES, SALES)}, "named once"),
        ({"receivers": ()}, "receivers"),
        ({"pools": ()}, "pools"),
        ({"pools": (pool(1), pool(2))}, "name of its own"),
        ({"pools": (pool(1, "A", IT), pool(2, "B", IT))}, "one pool"),
        ({"pools": (pool(0),)}, "above 0"),
        ({"pools": (pool(1, sales=-1),)}, "0 or more"),
        ({"currency": "ZZZ"}, "currency"),
    ],
)
def test_a_draft_that_cannot_be_shared_out_is_refused_by_its_field(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        charge_back.DraftChargeBack.model_validate(SAID | changed)


def test_shares_sum_to_100_per_cent_and_lines_to_the_cost() -> None:
    given(CHARGE_BACK, DRAFTED).when(CALCULATE, facts()).then(CALCULATED)
    given(CHARGE_BACK, DRAFTED, CALCULATED).when(CALCULATE, facts()).then()


def test_a_receiver_without_a_driver_value_is_named() -> None:
    without = drafted(pools=(pool(100, sales=2),))
    refused = given(CHARGE_BACK, without).when(CALCULATE, facts()).then_refused("driver-value-missing")
    assert str(PLANT) in refused.detail
    assert "Servers" in refused.detail


def test_values_that_are_all_zero_share_nothing_out() -> None:
    nothing = drafted(pools=(pool(100, sales=0, plant=0),))
    given(CHARGE_BACK, nothing).when(CALCULATE, facts()).then_refused("driver-values-zero")


def test_after_a_pool_is_allocated_nothing_is_allocated_to_it_any_more() -> None:
    pools = (pool(80, "Help desk", HELP, sales=1, plant=1), pool(20, "Servers", IT, help=1, sales=1, plant=1))
    backwards = drafted(method=ChargeBackMethod.STEP_DOWN, pools=pools)
    refused = given(CHARGE_BACK, backwards).when(CALCULATE, facts()).then_refused("driver-value-missing")
    assert str(IT) in refused.detail, "the servers' turn comes later: they bear the help desk"
    named = (pool(80, "Help desk", HELP, sales=1, plant=1), pool(20, help=1, sales=1, plant=1))
    after = drafted(method=ChargeBackMethod.STEP_DOWN, pools=named)
    given(CHARGE_BACK, after).when(CALCULATE, facts()).then_refused("driver-value-strange")


def test_a_pool_whose_turn_comes_later_bears_the_ones_before_and_passes_them_on() -> None:
    pools = (pool(20, help=1, sales=1, plant=2), pool(80, "Help desk", HELP, sales=1, plant=1))
    found = given(CHARGE_BACK, drafted(method=ChargeBackMethod.STEP_DOWN, pools=pools)).when(CALCULATE, facts())
    state = found.then_state()
    assert isinstance(state, ChargeBack)
    assert [line.amount for line in state.lines] == [euros("47.50"), euros("52.50")]
    assert state.total == euros(100)


def test_by_the_direct_method_a_pool_bears_no_other() -> None:
    pools = (pool(20, help=1, sales=1, plant=2), pool(80, "Help desk", HELP, sales=1, plant=1))
    given(CHARGE_BACK, drafted(pools=pools)).when(CALCULATE, facts()).then_refused("driver-value-strange")


AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=5)


@drawn(AMOUNTS, st.lists(st.integers(1, 1000), min_size=9, max_size=9), st.sampled_from(ChargeBackMethod))
def test_every_cent_is_charged_once(cents: list[int], weights: list[int], method: ChargeBackMethod) -> None:
    receivers, serving = tuple(UUID(int=n) for n in range(4)), [UUID(int=n) for n in range(10, 15)]
    pools = []
    for place, amount in enumerate(cents):
        later = serving[place + 1 : len(cents)] if method is ChargeBackMethod.STEP_DOWN else []
        bearers = zip([*later, *receivers], weights, strict=False)
        values = tuple(DriverValue(division_id=id, value=Decimal(weight)) for id, weight in bearers)
        money = Money(amount=Decimal(amount).scaleb(-2), currency="EUR")
        of: dict[str, Any] = {"name": f"{place}", "division_id": serving[place], "driver": Driver.MANUAL}
        pools.append(CostPool(**of, amount=money, values=values))
    shares = shared_out(method, receivers, pools)
    lines = lines_of(receivers, shares, "EUR")
    assert sum(line.amount.amount for line in lines) == Decimal(sum(cents)).scaleb(-2)
    for each in pools:
        assert sum(share.share for share in shares if share.pool == each.name) == 100


def test_an_issued_statement_never_moves() -> None:
    given(CHARGE_BACK, DRAFTED, CALCULATED).when(ISSUE, facts()).then(ISSUED)
    scenario = given(CHARGE_BACK, *WITH_RECEIVERS)
    again = {name: value for name, value in SAID.items() if name != "division_id"}
    redraft = charge_back.RedraftChargeBack(**again | {"name": "Other"})
    for command in (redraft, CALCULATE, ISSUE):
        scenario.when(command, facts()).then_refused("charge-back-in-order")
    given(CHARGE_BACK, DRAFTED).when(ISSUE, facts()).then_refused("charge-back-in-order")


def test_a_draft_that_is_written_again_is_calculated_again() -> None:
    again = {name: value for name, value in SAID.items() if name != "division_id"}
    redraft = charge_back.RedraftChargeBack(**again | {"name": "Other"})
    given(CHARGE_BACK, DRAFTED, CALCULATED).when(redraft, facts()).then(drafted(name="Other"))
    assert state(DRAFTED, CALCULATED, drafted(name="Other")).lines == ()
    same = charge_back.RedraftChargeBack(**again)
    given(CHARGE_BACK, *WITH_RECEIVERS).when(same, facts()).then()


def test_each_receiver_accepts_or_disputes_its_own_line() -> None:
    scenario = given(CHARGE_BACK, *WITH_RECEIVERS)
    scenario.when(ACCEPT, facts(HEAD)).then(ACCEPTED)
    scenario.when(DISPUTE, facts(HEAD)).then(DISPUTED)
    given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED, DISPUTED).when(ACCEPT, facts(HEAD)).then()
    given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED, DISPUTED).when(DISPUTE, facts(HEAD)).then()
    late = charge_back.DisputeCharge(division_id=SALES, reason="Too much.")
    given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED).when(late, facts(HEAD)).then_refused("line-answered")
    strange = charge_back.AcceptCharge(division_id=HELP)
    scenario.when(strange, facts(HEAD)).then_refused("line-unknown")
    given(CHARGE_BACK, DRAFTED, CALCULATED).when(ACCEPT, facts(HEAD)).then_refused("charge-back-in-order")


def test_who_disputed_a_line_may_accept_it_after_all() -> None:
    accept = charge_back.AcceptCharge(division_id=PLANT)
    accepted = ACCEPTED.model_copy(update={"division_id": PLANT})
    given(CHARGE_BACK, *WITH_RECEIVERS, DISPUTED).when(accept, facts(HEAD)).then(accepted)
    assert not state(*WITH_RECEIVERS, DISPUTED, accepted).disputed


def test_only_a_disputed_line_is_upheld() -> None:
    given(CHARGE_BACK, *WITH_RECEIVERS, DISPUTED).when(UPHOLD, facts()).then(UPHELD)
    given(CHARGE_BACK, *WITH_RECEIVERS, DISPUTED, UPHELD).when(UPHOLD, facts()).then()
    given(CHARGE_BACK, *WITH_RECEIVERS).when(UPHOLD, facts()).then_refused("line-answered")


def test_a_charge_is_settled_once_every_line_is_accepted_or_upheld() -> None:
    refused = (
        given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED, DISPUTED).when(SETTLE, facts()).then_refused("lines-answered")
    )
    assert str(PLANT) in refused.detail
    settled = income.ChargeBackSettled(total=euros("100.00"))
    given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED, DISPUTED, UPHELD).when(SETTLE, facts()).then(settled)
    given(CHARGE_BACK, *WITH_RECEIVERS, ACCEPTED, DISPUTED, UPHELD, settled).when(SETTLE, facts()).then()
    assert state(*WITH_RECEIVERS, ACCEPTED, DISPUTED, UPHELD).answered


def test_a_revised_charge_back_replaces_the_one_that_is_disputed() -> None:
    revised = DRAFT.model_copy(update={"replaces": OTHER_CHARGE})
    disputed = state(*WITH_RECEIVERS, DISPUTED)
    given(CHARGE_BACK).when(revised, facts(replaced=disputed)).then(drafted(replaces=OTHER_CHARGE))
    given(CHARGE_BACK).when(revised, facts()).then_refused("charge-back-not-known")
    given(CHARGE_BACK).when(revised, facts(replaced=state(*WITH_RECEIVERS))).then_refused("replaces-disputed")
    issued = (drafted(replaces=OTHER_CHARGE), CALCULATED)
    given(CHARGE_BACK, *issued).when(ISSUE, facts(replaced=disputed)).then(ISSUED)
    given(CHARGE_BACK, *issued).when(ISSUE, facts(replaced=state(*WITH_RECEIVERS))).then_refused("replaces-disputed")
    replace = charge_back.ReplaceChargeBack(by=ID)
    further = charge_back.replacing(ISSUE, state(*issued), state(*issued, ISSUED), facts())
    assert further == [IssuedCommand(CHARGE_BACK, OTHER_CHARGE, replace)]
    assert charge_back.replacing(ISSUE, state(DRAFTED, CALCULATED), state(*WITH_RECEIVERS), facts()) == []
    replaced = income.ChargeBackReplaced(by=ID)
    given(CHARGE_BACK, *WITH_RECEIVERS, DISPUTED).when(replace, facts()).then(replaced)
    given(CHARGE_BACK, *WITH_RECEIVERS, DISPUTED, replaced).when(UPHOLD, facts()).then_refused("charge-back-in-order")


def test_the_head_of_the_receiving_division_or_above_answers_or_an_executive() -> None:
    scenario = who_may(CHARGE_BACKS, *WITH_RECEIVERS)
    scenario.when(ACCEPT, facts(HEAD)).then(ACCEPTED)
    scenario.when(DISPUTE, facts(EXECUTIVE, Role.EXECUTIVE)).then(DISPUTED)
    scenario.when(ACCEPT, facts(UUID(int=9), Role.MANAGER)).then_refused("not-authorised")
    scenario.when(ACCEPT, facts(UUID(int=9), Role.FINANCE_CONTROLLER)).then_refused("not-authorised")


def test_nobody_accepts_the_charge_they_issued() -> None:
    by_head = ISSUED.model_copy(update={"issued_by": str(HEAD)})
    scenario = who_may(CHARGE_BACKS, DRAFTED, CALCULATED, by_head)
    scenario.when(ACCEPT, facts(HEAD)).then_refused("issuer-is-not-receiver")
    place = facts(EXECUTIVE, Role.EXECUTIVE, for_whom=HEAD)
    scenario.when(ACCEPT, place).then_refused("issuer-is-not-receiver")


@pytest.mark.parametrize("command", [CALCULATE, ISSUE, UPHOLD, SETTLE])
def test_finance_calculates_issues_upholds_and_settles(command: Any) -> None:
    who_may(CHARGE_BACKS, DRAFTED).when(command, facts(EXECUTIVE, Role.EXECUTIVE)).then_refused("not-authorised")


def by_headcount(period: Period = YEAR) -> charge_back.DraftChargeBack:
    counted = pool(100).model_copy(update={"driver": Driver.HEADCOUNT})
    return charge_back.DraftChargeBack(**SAID | {"pools": (counted,), "period": period})


def test_a_pool_by_headcount_takes_the_persons_of_each_receiver_and_keeps_them() -> None:
    ended = Period(start=date(2026, 1, 1), end=date(2026, 6, 30))
    said = by_headcount(ended)
    known = facts(headcounts={SALES: Headcount(2), PLANT: Headcount(1)})
    kept = pool(100, sales=2, plant=1).model_copy(update={"driver": Driver.HEADCOUNT})
    drafted = income.ChargeBackDrafted(**vars(said) | {"pools": (kept,)})
    given(CHARGE_BACK).when(said, known).then(drafted)
    given(CHARGE_BACK, drafted).when(CALCULATE, facts(headcounts={SALES: Headcount(9)})).then(CALCULATED)


def test_a_receiver_in_which_nobody_works_is_named() -> None:
    ended = Period(start=date(2026, 1, 1), end=date(2026, 6, 30))
    kept = pool(100, sales=2).model_copy(update={"driver": Driver.HEADCOUNT})
    drafted = income.ChargeBackDrafted(**vars(by_headcount(ended)) | {"pools": (kept,)})
    given(CHARGE_BACK).when(by_headcount(ended), facts(headcounts={SALES: Headcount(2), PLANT: Headcount(0)})).then(
        drafted
    )
    given(CHARGE_BACK, drafted).when(CALCULATE, facts()).then_refused("driver-value-missing")


def test_nobody_is_counted_twice_where_one_receiver_lies_below_another() -> None:
    held = {IT: Headcount(10, frozenset({SALES, PLANT, HELP})), SALES: Headcount(6, frozenset({HELP}))}
    held |= {PLANT: Headcount(1), HELP: Headcount(2)}
    assert persons_of([IT, SALES, PLANT, HELP], held) == {IT: 3, SALES: 4, PLANT: 1, HELP: 2}
    assert persons_of([IT, HELP], held) == {IT: 8, HELP: 2}
    assert persons_of([SALES, UUID(int=9)], held) == {SALES: 6}


def test_nobody_is_counted_before_the_period_has_ended() -> None:
    ahead = Period(start=date(2026, 1, 1), end=date(2099, 12, 31))
    given(CHARGE_BACK).when(by_headcount(ahead), facts(headcounts={SALES: Headcount(2)})).then_refused(
        "headcount-known"
    )
