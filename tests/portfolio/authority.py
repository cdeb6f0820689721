"""Who may do and see what in portfolio, by role and by relation to the record: every operation, asked for all."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from chassis.store.relations import EVERYBODY
from services.portfolio.app import AGGREGATES
from tests import authority, plain_http
from tests.authority import Callers, Operation
from tests.portfolio.cast import Cast, out_of_office, related
from tests.portfolio.seed import MONDAY, confidential

TABLE = Path(__file__).with_name("authority.csv")
DRY = {"prefer": "dry-run"}
AT_ONCE = 3
"""How many operations are asked at once: what the database does meanwhile is not waited for."""
SEEN_BY_ALL = {aggregate.path for aggregate in AGGREGATES if aggregate.sees is EVERYBODY}
COLLECTIONS = {
    "criteria_set_id": "criteria-sets",
    "evaluation_id": "technology-evaluations",
    "initiative_id": "initiatives",
    "model_id": "change-models",
    "policy_id": "policies",
    "project_id": "projects",
    "service_id": "services",
    "technology_id": "technologies",
    "window_id": "change-windows",
}
"""The collection of the record that a field of a command names."""
OTHERS: Mapping[str, Mapping[str, Any]] = {
    "allocate_allocation": {"overload_reason": None},
    "log_decision": {"supersedes": None},
    "raise_change": {"kind": "normal", "model_id": None},
}
"""What differs from the example: an allocation is asked for both within the week's hours and, as ``..._as``, beyond."""


def answers(cast: Cast, seeded: Mapping[str, str]) -> list[list[str]]:
    """A row for each operation with what came for each caller; ``seeded`` has the id of one in each collection.

    Nothing is done: everything is asked as a dry run. Some are suspended after the others have asked, and ask last.
    """
    known = {**seeded, "load": cast.person("accountable"), "divisions": cast.division}
    views = {"desk", "accountability", "change-calendar"}
    with plain_http.client(base_url=cast.business.company.running["portfolio"].url, timeout=30) as client:
        described = [each for each in authority.operations(client) if each.collection in {*known, *views}]
        asked = [each for each in described if not is_the_same(each)]
        secret = {**known, **confidential(cast)}
        first = related(cast)
        rows = asked_for(client, asked, cast, known, secret, first)
        last = out_of_office(cast)
        later = asked_for(client, asked, cast, known, secret, last)
    return [["operation", *first, *last], *sorted([name, *rows[name], *later[name]] for name in rows)]


def is_the_same(asked: Operation) -> bool:
    """Return whether nothing new comes of it: test_actions.py compares actions; a creation is asked without an id."""
    return asked.path.endswith("/actions") or (asked.id.endswith("_as") and asked.collection in SEEN_BY_ALL)


def asked_for(
    client: httpx.Client,
    asked: Sequence[Operation],
    cast: Cast,
    known: Mapping[str, str],
    secret: Mapping[str, str],
    callers: Callers,
) -> dict[str, list[str]]:
    """What came for each caller, by operation; those on what may be confidential once more for what is."""
    named = fields(cast, known)
    plain = [(each.id, each, known) for each in asked]
    hidden = [each for each in asked if known.get(each.collection) != secret.get(each.collection)]
    jobs = [*plain, *((f"{each.id} (confidential)", each, secret) for each in hidden)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        rows = threads.map(lambda job: row(client, job[1], job[2], named, callers), jobs)
        return dict(zip([name for name, _, _ in jobs], rows, strict=True))


def row(
    client: httpx.Client, asked: Operation, known: Mapping[str, str], named: Mapping[str, Any], callers: Callers
) -> list[str]:
    """What came for each caller."""
    said = asked.example or {}
    meant = {name: value for name, value in named.items() if isinstance(said.get(name), type(value))}
    body = {**said, **meant, **OTHERS.get(asked.id, {})} if asked.method == "post" else None
    return [authority.answer(client, asked, known, {**sent, **DRY}, body) for sent in callers.values()]


def fields(cast: Cast, known: Mapping[str, str]) -> dict[str, Any]:
    """What commands name that has to be there: the seeded records, the cast's division and the accountable person."""
    persons = ("person_id", "owner_id", "sponsor_id", "accountable_id", "decided_by", "taken_by", "evaluated_by")
    return {
        **{field: known[path] for field, path in COLLECTIONS.items() if path in known},
        **dict.fromkeys(persons, cast.person("accountable")),
        "delegate_id": cast.person("delegate"),
        "division_id": cast.division,
        "monday": str(MONDAY),
        "service_ids": [known["services"]],
        "audience": [cast.division],
        "excepted_by": [cast.person("accountable")],
    }
