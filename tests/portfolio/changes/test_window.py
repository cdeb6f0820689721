"""The rules of windows and change models: local times, what a freeze lies over, who approves a model."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chassis.domain.decider import Actor, Facts
from contracts.portfolio import changes
from contracts.roles import Role
from services.portfolio.changes.commands import CHANGE_MODELS, WINDOWS_OF_CHANGES, freezes_recorded
from services.portfolio.changes.domain import change_model, window
from services.portfolio.changes.domain.change.schedule import RecordFreeze
from tests.portfolio.changes.story import DIVISION, FREEZE_ID, GUARDIAN, NOW, OWNER, RAISER, SERVICE_ID
from tests.scenarios import given, who_may

ASKED: dict[str, Any] = {
    "name": "Year end",
    "kind": "freeze",
    "time_zone": "Europe/Zurich",
    "starts": "2026-12-20T00:00",
    "ends": "2027-01-03T06:00",
    "division_id": DIVISION,
    "kinds_excepted": ["emergency"],
    "excepted_by": [GUARDIAN],
}
DECLARE = window.DeclareWindow.model_validate(ASKED)
MOMENTS = {"starts_at": datetime(2026, 12, 19, 23, tzinfo=UTC), "ends_at": datetime(2027, 1, 3, 5, tzinfo=UTC)}
DECLARED = changes.WindowDeclared(**vars(DECLARE), **MOMENTS, inside=(), declared_by=(str(OWNER),))
WITHDRAWN = changes.WindowWithdrawn(reason="no need")
MOVE = window.MoveWindow.model_validate({"starts": "2026-12-21T00:00", "ends": "2027-01-03T06:00", "reason": "later"})


def facts(**known: Any) -> window.WindowFacts:
    return window.WindowFacts(actor=Actor(str(OWNER)), at=NOW, id=FREEZE_ID, **{"division_open": True} | known)


def test_a_window_is_declared_by_local_times_in_a_zone() -> None:
    given(window.WINDOW).when(DECLARE, facts()).then(DECLARED)
    given(window.WINDOW, DECLARED).when(DECLARE, facts()).then()
    other = DECLARE.model_copy(update={"name": "Easter"})
    given(window.WINDOW, DECLARED).when(other, facts()).then_refused("already-exists")


@pytest.mark.parametrize(
    ("starts", "ends", "starts_at", "ends_at"),
    [
        # Shown twice: from the first time to the second.
        ("2026-10-25T02:30", "2026-10-25T03:30", "2026-10-25T00:30Z", "2026-10-25T02:30Z"),
        ("2026-10-25T01:00", "2026-10-25T02:30", "2026-10-24T23:00Z", "2026-10-25T01:30Z"),
        # Skipped: the moment at which the clocks jump.
        ("2026-03-29T02:30", "2026-03-29T04:00", "2026-03-29T01:00Z", "2026-03-29T02:00Z"),
        ("2026-03-29T01:00", "2026-03-29T02:30", "2026-03-29T00:00Z", "2026-03-29T01:00Z"),
    ],
)
def test_a_window_over_a_change_of_the_clocks_lasts_as_long_as_it_may_mean(
    starts: str, ends: str, starts_at: str, ends_at: str
) -> None:
    command = window.DeclareWindow.model_validate(ASKED | {"starts": starts, "ends": ends})
    state = given(window.WINDOW).when(command, facts()).then_state()
    assert isinstance(state, window.Window)
    assert [state.starts_at, state.ends_at] == [datetime.fromisoformat(each) for each in (starts_at, ends_at)]


def test_a_window_whose_time_the_clocks_skip_is_refused() -> None:
    skipped = ASKED | {"starts": "2026-03-29T02:10", "ends": "2026-03-29T02:50"}
    command = window.DeclareWindow.model_validate(skipped)
    given(window.WINDOW).when(command, facts()).then_refused("window-has-length")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends": "2026-12-20T00:00"}, "a window ends after it starts"),
        ({"starts": "2026-12-20T00:00Z"}, "starts"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"division_id": None}, "name services or a division"),
    ],
)
def test_a_window_is_in_order_in_a_known_zone_and_for_something(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        window.DeclareWindow.model_validate(ASKED | wrong)


def test_what_a_window_is_for_and_who_may_except_are_known() -> None:
    given(window.WINDOW).when(DECLARE, facts(division_open=None)).then_refused("division-not-known-yet")
    given(window.WINDOW).when(DECLARE, facts(services_known=False)).then_refused("service-not-known")
    given(window.WINDOW).when(DECLARE, facts(persons_known=False)).then_refused("person-not-known-yet")


def test_a_freeze_lists_what_is_scheduled_inside_and_every_change_is_told() -> None:
    one, two, three = (UUID(int=n) for n in (91, 92, 93))
    declared = DECLARED.model_copy(update={"inside": (one, two)})
    given(window.WINDOW).when(DECLARE, facts(inside=[one, two])).then(declared)
    before = window.WINDOW.fold([declared])
    after = given(window.WINDOW, declared).when(MOVE, facts(inside=[two, three])).then_state()
    assert isinstance(after, window.Window)
    told = freezes_recorded(MOVE, before, after, facts())
    assert [(each.id, each.command) for each in told] == [
        (one, RecordFreeze(window_id=FREEZE_ID, inside=False)),
        (three, RecordFreeze(window_id=FREEZE_ID, inside=True)),
    ]
    over = facts(inside=[UUID(int=n) for n in range(window.MOST_INSIDE + 1)])
    given(window.WINDOW).when(DECLARE, over).then_refused("window-bounded")


def test_a_window_is_moved_until_it_is_withdrawn_and_then_lies_over_nothing() -> None:
    inside = DECLARED.model_copy(update={"inside": (SERVICE_ID,)})
    given(window.WINDOW, DECLARED).when(window.WithdrawWindow(reason="no need"), facts()).then(WITHDRAWN)
    given(window.WINDOW, DECLARED, WITHDRAWN).when(window.WithdrawWindow(reason="no need"), facts()).then()
    given(window.WINDOW, DECLARED, WITHDRAWN).when(MOVE, facts()).then_refused("window-withdrawn")
    same = MOVE.model_copy(update={"starts": DECLARE.starts})
    given(window.WINDOW, DECLARED).when(same, facts()).then()
    state = window.WINDOW.fold([inside, WITHDRAWN])
    assert isinstance(state, window.Window)
    assert state.inside == ()


def test_a_manager_neither_moves_nor_withdraws_a_window_of_somebody_else() -> None:
    withdraw = window.WithdrawWindow(reason="no need")
    for roles, actor in (({Role.MANAGER}, OWNER), ({Role.PORTFOLIO_OFFICE}, RAISER), ({Role.ADMINISTRATOR}, RAISER)):
        may = replace(facts(), actor=Actor(str(actor), frozenset(roles)))
        who_may(WINDOWS_OF_CHANGES, DECLARED).when(withdraw, may).then(WITHDRAWN)
    another = replace(facts(), actor=Actor(str(RAISER), frozenset({Role.MANAGER})))
    for command in (withdraw, MOVE):
        who_may(WINDOWS_OF_CHANGES, DECLARED).when(command, another).then_refused("not-authorised")


DRAFT = change_model.DraftChangeModel(
    name="Restart", division_id=DIVISION, procedure="Restart it.", back_out_plan="Start the old one."
)
DRAFTED = changes.ChangeModelDrafted(**vars(DRAFT), drafted_by=(str(RAISER),))
APPROVED, RETIRED = changes.ChangeModelApproved(), changes.ChangeModelRetired(reason="old")


def of_model(actor: UUID = RAISER, *roles: str, division_open: bool | None = True) -> change_model.ModelFacts:
    base = Facts(actor=Actor(str(actor), frozenset(roles)), at=NOW, id=UUID(int=1))
    return change_model.ModelFacts(**vars(base), division_open=division_open)


def test_a_change_model_is_drafted_approved_by_somebody_else_and_retired() -> None:
    approve, retire = change_model.ApproveChangeModel(), change_model.RetireChangeModel(reason="old")
    given(change_model.CHANGE_MODEL).when(DRAFT, of_model()).then(DRAFTED)
    given(change_model.CHANGE_MODEL).when(DRAFT, of_model(division_open=False)).then_refused("division-closed")
    given(change_model.CHANGE_MODEL, DRAFTED).when(DRAFT, of_model()).then()
    may = who_may(CHANGE_MODELS, DRAFTED)
    may.when(approve, of_model(RAISER, Role.EXECUTIVE)).then_refused("drafter-does-not-approve")
    may.when(approve, of_model(OWNER, Role.STAFF)).then_refused("not-authorised")
    may.when(approve, of_model(OWNER, Role.MANAGER)).then(APPROVED)
    given(change_model.CHANGE_MODEL, DRAFTED, APPROVED).when(approve, of_model()).then()
    given(change_model.CHANGE_MODEL, DRAFTED, APPROVED).when(retire, of_model()).then(RETIRED)
    given(change_model.CHANGE_MODEL, DRAFTED, RETIRED).when(retire, of_model()).then()
    given(change_model.CHANGE_MODEL, DRAFTED, RETIRED).when(approve, of_model()).then_refused("model-retired")
