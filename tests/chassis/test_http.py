"""The HTTP surface: every refusal is a problem document, lists are complete, repeats and waits do as they say."""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.commands.handler import Handler
from chassis.http.asyncapi import with_servers
from chassis.http.paging import write_token
from chassis.http.problems import MAX_BODY
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.chassis.support import connected, locked_out
from tests.examples import examples
from tests.harness import NOWHERE, Running, company, wait_until

SECRET = "the-rejected-text"


@pytest.fixture(scope="module")
def counting(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made.start(SERVICE, worker=False)


@pytest.fixture
def alone(fresh_database: Callable[[], ServiceDatabase], tmp_path: Path) -> Iterator[tuple[Running, ServiceDatabase]]:
    """A service that a test may break, with its database."""
    database = fresh_database()
    with company(NOWHERE, lambda: database, tmp_path) as made:
        yield made.start(SERVICE, worker=False), database


def client_of(running: Running, *roles: str, subject: str = "tester") -> httpx.Client:
    token = running.issuer.token(subject, roles)
    client = plain_http.client(base_url=running.url, headers={"authorization": f"Bearer {token}"}, timeout=60)
    return running.clients.enter_context(client)


@pytest.fixture(scope="module")
def tester(counting: Running) -> httpx.Client:
    return client_of(counting, "counting")


@pytest.fixture(scope="module")
def auditor(counting: Running) -> httpx.Client:
    return client_of(counting, "auditor")


def opened(client: httpx.Client, **body: object) -> str:
    response = client.post("/counters", json={"name": "A", **body})
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def problem(response: httpx.Response, status: int, type_: str | None = None) -> dict[str, Any]:
    """The problem document of a response, which never shows what was sent."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["title"]
    assert found["type"].startswith("https://portolan.invalid/problems/")
    assert type_ is None or found["type"].endswith(f"/{type_}"), found
    assert SECRET not in response.text
    assert "Traceback" not in response.text
    return found


def test_creation_answers_201_with_its_place_and_version(tester: httpx.Client) -> None:
    response = tester.post("/counters", json={"name": "  Zähler  "})
    body = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/counters/{body['id']}"
    assert response.headers["etag"] == '"1"'
    assert (body["name"], body["version"], body["published_number"]) == ("Zähler", 1, 1)
    read = tester.get(response.headers["location"])
    assert (read.json(), read.headers["etag"]) == (body | {"names": {}}, '"1"')


def test_one_can_create_under_an_id_of_ones_own(tester: httpx.Client) -> None:
    id = uuid4()
    assert tester.post(f"/counters/{id}/open", json={"name": "A"}).json()["id"] == str(id)
    assert problem(tester.post(f"/counters/{id}/open", json={"name": "A"}), 409)["rule"] == "already-exists"


def test_what_was_known_at_a_moment_can_be_read(tester: httpx.Client) -> None:
    id = opened(tester)
    for amount in (1, 2):
        tester.post(f"/counters/{id}/add", json={"amount": amount})
    history = tester.get(f"/counters/{id}/history").json()["items"]
    known = [tester.get(f"/counters/{id}", params={"known_at": item["recorded_at"]}).json() for item in history]
    assert [one["total"] for one in known] == ["0", "1", "3"]
    assert [one["version"] for one in known] == [1, 2, 3]
    problem(tester.get(f"/counters/{id}", params={"known_at": "1999-01-01T00:00:00Z"}), 404)
    problem(tester.get(f"/counters/{id}", params={"known_at": "1999-01-01T00:00:00"}), 422)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "-1e300", "1e20"])
def test_no_moment_is_too_strange(tester: httpx.Client, moment: str) -> None:
    assert tester.get(f"/counters/{opened(tester)}", params={"known_at": moment}).status_code < 500


def test_history_comes_in_pages_and_says_who_and_why(tester: httpx.Client) -> None:
    id = opened(tester)
    for amount in range(5):
        headers = {"portolan-reason": "because", "x-request-id": f"r{amount}"}
        tester.post(f"/counters/{id}/add", json={"amount": amount + 1}, headers=headers)
    items: list[dict[str, Any]] = []
    token = None
    while True:
        parameters = {"page_size": 2} | ({"page_token": token} if token else {})
        page = tester.get(f"/counters/{id}/history", params=parameters).json()
        items += page["items"]
        if not (token := page["next_page_token"]):
            break
        assert len(page["items"]) == 2
    assert [item["version"] for item in items] == [1, 2, 3, 4, 5, 6]
    assert {item["actor"] for item in items} == {"tester"}
    assert [item["reason"] for item in items] == [None] + ["because"] * 5
    assert [item["correlation_id"] for item in items[1:]] == [f"r{amount}" for amount in range(5)]


@pytest.mark.parametrize("route", ["/counters/{id}/add", "/commands"])
def test_amounts_sent_as_text_are_kept_to_the_last_digit(tester: httpx.Client, route: str) -> None:
    id, body = opened(tester), {"amount": "123456789012345678.123456"}
    row = {"command": "add_counter", "id": id, "body": body}
    tester.post(route.format(id=id), json=body if "{id}" in route else {"commands": [row]})
    assert tester.get(f"/counters/{id}").json()["total"] == body["amount"]


def test_what_is_private_is_read_by_few(tester: httpx.Client, auditor: httpx.Client) -> None:
    id = opened(tester)
    noted = tester.post(f"/counters/{id}/note", json={"note": "in confidence"})
    assert noted.json()["notes"] == []
    assert tester.get(f"/counters/{id}").json()["notes"] == []
    assert [item["type"] for item in tester.get(f"/counters/{id}/history").json()["items"]] == ["CounterOpened"]
    assert auditor.get(f"/counters/{id}").json()["notes"] == ["in confidence"]
    types = [item["type"] for item in auditor.get(f"/counters/{id}/history").json()["items"]]
    assert types == ["CounterOpened", "CounterNoted"]


def test_401_without_a_token(counting: Running) -> None:
    response = plain_http.get(f"{counting.url}/counters", timeout=30)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


def test_403_for_what_one_may_not_do(auditor: httpx.Client) -> None:
    found = problem(auditor.post(f"/counters/{opened(auditor)}/add", json={"amount": 1}), 403)
    assert (found["rule"], found["detail"]) == ("not-authorised", "Only who counts may do this.")


def test_404_for_what_is_not_there_or_not_to_be_known_of(tester: httpx.Client, auditor: httpx.Client) -> None:
    hidden = opened(auditor, name="Hidden one")
    missing = str(uuid4())
    for id in (missing, hidden):
        answers = [
            problem(tester.get(f"/counters/{id}"), 404, "not-found"),
            problem(tester.get(f"/counters/{id}/history"), 404),
            problem(tester.post(f"/counters/{id}/add", json={"amount": 1}), 404),
            problem(tester.get(f"/counters/{id}", params={"known_at": "2030-01-01T00:00:00Z"}), 404),
        ]
        assert all(answer == answers[0] for answer in answers), "the hidden and the missing look the same"
    problem(tester.get("/nowhere"), 404)
    assert auditor.get(f"/counters/{hidden}").status_code == 200


def test_405_for_a_method_there_is_not(tester: httpx.Client) -> None:
    problem(tester.delete("/counters"), 405)
    problem(tester.put(f"/counters/{uuid4()}", json={}), 405)
    allowed = [
        tester.put(path, json={}).headers["allow"] for path in ("/counters", "/rebuilds", f"/rebuilds/{uuid4()}")
    ]
    assert allowed == ["GET, POST", "GET, POST", "DELETE, GET"], "all methods of the path, whichever route has them"


def test_409_for_what_a_rule_refuses_with_its_name_and_a_remedy(tester: httpx.Client) -> None:
    id = opened(tester)
    tester.post(f"/counters/{id}/close", json={})
    found = problem(tester.post(f"/counters/{id}/add", json={"amount": 1}), 409, "counter-closed")
    assert (found["rule"], found["remedy"]) == ("counter-closed", "Open another one.")


def test_409_for_a_code_that_is_taken(tester: httpx.Client) -> None:
    code = uuid4().hex
    opened(tester, code=code)
    problem(tester.post("/counters", json={"name": "A", "code": code}), 409, "already-taken")


def test_412_when_it_has_changed(tester: httpx.Client) -> None:
    id = opened(tester)
    add: dict[str, Any] = {"url": f"/counters/{id}/add", "json": {"amount": 1}}
    assert tester.post(**add, headers={"if-match": '"1"'}).headers["etag"] == '"2"'
    for stale in ('"1"', '"99"', 'W/"2"', '"nonsense"', '""'):
        problem(tester.post(**add, headers={"if-match": stale}), 412, "version-changed")
    assert tester.post(**add, headers={"if-match": "*"}).status_code == 200
    assert tester.get(f"/counters/{id}").json()["total"] == "2"


@pytest.mark.parametrize("tag", ["nonsense", "1", '"1', '"1", "2"', "", '"1" or so', "W/1"])
def test_400_for_a_precondition_that_is_no_entity_tag(tester: httpx.Client, tag: str) -> None:
    id = opened(tester)
    problem(tester.post(f"/counters/{id}/add", json={"amount": 1}, headers={"if-match": tag}), 400, "bad-if-match")
    problem(tester.post(f"/counters/{uuid4()}/add", json={"amount": 1}, headers={"if-match": tag}), 400, "bad-if-match")


def test_413_for_a_body_that_says_it_is_too_large_or_turns_out_to_be(tester: httpx.Client) -> None:
    problem(tester.post("/counters", content=b" " * (MAX_BODY + 1)), 413, "body-too-large")

    def chunks() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 65536 + 2):
            yield b" " * 65536

    problem(tester.post("/counters", content=chunks(), headers={"content-type": "application/json"}), 413)


BAD_BODIES: dict[str, bytes] = {
    "not JSON": SECRET.encode(),
    "nothing": b"",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "bytes": b"\xff\xfe\x00",
    "an extra field": json.dumps({"name": "A", "colour": SECRET}).encode(),
    "a missing field": b"{}",
    "another type": json.dumps({"name": [SECRET]}).encode(),
    "too long": json.dumps({"name": SECRET * 100}).encode(),
    "NUL": json.dumps({"name": f"{SECRET}\x00"}).encode(),
    "NUL in an extra field's name": json.dumps({"name": "A", "\x00": SECRET}).encode(),
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a lone surrogate in an extra field's name": b'{"name": "A", "\\udc00": 1}',
    "nested too deeply": b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not an id": json.dumps({"name": "A", "parent_id": SECRET}).encode(),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_422_for_what_is_not_of_the_right_form_without_echoing_it(tester: httpx.Client, body: bytes) -> None:
    response = tester.post("/counters", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    problem(response, response.status_code)


@pytest.mark.parametrize("body", [b"{", b"name", b"{'name': 1}", b"\xff\xfe", b"[" * 100_000, b'{"name": "A"} x'])
@pytest.mark.parametrize("path", ["/counters", "/counters/{id}/add", "/commands"])
def test_400_for_a_body_that_is_no_json(tester: httpx.Client, path: str, body: bytes) -> None:
    url = path.format(id=uuid4())
    found = tester.post(url, content=body, headers={"content-type": "application/json"})
    problem(found, 400, "malformed-json")


# Per body, where it is wrong and the words for it.
PLACES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "another type": ({"name": 7}, [("#/name", "Input should be a valid string")]),
    "missing": ({}, [("#/name", "Field required")]),
    "unknown": ({"name": "A", "a/b~c d": 1}, [("#/a~1b~0c%20d", "There is no such field")]),
    "no id": ({"name": "A", "parent_id": SECRET}, [("#/parent_id", "Input should be a valid UUID")]),
    "two": ({"name": [], "code": []}, [(f"#/{name}", "Input should be a valid string") for name in ("name", "code")]),
    "a list": ([], [("#", "Send a JSON object, with Content-Type: application/json")]),
}


@pytest.mark.parametrize(("body", "errors"), PLACES.values(), ids=PLACES)
def test_422_points_into_the_body_in_plain_words(
    tester: httpx.Client, body: Any, errors: list[tuple[str, str]]
) -> None:
    found = problem(tester.post("/counters", json=body), 422, "invalid-request")["errors"]
    assert [(error["pointer"], error["msg"]) for error in found] == errors
    rows = [{"command": "close_counter", "id": str(uuid4())}, {"command": "open_counter", "body": body}]
    if isinstance(body, dict):
        outcomes = tester.post("/commands", json={"commands": rows}).json()["outcomes"]
        found = outcomes[1]["problem"]["errors"]
        expected = [(f"#/commands/1/body{pointer[1:]}", words) for pointer, words in errors]
        assert [(error["pointer"], error["msg"]) for error in found] == expected


def test_422_points_to_a_row_of_many_commands(tester: httpx.Client) -> None:
    found = tester.post("/commands", json={"commands": [{"command": "add_counter"}, {"command": "fly_counter"}]})
    pointers = [outcome["problem"]["errors"][0]["pointer"] for outcome in found.json()["outcomes"]]
    assert pointers == ["#/commands/0/id", "#/commands/1/command"]
    (error,) = problem(tester.post("/commands", json={"commands": [{"command": "x", "id": SECRET}]}), 422)["errors"]
    assert (error["pointer"], error["msg"]) == ("#/commands/0/id", "Input should be a valid UUID")


@pytest.mark.parametrize(
    ("method", "url", "headers", "parameter"),
    [
        ("GET", "/counters?colour=red", {}, "colour"),
        ("GET", "/counters?page_size=0", {}, "page_size"),
        ("GET", f"/counters?id={SECRET}", {}, "id"),
        ("GET", f"/counters/{SECRET}", {}, "id"),
        ("POST", f"/counters/{UUID(int=0)}/close", {"if-match": "x" * 51}, "if-match"),
        ("POST", f"/counters/{UUID(int=0)}/close", {"portolan-for": SECRET}, "portolan-for"),
    ],
)
def test_422_names_the_parameter(
    tester: httpx.Client, method: str, url: str, headers: dict[str, str], parameter: str
) -> None:
    response = tester.request(method, url, headers=headers, json={} if method == "POST" else None)
    (error,) = problem(response, 422, "invalid-request")["errors"]
    assert error["parameter"] == parameter
    assert "pointer" not in error


NO_AMOUNTS = ["NaN", "Infinity", "-Infinity", "1e400000", '"1e400000"', '"NaN"', "9" * 5000, "1" * 25]
NO_AMOUNTS += ["0.0000001", "true", "[]", '""', '"\\u0000"', '"１２３e99"']


@pytest.mark.parametrize("amount", NO_AMOUNTS)
def test_422_for_numbers_that_are_none(tester: httpx.Client, amount: str) -> None:
    body = f'{{"amount": {amount}}}'.encode()
    response = tester.post(f"/counters/{uuid4()}/add", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    problem(response, response.status_code)


@pytest.mark.parametrize("times", ["0", "101", "9223372036854775808", "1" * 4000, "1.5", '"two"'])
def test_422_for_integers_out_of_bounds(tester: httpx.Client, times: str) -> None:
    body = f'{{"amount": 1, "times": {times}}}'.encode()
    problem(
        tester.post(f"/counters/{uuid4()}/add", content=body, headers={"content-type": "application/json"}),
        422,
        "invalid-request",
    )


@pytest.mark.parametrize(
    "query",
    ["colour=red", "page_size=0", "page_size=501", "page_size=1&page_size=x", "sort=total", "sort=-", "page_size=1e9"],
)
def test_422_for_a_query_that_is_not_of_the_right_form(tester: httpx.Client, query: str) -> None:
    problem(tester.get(f"/counters?{query}"), 422, "invalid-request")


@pytest.mark.parametrize(
    "query", ["name=%00", "code=%00&code=x", "name=%ff%fe", "name=%ed%a0%80", "sort=%00", "closed=maybe", "name="]
)
def test_strange_filters_find_nothing_or_are_refused(tester: httpx.Client, query: str) -> None:
    response = tester.get(f"/counters?{query}")
    assert response.status_code in (200, 422), response.text
    if response.status_code == 200:
        assert response.json()["items"] == []


TOKENS = {
    "text": "nonsense",
    "not ASCII": "ü",
    "empty list": write_token(),
    "too few": write_token("A"),
    "too many": write_token("A", "B", "C"),
    "numbers": write_token(1, 2),
    "booleans": write_token(True, False),
    "nested": write_token(["A"], "B"),
    "NUL": write_token("A\x00", "B"),
    "a lone surrogate": base64.urlsafe_b64encode(b'["\\ud800", "B"]').decode(),
    "deep": "W1tb" * 450,
    "not for a number": write_token("abc"),
    "negative": write_token(-1),
    "huge": write_token(10**100),
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_422_for_a_page_token_that_is_not_ours(tester: httpx.Client, token: str) -> None:
    problem(tester.get("/counters", params={"page_token": token}), 422)
    response = tester.get(f"/counters/{opened(tester)}/history", params={"page_token": token})
    assert response.status_code in (200, 422), response.text


def test_the_document_lists_the_rules_that_may_refuse_a_command(tester: httpx.Client) -> None:
    paths = tester.get("/openapi.json").json()["paths"]
    found = {rule["name"]: rule for rule in paths["/counters/{id}/close"]["post"]["x-rules"]}
    assert found["counter-closed"] == {
        "name": "counter-closed",
        "sentence": "The counter is closed.",
        "remedy": "Open another one.",
    }
    assert set(found) == {"closes-only-when-empty", "counter-closed", "stands-in"}
    given = {rule["name"] for rule in paths["/counters/{id}/give"]["post"]["x-rules"]}
    assert given == {"counter-closed", "something-left", "not-authorised", "stands-in"}
    opening = paths["/counters"]["post"]["x-rules"]
    assert {rule["name"] for rule in opening} == {
        "already-exists", "already-taken", "no-cycles", "parent-closed", "stands-in"
    }  # fmt: skip
    assert paths["/counters/{id}/open"]["post"]["x-rules"] == opening
    assert "x-rules" not in paths["/counters"]["get"]


def test_500_tells_nothing(counting: Running) -> None:
    response = plain_http.get(f"{counting.url}/fail", timeout=30)  # its connection is closed after it
    problem(response, 500, "internal-error")
    assert "confidential" not in response.text
    assert "RuntimeError" not in response.text


def test_503_while_the_database_is_away_and_all_is_well_when_it_is_back(alone: tuple[Running, ServiceDatabase]) -> None:
    running, database = alone
    client = client_of(running, "counting")
    id = opened(client)
    with locked_out(database):
        response = client.get(f"/counters/{id}")
        problem(response, 503, "unavailable")
        assert response.headers["retry-after"]
        problem(client.post(f"/counters/{id}/add", json={"amount": 1}), 503, "unavailable")
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "missing": ["database"]})
        assert client.get("/health/live").status_code == 200
    assert client.post(f"/counters/{id}/add", json={"amount": 1}).json()["total"] == "1"
    assert client.get("/health/ready").status_code == 200


# What follows is about repeating, waiting, listing, and many at once.


def test_the_same_key_gives_the_first_answer_again(tester: httpx.Client) -> None:
    key = {"idempotency-key": uuid4().hex}
    first = tester.post("/counters", json={"name": "A"}, headers=key)
    id = first.json()["id"]
    tester.post(f"/counters/{id}/add", json={"amount": 1})
    again = tester.post("/counters", json={"name": "A"}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], '"1"')
    problem(tester.post("/counters", json={"name": "B"}, headers=key), 422, "idempotency-key-reused")


def test_a_key_belongs_to_its_caller_and_its_route(counting: Running, tester: httpx.Client) -> None:
    key, other = {"idempotency-key": uuid4().hex}, client_of(counting, "counting", subject="other")
    ids = {client.post("/counters", json={"name": "A"}, headers=key).json()["id"] for client in (tester, other)}
    assert len(ids) == 2
    for id in ids:
        assert (
            other.post(f"/counters/{id}/note", json={"note": "n"}, headers={"idempotency-key": id}).status_code == 200
        )
        assert other.post(f"/counters/{id}/add", json={"amount": 1}, headers={"idempotency-key": id}).status_code == 200


def test_409_while_the_first_request_with_the_key_is_worked_on(
    tester: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, attempt = opened(tester), Handler._attempt
    is_in, let_go = threading.Event(), threading.Event()

    async def held(self: Handler, *arguments: Any) -> Any:
        is_in.set()
        await asyncio.to_thread(let_go.wait, 60)
        return await attempt(self, *arguments)

    monkeypatch.setattr(Handler, "_attempt", held)
    answers: list[httpx.Response] = []
    request: dict[str, Any] = {"url": f"/counters/{id}/add", "json": {"amount": 1}, "headers": {"idempotency-key": id}}
    thread = threading.Thread(target=lambda: answers.append(tester.post(**request)))
    thread.start()
    wait_until(is_in.is_set, "the first request is worked on")
    response = tester.post(**request)
    let_go.set()
    thread.join(60)
    problem(response, 409, "idempotency-key-in-flight")
    assert response.headers["retry-after"]
    assert tester.post(**request).json() == answers[0].json()


def walk(client: httpx.Client, between: Callable[[], object] = lambda: None, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list, along the Link headers."""
    found: list[dict[str, Any]] = []
    response = client.get("/counters", params=query)
    while True:
        assert response.status_code == 200, response.text
        found += response.json()["items"]
        if "next" not in response.links:
            assert response.json()["next_page_token"] is None
            return found
        between()
        response = client.get(response.links["next"]["url"])


def test_lists_are_filtered_and_sorted_either_way(tester: httpx.Client) -> None:
    code = uuid4().hex
    for name in ("b", "a", "c"):
        opened(tester, name=f"{code}{name}")
    names = [f"{code}{name}" for name in "abc"]
    assert [one["name"] for one in walk(tester, name=names)] == names
    assert [one["name"] for one in walk(tester, name=names, sort="-name")] == names[::-1]
    created = [f"{code}{name}" for name in "bac"]
    assert [one["name"] for one in walk(tester, name=names, sort="created_at")] == created
    assert [one["name"] for one in walk(tester, name=names, sort="-created_at")] == created[::-1]
    assert [one["name"] for one in walk(tester, name=names[:1])] == names[:1]
    assert walk(tester, name=names, closed="true") == []


@pytest.mark.parametrize("sort", ["name", "-name", "created_at", "-created_at"])
def test_pages_are_complete_and_without_doubles_while_rows_are_added(tester: httpx.Client, sort: str) -> None:
    names = [uuid4().hex[:4] + name for name in ("a\u200cb", "ź", "é", "\U0001f600" * 190, "ü" * 190, "a", "b c")]
    there = {opened(tester, name=name) for name in names for _ in range(2)}
    added: list[str] = []
    found = walk(tester, lambda: added.append(opened(tester, name=names[2])), name=names, sort=sort, page_size=3)
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids))
    assert there <= set(ids) <= there | set(added)


