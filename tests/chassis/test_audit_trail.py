"""The audit trail: what was refused, done by operators, or read of what is sensitive; auditors see and export it."""

import json
import threading
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from chassis.store.audit_trail import MOST_OF_ONE, Pseudonyms, Retention
from chassis.store.encryption import Unreadable
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.support import as_owner, locked_out
from tests.chassis.test_http import alone, auditor, client_of, counting, opened, problem, tester
from tests.harness import Running

__all__ = ["alone", "auditor", "counting", "tester"]
Json = dict[str, Any]
PSEUDONYMOUS = ("actor", "for_whom", "source", "target", "subject")


def entries(client: httpx.Client, **asked: Any) -> list[Json]:
    response = client.get("/audit", params=asked)
    assert response.status_code == 200, response.text
    found: list[Json] = response.json()["items"]
    return found


def exported(client: httpx.Client, **asked: Any) -> list[Json]:
    response = client.get("/audit/export", params=asked)
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def test_a_refusal_is_recorded_under_pseudonyms_that_the_export_resolves(
    counting: Running, auditor: httpx.Client
) -> None:
    name, id = f"nosy-{uuid4()}", opened(client_of(counting, "counting"))
    nosy = client_of(counting, subject=name)
    problem(nosy.post(f"/counters/{id}/add", json={"amount": 1}), 403)
    problem(nosy.post(f"/counters/{id}/add", json={"amount": "much"}), 422)
    problem(nosy.get(f"/rebuilds/{id}", headers={"x-request-id": "mine"}), 403)
    first, second = entries(auditor, actor=name)
    assert first["actor"] == second["actor"]
    assert first["target"] == second["target"]
    for hidden in (name, id, "127.0.0.1"):
        assert hidden not in json.dumps([first, second])
    assert (second["operation"], second["correlation_id"]) == ("GET /rebuilds/{id}", "mine")
    plain = exported(auditor, actor=name)
    assert [(each["actor"], each["target"], each["source"]) for each in plain] == [(name, id, "127.0.0.1")] * 2
    rest = [{key: value for key, value in each.items() if key not in PSEUDONYMOUS} for each in plain]
    assert [each["outcome"].split()[0] for each in rest] == ["403", "403"]
    assert [each["operation"] for each in rest] == [each["operation"] for each in (first, second)]


@pytest.mark.parametrize("way", ["alone", "among many", "as a dry run", "read", "actions"])
def test_the_entry_is_the_same_whether_what_was_asked_for_is_hidden_or_absent(
    counting: Running, auditor: httpx.Client, way: str
) -> None:
    hidden, absent, found = opened(auditor, name="Hidden"), str(uuid4()), []
    for id in (hidden, absent):
        name = f"nosy-{uuid4()}"
        nosy = client_of(counting, subject=name)
        match way:
            case "alone":
                nosy.post(f"/counters/{id}/close", json={})
            case "among many":
                nosy.post("/commands", json={"commands": [{"command": "close_counter", "id": id}]})
            case "as a dry run":
                nosy.post(f"/counters/{id}/close", json={}, headers={"prefer": "dry-run"})
            case "read":
                nosy.get(f"/counters/{id}")
            case "actions":
                nosy.get(f"/counters/{id}/actions")
        (entry,) = exported(auditor, actor=name)
        assert entry["target"] == id
        unlike = ("id", "first_at", "last_at", "actor", "target", "correlation_id")
        found.append({key: value for key, value in entry.items() if key not in unlike})
    assert found[0] == found[1]
    assert found[0]["outcome"] == "404 not-found"


def test_who_proves_nothing_is_recorded_by_where_they_came_from(counting: Running, auditor: httpx.Client) -> None:
    id = str(uuid4())
    with httpx.Client(base_url=counting.url, headers={"authorization": "Bearer nonsense"}, trust_env=False) as client:
        problem(client.post(f"/counters/{id}/close", json={}), 401)
        problem(client.get(f"/counters/{id}"), 401)
    found = exported(auditor, record=id)
    assert {(each["actor"], each["source"], each["outcome"]) for each in found} == {
        ("", "127.0.0.1", "401 unauthenticated")
    }
    assert {each["operation"] for each in found} == {"POST /counters/{id}/close", "GET /counters/{id}"}


def test_a_flood_of_one_is_counted_together(counting: Running, auditor: httpx.Client) -> None:
    name = f"scanner-{uuid4()}"
    scanner = client_of(counting, subject=name)
    for _ in range(MOST_OF_ONE + 50):
        problem(scanner.get(f"/counters/{uuid4()}"), 404)
    found = entries(auditor, actor=name, page_size=500)
    assert sum(each["times"] for each in found) == MOST_OF_ONE + 50
    assert len(found) <= 2 * (MOST_OF_ONE + 1), "a minute may have passed meanwhile"


