"""Who sees one of an aggregate: roles that see all, and for everybody else a condition on its stored state."""

from dataclasses import dataclass

from chassis.decider import SYSTEM, Actor

CONDITION_OF_ALL = "true"


@dataclass(frozen=True)
class Sight:
    """``one`` and ``many`` are the same condition in SQL over a row of ``states``, said for one row and for a list.

    Both know ``:me``, the id (as text) of whom the caller acts for, or themself; empty for a system. ``many`` is best
    made of comparisons that an index answers, joined by OR: a list costs what it shows, not what there is. Whoever
    has one of the ``roles`` sees all of them, as does the service itself.
    """

    one: str = CONDITION_OF_ALL
    many: str = CONDITION_OF_ALL
    roles: frozenset[str] = frozenset()

    def unconditional(self, actor: Actor) -> bool:
        """Whether this caller sees every one of them."""
        return self.one == CONDITION_OF_ALL or actor.has(SYSTEM, *self.roles)

    def of_one(self, actor: Actor) -> str:
        """The condition on one row for this caller."""
        return CONDITION_OF_ALL if self.unconditional(actor) else self.one

    def of_many(self, actor: Actor) -> str:
        """The condition on the rows of a list for this caller."""
        return CONDITION_OF_ALL if self.unconditional(actor) else self.many


EVERYBODY = Sight()
