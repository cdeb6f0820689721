"""Forecast accuracy: how far forecasts were from what came, by lead time (MAPE and bias)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Accuracy:
    """Forecasts made so many periods ahead, compared with what came.

    ``mape``: mean of abs(forecast - actual) / abs(actual) in percent; None where every actual is 0, since it is
    undefined there. ``bias``: mean of forecast - actual, in the budget's currency; above 0 is too much.
    """

    lead: int
    compared: int
    undefined: int
    mape: Fraction | None
    bias: Fraction


def accuracy(frozen: Mapping[int, Sequence[Decimal]], actual: Sequence[Decimal], *, closed: int) -> list[Accuracy]:
    """The accuracy by lead time: ``frozen`` says by close what was expected of each period, ``closed`` are known."""
    pairs: dict[int, list[tuple[Fraction, Fraction]]] = {}
    for close, expected in frozen.items():
        for period in range(close + 1, closed + 1):
            compared = (Fraction(expected[period - 1]), Fraction(actual[period - 1]))
            pairs.setdefault(period - close, []).append(compared)
    return [compared_at(lead, pairs[lead]) for lead in sorted(pairs)]


def compared_at(lead: int, pairs: Sequence[tuple[Fraction, Fraction]]) -> Accuracy:
    """The accuracy of forecasts and actuals of one lead time."""
    ratios = [abs(forecast - came) / abs(came) for forecast, came in pairs if came]
    return Accuracy(
        lead=lead,
        compared=len(pairs),
        undefined=len(pairs) - len(ratios),
        mape=100 * sum(ratios, Fraction()) / len(ratios) if ratios else None,
        bias=sum((forecast - came for forecast, came in pairs), Fraction()) / len(pairs),
    )
