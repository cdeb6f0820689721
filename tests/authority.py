"""Who may do and see what in a service: every operation, asked for every caller, and what holds for any such table.

With ``PORTOLAN_WRITE_AUTHORITY=1`` a service's table is written again, after a policy was changed on purpose.
"""

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from chassis.commands.table import Aggregate
from chassis.http import routes
from chassis.http.examples import example
from contracts.roles import Role
from portolan.issuer import Issuer
from tests.documented_paths import with_choices
from tests.today import TODAY

DRY = {"prefer": "dry-run"}
AT_ONCE = 3
"""How many operations are asked at once: what the database does meanwhile is not waited for."""
MAY, MAY_NOT, UNKNOWN, LISTED, NOT_LISTED = "may", "may not", "unknown", "listed", "not listed"

Json = Mapping[str, Any]
Callers = Mapping[str, Mapping[str, str]]
"""The headers of each caller, by what they are to the record or by their role."""
Table = Mapping[str, Mapping[str, str]]
"""What came, by operation and caller."""


def headers(issuer: Issuer, subject: str, *roles: Role, instead_of: str | None = None) -> dict[str, str]:
    """What a caller sends, in the place of a person where one is named."""
    place = {"portolan-for": instead_of} if instead_of else {}
    return {"authorization": f"Bearer {issuer.token(subject, list(roles))}"} | place


class Operation(NamedTuple):
    """An operation of a service's document."""

    method: str
    path: str
    said: Json

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    @property
    def collection(self) -> str:
        return self.path.split("/")[1]

    @property
    def lists(self) -> bool:
        """Return whether it lists a collection."""
        return self.id.startswith("list_") and self.path == f"/{self.collection}"

    @property
    def example(self) -> Any:
        content = self.said.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    @property
    def query(self) -> dict[str, str]:
        """What has to be in the query."""
        needed = [each for each in self.said.get("parameters", []) if each["in"] == "query" and each["required"]]
        return {each["name"]: str(TODAY) if each["schema"].get("format") == "date" else "1" for each in needed}


class Reading(NamedTuple):
    """The operations that read an aggregate."""

    kind: str
    get: str
    history: str
    list: str


def operations(client: httpx.Client) -> list[Operation]:
    """Everything that the service's document describes."""
    paths = client.get("/openapi.json").json()["paths"]
    return [Operation(method, path, said) for path, each in paths.items() for method, said in each.items()]


def answer(client: httpx.Client, asked: Operation, known: Mapping[str, str], sent: Mapping[str, str], body: Any) -> str:
    """What came for one caller; a list tells whether the record that is known of its collection is in it."""
    url = re.sub(r"\{\w+\}", known.get(asked.collection, ""), with_choices(asked.path, asked.said))
    response = client.request(asked.method, url, headers=sent, json=body, params=asked.query)
    assert response.status_code < 500, response.text
    assert response.status_code != 422, f"{asked.method} {asked.path}: {response.text}"
    if response.status_code in (403, 404):
        return UNKNOWN if response.status_code == 404 else MAY_NOT
    if asked.lists and asked.collection in known:
        return LISTED if known[asked.collection] in listed(client, response, sent) else NOT_LISTED
    return MAY


def listed(client: httpx.Client, response: httpx.Response, sent: Mapping[str, str]) -> set[str]:
    """The ids in a list, all its pages."""
    found: set[str] = set()
    while True:
        found |= {item["id"] for item in response.json()["items"]}
        if "next" not in response.links:
            return found
        response = client.get(response.links["next"]["url"], headers=sent)


