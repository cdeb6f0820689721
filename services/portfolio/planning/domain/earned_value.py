"""Earned value (PMBOK, ANSI/EIA-748): the figures that follow from PV, EV, AC and BAC, exactly.

Amounts are fractions of one currency and never rounded in between. What has no value says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction


class Lacking(StrEnum):
    """Why a figure has no value: it would divide by zero or rests on what is not known; or no performance can do it."""

    UNDEFINED = "undefined"
    NOT_ATTAINABLE = "not attainable"


Figure = Fraction | Lacking


@dataclass(frozen=True)
class Measured:
    """The sums of one or several projects in one currency; ``pv`` is None where nobody knows the planned value."""

    bac: Fraction = Fraction()
    pv: Fraction | None = Fraction()
    ev: Fraction = Fraction()
    ac: Fraction = Fraction()


@dataclass(frozen=True)
class EarnedValue:
    """The figures: variances and estimates in the currency, indices without a unit.

    ``eac_cpi``: BAC / CPI, where the present cost performance goes on. ``eac_atypical``: AC + BAC - EV, where the rest
    costs what was planned. ``eac_composite``: AC + (BAC - EV) / (CPI x SPI), where cost and schedule weigh on the rest.
    ``etc`` and ``vac`` follow ``eac_cpi``. ``tcpi_...``: what the rest has to earn of each unit spent to end there.
    """

    cv: Figure
    sv: Figure
    cpi: Figure
    spi: Figure
    eac_cpi: Figure
    eac_atypical: Figure
    eac_composite: Figure
    etc: Figure
    vac: Figure
    tcpi_bac: Figure
    tcpi_eac: Figure


def earned_value(of: Measured) -> EarnedValue:
    """The figures of sums; indices come from sums, never from indices."""
    pv = Lacking.UNDEFINED if of.pv is None else of.pv
    cpi, spi = ratio(of.ev, of.ac), ratio(of.ev, pv)
    left = of.bac - of.ev
    eac = ratio(of.bac, cpi)
    return EarnedValue(
        cv=of.ev - of.ac,
        sv=less(of.ev, pv),
        cpi=cpi,
        spi=spi,
        eac_cpi=eac,
        eac_atypical=of.ac + left,
        eac_composite=plus(of.ac, ratio(left, times(cpi, spi))),
        etc=less(eac, of.ac),
        vac=less(of.bac, eac),
        tcpi_bac=to_complete(left, of.bac - of.ac),
        tcpi_eac=to_complete(left, less(eac, of.ac)),
    )


def to_complete(left: Fraction, to_spend: Figure) -> Figure:
    """The performance that the work left needs with the money left."""
    if isinstance(to_spend, Fraction) and left > 0 and to_spend <= 0:
        return Lacking.NOT_ATTAINABLE
    return ratio(left, to_spend)


def ratio(part: Figure, of: Figure) -> Figure:
    if isinstance(part, Lacking) or isinstance(of, Lacking) or of == 0:
        return Lacking.UNDEFINED
    return part / of


def times(one: Figure, other: Figure) -> Figure:
    return Lacking.UNDEFINED if isinstance(one, Lacking) or isinstance(other, Lacking) else one * other


def plus(one: Figure, other: Figure) -> Figure:
    return Lacking.UNDEFINED if isinstance(one, Lacking) or isinstance(other, Lacking) else one + other


def less(one: Figure, other: Figure) -> Figure:
    return Lacking.UNDEFINED if isinstance(one, Lacking) or isinstance(other, Lacking) else one - other


def total(measured: Iterable[Measured]) -> Measured:
    """The sums of several projects of one currency."""
    found = list(measured)
    return Measured(
        **{field.name: sum((getattr(each, field.name) for each in found), Fraction()) for field in fields(Measured)}
    )
