"""The mapping file: what the columns of a file are called, how it writes figures and days, and what else it lacks."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from contracts.people import DivisionKind
from contracts.values import Name
from portolan.importer.figures import FOREVER, SERIALS, Notation, form_of
from portolan.importer.kinds import Kind, Values, headings_of
from portolan.importer.problem import ImportProblem
from portolan.importer.reading import fitting

M = TypeVar("M", bound="FileMapping")

LARGEST_FILE = 1_000_000


class MappingPart(BaseModel):
    """A part of the mapping file; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _day_form(value: str) -> str:
    if value != SERIALS:
        form_of(value)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone such as Europe/Oslo") from error
    return value


DayForm = Annotated[str, AfterValidator(_day_form)]
Zone = Annotated[str, AfterValidator(_zone)]


class FileMapping(MappingPart):
    """The mapping of a file of any kind; ``secret`` keys the ids made for what is in it, so that nobody can guess from
    an id which name or key it was made of. ``divisions``: those that people knows by another id. ``longer_rows``: what
    becomes of rows with more cells than the header has."""

    kinds: ClassVar[Sequence[Kind[Any]]] = ()

    source: Name
    encoding: str | None = None
    separator: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    sheet: str | None = None
    transposed: bool = False
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] = "."
    thousands: Annotated[str, Field(pattern=r"^[., '\u2019_]?$")] = ""
    dates: Annotated[tuple[DayForm, ...], BeforeValidator(_several)] = ()
    parentheses: bool = False
    longer_rows: Literal["reject", "cut"] = "reject"
    timezone: Zone | None = None
    open_ended: Annotated[tuple[str, ...], BeforeValidator(_several)] = tuple(FOREVER)
    division_kind: DivisionKind = DivisionKind.BUSINESS
    divisions: dict[Name, UUID] = {}
    secret: Annotated[SecretStr, Field(min_length=16)] | None = None
    columns: dict[str, str | None] = {}

    @cached_property
    def notation(self) -> Notation:
        """How the file writes figures and days."""
        zone = ZoneInfo(self.timezone) if self.timezone else None
        forever = frozenset(word.casefold() for word in self.open_ended)
        return Notation(self.decimal, self.thousands, self.dates, zone, forever, self.parentheses)

    def in_zone(self) -> dict[str, str]:
        """The time zone of a division that the file brings, as a command has it."""
        return {"time_zone": self.timezone} if self.timezone else {}

    def section(self, kind: Kind[Any]) -> dict[str, str | None]:
        """What the mapping says of the columns of a kind."""
        its: dict[str, str | None] = getattr(self, kind.section)
        return its

    def named(self, kind: Kind[Any], header: Sequence[str] = ()) -> dict[str, str]:
        """The columns there must be, by our field; those read where a file has them are, where its header has them."""
        found = {each.field: each.heading for each in kind.columns if each.found and each.heading in header}
        asked = headings_of({**kind.headings(), **found, **self.section(kind)})
        return {field: self._heading(name, header) for field, name in asked.items()}

    def _heading(self, name: str, header: Sequence[str]) -> str:
        """The heading of a file that a name stands for; the name itself where there is none."""
        fit = fitting(name, header)
        if len(fit) > 1 and fit != [name]:
            raise ImportProblem(
                f"{name!r} in the mapping fits {len(fit)} columns, {fit[0]!r} and {fit[1]!r} among them.",
                "Say more of the column's name.",
            )
        return fit[0] if fit else name

    def of_all_rows(self, _names: Mapping[str, str]) -> Values:
        """What the mapping says of every row, by our field; the file's headings by our field may say it."""
        return {}

    @model_validator(mode="after")
    def _notation(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("`decimal` and `thousands` are the same sign")
        return self

    @model_validator(mode="after")
    def _columns(self) -> Self:
        for kind in self.kinds:
            check_columns(kind, self.section(kind))
            columns = list(self.named(kind).values())
            twice = sorted({column for column in columns if columns.count(column) > 1})
            if twice:
                raise ValueError(f"the column {twice[0]!r} is named for two fields")
        return self


def check_columns(kind: Kind[Any], named: dict[str, str | None]) -> None:
    """Every field is one of the kind, and those of which each row needs a value have a column."""
    known = {column.field: column for column in kind.columns}
    for field, heading in named.items():
        if field not in known:
            raise ValueError(unknown_key(f"{kind.section}.{field}", field, list(known)))
        if heading is None and not known[field].spared:
            raise ValueError(f"`{kind.section}.{field}`: a file needs such a column")


def read_as(kind: type[M], path: Path | None, **overrides: Any) -> M:
    """A mapping of this kind from a YAML file, or its defaults; overrides that are None do not count."""
    given = parse(path) if path else {}
    try:
        return kind.model_validate(given | {name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        where = f"The mapping file {path}" if path else "What you named"
        raise ImportProblem(f"{where} cannot be used: {shown(kind, error)}.", "Correct it and load again.") from error


def parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ImportProblem(f"The mapping file {path} is larger than 1 MB.", "Name a mapping file, not the data.")
        given = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        what = f"The mapping file {path} cannot be read: {error.strerror or error}."
        raise ImportProblem(what, "Name a file that you may read.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ImportProblem(f"The mapping file {path} is not valid YAML{where}.", "Correct it there.") from error
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise ImportProblem(f"The mapping file {path} has no keys.", "Write keys such as `columns:` or `accountable:`.")
    return given


def shown(kind: type[MappingPart], error: ValidationError) -> str:
    found = error.errors(include_url=False)[:5]
    return "; ".join(said(kind, item["loc"], item["type"], item["msg"]) for item in found)


def said(kind: type[MappingPart], loc: Sequence[str | int], flaw: str, message: str) -> str:
    where = ".".join(str(part) for part in loc)
    if flaw == "extra_forbidden":
        return unknown_key(where, str(loc[-1]), known_keys(kind, loc))
    return f"`{where}`: {message.removeprefix('Value error, ')}" if where else message.removeprefix("Value error, ")


def unknown_key(where: str, key: str, known: Sequence[str]) -> str:
    similar = get_close_matches(key, known, n=1)
    return f"`{where}` is not a key it may have" + (
        f" (did you mean `{similar[0]}`?)" if similar else f" (it may have {', '.join(known)})"
    )


def known_keys(kind: type[MappingPart], loc: Sequence[str | int]) -> list[str]:
    for part in loc[:-1]:
        field = kind.model_fields.get(str(part))
        kind = (field and part_of(field.annotation)) or kind
    return list(kind.model_fields)


def part_of(annotation: Any) -> type[MappingPart] | None:
    """The part of a mapping that a field holds, by itself or many of them."""
    if isinstance(annotation, type) and issubclass(annotation, MappingPart):
        return annotation
    return next((found for each in get_args(annotation) if (found := part_of(each))), None)
