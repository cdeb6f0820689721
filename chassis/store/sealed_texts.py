"""Sealed text of states in the memory of this process alone, where lists search and sort it."""

import asyncio
from array import array
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from operator import add
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.domain.decider import Decider
from chassis.domain.failures import KeyMissing
from chassis.postgres.batching import Coalesced
from chassis.postgres.connections import Unavailable
from chassis.store.collation import folded, sort_key
from chassis.store.encryption import Privacy, Unreadable, text_of_token
from chassis.store.fields import Fields

BATCH = 1000
MOST_ORDERS = 8
LONGEST = 3
MANY = 500
MOST_AT_ONCE = 500
# So long at most an erased text stays in memory where nobody asks anything; no answer has it meanwhile.
KEEP_UP_SECONDS = 1.0
NOWHERE = -1
ID_BYTES = 16
NOBODY = array("I")
NAMED, UNNAMED = b"\x00", b"\x01"
log = structlog.get_logger("store")
Rows = Callable[[Any, Mapping[str, Any]], Awaitable[Sequence[Row[Any]]]]
Texts = tuple[str | None, ...]
"""The text of each field; None where there is none, or none any more."""

# One snapshot: where the log ends, and whose states changed since. An erasure also changes what other streams hold.
CHANGED = text(
    "SELECT head.position, (SELECT count(*) FROM keys WHERE erased_at IS NOT NULL) AS erased,"
    " CASE WHEN :after >= 0 THEN"
    " ARRAY(SELECT DISTINCT stream FROM events WHERE position > :after AND left(stream, -37) = :kind) END AS streams"
    " FROM head"
)
ABOUT_ERASED = text(
    "SELECT stream FROM states JOIN keys USING (subject) WHERE kind = :kind AND keys.erased_at IS NOT NULL"
)


