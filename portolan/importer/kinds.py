"""A kind of row as one table: its columns with their types, what tells its rows apart, and what must hold together."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import StringConstraints, TypeAdapter, ValidationError

from contracts.values import Currency, Line, Name, Text
from portolan.importer.figures import Exact, Notation, Unreadable

R = TypeVar("R")

LONGEST_CELL = 10_000
NAMES: TypeAdapter[str] = TypeAdapter(Name)
KEYS: TypeAdapter[str] = TypeAdapter(Annotated[Name, StringConstraints(max_length=100)])
LINES: TypeAdapter[str] = TypeAdapter(Line)
TEXTS: TypeAdapter[str] = TypeAdapter(Text)
CURRENCIES: TypeAdapter[str] = TypeAdapter(Currency)
TRUTHS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
"""Characters that show nothing and mean nothing in a name, such as a zero-width space."""

Read = Callable[[str], Any]
Values = dict[str, Any]


@dataclass(frozen=True)
class Type:
    """What a cell of a column holds; ``reader`` makes, of a mapping, what reads one or raises ``Unreadable``."""

    name: str
    reader: Callable[[Any], Read]


@dataclass(frozen=True)
class Column:
    """A column: our field, its type, the file's heading where no mapping names another, and what it is for.

    ``heading`` None: read only where a mapping names it. ``given``: no row may lack a value. ``spared``: a mapping may
    say that the file has no such column. ``found``: read where the file has it. ``one_for``: the field of which each
    value has one value of this. ``noted``: which words occur is remembered.
    """

    field: str
    type: Type
    heading: str | None
    about: str
    given: bool = False
    spared: bool = False
    found: bool = False
    one_for: str | None = None
    noted: bool = False


@dataclass
class Flaws:
    """What is wrong with a row so far."""

    columns: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, reason: str, *columns: str) -> None:
        self.columns += [column for column in columns if column not in self.columns]
        self.reasons.append(reason)

    @property
    def reason(self) -> str:
        return " ".join(self.reasons)


@dataclass(frozen=True)
class Together:
    """What the values of a row are checked against, beside each other: what columns are called, and the last day.

    ``has``: whether the file has a column of this field.
    """

    column: Callable[[str], str]
    has: Callable[[str], bool]
    today: date
    flaws: Flaws


@dataclass(frozen=True)
class Kind(Generic[R]):
    """A kind of row.

    ``section`` is the key of its columns in a mapping; ``key`` tells rows apart, its first part whom or what they are
    about; ``twice`` says that a row is there already, in which line; ``row`` makes one of its record and its values;
    ``personal``: no reason on a screen shows what is in a cell.
    """

    name: str
    section: str
    columns: Sequence[Column]
    key: Callable[[Values], tuple[str, ...]]
    twice: Callable[[Together, int], None]
    together: Callable[[Values, Together], None]
    row: Callable[..., R]
    personal: bool = False

    @property
    def help(self) -> str:
        """How a mapping names its columns."""
        example = next(column.field for column in self.columns if column.given)
        return (
            f"Add them, or say in a mapping file what they are called here, such as `{self.section}: {{{example}:"
            " 'Name of the column'}`, and name it with --mapping."
        )

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)

    def headings(self) -> dict[str, str]:
        """The columns that a file has by default, by our field."""
        return {each.field: each.heading for each in self.columns if each.heading is not None and not each.found}


def clean(cell: str) -> str:
    """A cell without what cannot be seen: spaces of any kind are plain ones, composed letters are one."""
    if isinstance(cell, Exact) or (cell.isascii() and cell.isprintable()):
        return cell if isinstance(cell, Exact) else cell.strip()
    return unicodedata.normalize("NFC", cell.translate(INVISIBLE)).strip()


def look(name: str) -> str:
    """A name as somebody sees it who looks fast: letters and figures only, in small letters."""
    return "".join(each for each in unicodedata.normalize("NFKD", name).casefold() if each.isalnum())


def one_line(cell: str) -> str:
    """A cell that names something: its spaces are single ones."""
    return " ".join(cell.split())


def plain(kind: TypeAdapter[str], tidy: Callable[[str], str] = one_line) -> Read:
    """Reads a cell as one of the services' text types."""

    def read(cell: str) -> str:
        try:
            return kind.validate_python(tidy(cell))
        except ValidationError as error:
            (first, *_) = error.errors(include_url=False)
            if most := first.get("ctx", {}).get("max_length"):
                raise Unreadable(f"has {len(cell):,} characters; at most {most:,} fit") from error
            raise Unreadable(first["msg"].removeprefix("Value error, ")) from error

    return read


def currency_code(cell: str) -> str:
    try:
        return CURRENCIES.validate_python(cell.upper())
    except ValidationError as error:
        raise Unreadable("is not a currency such as EUR", cell) from error


def truth(cell: str) -> bool:
    if cell.casefold() not in TRUTHS:
        raise Unreadable("is neither yes nor no", cell)
    return TRUTHS[cell.casefold()]


def notation_of(mapping: Any) -> Notation:
    notation: Notation = mapping.notation
    return notation


def figure(mapping: Any) -> Read:
    return lambda cell: notation_of(mapping).number(cell, Decimal(1))


NAME = Type("name, up to 200 characters", lambda _mapping: plain(NAMES))
KEY = Type("key, up to 100 characters", lambda _mapping: plain(KEYS))
LINE = Type("text, up to 500 characters", lambda _mapping: plain(LINES))
TEXT = Type("text, up to 10,000 characters", lambda _mapping: plain(TEXTS, str))
DAY = Type("day", lambda mapping: notation_of(mapping).day)
END = Type("day, or open", lambda mapping: notation_of(mapping).end)
TRUTH = Type("yes or no", lambda _mapping: truth)
CURRENCY = Type("currency, such as EUR", lambda _mapping: currency_code)
FIGURE = Type("number", figure)


def headings_of(columns: Mapping[str, str | None]) -> dict[str, str]:
    """The columns there must be, by our field."""
    return {field: heading for field, heading in columns.items() if heading is not None}
