"""The divisions that rows belong to, with their heads, and the accountable managers whom a mapping names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.values import Grade
from portolan.importer.carrying import Refusal, Tally, carry
from portolan.importer.divisions import KNOWN_ALREADY, code_taken, establish
from portolan.importer.kinds import look
from portolan.importer.policy import demanded_years
from portolan.importer.problem import ImportProblem
from portolan.importer.projects.plan import Plan
from portolan.importer.projects.rows import ProjectRow
from portolan.importer.projects.survey import Survey
from portolan.importer.sending import Command, Outcome, Service


@dataclass
class Setup:
    """A division while it is set up; ``heard`` are the streams that other services must have heard."""

    agency: str
    code: str | None
    on: date
    refusal: Refusal | None = None
    heard: dict[str, int] = field(default_factory=dict)
    head_position_id: UUID | None = None

    def hear(self, outcomes: Sequence[Outcome]) -> None:
        """Remember the streams of a division and its persons; nobody waits for positions."""
        for outcome in outcomes:
            if outcome.stream and not outcome.stream.startswith("position-"):
                self.heard[outcome.stream] = outcome.published

    def refuse(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Organisation:
    """Sets a file's divisions and managers up before its rows; remembers what refused them."""

    def __init__(self, people: Service, plan: Plan, tally: Tally) -> None:
        self._people, self._plan, self._tally = people, plan, tally
        self._divisions: dict[str, Setup] = {}
        self._managers: dict[UUID, Refusal | None] = {}
        self._persons: dict[UUID, dict[str, Any]] = {}
        self._years: Decimal | None = None
        self.warnings: list[str] = []

    def refusal_of(self, row: ProjectRow) -> Refusal | None:
        division = self._divisions[row.agency].refusal
        return division or self._managers.get(self._plan.accountable_id(row) or UUID(int=0))

    def prepare(self, survey: Survey) -> dict[str, int]:
        """Set up what the file needs and is not there; the streams that others must hear before its rows come."""
        plan = self._plan
        self._divisions = {name: Setup(name, row.agency_code, row.updated) for name, row in survey.divisions.items()}
        known = self._people.read_many("divisions", map(plan.division_id, self._divisions))
        self._check_mapped(known)
        managers = {plan.accountable_id(row): row for row in survey.managers.values()}
        self._learn_persons([*managers, *(division["head_id"] for division in known.values())])
        self._set_up(list(self._divisions.values()), known)
        heard = {stream: number for setup in self._divisions.values() for stream, number in setup.heard.items()}
        for id, row in managers.items():
            if id is not None and not self._divisions[row.agency].refusal:
                self._managers[id] = self._manager(row, id, heard)
        return heard

    def twins(self, survey: Survey) -> list[str]:
        """Divisions of the file that look like one another, or like one that people has under another id."""
        plan, found = self._plan, []
        own = {str(plan.division_id(name)) for name in survey.divisions}
        seen: dict[str, list[str]] = {}
        for each in self._people.read_all("divisions"):
            if each["id"] not in own:
                seen.setdefault(look(each["name"]), []).append(each["id"])
        before: dict[str, str] = {}
        for name in survey.divisions:
            if name not in plan.mapping.divisions and (ids := seen.get(look(name))):
                found.append(
                    f"The division '{name}' is new here, and people has one of another source that looks the same"
                    f" ({', '.join(ids)}). If it is the same, write `divisions: {{{name}: {ids[0]}}}` into the mapping."
                )
            if (other := before.setdefault(look(name), name)) != name:
                found.append(
                    f"'{other}' and '{name}' look alike and are two divisions: correct the file if they are one."
                )
        return found

    def _check_mapped(self, known: Mapping[UUID, Any]) -> None:
        """Every division that the mapping names by an id is there."""
        for name, id in self._plan.mapping.divisions.items():
            if name in self._divisions and id not in known:
                raise ImportProblem(
                    f"The mapping says that the division '{name}' is {id}, which does not exist in people.",
                    "Correct the id, or leave the entry out to establish the division.",
                )

    def _learn_persons(self, ids: Iterable[UUID | str | None]) -> None:
        named = (self._plan.head_id(name) for name in self._divisions if self._plan.head_named(name))
        wanted = {UUID(str(id)) for id in (*ids, *named) if id is not None}
        self._persons = self._people.read_many("persons", wanted)

    def _set_up(self, setups: Sequence[Setup], known: Mapping[UUID, dict[str, Any]]) -> None:
        """A division that has a head keeps it; the others get one."""
        plan = self._plan
        headless = [setup for setup in setups if not self._headed(setup, known.get(plan.division_id(setup.agency)))]
        established = self._establish(headless)
        unknown = [setup for setup in established if not self._head_is_known(setup)]
        self._hire_heads(unknown)
        ready = [setup for setup in established if setup.refusal is None]
        for _ in self._pass(ready, lambda setup: [plan.appoint_head(setup.agency)]):
            self._tally.add("divisions", "created")

    def _establish(self, setups: Sequence[Setup]) -> list[Setup]:
        passed, without_code = establish(
            self._people,
            setups,
            lambda setup, with_code: [self._plan.establish(setup.agency, setup.code if with_code else None)],
            Setup.refuse,
        )
        for setup, outcomes in passed:
            setup.hear(outcomes)
        self.warnings += [code_taken(setup.agency, setup.code) for setup in without_code]
        return [setup for setup, _ in passed]

    def _hire_heads(self, setups: Sequence[Setup]) -> None:
        plan = self._plan
        for setup in setups:
            setup.head_position_id = plan.head_position_id(setup.agency)
        placed = self._pass(setups, lambda setup: plan.head_position(setup.agency, self._demanded()), KNOWN_ALREADY)
        self._pass(placed, lambda setup: plan.hired_head(setup.agency, setup.on), KNOWN_ALREADY)

    def _pass(
        self,
        setups: Sequence[Setup],
        commands: Callable[[Setup], Sequence[Command]],
        standing: AbstractSet[str] = frozenset(),
    ) -> list[Setup]:
        passed = carry(self._people, setups, commands, Setup.refuse, standing)
        for setup, outcomes in passed:
            setup.hear(outcomes)
        return [setup for setup, _ in passed]

    def _headed(self, setup: Setup, division: dict[str, Any] | None) -> bool:
        """Return whether the division exists with a head; then both stay, and only a head's missing name is added."""
        plan = self._plan
        if division is None or division["head_id"] is None:
            return False
        mark = "unchanged"
        named = plan.head_named(setup.agency)
        if named and named.name and division["head_id"] == str(plan.id_of("head", setup.agency)):
            renamed = carry(self._people, [setup], lambda each: [plan.renamed_head(each.agency)], Setup.refuse)
            mark = "changed" if any(outcomes[0].changed for _, outcomes in renamed) else mark
        self._tally.add("divisions", mark)
        setup.heard[division["stream"]] = division["published_number"]
        self._hear_person(setup, UUID(division["head_id"]))
        return True

    def _head_is_known(self, setup: Setup) -> bool:
        """Return whether the mapping names somebody as head whom people knows."""
        named = self._plan.head_named(setup.agency)
        if named is None or named.id is None:
            return False
        if not self._hear_person(setup, named.id):
            raise unknown_person(named.id, f"head of '{setup.agency}'")
        return True

    def _hear_person(self, setup: Setup, id: UUID) -> bool:
        """Remember a head's stream, and their position where a senior manager may report to it."""
        head = self._persons.get(id)
        if head is None:
            return False
        setup.heard[head["stream"]] = head["published_number"]
        held = head["appointment"]
        if held and held["grade"] in (Grade.SENIOR_MANAGER, Grade.EXECUTIVE):
            setup.head_position_id = UUID(held["position_id"])
        return True

    def _demanded(self) -> Decimal:
        if self._years is None:
            self._years = demanded_years(self._people)
        return self._years

    def _manager(self, row: ProjectRow, id: UUID, heard: dict[str, int]) -> Refusal | None:
        """An accountable manager is somebody people knows; one named only by name is hired below the head."""
        plan, person = self._plan, self._plan.mapping.accountable_for(*row.scope)
        assert person is not None
        known = self._persons.get(id)
        if known is None and person.id is not None:
            raise unknown_person(id, f"accountable in '{row.agency}'")
        if known is not None and known["appointment"]:
            heard[known["stream"]] = known["published_number"]
            return None
        name, above = person.name or "", self._divisions[row.agency].head_position_id
        setup = Setup(row.agency, None, row.updated)
        position = plan.manager_position(row.agency, name, self._demanded(), above)
        placed = self._pass([setup], lambda _: position, KNOWN_ALREADY)
        for _ in self._pass(placed, lambda each: plan.hired_manager(each.agency, name, each.on), KNOWN_ALREADY):
            self._tally.add("managers", "created")
        heard |= setup.heard
        return setup.refusal


def unknown_person(id: UUID, who: str) -> ImportProblem:
    return ImportProblem(
        f"The mapping names {id} as {who}, who does not exist in people.",
        "Correct the id, or give the person's name instead.",
    )
