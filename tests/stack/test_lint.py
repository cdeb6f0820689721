"""The lint rules find statements that name stored state in a string, and words that the glossary replaced."""

import re

import pytest

from portolan.lint import GLOSSARY, dialect, offences, replaced_words

REFUSED = "name the field of a stored state through Fields, not in a string"


@pytest.mark.parametrize(
    "statement",
    [
        "A = \"SELECT state->>'status' FROM states\"",
        "A = text(f\"SELECT 1 FROM states p WHERE p.state->'appointment'->>'grade' = {grade}\")",
        "def f():\n    return \"WHERE state -> 'goals' IS NULL\"",
        "A = \"state#>>'{plan,start}'\"",
    ],
)
def test_stored_state_in_a_string_is_an_offence(statement: str) -> None:
    (offence,) = offences("services/people/pay/commands.py", statement)
    assert offence.startswith("services/people/pay/commands.py:")
    assert offence.endswith(REFUSED)


@pytest.mark.parametrize(
    "statement",
    ['A = f"SELECT {PAY.yearly} FROM states WHERE {PAY.of_kind}"', "A = estate['->']", "# state->>'status'"],
)
def test_nothing_else_is(statement: str) -> None:
    assert list(offences("services/people/pay/commands.py", statement)) == []


TABLE = """
| Term | Meaning | Instead of |
|---|---|---|
| parked message | One that cannot be applied | "put aside", "anew" |
| consumer offset | Where a reader goes on | `Places` |
"""
WORDS = replaced_words(TABLE)


@pytest.mark.parametrize(
    ("path", "source", "offence"),
    [
        ("docs/a.md", "Fine.\nIt is Put\naside.", "docs/a.md:2: 'Put aside' is replaced by 'parked message'"),
        ("Makefile", "# resolve anew", "Makefile:1: 'anew' is replaced by 'parked message'"),
        ("a.html", "<h2>Put aside</h2>", "a.html:1: 'Put aside' is replaced by 'parked message'"),
        ("a.py", '"""A message\nput aside."""', "a.py:2: 'put aside' is replaced by 'parked message'"),
        ("a.py", "# one put aside", "a.py:1: 'put aside' is replaced by 'parked message'"),
        ("a.py", "x = Places()", "a.py:1: 'Places' is replaced by 'consumer offset'"),
        ("a.py", '"""See ``Places`` there."""', "a.py:1: 'Places' is replaced by 'consumer offset'"),
        ("docs/a.md", "See `a.Places`.", "docs/a.md:1: 'Places' is replaced by 'consumer offset'"),
    ],
)
def test_a_replaced_word_is_an_offence_with_the_term_to_use(path: str, source: str, offence: str) -> None:
    assert list(dialect(path, source, WORDS)) == [f"{offence}, see docs/glossary.md"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("docs/a.md", "Places to see. It puts input aside; a janew."),
        ("a.py", "put_aside = MyPlaces(anew=1)"),
        ("a.py", 'CASE = "anew"  # a value, no text'),
        ("a.py", '"""The rule re-anew-ed, and Places."""'),
    ],
)
def test_ordinary_english_and_other_names_are_none(path: str, source: str) -> None:
    assert list(dialect(path, source, WORDS)) == []


def test_every_table_of_the_glossary_says_what_its_terms_replace() -> None:
    words = {word.pattern.pattern for word in replaced_words(GLOSSARY.read_text())}
    assert len(words) > 20
    with pytest.raises(ValueError, match="Instead of"):
        replaced_words("| Term | Meaning |\n|---|---|\n| a | b |")


def test_every_place_that_the_glossary_names_exists() -> None:
    root = GLOSSARY.parents[1]
    places = re.findall(r"`((?:services|chassis|contracts|portolan)/[\w/.]*)`", GLOSSARY.read_text())
    patterns = [place.rstrip("/").replace("/X/", "/*/").replace("/X/", "/*/") for place in places]
    assert [pattern for pattern in patterns if not any(root.glob(pattern))] == []
