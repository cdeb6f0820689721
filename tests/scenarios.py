"""Given / when / then: scenarios that read as sentences and run without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import BaseModel

from chassis.commands.table import Aggregate
from chassis.domain.decider import Command, Decider, Facts, Forbidden, Refused, State
from chassis.http.rules import Walk


@dataclass(frozen=True)
class Scenario:
    decider: Decider[Any]
    events: Sequence[BaseModel]
    command: Command | None = None
    facts: Facts | None = None

    def when(self, command: Command, facts: Facts) -> "Scenario":
        return Scenario(self.decider, self.events, command, facts)

    def then(self, *expected: BaseModel) -> None:
        """Exactly these events follow; none means nothing changes."""
        decided = self._decide()
        assert decided == list(expected), self._story(f"then {list(expected)}", f"but {decided!r}")

    def then_refused(self, rule: str) -> Refused:
        """This rule refuses it, with a sentence and a way out."""
        decided = self._decide()
        assert isinstance(decided, Refused), self._story(f"then refused by {rule}", f"but {decided!r}")
        assert decided.rule == rule, self._story(f"then refused by {rule}", f"but by {decided}")
        assert decided.detail, "a refusal needs a sentence"
        assert isinstance(decided, Forbidden) or rule in self._documented(), self._story("a documented rule", rule)
        return decided

    def then_state(self) -> State:
        decided = self._decide()
        assert not isinstance(decided, Refused), self._story("then a state", f"but refused: {decided}")
        state: State | None = self.decider.fold([*self.events, *decided])
        assert state is not None
        return state

    def _decide(self) -> list[BaseModel] | Refused:
        try:
            return list(self.decider.decide(self.decider.fold(self.events), self.command, self.facts))
        except Refused as refused:
            return refused

    def _documented(self) -> frozenset[str]:
        decide: Any = self.decider.decide
        return documented(getattr(decide, "__self__", self).decider.decide, type(self.command))  # type: ignore[arg-type]

    def _story(self, expected: str, got: str) -> str:
        given = "\n      ".join(repr(event) for event in self.events) or "nothing"
        return f"\ngiven {given}\nwhen  {self.command!r}\n      {self.facts!r}\n{expected}\n{got}"


@cache
def documented(decide: Any, command: type[Command]) -> frozenset[str]:
    """The rules of a decision that the OpenAPI document lists."""
    walk = Walk()
    walk.follow(decide, command)
    return frozenset(rule.name for rule in walk.rules)


def given(decider: Decider[Any], *events: BaseModel) -> Scenario:
    return Scenario(decider, events)


def who_may(aggregate: Aggregate, *events: BaseModel) -> Scenario:
    """Start a scenario that asks first who may by the command table, as the handler does."""
    return given(replace(aggregate.decider, decide=aggregate.decide), *events)
