"""The command table of succession: who could follow in critical positions."""

from datetime import datetime

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people import policy
from services.people.api.facts import line_above, office_of
from services.people.api.organisation import holder
from services.people.domain.person import PERSON, Employment
from services.people.domain.position import POSITION, PositionStatus
from services.people.domain.succession import (
    SUCCESSION,
    AgreePlan,
    MarkCritical,
    MarkNoLongerCritical,
    MarkReviewDue,
    NameSuccessor,
    RemoveSuccessor,
    ReviewPlan,
    Succession,
    SuccessionCommand,
    SuccessionFacts,
)

SUCCESSIONS_NAMING = text(
    "SELECT right(stream, 36)::uuid AS id FROM states WHERE kind = 'succession'"
    " AND state->'successors' @> jsonb_build_array(jsonb_build_object('person_id', CAST(:person AS text)))"
    " ORDER BY stream"
)


async def succession_facts(
    view: View, state: Succession | None, command: SuccessionCommand, base: Facts
) -> SuccessionFacts:
    """The position with its holder and those above, and whoever the command names."""
    position = await view.state(POSITION, base.id)
    if position is None:
        return SuccessionFacts(**vars(base))
    named = await view.state(PERSON, command.person_id) if isinstance(command, NameSuccessor) else None
    return SuccessionFacts(
        **vars(base),
        grade=position.grade,
        retired=position.status is PositionStatus.RETIRED,
        holder=await holder(view, base.id),
        above=tuple(each.id for each in await line_above(view, position)),
        in_office=await office_of(view, base.actor) is not None,
        active=named is not None and named.employment is Employment.ACTIVE,
        eligible=named is not None and named.eligible,
    )


def when_due(_succession: Succession, _due_at: datetime) -> MarkReviewDue:
    """The day of the plan's review has come."""
    return MarkReviewDue()


SUCCESSIONS = Aggregate(
    SUCCESSION,
    path="successions",
    commands=[
        CommandRow("mark-critical", MarkCritical, policy.succession, succession_facts, creates=True, named=True),
        CommandRow("mark-no-longer-critical", MarkNoLongerCritical, policy.succession, succession_facts),
        CommandRow("name-successor", NameSuccessor, policy.succession, succession_facts),
        CommandRow(
            "remove-successor", RemoveSuccessor, policy.either(policy.succession, policy.service), succession_facts
        ),
        CommandRow("agree-plan", AgreePlan, policy.succession_plan, succession_facts),
        CommandRow("review-plan", ReviewPlan, policy.succession_plan, succession_facts),
        CommandRow("mark-review-due", MarkReviewDue, policy.service, succession_facts),
    ],
    sees=policy.SUCCESSIONS,
    filters=["critical", "agreed", "review_due"],
    sorts=["next_review_on"],
    when_due=when_due,
)
