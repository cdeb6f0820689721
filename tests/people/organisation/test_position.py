"""The rules of positions."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from chassis.domain.decider import Actor
from contracts import people
from contracts.values import Grade, SkillLevel
from services.people.organisation.commands import POSITIONS
from services.people.organisation.domain import position
from tests.people.acting import in_hr
from tests.scenarios import given, who_may

HEAD_OF_IT, CIO, DIVISION, HOLDER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
TOP = position.Superior(grade=Grade.EXECUTIVE)


def description(**different: Any) -> dict[str, Any]:
    same = {
        "title": "Head of IT",
        "grade": Grade.SENIOR_MANAGER,
        "reports_to": CIO,
        "it_management_years": Decimal(10),
        "duties": ("runs IT",),
    }
    return same | different


def draft(**different: Any) -> position.DraftPosition:
    return position.DraftPosition(division_id=DIVISION, **description(**different))


def revise(**different: Any) -> position.RevisePosition:
    return position.RevisePosition(**description(**different))


def revised(**different: Any) -> people.PositionRevised:
    return people.PositionRevised(**description(**different))


def facts(**known: Any) -> position.PositionFacts:
    usual: dict[str, Any] = {"policy_years": Decimal(10), "division_open": True, "superior": TOP}
    usual |= {"actor": Actor("tests")}
    return position.PositionFacts(at=datetime(2026, 11, 22, tzinfo=UTC), id=HEAD_OF_IT, **(usual | known))


DRAFTED = people.PositionDrafted(division_id=DIVISION, **description())
APPROVED = people.PositionApproved()
RETIRE = position.RetirePosition(reason="reorganised")
RETIRED = people.PositionRetired(reason="reorganised")
ASKS = [pytest.param((), draft(), id="draft"), pytest.param((DRAFTED,), revise(title="CTO"), id="revise")]


def status(*events: Any, command: position.PositionCommand) -> position.PositionStatus:
    state = given(position.POSITION, *events).when(command, facts()).then_state()
    assert isinstance(state, position.Position)
    return state.status


def test_a_position_is_drafted() -> None:
    given(position.POSITION).when(draft(), facts()).then(DRAFTED)


def test_drafting_it_again_with_the_same_facts_changes_nothing() -> None:
    given(position.POSITION, DRAFTED).when(draft(), facts(division_open=None)).then()
    given(position.POSITION, DRAFTED, APPROVED).when(draft(), facts()).then()


def test_drafting_another_one_under_the_same_id_is_refused() -> None:
    given(position.POSITION, DRAFTED).when(draft(title="CTO"), facts()).then_refused("already-exists")


def test_a_position_at_the_top_reports_to_none() -> None:
    top = draft(reports_to=None)
    given(position.POSITION).when(top, facts(superior=None)).then(DRAFTED.model_copy(update={"reports_to": None}))


@pytest.mark.parametrize(("before", "command"), ASKS)
def test_the_division_exists(before: tuple[Any, ...], command: position.PositionCommand) -> None:
    given(position.POSITION, *before).when(command, facts(division_open=None)).then_refused("division-unknown")


@pytest.mark.parametrize(("before", "command"), ASKS)
def test_the_division_is_open(before: tuple[Any, ...], command: position.PositionCommand) -> None:
    given(position.POSITION, *before).when(command, facts(division_open=False)).then_refused("division-closed")


@pytest.mark.parametrize(("before", "command"), ASKS)
def test_the_superior_position_exists(before: tuple[Any, ...], command: position.PositionCommand) -> None:
    given(position.POSITION, *before).when(command, facts(superior=None)).then_refused("superior-unknown")


@pytest.mark.parametrize(("before", "command"), ASKS)
def test_the_superior_position_is_not_retired(before: tuple[Any, ...], command: position.PositionCommand) -> None:
    retired = position.Superior(grade=Grade.EXECUTIVE, retired=True)
    given(position.POSITION, *before).when(command, facts(superior=retired)).then_refused("superior-retired")


@pytest.mark.parametrize(("before", "command"), ASKS)
def test_the_superior_position_is_not_of_a_lower_grade(
    before: tuple[Any, ...], command: position.PositionCommand
) -> None:
    lower = position.Superior(grade=Grade.MANAGER)
    given(position.POSITION, *before).when(command, facts(superior=lower)).then_refused("superior-not-below")


def test_the_superior_position_may_be_of_the_same_grade() -> None:
    same = position.Superior(grade=Grade.SENIOR_MANAGER)
    given(position.POSITION).when(draft(), facts(superior=same)).then(DRAFTED)


def test_a_position_does_not_report_to_itself() -> None:
    given(position.POSITION).when(draft(reports_to=HEAD_OF_IT), facts()).then_refused("no-cycles")
    given(position.POSITION, DRAFTED).when(revise(reports_to=HEAD_OF_IT), facts()).then_refused("no-cycles")


def test_a_position_does_not_report_to_one_below_itself() -> None:
    below = position.Superior(grade=Grade.EXECUTIVE, above=(UUID(int=9), HEAD_OF_IT))
    given(position.POSITION, DRAFTED).when(revise(reports_to=UUID(int=8)), facts(superior=below)).then_refused(
        "no-cycles"
    )


def test_a_position_is_not_revised_below_the_grade_of_those_reporting_to_it() -> None:
    lower = revise(grade=Grade.JUNIOR_MANAGER)
    given(position.POSITION, DRAFTED).when(lower, facts(highest_below=Grade.MANAGER)).then_refused("superior-not-below")
    given(position.POSITION, DRAFTED).when(lower, facts(highest_below=Grade.JUNIOR_MANAGER)).then(
        revised(grade=Grade.JUNIOR_MANAGER)
    )


@pytest.mark.parametrize("grade", [Grade.SENIOR_MANAGER, Grade.EXECUTIVE])
def test_a_senior_position_does_not_ask_for_less_than_the_policy(grade: Grade) -> None:
    less = {"grade": grade, "it_management_years": Decimal("9.99")}
    given(position.POSITION).when(draft(**less), facts()).then_refused("not-less-than-policy")
    given(position.POSITION, DRAFTED).when(revise(**less), facts()).then_refused("not-less-than-policy")


def test_a_senior_position_may_ask_for_more_than_the_policy() -> None:
    given(position.POSITION, DRAFTED).when(revise(it_management_years=Decimal(15)), facts()).then(
        revised(it_management_years=Decimal(15))
    )


def test_a_manager_position_may_ask_for_less_than_the_policy() -> None:
    given(position.POSITION, DRAFTED).when(revise(grade=Grade.MANAGER, it_management_years=Decimal(0)), facts()).then(
        revised(grade=Grade.MANAGER, it_management_years=Decimal(0))
    )


def test_a_drafted_position_is_approved() -> None:
    given(position.POSITION, DRAFTED).when(position.ApprovePosition(), facts()).then(APPROVED)
    assert status(DRAFTED, command=position.ApprovePosition()) is position.PositionStatus.APPROVED


def test_approving_again_changes_nothing() -> None:
    given(position.POSITION, DRAFTED, APPROVED).when(position.ApprovePosition(), facts()).then()
    given(position.POSITION, DRAFTED, APPROVED, revised()).when(position.ApprovePosition(), facts()).then()


def test_who_described_a_position_does_not_approve_it() -> None:
    her = in_hr(facts(actor=Actor(str(HOLDER)), described_by=frozenset({str(HOLDER)})))
    drafted = who_may(POSITIONS, DRAFTED)
    drafted.when(position.ApprovePosition(), her).then_refused("describer-is-not-approver")
    drafted.when(position.ApprovePosition(), replace(her, four_eyes=False)).then(APPROVED)
    system = in_hr(facts(actor=Actor("importer"), described_by=frozenset({"importer"})))
    drafted.when(position.ApprovePosition(), system).then(APPROVED)


def test_a_draft_that_the_policy_has_overtaken_is_not_approved() -> None:
    given(position.POSITION, DRAFTED).when(position.ApprovePosition(), facts(policy_years=Decimal(12))).then_refused(
        "not-less-than-policy"
    )


def test_a_position_is_revised() -> None:
    given(position.POSITION, DRAFTED, APPROVED).when(revise(title="CTO"), facts()).then(revised(title="CTO"))
    assert status(DRAFTED, APPROVED, command=revise(title="CTO")) is position.PositionStatus.REVISED


def test_a_revised_position_is_what_it_was_revised_to() -> None:
    changes = description(title="CTO", grade=Grade.EXECUTIVE, reports_to=None, duties=("a", "b"))
    state = given(position.POSITION, DRAFTED).when(position.RevisePosition(**changes), facts()).then_state()
    assert state == position.Position(division_id=DIVISION, **changes)


def test_a_position_has_fifty_duties_at_most() -> None:
    assert draft(duties=("one",) * 50)
    with pytest.raises(ValidationError):
        draft(duties=("one",) * 51)


def test_a_revised_draft_is_still_to_be_approved() -> None:
    assert status(DRAFTED, command=revise(title="CTO")) is position.PositionStatus.DRAFTED


def test_revising_it_to_what_it_is_changes_nothing() -> None:
    given(position.POSITION, DRAFTED).when(revise(), facts(policy_years=Decimal(12))).then()


def test_a_vacant_position_retires() -> None:
    given(position.POSITION, DRAFTED, APPROVED).when(RETIRE, facts()).then(RETIRED)


def test_a_held_position_does_not_retire() -> None:
    given(position.POSITION, DRAFTED, APPROVED).when(RETIRE, facts(holder=HOLDER)).then_refused(
        "retires-only-when-vacant"
    )


def test_a_position_to_which_others_report_does_not_retire() -> None:
    given(position.POSITION, DRAFTED).when(RETIRE, facts(highest_below=Grade.STAFF)).then_refused(
        "retires-without-reports"
    )


def test_retiring_again_changes_nothing() -> None:
    given(position.POSITION, DRAFTED, RETIRED).when(RETIRE, facts(holder=HOLDER)).then()


def test_a_retired_position_does_not_change() -> None:
    given(position.POSITION, DRAFTED, RETIRED).when(revise(title="CTO"), facts()).then_refused("position-retired")
    given(position.POSITION, DRAFTED, RETIRED).when(position.ApprovePosition(), facts()).then_refused(
        "position-retired"
    )


SCHEME = UUID(int=40)
REQUIRED: dict[str, Any] = {
    "required_skills": (SkillLevel(skill="ITMG", level=6),),
    "required_schemes": (SCHEME,),
    "experience": ("A merger.",),
}


def test_a_position_requires_skills_certificates_and_experience() -> None:
    demanding = draft(**REQUIRED)
    given(position.POSITION).when(demanding, facts(open_schemes=frozenset({SCHEME}))).then(
        people.PositionDrafted(division_id=DIVISION, **description(**REQUIRED))
    )
    state = (
        given(position.POSITION, DRAFTED).when(revise(**REQUIRED), facts(open_schemes=frozenset({SCHEME}))).then_state()
    )
    assert state == position.Position(division_id=DIVISION, **description(**REQUIRED))


@pytest.mark.parametrize("before", [(), (DRAFTED,)])
def test_a_position_requires_no_certificate_of_a_scheme_that_is_unknown_or_retired(before: tuple[Any, ...]) -> None:
    ask = revise(**REQUIRED) if before else draft(**REQUIRED)
    given(position.POSITION, *before).when(ask, facts()).then_refused("scheme-open")


def test_a_draft_whose_scheme_was_retired_meanwhile_is_not_approved() -> None:
    drafted = people.PositionDrafted(division_id=DIVISION, **description(**REQUIRED))
    given(position.POSITION, drafted).when(position.ApprovePosition(), facts()).then_refused("scheme-open")


def test_a_position_requires_a_skill_at_one_level() -> None:
    twice = (SkillLevel(skill="ITMG", level=6), SkillLevel(skill="itmg", level=5))
    given(position.POSITION).when(draft(required_skills=twice), facts()).then_refused("skill-required-once")


# Who holds a position that is revised

TO_SENIOR = [
    pytest.param(DRAFTED.model_copy(update={"grade": Grade.MANAGER, "it_management_years": Decimal(0)}), id="grade"),
    pytest.param(DRAFTED.model_copy(update={"it_management_years": Decimal(8)}), id="years"),
]


@pytest.mark.parametrize("drafted", TO_SENIOR)
def test_who_holds_a_position_that_comes_to_demand_more_seniority_passes_the_gate(
    drafted: people.PositionDrafted,
) -> None:
    asked = given(position.POSITION, drafted, APPROVED)
    refusal = asked.when(revise(), facts(holder=HOLDER, holder_years=Fraction(999, 100))).then_refused(
        "senior-manager-gate"
    )
    assert "9.99" not in refusal.detail, "how much they have is private"
    for passes in ({"holder_years": Fraction(10)}, {"holder_waived": True}, {"holder": None}):
        asked.when(revise(), facts(**({"holder": HOLDER} | passes))).then(revised())


def test_who_holds_a_senior_position_is_not_judged_again_where_it_demands_no_more() -> None:
    given(position.POSITION, DRAFTED, APPROVED).when(revise(title="CTO"), facts(holder=HOLDER)).then(
        revised(title="CTO")
    )
