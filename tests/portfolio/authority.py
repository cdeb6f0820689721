"""Who may do and see what in portfolio, by role and by relation to the record: every operation, asked for all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.store.relations import EVERYBODY
from services.portfolio.app import AGGREGATES
from tests import authority, plain_http
from tests.authority import Callers, Operation
from tests.portfolio.cast import Cast, out_of_office, related
from tests.portfolio.seed import MONDAY, confidential

TABLE = Path(__file__).with_name("authority.csv")
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
        secret, named = {**known, **confidential(cast)}, fields(cast, known)

        def came(callers: Callers) -> dict[str, list[str]]:
            return authority.asked_for(
                client, asked, known, ("confidential", secret), callers, lambda each, _: body(each, named)
            )

        first = related(cast)
        rows = came(first)
        last = out_of_office(cast)
        later = came(last)
    return [["operation", *first, *last], *sorted([name, *rows[name], *later[name]] for name in rows)]


def is_the_same(asked: Operation) -> bool:
    """Return whether nothing new comes of it: test_actions.py compares actions; a creation is asked without an id."""
    return asked.path.endswith("/actions") or (asked.id.endswith("_as") and asked.collection in SEEN_BY_ALL)


def body(asked: Operation, named: Mapping[str, Any]) -> dict[str, Any]:
    """The example, with what has to be there."""
    said = asked.example or {}
    meant = {name: value for name, value in named.items() if isinstance(said.get(name), type(value))}
    return {**said, **meant, **OTHERS.get(asked.id, {})}


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
