"""Stored state as typed fields: a name that does not exist fails where the statement is written."""

from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from chassis.domain.decider import Decider, State
from chassis.store.fields import Fields, Items


class Colour(StrEnum):
    RED = "red"
    BLUE = "dark blue"


class Other(StrEnum):
    RED = "red"


class Wheel(BaseModel):
    title: str
    colour: Colour = Colour.RED


class Cart(State):
    colour: Colour = Colour.RED
    broken: bool = False
    spare: Wheel | None = None
    wheels: tuple[Wheel, ...] = ()
    size: Literal["small", "large"] = "small"
    by_place: dict[str, Wheel] = {}


CART = Decider("cart", Cart, Wheel, lambda *_: [], lambda *_: Cart())
C = Fields(CART)


def test_a_field_is_the_text_of_its_place_in_the_stored_state() -> None:
    assert C.colour == "state->>'colour'"
    assert C.colour.json == "state->'colour'"
    spare: Any = C.spare
    assert spare.title == "state->'spare'->>'title'"
    assert Fields(CART, "c").colour == "c.state->>'colour'"
    assert (C.of_kind, C.id, C.stream) == ("kind = 'cart'", "right(stream, 36)", "stream")
    assert Fields(CART, "c").of_kind == "c.kind = 'cart'"
    assert C.stream_of("x.id") == "'cart-' || x.id"


@pytest.mark.parametrize("name", ["color", "wheel"])
def test_a_field_that_the_state_does_not_have_fails_at_once(name: str) -> None:
    with pytest.raises(AttributeError, match=f"Cart has no field {name}"):
        getattr(C, name)


def test_so_does_one_that_a_nested_model_or_a_list_item_does_not_have() -> None:
    with pytest.raises(AttributeError, match="size"):
        _ = C.spare.size
    with pytest.raises(AttributeError, match="size"):
        C.wheels.has_item(size=":size")
    with pytest.raises(AttributeError, match="size"):
        _ = Items(C.wheels, "w").size


def test_values_are_written_out_and_belong_to_the_field() -> None:
    assert C.colour.one_of(Colour.BLUE) == "state->>'colour' = 'dark blue'"
    assert C.colour.one_of(Colour.RED, Colour.BLUE) == "state->>'colour' IN ('red', 'dark blue')"
    assert C.colour.none_of(Colour.RED) == "state->>'colour' <> 'red'"
    assert C.broken.holds == "state->>'broken' = 'true'"
    assert C.broken.fails == "state->>'broken' = 'false'"
    assert C.size.none_of("small") == "state->>'size' <> 'small'"
    for refused in (Other.RED, "red"):
        with pytest.raises(TypeError, match="no value of"):
            C.colour.one_of(refused)
    with pytest.raises(TypeError, match="'tiny' is no value of"):
        C.size.one_of("tiny")


def test_a_mapping_has_a_field_at_a_key() -> None:
    entry: Any = C.by_place.at(":place")
    assert entry.title == "state->'by_place'->:place->>'title'"


def test_the_items_of_a_list_have_fields_as_well() -> None:
    wheel = Items(C.wheels, "w")
    assert wheel.each == "jsonb_array_elements(state->'wheels') w"
    assert wheel.colour.one_of(Colour.RED) == "w->>'colour' = 'red'"
    assert C.wheels.has_item(title="CAST(:title AS text)") == (
        "state->'wheels' @> jsonb_build_array(jsonb_build_object('title', CAST(:title AS text)))"
    )
    assert C.wheels.has_item(colour=Colour.RED) == (
        "state->'wheels' @> jsonb_build_array(jsonb_build_object('colour', 'red'))"
    )
    with pytest.raises(TypeError, match="no value of"):
        C.wheels.has_item(colour=Other.RED)
