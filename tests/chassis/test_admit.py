"""Judging records by their number in their stream: each effect once, in order, however they come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from chassis.messaging.admission import Admission, admit
from chassis.messaging.cloudevents import Envelope, StoredMessage, decode
from chassis.messaging.event_ids import ANY, FOREIGN, KEPT, NOBODY, digest, is_foreign
from tests.chassis.counting import TYPES
from tests.chassis.messages import record, story, subject, told


def stream(name: str) -> str:
    return f"counter-{subject(name)}"


def envelope(one: str) -> Envelope:
    return decode(story(one)[0], TYPES)


def judge(
    *tale: str | StoredMessage,
    last_numbers: Mapping[str, int] | None = None,
    waiting: Sequence[Envelope] = (),
    **how: object,
) -> Admission:
    """``a2`` is the second event of the stream called a."""
    records = [story(one)[0] if isinstance(one, str) else one for one in tale]
    return admit(
        [(one, decode(one, TYPES)) for one in records],
        last_numbers={stream(name): number for name, number in (last_numbers or {}).items()},
        waiting={(one.stream or "", one.number or 0): one for one in waiting},
        **how,  # type: ignore[arg-type]
    )


def applied(admitted: Admission) -> list[str]:
    return [told(one.stream or "", one.number) for one in admitted.apply]


def parked(admitted: Admission) -> list[str]:
    return [told(one.stream or "", one.number) for _, one, _ in admitted.park]


def test_the_next_ones_are_applied_in_order() -> None:
    admitted = judge("a1", "b1", "a2", "a3")
    assert applied(admitted) == ["a1", "b1", "a2", "a3"]
    assert admitted.numbers == {stream("a"): 3, stream("b"): 1}


def test_what_was_seen_is_dropped() -> None:
    admitted = judge("a1", "a2", "a2", "a3", last_numbers={"a": 2})
    assert applied(admitted) == ["a3"]
    assert admitted.park == []


def test_nothing_new_changes_nothing() -> None:
    assert judge("a1", "a2", last_numbers={"a": 2}) == Admission()


def test_what_is_ahead_waits_without_a_reason() -> None:
    admitted = judge("a3", "b1", "a2")
    assert (applied(admitted), parked(admitted)) == (["b1"], ["a3", "a2"])
    assert [reason for _, _, reason in admitted.park] == [None, None]


def test_what_waited_follows_its_predecessor_at_once_and_in_order() -> None:
    admitted = judge("a1", "a4", waiting=[envelope("a2"), envelope("a3"), envelope("b2")])
    assert applied(admitted) == ["a1", "a2", "a3", "a4"]
    assert [told(one.stream or "", one.number) for one in admitted.unpark] == ["a2", "a3"]


def test_what_was_put_aside_in_this_very_batch_follows_too_and_is_not_left_aside() -> None:
    admitted = judge("a2", "a1")
    assert applied(admitted) == ["a1", "a2"]
    left = {one.number for _, one, _ in admitted.park} - {one.number for one in admitted.unpark}
    assert left == set()


def test_what_waits_already_is_not_put_aside_twice() -> None:
    assert judge("a3", "a3", waiting=[envelope("a3")]).park == []


def test_the_unreadable_holds_up_its_own_stream_only() -> None:
    admitted = judge("a1", record("a", 2, value=b"?"), "a3", "b1")
    assert (applied(admitted), parked(admitted)) == (["a1", "b1"], ["a2", "a3"])
    assert [bool(reason) for _, _, reason in admitted.park] == [True, False]


def test_those_behind_a_waiting_unreadable_one_go_on_waiting() -> None:
    poison = decode(record("a", 2, value=b"?"), TYPES)
    admitted = judge("a1", waiting=[poison, envelope("a3")])
    assert applied(admitted) == ["a1"]
    assert admitted.unpark == []


def test_what_names_no_stream_is_put_aside_and_holds_up_nobody() -> None:
    admitted = judge(record("a", 1, ce_subject=None), "a1")
    assert applied(admitted) == ["a1"]
    assert len(admitted.park) == 1


def test_one_whose_effect_failed_for_good_is_put_aside_with_the_reason() -> None:
    admitted = judge("a1", failed="it does not add up")
    assert applied(admitted) == []
    assert [reason for _, _, reason in admitted.park] == ["it does not add up"]


@dataclass
class Simulated:
    """A reader with its tables as dictionaries."""

    last_numbers: dict[str, int] = field(default_factory=dict)
    waiting: dict[tuple[str, int], Envelope] = field(default_factory=dict)
    effects: dict[str, list[int]] = field(default_factory=dict)

    def take(self, batch: Sequence[Envelope], records: Sequence[StoredMessage]) -> None:
        admitted = admit(list(zip(records, batch, strict=True)), last_numbers=self.last_numbers, waiting=self.waiting)
        for one in admitted.apply:
            self.effects.setdefault(one.stream or "", []).append(one.number or 0)
        self.last_numbers |= admitted.numbers
        for _, one, _ in admitted.park:
            self.waiting[one.stream or "", one.number or 0] = one
        for one in admitted.unpark:
            del self.waiting[one.stream or "", one.number or 0]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, int], list[list[str]]]:
    """Streams with their lengths; every event one to five times, shuffled, in batches of any size."""
    lengths = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 8), min_size=1))
    events = [f"{name}{number}" for name, length in lengths.items() for number in range(1, length + 1)]
    times = draw(st.lists(st.integers(1, 5), min_size=len(events), max_size=len(events)))
    all_of_them = [event for event, count in zip(events, times, strict=True) for _ in range(count)]
    left, batches = draw(st.permutations(all_of_them)), []
    while left:
        size = draw(st.integers(1, len(left)))
        batches.append(left[:size])
        left = left[size:]
    return lengths, batches


@given(deliveries())
def test_delivered_one_to_five_times_and_shuffled_each_effect_comes_once_and_in_order(
    delivered: tuple[dict[str, int], list[list[str]]],
) -> None:
    lengths, batches = delivered
    reader = Simulated()
    for batch in batches:
        records = story(*batch)
        reader.take([decode(one, TYPES) for one in records], records)
    assert reader.effects == {stream(name): list(range(1, length + 1)) for name, length in lengths.items()}
    assert reader.waiting == {}


def ids(admitted: Admission, name: str) -> bytes:
    return b"".join(admitted.ids[stream(name)])


def another(one: str, id: str = "another") -> StoredMessage:
    """An event under the same number that is not the same."""
    return record(one[0], int(one[1:]), ce_id=id)


def test_another_event_under_a_number_of_this_batch_is_parked_with_the_reason_and_the_stream_goes_on() -> None:
    admitted = judge("a1", "a2", another("a1"), another("a2"), "a2", "a3")
    assert applied(admitted) == ["a1", "a2", "a3"]
    assert parked(admitted) == ["a1", "a2"]
    assert {reason for _, _, reason in admitted.park} == {FOREIGN}


def test_another_event_under_a_number_of_an_earlier_batch_is_parked_and_the_same_one_is_dropped() -> None:
    known = {stream("a"): ids(judge("a1", "a2"), "a")}
    assert judge("a1", "a2", last_numbers={"a": 2}, kept_ids=known) == Admission()
    assert parked(judge(another("a2"), another("a1"), last_numbers={"a": 2}, kept_ids=known)) == ["a2", "a1"]


def test_another_event_under_the_number_of_one_that_waits_is_parked_and_never_takes_its_place() -> None:
    admitted = judge(another("a2"), "a1", waiting=[envelope("a2")])
    assert applied(admitted) == ["a1", "a2"]
    assert parked(admitted) == ["a2"]
    assert admitted.unpark == [envelope("a2")]
    twice = judge("a2", "a2", another("a2"))
    assert [reason for _, _, reason in twice.park] == [None, FOREIGN]


def test_the_genuine_event_is_not_dropped_for_an_unreadable_one_under_its_number() -> None:
    unreadable = record("a", 1, ce_id=None)
    admitted = judge(unreadable, "a1")
    assert applied(admitted) == []
    assert [reason for _, _, reason in admitted.park] == ["without ce_id", FOREIGN]


def test_of_numbers_older_than_the_kept_ids_and_of_discarded_ones_any_event_is_a_repetition() -> None:
    kept = digest("5") + ANY + digest("7")
    assert [is_foreign("x", number, kept, 7) for number in (1, 4, 5, 6, 7)] == [False, False, True, False, True]
    assert [is_foreign(id, number, kept, 7) for id, number in (("5", 5), ("7", 7), (NOBODY, 7), ("", 7))] == [False] * 4


@given(st.lists(st.integers(0, 3), min_size=1, max_size=2 * KEPT), st.data(), st.integers(0, 3))
def test_what_is_kept_tells_each_of_the_last_events_from_any_other(
    given_ids: list[int], data: st.DataObject, id: int
) -> None:
    last = len(given_ids)
    number = data.draw(st.integers(1, last))
    kept = b"".join(digest(f"{one}") for one in given_ids)[-KEPT * 8 :]
    assert is_foreign(str(id), number, kept, last) is (number > last - KEPT and given_ids[number - 1] != id)
