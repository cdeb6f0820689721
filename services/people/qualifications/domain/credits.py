"""Credits still missing to renew a certificate: of its period, and the minimum of each of its years."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.people import RenewalRule
from services.people.organisation.domain.days import months_after
from services.people.qualifications.domain.model import Certificate


@dataclass(frozen=True)
class Shortfall:
    """The credits missing in the whole period, and in each of its years that has less than its minimum, by first day.

    The whole period misses at least what its years miss together. True where anything is missing.
    """

    credits: Decimal
    years: Sequence[tuple[date, Decimal]] = ()

    def __bool__(self) -> bool:
        return self.credits > 0

    def said(self, rule: RenewalRule) -> str:
        """A sentence for the person who wants to renew."""
        total = f"{self.credits:f} {rule.unit} are missing to renew"
        if not self.years:
            return total + "."
        years = "; ".join(f"{missing:f} of them in the year from {first}" for first, missing in self.years)
        return f"{total}: {years}."


def shortfall(certificate: Certificate, rule: RenewalRule, on: date) -> Shortfall:
    """Return the missing credits on a day; those earned later do not count. The certificate has an end."""
    first, end = period(certificate, rule)
    missing = max(Decimal(0), rule.credits - earned(certificate, first, end, on))
    years = tuple(short_years(certificate, rule, first, end, on))
    return Shortfall(max(missing, sum((amount for _, amount in years), Decimal(0))), years)


def period(certificate: Certificate, rule: RenewalRule) -> tuple[date, date]:
    """The days credits count in: those of the rule's months before the end, within the present term."""
    end = certificate.expires_on
    assert end is not None
    return max(certificate.starts_on, months_after(end, -rule.period_months)), end


def short_years(
    certificate: Certificate, rule: RenewalRule, first: date, end: date, on: date
) -> Sequence[tuple[date, Decimal]]:
    """The years of the period with less than the minimum, and how much less; none begins at the end or after it.

    A certificate that was awarded before its scheme asked for a longer period has fewer years than the rule.
    """
    if rule.minimum_per_year is None:
        return []
    years = [months_after(first, 12 * year) for year in range(rule.period_months // 12)]
    starts = [start for start in years if start < end]
    ends = [*starts[1:], end]
    missing = [
        (start, rule.minimum_per_year - earned(certificate, start, stop, on))
        for start, stop in zip(starts, ends, strict=True)
    ]
    return [(start, amount) for start, amount in missing if amount > 0]


def earned(certificate: Certificate, first: date, end: date, on: date) -> Decimal:
    """The credits earned from a day to the day before another, and not after a third."""
    return sum(
        (each.credits for each in certificate.credits if first <= each.earned_on < end and each.earned_on <= on),
        Decimal(0),
    )
