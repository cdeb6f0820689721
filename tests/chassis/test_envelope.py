"""What cannot be read is told apart from what can, says why, and can be parked exactly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.cloudevents import StoredMessage, decode, dump_message, restore_message
from tests.chassis.counter import CounterOpened
from tests.chassis.counting import TYPES
from tests.chassis.messages import headers, record, subject


def test_a_message_of_the_relay_is_read_with_everything_it_says() -> None:
    envelope = decode(record("a", 1, offset=7, partition=2, ce_correlationid="c", traceparent="t"), TYPES)
    assert envelope.poison is None
    assert envelope.event == CounterOpened(name="a")
    assert (envelope.topic, envelope.partition, envelope.offset) == ("t", 2, 7)
    assert (envelope.subject, envelope.number, envelope.actor) == (subject("a"), 1, "tester")
    assert (envelope.correlation_id, envelope.traceparent) == ("c", "t")
    assert envelope.time is not None
    assert envelope.time.isoformat() == "2026-01-02T03:04:05.678901+00:00"


def test_what_is_of_an_unknown_type_is_no_poison() -> None:
    envelope = decode(record("a", 1, ce_type="portolan.counting.CounterFlewAway"), TYPES)
    assert (envelope.poison, envelope.event, envelope.number) == (None, None, 1)


def test_fields_nobody_here_knows_are_ignored() -> None:
    envelope = decode(record("a", 1, value=b'{"name": "a", "colour": "red"}'), TYPES)
    assert envelope.event == CounterOpened(name="a")


@pytest.mark.parametrize(
    ("reason", "changed"),
    [
        ("json_invalid", {"value": b"not json"}),
        ("json_invalid", {"value": b""}),
        ("json_invalid", {"value": b"\xff\xfe"}),
        ("json_invalid", {"value": b'{"name": "\\ud800"}'}),
        ("missing", {"value": b"{}"}),
        ("name", {"value": b'{"name": "\\u0000"}'}),
        ("model_type", {"value": b"[1, 2]"}),
        ("content-type", {"content_type": None}),
        ("content-type", {"content_type": "application/cloudevents+json"}),
        ("without ce_id", {"ce_id": None}),
        ("without ce_type", {"ce_type": ""}),
        ("without ce_subject", {"ce_subject": None}),
        ("without ce_number", {"ce_number": None}),
        ("ce_number", {"ce_number": "0"}),
        ("ce_number", {"ce_number": "-1"}),
        ("ce_number", {"ce_number": "1.0"}),
        ("ce_number", {"ce_number": "9999999999"}),
        ("ce_number", {"ce_number": "\u0663"}),
        ("ce_time", {"ce_time": "yesterday"}),
        ("ce_time", {"ce_time": "2026-02-30T00:00:00Z"}),
        ("ce_time", {"ce_time": "2026-01-01T00:00:00"}),
        ("ce_subject", {"ce_subject": "counter-7"}),
        ("ce_subject", {"ce_subject": "x" * 1000 + f"-{subject('a')}"}),
        ("UTF-8", {"ce_actor": b"\xff"}),
        ("UTF-8", {"ce_subject": b"\xff"}),
        ("NUL", {"ce_subject": f"\x00-{subject('a')}"}),
        ("NUL", {"ce_type": "a\x00"}),
    ],
)
def test_what_cannot_be_read_says_why(reason: str, changed: dict[str, str | bytes | None]) -> None:
    envelope = decode(record("a", 1, **changed), TYPES)  # type: ignore[arg-type]
    assert envelope.event is None
    assert envelope.poison is not None
    assert any(one in envelope.poison for one in reason.split("|")), envelope.poison


def test_why_it_cannot_be_read_never_tells_what_was_in_it() -> None:
    secret = b'{"name": {"the secret": "of Ada"}, "code": ["of Ada"]}'
    poison = decode(record("a", 1, value=secret), TYPES).poison
    assert poison
    assert "Ada" not in poison


HEADER = st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=40))
KNOWN = st.sampled_from([name for name, _ in headers("s", 1, CounterOpened(name="a"))])
HEADERS = st.lists(HEADER | st.tuples(KNOWN, st.none() | st.binary(max_size=60) | st.text(max_size=60).map(str.encode)))
RECORDS = st.builds(
    lambda key, value, found: StoredMessage("t", 0, 0, key, value, tuple(found)),
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=100) | st.text(max_size=100).map(str.encode),
    HEADERS.filter(
        lambda found: all(character < "\ud800" or character > "\udfff" for name, _ in found for character in name)
    ),
)


def test_nothing_in_a_message_keeps_it_from_being_put_aside() -> None:
    one = StoredMessage("t", 0, 0, b"\x00\xff", b"\x00\xff", (("\x00", b"\x00"), ("\x00", None)))
    assert "\\u0000" not in dump_message(one)
    assert restore_message("t", 0, 0, json.loads(dump_message(one))) == one


@given(RECORDS)
def test_no_message_makes_the_reading_fail(one: StoredMessage) -> None:
    envelope = decode(one, TYPES)
    assert envelope.poison or envelope.stream


@given(RECORDS)
def test_what_is_put_aside_comes_back_byte_for_byte_and_fits_the_database(one: StoredMessage) -> None:
    kept = dump_message(one)
    assert "\\u0000" not in kept
    assert restore_message("t", 0, 0, json.loads(kept)) == one
