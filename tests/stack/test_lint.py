"""The lint rule of stored state finds statements that name it in a string."""

import pytest

from portolan.lint import offences

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
