"""The commands a caller may give to a record now, and why not the others: ``GET /divisions/{id}/actions``.

Each is judged in the order of a command: who may, then the rules. Nobody has written its body yet, so it is judged with
a command that tells nothing of itself: what is decided all the same is so whatever the body is. Where who may depends
on the body, a few bodies are tried, and the action is forbidden only if none of them helps.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field, ValidationError

from chassis.commands.handler import Handler
from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Command, Facts, Forbidden, NotFound, Refused, State
from chassis.http.caller import Standing
from chassis.http.examples import FORMATS, example
from chassis.http.paging import MOST_IDS, query_of, select_page
from chassis.http.prefixed_router import PrefixedRouter
from chassis.http.quota import Rates
from chassis.http.routes import operation, record_reads_of
from chassis.store.decision_view import View
from chassis.store.relations import NOT_AUTHORISED, Relation
from chassis.store.store import Loaded


class Action(BaseModel):
    """A command and whether the caller may give it now; where not, the rule, why, and who could.

    ``body_decides``: as far as it can be told without a body it is allowed; its body, and the id where the caller names
    it, decide the rest.
    """

    name: str
    operation: str = Field(description="operationId in the OpenAPI document")
    href: str = Field(description="where to POST it; `{id}` stands for an id of the caller's")
    body_schema: str = Field(description="the JSON Schema of its body, as a reference into the OpenAPI document")
    allowed: bool
    body_decides: bool = False
    rule: str | None = None
    detail: str | None = None
    remedy: str | None = None
    who: list[str] = Field(description="the roles and relations that may give it")


class RecordActions(BaseModel):
    """The actions of one record; without an id, those that create one."""

    id: UUID | None
    actions: list[Action]


class ActionsOfMany(BaseModel):
    """The actions of several records, in no order of their own."""

    items: list[RecordActions]


class BodyDecides(Exception):
    """The answer depends on the body of the command."""


class Judgement(NamedTuple):
    """What was found out: who refused, or what remains to be told by the body."""

    refused: Refused | None = None
    body_decides: bool = False


@dataclass(frozen=True)
class KnownFacts(Facts):
    """The facts of any command; what would be gathered beside them depends on the body."""

    def __getattr__(self, name: str) -> Any:
        raise BodyDecides(name)


class UnnamedFacts(KnownFacts):
    """The same where the id is the caller's to name, that of something else: it decides as the body does."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("id", "__dict__"):
            raise BodyDecides(name)
        return super().__getattribute__(name)


Ids = Annotated[list[UUID] | None, Query(max_length=MOST_IDS, description="of these; without any, what creates one")]


def actions_router(aggregate: Aggregate, handler: Handler) -> APIRouter:
    """The actions of one record, of several, and those that create one; they count as commands do."""
    router = PrefixedRouter(prefix=f"/{aggregate.path}", tags=[aggregate.path])
    kind, plural = (name.replace("-", "_") for name in (aggregate.decider.kind, aggregate.path))
    store = handler.store

    async def of_many(request: Request, actor: Standing, id: Ids = None) -> ActionsOfMany:
        if not id:
            return ActionsOfMany(items=[await judge_record(aggregate, handler, None, actor)])
        rates: Rates = request.app.state.rates
        await rates.of_commands(actor).admit(actor.id, len(id) - 1)  # the request itself was the first
        asked = query_of(aggregate).model_validate({"id": id, "page_size": MOST_IDS, "sort": "created_at"})
        seen, _ = await select_page(aggregate, store, asked, actor)
        await record_reads_of(aggregate, store, actor, [each.loaded for each in seen])
        return ActionsOfMany(items=[await judge_record(aggregate, handler, each, actor) for each in seen])

    async def of_one(id: Annotated[UUID, Path()], actor: Standing) -> RecordActions:
        # Before loading: a hidden one takes no more work than an absent one, of which there is nothing to load.
        if not await store.permits(aggregate.sees, actor, aggregate.decider.stream(id)):
            raise NotFound
        loaded = await store.load(aggregate.decider, id)
        if loaded.state is None:
            raise NotFound
        await record_reads_of(aggregate, store, actor, [loaded])
        return await judge_record(aggregate, handler, Seen(id, loaded), actor)

    named = aggregate.decider.kind.replace("-", " ")
    router.add_api_route(
        "/actions",
        of_many,
        methods=["GET"],
        operation_id=f"list_{plural}_actions",
        summary=f"List what the caller may do to several {aggregate.path.replace('-', ' ')} now, or to create one.",
    )
    router.add_api_route(
        "/{id}/actions",
        of_one,
        methods=["GET"],
        operation_id=f"get_{kind}_actions",
        summary=f"List what the caller may do to a {named} now, and why not the rest.",
    )
    return router


class Seen(NamedTuple):
    id: UUID
    loaded: Loaded