class Ngrams:
    """Which folded texts have a part, by their n-grams of up to three characters."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._ids: list[bytes] = []
        self._texts: list[str] = []
        self._having: dict[str, array[int]] = {}

    def put(self, id: bytes, text: str) -> None:
        """Keep a text in place of the one before; of that nothing is left."""
        number = self._numbers.setdefault(id, len(self._ids))
        if number == len(self._ids):
            self._ids.append(id)
            self._texts.append("")
        before, after = ngrams(self._texts[number]), ngrams(text)
        for gram in before - after:
            numbers = self._having[gram]
            del numbers[bisect_left(numbers, number)]
            if not numbers:
                del self._having[gram]
        for gram in after - before:
            numbers = self._having.setdefault(gram, array("I"))
            # While everything is read for the first time, numbers only grow.
            numbers.append(number) if not numbers or numbers[-1] < number else insort(numbers, number)
        self._texts[number] = text

    def text(self, id: bytes) -> str:
        """The text kept, empty where there is none."""
        number = self._numbers.get(id)
        return "" if number is None else self._texts[number]

    def having(self, part: str, most: int) -> list[bytes] | None:
        """The ids of the texts with a part, which is not empty; None where more than so many would be looked at."""
        size = min(len(part), LONGEST)
        grams = [part[begin : begin + size] for begin in range(len(part) - size + 1)]
        rarest = min((self._having.get(gram, NOBODY) for gram in grams), key=len)
        if len(rarest) > most:
            return None
        return [self._ids[number] for number in rarest if part in self._texts[number]]


def ngrams(text: str) -> set[str]:
    """The parts of up to three characters."""
    pairs = [*map(add, text, text[1:])]
    return {*text, *pairs, *map(add, pairs, text[2:])}


class Order:
    """The texts of one field in the order of one collation; those without a text come last.

    A place is a text's sort key with the id; places compare as the texts do.
    """

    def __init__(self, key: Callable[[str], bytes]) -> None:
        self._key = key
        self._places: list[bytes] = []
        self.place_of: dict[bytes, bytes] = {}

    def place(self, text: str | None, id: bytes) -> bytes:
        """The place that a text has or would have."""
        return (UNNAMED if text is None else NAMED + self._key(text)) + id

    def fill(self, texts: Mapping[bytes, str | None]) -> None:
        self.place_of = {id: self.place(text, id) for id, text in texts.items()}
        self._places = sorted(self.place_of.values())

    def put(self, id: bytes, text: str | None) -> None:
        """Put a text in its place."""
        if (former := self.place_of.get(id)) is not None:
            del self._places[bisect_left(self._places, former)]
        self.place_of[id] = self.place(text, id)
        insort(self._places, self.place_of[id])

    def after(
        self, place: bytes | None, most: int, *, descending: bool, passes: Callable[[bytes], bool] | None = None
    ) -> list[bytes]:
        """The places that follow one and pass, at most so many; from the first on without one."""
        numbers = self._numbers_after(place, descending)
        following = (self._places[number] for number in numbers)
        return [*islice(following if passes is None else filter(passes, following), most)]

    def _numbers_after(self, place: bytes | None, descending: bool) -> range:
        if descending:
            end = len(self._places) if place is None else bisect_left(self._places, place)
            return range(end - 1, -1, -1)
        return range(0 if place is None else bisect_right(self._places, place), len(self._places))


def id_at(place: bytes) -> bytes:
    return place[-ID_BYTES:]


class SealedTexts:
    """The texts of some sealed fields of one kind's states: by id, in the orders of collations, folded for search.

    A question waits until what was committed before it is applied here (``current``): an answer is as fresh as one from
    the database, whichever process wrote. What is erased is forgotten with that, and without any question when
    ``keep_up`` looks.
    """

    def __init__(self, rows: Rows, privacy: Privacy, decider: Decider[Any], fields: Sequence[str]) -> None:
        self._rows, self._privacy, self._kind, self._fields = rows, privacy, decider.kind, fields
        tokens = [Fields(decider).token_of(name) for name in fields]
        columns = ", ".join(f"{token} AS text_{number}" for number, token in enumerate(tokens))
        key = "subject, wrapped, master, erased_at"
        select = f"SELECT stream, {key}, {columns} FROM states LEFT JOIN keys USING (subject)"  # noqa: S608 (ours)
        self._some = text(f"{select} WHERE stream = ANY(:streams)")
        self._all = text(f"{select} WHERE kind = :kind AND stream > :after ORDER BY stream LIMIT {BATCH}")
        self._texts: dict[bytes, Texts] = {}
        self.ngrams = Ngrams()
        self._orders: OrderedDict[tuple[str, str], Order] = OrderedDict()
        self._position = NOWHERE
        self._erased = 0
        self._changing = asyncio.Lock()
        self._catch_up = Coalesced(self._catch_up_for, MOST_AT_ONCE)

    async def current(self) -> "SealedTexts":
        """Apply what was committed so far; raises ``Unavailable``."""
        await self._catch_up(None)
        return self

    async def order(self, field: str, collation: str) -> Order:
        """The order of a field in a collation, made where it is not among those used last."""
        async with self._changing:
            made = self._orders.get((field, collation))
            if made is None:
                made = self._orders[field, collation] = Order(sort_key(collation))
                texts = {id: texts[self._fields.index(field)] for id, texts in self._texts.items()}
                # Of many, in a thread: nobody else waits for it.
                await asyncio.to_thread(made.fill, texts) if len(texts) > MANY else made.fill(texts)
            self._orders.move_to_end((field, collation))
            while len(self._orders) > MOST_ORDERS:
                self._orders.popitem(last=False)
            return made

    def text(self, field: str, id: bytes) -> str | None:
        found = self._texts.get(id)
        return found[self._fields.index(field)] if found else None

    async def _catch_up_for(self, asked: Sequence[None]) -> Sequence[None]:
        async with self._changing:
            await self._apply_changes()
        return asked

    async def _apply_changes(self) -> None:
        (now,) = await self._rows(CHANGED, {"after": self._position, "kind": self._kind})
        if not 0 <= self._position <= now.position:
            await self._read_all()
        else:
            changed = list(now.streams)
            if now.erased != self._erased:
                changed += [row.stream for row in await self._rows(ABOUT_ERASED, {"kind": self._kind})]
            for begin in range(0, len(changed), BATCH):
                self._put(await self._rows(self._some, {"streams": changed[begin : begin + BATCH]}))
        self._position, self._erased = now.position, now.erased

    async def _read_all(self) -> None:
        """Read every state of the kind: at the start, and where the database is another than it was."""
        self._texts, self.ngrams = {}, Ngrams()
        self._orders.clear()
        after = ""
        while rows := await self._rows(self._all, {"kind": self._kind, "after": after}):
            self._put(rows)
            after = rows[-1].stream

    def _put(self, rows: Sequence[Row[Any]]) -> None:
        for row in rows:
            id, texts = UUID(row.stream[-36:]).bytes, self._opened(row)
            if self._texts.get(id) == texts:
                continue
            self._texts[id] = texts
            self.ngrams.put(id, "\x00".join(folded(each) for each in texts if each is not None))
            for (field, _), order in self._orders.items():
                order.put(id, texts[self._fields.index(field)])

    def _opened(self, row: Row[Any]) -> Texts:
        """The texts of a state; what cannot be opened is as what was erased, and a problem that status shows."""
        try:
            key = self._privacy.keys([row]).get(row.subject)
            tokens = [getattr(row, f"text_{number}") for number in range(len(self._fields))]
            return tuple(
                text_of_token(token, key, row.stream, name) for token, name in zip(tokens, self._fields, strict=True)
            )
        except (KeyMissing, Unreadable):
            return (None,) * len(self._fields)


async def keep_up(held: Mapping[str, SealedTexts]) -> None:
    """Apply again and again what was committed, until cancelled."""
    while True:
        await asyncio.sleep(KEEP_UP_SECONDS)
        for each in [*held.values()]:
            try:
                await each.current()
            except (Unavailable, DBAPIError, PoolTimeout) as failure:
                log.warning("erased text is forgotten later", failure=type(failure).__name__)
