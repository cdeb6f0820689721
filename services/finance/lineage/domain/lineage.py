"""Lineage of money: what is spent, traced to first allotments over transfers, carry-forward and funding; and forward.

Oldest money first: what leaves a budget is what was first allotted longest ago of what it holds.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

RULE = (
    "Oldest money first: what leaves a budget, spent, transferred, carried, granted, given back or lapsed, is what was"
    " first allotted longest ago of what it holds. The original amount of a division's budget and its supplements are"
    " first allotments, and so is what a project has of no division's. An"
    " expense taken back gives back what it took. What exceeds a budget is covered by the next money that comes."
)
ZERO = Decimal(0)


class MovementKind(StrEnum):
    """Money comes to a budget, moves on to another one, or leaves it for good."""

    ALLOTTED = "allotted"
    SUPPLEMENTED = "supplemented"
    TRANSFERRED = "transferred"
    CARRIED = "carried forward"
    FUNDED = "funded"
    RETURNED = "given back"
    SPENT = "spent"
    LAPSED = "lapsed"


class OriginKind(StrEnum):
    """Where money came from first; overspent: from nowhere as yet."""

    ALLOTTED = "allotted"
    SUPPLEMENTED = "supplemented"
    CREDITED = "credited"
    OVERSPENT = "overspent"


@dataclass(frozen=True)
class Movement:
    """A movement of money in the order of the log; ``to_id``: the budget it goes to. A project's has the project's id.

    ``id``: of the transfer, the year end or the expense. Spent is negative where it is given back or credited.
    """

    order: int
    kind: MovementKind
    budget_id: UUID
    amount: Decimal
    to_id: UUID | None = None
    id: UUID | None = None


@dataclass(frozen=True, order=True)
class Origin:
    """A first allotment: its place in the log, its budget, and what it was."""

    order: int
    budget_id: UUID
    kind: OriginKind


@dataclass(frozen=True)
class Step:
    """A budget that money left for another one, and by what."""

    kind: MovementKind
    from_id: UUID
    to_id: UUID
    id: UUID | None


@dataclass(frozen=True)
class Part:
    """Some money with where it came from and the way it took."""

    amount: Decimal
    origin: Origin
    path: tuple[Step, ...] = ()

    def passed(self, budget_id: UUID) -> bool:
        """Whether it has been in a budget."""
        return self.origin.budget_id == budget_id or any(step.to_id == budget_id for step in self.path)


@dataclass(frozen=True)
class Place:
    """Where money is in the end: in a budget, spent by an expense, or lapsed."""

    budget_id: UUID
    kind: MovementKind | None
    id: UUID | None = None


class Ledger:
    """The money of budgets after some movements: each cent is in one place, and came from one."""

    def __init__(self, movements: Iterable[Movement]) -> None:
        self.held: dict[UUID, list[Part]] = {}
        self.gone: dict[Place, list[Part]] = {}
        self._owed: dict[UUID, list[tuple[Place, Decimal]]] = {}
        self._order = 0
        for movement in movements:
            self._order = movement.order
            self._move(movement)

    def spent(self, expense_id: UUID) -> list[Part]:
        """The parts of an expense; they sum to it."""
        places = [place for place in {**self.gone, **self._all_owed()} if place.id == expense_id]
        return [part for place in places for part in [*self.gone.get(place, ()), *self._overspent(place)]]

    def reserve(self, budget_id: UUID, amount: Decimal) -> list[Part]:
        """The parts that an amount would be paid from now."""
        return self._take(budget_id, amount)

    def places(self) -> dict[Place, list[Part]]:
        """All money by where it is; what is overspent came from nowhere, and is not among it."""
        held = {Place(budget_id, None): parts for budget_id, parts in self.held.items() if parts}
        return {**held, **{place: parts for place, parts in self.gone.items() if parts}}

    def _move(self, movement: Movement) -> None:
        match movement.kind:
            case MovementKind.ALLOTTED:
                self._bring(movement, OriginKind.ALLOTTED)
            case MovementKind.SUPPLEMENTED:
                self._bring(movement, OriginKind.SUPPLEMENTED)
            case MovementKind.SPENT if movement.amount < 0:
                self._give_back(movement)
            case MovementKind.SPENT | MovementKind.LAPSED:
                self._spend(Place(movement.budget_id, movement.kind, movement.id), movement.amount)
            case _:
                self._pass_on(movement)

    def _bring(self, movement: Movement, kind: OriginKind) -> None:
        origin = Origin(movement.order, movement.budget_id, kind)
        self._receive(movement.budget_id, [Part(abs(movement.amount), origin)])

    def _spend(self, place: Place, amount: Decimal) -> None:
        """What is not there is owed until money comes."""
        taken = self._take(place.budget_id, amount, owing=True)
        self.gone.setdefault(place, []).extend(taken)
        if owed := amount - total(taken):
            self._owed.setdefault(place.budget_id, []).append((place, owed))

    def _give_back(self, movement: Movement) -> None:
        """An expense taken back gives back what it took; a supplier's credit is money that was not there before."""
        place = Place(movement.budget_id, MovementKind.SPENT, movement.id)
        back = -movement.amount
        owed = sum((amount for each, amount in self._owed.get(movement.budget_id, ()) if each == place), ZERO)
        if place not in self.gone or total(self.gone[place]) + owed != back:
            self._bring(movement, OriginKind.CREDITED)
            return
        self._owed[movement.budget_id] = [item for item in self._owed.get(movement.budget_id, []) if item[0] != place]
        self._receive(movement.budget_id, self.gone.pop(place))

    def _pass_on(self, movement: Movement) -> None:
        assert movement.to_id is not None
        step = Step(movement.kind, movement.budget_id, movement.to_id, movement.id)
        taken = self._take(movement.budget_id, movement.amount)
        self._receive(movement.to_id, [replace(part, path=(*part.path, step)) for part in taken])

    def _take(self, budget_id: UUID, amount: Decimal, *, owing: bool = False) -> list[Part]:
        """The oldest parts of a budget up to an amount; what is not there is overspent, unless it is left owing."""
        held, taken = self.held.setdefault(budget_id, []), list[Part]()
        while held and amount:
            first = held.pop(0)
            part = replace(first, amount=min(first.amount, amount))
            if first.amount > amount:
                held.insert(0, replace(first, amount=first.amount - amount))
            taken.append(part)
            amount -= part.amount
        if amount and not owing:
            taken.append(Part(amount, Origin(self._order, budget_id, OriginKind.OVERSPENT)))
        return taken

    def _receive(self, budget_id: UUID, parts: Sequence[Part]) -> None:
        """What comes covers what is owed first, in the order in which it was spent."""
        owed = self._owed.get(budget_id, [])
        for part in parts:
            rest = part
            while owed and rest.amount:
                place, amount = owed.pop(0)
                covered = min(amount, rest.amount)
                self.gone.setdefault(place, []).append(replace(rest, amount=covered))
                rest = replace(rest, amount=rest.amount - covered)
                if amount > covered:
                    owed.insert(0, (place, amount - covered))
            if rest.amount:
                insort(self.held.setdefault(budget_id, []), rest, key=lambda held: held.origin)

    def _all_owed(self) -> dict[Place, list[Part]]:
        return {place: [] for owed in self._owed.values() for place, _ in owed}

    def _overspent(self, place: Place) -> list[Part]:
        owed = [amount for each, amount in self._owed.get(place.budget_id, ()) if each == place]
        return [Part(amount, Origin(self._order, place.budget_id, OriginKind.OVERSPENT)) for amount in owed]


def total(parts: Iterable[Part]) -> Decimal:
    return sum((part.amount for part in parts), ZERO)


def merged(parts: Iterable[Part]) -> list[Part]:
    """Parts of one origin that took the same way, as one; the oldest first."""
    sums: dict[tuple[Origin, tuple[Step, ...]], Decimal] = {}
    for part in parts:
        sums[part.origin, part.path] = sums.get((part.origin, part.path), ZERO) + part.amount
    return sorted((Part(amount, *key) for key, amount in sums.items()), key=lambda part: part.origin)


def forward(ledger: Ledger, budget_id: UUID, merge: Callable[[Place], Place]) -> dict[Place, Decimal]:
    """Where all money is now that has been in a budget; each cent once, however often it came by."""
    sums: dict[Place, Decimal] = {}
    for place, parts in ledger.places().items():
        if amount := total(part for part in parts if part.passed(budget_id)):
            sums[merge(place)] = sums.get(merge(place), ZERO) + amount
    return sums