def test_what_one_may_not_see_is_not_listed_and_makes_no_holes(tester: httpx.Client, auditor: httpx.Client) -> None:
    code = uuid4().hex
    names = [f"Hidden {code}", f"Seen {code}"]
    for _ in range(4):
        for name in names:
            opened(auditor, name=name)
    pages = walk(tester, name=names, sort="created_at", page_size=2)
    assert [one["name"] for one in pages] == names[1:] * 4
    assert len(walk(auditor, name=names, page_size=3)) == 8


def test_many_commands_have_one_outcome_each_and_those_on_one_stay_in_order(tester: httpx.Client) -> None:
    id, code = str(uuid4()), uuid4().hex
    rows: list[dict[str, Any]] = [
        {"command": "open_counter", "id": id, "body": {"name": "A", "code": code}},
        *({"command": "add_counter", "id": id, "body": {"amount": amount}} for amount in (1, 2, 3)),
        {"command": "add_counter", "id": id, "body": {"amount": "NaN"}},
        {"command": "add_counter", "body": {"amount": 1}},
        {"command": "fly_counter"},
        {"command": "close_counter", "id": id},
        {"command": "add_counter", "id": id, "body": {"amount": 4}},
        {"command": "open_counter", "body": {"name": "B"}, "idempotency_key": code},
        {"command": "add_counter", "id": id, "body": {"amount": 0, SECRET: SECRET}},
    ]
    outcomes = tester.post("/commands", json={"commands": rows}).json()["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == [201, 200, 200, 200, 422, 422, 422, 200, 409, 201, 422]
    assert [outcome["index"] for outcome in outcomes] == list(range(len(rows)))
    assert [outcome["version"] for outcome in outcomes[:4]] == [1, 2, 3, 4]
    assert outcomes[8]["problem"]["rule"] == "counter-closed"
    assert tester.get(f"/counters/{id}").json()["total"] == "6"
    again = tester.post("/commands", json={"commands": [rows[9]]}).json()["outcomes"][0]
    assert again["id"] == outcomes[9]["id"]


def test_too_many_commands_or_none_are_refused(tester: httpx.Client) -> None:
    problem(tester.post("/commands", json={"commands": []}), 422)
    problem(tester.post("/commands", json={"commands": [{"command": "x"}] * 201}), 422)


@pytest.mark.parametrize("depth", [100, 300, 600, 900, 950, 980, 990])
def test_bulk_bodies_nested_at_any_depth_are_refused_clearly(tester: httpx.Client, depth: int) -> None:
    nested = "[" * depth + "]" * depth
    body = f'{{"commands": [{{"command": "open_counter", "body": {{"name": {nested}}}}}]}}'
    response = tester.post("/commands", content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500, response.text


BULK_BODIES = ['{"name": NaN}', '{"\\ud800": 1}', '{"name": "\\ud800"}', '{"name": "\\u0000"}', '{"name": 1e999}']


@pytest.mark.parametrize("body", BULK_BODIES)
def test_strange_bulk_bodies_are_refused_clearly(tester: httpx.Client, body: str) -> None:
    content = f'{{"commands": [{{"command": "open_counter", "body": {body}}}]}}'
    response = tester.post("/commands", content=content, headers={"content-type": "application/json"})
    assert response.status_code < 500, response.text
    if response.status_code == 200:
        assert response.json()["outcomes"][0]["status"] == 422


@pytest.mark.parametrize("path", ["/counters?page_size=1", "/status"])
def test_a_request_waits_until_what_it_names_has_been_heard_of(
    counting: Running, tester: httpx.Client, path: str
) -> None:
    stream, answers = f"counter-{uuid4()}", list[httpx.Response]()
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        answers.append(tester.get(path, headers={"portolan-after": f"{stream}=2"}))

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(asked.is_set, "it is asked")
    with connected(counting.own.database_url) as connection:
        insert = text("INSERT INTO seen VALUES ('tallies', :stream, :number)")
        connection.execute(insert, {"stream": stream, "number": 1})
        thread.join(1)
        assert answers == []
        connection.execute(text("UPDATE seen SET number = 2 WHERE stream = :stream"), {"stream": stream})
    thread.join(60)
    assert answers[0].status_code == 200


@pytest.mark.parametrize("path", ["/counters", "/status"])
def test_503_when_what_one_waits_for_does_not_come(
    tester: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("chassis.http.consistency.WAIT_SECONDS", 0)
    response = tester.get(path, headers={"portolan-after": f"counter-{uuid4()}=1"})
    problem(response, 503, "not-heard-yet")
    assert response.headers["retry-after"]


@pytest.mark.parametrize("after", ["nonsense", "=", "a=b", "a=-1", "a=1,", "5", "a=99999999999", ","])
def test_422_for_a_wish_to_wait_that_cannot_be_read(
    tester: httpx.Client, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    monkeypatch.setattr("chassis.http.consistency.WAIT_SECONDS", 0)
    problem(tester.get("/counters", headers={"portolan-after": after}), 422, "bad-portolan-after")


def test_health_and_status_and_documents_answer(counting: Running) -> None:
    for path in ("/health/live", "/health/ready", "/status", "/openapi.json", "/asyncapi.json"):
        assert plain_http.get(counting.url + path, timeout=30).status_code == 200
    assert plain_http.get(f"{counting.url}/health/ready", timeout=30).json() == {"ready": True, "missing": []}


def test_where_the_brokers_are_is_told_to_callers_with_a_token_alone(counting: Running, tester: httpx.Client) -> None:
    anonymous = plain_http.get(f"{counting.url}/asyncapi.json", timeout=30).json()
    assert "servers" not in anonymous
    assert counting.shared.kafka_bootstrap not in str(anonymous)
    known = tester.get("/asyncapi.json").json()
    assert known["servers"] == {"kafka": {"host": counting.shared.kafka_bootstrap, "protocol": "kafka"}}
    assert known | {"servers": None} == anonymous | {"servers": None}
    forged = {"authorization": "Bearer forged"}
    assert plain_http.get(f"{counting.url}/asyncapi.json", headers=forged, timeout=30).status_code == 401


def test_the_document_says_how_to_log_in_to_the_brokers() -> None:
    told = with_servers({"components": {"messages": {}}}, "one:9092,two:9092", "SASL_SSL", "SCRAM-SHA-512")
    assert {name: server["host"] for name, server in told["servers"].items()} == {
        "kafka-1": "one:9092",
        "kafka-2": "two:9092",
    }
    assert {server["protocol"] for server in told["servers"].values()} == {"kafka-secure"}
    assert told["components"] == {"messages": {}, "securitySchemes": {"sasl": {"type": "scramSha512"}}}


def test_every_row_of_the_command_table_is_an_operation_of_its_own(counting: Running) -> None:
    paths = plain_http.get(f"{counting.url}/openapi.json", timeout=30).json()["paths"]
    ids = [operation["operationId"] for path in paths.values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert {"open_counter", "add_counter", "note_counter", "move_counter", "close_counter"} <= set(ids)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda found: json.dumps(found).encode())
COMMAND_BODIES = st.dictionaries(st.sampled_from(["name", "amount", "times", "code", "parent_id", "note"]), JSON)
PATHS = st.sampled_from(["/counters", f"/counters/{uuid4()}/add", f"/counters/{uuid4()}/move", "/commands"])
CALM = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@CALM
@given(PATHS, BODIES | COMMAND_BODIES.map(lambda found: json.dumps(found).encode()))
@example("/counters", b'{"name": "A", "parent_id": "\\ud800"}')
def test_no_body_makes_a_failure_of_ours(tester: httpx.Client, path: str, body: bytes) -> None:
    response = tester.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        problem(response, response.status_code)


@CALM
@given(
    st.sampled_from(["page_token", "name", "sort", "page_size", "colour", "known_at"]),
    st.text(max_size=50).filter(lambda found: all(not "\ud800" <= one <= "\udfff" for one in found)),
)
def test_no_query_makes_a_failure_of_ours(tester: httpx.Client, name: str, value: str) -> None:
    for path in ("/counters", f"/counters/{UUID(int=0)}", f"/counters/{UUID(int=0)}/history"):
        assert tester.get(path, params={name: value}).status_code < 500


@CALM
@given(
    st.sampled_from(
        ["if-match", "idempotency-key", "portolan-reason", "portolan-after", "x-request-id", "traceparent"]
    ),
    st.binary(max_size=60).filter(lambda found: found.strip() == found and not set(found) & set(b"\r\n\x00")),
)
def test_no_header_makes_a_failure_of_ours(tester: httpx.Client, name: str, value: bytes) -> None:
    if name == "portolan-after" and value.rpartition(b"=")[2].strip().isdigit():
        return  # that one is waited for
    headers = {b"content-type": b"application/json", name.encode(): value}
    try:
        response = tester.post("/counters", content=b'{"name": "A"}', headers=headers)
    except (httpx.LocalProtocolError, httpx.RemoteProtocolError):
        return  # that is no HTTP
    assert response.status_code < 500, response.text


def test_every_answer_stays_out_of_caches_and_is_neither_framed_nor_run(counting: Running) -> None:
    client = client_of(counting)
    answers = [client.get(path) for path in ("/counters", "/openapi.json", "/nowhere", "/metrics")]
    answers.append(client.post("/counters", content=b"x" * 2_000_000))
    page = client.get("/docs")
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text.replace(counting.url, ""), "the page loads nothing from elsewhere"