def asked_for(
    client: httpx.Client,
    asked: Sequence[Operation],
    known: Mapping[str, str],
    others: tuple[str, Mapping[str, str]],
    callers: Callers,
    body_of: Callable[[Operation, Mapping[str, str]], Any],
) -> dict[str, list[str]]:
    """What came for each caller, by operation, asked as a dry run.

    ``others``: other records, and what they are; what differs in them is asked once more, with that beside its name.
    """
    name, differing = others
    jobs = [(each.id, each, known) for each in asked]
    differ = [each for each in asked if known.get(each.collection) != differing.get(each.collection)]
    jobs += [(f"{each.id} ({name})", each, differing) for each in differ]

    def row(job: tuple[str, Operation, Mapping[str, str]]) -> list[str]:
        _, operation, records = job
        body = body_of(operation, records) if operation.method == "post" else None
        return [answer(client, operation, records, {**sent, **DRY}, body) for sent in callers.values()]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip([name for name, _, _ in jobs], threads.map(row, jobs), strict=True))


def table_of(rows: Sequence[Sequence[str]]) -> Table:
    """The same by operation and caller; the first row names the callers."""
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:]}


def reading(aggregate: Aggregate) -> Reading:
    """How an aggregate is read."""
    kind, path = (name.replace("-", "_") for name in (aggregate.decider.kind, aggregate.path))
    return Reading(kind, f"get_{kind}", f"get_{kind}_history", f"list_{path}")


def check_complete(table: Table, aggregates: Iterable[Aggregate]) -> None:
    """Every collection is in the table."""
    for aggregate in aggregates:
        assert {*reading(aggregate)[1:]} <= table.keys()


def check_lists(table: Table, aggregates: Iterable[Aggregate]) -> None:
    """A list shows exactly what can be read one by one."""
    for aggregate in aggregates:
        asked_for = reading(aggregate)
        for caller, seen in table[asked_for.get].items():
            assert table[asked_for.list][caller] == (LISTED if seen == MAY else NOT_LISTED), (asked_for, caller)


def check_hidden(table: Table, aggregates: Iterable[Aggregate]) -> None:
    """Who does not see something does nothing to it."""
    for aggregate in aggregates:
        asked_for = reading(aggregate)
        for row in (each for each in aggregate.commands if not each.who.system):
            name = f"{row.name}_{asked_for.kind}".replace("-", "_")
            operation = table.get(f"{name}_as") or table[name] if row is aggregate.creation else table[name]
            for caller, seen in table[asked_for.get].items():
                assert seen == MAY or operation[caller] in (UNKNOWN, MAY_NOT), (name, caller)


def check_service_alone(client: httpx.Client, aggregates: Iterable[Aggregate], known: Mapping[str, str]) -> None:
    """What only the service does is not documented, and nobody else may: the client's roles are those of a founder."""
    document = client.get("/openapi.json")
    rows = [(aggregate, row) for aggregate in aggregates for row in aggregate.commands if row.who.system]
    assert len(rows) > 10
    for aggregate, row in rows:
        assert f'"/{aggregate.path}/{{id}}/{row.name}"' not in document.text
        assert f"`{routes.operation(aggregate, row)}`" not in document.text
        body = example(row.command)
        response = client.post(f"/{aggregate.path}/{known[aggregate.path]}/{row.name}", json=body)
        assert response.status_code in (403, 404), (row.name, response.text)


def check_outside(table: Table, caller: str, outside: str) -> None:
    """Somebody may and sees no more than who has nothing to do with the record."""
    for operation, callers in table.items():
        if callers[outside] in (UNKNOWN, NOT_LISTED):
            assert callers[caller] == callers[outside], operation
        elif callers[outside] == MAY_NOT:
            assert callers[caller] in (UNKNOWN, MAY_NOT), operation


def check_stand_in(table: Table, stand_in: str, replaced: str, *, in_person: Set[str]) -> None:
    """A stand-in may what the one they stand in for may, and no more, but for what is done in person."""
    for operation, callers in table.items():
        if operation not in in_person:
            assert callers[stand_in] == callers[replaced], operation


def check_table(rows: Sequence[Sequence[str]], kept: Path) -> None:
    """What came is what is kept beside the test; it is written there first where the environment asks for it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    if os.environ.get("PORTOLAN_WRITE_AUTHORITY") == "1":
        kept.write_text(text.getvalue())
    assert text.getvalue().splitlines() == kept.read_text().splitlines()