async def judge_record(aggregate: Aggregate, handler: Handler, record: Any, actor: Actor) -> RecordActions:
    """All actions of a record, or all that create one; commands that only the service gives are none."""
    rows = [row for row in aggregate.commands if not row.who.system and fits(row, record)]
    id = record.id if record else uuid4()
    view = View(handler.store, record.loaded if record else None)
    judge = Judge(aggregate, view, record.loaded.state if record else None, handler.facts(actor, id))
    return RecordActions(
        id=record.id if record else None,
        actions=[action(aggregate, row, record.id if record else None, await judge.of(row)) for row in rows],
    )


def fits(row: CommandRow, record: Any) -> bool:
    """What creates a record is no action of one that exists, unless its id is that of something else."""
    return row.creates if record is None else row.named or not row.creates


def action(aggregate: Aggregate, row: CommandRow, id: UUID | None, found: Judgement) -> Action:
    path = f"/{aggregate.path}" if row is aggregate.creation else f"/{aggregate.path}/{{id}}/{row.name}"
    place = quote(path.replace("/", "~1"), safe="~")
    refused = found.refused
    return Action.model_construct(
        name=row.name,
        operation=operation(aggregate, row),
        href=path.replace("{id}", str(id)) if id else path,
        body_schema=f"/openapi.json#/paths/{place}/post/requestBody/content/application~1json/schema",
        allowed=refused is None,
        body_decides=found.body_decides,
        rule=refused.rule if refused else None,
        detail=refused.detail if refused else None,
        remedy=refused.remedy if refused else None,
        who=list(row.who.who),
    )


@dataclass(frozen=True)
class Judge:
    """Judges the commands of one record, each on the same reads."""

    aggregate: Aggregate
    view: View
    state: State | None
    base: Facts

    async def of(self, row: CommandRow) -> Judgement:
        command = silent(row.command)
        facts = await self._known_facts(row, command)
        permitted = holds(row.who, facts, self.state, command)
        if permitted is False:
            return Judgement(self._forbidden(row.who, facts, command))
        # Of something new, whom it is about is in the body.
        if permitted is None and self.state is not None and (refused := await self._refuses_any_body(row)):
            return Judgement(refused)
        try:
            self.aggregate.decider.decide(self.state, command, facts)
        except (BodyDecides, NotFound):
            return Judgement(body_decides=True)
        except Refused as refusal:
            return Judgement(refusal)
        return Judgement(body_decides=permitted is None)

    async def _known_facts(self, row: CommandRow, command: Command) -> Facts:
        """The facts that depend on no body, and on no id that is not known."""
        if row.named and self.state is None:
            return UnnamedFacts(**vars(self.base))
        try:
            return await self._facts(command)
        except BodyDecides:
            return KnownFacts(**vars(self.base))

    async def _facts(self, command: Command) -> Facts:
        return await self.aggregate.gather(self.view, self.state, command, self.base)

    async def _refuses_any_body(self, row: CommandRow) -> Refused | None:
        """The refusal of who may, where it is the same for every body that is tried."""
        refusal = None
        for command in bodies(row.command, self.state, self.base.actor):
            facts = await self._facts(command)
            if row.who.holds(facts, self.state, command):
                return None
            refusal = refusal or self._forbidden(row.who, facts, command)
        return refusal

    def _forbidden(self, who: Relation, facts: Facts, command: Command) -> Refused:
        try:
            who.check(facts, self.state, command)
        except Forbidden as refusal:
            return refusal
        except BodyDecides:
            pass
        return Forbidden(NOT_AUTHORISED, f"Only {who.sentence} may do this.", f"Ask {who.sentence}.")


def holds(who: Relation, facts: Facts, state: State | None, command: Command) -> bool | None:
    """Return whether a relation holds; None where that depends on the body."""
    if who.either:
        found = [holds(part, facts, state, command) for part in who.either]
        return True if True in found else None if None in found else False
    if who.both:
        found = [holds(part, facts, state, command) for part in who.both]
        return False if False in found else None if None in found else True
    try:
        return who.holds(facts, state, command)
    except BodyDecides:
        return None


@cache
def silent(command: type[Command]) -> Command:
    """A command whose fields cannot be read; one without fields is itself."""
    if not command.model_fields:
        return command()
    hidden = {*command.model_fields, "__dict__", "model_dump", "model_fields_set", "__eq__"}

    def read(self: Any, name: str) -> Any:
        if name in hidden:
            raise BodyDecides(name)
        return object.__getattribute__(self, name)

    unread: type[Command] = type(command.__name__, (command,), {"__module__": __name__, "__getattribute__": read})
    return unread.__new__(unread)


def bodies(command: type[Command], state: State | None, actor: Actor) -> Iterator[Command]:
    """Some commands of a type: about nobody known, about what the record is about, about the caller."""
    template: Mapping[str, Any] = example(command)
    known = state.model_dump(mode="json") if state else {}
    own = {name: known[name] for name in template if known.get(name) is not None}
    about_me = json.loads(json.dumps(template).replace(FORMATS["uuid"], str(actor.acts_as)))
    tried: Sequence[Mapping[str, Any]] = [template, {**template, **own}, about_me]
    for body in tried:
        try:
            yield command.model_validate_json(json.dumps(body))
        except ValidationError:
            continue
