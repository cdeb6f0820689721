"""The lint rule of stored state finds statements that name it in a string."""

import ast

import pytest

from portolan.lint import CHECKOUT, SIBLINGS, constant, offences

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
    [
        'A = f"SELECT {PAY.yearly} FROM states WHERE {PAY.of_kind}"',
        "A = estate['->']",
        "# state->>'status'",
    ],
)
def test_nothing_else_is(statement: str) -> None:
    assert list(offences("services/people/pay/commands.py", statement)) == []


def test_what_may_not_be_imported_is_excused_by_name_and_nothing_beside_it() -> None:
    path, name = next(iter(SIBLINGS))
    assert list(offences(path, f"{name} = \"state->>'bars'\"")) == []
    assert len(list(offences(path, "OTHER = \"state->>'bars'\""))) == 1


@pytest.mark.parametrize(("path", "name"), SIBLINGS)
def test_every_excuse_is_needed(path: str, name: str) -> None:
    (statement,) = [each for each in ast.parse((CHECKOUT / path).read_text()).body if constant(each) == name]
    assert list(offences("elsewhere.py", ast.unparse(statement)))
