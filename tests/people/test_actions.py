"""What a caller is told they may do is what happens when they do it: every action of people, for many callers."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest

from services.people.app import AGGREGATES
from tests import plain_http
from tests.actions import compare_creations, compare_records, told
from tests.people.authority import callers
from tests.people.cast import Cast
from tests.people.seed import seeded


@pytest.fixture(scope="module")
def known(cast: Cast) -> dict[str, str]:
    return seeded(cast)


@pytest.fixture(scope="module")
def anybody(cast: Cast) -> Iterator[httpx.Client]:
    with plain_http.client(base_url=cast.people.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def sent(cast: Cast, known: dict[str, str]) -> Mapping[str, Mapping[str, str]]:
    return callers(cast)


def test_actions_neither_promise_what_is_forbidden_nor_forbid_what_is_accepted(
    known: dict[str, str], anybody: httpx.Client, sent: Mapping[str, Mapping[str, str]]
) -> None:
    outcomes = compare_records(anybody, AGGREGATES, known, sent)
    assert min(outcomes.values()) > 50, outcomes


def test_what_creates_a_record_is_told_without_an_id(
    anybody: httpx.Client, sent: Mapping[str, Mapping[str, str]]
) -> None:
    outcomes = compare_creations(anybody, AGGREGATES, sent)
    assert min(outcomes.values()) > 50, outcomes


def test_several_ids_are_answered_in_one_request_and_what_is_hidden_or_absent_is_missing(
    cast: Cast, known: dict[str, str]
) -> None:
    case, absent = known["disciplinary-cases"], str(uuid4())
    asked = {"id": [case, absent]}
    assert cast.as_person("stranger").get("/disciplinary-cases/actions", params=asked).json() == {"items": []}
    (found,) = cast.hr.get("/disciplinary-cases/actions", params=asked).json()["items"]
    assert found == cast.hr.get(f"/disciplinary-cases/{case}/actions").json()
    persons = [cast.persons[name] for name in ("junior", "member")]
    manager = cast.as_person("manager")
    for each in manager.get("/persons/actions", params={"id": persons}).json()["items"]:
        assert each == manager.get(f"/persons/{each['id']}/actions").json()
    assert cast.hr.get("/persons/actions", params={"id": [absent] * 101}).status_code == 422


def test_an_action_says_who_could_and_where_its_body_is_described(cast: Cast, known: dict[str, str]) -> None:
    document = cast.hr.get("/openapi.json").json()
    actions = {
        each["name"]: each for each in told(cast.as_person("junior"), f"/tools/{known['tools']}/actions", {}) or ()
    }
    assert "mark-overdue" not in actions
    approve = actions["approve"]
    assert (approve["allowed"], approve["rule"]) == (False, "not-authorised")
    assert approve["who"]
    assert approve["remedy"]
    for path in known:
        for action in cast.hr.get(f"/{path}/actions").json()["items"][0]["actions"]:
            address, _, pointer = action["body_schema"].partition("#")
            assert address == "/openapi.json"
            found: Any = document
            for part in pointer.split("/")[1:]:
                found = found[unquote(part).replace("~1", "/").replace("~0", "~")]
            assert found["$ref"].startswith("#/components/schemas/")
