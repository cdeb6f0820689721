"""The command table of succession: who could follow in critical positions."""

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people.organisation.access import SERVICE
from services.people.organisation.domain.person.model import Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, PositionStatus
from services.people.organisation.facts import holder, line_above, office_of
from services.people.succession import access
from services.people.succession.domain import succession


async def succession_facts(
    view: View, state: succession.Succession | None, command: succession.SuccessionCommand, base: Facts
) -> succession.SuccessionFacts:
    """The position with its holder and those above, and the person the command names."""
    position = await view.state(POSITION, base.id)
    if position is None:
        return succession.SuccessionFacts(**vars(base))
    named = await view.state(PERSON, command.person_id) if isinstance(command, succession.NameSuccessor) else None
    return succession.SuccessionFacts(
        **vars(base),
        grade=position.grade,
        retired=position.status is PositionStatus.RETIRED,
        holder=await holder(view, base.id),
        above=tuple(each.id for each in await line_above(view, position)),
        in_office=await office_of(view, base.actor) is not None,
        active=named is not None and named.employment is Employment.ACTIVE,
        eligible=named is not None and named.eligible,
    )


SUCCESSIONS = Aggregate(
    succession.SUCCESSION,
    path="successions",
    commands=[
        CommandRow("mark-critical", succession.MarkCritical, access.PLANS, creates=True, named=True),
        CommandRow("mark-no-longer-critical", succession.MarkNoLongerCritical, access.PLANS),
        CommandRow("name-successor", succession.NameSuccessor, access.NAMES_SUCCESSOR),
        CommandRow("remove-successor", succession.RemoveSuccessor, access.REMOVES),
        CommandRow("agree-plan", succession.AgreePlan, access.AGREES),
        CommandRow("review-plan", succession.ReviewPlan, access.AGREES),
        CommandRow("mark-review-due", succession.MarkReviewDue, SERVICE),
    ],
    facts=succession_facts,
    sees=access.SEES,
    filters=["critical", "agreed", "review_due"],
    sorts=["next_review_on"],
)
