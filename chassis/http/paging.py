"""Lists in pages by key: filtered and sorted on fields of the state, with opaque page tokens."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import text

from chassis.commands.table import Aggregate
from chassis.domain.decider import Actor
from chassis.domain.streams import id_of
from chassis.store.encryption import Unreadable
from chassis.store.fields import Fields
from chassis.store.store import Loaded, Store, whose

T = TypeVar("T")

PageSize = Annotated[int, Field(ge=1, le=500, description="maximum items per page")]
FilterText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
PageToken = Annotated[str, Field(max_length=2000, description="`next_page_token` of the page before")]
STAMP = "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"


class BadPageToken(ValueError):
    """The page token is not one of ours."""


class ListItem(NamedTuple):
    """One of a list as its reader sees it; ``disclosed``: with what is private."""

    id: UUID
    loaded: Loaded
    disclosed: bool


async def select_page(
    aggregate: Aggregate, store: Store, asked: Any, actor: Actor
) -> tuple[list[ListItem], str | None]:
    """A page of the states the caller may see, and the token of the next.

    ``asked`` has ``sort`` (a field, with - for descending), ``page_size``, ``page_token`` and the filters as lists.
    """
    query, parameters = listing(aggregate, asked, actor)
    concealed = asked.sort.removeprefix("-") in aggregate.lookups
    if asked.page_token:
        key, stream = read_page_token(store, asked.page_token, concealed)
        parameters |= {"after_key": key, "after_stream": stream}
    rows = await store.rows(text(query), parameters)
    shown = rows[: asked.page_size]
    loaded = [store.loaded(aggregate.decider, row.stream, row) for row in shown]
    seen = [ListItem(id_of(row.stream), each, row.disclosed) for row, each in zip(shown, loaded, strict=True)]
    more = len(rows) > asked.page_size
    return seen, write_page_token(store, (shown[-1].key, shown[-1].stream), concealed) if more else None


def listing(aggregate: Aggregate, asked: Any, actor: Actor) -> tuple[str, dict[str, Any]]:
    """The query of a page and its parameters; that of a following one knows the last key and stream before it, too."""
    field, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    key = STAMP if field == "created_at" else aggregate.key(field)
    direction, sign = ("DESC", "<") if descending else ("ASC", ">")
    parameters: dict[str, Any] = {"limit": asked.page_size + 1, **whose(actor)}
    disclosed = aggregate.discloses.of_many(actor)
    select = (
        f"SELECT {key} AS key, ({disclosed}) AS disclosed, stream, version, published, state::text AS state, subject"
        f" FROM states WHERE {Fields(aggregate.decider).of_kind}"
    )
    if not aggregate.sees.unconditional(actor):
        select += f" AND ({aggregate.sees.of_many(actor)})"
    for name in aggregate.filters:
        if (values := getattr(asked, name)) is not None:
            select += f" AND {aggregate.column(name)} = ANY(:f_{name})"
            parameters[f"f_{name}"] = values
    if asked.page_token:
        select += f" AND ({key}, stream) {sign} (:after_key, :after_stream)"
    page = f"{select} ORDER BY {key} {direction}, stream {direction} LIMIT :limit"
    if not aggregate.decider.personal:
        return page, parameters
    # Only what is shown looks for its key.
    return (
        f"SELECT page.*, wrapped, master, erased_at FROM ({page}) page LEFT JOIN keys USING (subject)"
        f" ORDER BY key {direction}, stream {direction}"
    ), parameters


def write_page_token(store: Store, after: Sequence[str], concealed: bool) -> str:
    """The token of the page after this key and stream; tokens go into addresses, which name nobody."""
    token = write_token(*after)
    return store.privacy.conceal(token) if concealed else token


def read_page_token(store: Store, token: str, concealed: bool) -> tuple[Any, ...]:
    """The key and the stream after which a page begins; raises ``BadPageToken``."""
    try:
        return read_token(store.privacy.reveal(token) if concealed else token, str, str)
    except Unreadable as error:
        raise BadPageToken from error


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
