"""Lists in pages by key: filtered, searched and sorted on fields of the state, with opaque page tokens."""

import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy import text

from chassis.commands.table import Aggregate, Criterion
from chassis.domain.clock import CalendarDay, Moment
from chassis.domain.decider import Actor
from chassis.domain.personal import readable
from chassis.domain.streams import id_of
from chassis.http.known_parameters import refused
from chassis.http.text_order import Passing, Walk, following
from chassis.store.collation import ROOT, folded
from chassis.store.encryption import Privacy, Unreadable
from chassis.store.fields import Fields
from chassis.store.sealed_texts import SealedTexts, id_at
from chassis.store.store import Loaded, Store, whose

T = TypeVar("T")

PageSize = Annotated[int, Field(ge=1, le=500, description="maximum items per page")]
FilterText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
SearchText = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
PageToken = Annotated[str, Field(max_length=2000, description="`next_page_token` of the page before")]
MOST_IDS = 100
# How often a page is read again where a text on it changed in between.
READINGS = 3
STAMP = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


class BadPageToken(ValueError):
    """The page token is not one of ours, or that of another query."""


class ListItem(NamedTuple):
    """One of a list as its reader sees it; ``disclosed``: with what is private."""

    id: UUID
    loaded: Loaded
    disclosed: bool


def query_of(aggregate: Aggregate) -> type[BaseModel]:
    """What a list may be asked for: ids, filters, ranges of days, text, order, page; anything else is refused."""
    sorts = ("created_at", *aggregate.sorts)
    sort: Any = Literal[(*sorts, *(f"-{name}" for name in sorts))]
    fields: dict[str, Any] = {
        "sort": (sort, aggregate.sorts[0] if aggregate.sorts else "created_at"),
        "page_size": (PageSize, 100),
        "page_token": (PageToken | None, None),
        "count": (bool, Field(False, description="also count all items of all pages")),
        "id": (list[UUID] | None, Field(None, max_length=MOST_IDS, description="only these; unknown ids are left out")),
        **{name: (list[FilterText] | None, Field(None, max_length=50)) for name in aggregate.filters},
        **bounds("created_at", Moment),
    }
    for name in aggregate.days:
        fields |= bounds(name, CalendarDay)
    if aggregate.searched:
        alike = "; accents do not matter" if aggregate.in_memory else ""
        about = f"a part of the {' or '.join(aggregate.searched)}, in capitals or not{alike}"
        fields["q"] = (SearchText | None, Field(None, description=about))
    for criterion in aggregate.criteria:
        fields |= criterion.parameters
    name = aggregate.decider.kind.replace("-", " ").title().replace(" ", "")
    return create_model(f"{name}List", __config__=ConfigDict(extra="forbid"), **fields)


def bounds(name: str, kind: Any) -> dict[str, Any]:
    """The two parameters of a range."""
    return {
        f"{name}_from": (kind | None, Field(None, description="this one or later")),
        f"{name}_to": (kind | None, Field(None, description="this one or earlier")),
    }


async def select_page(
    aggregate: Aggregate, store: Store, asked: Any, actor: Actor, collation: str = ROOT
) -> tuple[list[ListItem], str | None]:
    """A page of the states the caller may see, and the token of the next; ``asked`` is a ``query_of`` the aggregate.

    What is sealed is sorted in a collation.
    """
    if sorted_by(asked) in aggregate.in_memory:
        return await select_by_text(aggregate, store, asked, actor, collation)
    found = await having_text(aggregate, store, asked)
    query, parameters = listing(aggregate, asked, actor, store.privacy, found)
    bound = digest(aggregate, asked)
    if asked.page_token:
        key, stream = read_page_token(asked.page_token, bound)
        parameters |= {"after_key": moment(key) if by_creation(asked) else key, "after_stream": stream}
    rows = await store.rows(text(query), parameters)
    shown = rows[: asked.page_size]
    loaded = [store.loaded(aggregate.decider, row.stream, row) for row in shown]
    seen = [ListItem(id_of(row.stream), each, row.disclosed) for row, each in zip(shown, loaded, strict=True)]
    if found is not None:
        seen = [item for item in seen if unchanged(aggregate, texts_of(aggregate, store), item)]
    if len(rows) == len(shown):
        return seen, None
    return seen, write_token(shown[-1].key, shown[-1].stream, bound)


