"""Permissions as values: a role or a relation to the record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chassis.domain.decider import SYSTEM, Actor, Forbidden

TRUE, FALSE = "true", "false"
NOT_AUTHORISED = "not-authorised"

Check = Callable[[Any, Any, Any], bool]
"""``check(facts, state, command)``: whether it holds for the actor of one decision."""
Condition = Callable[[Actor, bool, str], str]
"""``condition(actor, many, subject)``: the same in SQL over a row of ``states``, for one row or for a list."""


@dataclass(frozen=True)
class Relation:
    """A role or a relation to the record, combined with ``|``, ``&`` and ``~``.

    From it come the check of one decision (``check``), the condition in SQL for one row and for a list, and the
    sentence that says who could. Conditions know ``:me``, the id (as text) of the person the caller acts for, or their
    own; ``:caller``, always their own; and ``:myself``, their own where they act for themselves. All are empty for a
    system, and ``:me`` for who works here no longer. ``subject`` is the SQL term for the person or record a relation is
    about; ``at`` names it. ``ruled`` gives it the name of a rule, with a sentence and a way out
    where those made of who could do not say enough. ``system``: it holds for the service itself and nobody else.
    A condition for a list is best made of comparisons that an index answers: a list costs what it shows, not what there
    is.
    """

    who: tuple[str, ...]
    holds: Check
    condition: Condition
    subject: str = ""
    rule: str = ""
    detail: str = ""
    remedy: str = ""
    either: tuple["Relation", ...] = ()
    both: tuple["Relation", ...] = ()
    system: bool = False

    def check(self, facts: Any, state: Any, command: Any) -> None:
        """Raise ``Forbidden`` where it does not hold: which rule refuses, and who could."""
        if self.holds(facts, state, command):
            return
        part = self.refusing(facts, state, command)
        detail, remedy = f"Only {self.sentence} may do this.", f"Ask {self.sentence}."
        raise Forbidden(part.rule or NOT_AUTHORISED, part.detail or detail, part.remedy or remedy)

    def refusing(self, *known: Any) -> "Relation":
        """The part that a refusal names, of a relation that does not hold.

        One with a rule's name names itself. Of two that are both needed, it is what the first names that does not
        hold. Of two of which either is enough, it is what has the only name among what both name; where neither has
        one, or each another, only who could is said.
        """
        if self.rule:
            return self
        failing = [part for part in self.both if not part.holds(*known)][:1] or self.either
        ruled = {part.rule: part for each in failing if (part := each.refusing(*known)).rule}
        return next(iter(ruled.values())) if len(ruled) == 1 else self

    def ruled(self, rule: str, detail: str = "", remedy: str = "") -> "Relation":
        """The same relation, whose refusal names this rule, with these sentences instead of who could."""
        return replace(self, rule=rule, detail=detail, remedy=remedy)

    def at(self, subject: str) -> "Relation":
        """The same relation to the person or record that this SQL term names."""
        return replace(self, condition=lambda actor, many, _: self.condition(actor, many, subject), subject=subject)

    def called(self, *who: str) -> "Relation":
        """The same relation by another name, where the one put together would be clumsy."""
        return replace(self, who=who)

    def __or__(self, other: "Relation") -> "Relation":
        def condition(actor: Actor, many: bool, subject: str) -> str:
            parts = [part for each in (self, other) if (part := each.condition(actor, many, subject)) != FALSE]
            return TRUE if TRUE in parts else " OR ".join(parts) or FALSE

        who = (*self.who, *(name for name in other.who if name not in self.who))
        return Relation(
            who,
            lambda *known: self.holds(*known) or other.holds(*known),
            condition,
            either=(self, other),
            system=self.system and other.system,
        )

    def __and__(self, other: "Relation") -> "Relation":
        def condition(actor: Actor, many: bool, subject: str) -> str:
            parts = [part for each in (self, other) if (part := each.condition(actor, many, subject)) != TRUE]
            return FALSE if FALSE in parts else " AND ".join(f"({part})" for part in parts) or TRUE

        return Relation(
            self.who,
            lambda *known: self.holds(*known) and other.holds(*known),
            condition,
            both=(self, other),
            system=self.system or other.system,
        )

    def __invert__(self) -> "Relation":
        def condition(actor: Actor, many: bool, subject: str) -> str:
            part = self.condition(actor, many, subject)
            return {TRUE: FALSE, FALSE: TRUE}.get(part, f"NOT ({part})")

        return Relation(("others",), lambda *known: not self.holds(*known), condition)

    def unconditional(self, actor: Actor) -> bool:
        """Return whether it holds for this caller whatever the record; the service itself sees every one."""
        return actor.has(SYSTEM) or self.condition(actor, True, self.subject) == TRUE

    def of_one(self, actor: Actor) -> str:
        return TRUE if actor.has(SYSTEM) else self.condition(actor, False, self.subject)

    def of_many(self, actor: Actor) -> str:
        return TRUE if actor.has(SYSTEM) else self.condition(actor, True, self.subject)

    @property
    def sentence(self) -> str:
        """Name those who could, for a refusal: ``their line manager, HR or an executive``."""
        *others, last = self.who
        return f"{', '.join(others)} or {last}" if others else last


def role(who: str, *names: str) -> Relation:
    """The callers whose token grants one of the roles."""
    return Relation(
        (who,),
        lambda facts, _state, _command: facts.actor.has(*names),
        lambda actor, _many, _subject: TRUE if actor.has(*names) else FALSE,
        system=names == (SYSTEM,),
    )


def by_state(who: str, condition: str) -> Relation:
    """A condition on the stored state alone, the same for one row and for a list; for what somebody sees."""

    def undecided(*_known: Any) -> bool:
        raise TypeError(f"whether somebody is {who} is only asked of stored states")

    return Relation((who,), undecided, lambda _actor, _many, _subject: condition)


def by_decision(who: str, holds: Check) -> Relation:
    """A relation that only a decision can check, for command rows."""

    def unasked(_actor: Actor, _many: bool, _subject: str) -> str:
        raise TypeError(f"whether somebody is {who} is only checked in decisions")

    return Relation((who,), holds, unasked)


EVERYBODY = Relation(("everybody",), lambda *_: True, lambda *_: TRUE)
