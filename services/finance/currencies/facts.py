"""Facts about rates: the one of a pair for a day, or the latest that is not older than policy allows."""

from datetime import date, timedelta

from chassis.store.store import Store
from contracts.finance.currencies import AppliedRate, rate_id
from services.finance.currencies.domain.rate import RATE


async def rate_of(store: Store, base: str, quote: str, day: date, days_old: int) -> AppliedRate | None:
    """The rate of a pair for a day; None where there is none, not even one of so many days before."""
    days = [day - timedelta(days=back) for back in range(days_old + 1)]
    found = await store.load_many(RATE, [rate_id(base, quote, each) for each in days])
    latest = next((each.state for each in found if each.state is not None), None)
    return AppliedRate(**latest.model_dump(exclude={"source"})) if latest else None