async def select_by_text(
    aggregate: Aggregate, store: Store, asked: Any, actor: Actor, collation: str
) -> tuple[list[ListItem], str | None]:
    """As ``select_page``, in the order of a text that is sealed in the database; read again where one changed."""
    for _ in range(READINGS):
        texts = await texts_of(aggregate, store).current()
        ids, token = await ids_by_text(aggregate, store, texts, asked, actor, collation)
        items = await items_of(aggregate, store, asked, actor, ids)
        seen = [item for item in items if unchanged(aggregate, texts, item)]
        if len(seen) == len(ids):
            break
    return seen, token


async def ids_by_text(
    aggregate: Aggregate, store: Store, texts: SealedTexts, asked: Any, actor: Actor, collation: str
) -> tuple[list[UUID], str | None]:
    """Whom a page shows, and the token of the next."""
    field, bound = sorted_by(asked), digest(aggregate, asked, collation)
    order, place = await texts.order(field, collation), None
    if asked.page_token:
        key, stream = read_page_token(revealed(store, asked.page_token), bound)
        place = order.place(key or None, id_of(stream).bytes)
    part = None if asked.__dict__.get("q") is None else folded(asked.q)
    walk = Walk(texts, order, part, asked.sort.startswith("-"))
    # What folds to nothing, such as an accent alone, is a part of no text.
    passing = passing_of(aggregate, store, asked, actor)
    places = [] if part == "" else await following(walk, place, asked.page_size + 1, passing)
    ids = [UUID(bytes=id_at(each)) for each in places[: asked.page_size]]
    if len(places) <= asked.page_size:
        return ids, None
    # Tokens go into addresses, which name nobody.
    last = write_token(texts.text(field, ids[-1].bytes) or "", aggregate.decider.stream(ids[-1]), bound)
    return ids, store.privacy.conceal(last)


def texts_of(aggregate: Aggregate, store: Store) -> SealedTexts:
    return store.texts_of(aggregate.decider, aggregate.in_memory)


def unchanged(aggregate: Aggregate, texts: SealedTexts, item: ListItem) -> bool:
    """Return whether the texts in memory are those of the state as it was read."""
    read = {name: getattr(item.loaded.state, name) for name in aggregate.in_memory}
    return all(texts.text(name, item.id.bytes) == (value and readable(value)) for name, value in read.items())


def passing_of(aggregate: Aggregate, store: Store, asked: Any, actor: Actor) -> Passing | None:
    """Ask the database which pass all conditions but the text; None where there are none."""
    where, parameters = conditions(aggregate, asked, actor, store.privacy)
    if where == Fields(aggregate.decider).of_kind:
        return None

    async def passing(some: Collection[bytes] | None, most: int) -> Sequence[bytes]:
        among = " AND stream = ANY(:candidates)" if some is not None else ""
        candidates = {"candidates": [aggregate.decider.stream(UUID(bytes=id)) for id in some or ()], "most": most}
        query = text(f"SELECT stream FROM states WHERE {where}{among} LIMIT :most")
        return [id_of(row.stream).bytes for row in await store.rows(query, parameters | candidates)]

    return passing


async def items_of(aggregate: Aggregate, store: Store, asked: Any, actor: Actor, ids: Sequence[UUID]) -> list[ListItem]:
    """Those of the records that pass all conditions but the text, in the order given."""
    where, parameters = conditions(aggregate, asked, actor, store.privacy)
    query = text(
        f"SELECT ({aggregate.discloses.of_many(actor)}) AS disclosed, stream, version, published, state::text AS state,"
        f" subject, wrapped, master, erased_at FROM states LEFT JOIN keys USING (subject)"
        f" WHERE {where} AND stream = ANY(:shown)"
    )
    streams = [aggregate.decider.stream(id) for id in ids]
    rows = {row.stream: row for row in await store.rows(query, parameters | {"shown": streams})}
    return [
        ListItem(id_of(stream), store.loaded(aggregate.decider, stream, row), row.disclosed)
        for stream in streams
        if (row := rows.get(stream))
    ]


