"""Who may do and see what in finance, by role and by relation to the record: every operation, asked for all."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import authority, plain_http
from tests.authority import Callers, Operation
from tests.finance.cast import PERIOD, YEAR, Cast, of_project, out_of_office, related
from tests.today import TODAY

TABLE = Path(__file__).with_name("authority.csv")
VIEWS = {"availability", "overruns", "conversations", "desk", "figures-check", "savings-sums"}
"""What is asked for without a record's id or a query."""


def answers(cast: Cast, seeded: Mapping[str, str]) -> list[list[str]]:
    """A row for each operation with what came for each caller; ``seeded`` has the id of one in each collection.

    Nothing is done: everything is asked as a dry run. Some leave after the others have asked, and ask last.
    """
    with plain_http.client(base_url=cast.business.company.running["finance"].url, timeout=30) as client:
        described = [each for each in authority.operations(client) if each.collection in {*seeded, *VIEWS}]
        asked = [each for each in described if not each.path.endswith("/actions")]
        project = {**seeded, **of_project(cast)}

        def body(each: Operation, records: Mapping[str, str]) -> dict[str, Any]:
            return {**(each.example or {}), **named(each, seeded, records is project, cast)}

        def came(callers: Callers) -> dict[str, list[str]]:
            return authority.asked_for(client, asked, seeded, ("of a project", project), callers, body)

        first = related(cast)
        rows = came(first)
        last = out_of_office(cast)
        later = came(last)
    return [["operation", *first, *last], *sorted([name, *rows[name], *later[name]] for name in rows)]


def named(asked: Operation, known: Mapping[str, str], of_project: bool, cast: Cast) -> dict[str, Any]:
    """What a command names that has to be there: the records of the cast, its division and its persons."""
    fields: dict[str, Any] = {
        "division_id": cast.division,
        "owner_id": cast.person("colleague"),
        "parent_budget_id": None,
        "category": "software",
        "commitment_id": None,
        "valid_from": f"{YEAR + 9}-01-01",
        "occurred_on": str(TODAY),
        "period": PERIOD if asked.collection in ("income-sources", "charge-backs") else 2,
    }
    said = asked.example or {}
    found = {name: value for name, value in fields.items() if name in said}
    if asked.collection in ("commitments", "expenses", "spending-exceptions") and "division_budget_id" in said:
        found["division_budget_id"] = None if of_project else known["forecasts"]
        if "project_id" in said:
            found["project_id"] = cast.project if of_project else None
    return found
