"""Who sees what: by a condition, by a role, and what a role does not show."""

from chassis.domain.decider import SYSTEM, Actor
from chassis.store.visibility import EVERYBODY, Sight

CONFIDED = Sight("one", "many", frozenset({"hr"}), unless="their own")
NOBODY, HR, ITSELF = Actor("ada"), Actor("ada", frozenset({"hr"})), Actor("system:people", frozenset({SYSTEM}))


def test_whoever_has_no_role_sees_by_the_condition() -> None:
    assert (CONFIDED.of_one(NOBODY), CONFIDED.of_many(NOBODY)) == ("one", "many")
    assert not CONFIDED.unconditional(NOBODY)


def test_a_role_sees_all_but_what_it_is_kept_from() -> None:
    assert CONFIDED.of_one(HR) == CONFIDED.of_many(HR) == "NOT (their own)"
    assert not CONFIDED.unconditional(HR)
    assert Sight("one", "many", frozenset({"hr"})).unconditional(HR)


def test_the_service_itself_sees_everything_and_everybody_what_has_no_condition() -> None:
    assert CONFIDED.unconditional(ITSELF)
    assert CONFIDED.of_one(ITSELF) == "true"
    assert EVERYBODY.unconditional(NOBODY)