def test_operators_acts_are_recorded_with_their_outcome(counting: Running, auditor: httpx.Client) -> None:
    name = f"operator-{uuid4()}"
    operator = client_of(counting, "administrator", subject=name)
    assert operator.get("/parked").status_code == 200
    assert operator.post("/parked/redrive", json={}).status_code == 202
    problem(client_of(counting, subject=name).post("/parked/redrive", json={}), 403)
    found = [(each["kind"], each["operation"], each["outcome"]) for each in entries(auditor, actor=name)]
    assert found == [
        ("operator", "POST /parked/redrive", "202"),
        ("operator", "POST /parked/redrive", "403 administrators-only"),
    ]


def test_auditors_alone_export_and_administrators_read_pseudonyms(counting: Running, auditor: httpx.Client) -> None:
    administrator = client_of(counting, "administrator", subject=f"admin-{uuid4()}")
    assert administrator.get("/audit").status_code == 200
    for client, path in (
        (administrator, "/audit/export"),
        (client_of(counting, "hr"), "/audit"),
        (client_of(counting), "/audit/export"),
    ):
        assert problem(client.get(path), 403)["rule"] == "auditors-only"
    name = f"auditor-{uuid4()}"
    exported(client_of(counting, "auditor", subject=name), kind="operator")
    (entry,) = exported(auditor, kind="export", actor=name)
    assert entry["operation"] == "GET /audit/export"


def test_entries_come_in_pages_and_within_moments(counting: Running, auditor: httpx.Client) -> None:
    name = f"nosy-{uuid4()}"
    nosy = client_of(counting, subject=name)
    for _ in range(5):
        nosy.get(f"/counters/{uuid4()}")
    whole, paged = entries(auditor, actor=name), list[Json]()
    asked: dict[str, str | int] = {"actor": name, "page_size": 2}
    while True:
        page = auditor.get("/audit", params=asked).json()
        paged += page["items"]
        if page["next_page_token"] is None:
            break
        asked["page_token"] = page["next_page_token"]
    assert paged == whole
    assert len(whole) == 5
    middle = whole[2]["first_at"]
    assert entries(auditor, actor=name, first_at_from=middle) == whole[2:]
    assert entries(auditor, actor=name, first_at_to=middle) == whole[:3]
    problem(auditor.get("/audit", params={"page_token": "x"}), 422, "bad-page-token")
    problem(auditor.get("/audit", params={"kind": "gossip"}), 422)


def test_where_the_database_is_away_what_was_refused_stays_refused(
    alone: tuple[Running, ServiceDatabase], caplog: pytest.LogCaptureFixture
) -> None:
    running, database = alone
    client = client_of(running)
    assert client.get("/parked").status_code == 403
    with locked_out(database):
        problem(client.get("/parked"), 403)
    with as_owner(database) as connection:
        assert connection.execute(text("SELECT sum(times) FROM audit")).scalar_one() == 1


def test_a_service_neither_changes_the_trail_nor_forgets_what_is_young(own_database: ServiceDatabase) -> None:
    with as_owner(own_database) as connection:
        connection.execute(
            text(
                "INSERT INTO audit (minute, kind, actor, for_whom, source, operation, target, outcome, times, first_at,"
                " last_at) SELECT at, 'refusal', '', '', '', 'o', '', '403', 1, at, at"
                " FROM unnest(ARRAY[now() - interval '31 days', now() - interval '29 days']) at"
            )
        )
        connection.execute(
            text(
                "INSERT INTO reads (stream, subject, reader, read_at) SELECT 'counter-1', gen_random_uuid(), 'r', at"
                " FROM unnest(ARRAY[now() - interval '31 days', now() - interval '29 days']) at"
            )
        )
    service = create_engine(own_database.url, isolation_level="AUTOCOMMIT")
    with service.connect() as connection:
        for forbidden in (
            "DELETE FROM audit",
            "UPDATE audit SET actor = 'another'",
            "INSERT INTO audit SELECT * FROM audit",
            "SELECT forget_audit(29)",
        ):
            with pytest.raises(DBAPIError):
                connection.execute(text(forbidden))
    service.dispose()
    Retention(own_database.url, 30).forget()
    with as_owner(own_database) as connection:
        for table in ("audit", "reads"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1


def test_retention_ends_when_told_to(own_database: ServiceDatabase) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=Retention(own_database.url, 30).run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_only_the_same_key_turns_a_pseudonym_back() -> None:
    one, another = Pseudonyms(bytes(32)), Pseudonyms(b"1" * 32)
    for name in ("", "somebody", "Ólafur", str(uuid4())):
        assert one.name(one.of(name)) == name
        assert one.of(name) == one.of(name)
    assert one.of("somebody") != another.of("somebody")
    with pytest.raises(Unreadable):
        another.name(one.of("somebody"))
    with pytest.raises(Unreadable):
        one.name("somebody")