async def having_text(aggregate: Aggregate, store: Store, asked: Any) -> list[str] | None:
    """The streams with the text asked for, where it is searched in memory; None where it is not."""
    if aggregate.searchable or asked.__dict__.get("q") is None:
        return None
    texts = await texts_of(aggregate, store).current()
    order = await texts.order(aggregate.in_memory[0], ROOT)
    walk = Walk(texts, order, folded(asked.q), descending=False)
    places = walk.following(None, sys.maxsize) if walk.part else []
    return [aggregate.decider.stream(UUID(bytes=id_at(each))) for each in places]


async def count_all(aggregate: Aggregate, store: Store, asked: Any, actor: Actor) -> int:
    """How many there are on all pages; it costs as much as reading all of them."""
    where, parameters = conditions(aggregate, asked, actor, store.privacy, await having_text(aggregate, store, asked))
    (found,) = await store.rows(text(f"SELECT count(*) AS number FROM states WHERE {where}"), parameters)
    return int(found.number)


def listing(
    aggregate: Aggregate, asked: Any, actor: Actor, privacy: Privacy, found: Sequence[str] | None = None
) -> tuple[str, dict[str, Any]]:
    """The query of a page and its parameters; that of a following one knows the last key and stream before it, too."""
    field, descending = sorted_by(asked), asked.sort.startswith("-")
    key = STAMP if by_creation(asked) else seen_as(aggregate, actor, field, aggregate.key(field), "''")
    order = "created_at" if by_creation(asked) else key
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    where, parameters = conditions(aggregate, asked, actor, privacy, found)
    if asked.page_token:
        where += f" AND ({order}, stream) {sign} (:after_key, :after_stream)"
    page = (
        f"SELECT {key} AS key, ({aggregate.discloses.of_many(actor)}) AS disclosed,"
        " stream, version, published, state::text AS state, subject"
        f" FROM states WHERE {where} ORDER BY {order} {direction}, stream {direction} LIMIT :limit"
    )
    parameters["limit"] = asked.page_size + 1
    if not aggregate.decider.personal:
        return page, parameters
    # Only what is shown looks for its key.
    return (
        f"SELECT page.*, wrapped, master, erased_at FROM ({page}) page LEFT JOIN keys USING (subject)"
        f" ORDER BY key {direction}, stream {direction}"
    ), parameters


def sorted_by(asked: Any) -> str:
    return str(asked.sort.removeprefix("-"))


def by_creation(asked: Any) -> bool:
    return sorted_by(asked) == "created_at"


def conditions(
    aggregate: Aggregate, asked: Any, actor: Actor, privacy: Privacy, found: Sequence[str] | None = None
) -> tuple[str, dict[str, Any]]:
    """What the rows of all pages have in common, and the parameters of that; ``found`` by a text, if it is one."""
    parts, parameters = [Fields(aggregate.decider).of_kind], dict[str, Any](whose(actor))
    if not aggregate.sees.unconditional(actor):
        parts.append(f"({aggregate.sees.of_many(actor)})")
    if asked.id is not None:
        parts.append("stream = ANY(:streams)")
        parameters["streams"] = [aggregate.decider.stream(id) for id in asked.id]
    for name in aggregate.filters:
        if (values := getattr(asked, name)) is not None:
            kind, digested = aggregate.decider.kind, name in aggregate.digested
            sought = [privacy.digest(each, kind, name) for each in values] if digested else values
            # Of one value alone an index has its rows in order.
            one = len(sought) == 1
            parameters[f"f_{name}"] = sought[0] if one else sought
            of = f":f_{name}" if one else f"ANY(:f_{name})"
            parts.append(f"{seen_as(aggregate, actor, name, aggregate.column(name), 'NULL')} = {of}")
    for bound, sign in (("from", ">="), ("to", "<=")):
        if (value := getattr(asked, f"created_at_{bound}")) is not None:
            parts.append(f"created_at {sign} :created_at_{bound}")
            parameters[f"created_at_{bound}"] = value
    for name in aggregate.days:
        first, last = getattr(asked, f"{name}_from"), getattr(asked, f"{name}_to")
        if first is not None or last is not None:
            column = aggregate.key(name) if name in aggregate.sorts else aggregate.column(name)
            parts.append(f"{seen_as(aggregate, actor, name, column, 'NULL')} BETWEEN :{name}_from AND :{name}_to")
            # No day is the empty text, which is not within these.
            parameters[f"{name}_from"] = (first or date.min).isoformat()
            parameters[f"{name}_to"] = (last or date.max).isoformat()
    for criterion in aggregate.criteria:
        if is_asked(criterion, asked):
            parts.append(criterion.condition(actor))
            parameters |= {name: as_stored(getattr(asked, name)) for name in criterion.parameters}
    if found is not None:
        parts.append("stream = ANY(:found)")
        parameters["found"] = found
    if aggregate.searchable and asked.q is not None:
        parts.append(
            "stream IN (SELECT stream FROM searchable WHERE ngrams(text, 1) @> ngrams(:q, least(3, length(:q)))"
            " AND strpos(lower(text), lower(:q)) > 0)"
        )
        parameters["q"] = asked.q
    return " AND ".join(parts), parameters


