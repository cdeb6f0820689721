"""In which order a request is judged: visibility, authority, the version the caller named, the rules."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from chassis.commands.handler import Handler, VersionChanged
from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor, Command, Forbidden, NotFound
from chassis.http.routes import command_context
from tests.chassis.counter import AUDITORS, COUNTERS, AddToCounter, CloseCounter, NoteOnCounter, OpenCounter
from tests.chassis.support import TESTER, Together, do

pytestmark = pytest.mark.anyio

NOBODY, AUDITOR = Actor("nobody"), Actor("auditor", frozenset({"auditor", "counting"}))
OPENED_BY_AUDITORS = replace(COUNTERS, commands=[replace(COUNTERS.commands[0], who=AUDITORS), *COUNTERS.commands[1:]])


async def opened(handler: Handler, name: str = "A") -> UUID:
    id = uuid4()
    await do(handler, id, OpenCounter(name=name))
    return id


@pytest.mark.parametrize("if_version", [None, 0, 1, 7])
@pytest.mark.parametrize("command", [AddToCounter(amount=Decimal(1)), CloseCounter(), NoteOnCounter(note="n")])
async def test_a_hidden_one_is_not_found_whatever_version_is_named(
    handler: Handler, command: Command, if_version: int | None
) -> None:
    for id in (await opened(handler, "Hidden"), uuid4()):
        with pytest.raises(NotFound):
            await do(handler, id, command, if_version=if_version)


@pytest.mark.parametrize("if_version", [None, 0, 1, 7])
async def test_who_may_is_said_before_which_version_it_is(handler: Handler, if_version: int | None) -> None:
    id = await opened(handler)
    with pytest.raises(Forbidden):
        await do(handler, id, AddToCounter(amount=Decimal(1)), actor=NOBODY, if_version=if_version)


async def test_which_version_it_is_is_said_before_a_rule(handler: Handler) -> None:
    id = await opened(handler)
    await do(handler, id, CloseCounter())
    with pytest.raises(VersionChanged):
        await do(handler, id, CloseCounter(), if_version=1)


async def test_creating_under_an_id_answers_of_a_hidden_one_as_of_a_free_id(handler: Handler) -> None:
    for id in (await opened(handler, "Hidden"), uuid4()):
        with pytest.raises(NotFound):
            await do(handler, id, OpenCounter(name="A"), aggregate=OPENED_BY_AUDITORS, actor=NOBODY)
    with pytest.raises(NotFound):
        await do(handler, await opened(handler, "Hidden"), OpenCounter(name="A"), actor=NOBODY)


async def created(handler: Handler, aggregate: Aggregate = COUNTERS, **how: Any) -> UUID:
    """The id of a counter whose id the handler chose."""
    command = OpenCounter(name="A")
    context = command_context(TESTER, aggregate.row(command), None, command, how.get("key"), None, None)
    return (await handler.handle(aggregate, aggregate.row(command), None, command, context)).id


async def test_who_creates_without_naming_an_id_is_told_who_may(handler: Handler) -> None:
    with pytest.raises(Forbidden):
        await created(handler, OPENED_BY_AUDITORS)


async def test_an_id_that_was_chosen_for_a_key_is_random_and_the_same_again(handler: Handler) -> None:
    key = str(uuid4())
    first, again = await created(handler, key=key), await created(handler, key=key)
    command = OpenCounter(name="A")
    context = command_context(TESTER, COUNTERS.row(command), None, command, key, None, None)
    assert first == again != uuid5(context.command_id, "id")
    assert first.version == 4
    assert await created(handler, key=str(uuid4())) != first


async def test_of_two_processes_that_create_under_one_key_both_answer_with_the_same_id(
    handler: Handler, other_handler: Handler
) -> None:
    key, meeting = str(uuid4()), Together(2).of(COUNTERS)
    one, other = await asyncio.gather(*(created(each, meeting, key=key) for each in (handler, other_handler)))
    assert one == other


def test_a_key_is_another_one_for_somebody_else() -> None:
    command = OpenCounter(name="A")
    row = COUNTERS.row(command)
    ids = {
        command_context(Actor("ada", for_whom=for_whom), row, None, command, "key", None, None).command_id
        for for_whom in (None, "bob", "eve")
    }
    assert len(ids) == 3


async def test_without_the_private_fields_the_version_to_name_is_the_published_number(handler: Handler) -> None:
    id = await opened(handler)
    await do(handler, id, NoteOnCounter(note="n"))
    with pytest.raises(VersionChanged):
        await do(handler, id, AddToCounter(amount=Decimal(1)), if_version=2)
    await do(handler, id, AddToCounter(amount=Decimal(1)), if_version=1)
    result = await do(handler, id, AddToCounter(amount=Decimal(1)), actor=AUDITOR, if_version=3)
    assert (result.version, result.published) == (4, 3)
