"""Lists in pages by key: filtered and sorted on fields of the state, with opaque page tokens."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, create_model
from sqlalchemy import text

from chassis.commands.table import Aggregate
from chassis.domain.clock import CalendarDay, Moment
from chassis.domain.decider import Actor
from chassis.domain.streams import id_of
from chassis.store.encryption import Unreadable
from chassis.store.fields import Fields
from chassis.store.store import Loaded, Store, whose

T = TypeVar("T")

PageSize = Annotated[int, Field(ge=1, le=500, description="maximum items per page")]
FilterText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
SearchText = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
PageToken = Annotated[str, Field(max_length=2000, description="`next_page_token` of the page before")]
MOST_IDS = 100
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
        about = f"a part of the {' or '.join(aggregate.searched)}, in capitals or not"
        fields["q"] = (SearchText | None, Field(None, description=about))
    name = aggregate.decider.kind.replace("-", " ").title().replace(" ", "")
    return create_model(f"{name}List", __config__=ConfigDict(extra="forbid"), **fields)


def bounds(name: str, kind: Any) -> dict[str, Any]:
    """The two parameters of a range."""
    return {
        f"{name}_from": (kind | None, Field(None, description="this one or later")),
        f"{name}_to": (kind | None, Field(None, description="this one or earlier")),
    }


async def select_page(
    aggregate: Aggregate, store: Store, asked: Any, actor: Actor
) -> tuple[list[ListItem], str | None]:
    """A page of the states the caller may see, and the token of the next; ``asked`` is a ``query_of`` the aggregate."""
    query, parameters = listing(aggregate, asked, actor)
    concealed = asked.sort.removeprefix("-") in aggregate.lookups
    bound = digest(aggregate, asked)
    if asked.page_token:
        key, stream = read_page_token(store, asked.page_token, concealed, bound)
        parameters |= {"after_key": moment(key) if by_creation(asked) else key, "after_stream": stream}
    rows = await store.rows(text(query), parameters)
    shown = rows[: asked.page_size]
    loaded = [store.loaded(aggregate.decider, row.stream, row) for row in shown]
    seen = [ListItem(id_of(row.stream), each, row.disclosed) for row, each in zip(shown, loaded, strict=True)]
    if len(rows) == len(shown):
        return seen, None
    return seen, write_page_token(store, (shown[-1].key, shown[-1].stream, bound), concealed)


async def count_all(aggregate: Aggregate, store: Store, asked: Any, actor: Actor) -> int:
    """How many there are on all pages; it costs as much as reading all of them."""
    where, parameters = conditions(aggregate, asked, actor)
    (found,) = await store.rows(text(f"SELECT count(*) AS number FROM states WHERE {where}"), parameters)
    return int(found.number)


def listing(aggregate: Aggregate, asked: Any, actor: Actor) -> tuple[str, dict[str, Any]]:
    """The query of a page and its parameters; that of a following one knows the last key and stream before it, too."""
    field, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    key = STAMP if by_creation(asked) else seen_as(aggregate, actor, field, aggregate.key(field), "''")
    order = "created_at" if by_creation(asked) else key
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    where, parameters = conditions(aggregate, asked, actor)
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


def by_creation(asked: Any) -> bool:
    return bool(asked.sort.removeprefix("-") == "created_at")


def conditions(aggregate: Aggregate, asked: Any, actor: Actor) -> tuple[str, dict[str, Any]]:
    """What the rows of all pages have in common, and the parameters of that."""
    parts, parameters = [Fields(aggregate.decider).of_kind], dict[str, Any](whose(actor))
    if not aggregate.sees.unconditional(actor):
        parts.append(f"({aggregate.sees.of_many(actor)})")
    if asked.id is not None:
        parts.append("stream = ANY(:streams)")
        parameters["streams"] = [aggregate.decider.stream(id) for id in asked.id]
    for name in aggregate.filters:
        if (values := getattr(asked, name)) is not None:
            parts.append(f"{seen_as(aggregate, actor, name, aggregate.column(name), 'NULL')} = ANY(:f_{name})")
            parameters[f"f_{name}"] = values
    for bound, sign in (("from", ">="), ("to", "<=")):
        if (value := getattr(asked, f"created_at_{bound}")) is not None:
            parts.append(f"created_at {sign} :created_at_{bound}")
            parameters[f"created_at_{bound}"] = value
    for name in aggregate.days:
        first, last = getattr(asked, f"{name}_from"), getattr(asked, f"{name}_to")
        if first is not None or last is not None:
            column = aggregate.key(name) if name in aggregate.sorts else aggregate.column(name)
            parts.append(f"{seen_as(aggregate, actor, name, column, 'NULL')} BETWEEN :{name}_from AND :{name}_to")
            # No day is the empty text, and an erased one a word: neither is within these.
            parameters[f"{name}_from"] = (first or date.min).isoformat()
            parameters[f"{name}_to"] = (last or date.max).isoformat()
    if aggregate.searched and asked.q is not None:
        parts.append(
            "stream IN (SELECT stream FROM searchable WHERE ngrams(text, 1) @> ngrams(:q, least(3, length(:q)))"
            " AND strpos(lower(text), lower(:q)) > 0)"
        )
        parameters["q"] = asked.q
    return " AND ".join(parts), parameters


def seen_as(aggregate: Aggregate, actor: Actor, name: str, column: str, empty: str) -> str:
    """A field as this caller may compare it: what is private is empty in the rows where they do not read it."""
    if name not in aggregate.private or aggregate.discloses.unconditional(actor):
        return column
    return f"CASE WHEN {aggregate.discloses.of_many(actor)} THEN {column} ELSE {empty} END"


def digest(aggregate: Aggregate, asked: Any) -> str:
    """What binds a page token to its query: all of it but the page."""
    query = asked.model_dump_json(exclude={"page_size", "page_token", "count"})
    return hashlib.sha256(f"{aggregate.decider.kind}|{query}".encode()).hexdigest()[:16]


def moment(key: str) -> datetime:
    """The moment of creation in a page token."""
    try:
        return datetime.fromisoformat(key).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadPageToken from error


def write_page_token(store: Store, after: Sequence[str], concealed: bool) -> str:
    """The token of the page after this key and stream; tokens go into addresses, which name nobody."""
    token = write_token(*after)
    return store.privacy.conceal(token) if concealed else token


def read_page_token(store: Store, token: str, concealed: bool, bound: str) -> tuple[str, str]:
    """The key and the stream after which a page of this query begins; raises ``BadPageToken``."""
    try:
        key, stream, of = read_token(store.privacy.reveal(token) if concealed else token, str, str, str)
    except Unreadable as error:
        raise BadPageToken from error
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