def is_asked(criterion: Criterion, asked: Any) -> bool:
    """Return whether a list is asked for this; refuse what says more about it where it is not."""
    if getattr(asked, criterion.leading) is not None:
        return True
    if lost := asked.model_fields_set & criterion.parameters.keys():
        why = f"It says more about {criterion.leading}, which is not asked for."
        raise RequestValidationError([refused(name, why) for name in sorted(lost)])
    return False


def as_stored(value: Any) -> Any:
    """A parameter as states have it: ids are text."""
    if isinstance(value, list):
        return [as_stored(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def seen_as(aggregate: Aggregate, actor: Actor, name: str, column: str, empty: str) -> str:
    """A field as this caller may compare it: what is private is empty in the rows where they do not read it."""
    if name not in aggregate.private or aggregate.discloses.unconditional(actor):
        return column
    return f"CASE WHEN {aggregate.discloses.of_many(actor)} THEN {column} ELSE {empty} END"


def digest(aggregate: Aggregate, asked: Any, collation: str = ROOT) -> str:
    """What binds a page token to its query: all of it but the page."""
    query = asked.model_dump_json(exclude={"page_size", "page_token", "count"})
    return hashlib.sha256(f"{aggregate.decider.kind}|{collation}|{query}".encode()).hexdigest()[:16]


def moment(key: str) -> datetime:
    """The moment of creation in a page token."""
    try:
        return datetime.fromisoformat(key).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadPageToken from error


def revealed(store: Store, token: str) -> str:
    """Return a token that was concealed; raise ``BadPageToken``."""
    try:
        return store.privacy.reveal(token)
    except Unreadable as error:
        raise BadPageToken from error


def read_page_token(token: str, bound: str) -> tuple[str, str]:
    """The key and the stream after which a page of this query begins; raises ``BadPageToken``."""
    key, stream, of = read_token(token, str, str, str)
    if of != bound:
        raise BadPageToken
    return key, stream


def write_token(*parts: Any) -> str:
    """An opaque page token."""
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def cut(found: Sequence[T], size: int, key: Callable[[T], Sequence[Any]]) -> tuple[list[T], str | None]:
    """Return a page of what was found, at least one more where there is more, and the token of the next page."""
    page = list(found[:size])
    return page, write_token(*key(page[-1])) if len(found) > size else None


def read_token(token: str, *kinds: type) -> tuple[Any, ...]:
    """Return a page token's parts, of these types; raise ``BadPageToken``."""
    try:
        found = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadPageToken from error
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds) or not all(map(storable, found)):
        raise BadPageToken
    return tuple(found)


def storable(part: str | int) -> bool:
    """Return whether the database can compare with it."""
    if isinstance(part, int):
        return 0 <= part < 2**31
    return "\x00" not in part and not any("\ud800" <= character <= "\udfff" for character in part)
