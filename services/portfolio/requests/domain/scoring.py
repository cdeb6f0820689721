"""How requests are scored: by weighted criteria, or by weighted shortest job first (WSJF, SAFe)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from contracts.portfolio.requests import Criterion

FULL, NOTHING, FOUR_DECIMALS = Decimal(100), Decimal(0), Decimal("0.0001")


def weighted(criteria: Sequence[Criterion], values: Mapping[str, Decimal]) -> Decimal:
    """The mean of the values by weight, 0 to 100, with four decimals; 100 where the mandatory criterion is met.

    A value is 0 to 100; an inverted criterion counts what it lacks of 100.
    """
    counted = {criterion: counted_value(criterion, values[criterion.name]) for criterion in criteria}
    if any(criterion.mandatory and value == FULL for criterion, value in counted.items()):
        return FULL
    weights = sum((criterion.weight for criterion in criteria), NOTHING)
    total = sum((criterion.weight * value for criterion, value in counted.items()), NOTHING)
    return rounded(total / weights)


def counted_value(criterion: Criterion, value: Decimal) -> Decimal:
    return FULL - value if criterion.inverted else value


def wsjf(value: Decimal, time_criticality: Decimal, risk_reduction: Decimal, job_size: Decimal) -> Decimal:
    """The cost of delay divided by the size of the job, with four decimals."""
    return rounded((value + time_criticality + risk_reduction) / job_size)


def rounded(score: Decimal) -> Decimal:
    return score.quantize(FOUR_DECIMALS, ROUND_HALF_UP)
