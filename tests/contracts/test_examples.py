"""The examples in the APIs' documents are bodies the commands accept."""

import json

import pytest

from chassis.commands.table import Aggregate, CommandRow
from chassis.http.examples import example
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO

ROWS = [
    (aggregate, row)
    for service in (PEOPLE, PORTFOLIO, FINANCE)
    for aggregate in service.aggregates
    for row in aggregate.commands
]


@pytest.mark.parametrize(("aggregate", "row"), ROWS, ids=[row.command.__name__ for _, row in ROWS])
def test_an_example_is_accepted(aggregate: Aggregate, row: CommandRow) -> None:
    row.command.model_validate_json(json.dumps(example(row.command)))


def test_every_command_says_what_it_does() -> None:
    assert [row.command.__name__ for _, row in ROWS if not (row.command.__doc__ or "").strip()] == []
