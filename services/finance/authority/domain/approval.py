"""Who may approve what, by the entries of an authority matrix.

Entries that fit what is asked (its currency, division, category and risk) count by how closely they do: those of the
nearest division before those of one above it or of any, then those of its category, then those of its risk. Only the
closest ones count, and no others. Of these, the highest limit that the approver's grade or role has is theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from chassis.domain.decider import Actor, Forbidden, Refused
from contracts.finance.authority import AuthorityEntry, SpendingRisk
from contracts.values import Grade, Money

Entries = Sequence[AuthorityEntry]


@dataclass(frozen=True)
class Approver:
    """Who approves: by the grade of the office in which they act, and the roles of their own token.

    A stand-in has that person's grade, and no roles.
    """

    grade: Grade | None = None
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """What is to be approved; ``divisions``: whose it is and those above, nearest first. A credit counts by size."""

    amount: Money
    category: str | None = None
    divisions: tuple[UUID, ...] = ()
    risk: SpendingRisk = SpendingRisk.LOW

    @property
    def size(self) -> Decimal:
        return abs(self.amount.amount)


@dataclass(frozen=True)
class Authority:
    """What somebody may approve: ``entry`` gives it to them, None where none does; ``could``: entries that suffice."""

    allowed: bool
    entry: AuthorityEntry | None
    second: bool
    could: tuple[AuthorityEntry, ...]


@dataclass(frozen=True)
class Powers:
    """What judges an approval: the matrix of the day (without entries there is none), who approves, whose it is.

    ``uncertified``: they need a certificate of budget management, and hold none.
    """

    entries: Entries = ()
    approver: Approver = Approver()
    divisions: tuple[UUID, ...] = ()
    uncertified: bool = False

    def asked(self, amount: Money, category: str | None = None, risk: SpendingRisk = SpendingRisk.LOW) -> Asked:
        return Asked(amount, category, self.divisions, risk)


NO_MATRIX = Powers()


def may_approve(entries: Entries, who: Approver, what: Asked) -> Authority:
    """What a person may approve of what is asked, and whether somebody else has to approve it as well."""
    counting = closest(entries, what)
    theirs = max((entry for entry in counting if has(entry, who)), key=reach, default=None)
    allowed = theirs is not None and what.size <= theirs.up_to.amount
    return Authority(
        allowed=allowed,
        entry=theirs,
        second=theirs is not None and needs_second(theirs, what),
        could=tuple(entry for entry in counting if what.size <= entry.up_to.amount),
    )


def closest(entries: Entries, what: Asked) -> list[AuthorityEntry]:
    """The entries that count: of those that fit, the ones that do so most closely."""
    fitting = [entry for entry in entries if fits(entry, what)]
    best = max((closeness(entry, what) for entry in fitting), default=None)
    return [entry for entry in fitting if closeness(entry, what) == best]


def fits(entry: AuthorityEntry, what: Asked) -> bool:
    return (
        entry.up_to.currency == what.amount.currency
        and entry.category in (None, what.category)
        and entry.risk in (None, what.risk)
        and (entry.division_id is None or entry.division_id in what.divisions)
    )


def closeness(entry: AuthorityEntry, what: Asked) -> tuple[int, bool, bool]:
    """How closely an entry fits: by division, then by category, then by risk."""
    away = len(what.divisions) if entry.division_id is None else what.divisions.index(entry.division_id)
    return -away, entry.category is not None, entry.risk is not None


def needs_second(entry: AuthorityEntry, what: Asked) -> bool:
    """Return whether somebody else has to approve it beside who does so by this entry."""
    return entry.second_above is not None and what.size > entry.second_above


def has(entry: AuthorityEntry, who: Approver) -> bool:
    """Return whether an entry is for this person."""
    if entry.grade is not None:
        return who.grade is not None and who.grade.rank >= entry.grade.rank
    return entry.role in who.roles


def reach(entry: AuthorityEntry) -> tuple[Decimal, bool, Decimal]:
    """Which entry gives more: the higher limit, then the one that needs a second approver later or never."""
    return entry.up_to.amount, entry.second_above is None, entry.second_above or Decimal(0)


UNLIMITED = Authority(allowed=True, entry=None, second=False, could=())


def check_authority(powers: Powers, what: Asked) -> Authority:
    """What they may approve; raise ``Forbidden`` where that is less than what is asked, or they are not certified."""
    if powers.uncertified:
        raise Forbidden(
            "budget-certificate",
            "You hold no valid certificate of budget management, which who answers for a budget needs.",
            "Ask somebody who holds one, a finance controller or an executive.",
        )
    if not powers.entries:
        return UNLIMITED
    found = may_approve(powers.entries, powers.approver, what)
    if found.allowed:
        return found
    own = "you may approve nothing of it"
    if found.entry is not None:
        own = f"you may approve up to {written(found.entry.up_to)} as {called(found.entry)}"
    detail = f"{shown(what)} is to be approved; {own}."
    raise Forbidden("authority-limit", detail, asking(found.could))


def check_another(actor: Actor, first_by: str | None, first_for: str | None) -> None:
    """The second approver is neither the first nor stands in for them, nor the other way round."""
    if not ({first_by, first_for} - {None}).isdisjoint({actor.id, actor.for_whom}):
        raise Forbidden(
            "second-approver-is-another",
            "You approved it first, or somebody did so for you; a second person has to as well.",
            "Ask somebody else whose limit suffices to approve it.",
        )


def asking(could: Entries) -> str:
    """Whom to ask, by grade and role."""
    named = dict.fromkeys(f"{called(entry)} (up to {written(entry.up_to)})" for entry in could)
    return f"Ask {' or '.join(named)}." if named else "Have a finance controller set who may approve as much."


def called(entry: AuthorityEntry) -> str:
    """The persons an entry is for: ``a manager or a higher grade``."""
    if entry.grade is not None:
        return f"somebody whose grade is {entry.grade} or higher"
    return f"somebody with the role {entry.role}"


def shown(what: Asked) -> str:
    of = f" for '{what.category}'" if what.category else ""
    return f"{written(what.amount)}{of} at {what.risk} risk"


def written(money: Money) -> str:
    return f"{money.amount:,f} {money.currency}"


def check_entries(entries: Entries) -> None:
    """Each entry is for a grade or a role, above 0, and there is no other for the same."""
    for entry in entries:
        if (entry.grade is None) == (entry.role is None):
            raise Refused("grade-or-role", "An entry is for a grade or for a role.", "Name one of the two in each.")
        if entry.up_to.amount <= 0:
            raise Refused("amount-positive", f"{written(entry.up_to)} is not more than 0.", "State a limit above 0.")
        check_second(entry)
    if len({identity(entry) for entry in entries}) < len(entries):
        detail = "Two entries have the same grade or role, currency, risk, category and division."
        raise Refused("entries-distinct", detail, "State one limit for each.")


def check_second(entry: AuthorityEntry) -> None:
    if entry.second_above is not None and not 0 <= entry.second_above < entry.up_to.amount:
        detail = f"A second approver above {entry.second_above:,f} where {written(entry.up_to)} is the limit."
        raise Refused("second-within-limit", detail, "State an amount from 0 to below the limit, or none.")


def identity(entry: AuthorityEntry) -> tuple[object, ...]:
    """What an entry is for."""
    return entry.grade, entry.role, entry.up_to.currency, entry.risk, entry.category, entry.division_id
