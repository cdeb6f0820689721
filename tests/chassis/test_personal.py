"""Where personal data lies: found in every nesting, refused where it could not show that it was erased."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Decider
from chassis.domain.personal import PersonalFields, PersonalItems, PersonalValue, replaced, shape
from chassis.service.definition import Service
from contracts.base import TOKEN, PublicEvent, Value
from contracts.values import Currency, Line, Name, Personal, Subject
from tests.chassis.member import MEMBER_EVENTS, MEMBERS, SERVICE, AppraisalGiven, Member, MemberJoined, MemberVisited


class Address(Value):
    street: Personal[Line]
    country: Name


class Card(BaseModel):
    name: Personal[Name] | None
    home: Address
    former: tuple[Address, ...] = ()
    by_year: dict[str, Address] = {}
    scores: dict[str, tuple[Personal[str], ...]] = {}
    pay: Personal[Decimal] | None = None
    whole: Personal[Address | None] = None
    plain: Name = "x"


def test_what_is_personal_is_found_in_every_nesting() -> None:
    address = PersonalFields({"street": PersonalValue(text=True)})
    assert shape(Card).node == PersonalFields(
        {
            "name": PersonalValue(text=True),
            "home": address,
            "former": PersonalItems(address),
            "by_year": PersonalItems(address),
            "scores": PersonalItems(PersonalItems(PersonalValue(text=True))),
            "pay": PersonalValue(text=False),
            "whole": PersonalValue(text=False),
        }
    )


def test_a_model_without_personal_fields_has_no_shape_and_is_looked_at_once() -> None:
    assert shape(MemberVisited).node is None
    assert shape(MemberVisited) is shape(MemberVisited)
    assert shape(AppraisalGiven).subject == "about"


def test_every_personal_value_is_replaced_with_its_place_and_nothing_else_is() -> None:
    card = Card(
        name="Ada",
        home=Address(street="1 A", country="NO"),
        former=(Address(street="2 B", country="TH"),),
        scores={"a": ("x", "y")},
    )
    node = shape(Card).node
    assert node is not None
    places: list[str] = []

    def change(value: object, leaf: PersonalValue, place: str) -> str:
        places.append(place)
        return "#"

    changed = replaced(node, card.model_dump(mode="json"), change)
    assert places == ["name", "home.street", "former.0.street", "scores.a.0", "scores.a.1"]
    assert changed == {
        "name": "#",
        "home": {"street": "#", "country": "NO"},
        "former": [{"street": "#", "country": "TH"}],
        "by_year": {},
        "scores": {"a": ["#", "#"]},
        "pay": None,
        "whole": None,
        "plain": "x",
    }


class Born(BaseModel):
    on: Personal[date]


class Paid(BaseModel):
    currency: Personal[Currency]


class Many(BaseModel):
    days: tuple[Personal[date], ...]


class Either(BaseModel):
    this: Personal[str] | int


class Pair(BaseModel):
    pair: tuple[int, Personal[str]]


class Tree(BaseModel):
    name: Personal[str]
    below: "list[Tree]"


class Two(BaseModel):
    one: Subject
    other: Subject


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (Born, "Born.on is personal, so it must be able to show that it was erased"),
        (Paid, "Paid.currency is personal, so it must be able"),
        (Many, "Many.days is personal, so it must be able"),
        (Either, "Either.this is personal in one case and not in another"),
        (Pair, "Pair.pair holds personal data in a type that cannot be sealed"),
        (Tree, "Tree contains itself"),
        (Two, "Two names several subjects: one, other"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_could_not_be_sealed_or_erased_is_refused_with_a_sentence(model: type[BaseModel], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        shape(model)


def test_an_aggregate_must_say_whom_its_personal_data_is_about() -> None:
    with pytest.raises(TypeError, match="MemberJoined, Member: personal, but about whom"):
        Decider("member", Member, MemberJoined, lambda *_: [], lambda *_: Member(name="x"))


def test_a_service_with_personal_data_must_announce_its_keys() -> None:
    with pytest.raises(TypeError, match="name the topic on which it publishes the keys"):
        Service("membership", "", "t", MEMBER_EVENTS, SERVICE.folder, aggregates=[MEMBERS])


def test_the_published_schema_says_sealed_text_and_the_http_one_says_what_callers_send() -> None:
    class Moved(PublicEvent):
        home: Address
        born_on: Personal[date | None] = None

    published = Moved.model_json_schema(mode="serialization")
    assert published["$defs"]["Address"]["properties"]["street"]["pattern"] == TOKEN
    assert published["properties"]["born_on"]["anyOf"] == [{"type": "string", "pattern": TOKEN}, {"type": "null"}]
    received = Moved.model_json_schema(mode="validation")["$defs"]["Address"]["properties"]["street"]
    assert (received["maxLength"], received["x-personal"]) == (500, True)
    state = Member.model_json_schema(mode="serialization")["properties"]["name"]
    assert state["maxLength"] == 200


def test_markers_are_known_by_their_attribute_alone() -> None:
    class Mine:
        personal = True

    class Other(BaseModel):
        id: UUID
        name: Annotated[str, Mine()]

    assert shape(Other).node == PersonalFields({"name": PersonalValue(text=True)})
