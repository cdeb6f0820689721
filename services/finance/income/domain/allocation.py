"""Sharing costs out to the cent: direct to the receivers, or step by step through service divisions in their order."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Refused
from contracts.finance.income import ChargeBackMethod, CostPool, Driver, DriverValue, PoolShare, StatementLine
from contracts.values import Money
from services.finance.currencies.domain.rounding import apportion, split

SHARES = 10**6
"""Shares are in ten-thousandths of a per cent, and those of a pool sum to 100."""


def shared_out(method: ChargeBackMethod, receivers: Sequence[UUID], pools: Sequence[CostPool]) -> tuple[PoolShare, ...]:
    """Every pool's cost with what earlier pools charged to it, by its driver; the parts of each sum to it exactly."""
    carried: dict[UUID, Money] = {}
    found: list[PoolShare] = []
    for place, pool in enumerate(pools):
        amount = pool.amount
        if pool.division_id is not None and pool.division_id in carried:
            amount = amount + carried.pop(pool.division_id)
        targets = targets_of(method, receivers, pools[place + 1 :])
        for share in shares_of(pool, amount, targets):
            found.append(share)
            if share.division_id not in receivers:
                before = carried.get(share.division_id)
                carried[share.division_id] = share.amount if before is None else before + share.amount
    return tuple(found)


def targets_of(method: ChargeBackMethod, receivers: Sequence[UUID], later: Sequence[CostPool]) -> list[UUID]:
    """Who bears a pool: the receivers, and by step-down the divisions of later pools before them."""
    if method is ChargeBackMethod.DIRECT:
        return [*receivers]
    return [*(pool.division_id for pool in later if pool.division_id is not None), *receivers]


@dataclass(frozen=True)
class Headcount:
    """The persons of a division and of those below it; ``below``: of the divisions that are counted, those below it."""

    persons: int
    below: frozenset[UUID] = frozenset()


def with_headcounts(
    method: ChargeBackMethod, receivers: Sequence[UUID], pools: Sequence[CostPool], headcounts: Mapping[UUID, Headcount]
) -> tuple[CostPool, ...]:
    """The pools; those by headcount that state no values take the persons of who bears them, where there are any."""
    found = []
    for place, pool in enumerate(pools):
        targets = targets_of(method, receivers, pools[place + 1 :]) if takes_headcount(pool) else []
        counted = persons_of(targets, headcounts)
        values = tuple(DriverValue(division_id=id, value=Decimal(counted[id])) for id in targets if counted.get(id))
        found.append(pool.model_copy(update={"values": values}) if values else pool)
    return tuple(found)


def persons_of(targets: Sequence[UUID], headcounts: Mapping[UUID, Headcount]) -> dict[UUID, int]:
    """The persons of each, those of another one below it left out: nobody is counted twice."""
    found: dict[UUID, int] = {}
    known = [target for target in targets if target in headcounts]
    for target in sorted(known, key=lambda each: len(headcounts[each].below.intersection(targets))):
        own = headcounts[target]
        found[target] = own.persons - sum(found[each] for each in own.below.intersection(targets))
    return found


def takes_headcount(pool: CostPool) -> bool:
    return pool.driver is Driver.HEADCOUNT and not pool.values


def shares_of(pool: CostPool, amount: Money, targets: Sequence[UUID]) -> list[PoolShare]:
    """The parts of one pool, in the order of who bears it."""
    values = {each.division_id: each.value for each in pool.values}
    check_values(pool, values.keys(), targets)
    weights = [values[target] for target in targets]
    if not any(weights):
        detail = f"Every value of '{pool.name}' is 0."
        raise Refused("driver-values-zero", detail, "State a value above 0 for at least one receiver.")
    per_cent = (Decimal(part).scaleb(-4) for part in apportion(SHARES, weights))
    parts = zip(targets, per_cent, split(amount, weights), strict=True)
    return [PoolShare(pool=pool.name, division_id=id, share=share, amount=part) for id, share, part in parts]


def check_values(pool: CostPool, valued: Set[UUID], targets: Sequence[UUID]) -> None:
    """Everybody who bears a pool has a value of its driver, and nobody else."""
    if missing := [str(target) for target in targets if target not in valued]:
        detail = f"'{pool.name}' has no {pool.driver} value for {', '.join(missing)}."
        raise Refused("driver-value-missing", detail, "State a value for every division named; it may be 0.")
    if strange := sorted(str(division) for division in valued - {*targets}):
        detail = f"'{pool.name}' is not shared by {', '.join(strange)}."
        raise Refused(
            "driver-value-strange", detail, "Leave the value out: nothing is charged to a division after its turn."
        )


def lines_of(receivers: Sequence[UUID], shares: Sequence[PoolShare], currency: str) -> tuple[StatementLine, ...]:
    """What each receiver bears of all pools."""
    return tuple(
        StatementLine(
            division_id=receiver,
            amount=Money(
                amount=sum((each.amount.amount for each in shares if each.division_id == receiver), Decimal(0)),
                currency=currency,
            ),
        )
        for receiver in receivers
    )
