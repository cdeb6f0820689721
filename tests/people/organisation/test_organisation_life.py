"""Lines and divisions, whatever happens and however late it is recorded: never a cycle, always one line manager."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import BaseModel

from chassis.domain.decider import Actor, Refused
from chassis.store.decision_view import View
from contracts.people import DivisionKind, LineManagerChanged, PersonAppointed
from services.people.organisation.domain import division as divisions
from services.people.organisation.domain.person.appointment import ChangeLineManager
from services.people.organisation.domain.person.model import Person, PersonFacts
from services.people.organisation.domain.person.rules import PERSON, HirePerson
from services.people.organisation.past_lines import cycle_between, manager_on
from tests.examples import examples

FIRST = date(2026, 1, 1)
PERSONS = [UUID(int=number) for number in range(1, 4)]
DIVISIONS = [UUID(int=number) for number in range(11, 15)]
somebody = st.sampled_from(PERSONS)
some_division = st.sampled_from(DIVISIONS)


@dataclass(frozen=True)
class Recorded:
    """An event as the log has it, as far as lines ask."""

    event: BaseModel
    recorded_on: date

    @property
    def took_effect_on(self) -> date:
        on: date = self.event.__dict__.get("effective_on") or self.recorded_on
        return on


@dataclass
class Log:
    """Everybody's events, read as a decision reads them."""

    streams: dict[UUID, list[Recorded]] = field(default_factory=dict)

    async def history(self, decider: Any, id: UUID) -> list[Recorded]:
        return self.streams.get(id, [])

    async def histories(self, decider: Any, ids: Sequence[UUID]) -> list[list[Recorded]]:
        return [self.streams.get(id, []) for id in ids]

    def state(self, id: UUID) -> Person | None:
        return PERSON.fold([each.event for each in self.streams.get(id, [])])


class Organising(RuleBasedStateMachine):
    """Persons change their line managers, today or late; divisions move."""

    def __init__(self) -> None:
        super().__init__()
        self.today, self.log = FIRST + timedelta(days=1), Log()
        self.divisions: dict[UUID, divisions.Division] = {}
        for id in PERSONS:
            hired = HirePerson(name=f"Person {id.int}", effective_on=FIRST)
            self.record(id, PERSON.decide(None, hired, self.facts(id)))

    def facts(self, id: UUID, manager: UUID | None = None, since: date | None = None) -> PersonFacts:
        above = self.above(manager)
        known: dict[str, Any] = {}
        if above:
            cycle_on = asyncio.run(cycle_between(cast(View, self.log), id, above, since or self.today, self.today))
            known = {"manager_employed": True, "managers_above": tuple(above[1:]), "cycle_on": cycle_on}
        return PersonFacts(actor=Actor("hr"), at=datetime.combine(self.today, time(12), UTC), id=id, **known)

    def above(self, first: UUID | None) -> list[UUID]:
        found: list[UUID] = []
        while first is not None and first not in found:
            found.append(first)
            state = self.log.state(first)
            first = state.line_manager_id if state else None
        return found

    def record(self, id: UUID, events: Sequence[BaseModel]) -> None:
        self.log.streams.setdefault(id, []).extend(Recorded(event, self.today) for event in events)

    @rule(days=st.integers(1, 10))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(id=somebody, manager=st.one_of(st.none(), somebody), ago=st.integers(0, 20))
    def a_line_manager_changes(self, id: UUID, manager: UUID | None, ago: int) -> None:
        since = max(FIRST, self.today - timedelta(days=ago))
        command = ChangeLineManager(line_manager_id=manager, effective_on=since)
        try:
            self.record(id, PERSON.decide(self.log.state(id), command, self.facts(id, manager, since)))
        except Refused as refused:
            assert refused.rule in ("no-cycles", "dates-in-order")  # noqa: PT017

    @rule(id=some_division, parent=st.one_of(st.none(), some_division))
    def a_division_is_put_below_another(self, id: UUID, parent: UUID | None) -> None:
        state = self.divisions.get(id)
        command = (
            divisions.EstablishDivision(name="D", kind=DivisionKind.IT, parent_id=parent)
            if state is None
            else divisions.MoveDivision(parent_id=parent)
        )
        parents = tuple((above, False) for above in self.divisions_above(parent))
        at = datetime.combine(self.today, time(12), UTC)
        facts = divisions.DivisionFacts(
            actor=Actor("hr"), at=at, id=id, parents=parents if parents or not parent else None
        )
        try:
            after = divisions.DIVISION.fold(divisions.DIVISION.decide(state, command, facts), state)
        except Refused as refused:
            assert refused.rule in ("no-cycles", "parent-unknown")  # noqa: PT017
        else:
            assert after is not None
            self.divisions[id] = after

    def divisions_above(self, first: UUID | None) -> list[UUID]:
        found: list[UUID] = []
        while first is not None and first in self.divisions and first not in found:
            found.append(first)
            first = self.divisions[first].parent_id
        return found

    @invariant()
    def on_no_day_does_anybody_report_to_themself(self) -> None:
        changes = {each.took_effect_on for stream in self.log.streams.values() for each in stream}
        for day in changes:
            for id in PERSONS:
                seen, above = [id], self.manager(id, day)
                while above is not None:
                    assert above not in seen, f"on {day} a line has a cycle: {[each.int for each in seen]}"
                    seen.append(above)
                    above = self.manager(above, day)

    def manager(self, id: UUID, day: date) -> UUID | None:
        return manager_on(cast(Any, self.log.streams[id]), day)

    @invariant()
    def everybody_has_exactly_one_line_manager_from_each_change_to_the_next(self) -> None:
        for id in PERSONS:
            named = [
                each for each in self.log.streams[id] if isinstance(each.event, PersonAppointed | LineManagerChanged)
            ]
            days = [each.took_effect_on for each in named]
            assert days == sorted(days)
            for each, following in zip(named, [*days[1:], None][: len(days)], strict=True):
                if following is None or following > each.took_effect_on:
                    event = cast(LineManagerChanged, each.event)
                    assert self.manager(id, each.took_effect_on) == event.line_manager_id

    @invariant()
    def no_division_lies_below_itself(self) -> None:
        for id, division in self.divisions.items():
            assert id not in self.divisions_above(division.parent_id)


Organising.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=30, deadline=None)
TestOrganising = Organising.TestCase
