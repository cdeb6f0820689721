"""Unicode collation: what search takes for the same, and the orders of languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.store.collation import ROOT, collation_for, folded, sort_key

NAMES = ["Zoë", "Ólafur", "Øystein", "Åse", "Ada", "Ærlig", "Eva", "Oda", "Thor", "Ångström"]
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MÜLLER", "muller"),
        ("Mu\u0308ller", "Müller"),
        ("Strauß", "STRAUSS"),
        ("Søren", "soren"),
        ("Łukasz", "lukasz"),
        ("Đức", "duc"),
        ("Æsop", "aesop"),
        ("İbrahim", "ibrahim"),
        ("O’Brien", "o'brien"),
        ("Ｗｉｄｅ", "wide"),
        ("やま", "ヤマ"),
    ],
)
def test_what_differs_in_case_accents_or_width_is_the_same_to_search(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Müller", "Mueller"), ("O'Brien", "OBrien"), ("Anna-Maria", "Anna Maria"), ("Þór", "Thor")]
)
def test_what_is_spelt_in_another_way_is_another_name(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(before=texts, part=texts, after=texts)
def test_no_text_folds_to_what_separates_texts(before: str, part: str, after: str) -> None:
    assert "\x00" not in folded(before + part + after)


letters = st.text(st.sampled_from("abcÄöüßéøłñçåæAZ' -.山田ぁ"), max_size=8)


@given(before=letters, part=letters, after=letters)
def test_a_part_of_a_name_folds_to_a_part(before: str, part: str, after: str) -> None:
    assert folded(part) in folded(before + part + after)


@pytest.mark.parametrize(
    ("language", "order"),
    [
        ("", "Ada Ærlig Ångström Åse Eva Oda Ólafur Øystein Thor Zoë"),
        ("de-CH, en;q=0.8", "Ada Ærlig Ångström Åse Eva Oda Ólafur Øystein Thor Zoë"),
        ("nb-NO", "Ada Eva Oda Ólafur Thor Zoë Ærlig Øystein Ångström Åse"),
        ("sv", "Ada Eva Oda Ólafur Thor Zoë Ångström Åse Ærlig Øystein"),
    ],
)
def test_names_are_in_the_order_of_the_readers_language(language: str, order: str) -> None:
    assert sorted(NAMES, key=sort_key(collation_for(language))) == order.split()


@pytest.mark.parametrize(
    ("accepted", "collation"),
    [
        ("sv;q=0.5, nb", "no"),
        ("sv;q=0.5, nb;q=0.1", "sv"),
        ("tlh, sv", "sv"),
        ("de-u-co-phonebk", ROOT),
        ("sv;q=0", ROOT),
        ("*", ROOT),
        ("sv;q=much", ROOT),
        ("!!, " + "x" * 150, ROOT),
    ],
)
def test_the_language_wanted_most_that_is_known_is_followed(accepted: str, collation: str) -> None:
    assert collation_for(accepted) == collation
