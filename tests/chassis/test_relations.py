"""Who may, as a value: one relation gives the check, the condition in SQL and the sentence."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis.domain.decider import SYSTEM, Actor, Facts, Forbidden
from chassis.store.relations import EVERYBODY, Relation, by_decision, by_state, role

CLERK, CHIEF = role("a clerk", "clerk"), role("the chief", "chief")
KEEPER = Relation(
    ("its keeper",),
    lambda facts, state, _command: state == facts.actor.id,
    lambda _actor, many, subject: f"{subject} = {'many' if many else 'one'}",
)
OWNER = KEEPER.at("owner").called("its owner")


def facts(*roles: str, id: str = "ada") -> Facts:
    return Facts(actor=Actor(id, frozenset(roles)), at=datetime(2026, 1, 1, tzinfo=UTC), id=UUID(int=1))


def test_either_of_two_relations_is_enough() -> None:
    either = OWNER | CLERK
    assert either.holds(facts(), "ada", None)
    assert either.holds(facts("clerk"), "bo", None)
    assert not either.holds(facts("chief"), "bo", None)
    assert either.of_one(Actor("ada")) == "owner = one"
    assert either.of_many(Actor("ada")) == "owner = many"
    assert either.of_one(Actor("ada", frozenset({"clerk"}))) == "true"


def test_both_of_two_relations_are_needed() -> None:
    both = OWNER & CLERK
    assert both.holds(facts("clerk"), "ada", None)
    assert not both.holds(facts(), "ada", None)
    assert both.of_one(Actor("ada")) == "false"
    assert both.of_one(Actor("ada", frozenset({"clerk"}))) == "(owner = one)"


def test_a_role_without_a_relation_sees_all_but_what_is_excluded() -> None:
    others = CLERK & ~OWNER
    assert others.holds(facts("clerk"), "bo", None)
    assert not others.holds(facts("clerk"), "ada", None)
    assert others.of_one(Actor("ada", frozenset({"clerk"}))) == "(NOT (owner = one))"
    assert others.of_many(Actor("ada")) == "false"
    assert not others.unconditional(Actor("ada", frozenset({"clerk"})))


def test_a_relation_is_asked_about_the_term_it_is_at() -> None:
    assert KEEPER.at("keeper").of_one(Actor("ada")) == "keeper = one"
    assert (OWNER | KEEPER | CLERK).at("keeper").of_many(Actor("ada")) == "owner = many OR keeper = many"


def test_the_service_itself_and_everybody_see_all() -> None:
    assert OWNER.unconditional(Actor("ada", frozenset({SYSTEM})))
    assert OWNER.of_many(Actor("ada", frozenset({SYSTEM}))) == "true"
    assert EVERYBODY.unconditional(Actor("ada"))
    assert CLERK.unconditional(Actor("ada", frozenset({"clerk"})))


def test_the_sentence_says_who_could() -> None:
    assert CLERK.sentence == "a clerk"
    assert (OWNER | CLERK | CHIEF | CLERK).sentence == "its owner, a clerk or the chief"
    assert (OWNER & CLERK).called("a clerk who owns it").sentence == "a clerk who owns it"


def refusal(relation: Relation, asked: Facts, state: str = "ada") -> Forbidden:
    """What somebody is told to whom it does not apply."""
    with pytest.raises(Forbidden) as refused:
        relation.check(asked, state, None)
    return refused.value


def test_whoever_may_is_not_stopped() -> None:
    (KEEPER | CLERK).check(facts("clerk"), "bo", None)


def test_a_refusal_says_who_could() -> None:
    refused = refusal(OWNER | CLERK, facts("chief", id="bo"))
    assert refused.rule == "not-authorised"
    assert (refused.detail, refused.remedy) == ("Only its owner or a clerk may do this.", "Ask its owner or a clerk.")


def test_a_refusal_names_the_rule_of_the_relation_with_its_own_sentences() -> None:
    refused = refusal(OWNER.ruled("by-the-owner"), facts(id="bo"))
    assert (refused.rule, refused.detail) == ("by-the-owner", "Only its owner may do this.")
    refused = refusal(OWNER.ruled("by-the-owner", "It is not yours.", "Ask first."), facts(id="bo"))
    assert (refused.rule, refused.detail, refused.remedy) == ("by-the-owner", "It is not yours.", "Ask first.")


def test_of_several_ways_in_a_refusal_names_the_rule_of_the_only_one_that_has_one() -> None:
    assert refusal(OWNER.ruled("by-the-owner") | CLERK, facts(id="bo")).rule == "by-the-owner"
    assert refusal(CLERK | CHIEF | OWNER.ruled("by-the-owner"), facts(id="bo")).rule == "by-the-owner"
    assert refusal(OWNER.ruled("same") | CLERK.ruled("same"), facts(id="bo")).rule == "same"
    each_another = OWNER.ruled("by-the-owner") | CLERK.ruled("by-a-clerk")
    assert refusal(each_another, facts(id="bo")).rule == "not-authorised"
    assert refusal(each_another.ruled("by-them"), facts(id="bo")).rule == "by-them"


def test_of_what_is_needed_together_a_refusal_names_the_rule_of_the_first_that_is_missing() -> None:
    impartial = (CLERK | CHIEF) & (~KEEPER).ruled("nobody-on-themself", "Nobody clears their own.", "Ask another.")
    assert refusal(impartial, facts()).detail == "Only a clerk or the chief may do this."
    assert refusal(impartial, facts()).rule == "not-authorised"
    refused = refusal(impartial, facts("clerk"))
    assert (refused.rule, refused.detail) == ("nobody-on-themself", "Nobody clears their own.")


def test_a_way_in_that_somebody_nearly_has_is_named_before_one_they_are_far_from() -> None:
    nearly = OWNER | (CLERK & CHIEF.ruled("chiefs-only"))
    assert refusal(nearly, facts("clerk", id="bo")).rule == "chiefs-only"
    assert refusal(nearly, facts(id="bo")).rule == "not-authorised"


def test_what_only_one_side_can_ask_says_so_instead_of_guessing() -> None:
    with pytest.raises(TypeError, match="only asked of stored states"):
        by_state("a buyer", "true").holds(facts(), None, None)
    with pytest.raises(TypeError, match="only checked in decisions"):
        by_decision("a buyer", lambda *_: True).of_one(Actor("ada"))
