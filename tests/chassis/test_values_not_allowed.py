"""A value that a setting does not allow is answered with 422, the rule, the field and what is allowed."""

from chassis.domain.decider import Invalid, Refused
from chassis.http.problems import explain


def test_the_answer_names_the_rule_the_field_and_what_is_allowed() -> None:
    found = explain(Invalid("on-the-scale", "The scale is 1 to 5.", "Name one of them.", "current.impact"))
    assert found is not None
    problem = found.marshal()
    assert (found.status, problem["rule"], problem["remedy"]) == (422, "on-the-scale", "Name one of them.")
    assert problem["detail"] == "The scale is 1 to 5."
    assert problem["errors"] == [
        {"loc": ["body", "current", "impact"], "msg": "The scale is 1 to 5.", "pointer": "#/current/impact"}
    ]


def test_a_rule_of_the_domain_is_still_a_conflict() -> None:
    found = explain(Refused("closed", "It is closed.", "Open another one."))
    assert found is not None
    assert (found.status, "errors" in found.marshal()) == (409, False)
