"""Who could give a command, as a refusal says it: every row of every service, in words that can be read aloud."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.commands.table import Aggregate, CommandRow
from chassis.store.relations import Relation
from services.finance import app as finance
from services.people import app as people
from services.portfolio import app as portfolio

AGGREGATES = [*finance.SERVICE.aggregates, *people.SERVICE.aggregates, *portfolio.SERVICE.aggregates]
ROWS = [(aggregate, row) for aggregate in AGGREGATES for row in aggregate.commands]
# Names of what only narrows another relation: somebody told of these would not know whom to ask.
UNSAID = {"everybody", "others", "somebody else", "somebody in office", "those who act for themselves"}


@pytest.mark.parametrize(("aggregate", "row"), ROWS, ids=[f"{each.decider.kind} {row.name}" for each, row in ROWS])
def test_every_row_says_who_could(aggregate: Aggregate, row: CommandRow) -> None:
    assert row.who.who, aggregate.decider.kind
    assert UNSAID.isdisjoint(row.who.who), row.who.sentence
    # A sentence that begins with them names them first.
    assert not [who for who in row.who.who if who.startswith(("their ", "them "))], row.who.sentence
    assert len(set(row.who.who)) == len(row.who.who), row.who.sentence


def parts(who: Relation) -> Iterator[Relation]:
    """A relation and all it is made of."""
    yield who
    for part in (*who.both, *who.either):
        yield from parts(part)


SAID = sorted({text for _, row in ROWS for part in parts(row.who) for text in (part.detail, part.remedy) if text})


@pytest.mark.parametrize("text", SAID)
def test_what_a_rule_says_of_its_own_is_a_sentence(text: str) -> None:
    assert re.fullmatch(r"[A-Z].*[^.]\.", text)
    assert not re.search(r"cannot \w+[^s]s ", text), "an infinitive follows"


def test_the_domain_leaves_it_to_the_rows_who_may() -> None:
    """How much somebody may approve is a rule with amounts, in one module."""
    services = Path(people.__file__).parents[1]
    modules = [path for path in services.rglob("*.py") if "domain" in path.parts]
    forbidding = [path for path in modules if "Forbidden" in path.read_text()]
    assert forbidding == [services / "finance/authority/domain/approval.py"]
