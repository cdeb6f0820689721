"""Who may do and see what, by role and by relation to the person concerned: every operation, asked for all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests import plain_http
from tests.documented_paths import with_choices
from tests.people.cast import Cast
from tests.today import TODAY

TABLE = Path(__file__).with_name("authority.csv")
MAY, MAY_NOT, UNKNOWN, LISTED, NOT_LISTED = "may", "may not", "unknown", "listed", "not listed"
ANYWHERE = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
OUT_OF_WORK = ("suspend", "reinstate", "record-leaving", "erase")

Json = Mapping[str, Any]


def callers(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of each caller; the person concerned is the junior manager, whom the member reports to."""
    related = {
        "themself": "junior",
        "line manager": "manager",
        "above": "senior",
        "top": "director",
        "report": "member",
        "beside": "peer",
        "another line": "stranger",
    }
    found: dict[str, Mapping[str, str]] = {}
    found |= {relation: headers(cast, cast.persons[name], Role.STAFF) for relation, name in related.items()}
    for name, stand_in in {"manager": "peer", "junior": "stranger"}.items():
        standing = {"stand_in_id": cast.persons[stand_in], "starts_on": str(TODAY), "ends_on": str(TODAY)}
        cast.post(cast.hr, f"/persons/{cast.persons[name]}/name-stand-in", **standing)
    for whose, name, stand_in in (("manager's", "manager", "peer"), ("their own", "junior", "stranger")):
        in_place = {"portolan-for": cast.persons[name]}
        found[f"{whose} stand-in"] = headers(cast, cast.persons[stand_in], Role.STAFF) | in_place
    out_of_office(cast)
    found |= {f"{name} above": headers(cast, cast.persons[name], Role.STAFF) for name in ("suspended", "left")}
    roles = (Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.MANAGER, Role.PORTFOLIO_OFFICE, Role.FINANCE_CONTROLLER)
    return found | {f"role {role}": headers(cast, str(uuid4()), role) for role in roles}


def out_of_office(cast: Cast) -> None:
    """Above the director there is somebody suspended, and above them somebody who has left."""
    for name, below in (("suspended", "director"), ("left", "suspended")):
        cast.join(name, "executive", None)
        body = {"line_manager_id": cast.persons[name], "effective_on": str(TODAY)}
        cast.post(cast.hr, f"/persons/{cast.persons[below]}/change-line-manager", **body)
    cast.post(cast.hr, f"/persons/{cast.persons['suspended']}/suspend", effective_on=str(TODAY))
    cast.post(cast.hr, f"/persons/{cast.persons['left']}/record-leaving", effective_on=str(TODAY))


def headers(cast: Cast, subject: str, role: Role) -> dict[str, str]:
    """What a caller sends."""
    return {"authorization": f"Bearer {cast.people.issuer.token(subject, [role])}"}


def answers(cast: Cast, seeded: Mapping[str, str]) -> list[list[str]]:
    """A row for each operation with what came for each caller; ``seeded`` has the id of one in each collection."""
    with plain_http.client(base_url=cast.people.url, timeout=30) as client:
        document = client.get("/openapi.json").json()
        known = callers(cast)
        rows = []
        for path in sorted(document["paths"], key=when):
            for method, operation in document["paths"][path].items():
                if path.split("/")[1] in {*seeded, "desk", "figures", "qualification-forecast"}:
                    asked = (client, method, path, operation, seeded)
                    rows.append([operation["operationId"], *(answer(*asked, each) for each in known.values())])
        return [["operation", *known], *sorted(rows)]


def when(path: str) -> int:
    """Nothing is asked about somebody who left, but what makes them leave, nor about a tool that is nobody's."""
    _, _, command = path.rpartition("/")
    if path == "/tools/{id}/decline":
        return -2
    return OUT_OF_WORK.index(command) if path.startswith("/persons/") and command in OUT_OF_WORK else -1


def answer(
    client: httpx.Client, method: str, path: str, operation: Json, seeded: Mapping[str, str], sent: Mapping[str, str]
) -> str:
    """What came for one caller; a list tells whether the one that was made for it is in it."""
    collection = path.split("/")[1]
    url = with_choices(path, operation).replace("{id}", seeded.get(collection, ""))
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    response = client.request(method, url, headers=sent, json=content.get("example"), params={})
    assert response.status_code < 500, response.text
    assert response.status_code != 422, f"{method} {path}: {response.text}"
    if response.status_code in (403, 404):
        return UNKNOWN if response.status_code == 404 else MAY_NOT
    if method == "get" and collection in seeded and path == f"/{collection}":
        return LISTED if seeded[collection] in listed(client, response, sent) else NOT_LISTED
    return MAY


def listed(client: httpx.Client, response: httpx.Response, sent: Mapping[str, str]) -> set[str]:
    """The ids in a list, all its pages."""
    found: set[str] = set()
    while True:
        found |= {item["id"] for item in response.json()["items"]}
        if "next" not in response.links:
            return found
        response = client.get(response.links["next"]["url"], headers=sent)
