"""Who may call what by role alone: every operation of the running services with a token of every role, and with none.

``PORTOLAN_WRITE_ROLES=1 pytest tests/surface/test_operation_roles.py`` writes the table again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests import plain_http
from tests.documented_paths import with_choices
from tests.harness import Running

TABLE = Path(__file__).with_name("roles.csv")
NOBODY = "no token"
CALLERS = [NOBODY, *(role.value for role in Role)]
UNKNOWN = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

Json = Mapping[str, Any]


def answers(running: Running) -> list[list[str]]:
    """A row for each operation: service, operation, and what came for each caller."""
    with plain_http.client(base_url=running.url, timeout=30) as client:
        document = client.get("/openapi.json").json()
        ids = known_ids(client, running, document)
        return [
            [running.service.name, operation["operationId"], *row(client, running, method, path, operation, ids)]
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        ]


def row(
    client: httpx.Client, running: Running, method: str, path: str, operation: Json, ids: Mapping[str, str]
) -> list[str]:
    """What came for each caller."""
    url = with_choices(path, operation).replace("{id}", ids.get(path.split("/")[1], UNKNOWN))
    url = url.replace("{division_id}", ids["division"])
    # Who may read is decided before the query is looked at by the handler, so a required one only has to be there.
    parameters = [each for each in operation.get("parameters", []) if each["in"] == "query" and each["required"]]
    query = {each["name"]: value_of(each["name"], each["schema"]) for each in parameters}
    sent = body(operation)
    return [
        answer(client.request(method, url, params=query, json=sent, headers=authorised(running, caller)))
        for caller in CALLERS
    ]


def value_of(name: str, schema: Json) -> str:
    """What a required part of a query is asked with."""
    return QUERIES.get(name, "2026-01-15" if schema.get("format") == "date" else "sap")


def authorised(running: Running, caller: str) -> dict[str, str]:
    """A token that names a stranger with the caller's role."""
    if caller == NOBODY:
        return {}
    return {"authorization": f"Bearer {running.issuer.token(str(uuid4()), [Role(caller)])}"}


def answer(response: httpx.Response) -> str:
    """401, 403 and 404 as they are; whatever else came, the role did not stand in the way."""
    assert response.status_code < 500, response.text
    assert response.status_code != 422, response.text
    return str(response.status_code) if response.status_code in (401, 403, 404) else "may"


def body(operation: Json) -> Any:
    """The documented example, or the least that the operations without one take."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return content.get("example", BODIES.get(operation["operationId"]))


QUERIES: Mapping[str, str] = {"amount": "1000", "currency": "EUR", "fiscal_year": "2026", "division_id": UNKNOWN}
BODIES: Mapping[str, Json] = {
    "carry_out_commands": {"commands": [{"command": "nothing", "body": {}}]},
    "redrive_parked": {},
    "discard_parked": {"reader": "reactions", "topic": "none", "partition": 0, "offset": 0, "why": "Tried."},
    "start_rebuild": {"reader": "none"},
}


def known_ids(client: httpx.Client, running: Running, document: Json) -> dict[str, str]:
    """For each collection the id of the first thing in it, as all roles together find it."""
    headers = {"authorization": f"Bearer {running.issuer.token('system:tests', list(Role))}"}
    found: dict[str, str] = {"division": UNKNOWN}
    for path, operations in document["paths"].items():
        if f"{path}/{{id}}" in document["paths"] and "get" in operations:
            items = client.get(path, headers=headers).json()["items"]
            if items:
                found[path.strip("/")] = items[0]["id"]
                found["division"] = items[0].get("division_id") or found["division"]
    if "/divisions/scorecard" in document["paths"]:
        scores = client.get("/divisions/scorecard", headers=headers).json()["divisions"]
        found["division"] = scores[0]["id"]
    return found
