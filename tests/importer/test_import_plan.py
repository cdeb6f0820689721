"""What is asked of the services for a row: the right commands, with ids that stay."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portolan.importer.projects.mapping import ProjectMapping as Mapping
from portolan.importer.projects.plan import Plan
from portolan.importer.projects.rows import ProjectRow
from portolan.importer.reading import Record
from portolan.importer.sending import Command
from services.finance.app import AGGREGATES as FINANCE
from services.people.app import AGGREGATES as PEOPLE
from services.portfolio.app import AGGREGATES as PORTFOLIO

COMMANDS: dict[str, Any] = {
    f"{row.name}_{aggregate.decider.kind}".replace("-", "_"): row.command
    for aggregate in (*PEOPLE, *PORTFOLIO, *FINANCE)
    for row in aggregate.commands
}
ROW = ProjectRow(
    record=Record(2, 2, ()),
    agency="Parks",
    agency_code="7",
    investment="P-1",
    investment_title="Paths",
    project="1",
    name="Signs",
    description="New signs.",
    start=date(2011, 1, 10),
    completion=date(2012, 9, 30),
    planned_completion=None,
    projected_completion=None,
    planned_cost=Decimal("1500000.000001"),
    projected_cost=Decimal("1250000"),
    currency=None,
    updated=date(2011, 11, 30),
)
FINISHED = replace(ROW, planned_completion=date(2011, 5, 1), projected_completion=date(2011, 6, 1))
EXPECTED = replace(ROW, projected_completion=date(2013, 1, 1))
BARE = replace(ROW, start=None, completion=None, planned_cost=None, projected_cost=None)


def all_commands(plan: Plan, row: ProjectRow) -> list[Command]:
    return [
        plan.establish(row.agency, row.agency_code),
        *plan.head_position(row.agency, Decimal(12)),
        *plan.hired_head(row.agency, row.updated),
        plan.renamed_head(row.agency),
        plan.appoint_head(row.agency),
        *plan.manager_position(row.agency, "Grace", Decimal(10), plan.head_position_id(row.agency)),
        *plan.hired_manager(row.agency, "Grace", row.updated),
        *plan.initiative(row),
        plan.take_over(row),
        *plan.progress(row),
        *plan.budget(row),
        *plan.costs(row),
        *plan.taken_back(row),
    ]


@pytest.mark.parametrize("row", [ROW, FINISHED, EXPECTED, BARE, replace(ROW, agency="x" * 200)])
def test_every_command_is_one_the_services_have_in_the_form_they_take(row: ProjectRow) -> None:
    for command in all_commands(Plan(Mapping()), row):
        COMMANDS[command.operation].model_validate_json(json.dumps(command.body))
        assert set(command.fields) <= set(command.body)


def test_ids_follow_from_source_and_key_and_from_nothing_else() -> None:
    one, again, other = Plan(Mapping()), Plan(Mapping(currency="EUR")), Plan(Mapping(source="other"))
    assert one.project_id(ROW) == again.project_id(replace(ROW, name="x", planned_cost=None))
    assert one.project_id(ROW) != other.project_id(ROW)
    ids = [one.project_id(replace(ROW, agency=agency, investment=key)) for agency, key in (("a", "bc"), ("ab", "c"))]
    assert ids[0] != ids[1]


def test_with_a_secret_nobody_can_work_an_id_out_from_a_name() -> None:
    open_to_all, own, other = (
        Plan(Mapping.model_validate({"secret": secret}))
        for secret in (None, "the secret of the owner", "the secret of another")
    )
    ids = {plan.hired_manager("Parks", "Grace", ROW.updated)[0].id for plan in (open_to_all, own, other)}
    assert len(ids) == 3
    assert own.project_id(ROW) == Plan(own.mapping.model_copy(update={"currency": "EUR"})).project_id(ROW)
    assert "the secret of the owner" not in repr(own)


def test_a_finished_project_states_what_it_cost_on_the_day_it_was_completed() -> None:
    (command,) = Plan(Mapping()).costs(FINISHED)
    assert command.operation == "state_expense"
    assert command.body["project_id"] == str(Plan(Mapping()).project_id(FINISHED))
    (corrected,) = Plan(Mapping()).costs(replace(FINISHED, projected_cost=Decimal(7)))
    assert corrected.id == command.id
    assert command.body["amount"] == {"amount": "1250000", "currency": "USD"}
    assert command.body["occurred_on"] == "2011-06-01"
    assert command.body["reference"] == "Parks / P-1 / 1"


def test_another_one_states_what_it_is_expected_to_cost_and_when_it_is_expected_to_end() -> None:
    plan = Plan(Mapping())
    (estimate,) = plan.costs(EXPECTED)
    assert (estimate.operation, estimate.body["basis"]) == ("state_estimate_project_budget", "taken over")
    (report,) = plan.progress(EXPECTED)
    assert report.body == {"as_of": "2011-11-30", "expected_completion": "2013-01-01"}
    assert not plan.progress(FINISHED)
    assert not plan.progress(ROW)


def test_an_actual_stated_for_what_is_not_finished_after_all_becomes_nothing() -> None:
    (command,) = Plan(Mapping()).taken_back(ROW)
    assert command.body["amount"] == {"amount": "0", "currency": "USD"}
    assert command.body["reason"].endswith("The project is not finished.")


def test_without_costs_no_budget_is_opened_and_the_gaps_are_named() -> None:
    plan = Plan(Mapping())
    assert not plan.budget(BARE)
    assert not plan.costs(BARE)
    body = plan.take_over(BARE).body
    assert body["plan"] is None
    assert body["gaps"] == ["plan not recorded", "planned cost not recorded", "projected cost not recorded"]


def test_where_nobody_is_named_nobody_is_sent_and_the_division_s_head_stands_in() -> None:
    assert Plan(Mapping()).take_over(ROW).body["accountable_id"] is None
    mapping = Mapping.model_validate({"accountable": [{"division": "Parks", "person": "Grace"}]})
    assert Plan(mapping).take_over(ROW).body["accountable_id"] == str(
        Plan(mapping).hired_manager("Parks", "Grace", ROW.updated)[0].id
    )


def test_an_unnamed_head_is_plainly_not_a_name() -> None:
    plan = Plan(Mapping())
    assert plan.head_name("Parks") == "Head of Parks (name not recorded)"
    assert plan.hired_head("Parks", ROW.updated)[1].body["waiver"]["reason"] == (
        "Taken over from federal IT dashboard; experience not recorded."
    )


def test_nothing_of_the_file_is_cut_off() -> None:
    long = replace(ROW, agency="a" * 200, investment="i" * 100, project="p" * 100)
    assert Plan(Mapping()).take_over(long).body["source"]["reference"] == f"{'a' * 200} / {'i' * 100} / {'p' * 100}"
