"""Many commands in one request: each succeeds or fails by itself, and they share commits."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.commands.handler import Handler
from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor
from chassis.http.audit import refused_row
from chassis.http.caller import Standing
from chassis.http.form_errors import row_errors
from chassis.http.preconditions import DRY_RUN, Prefer, is_dry_run
from chassis.http.problems import explain
from chassis.http.quota import Rates
from chassis.http.routes import Reason, command_context, operation

MOST_ROWS = 200
Table = Mapping[str, tuple[Aggregate, CommandRow]]


class BulkRow(BaseModel):
    """One command of many: ``command`` is an operation's id, ``body`` that operation's body."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field(max_length=100, examples=["establish_division"])
    id: UUID | None = Field(None, description="id of the aggregate; optional where the command creates one")
    body: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = Field(None, min_length=1, max_length=255)


class Bulk(BaseModel):
    """Many commands; each succeeds or fails by itself, those on one aggregate in the order given."""

    model_config = ConfigDict(extra="forbid")

    commands: list[BulkRow] = Field(min_length=1, max_length=MOST_ROWS)


class BulkOutcome(BaseModel):
    """The result of one command: its status as if it had been sent alone; ``problem`` where it was refused."""

    index: int
    status: int
    id: UUID | None = None
    stream: str | None = None
    version: int | None = None
    published_number: int | None = None
    changed: bool = False
    problem: dict[str, Any] | None = None


class BulkOutcomes(BaseModel):
    """One outcome for each command, in the order given."""

    outcomes: list[BulkOutcome]


def bulk_router(aggregates: Sequence[Aggregate], handler: Handler) -> APIRouter:
    """``POST /commands``: many commands in one request, one outcome each."""
    router = APIRouter(tags=["bulk"])
    table = {operation(aggregate, row): (aggregate, row) for aggregate in aggregates for row in aggregate.commands}
    told = ", ".join(f"`{name}`" for name, (_, row) in table.items() if not row.who.system)

    async def carry_out(
        request: Request, response: Response, bulk: Bulk, actor: Standing, reason: Reason = None, prefer: Prefer = None
    ) -> BulkOutcomes:
        rates: Rates = request.app.state.rates
        await rates.of_commands(actor).admit(actor.id, len(bulk.commands) - 1)  # the request itself was the first
        if is_dry_run(prefer):
            response.headers["preference-applied"] = DRY_RUN
        outcomes = await run_bulk(table, handler, bulk, actor, reason, prefer)
        for item, outcome in zip(bulk.commands, outcomes, strict=True):
            if outcome.problem:
                rule = str(outcome.problem["type"]).rpartition("/")[2]
                refused_row(request.scope, item.command, str(item.id or ""), outcome.status, rule)
        return BulkOutcomes(outcomes=outcomes)

    router.add_api_route(
        "/commands",
        carry_out,
        methods=["POST"],
        operation_id="carry_out_commands",
        summary=f"Carry out up to {MOST_ROWS} commands, with one outcome each.",
        description=f"`command` is one of: {told}",
    )
    return router


async def run_bulk(
    table: Table, handler: Handler, bulk: Bulk, actor: Actor, reason: str | None, prefer: str | None
) -> list[BulkOutcome]:
    """Carry out the rows: one aggregate's in order, different ones' side by side, so that they share commits.

    In a dry run each is decided on what is stored, none on what another one would change.
    """
    outcomes: list[BulkOutcome] = [BulkOutcome(index=index, status=0) for index in range(len(bulk.commands))]
    queues: dict[Any, list[int]] = {}
    for index, item in enumerate(bulk.commands):
        queues.setdefault(item.id or index, []).append(index)

    async def run(queue: list[int]) -> None:
        for index in queue:
            outcomes[index] = await run_row(table, handler, index, bulk.commands[index], actor, reason, prefer)

    async with asyncio.TaskGroup() as group:
        for queue in queues.values():
            group.create_task(run(queue))
    return outcomes


async def run_row(
    table: Table, handler: Handler, index: int, item: BulkRow, actor: Actor, reason: str | None, prefer: str | None
) -> BulkOutcome:
    if item.command not in table:
        return refused(index, item, "unknown-command", "There is no such command.", "command", "Name an operation")
    aggregate, row = table[item.command]
    if item.id is None and not row.creates:
        return refused(index, item, "invalid-request", "The id is missing.", "id", "Field required")
    try:
        command = row.command.model_validate_json(json.dumps(item.body))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        errors = row_errors(wrong, item.body, f"/commands/{index}/body")
        return invalid(index, item, "invalid-request", "The body is not of the right form.", errors)
    id = item.id or row.id_from(command)
    context = command_context(actor, row, id, command, item.idempotency_key, None, reason, prefer)
    try:
        result = await handler.handle(aggregate, row, id, command, context)
        version = await handler.version_for(aggregate, result, actor)
    except Exception as error:
        found = explain(error)
        if found is None:
            raise
        problem = found.marshal()
        for wrong in problem.get("errors", ()):
            wrong["pointer"] = f"#/commands/{index}/body{wrong['pointer'][1:]}"
        return BulkOutcome(index=index, status=found.status, id=item.id, problem=problem)
    return BulkOutcome(
        index=index,
        status=201 if row.creates and result.events and not result.dry_run else 200,
        id=result.id,
        stream=result.stream,
        version=version,
        published_number=result.published,
        changed=bool(result.events),
    )


def refused(index: int, item: BulkRow, type_: str, title: str, field: str, message: str) -> BulkOutcome:
    """The outcome of a row of which one field is wrong."""
    return invalid(
        index, item, type_, title, [{"loc": [field], "msg": message, "pointer": f"#/commands/{index}/{field}"}]
    )


def invalid(index: int, item: BulkRow, type_: str, title: str, errors: Sequence[Mapping[str, Any]]) -> BulkOutcome:
    """The outcome of a row that is not of the right form."""
    return BulkOutcome(
        index=index, status=422, id=item.id, problem={"type": type_, "title": title, "status": 422, "errors": errors}
    )
