"""The mapping of a file of projects: its unit and currency, the heads of divisions, and the accountable managers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from contracts.portfolio import Health
from contracts.values import Currency, Name
from portolan.importer.figures import Exact
from portolan.importer.kinds import Kind, Values
from portolan.importer.mapping import FileMapping, MappingPart
from portolan.importer.problem import ImportProblem
from portolan.importer.projects.rows import COSTS, PROJECTS
from portolan.importer.reading import fits

Scope = tuple[str, str | None, str | None]
"""What somebody answers for: a division, with an investment, with a project; the latter two None for all."""


class PersonNamed(MappingPart):
    """Somebody people knows by this id, or somebody to be taken over by name."""

    id: UUID | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> "PersonNamed":
        if (self.id is None) == (self.name is None):
            raise ValueError("give either the id or the name of the person")
        return self


IDENTITY = ("investment", "investment_title", "project")
AS_OF = re.compile(r"([0-9]{4}|YYYY)-[0-9]{2}-[0-9]{2}")
YEAR = re.compile(r"(?<![0-9])(?:19|20|21)[0-9]{2}(?![0-9])")


def _as_of(value: str) -> str:
    if not AS_OF.fullmatch(value):
        raise ValueError("is not a day such as 2014-09-30 or YYYY-09-30")
    date.fromisoformat(value.replace("YYYY", "2001"))
    return value


def _words(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Somebody = Annotated[PersonNamed, BeforeValidator(_by_name)]


class Accountable(MappingPart):
    """The accountable person of a division's projects, an investment's, or one project; the closest entry counts."""

    division: Name
    investment: str | None = None
    project: str | None = None
    person: Somebody

    @property
    def scope(self) -> Scope:
        return (self.division, self.investment, self.project)

    @model_validator(mode="after")
    def _nested(self) -> "Accountable":
        if self.project is not None and self.investment is None:
            raise ValueError("a project is named together with its investment")
        return self


class ProjectMapping(FileMapping):
    """The mapping of a file of projects, with the accountable persons.

    ``currency`` is that of rows without one of their own. Unit and currency are those of the published file only where
    its columns of costs are read. ``signs`` may stand around an amount and mean nothing. ``unknown``: words, in which
    ``*`` stands for anything, that are no day and no amount, but say that none is known. ``as_of``: the day of all rows
    where no column has one; its ``YYYY`` is the first year in the heading of ``year_budget``. ``ratings``: the health
    that a word of the source declares. ``same_divisions``: a name of the file for another one; ``any_spelling``: of
    divisions' names, capitals, spaces and signs do not matter.
    """

    kinds: ClassVar[Sequence[Kind[Any]]] = (PROJECTS,)

    source: Name = "federal IT dashboard"
    unit: Annotated[Decimal, Field(gt=0, le=10**12)] = Decimal(1_000_000)
    currency: Currency = "USD"
    heads: dict[Name, Somebody] = {}
    accountable: tuple[Accountable, ...] = ()
    signs: Words = ()
    unknown: Words = ()
    as_of: Annotated[str, AfterValidator(_as_of)] | None = None
    ratings: dict[Name, Health] = {}
    same_divisions: dict[Name, Name] = {}
    any_spelling: bool = False

    @model_validator(mode="after")
    def _units(self) -> Self:
        """No money changes its unit by default."""
        missing = [name for name in ("unit", "currency") if name not in self.model_fields_set]
        if missing and any(field in self.columns for field in COSTS):
            raise ValueError(
                f"say {' and '.join(f'`{name}`' for name in missing)} of the costs in the columns it names,"
                " such as `unit: 1000` and `currency: EUR`"
            )
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        absent = [field for field in IDENTITY if self._lacks(field)]
        if absent and len(absent) < len(IDENTITY):
            raise ValueError("`investment`, `investment_title` and `project` are null all together or not at all")
        if self._lacks("updated") != (self.as_of is not None):
            raise ValueError("say `as_of` where `columns.updated` is null, and only there")
        if self.as_of and "YYYY" in self.as_of and not self.columns.get("year_budget"):
            raise ValueError("`as_of` takes its year from the heading of `columns.year_budget`: name that")
        return self

    def _lacks(self, field: str) -> bool:
        return field in self.columns and self.columns[field] is None

    @property
    def by_name(self) -> bool:
        """The file has no initiatives and no keys: a project is told apart by its name."""
        return self._lacks("project")

    @property
    def spellings(self) -> Iterator[str]:
        """The names of divisions as the mapping spells them."""
        yield from self.divisions
        yield from self.heads
        yield from (each.division for each in self.accountable)
        yield from self.same_divisions.values()

    def of_all_rows(self, names: Mapping[str, str]) -> Values:
        said: Values = {"by_name": True} if self.by_name else {}
        if self.as_of is None:
            return said
        day = self.as_of
        if "YYYY" in day:
            if (year := YEAR.search(names["year_budget"])) is None:
                raise ImportProblem(
                    f"The heading {names['year_budget']!r} names no year, so nothing says of which day the file is.",
                    "Write the whole day as `as_of` into the mapping.",
                )
            day = day.replace("YYYY", year[0])
        return {**said, "updated": date.fromisoformat(day)}

    def number(self, cell: str) -> Decimal:
        """A finite number in units of the currency, without the signs around it."""
        return self.notation.number(self._bare(cell), self.unit)

    def _bare(self, cell: str) -> str:
        if isinstance(cell, Exact) or not self.signs:
            return cell
        minus, rest = ("-", cell[1:]) if cell.startswith("-") else ("", cell)
        for sign in self.signs:
            rest = rest.strip().removeprefix(sign).removesuffix(sign)
        return minus + rest.strip()

    def health_of(self, rating: str | None) -> Health | None:
        """The health that a rating declares; capitals and spaces in it do not matter."""
        return self._healths.get(same_word(rating or ""))

    def is_unknown(self, cell: str) -> bool:
        """Return whether a cell that is no figure and no day says that none is known: in words, not in digits."""
        return any(map(str.isalpha, cell)) and any(fits(words, cell) for words in self.unknown)

    def accountable_for(self, agency: str, investment: str | None, project: str | None) -> PersonNamed | None:
        """Return the person named as accountable for a project, if any."""
        keys = ((agency, investment, project), (agency, investment, None), (agency, None, None))
        return next((self._persons[key] for key in keys if key in self._persons), None)

    @property
    def accountable_keys(self) -> AbstractSet[Scope]:
        """Return the scopes persons are named for."""
        return self._persons.keys()

    def model_post_init(self, _context: object) -> None:
        """Index the persons by what they answer for, and health by the words for it."""
        self._persons = {each.scope: each.person for each in self.accountable}
        self._healths = {same_word(rating): health for rating, health in self.ratings.items()}

    _persons: dict[Scope, PersonNamed] = {}
    _healths: dict[str, Health] = {}


def same_word(rating: str) -> str:
    return "".join(rating.split()).casefold()
