"""A dry run answers as the command would, or refuses as it would, and stores nothing."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import pytest

from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.harness import NOWHERE, Running, company

DRY = {"prefer": "dry-run"}


@pytest.fixture(scope="module")
def counting(
    fresh_database: Callable[[], ServiceDatabase], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with company(NOWHERE, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        yield made.start(SERVICE, worker=False)


@pytest.fixture(scope="module")
def tester(counting: Running) -> httpx.Client:
    token = counting.issuer.token("tester", ["counting"])
    client = plain_http.client(base_url=counting.url, headers={"authorization": f"Bearer {token}"}, timeout=60)
    return counting.clients.enter_context(client)


def opened(client: httpx.Client, **body: object) -> str:
    return str(client.post("/counters", json={"name": "A"} | body).json()["id"])


def stored(client: httpx.Client, id: str) -> tuple[int, list[str]]:
    """The version of a counter and its events."""
    history = client.get(f"/counters/{id}/history").json()["items"]
    return client.get(f"/counters/{id}").json()["version"], [event["event_id"] for event in history]


def test_a_dry_run_shows_the_state_there_would_be_and_stores_nothing(tester: httpx.Client) -> None:
    id = opened(tester)
    before = stored(tester, id)
    answer = tester.post(f"/counters/{id}/add", json={"amount": 5}, headers=DRY)
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "dry-run")
    assert "etag" not in answer.headers
    assert (answer.json()["total"], answer.json()["version"]) == ("5", 2)
    assert stored(tester, id) == before


def test_a_dry_run_of_a_creation_creates_nothing(tester: httpx.Client) -> None:
    answer = tester.post("/counters", json={"name": "B"}, headers=DRY)
    assert (answer.status_code, answer.json()["name"]) == (200, "B")
    assert "location" not in answer.headers
    assert tester.get(f"/counters/{answer.json()['id']}").status_code == 404


def test_a_dry_run_that_would_change_nothing_says_so(tester: httpx.Client) -> None:
    id = opened(tester)
    answer = tester.post(f"/counters/{id}/add", json={"amount": 0}, headers=DRY)
    assert (answer.status_code, answer.headers["preference-applied"], answer.json()["version"]) == (200, "dry-run", 1)


def test_a_dry_run_is_refused_as_the_command_would_be(counting: Running, tester: httpx.Client) -> None:
    id, code = opened(tester), f"C{uuid4().hex}"
    opened(tester, code=code)
    above = opened(tester)
    opened(tester, parent_id=above)
    staff = {"authorization": f"Bearer {counting.issuer.token('staff', [])}"}
    for path, body, headers in (
        (f"/counters/{above}/close", {}, {}),
        (f"/counters/{uuid4()}/add", {"amount": 1}, {}),
        (f"/counters/{id}/add", {"amount": 1}, staff),
        (f"/counters/{id}/add", {"amount": 1}, {"if-match": '"7"'}),
        (f"/counters/{id}/add", {"amount": "much"}, {}),
        ("/counters", {"name": "B", "code": code}, {}),
    ):
        dry, real = (tester.post(path, json=body, headers=headers | also) for also in (DRY, {}))
        assert dry.status_code == real.status_code >= 400
        assert dry.json() == real.json()


def test_a_dry_run_is_refused_where_an_event_could_not_be_stored(
    tester: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = opened(tester)
    monkeypatch.setattr("chassis.store.append.MAX_EVENT_BYTES", 1)
    dry, real = (tester.post(f"/counters/{id}/add", json={"amount": 1}, headers=headers) for headers in (DRY, {}))
    assert dry.status_code == real.status_code == 413
    assert dry.json() == real.json()


def test_a_dry_run_asks_the_further_aggregates_too_and_changes_none(tester: httpx.Client) -> None:
    one, open_, closed = (opened(tester) for _ in range(3))
    tester.post(f"/counters/{one}/add", json={"amount": 5})
    tester.post(f"/counters/{closed}/close", json={})
    before = [stored(tester, id) for id in (one, open_)]
    given = tester.post(f"/counters/{one}/give", json={"to": open_, "amount": 2}, headers=DRY)
    assert (given.status_code, given.json()["total"]) == (200, "3")
    refused = tester.post(f"/counters/{one}/give", json={"to": closed, "amount": 2}, headers=DRY)
    assert (refused.status_code, refused.json()["rule"]) == (409, "counter-closed")
    assert [stored(tester, id) for id in (one, open_)] == before


def test_a_dry_run_uses_up_no_idempotency_key(tester: httpx.Client) -> None:
    id, key = opened(tester), {"idempotency-key": str(uuid4())}
    for amount in (1, 2):
        assert tester.post(f"/counters/{id}/add", json={"amount": amount}, headers=DRY | key).status_code == 200
    assert tester.post(f"/counters/{id}/add", json={"amount": 3}, headers=key).json()["total"] == "3"


def test_many_commands_are_tried_in_one_request(tester: httpx.Client) -> None:
    id = opened(tester)
    before = stored(tester, id)
    commands = [
        {"command": "add_counter", "id": id, "body": {"amount": 1}},
        {"command": "open_counter", "body": {"name": "B"}},
        {"command": "add_counter", "id": str(uuid4()), "body": {"amount": 1}},
    ]
    answer = tester.post("/commands", json={"commands": commands}, headers=DRY)
    outcomes = answer.json()["outcomes"]
    assert answer.headers["preference-applied"] == "dry-run"
    assert [(each["status"], each["changed"]) for each in outcomes] == [(200, True), (200, True), (404, False)]
    assert stored(tester, id) == before
    assert tester.get(f"/counters/{outcomes[1]['id']}").status_code == 404


@pytest.mark.parametrize("prefer", ["wet-run", "dryrun", "return=minimal", "dry-run, respond-async", ""])
def test_another_preference_is_refused_by_name_and_changes_nothing(tester: httpx.Client, prefer: str) -> None:
    id = opened(tester)
    row = {"command": "add_counter", "id": id, "body": {"amount": 1}}
    for path, body in ((f"/counters/{id}/add", {"amount": 1}), ("/commands", {"commands": [row]})):
        answer = tester.post(path, json=body, headers={"prefer": prefer})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "unknown-preference")
    assert tester.get(f"/counters/{id}").json()["total"] == "0"


def test_a_preference_is_the_same_in_capitals(tester: httpx.Client) -> None:
    answer = tester.post(f"/counters/{opened(tester)}/add", json={"amount": 1}, headers={"prefer": "Dry-Run"})
    assert answer.headers["preference-applied"] == "dry-run"
