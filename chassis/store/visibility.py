"""Who sees a record: roles that see all, and for others a condition on its stored state."""

from dataclasses import dataclass

from chassis.domain.decider import SYSTEM, Actor

CONDITION_OF_ALL = "true"


@dataclass(frozen=True)
class Sight:
    """``one`` and ``many`` are the same condition in SQL over a row of ``states``, said for one row and for a list.

    Both know ``:me``, the id (as text) of whom the caller acts for, or themself, and ``:caller``, always their own;
    empty for a system. ``many`` is best made of comparisons that an index answers, joined by OR: a list costs what it
    shows, not what there is. Whoever has one of the ``roles`` sees all of them, as does the service itself; those
    with a role do not see rows for which the condition ``unless`` holds.
    """

    one: str = CONDITION_OF_ALL
    many: str = CONDITION_OF_ALL
    roles: frozenset[str] = frozenset()
    unless: str | None = None

    def unconditional(self, actor: Actor) -> bool:
        """Whether this caller sees every one of them."""
        by_role = actor.has(*self.roles) and self.unless is None
        return self.one == CONDITION_OF_ALL or actor.has(SYSTEM) or by_role

    def of_one(self, actor: Actor) -> str:
        """The condition on one row for this caller."""
        return self._of(actor, self.one)

    def of_many(self, actor: Actor) -> str:
        """The condition on the rows of a list for this caller."""
        return self._of(actor, self.many)

    def _of(self, actor: Actor, condition: str) -> str:
        if self.unconditional(actor):
            return CONDITION_OF_ALL
        return f"NOT ({self.unless})" if actor.has(*self.roles) else condition


EVERYBODY = Sight()
