"""What commitments and expenses charge to a budget, be it a division's or a project's."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Command, Refused
from contracts.base import Value
from contracts.values import Amount, Currency, Date, Money, Name
from services.finance.budgets.domain import money
from services.finance.budgets.domain.money import Sums

MOST_CATEGORIES = 400


class Spent(Value):
    """What was charged as spent before, and is restated."""

    category: Name
    amount: Amount
    occurred_on: date


class Charge(Value):
    """By how much more is bound and spent of a category; ``occurred_on``: when it was spent."""

    category: Name
    sums: Sums
    occurred_on: date | None = None


class ChargeBudget(Command):
    """Charge a reservation, a commitment or an expense to a category: by how much more is bound and spent.

    ``occurred_on``: the day of what was spent. ``instead_of``: what is taken back first, as it is stated otherwise now.
    ``exception_id``: the exception to a stop that what is bound uses.
    ``taken_over``: it was ordered elsewhere.
    """

    category: Name
    currency: Currency
    planned: Amount = Decimal(0)
    committed: Amount = Decimal(0)
    spent: Amount = Decimal(0)
    reserved: Amount = Decimal(0)
    occurred_on: Date | None = None
    instead_of: Spent | None = None
    exception_id: UUID | None = None
    taken_over: bool = False

    @property
    def bound(self) -> Decimal:
        """By how much more is bound; what happened binds nothing, and neither does what is ordered elsewhere."""
        return Decimal(0) if self.spent or self.taken_over else self.planned + self.committed + self.reserved

    @property
    def asked(self) -> str:
        """What is bound, in a sentence."""
        return money.shown(Money(amount=self.bound, currency=self.currency))

    @property
    def charges(self) -> Sequence[Charge]:
        """What changes in one category after the other."""
        sums = Sums(**{name: getattr(self, name) for name in Sums.model_fields})
        charge = Charge(category=self.category, sums=sums, occurred_on=self.occurred_on)
        return [*self._taken_back(), charge]

    def _taken_back(self) -> Iterator[Charge]:
        if (before := self.instead_of) is not None:
            yield Charge(category=before.category, sums=Sums(spent=-before.amount), occurred_on=before.occurred_on)


def check_charge(command: ChargeBudget, currency: str, charged: Mapping[Name, Sums]) -> None:
    """What is charged is in the budget's currency, and its sums stay bounded."""
    money.check_currency(currency, Money(amount=Decimal(0), currency=command.currency))
    after = with_charges(charged, command.charges)
    for sums in after.values():
        money.within_range(sums.total, currency)
    if len(after) > max(len(charged), MOST_CATEGORIES):
        detail = f"{len(charged)} categories are charged to this budget."
        raise Refused("too-many-categories", detail, "Charge one of them.")


def with_charges(charged: Mapping[Name, Sums], charges: Sequence[Charge]) -> dict[Name, Sums]:
    """The sums of each category when so much more is charged."""
    after = dict(charged)
    for charge in charges:
        after[charge.category] = after.get(charge.category, Sums()) + charge.sums
    return after
