"""Sealed names are found and sorted in memory, as fresh as the database, and forgotten with their keys."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.commands.handler import Handler
from chassis.domain.decider import Actor
from chassis.http import paging, text_order
from chassis.http.paging import BadPageToken, count_all, query_of, select_page
from chassis.store.collation import ROOT, folded, sort_key
from chassis.store.sealed_texts import MOST_ORDERS, Ngrams, Order, SealedTexts, keep_up
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.member import APPRAISAL, APPRAISALS, MEMBER, MEMBER_EVENTS, MEMBERS, Appraise, Erase, Join, Visit
from tests.chassis.support import as_owner, do
from tests.chassis.test_privacy import KEY, opened_store
from tests.examples import examples

pytestmark = pytest.mark.anyio
TESTER = Actor("tester")
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
async def members(own_database: ServiceDatabase) -> AsyncIterator[Handler]:
    store = await opened_store(own_database, KEY)
    yield Handler(store, MEMBER_EVENTS)
    await store.stop()


@pytest.fixture
async def elsewhere(own_database: ServiceDatabase) -> AsyncIterator[Handler]:
    """Another process of the same service."""
    store = await opened_store(own_database, KEY)
    yield Handler(store, MEMBER_EVENTS)
    await store.stop()


async def joined(handler: Handler, name: str) -> UUID:
    id = uuid4()
    await do(handler, id, Join(name=name), aggregate=MEMBERS)
    return id


async def erase(handler: Handler, id: UUID) -> None:
    await do(handler, id, Erase(), aggregate=MEMBERS)


async def names(handler: Handler, collation: str = ROOT, **asked: Any) -> list[str]:
    """The names of a list on all its pages."""
    found: list[str] = []
    token = None
    while True:
        query = query_of(MEMBERS)(page_token=token, **asked)
        page, token = await select_page(MEMBERS, handler.store, query, TESTER, collation)
        found += [item.loaded.state.name for item in page]
        if token is None:
            return found


async def having(texts: SealedTexts, part: str) -> list[bytes]:
    """Who has a text with a part."""
    return (await texts.current()).ngrams.having(folded(part), 99) or []


async def count(handler: Handler, **asked: Any) -> int:
    return await count_all(MEMBERS, handler.store, query_of(MEMBERS)(**asked), TESTER)


async def test_somebody_is_found_by_a_part_of_their_name_whatever_accents_and_capitals(members: Handler) -> None:
    for name in ("Jürgen Müller", "MÜLLER, Eva", "Carla Muller", "Mueller", "Søren Strauß"):
        await joined(members, name)
    assert await names(members, q="muller") == ["Carla Muller", "Jürgen Müller", "MÜLLER, Eva"]
    assert await names(members, q="MÜLL", sort="-name") == ["MÜLLER, Eva", "Jürgen Müller", "Carla Muller"]
    assert await names(members, q="strauss") == await names(members, q="SOREN") == ["Søren Strauß"]
    assert await names(members, q="mueller") == ["Mueller"]
    assert await names(members, q="\u0301") == await names(members, q="nobody") == []
    assert await count(members, q="muller") == 3
    assert await count(members, q="\u0301") == 0


async def test_names_are_sorted_as_the_readers_language_does(members: Handler) -> None:
    for name in ("Zoë", "Ólafur", "ada", "Åse", "Ada"):
        await joined(members, name)
    assert await names(members) == ["ada", "Ada", "Åse", "Ólafur", "Zoë"]
    assert await names(members, "no") == ["ada", "Ada", "Ólafur", "Zoë", "Åse"]
    assert await names(members, "no", sort="-name", page_size=1) == ["Åse", "Zoë", "Ólafur", "Ada", "ada"]


async def test_what_one_process_wrote_is_found_by_every_process_at_once(members: Handler, elsewhere: Handler) -> None:
    assert await names(elsewhere, q="ada") == []
    for number in range(20):
        id = await joined(members, f"Ada {number:02}")
        assert await names(elsewhere, q=f"ada {number:02}") == [f"Ada {number:02}"]
        assert len(await names(elsewhere)) == number + 1
    await erase(elsewhere, id)
    assert await names(members, q="ada 19") == []
    assert await count(members, q="ada") == 19


async def test_an_erased_name_is_found_by_nothing_and_its_bearer_comes_last(members: Handler) -> None:
    ids = {name: await joined(members, name) for name in ("Abel", "Zoe", "Erase me")}
    assert await names(members, q="abel") == ["Abel"]
    await erase(members, ids["Abel"])
    await erase(members, ids["Erase me"])
    assert await names(members) == ["Zoe", "erased", "erased"]
    assert await names(members, sort="-name", page_size=1) == ["erased", "erased", "Zoe"]
    for part in ("abel", "erase", "erased"):
        assert await names(members, q=part) == await names(members, q=part, sort="created_at") == []
        assert await count(members, q=part) == 0
    assert await names(members, name=["Abel", "erased"]) == []


async def test_what_others_said_of_somebody_is_forgotten_with_them(members: Handler) -> None:
    """An appraisal is about somebody on a stream of its own: no event of that stream tells of the erasure."""
    about, kept = await joined(members, "Ada"), await joined(members, "Grace")
    for subject, verdict in ((about, "Brilliant"), (kept, "Brilliant as well")):
        await do(members, uuid4(), Appraise(about=subject, verdict=verdict), aggregate=APPRAISALS)
    texts = members.store.texts_of(APPRAISAL, APPRAISALS.in_memory)
    assert len(await having(texts, "brilliant")) == 2
    await erase(members, about)
    assert len(await having(texts, "brilliant")) == 1
    assert len(await having(texts, "as well")) == 1


async def test_a_process_forgets_whom_nobody_asks_for(
    members: Handler, elsewhere: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.store.sealed_texts.KEEP_UP_SECONDS", 0.01)
    id = await joined(members, "Ada")
    assert await names(elsewhere, q="ada") == ["Ada"]
    texts = elsewhere.store.sealed_texts["member"]
    keeping_up = asyncio.create_task(keep_up(elsewhere.store.sealed_texts))
    await erase(members, id)
    for _ in range(3000):
        if texts.text("name", id.bytes) is None:
            break
        await asyncio.sleep(0.01)
    assert texts.ngrams.text(id.bytes) == ""
    keeping_up.cancel()


async def test_a_database_that_was_set_back_is_read_again(members: Handler, own_database: ServiceDatabase) -> None:
    await joined(members, "Ada")
    gone = await joined(members, "Grace")
    assert await names(members) == ["Ada", "Grace"]
    with as_owner(own_database) as connection:
        for table in ("events", "states"):
            connection.execute(text(f"DELETE FROM {table} WHERE stream = :stream"), {"stream": f"member-{gone}"})
        connection.execute(text("UPDATE head SET position = position - 1"))
    assert await names(members) == ["Ada"]


async def test_a_name_that_changes_while_a_page_is_read_is_on_it_as_it_became(
    members: Handler, elsewhere: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look into memory and that into the database somebody is erased: the page knows nothing of them."""
    id, _ = await joined(members, "Ada Lovelace"), await joined(members, "Ada Yonath")
    following = text_order.following

    async def then_erased(*arguments: Any) -> list[bytes]:
        found = await following(*arguments)
        if (await members.store.load(MEMBERS.decider, id)).state.name != "erased":
            await erase(elsewhere, id)
        return found

    monkeypatch.setattr("chassis.http.paging.following", then_erased)
    assert await names(members, q="ada") == ["Ada Yonath"]


