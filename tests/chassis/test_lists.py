"""Lists: several ids, ranges of days, text, counts, tokens of their own query; nothing private shows through."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from portolan.stack.postgres import ServiceDatabase
from tests.chassis.test_http import alone, auditor, client_of, counting, opened, problem, tester
from tests.harness import Running

__all__ = ["alone", "auditor", "counting", "tester"]
ORDERS = [f"{sign}{name}" for name in ("created_at", "name", "noted_on") for sign in ("", "-")]


def ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def test_several_ids_come_back_and_what_is_hidden_or_absent_does_not(
    tester: httpx.Client, auditor: httpx.Client
) -> None:
    one, other, hidden = opened(tester), opened(tester), opened(tester, name="Hidden one")
    asked = {"id": [one, other, hidden, str(uuid4())], "sort": "created_at"}
    assert ids(tester.get("/counters", params=asked)) == [one, other]
    assert ids(auditor.get("/counters", params=asked)) == [one, other, hidden]
    assert ids(tester.get("/counters", params={"id": hidden})) == []


def test_more_than_a_hundred_ids_are_refused_by_name(tester: httpx.Client) -> None:
    assert tester.get("/counters", params={"id": [str(uuid4())] * 100}).status_code == 200
    found = problem(tester.get("/counters", params={"id": [str(uuid4())] * 101}), 422)
    (error,) = found["errors"]
    assert error["loc"] == ["query", "id"]
    assert "100" in error["msg"]


def test_days_are_bounded_and_both_bounds_belong_to_the_range(auditor: httpx.Client) -> None:
    made = {}
    for day in ("2024-02-28", "2024-02-29", "2024-03-01"):
        made[day] = opened(auditor)
        auditor.post(f"/counters/{made[day]}/note", json={"note": "x", "noted_on": day})
    own = {"id": [*made.values(), opened(auditor)], "sort": "noted_on"}

    def within(**bounds: str) -> list[str]:
        return ids(auditor.get("/counters", params=own | {f"noted_on_{name}": day for name, day in bounds.items()}))

    assert within(**{"from": "2024-02-29"}) == [made["2024-02-29"], made["2024-03-01"]]
    assert within(to="2024-02-29") == [made["2024-02-28"], made["2024-02-29"]]
    assert within(**{"from": "2024-02-29", "to": "2024-02-29"}) == [made["2024-02-29"]]
    assert within(**{"from": "2024-03-01", "to": "2024-02-28"}) == []
    for strange in ("2024-02-30", "yesterday", "20240229", "1709164800"):
        problem(auditor.get("/counters", params={"noted_on_from": strange}), 422)


def test_the_moment_of_creation_is_bounded_too(tester: httpx.Client) -> None:
    made = [opened(tester) for _ in range(3)]
    history = [tester.get(f"/counters/{id}/history").json()["items"][0]["recorded_at"] for id in made]

    def within(**bounds: str) -> list[str]:
        asked = {f"created_at_{name}": moment for name, moment in bounds.items()}
        return ids(tester.get("/counters", params={"id": made, "sort": "created_at", **asked}))

    assert within(**{"from": history[1]}) == made[1:]
    assert within(to=history[1]) == made[:2]
    problem(tester.get("/counters", params={"created_at_from": "2026-01-01T00:00:00"}), 422)
    for strange in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        assert tester.get("/counters", params={"created_at_to": strange}).status_code == 200


def test_text_is_found_by_any_part_in_capitals_or_not(tester: httpx.Client) -> None:
    mark = uuid4().hex[:8]
    written = ("Zürich Süd", "100% sure_thing", "日本", "O'Hara")
    names = {name: opened(tester, name=f"{mark} {name}") for name in written}
    coded = opened(tester, name="B", code=f"{mark}-K7")

    def found(part: str) -> set[str]:
        return set(ids(tester.get("/counters", params={"q": part, "id": [*names.values(), coded]})))

    assert found(mark) == {*names.values(), coded}
    assert found("ZÜRICH") == found("rich s") == found("süd") == {names["Zürich Süd"]}
    assert found("本") == found("日本") == {names["日本"]}
    assert found("0% sure_") == {names["100% sure_thing"]}
    assert found("100_") == found("%%") == found("zürich süd ") == set()
    assert found("o'h") == {names["O'Hara"]}
    assert found(f"{mark}-k7") == {coded}
    for refused in ("", "\x00", "x" * 101):
        problem(tester.get("/counters", params={"q": refused}), 422)


def test_the_count_is_that_of_all_pages_and_of_what_the_caller_sees(
    tester: httpx.Client, auditor: httpx.Client
) -> None:
    made = [opened(tester, name=name) for name in ("A", "B", "C", "Hidden D")]
    asked: dict[str, Any] = {"id": made, "page_size": 1, "count": "true"}
    first = tester.get("/counters", params=asked)
    assert first.json()["count"] == 3
    assert tester.get(first.links["next"]["url"]).json()["count"] == 3
    assert auditor.get("/counters", params=asked).json()["count"] == 4
    assert tester.get("/counters", params=asked | {"name": "A"}).json()["count"] == 1
    assert tester.get("/counters", params={"id": made}).json()["count"] is None


def test_a_page_token_belongs_to_its_query(tester: httpx.Client) -> None:
    made = [opened(tester) for _ in range(3)]
    asked: dict[str, Any] = {"id": made, "name": "A", "page_size": 1}
    token = tester.get("/counters", params=asked).json()["next_page_token"]
    assert tester.get("/counters", params=asked | {"page_token": token, "page_size": 2, "sort": "name"}).json()["items"]
    for other in (
        {"sort": "-name"},
        {"sort": "created_at"},
        {"name": "B"},
        {"id": made[:2]},
        {"created_at_from": "2020-01-01T00:00:00Z"},
        {"noted_on_to": "2020-01-01"},
        {"q": "A"},
        {"closed": "false"},
    ):
        problem(tester.get("/counters", params=asked | {"page_token": token} | other), 422, "bad-page-token")


def questions(id: str) -> Iterator[dict[str, Any]]:
    """Everything a list can be asked that could tell of a private day."""
    for order in ORDERS:
        yield {"id": id, "sort": order, "count": True}
        yield {"sort": order, "page_size": 1, "count": True}
    for day in ("2024-02-29", "", "null", "None"):
        yield {"noted_on": day, "count": True}
    for bound in ("from", "to"):
        yield {f"noted_on_{bound}": "2024-02-29", "count": True}
    yield {"q": "2024-02-29", "count": True}
    yield {"q": "confidence", "count": True}


def test_what_is_private_is_empty_to_filter_sort_bound_search_and_count(alone: tuple[Running, ServiceDatabase]) -> None:
    running, _ = alone
    reader, auditor = client_of(running, "counting"), client_of(running, "auditor")
    id, _ = [opened(reader, name=name) for name in ("A", "B")]

    def answers(client: httpx.Client) -> list[tuple[int, str, str]]:
        found = [client.get("/counters", params=asked) for asked in questions(id)]
        return [(each.status_code, each.text, each.headers.get("link", "")) for each in found]

    before, known = answers(reader), answers(auditor)
    auditor.post(f"/counters/{id}/note", json={"note": "in confidence", "noted_on": "2024-02-29"})
    assert answers(reader) == before
    assert answers(auditor) != known
    assert ids(auditor.get("/counters", params={"noted_on": "2024-02-29"})) == [id]
