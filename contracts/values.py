"""The value types that events, commands and states share."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from contracts.base import Value

T = TypeVar("T")


class PersonalData:
    """Marks a field as data about a person."""

    personal = True

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-personal": True}


class DataSubject:
    """Marks the field that names the person whom the personal data beside it is about."""

    subject = True


Personal = Annotated[T, PersonalData()]
"""``Personal[str]``: data about a person, which logs never show; it is stored and published sealed with a key of the
person's own, and gone when that is destroyed. Text then reads "erased"; all else must be optional and becomes null."""
Subject = Annotated[UUID, DataSubject()]
"""The person whom the personal data of an event or state is about, where its stream is not that person's own."""


SURROGATE = re.compile("[\ud800-\udfff]")


def _clean(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text must not contain the NUL character")
    if SURROGATE.search(text):
        raise ValueError("text must not contain lone surrogates")
    return unicodedata.normalize("NFC", text)


# What nobody sees and what turns the direction of text around. Joiners stay: some scripts need them.
INVISIBLE = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]"
)


def _stripped(text: str) -> str:
    """One line as it is read: without what is invisible, with single spaces; empty where nothing can be seen."""
    line = " ".join(INVISIBLE.sub("", _clean(text)).split())
    return line if any(unicodedata.category(character)[0] not in "CZ" for character in line) else ""


# The lengths are checked after cleaning: what is blank is empty.
Name = Annotated[str, AfterValidator(_stripped), StringConstraints(min_length=1, max_length=200)]
"""A name or title: 1 to 200 characters on one line, Unicode NFC, without invisible ones."""
Line = Annotated[str, AfterValidator(_stripped), StringConstraints(min_length=1, max_length=500)]
"""A reason, reference or short statement: 1 to 500 characters, Unicode NFC."""
Text = Annotated[str, AfterValidator(_clean), StringConstraints(max_length=10_000)]
"""Running text: at most 10,000 characters, Unicode NFC."""


def _exact(amount: object) -> object:
    if isinstance(amount, float):
        raise ValueError('send amounts as text, such as "12.50": numbers with a point lose digits on their way')
    return amount


Amount = Annotated[
    Decimal,
    Field(max_digits=24, decimal_places=6, allow_inf_nan=False),
    BeforeValidator(_exact),
    WithJsonSchema(
        {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,6})?$"}]}, mode="validation"
    ),
]
"""An exact amount: 18 digits before the point and 6 after it; as text, or as a whole number."""
Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
"""A percentage from 0 to 100."""


def _written(day: object) -> object:
    number = isinstance(day, str) and day.lstrip("+-").replace(".", "", 1).isdecimal()
    if number or isinstance(day, int | float | Decimal):
        raise ValueError('send days as text, such as "2026-01-15": a number could mean seconds or milliseconds')
    return day


Date = Annotated[date, BeforeValidator(_written)]
"""A calendar day, as text."""
Day = Annotated[Date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
"""A calendar day from 1900 to 2200."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code."""
ZoneName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", max_length=64),
    Field(examples=["Europe/Zurich"]),
]
"""The name of a time zone in the IANA database."""


class Money(Value):
    """An amount in whole units of a currency (never thousands or millions), with at most six decimals."""

    amount: Amount
    currency: Currency

    def __add__(self, other: "Money") -> "Money":
        return Money(amount=self.amount + self._same(other).amount, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(amount=self.amount - self._same(other).amount, currency=self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return other


class Period(Value):
    """Days from the first to the last, both included."""

    start: Date
    end: Date

    @model_validator(mode="after")
    def _ordered(self) -> "Period":
        if self.end < self.start:
            raise ValueError("a period cannot end before it starts")
        return self


Level = Annotated[int, Field(ge=1, le=7)]
"""A level of responsibility, 1 (follow) to 7 (set strategy), as SFIA has them."""


class SkillLevel(Value):
    """A skill by its name or SFIA code, at a level."""

    skill: Name
    level: Level


class Grade(StrEnum):
    """The grades of positions, lowest first (LANGUAGE: Position)."""

    STAFF = "staff"
    JUNIOR_MANAGER = "junior manager"
    MANAGER = "manager"
    SENIOR_MANAGER = "senior manager"
    EXECUTIVE = "executive"

    @property
    def rank(self) -> int:
        """0 for staff up to 4 for an executive."""
        return list(Grade).index(self)
