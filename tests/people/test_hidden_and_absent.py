"""Nobody learns from an answer whether there is what they may not see: every operation on every confidential kind."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.store.relations import EVERYBODY
from contracts.roles import Role
from services.people.app import AGGREGATES
from tests import plain_http
from tests.people.cast import Cast, cast_of
from tests.people.seed import seeded
from tests.today import TODAY

CONFIDENTIAL = {aggregate.path for aggregate in AGGREGATES if aggregate.sees is not EVERYBODY}
# What differs between any two requests.
OF_A_REQUEST = {"date", "x-request-id"}
PRECONDITIONS: list[Mapping[str, str]] = [
    {},
    {"prefer": "dry-run"},
    *({"if-match": tag} for tag in ("*", '"0"', '"1"', '"2"', "none")),
]

Json = Mapping[str, Any]


@pytest.fixture(scope="module")
def hidden(cast: Cast) -> Mapping[str, str]:
    """The id of one of each confidential kind, about the junior manager; of persons, one who is expected."""
    known = {path: id for path, id in seeded(cast).items() if path in CONFIDENTIAL}
    return known | {"persons": expected(cast)}


def expected(cast: Cast) -> str:
    """The id of somebody who joins in a month."""
    joins = {"name": "Newcomer", "effective_on": str(TODAY + timedelta(days=30)), "division_id": cast.division}
    return str(cast.post(cast.hr, "/persons", **joins)["id"])


@pytest.fixture(scope="module")
def operations(cast: Cast) -> list[tuple[str, str, str, Json]]:
    """Method, path, name and body of every operation on one of a confidential kind."""
    document = cast.hr.get("/openapi.json").json()
    return [
        (method, path, operation["operationId"], body_of(operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path.split("/")[1] in CONFIDENTIAL and "{id}" in path
    ]


def body_of(operation: Json) -> Json:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    example: Json = content.get("example", {})
    return example


@pytest.fixture(scope="module")
def outsider(cast: Cast) -> Iterator[httpx.Client]:
    """Staff of another line."""
    token = cast.people.issuer.token(cast.persons["stranger"], [Role.STAFF])
    headers = {"authorization": f"Bearer {token}"}
    with plain_http.client(base_url=cast.people.url, headers=headers, timeout=30) as client:
        yield client


def seen(response: httpx.Response, id: str) -> tuple[int, list[tuple[str, str]], str]:
    """All of an answer that its reader can compare."""
    headers = [(name, value) for name, value in response.headers.items() if name not in OF_A_REQUEST]
    return response.status_code, headers, response.text.replace(id, "ID")


def test_an_operation_on_a_hidden_record_answers_byte_for_byte_as_on_an_absent_one(
    cast: Cast, hidden: Mapping[str, str], operations: list[tuple[str, str, str, Json]], outsider: httpx.Client
) -> None:
    compared = 0
    for method, path, _, body in operations:
        there = hidden[path.split("/")[1]]
        for absent in {str(uuid4()), str(uuid4()) if path.startswith("/persons/") else cast.persons["member"]}:
            for precondition in PRECONDITIONS:
                sent: dict[str, Any] = {"headers": precondition, "json": body if method == "post" else None}
                one, other = (
                    seen(outsider.request(method, path.replace("{id}", id), **sent), id) for id in (there, absent)
                )
                assert one == other, f"{method} {path} with {dict(precondition)}"
                assert one[0] in (400, 404, 405, 422), f"{method} {path}: the record is not hidden from the outsider"
                compared += 1
    assert compared > 500


def test_many_commands_in_one_request_answer_of_hidden_records_as_of_absent_ones(
    hidden: Mapping[str, str], operations: list[tuple[str, str, str, Json]], outsider: httpx.Client
) -> None:
    commands = [(name, hidden[path.split("/")[1]], body) for method, path, name, body in operations if method == "post"]
    for begin in range(0, len(commands), 100):
        some = commands[begin : begin + 100]
        answers = []
        for ids in ([id for _, id, _ in some], [str(uuid4()) for _ in some]):
            rows = [
                {"command": name.removesuffix("_as"), "id": id, "body": body}
                for id, (name, _, body) in zip(ids, some, strict=True)
            ]
            outcomes = outsider.post("/commands", json={"commands": rows}).json()["outcomes"]
            answers.append([str(outcome).replace(id, "ID") for id, outcome in zip(ids, outcomes, strict=True)])
        assert answers[0] == answers[1]


def questions(document: Json, path: str, record: Json) -> Iterator[dict[str, Any]]:
    """What a list can be asked about one record: its values as filters and bounds, every order, its text, its count."""
    parameters = {each["name"]: each for each in document["paths"][f"/{path}"]["get"]["parameters"]}
    yield {"id": record["id"], "count": True}
    for order in parameters["sort"]["schema"]["enum"]:
        yield {"sort": order, "count": True}
    for name in parameters:
        value = record.get(name.removesuffix("_from").removesuffix("_to"))
        if value is not None and name != "id":
            yield {name: str(value).lower() if isinstance(value, bool) else str(value), "count": True}
    for bound in ("from", "to"):
        yield {f"created_at_{bound}": "2026-01-01T00:00:00Z", "count": True}
    for text in (value for value in record.values() if isinstance(value, str) and "q" in parameters):
        yield {"q": text[:100], "count": True}


def test_lists_answer_byte_for_byte_alike_whether_there_is_a_hidden_record_or_not(
    cast: Cast, hidden: Mapping[str, str], outsider: httpx.Client
) -> None:
    """In one world another line has one of each confidential kind, in the other it has not."""
    document = cast.hr.get("/openapi.json").json()
    about = {"disciplinary-cases": cast.hr, "performance-reviews": cast.as_person("manager")}
    asked = [
        (path, question)
        for path, id in hidden.items()
        for question in questions(document, path, about.get(path, cast.founder).get(f"/{path}/{id}").json())
    ]

    def answers() -> list[tuple[int, list[tuple[str, str]], str]]:
        return [seen(outsider.get(f"/{path}", params=question), path) for path, question in asked]

    before = answers()
    assert {status for status, _, _ in before} == {200}
    assert len(before) > 100
    expected(cast)
    assert answers() == before, "a person who is expected"
    # A second line is a line of persons, whom everybody sees.
    asked = [(path, question) for path, question in asked if path != "persons"]
    before = answers()
    other = seeded(cast_of(cast.people), grade="manager")
    assert {*hidden} - {"persons"} <= set(other)
    assert answers() == before


def test_figures_say_of_nothing_confidential_what_was_done(cast: Cast, hidden: Mapping[str, str]) -> None:
    assert cast.hr.post(f"/disciplinary-cases/{hidden['disciplinary-cases']}/close", json={}).status_code == 409
    figures = cast.hr.get("/metrics").text
    assert 'command="confidential",outcome="refused",rule=""' in figures
    for aggregate in AGGREGATES:
        if aggregate.audited:
            kind = aggregate.decider.kind.replace("-", "_")
            assert not [name for name in (f"/{aggregate.path}/", f'_{kind}"') if name in figures]


def test_an_id_that_the_service_chooses_follows_from_no_idempotency_key(cast: Cast) -> None:
    key = str(uuid4())
    body = {"person_id": cast.persons["member"], "report": "Late again.", "occurred_on": "2026-01-15"}
    first, again = (cast.hr.post("/disciplinary-cases", json=body, headers={"idempotency-key": key}) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert (first.json()["id"], first.headers["location"]) == (again.json()["id"], again.headers["location"])
    assert UUID(first.json()["id"]).version == 4, "random, and not made of what somebody could guess"
