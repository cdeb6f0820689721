"""How commands are sent: in batches, again where that may help, apart where the service fails on them together."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from portolan.client import Client
from portolan.importer import ImportProblem, sending
from portolan.importer.carrying import Refusal, carry
from portolan.importer.sending import MOST_BYTES, Command, Outcome, Service, batches

Answer = Callable[[httpx.Request], httpx.Response]


def service(answer: Answer, patience: float = 2) -> Service:
    made = Service("finance", "http://finance.invalid", lambda: "token", patience=patience)
    made._client = Client(made.url, patience=patience, transport=httpx.MockTransport(answer))
    return made


def commands(count: int, **body: Any) -> list[Command]:
    return [Command("state_actual", UUID(int=number), body) for number in range(count)]


def outcome(**more: Any) -> dict[str, Any]:
    return {"status": 200, "changed": True, "version": 1, "stream": "s", "published_number": 1, "problem": None, **more}


def refused(rule: str, status: int = 409) -> dict[str, Any]:
    problem = {"type": f"https://x/{rule}", "detail": "No.", "rule": rule, "remedy": "Do."}
    return outcome(status=status, changed=False, version=None, stream=None, published_number=None, problem=problem)


def rows(request: httpx.Request) -> list[dict[str, Any]]:
    return list(json.loads(request.content)["commands"])


def test_batches_are_bounded_in_rows_and_bytes() -> None:
    assert [len(batch) for batch in batches(commands(401))] == [200, 200, 1]
    big = list(batches(commands(30, text="ü" * 50_000)))
    assert all(sum(len(json.dumps(c.wire(), ensure_ascii=False).encode()) for c in b) < MOST_BYTES for b in big)
    assert sum(map(len, big)) == 30


def test_each_command_has_its_outcome_in_order() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer token"
        return httpx.Response(200, json={"outcomes": [outcome(version=UUID(row["id"]).int) for row in rows(request)]})

    assert [found.version for found in service(answer).send(commands(200))] == list(range(200))


def test_a_service_that_is_away_for_a_moment_is_asked_again() -> None:
    answers = iter([httpx.Response(503, headers={"retry-after": "0"}), httpx.ConnectError("refused")])

    def answer(request: httpx.Request) -> httpx.Response:
        match next(answers, None):
            case httpx.Response() as response:
                return response
            case httpx.ConnectError() as error:
                raise error
        return httpx.Response(200, json={"outcomes": [outcome()]})

    assert service(answer, patience=10).send(commands(1))[0].changed


def test_a_service_that_stays_away_is_named_in_a_sentence() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    with pytest.raises(
        ImportProblem, match=r"finance does not respond at http://finance.invalid: Connection refused\."
    ):
        service(answer, patience=0.1).send(commands(1))


def test_a_token_that_is_not_accepted_is_said_so() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"detail": "expired"})

    with pytest.raises(ImportProblem, match="does not accept the token: expired"):
        service(answer).send(commands(1))


def test_what_is_not_known_yet_is_sent_again_with_what_follows_on_the_same_id() -> None:
    seen: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append([row["command"] for row in rows(request)])
        if len(seen) > 1:
            return httpx.Response(200, json={"outcomes": [outcome() for _ in rows(request)]})
        not_yet = [refused("person-not-known-yet"), refused("not-found", 404), outcome()]
        return httpx.Response(200, json={"outcomes": not_yet})

    id = uuid4()
    asked = [Command("a", id, {}), Command("b", id, {}), Command("c", uuid4(), {})]
    assert all(found.changed for found in service(answer).send(asked))
    assert seen == [["a", "b", "c"], ["a", "b"]]


def test_hearsay_that_never_comes_is_refused_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "HEARSAY_SECONDS", 0.2)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"outcomes": [refused("person-not-known-yet") for _ in rows(request)]})

    (found,) = service(answer).send(commands(1))
    assert found.refused
    assert found.reason == "No. Do."


def test_a_row_on_which_a_service_fails_fails_alone() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if any(UUID(row["id"]).int == 5 for row in rows(request)):
            return httpx.Response(500, json={"title": "Something went wrong."})
        return httpx.Response(200, json={"outcomes": [outcome() for _ in rows(request)]})

    found = service(answer).send(commands(20))
    assert [index for index, each in enumerate(found) if each.refused] == [5]


def test_a_service_that_fails_again_and_again_ends_the_load() -> None:
    with pytest.raises(ImportProblem, match="finance failed 10 times"):
        service(lambda request: httpx.Response(500)).send(commands(40))


def test_waiting_for_streams_fits_into_the_header() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["portolan-after"])
        return httpx.Response(200, json={})

    service(answer).wait_for({f"person-{uuid4()}": 3 for _ in range(200)} | {"division-quiet": 0})
    assert all(len(header) <= 4000 for header in seen)
    assert sum(header.count("=3") for header in seen) == 200


def test_what_stands_already_passes_and_what_none_may_do_ends_the_load() -> None:
    answers = {0: outcome(), 1: refused("reports-in-order"), 2: refused("estimate-stale")}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"outcomes": [answers[UUID(row["id"]).int] for row in rows(request)]})

    failed: dict[int, Refusal] = {}
    passed = carry(
        service(answer), range(3), lambda n: [commands(3)[n]], failed.__setitem__, standing={"reports-in-order"}
    )
    assert [number for number, _ in passed] == [0, 1]
    assert failed[2].outcome.rule == "estimate-stale"
    answers[1] = refused("not-authorised", 403)
    with pytest.raises(ImportProblem, match="role administrator"):
        carry(service(answer), range(3), lambda n: [commands(3)[n]], failed.__setitem__)


def test_the_places_of_a_body_that_is_wrong_are_told() -> None:
    problem = {"type": "invalid-request", "title": "T", "errors": [{"loc": ["plan", "end"], "msg": "wrong"}]}
    found = Outcome(422, problem=problem)
    assert (found.rule, found.places, found.reason) == ("invalid-request", ["plan"], "T plan.end: wrong.")
