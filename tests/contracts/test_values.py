"""Names, lines of text and days: what they are made into, and which are none."""

import pytest
from pydantic import TypeAdapter, ValidationError

from contracts.values import Day, Line, Name

NAME, LINE, DAY = TypeAdapter(Name), TypeAdapter(Line), TypeAdapter(Day)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Data  base", "Data base"),
        ("Data\nbase", "Data base"),
        ("Data\u2028\tbase", "Data base"),
        ("\u00a0Ada\u00a0Lovelace ", "Ada Lovelace"),
        ("Ada\x07 Lovelace", "Ada Lovelace"),
        ("Ada\u200b Love\ufefflace", "Ada Lovelace"),
        ("exe\u202efdp.nur", "exefdp.nur"),
        ("A\u030angstro\u0308m", "\u00c5ngstr\u00f6m"),
        (
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("\U0001f468\u200d\U0001f4bb", "\U0001f468\u200d\U0001f4bb"),
    ],
    ids=[
        "spaces",
        "line break",
        "line separator",
        "no-break space",
        "bell",
        "zero width",
        "turned around",
        "composed",
        "joiner",
        "emoji",
    ],
)
def test_a_name_is_one_line_of_what_can_be_seen(typed: str, kept: str) -> None:
    assert NAME.validate_python(typed) == LINE.validate_python(typed) == kept


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b\u200b", "\u200d", "\n\t", "\x07\x1b", "\u202e\u00ad"])
def test_what_nobody_can_see_is_no_name(nothing: str) -> None:
    for kind in (NAME, LINE):
        with pytest.raises(ValidationError, match="at least 1"):
            kind.validate_python(nothing)


@pytest.mark.parametrize("number", [0, "0", "1764460800", "-86400", 86400.0, "1.5"])
def test_a_number_is_no_day(number: object) -> None:
    with pytest.raises(ValidationError, match="send days as text"):
        DAY.validate_python(number)
