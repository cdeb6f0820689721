"""What callers are told they may do beside what happens when they do it, as dry runs, of all commands of a service."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import httpx

from chassis.commands.table import Aggregate
from chassis.http.examples import example

DRY = {"prefer": "dry-run"}
Callers = Mapping[str, Mapping[str, str]]
"""The headers of each caller, by what they are to the records asked about."""


def compare_records(
    client: httpx.Client, aggregates: Sequence[Aggregate], known: Mapping[str, str], callers: Callers
) -> Counter[str]:
    """Compare for one record of each collection; how often what was told, by whether it was allowed."""
    commands = {(aggregate.path, row.name): row for aggregate in aggregates for row in aggregate.commands}
    outcomes: Counter[str] = Counter()
    for name, headers in callers.items():
        for path, id in known.items():
            actions = told(client, f"/{path}/{id}/actions", headers)
            assert (actions is None) == (client.get(f"/{path}/{id}", headers=headers).status_code == 404), path
            for action in actions or ():
                row = commands[path, action["name"]]
                answer = client.post(action["href"], json=example(row.command), headers={**headers, **DRY})
                where = f"{action['operation']} as {name}: {action} but {answer.text}"
                assert answer.status_code not in (404, 422), where
                if not action["allowed"]:
                    outcomes["refused"] += 1
                    assert answer.status_code in (403, 409), where
                    assert action["rule"], where
                    assert action["detail"], where
                    assert row.command.model_fields or answer.json()["rule"] == action["rule"], where
                else:
                    outcomes["by its body" if action["body_decides"] else "allowed"] += 1
                    assert answer.status_code != 403, where
    return outcomes


def compare_creations(client: httpx.Client, aggregates: Sequence[Aggregate], callers: Callers) -> Counter[str]:
    """Compare for what creates a record, which is told without an id."""
    outcomes: Counter[str] = Counter()
    for aggregate in aggregates:
        creating = {row.name: row for row in aggregate.commands if row.creates}
        for name, headers in callers.items():
            response = client.get(f"/{aggregate.path}/actions", headers=headers)
            assert response.status_code == 200, f"{aggregate.path} as {name}: {response.text}"
            (found,) = response.json()["items"]
            assert found["id"] is None
            for action in found["actions"]:
                url = action["href"].replace("{id}", str(uuid4()))
                body = example(creating[action["name"]].command)
                answer = client.post(url, json=body, headers={**headers, **DRY})
                where = f"{aggregate.path} as {name}: {action} but {answer.text}"
                outcomes["allowed" if action["allowed"] else "refused"] += 1
                if not action["allowed"]:
                    assert answer.status_code in (403, 404, 409), where
                elif not action["body_decides"]:
                    assert answer.status_code < 300, where
    return outcomes


def told(client: httpx.Client, path: str, headers: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The actions of a record; None where it is hidden or absent."""
    response = client.get(path, headers=headers)
    assert response.status_code in (200, 404), response.text
    found: list[dict[str, Any]] | None = response.json()["actions"] if response.status_code == 200 else None
    return found
