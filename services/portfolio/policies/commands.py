"""The command tables of policies, their acknowledgements and exceptions, and the facts their decisions need."""

from typing import Any

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, WORKS_HERE
from services.portfolio.organisation.facts import division_of, line_of
from services.portfolio.policies import access
from services.portfolio.policies.domain import acknowledgement, exception, policy

KNOWN_DIVISIONS = text("SELECT id FROM known_divisions WHERE id = ANY(:ids)")


async def policy_facts(
    view: View, state: policy.Policy | None, command: policy.PolicyCommand, base: Facts
) -> policy.PolicyFacts:
    """The division with its head, and which divisions of the audience there are."""
    of: Any = state or command
    division = await division_of(view, of.division_id)
    head = division.get("division_head")
    known: set[Any] = set()
    if isinstance(command, policy.DraftPolicy | policy.RevisePolicy):
        known = {row.id for row in await view.reference(KNOWN_DIVISIONS, {"ids": list(command.audience)})}
    return policy.PolicyFacts(
        **vars(base),
        division_open=division.get("division_open"),
        division_head=head.id if head else None,
        known_divisions=known,
    )


async def acknowledgement_facts(
    view: View, _state: acknowledgement.Acknowledgement | None, command: acknowledgement.AcknowledgePolicy, base: Facts
) -> acknowledgement.AcknowledgementFacts:
    """The policy as it stands, and the person with those above them."""
    line = await line_of(view, command.person_id)
    return acknowledgement.AcknowledgementFacts(
        **vars(base),
        subject=command.person_id,
        line=line[0].line if line else (),
        policy=await view.state(policy.POLICY, command.policy_id),
        person=line[0] if line else None,
    )


async def exception_facts(
    view: View, state: exception.PolicyException | None, command: exception.PolicyExceptionCommand, base: Facts
) -> exception.PolicyExceptionFacts:
    """The policy as it stands, and whether the excepted division is open."""
    of: Any = state or command
    division = await division_of(view, of.division_id)
    return exception.PolicyExceptionFacts(
        **vars(base), policy=await view.state(policy.POLICY, of.policy_id), division_open=division.get("division_open")
    )


POLICIES = Aggregate(
    policy.POLICY,
    path="policies",
    commands=[
        CommandRow("draft", policy.DraftPolicy, access.DRAFTS, creates=True),
        CommandRow("revise", policy.RevisePolicy, access.DRAFTS),
        CommandRow("approve", policy.ApprovePolicy, access.APPROVES),
        CommandRow("publish", policy.PublishPolicy, access.PUBLISHES),
        CommandRow("retire", policy.RetirePolicy, access.PUBLISHES),
    ],
    facts=policy_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "stage"],
    sorts=["title"],
    searched=["title"],
    refers={"drafted_by": "person", "approved_by": "person"},
)

ACKNOWLEDGEMENTS = Aggregate(
    acknowledgement.ACKNOWLEDGEMENT,
    path="policy-acknowledgements",
    commands=[
        CommandRow(
            "acknowledge",
            acknowledgement.AcknowledgePolicy,
            access.ACKNOWLEDGES,
            creates=True,
            id_of=acknowledgement.id_of,
        )
    ],
    facts=acknowledgement_facts,
    sees=access.SEES_ACKNOWLEDGEMENT,
    filters=["policy_id", "person_id", "policy_version"],
)

POLICY_EXCEPTIONS = Aggregate(
    exception.POLICY_EXCEPTION,
    path="policy-exceptions",
    commands=[
        CommandRow("ask", exception.AskPolicyException, WORKS_HERE, creates=True),
        CommandRow("grant", exception.GrantPolicyException, access.GRANTS),
        CommandRow("refuse", exception.RefusePolicyException, access.GRANTS),
        CommandRow("withdraw", exception.WithdrawPolicyException, access.WITHDRAWS),
        CommandRow("expire", exception.ExpirePolicyException, SERVICE),
    ],
    facts=exception_facts,
    zone=zones.OF_DIVISION,
    filters=["policy_id", "division_id", "status", "until"],
    sorts=["until"],
    refers={"asked_by": "person", "granted_by": "person"},
)
