"""Who may do and see what in finance, by role and by relation to the record: every operation, asked for all."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests import authority, plain_http
from tests.authority import Callers, Operation
from tests.finance.cast import PERIOD, YEAR, Cast, of_project, out_of_office, related
from tests.today import TODAY

TABLE = Path(__file__).with_name("authority.csv")
DRY = {"prefer": "dry-run"}
AT_ONCE = 3
"""How many operations are asked at once: what the database does meanwhile is not waited for."""
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
        first = related(cast)
        rows = asked_for(client, asked, cast, seeded, project, first)
        last = out_of_office(cast)
        later = asked_for(client, asked, cast, seeded, project, last)
    return [["operation", *first, *last], *sorted([name, *rows[name], *later[name]] for name in rows)]


def asked_for(
    client: httpx.Client,
    asked: Sequence[Operation],
    cast: Cast,
    known: Mapping[str, str],
    project: Mapping[str, str],
    callers: Callers,
) -> dict[str, list[str]]:
    """What came for each caller, by operation; those on orders and expenses once more on a project's."""
    jobs = [(each.id, each, known, False) for each in asked]
    of_both = [each for each in asked if known.get(each.collection) != project.get(each.collection)]
    jobs += [(f"{each.id} (of a project)", each, project, True) for each in of_both]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        rows = threads.map(lambda job: row(client, job[1], job[2], job[3], cast, callers), jobs)
        return dict(zip([name for name, *_ in jobs], rows, strict=True))


def row(
    client: httpx.Client, asked: Operation, known: Mapping[str, str], of_project: bool, cast: Cast, callers: Callers
) -> list[str]:
    """What came for each caller."""
    body = {**(asked.example or {}), **named(asked, known, of_project, cast)} if asked.method == "post" else None
    return [authority.answer(client, asked, known, {**sent, **DRY}, body) for sent in callers.values()]


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
