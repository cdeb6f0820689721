"""The command table of an aggregate: its rows, who sees it, and how its lists work."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.domain.decider import Actor, Command, Decider, Facts, IssuedCommand, Refused, State
from chassis.domain.personal import PersonalValue, shape
from chassis.store.decision_view import View
from chassis.store.fields import Fields, fields_in, parts_of
from chassis.store.relations import EVERYBODY, Relation

Gather = Callable[[View, Any, Any, Facts], Awaitable[Facts]]
ZoneOf = Callable[[View, Any, Any, Facts], Awaitable[tzinfo]]
Further = Callable[[Any, Any, Any, Any], Sequence[IssuedCommand]]
StandsIn = Callable[[View, Actor, datetime], Awaitable[bool]]

ID_FOLLOWS = (
    "id-follows-from-key",
    "The id of this record follows from what the command says: there is one of it.",
    "Leave the id out, and take the one that comes back.",
)


@dataclass(frozen=True)
class CommandRow:
    """A row of an aggregate's command table: its name in the URL, its type, who may.

    ``who`` is a relation to the record, or a role. ``creates`` rows need no existing aggregate; ``named``: its id is
    that of something else, so it is always given and never made up. ``further(command, before, after, facts)`` gives
    the commands to further aggregates of the service that it changes: all are stored in one append, or nothing is.
    ``names(command)``: those of their streams that the command itself names, so that its turn on them comes at once.
    ``id_of(command)``: the id follows from what the command says, so that the same again is the same record.
    """

    name: str
    command: type[Command]
    who: Relation
    creates: bool = False
    named: bool = False
    further: Further | None = None
    names: Callable[[Any], Iterable[str]] = lambda _command: ()
    id_of: Callable[[Any], UUID] | None = None

    def id_from(self, command: Command) -> UUID | None:
        """The id that follows from a command; None where it does not."""
        return self.id_of(command) if self.id_of else None

    def check_id(self, command: Command, id: UUID) -> None:
        """Refuse another id than the one that follows from a command: the same would be there twice."""
        if self.id_from(command) not in (None, id):
            raise Refused(*ID_FOLLOWS)


@dataclass(frozen=True)
class Criterion:
    """What a list may be asked for beside the fields of the state.

    ``parameters``: by name, type and field as pydantic takes them; it is asked for by the first, and the others say
    more about it. ``condition(actor)`` is SQL over a row of ``states``, where ``:name`` is a parameter's value; it
    does not hold by what the caller may not see. ``index`` answers it; ``on``: what it is, where no migration makes it.
    """

    parameters: Mapping[str, tuple[Any, Any]]
    condition: Callable[[Actor], str]
    index: str
    on: str = ""

    @property
    def leading(self) -> str:
        return next(iter(self.parameters))


@dataclass(frozen=True)
class Aggregate:
    """An aggregate in its service: its plural in the URL, its command table, who may see one, and how lists work.

    ``facts(view, state, command, base) -> Facts`` reads what decisions need beside ``base`` through the view, so that
    what it read must still hold when the events are appended. ``zone(view, state, command, base)`` is the time zone in
    which its days are judged and its deadlines begin; by default UTC. ``rewords(command, facts)``: the
    command in the words that decisions use, where one thing has several. ``sees``: to everybody else it does not exist.
    ``named_to_all``: no record that somebody reads refers to one that does not exist for them, so names go beside ids.
    ``discloses``: who reads the ``private`` fields, which others get empty, and the private events in its history.
    ``audited`` names the field with the person it is about, where every read is recorded and that person told of it.
    ``filters`` and ``sorts`` name fields of the state, and each has an index. ``searched`` names fields with text in
    which lists search for a part of it, none of them private. What is personal is sealed in the state: lists filter by
    a keyed digest beside it (``digested``), and each process holds in memory what lists sort by and search, which is
    text (``in_memory``). ``criteria``: what else lists may be asked for. ``refers`` says of fields with ids of which
    kind they are, where the name does not, as ``position_id`` does.
    """

    decider: Decider[Any]
    path: str
    commands: Sequence[CommandRow]
    facts: Gather | None = None
    zone: ZoneOf | None = None
    sees: Relation = EVERYBODY
    named_to_all: bool = False
    discloses: Relation = EVERYBODY
    private: Mapping[str, Any] = field(default_factory=dict)
    rewords: Callable[[Any, Any], Command] | None = None
    filters: Sequence[str] = ()
    sorts: Sequence[str] = ()
    searched: Sequence[str] = ()
    criteria: Sequence[Criterion] = ()
    refers: Mapping[str, str] = field(default_factory=dict)
    audited: str | None = None
    digested: Sequence[str] = field(init=False)
    in_memory: Sequence[str] = field(init=False)

    @property
    def creation(self) -> CommandRow | None:
        """The command that may leave the id to the service: ``POST`` to the collection."""
        return next((row for row in self.commands if row.creates and not row.named), None)

    def __post_init__(self) -> None:
        state: type[BaseModel] = self.decider.state
        found = shape(state).node
        personal = found.nodes if found else {}
        held = {name: personal[name] for name in (*self.sorts, *self.searched) if name in personal}
        object.__setattr__(self, "digested", tuple(name for name in self.filters if name in personal))
        object.__setattr__(self, "in_memory", tuple(held))
        if unread := [name for name in dict.fromkeys([*self.searched, *held]) if name in self.private]:
            raise TypeError(f"{self.path}: {', '.join(unread)} cannot be searched, not everybody reads it.")
        if strange := [name for name, node in held.items() if not (isinstance(node, PersonalValue) and node.text)]:
            raise TypeError(f"{self.path}: {', '.join(strange)} is sealed and no text, so lists cannot sort by it.")
        if self.searchable and not held.keys().isdisjoint(self.searched):
            raise TypeError(f"{self.path}: search either what is sealed or what is not.")
        for name in dict.fromkeys([*self.filters, *self.sorts, *self.searched]):
            if name not in held or name in self.digested:
                self.column(name)
        if unknown := self.refers.keys() - fields_in(state):
            raise AttributeError(f"{state.__name__} has no field {', '.join(sorted(unknown))}")

    async def gather(self, view: View, state: State | None, command: Command | None, base: Facts) -> Facts:
        """The facts of a decision: the record's day first, then what it needs beside it."""
        base = await self.zoned(view, state, command, base)
        return await self.facts(view, state, command, base) if self.facts else base

    async def zoned(self, view: View, state: State | None, command: Command | None, base: Facts) -> Facts:
        """The same facts in the time zone of the record."""
        return replace(base, zone=await self.zone(view, state, command, base)) if self.zone else base

    def decide(self, state: State | None, command: Command, facts: Facts) -> Sequence[BaseModel]:
        """The events of a command; ``Forbidden`` says who could give it, ``Refused`` which rule stands against it."""
        self.row(command).who.check(facts, state, command)
        return self.decide_permitted(state, command, facts)

    def decide_permitted(self, state: State | None, command: Command, facts: Facts) -> Sequence[BaseModel]:
        """The events of a command whose giver may give it; or ``Refused``."""
        self.row(command).check_id(command, facts.id)
        events: Sequence[BaseModel] = self.decider.decide(state, self.worded(command, facts), facts)
        return events

    def worded(self, command: Command, facts: Facts) -> Command:
        """The command in the words that decisions use."""
        return self.rewords(command, facts) if self.rewords else command

    @property
    def dated(self) -> bool:
        """Return whether its facts have a business time of their own."""
        return any("effective_on" in event.model_fields for event in self.decider.types.values())

    def row(self, command: Command) -> CommandRow:
        return self.row_of(type(command))

    def row_of(self, command: type[Command]) -> CommandRow:
        return next(row for row in self.commands if row.command is command)

    def column(self, name: str) -> str:
        """A field as lists filter by it."""
        return f"digests->>'{name}'" if name in self.digested else str(getattr(Fields(self.decider), name))

    def key(self, name: str) -> str:
        """A field as lists sort by it; it is never null."""
        return f"coalesce({self.column(name)}, '')"

    @property
    def days(self) -> Sequence[str]:
        """The filters and sorts that are days, which lists bound; a moment's text has no order of its own."""
        fields: Mapping[str, Any] = self.decider.state.model_fields
        types = {name: parts_of(fields[name].annotation) for name in dict.fromkeys([*self.filters, *self.sorts])}
        if moments := [name for name, found in types.items() if datetime in found]:
            raise TypeError(f"{self.path}: lists neither filter nor sort by the moment {', '.join(moments)}.")
        return [name for name, found in types.items() if date in found]

    def text_of(self, state: State | None) -> str | None:
        """The text kept beside a state in which lists search; None where there is no state, or nothing to search."""
        if state is None or not self.searchable:
            return None
        return "\n".join(str(getattr(state, name) or "") for name in self.searchable)

    @property
    def searchable(self) -> Sequence[str]:
        """What is searched in the database."""
        return [name for name in self.searched if name not in self.in_memory]

    @property
    def shown_by(self) -> str:
        """What lists are sorted by where nobody asks otherwise, as the further columns of an index."""
        if not self.sorts:
            return ", created_at, stream"
        return "" if self.sorts[0] in self.in_memory else f", ({self.key(self.sorts[0])}), stream"

    @property
    def indexes(self) -> Mapping[str, str]:
        """The indexes its lists need: by name, what each is on.

        One of a filter has its rows in the order in which lists show them: the first ones are found without all others.
        """
        kind, of_kind = self.decider.kind.replace("-", "_"), Fields(self.decider).of_kind
        filtered = {f"{kind}_of_{name}": f"(({self.column(name)}){self.shown_by})" for name in self.filters}
        stored = [name for name in self.sorts if name not in self.in_memory]
        ordered = {f"{kind}_by_{name}": f"(({self.key(name)}), stream)" for name in stored}
        own = {name: f"states {columns} WHERE {of_kind}" for name, columns in (filtered | ordered).items()}
        return own | {criterion.index: criterion.on for criterion in self.criteria if criterion.on}
