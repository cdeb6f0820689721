"""The mapping file: other column names, units and names for the rows of a file, and the accountable managers."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, get_args
from uuid import UUID

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from contracts.people import DivisionKind
from contracts.values import Currency, Name
from portolan.importer.problem import ImportProblem

M = TypeVar("M", bound="FileMapping")

LARGEST_FILE = 1_000_000
MAPPING_HELP = (
    "Add them, or say in a mapping file what they are called here, such as `columns: {agency: 'Division'}`,"
    " and name it with --mapping."
)


class MappingPart(BaseModel):
    """A part of the mapping file; keys it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class ColumnNames(MappingPart):
    """Our field and the file's column; the optional ones may be null where the file has no such column."""

    def named(self) -> dict[str, str]:
        """The columns there must be, by our field."""
        return {field: column for field, column in self if column is not None}

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        columns = list(self.named().values())
        twice = sorted({column for column in columns if columns.count(column) > 1})
        if twice:
            raise ValueError(f"the column {twice[0]!r} is named for two fields")
        return self


class Columns(ColumnNames):
    agency: str = "Agency Name"
    agency_code: str | None = "Agency Code"
    investment: str = "Unique Investment Identifier"
    investment_title: str = "Investment Title"
    project: str = "Project ID"
    name: str = "Project Name"
    description: str | None = "Project Description"
    start: str = "Start Date"
    completion: str = "Completion Date (B1)"
    planned_completion: str | None = "Planned Project Completion Date (B2)"
    projected_completion: str | None = "Projected/Actual Project Completion Date (B2)"
    planned_cost: str = "Planned Cost ($ M)"
    projected_cost: str = "Projected/Actual Cost ($ M)"
    updated: str = "Updated Date"


class PersonNamed(MappingPart):
    """Somebody people knows by this id, or somebody to be taken over by name."""

    id: UUID | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> "PersonNamed":
        if (self.id is None) == (self.name is None):
            raise ValueError("give either the id or the name of the person")
        return self


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Somebody = Annotated[PersonNamed, BeforeValidator(_by_name)]


class Accountable(MappingPart):
    """The accountable person of a division's projects, an investment's, or one project; the closest entry counts."""

    division: Name
    investment: str | None = None
    project: str | None = None
    person: Somebody

    @model_validator(mode="after")
    def _nested(self) -> "Accountable":
        if self.project is not None and self.investment is None:
            raise ValueError("a project is named together with its investment")
        return self


class FileMapping(MappingPart):
    """The mapping of a file of any kind; ``secret`` keys the ids made for what is in it, so that nobody can guess from
    an id which name or key it was made of."""

    source: Name
    encoding: str | None = None
    separator: Annotated[str, Field(pattern=r"^[,;|\t]$")] = ","
    division_kind: DivisionKind = DivisionKind.BUSINESS
    secret: Annotated[SecretStr, Field(min_length=16)] | None = None


class Mapping(FileMapping):
    """The mapping of a file of projects, with the accountable persons."""

    source: Name = "federal IT dashboard"
    columns: Columns = Columns()
    unit: Annotated[Decimal, Field(gt=0, le=10**12)] = Decimal(1_000_000)
    currency: Currency = "USD"
    heads: dict[Name, Somebody] = {}
    accountable: tuple[Accountable, ...] = ()

    def accountable_for(self, agency: str, investment: str, project: str) -> PersonNamed | None:
        """Return the person named as accountable for a project, if any."""
        keys = ((agency, investment, project), (agency, investment, None), (agency, None, None))
        return next((self._persons[key] for key in keys if key in self._persons), None)

    @property
    def accountable_keys(self) -> AbstractSet[tuple[str, str | None, str | None]]:
        """Return the scopes persons are named for: (division, investment, project), the latter two None for all."""
        return self._persons.keys()

    def model_post_init(self, _context: object) -> None:
        """Index the persons by what they answer for."""
        self._persons = {(each.division, each.investment, each.project): each.person for each in self.accountable}

    _persons: dict[tuple[str, str | None, str | None], PersonNamed] = {}


def read_mapping(path: Path | None, **overrides: Any) -> Mapping:
    """The mapping of a YAML file, or the one of the published file; overrides that are None do not count."""
    return read_as(Mapping, path, **overrides)


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
    where = ".".join(str(part) for part in loc) or "it"
    if flaw != "extra_forbidden":
        return f"`{where}`: {message.removeprefix('Value error, ')}"
    known = known_keys(kind, loc)
    similar = get_close_matches(str(loc[-1]), known, n=1)
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
