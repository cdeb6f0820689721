"""What the OpenAPI documents say of commands: the rules that may refuse each, and nothing of what only services do."""

import re
from collections.abc import Sequence

import pytest

from chassis.commands.table import Aggregate, CommandRow
from chassis.http.rules import UNKNOWN, rules_of
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO

ROWS = [
    (service.aggregates, aggregate, row)
    for service in (PEOPLE, PORTFOLIO, FINANCE)
    for aggregate in service.aggregates
    for row in aggregate.commands
]
NAMES = [f"{aggregate.path}/{row.name}" for _, aggregate, row in ROWS]


@pytest.mark.parametrize(("aggregates", "aggregate", "row"), ROWS, ids=NAMES)
def test_every_rule_has_a_name_and_a_sentence(
    aggregates: Sequence[Aggregate], aggregate: Aggregate, row: CommandRow
) -> None:
    found = rules_of(aggregate, row, aggregates)
    assert len({rule.name for rule in found}) == len(found) > 1
    for rule in found:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name), rule
        assert re.match(f"'?[A-Z0-9{UNKNOWN}]", rule.sentence), rule
        assert rule.sentence.endswith("."), rule


def rules(path: str, name: str) -> set[str]:
    return {
        rule.name
        for aggregates, aggregate, row in ROWS
        if (aggregate.path, row.name) == (path, name)
        for rule in rules_of(aggregate, row, aggregates)
    }


def test_what_a_command_changes_further_may_refuse_it_too() -> None:
    assert "receiver-approved" in rules("division-budgets", "transfer-out")
    assert "subject-erased" in rules("persons", "rename")


def test_a_business_key_and_a_part_of_who_may_are_rules_too() -> None:
    assert "already-taken" in rules("divisions", "establish") | rules("certificate-schemes", "define")
    assert {"not-authorised", "nobody-on-themself"} <= rules("tools", "issue")
    assert "reason-in-the-clear" in rules("pay", "set")


def test_a_name_made_of_an_argument_is_known() -> None:
    assert "only-submitted" in rules("division-budgets", "approve")
    assert {"method-frozen", "cycle-in-use"} <= rules("review-cycles", "revise")


def test_only_what_a_command_can_come_to_is_listed() -> None:
    assert "closes-only-when-empty" not in rules("divisions", "rename")
    assert "tool-at-hand" not in rules("tools", "return")
