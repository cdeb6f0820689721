"""The command table of succession: who could follow in critical positions."""

from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people.organisation import zones
from services.people.organisation.access import SERVICE
from services.people.organisation.domain.person.appointment import passes_gate
from services.people.organisation.domain.person.model import Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position, PositionStatus
from services.people.organisation.domain.staffing_policy import demands_seniority
from services.people.organisation.facts import barred, holder, limits, line_above, office_of
from services.people.succession import access
from services.people.succession.domain import succession
from services.people.succession.domain.succession import Readiness


async def succession_facts(
    view: View, state: succession.Succession | None, command: succession.SuccessionCommand, base: Facts
) -> succession.SuccessionFacts:
    """The position with its holder and those above, and the person the command names."""
    position = await view.state(POSITION, base.id)
    if position is None:
        return succession.SuccessionFacts(**vars(base))
    named_id = command.person_id if isinstance(command, succession.NameSuccessor) else None
    named = await view.state(PERSON, named_id)
    return succession.SuccessionFacts(
        **vars(base),
        grade=position.grade,
        retired=position.status is PositionStatus.RETIRED,
        holder=await holder(view, base.id),
        above=tuple(each.id for each in await line_above(view, position)),
        in_office=await office_of(view, base.actor) is not None,
        active=named is not None and named.employment is Employment.ACTIVE,
        passes_gate=named_id is not None and await passes(view, named_id, position, base),
        unready=await unready(view, state, position, base) if isinstance(command, AGREEING) else (),
    )


AGREEING = succession.AgreePlan | succession.ReviewPlan


async def passes(view: View, person_id: UUID, position: Position, base: Facts) -> bool:
    """Return whether somebody who is at work would pass the gate to the position today."""
    person = await view.state(PERSON, person_id)
    if person is None or person.employment is not Employment.ACTIVE:
        return False
    years = max(position.it_management_years, (await limits(view)).it_management_years)
    free = not demands_seniority(position.grade) or not await barred(view, person_id)
    return free and passes_gate(person, position.grade, years, base.today)


async def unready(view: View, state: succession.Succession | None, position: Position, base: Facts) -> tuple[UUID, ...]:
    """Those named as ready now who would not pass the gate today."""
    named = [each.person_id for each in state.successors if each.readiness is Readiness.NOW] if state else []
    return tuple([id for id in named if not await passes(view, id, position, base)])


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
    zone=zones.of_id(zones.POSITION_ZONE),
    sees=access.SEES,
    filters=["critical", "agreed", "review_due"],
    sorts=["next_review_on"],
)
