"""The rules of policies: approved by somebody else, published in versions, acknowledged each, excepted until a day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from chassis.domain.clock import day_begins
from chassis.domain.decider import Actor, NotFound
from contracts.portfolio import policies
from contracts.roles import Role
from contracts.values import Grade
from services.portfolio.organisation.domain.known import KnownPerson
from services.portfolio.policies.commands import ACKNOWLEDGEMENTS, POLICIES, POLICY_EXCEPTIONS
from services.portfolio.policies.domain import acknowledgement, exception, policy
from services.portfolio.policies.domain.acknowledgement import ACKNOWLEDGEMENT, AcknowledgementFacts
from services.portfolio.policies.domain.exception import POLICY_EXCEPTION, PolicyExceptionFacts
from services.portfolio.policies.domain.policy import POLICY, PolicyFacts
from tests.scenarios import given, who_may

POLICY_ID, DIVISION, BELOW, EXCEPTION_ID = (UUID(int=n) for n in range(100, 104))
DRAFTER, HEAD, PERSON, OTHER, MANAGER = (UUID(int=n) for n in range(1, 6))
TODAY, UNTIL = date(2026, 11, 30), date(2026, 12, 31)

DRAFT = policy.DraftPolicy(title="Passwords", text="Long ones.", division_id=DIVISION, audience=(DIVISION,))
DRAFTED = policies.PolicyDrafted(**vars(DRAFT), drafted_by=(DRAFTER,))
APPROVED = policies.PolicyApproved(policy_version=1, approved_by=HEAD)
PUBLISHED = policies.PolicyPublished(policy_version=1, title="Passwords", audience=(DIVISION,), published_on=TODAY)
REVISE = policy.RevisePolicy(title="Passwords", text="Longer ones.", audience=(DIVISION, BELOW))
NEXT = policies.PolicyRevised(**vars(REVISE), policy_version=2, drafted_by=(OTHER,))
NEXT_APPROVED = policies.PolicyApproved(policy_version=2, approved_by=HEAD)
NEXT_PUBLISHED = policies.PolicyPublished(
    policy_version=2, title="Passwords", audience=(DIVISION, BELOW), published_on=TODAY
)
RETIRED = policies.PolicyRetired(reason="Replaced.")
IN_FORCE = (DRAFTED, APPROVED, PUBLISHED)
AT_SECOND = (*IN_FORCE, NEXT, NEXT_APPROVED, NEXT_PUBLISHED)


def acting(actor: UUID, for_whom: UUID | None, roles: Sequence[str]) -> Actor:
    return Actor(str(actor), frozenset(roles), for_whom=str(for_whom) if for_whom else None)


def facts(
    actor: UUID = DRAFTER, for_whom: UUID | None = None, *, roles: Sequence[str] = (), **known: Any
) -> PolicyFacts:
    rows: dict[str, Any] = {
        "division_open": True,
        "division_head": HEAD,
        "known_divisions": frozenset({DIVISION, BELOW}),
    }
    at = datetime.combine(TODAY, time(9), UTC)
    return PolicyFacts(actor=acting(actor, for_whom, roles), at=at, id=POLICY_ID, **{**rows, **known})


def test_a_policy_is_drafted_for_divisions_that_there_are() -> None:
    given(POLICY).when(DRAFT, facts()).then(DRAFTED)
    given(POLICY, DRAFTED).when(DRAFT, facts()).then()
    given(POLICY, DRAFTED).when(DRAFT, facts(OTHER)).then_refused("already-exists")
    given(POLICY).when(DRAFT, facts(division_open=False)).then_refused("division-closed")
    given(POLICY).when(DRAFT, facts(known_divisions=frozenset())).then_refused("division-not-known-yet")


def test_managers_and_the_office_draft() -> None:
    who_may(POLICIES).when(DRAFT, facts(roles=[Role.MANAGER])).then(DRAFTED)
    who_may(POLICIES).when(DRAFT, facts(roles=[Role.STAFF])).then_refused("not-authorised")


@pytest.mark.parametrize(
    ("actor", "for_whom", "roles"),
    [
        (DRAFTER, None, [Role.EXECUTIVE]),
        (DRAFTER, HEAD, []),  # drafted it, and stands in for the head
        (OTHER, DRAFTER, [Role.EXECUTIVE]),  # in the place of who drafted it
    ],
)
def test_who_drafted_it_does_not_approve_in_whatever_place(
    actor: UUID, for_whom: UUID | None, roles: Sequence[str]
) -> None:
    approve = policy.ApprovePolicy(policy_version=1)
    refused = (
        who_may(POLICIES, DRAFTED)
        .when(approve, facts(actor, for_whom, roles=roles))
        .then_refused("drafter-does-not-approve")
    )
    assert "executive" in refused.remedy


def by_system(known: Any, name: str) -> Any:
    """The same, where a system acts that may grant and approve all there is."""
    return replace(known, actor=Actor(name, frozenset(Role)))


def test_a_system_that_has_a_part_in_a_draft_does_not_approve_it_and_another_one_does() -> None:
    approve, drafted = policy.ApprovePolicy(policy_version=1), by_system(facts(), "system:grc")
    written = DRAFTED.model_copy(update={"drafted_by": (), "drafting_systems": ("system:grc",)})
    given(POLICY).when(DRAFT, drafted).then(written)
    who_may(POLICIES, written).when(approve, drafted).then_refused("drafter-does-not-approve")
    who_may(POLICIES, written).when(approve, by_system(facts(), "system:office")).then(
        APPROVED.model_copy(update={"approved_by": None})
    )
    revised = policies.PolicyRevised(
        **vars(REVISE), policy_version=1, drafted_by=(DRAFTER,), drafting_systems=("system:grc",)
    )
    given(POLICY, DRAFTED).when(REVISE, drafted).then(revised)
    who_may(POLICIES, DRAFTED, revised).when(approve, drafted).then_refused("drafter-does-not-approve")
    anew = policies.PolicyRevised(**vars(REVISE), policy_version=2, drafted_by=(OTHER,))
    given(POLICY, written, APPROVED, PUBLISHED).when(REVISE, facts(OTHER)).then(anew)


def test_the_person_who_changed_the_draft_has_a_part_in_it() -> None:
    changed = policies.PolicyRevised(**vars(REVISE), policy_version=1, drafted_by=(DRAFTER, HEAD))
    given(POLICY, DRAFTED).when(REVISE, facts(HEAD)).then(changed)
    approve = policy.ApprovePolicy(policy_version=1)
    who_may(POLICIES, DRAFTED, changed).when(approve, facts(HEAD)).then_refused("drafter-does-not-approve")


def test_a_draft_has_a_bounded_number_of_drafters() -> None:
    crowd = DRAFTED.model_copy(update={"drafted_by": tuple(UUID(int=n) for n in range(200, 250))})
    given(POLICY, crowd).when(REVISE, facts()).then_refused("drafters-bounded")


def test_the_head_the_office_and_executives_approve_the_version_they_read() -> None:
    approve = policy.ApprovePolicy(policy_version=1)
    who_may(POLICIES, DRAFTED).when(approve, facts(HEAD)).then(APPROVED)
    for role in (Role.PORTFOLIO_OFFICE, Role.EXECUTIVE):
        approved = policies.PolicyApproved(policy_version=1, approved_by=OTHER)
        who_may(POLICIES, DRAFTED).when(approve, facts(OTHER, roles=[role])).then(approved)
    who_may(POLICIES, DRAFTED).when(approve, facts(OTHER)).then_refused("not-authorised")
    given(POLICY, *IN_FORCE, NEXT).when(approve, facts(HEAD)).then_refused("approves-what-is-drafted")


def test_only_an_approved_version_is_published() -> None:
    publish = policy.PublishPolicy()
    given(POLICY, DRAFTED).when(publish, facts()).then_refused("published-once-approved")
    given(POLICY, DRAFTED, APPROVED).when(publish, facts()).then(PUBLISHED)
    given(POLICY, *IN_FORCE).when(publish, facts()).then()


def test_an_approval_does_not_survive_a_change() -> None:
    changed = policies.PolicyRevised(**vars(REVISE), policy_version=1, drafted_by=(DRAFTER,))
    given(POLICY, DRAFTED, APPROVED).when(REVISE, facts()).then(changed)
    given(POLICY, DRAFTED, APPROVED, changed).when(policy.PublishPolicy(), facts()).then_refused(
        "published-once-approved"
    )


def test_the_next_version_is_drafted_while_the_last_is_in_force() -> None:
    state = given(POLICY, *IN_FORCE).when(REVISE, facts(OTHER)).then_state()
    assert isinstance(state, policy.Policy)
    assert (state.policy_version, state.stage, state.drafted_by) == (2, policy.PolicyStage.DRAFTED, (OTHER,))
    assert state.in_force is not None
    assert (state.in_force.policy_version, state.in_force.text, state.in_force.audience) == (
        1,
        "Long ones.",
        (DIVISION,),
    )


def test_a_retired_policy_is_in_force_no_more_and_stays_retired() -> None:
    state = given(POLICY, *IN_FORCE).when(policy.RetirePolicy(reason="Replaced."), facts()).then_state()
    assert isinstance(state, policy.Policy)
    assert (state.stage, state.in_force) == (policy.PolicyStage.RETIRED, None)
    for command in (REVISE, policy.ApprovePolicy(policy_version=1), policy.PublishPolicy()):
        given(POLICY, *IN_FORCE, RETIRED).when(command, facts()).then_refused("policy-retired")


ACKNOWLEDGED = policies.PolicyAcknowledged(policy_id=POLICY_ID, person_id=PERSON, policy_version=1)


def acknowledging(
    actor: UUID = PERSON, for_whom: UUID | None = None, *, events: Sequence[Any] = IN_FORCE, **known: Any
) -> AcknowledgementFacts:
    rows: dict[str, Any] = {
        "subject": PERSON,
        "line": (MANAGER,),
        "policy": POLICY.fold(events),
        "person": KnownPerson(PERSON, Grade.STAFF, active=True, line=(MANAGER,)),
        "id": policies.acknowledgement_id(POLICY_ID, PERSON),
    }
    at = datetime.combine(TODAY, time(9), UTC)
    return AcknowledgementFacts(actor=acting(actor, for_whom, [Role.EXECUTIVE]), at=at, **{**rows, **known})


def acknowledge(version: int) -> acknowledgement.AcknowledgePolicy:
    return acknowledgement.AcknowledgePolicy(policy_id=POLICY_ID, person_id=PERSON, policy_version=version)


def test_a_person_acknowledges_the_very_version_in_force_once() -> None:
    given(ACKNOWLEDGEMENT).when(acknowledge(1), acknowledging()).then(ACKNOWLEDGED)
    given(ACKNOWLEDGEMENT, ACKNOWLEDGED).when(acknowledge(1), acknowledging()).then()
    given(ACKNOWLEDGEMENT).when(acknowledge(2), acknowledging()).then_refused("acknowledges-version-in-force")
    drafting = acknowledging(events=(*IN_FORCE, NEXT, NEXT_APPROVED))
    given(ACKNOWLEDGEMENT).when(acknowledge(2), drafting).then_refused("acknowledges-version-in-force")


def test_a_new_version_is_acknowledged_again() -> None:
    second = acknowledging(events=AT_SECOND)
    given(ACKNOWLEDGEMENT, ACKNOWLEDGED).when(acknowledge(1), second).then_refused("acknowledges-version-in-force")
    again = policies.PolicyAcknowledged(policy_id=POLICY_ID, person_id=PERSON, policy_version=2)
    given(ACKNOWLEDGEMENT, ACKNOWLEDGED).when(acknowledge(2), second).then(again)


def test_nobody_acknowledges_for_somebody_else() -> None:
    who_may(ACKNOWLEDGEMENTS).when(acknowledge(1), acknowledging()).then(ACKNOWLEDGED)
    for actor, for_whom in ((MANAGER, None), (OTHER, PERSON), (PERSON, OTHER)):
        others = acknowledging(actor, for_whom)
        who_may(ACKNOWLEDGEMENTS).when(acknowledge(1), others).then_refused("not-authorised")


def test_what_is_acknowledged_is_in_force_and_the_person_known() -> None:
    for events in ((DRAFTED, APPROVED), (*IN_FORCE, RETIRED)):
        out = acknowledging(events=events)
        given(ACKNOWLEDGEMENT).when(acknowledge(1), out).then_refused("policy-not-in-force")
    given(ACKNOWLEDGEMENT).when(acknowledge(1), acknowledging(person=None)).then_refused("person-not-known-yet")
    with pytest.raises(NotFound):
        given(ACKNOWLEDGEMENT).when(acknowledge(1), acknowledging(policy=None)).then()


ASK = exception.AskPolicyException(policy_id=POLICY_ID, division_id=BELOW, until=UNTIL, reason="Old machines.")
ASKED = policies.PolicyExceptionAsked(**vars(ASK), policy_version=1, asked_by=(PERSON,))
GRANT = exception.GrantPolicyException(reason="Until they are gone.")
GRANTED = policies.PolicyExceptionGranted(granted_by=OTHER, until=UNTIL, reason="Until they are gone.")
EXPIRED = policies.PolicyExceptionExpired(until=UNTIL)
WITHDRAWN = policies.PolicyExceptionWithdrawn(reason="They are gone.")
REFUSED = policies.PolicyExceptionRefused(reason="Replace them.")


def excepting(
    actor: UUID = PERSON,
    for_whom: UUID | None = None,
    *,
    roles: Sequence[str] = (),
    on: date = TODAY,
    events: Sequence[Any] = IN_FORCE,
) -> PolicyExceptionFacts:
    at = datetime.combine(on, time(9), UTC)
    known: dict[str, Any] = {"policy": POLICY.fold(events), "division_open": True}
    return PolicyExceptionFacts(actor=acting(actor, for_whom, roles), at=at, id=EXCEPTION_ID, **known)


def test_an_exception_is_asked_of_a_policy_in_force_until_a_day_to_come() -> None:
    given(POLICY_EXCEPTION).when(ASK, excepting()).then(ASKED)
    given(POLICY_EXCEPTION).when(ASK, excepting(events=(DRAFTED,))).then_refused("policy-not-in-force")
    late = excepting(on=UNTIL + timedelta(days=1))
    given(POLICY_EXCEPTION).when(ASK, late).then_refused("exception-lies-ahead")
    with pytest.raises(NotFound):
        given(POLICY_EXCEPTION).when(ASK, excepting(events=())).then()


@pytest.mark.parametrize(
    ("actor", "for_whom"), [(PERSON, None), (PERSON, OTHER), (OTHER, PERSON)], ids=["asker", "asker as X", "X as asker"]
)
def test_who_asked_does_not_grant_in_whatever_place(actor: UUID, for_whom: UUID | None) -> None:
    own = excepting(actor, for_whom, roles=[Role.EXECUTIVE])
    for command in (GRANT, exception.RefusePolicyException(reason="No.")):
        who_may(POLICY_EXCEPTIONS, ASKED).when(command, own).then_refused("own-policy-exception")


def test_a_system_does_not_grant_what_it_asked_for_and_another_one_does() -> None:
    asks, another = by_system(excepting(), "system:grc"), by_system(excepting(), "system:office")
    asked = ASKED.model_copy(update={"asked_by": (), "asking_systems": ("system:grc",)})
    given(POLICY_EXCEPTION).when(ASK, asks).then(asked)
    for command in (GRANT, exception.RefusePolicyException(reason="No.")):
        who_may(POLICY_EXCEPTIONS, asked).when(command, asks).then_refused("own-policy-exception")
    who_may(POLICY_EXCEPTIONS, asked).when(GRANT, another).then(GRANTED.model_copy(update={"granted_by": None}))


def test_the_office_and_executives_grant_it_while_its_day_lies_ahead_and_the_policy_is_in_force() -> None:
    another = excepting(OTHER, roles=[Role.EXECUTIVE])
    who_may(POLICY_EXCEPTIONS, ASKED).when(GRANT, another).then(GRANTED)
    who_may(POLICY_EXCEPTIONS, ASKED).when(GRANT, excepting(OTHER)).then_refused("not-authorised")
    late = excepting(OTHER, on=UNTIL + timedelta(days=1))
    given(POLICY_EXCEPTION, ASKED).when(GRANT, late).then_refused("exception-lies-ahead")
    over = excepting(OTHER, events=(*IN_FORCE, RETIRED))
    given(POLICY_EXCEPTION, ASKED).when(GRANT, over).then_refused("policy-not-in-force")
    given(POLICY_EXCEPTION, ASKED, REFUSED).when(GRANT, excepting(OTHER)).then_refused("exception-answered")


def test_an_exception_ends_by_itself_after_its_last_day_where_the_division_is() -> None:
    expire = exception.ExpirePolicyException()
    given(POLICY_EXCEPTION, ASKED, GRANTED).when(expire, excepting(on=UNTIL)).then()
    after = excepting(on=UNTIL + timedelta(days=1))
    given(POLICY_EXCEPTION, ASKED, GRANTED).when(expire, after).then(EXPIRED)
    state = POLICY_EXCEPTION.fold([ASKED, GRANTED])
    zone = ZoneInfo("Asia/Tokyo")
    assert POLICY_EXCEPTION.due_at(state, zone) == day_begins(UNTIL + timedelta(days=1), zone)
    for events in ([ASKED], [ASKED, GRANTED, EXPIRED], [ASKED, REFUSED], [ASKED, GRANTED, WITHDRAWN]):
        assert POLICY_EXCEPTION.due_at(POLICY_EXCEPTION.fold(events)) is None
        given(POLICY_EXCEPTION, *events).when(expire, after).then()


def test_an_exception_is_withdrawn_before_its_day_by_who_asked_or_who_grants() -> None:
    withdraw = exception.WithdrawPolicyException(reason="They are gone.")
    for events in ([ASKED], [ASKED, GRANTED]):
        who_may(POLICY_EXCEPTIONS, *events).when(withdraw, excepting()).then(WITHDRAWN)
    who_may(POLICY_EXCEPTIONS, ASKED).when(withdraw, excepting(OTHER)).then_refused("not-authorised")
    given(POLICY_EXCEPTION, ASKED, WITHDRAWN).when(withdraw, excepting()).then()
    late = excepting(on=UNTIL + timedelta(days=1))
    given(POLICY_EXCEPTION, ASKED, GRANTED).when(withdraw, late).then(EXPIRED)
    given(POLICY_EXCEPTION, ASKED, GRANTED, EXPIRED).when(withdraw, excepting()).then_refused("exception-over")