async def test_a_name_erased_while_a_page_in_another_order_is_read_is_not_on_it(
    members: Handler, elsewhere: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, _ = await joined(members, "Ada Lovelace"), await joined(members, "Ada Yonath")
    having_text = paging.having_text

    async def then_erased(*arguments: Any) -> list[str] | None:
        found = await having_text(*arguments)
        await erase(elsewhere, id)
        return found

    monkeypatch.setattr(paging, "having_text", then_erased)
    assert await names(members, q="ada", sort="created_at") == ["Ada Yonath"]


async def test_a_page_token_belongs_to_its_text_language_and_direction(members: Handler) -> None:
    for name in ("Ada", "Anna", "Åse"):
        await joined(members, name)
    _, token = await select_page(MEMBERS, members.store, query_of(MEMBERS)(q="a", page_size=1), TESTER)
    for asked, collation in (({"q": "an"}, ROOT), ({"q": "a"}, "no"), ({"q": "a", "sort": "-name"}, ROOT), ({}, ROOT)):
        query = query_of(MEMBERS)(page_token=token, page_size=1, **asked)
        with pytest.raises(BadPageToken):
            await select_page(MEMBERS, members.store, query, TESTER, collation)


async def test_pages_have_each_that_passes_once_and_in_order_however_many_there_are(
    members: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are asked about together, many a page at a time: both are what one reads who has everything before them."""
    known: list[tuple[str, int]] = []
    for number in range(24):
        name, visits = f"{'abcd'[number % 4]}{'äöé'[number % 3]}{'xy'[number % 2]}", number % 3 % 2
        id = await joined(members, name)
        for _ in range(visits):
            await do(members, id, Visit(), aggregate=MEMBERS)
        known.append((name, visits))

    asked = st.fixed_dictionaries(
        {"sort": st.sampled_from(["name", "-name"]), "page_size": st.integers(1, 25)},
        optional={
            "q": st.sampled_from(["a", "AE", "oy", "x", "é", "zz", "däx"]),
            "visits": st.sampled_from([["0"], ["1"], ["0", "1"], ["7"]]),
            "created_at_from": st.just(LONG_AGO),
        },
    )

    async def check(few: int, query: dict[str, Any]) -> None:
        monkeypatch.setattr(text_order, "FEW", few)
        monkeypatch.setattr(text_order, "SOME", 1)
        passing = [
            name
            for name, visits in known
            if folded(query.get("q", "")) in folded(name) and str(visits) in query.get("visits", "01")
        ]
        expected = sorted(passing, key=sort_key(ROOT), reverse=query["sort"] == "-name")
        assert await names(members, **query) == expected
        assert await count(members, **query) == len(expected)

    for query in drawn(asked, examples(60)):
        for few in (1, 4, 2000):
            await check(few, query)


def drawn(strategy: st.SearchStrategy[Any], most: int) -> list[Any]:
    """Examples of a strategy, for what hypothesis cannot await."""
    found: list[Any] = []

    @settings(max_examples=most, database=None, suppress_health_check=[*HealthCheck])
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


async def test_so_many_orders_are_kept_and_no_more(members: Handler) -> None:
    await joined(members, "Ada")
    texts = members.store.texts_of(MEMBER, MEMBERS.in_memory)
    first = await (await texts.current()).order("name", "sv")
    for collation in ("no", "da", "is", "th", "ja", "zh", "et", "hu"):
        await texts.order("name", collation)
    assert await texts.order("name", "hu") is await texts.order("name", "hu")
    assert await texts.order("name", "sv") is not first
    assert MOST_ORDERS == 8


@given(
    changes=st.lists(st.tuples(st.integers(0, 9), st.none() | st.text("aäbß ", min_size=1, max_size=5)), max_size=40),
    part=st.text("abs", min_size=1, max_size=5),
    descending=st.booleans(),
)
def test_what_changed_piece_by_piece_is_as_made_at_once(
    changes: Sequence[tuple[int, str | None]], part: str, descending: bool
) -> None:
    texts: dict[bytes, str | None] = {}
    kept, made = Order(sort_key(ROOT)), Order(sort_key(ROOT))
    ngrams, anew = Ngrams(), Ngrams()
    for number, name in changes:
        id = UUID(int=number).bytes
        kept.put(id, name)
        ngrams.put(id, folded(name or ""))
        texts[id] = name
    made.fill(texts)
    for id, name in texts.items():
        anew.put(id, folded(name or ""))
    everybody = made.after(None, 99, descending=descending)
    assert kept.after(None, 99, descending=descending) == everybody
    for number, place in enumerate(everybody):
        assert kept.after(place, 2, descending=descending) == everybody[number + 1 :][:2]
    having = sorted(id for id, name in texts.items() if folded(part) in folded(name or ""))
    for each in (ngrams, anew):
        assert sorted(each.having(folded(part), 99) or ()) == having
    assert {gram: [*numbers] for gram, numbers in ngrams._having.items()} == {
        gram: [*numbers] for gram, numbers in anew._having.items()
    }, "nothing is left of a text that was replaced"


def test_of_a_common_part_nobody_is_looked_at_one_by_one() -> None:
    ngrams = Ngrams()
    for number in range(20):
        ngrams.put(UUID(int=number).bytes, f"ab{number:02}")
    assert ngrams.having("ab", 19) is None
    assert ngrams.having("ab07", 19) == [UUID(int=7).bytes]
    assert ngrams.having("b0", 19) == [UUID(int=number).bytes for number in range(10)]


async def test_what_cannot_be_opened_is_left_out_and_hides_nobody_else(
    members: Handler, own_database: ServiceDatabase
) -> None:
    broken, whole = await joined(members, "Ada"), await joined(members, "Grace")
    with as_owner(own_database) as connection:
        connection.execute(text("UPDATE keys SET wrapped = 'w' WHERE subject = :id"), {"id": broken})
    texts = SealedTexts(members.store.rows, members.store.privacy, MEMBER, ["name"])
    assert (await having(texts, "ada"), await having(texts, "grace")) == ([], [whole.bytes])
