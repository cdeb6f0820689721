"""The command tables of the organisation: divisions, positions and the staffing policy."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from contracts.values import Grade
from services.people import policy
from services.people.domain.certificate_scheme import CERTIFICATE_SCHEME
from services.people.domain.division import (
    DIVISION,
    AppointDivisionHead,
    CloseDivision,
    Division,
    DivisionCommand,
    DivisionFacts,
    EstablishDivision,
    MoveDivision,
    RenameDivision,
)
from services.people.domain.person import PERSON, Employment, Person
from services.people.domain.position import (
    POSITION,
    ApprovePosition,
    DraftPosition,
    Position,
    PositionCommand,
    PositionFacts,
    PositionStatus,
    RetirePosition,
    RevisePosition,
    Superior,
)
from services.people.domain.staffing_policy import (
    POLICY_ID,
    STAFFING_POLICY,
    SetSeniorExperience,
    SetStaffingLimits,
    StaffingPolicy,
)

POSITIONS_OF = text(
    "SELECT count(*) AS left_inside FROM states WHERE kind = 'position' AND state->>'division_id' = :id"
    " AND state->>'status' <> 'retired'"
)
DIVISIONS_BELOW = text(
    "SELECT count(*) AS left_inside FROM states WHERE kind = 'division' AND state->>'parent_id' = :id"
    " AND state->>'closed' = 'false'"
)
POSITIONS_BELOW = text(
    "SELECT state->>'grade' AS grade FROM states WHERE kind = 'position' AND state->>'reports_to' = :id"
    " AND state->>'status' <> 'retired'"
)
HOLDER_OF = text(
    "SELECT stream FROM states WHERE kind = 'person' AND state->'appointment'->>'position_id' = :id"
    " AND state->>'employment' <> 'left'"
)


async def division_facts(view: View, state: Division | None, command: DivisionCommand, base: Facts) -> DivisionFacts:
    """The parents above, what is left inside, whether the head works here."""
    match command:
        case EstablishDivision(parent_id=parent_id) | MoveDivision(parent_id=parent_id):
            above = await view.chain(DIVISION, parent_id, "parent_id")
            for changed in {parent_id, state.parent_id if state else None} - {None}:
                view.bump(f"division:{changed}:children")
            parents = tuple((id, division.closed) for id, division in above) if above or not parent_id else None
            return DivisionFacts(**vars(base), parents=parents)
        case AppointDivisionHead(person_id=person_id):
            person = await view.state(PERSON, person_id)
            return DivisionFacts(**vars(base), head_employed=employed(person))
        case CloseDivision():
            members = await view.guarded(f"division:{base.id}:positions", POSITIONS_OF, {"id": str(base.id)})
            children = await view.guarded(f"division:{base.id}:children", DIVISIONS_BELOW, {"id": str(base.id)})
            if state and state.parent_id:
                view.bump(f"division:{state.parent_id}:children")
            return DivisionFacts(**vars(base), members=members[0].left_inside, children=children[0].left_inside)
        case RenameDivision():
            return DivisionFacts(**vars(base))


def employed(person: Person | None) -> bool:
    """Whether somebody works here and holds a position."""
    return person is not None and person.employment is not Employment.LEFT and person.appointment is not None


async def position_facts(view: View, state: Position | None, command: PositionCommand, base: Facts) -> PositionFacts:
    """The division, the superior with all above, the highest grade below, the holder, the policy."""
    described: Any = command if isinstance(command, DraftPosition | RevisePosition) else state
    division_id = described.division_id if isinstance(command, DraftPosition) or state is None else state.division_id
    division = await view.state(DIVISION, division_id)
    view.bump(f"division:{division_id}:positions")
    above = await view.chain(POSITION, described.reports_to, "reports_to")
    for superior_id in {described.reports_to, state.reports_to if state else None} - {None}:
        view.bump(f"position:{superior_id}:below")
    below = await view.guarded(f"position:{base.id}:below", POSITIONS_BELOW, {"id": str(base.id)})
    grades = sorted((Grade(row.grade) for row in below), key=lambda grade: grade.rank)
    return PositionFacts(
        **vars(base),
        policy_years=await policy_years(view),
        division_open=None if division is None else not division.closed,
        superior=superior(above),
        highest_below=grades[-1] if grades else None,
        holder=await holder(view, base.id),
        open_schemes=await open_schemes(view, described.required_schemes),
    )


async def open_schemes(view: View, required: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the certificate schemes that exist and are not retired."""
    found = {id: await view.state(CERTIFICATE_SCHEME, id) for id in required}
    return frozenset(id for id, scheme in found.items() if scheme is not None and not scheme.retired)


def superior(above: list[tuple[UUID, Position]]) -> Superior | None:
    """The position at the lower end of a chain of superiors."""
    if not above:
        return None
    _, nearest = above[0]
    retired = nearest.status is PositionStatus.RETIRED
    return Superior(nearest.grade, retired, tuple(id for id, _ in above[1:]))


async def limits(view: View) -> StaffingPolicy:
    """The policy as it stands."""
    return await view.state(STAFFING_POLICY, POLICY_ID) or StaffingPolicy()


async def policy_years(view: View) -> Decimal:
    """The years of IT management the policy demands now."""
    return (await limits(view)).it_management_years


async def holder(view: View, position_id: UUID) -> UUID | None:
    """Who holds a position."""
    rows = await view.guarded(f"position:{position_id}:holder", HOLDER_OF, {"id": str(position_id)})
    return UUID(rows[0].stream[-36:]) if rows else None


DIVISIONS = Aggregate(
    DIVISION,
    path="divisions",
    commands=[
        CommandRow("establish", EstablishDivision, policy.organisation, division_facts, creates=True),
        CommandRow("rename", RenameDivision, policy.organisation, division_facts),
        CommandRow("move", MoveDivision, policy.organisation, division_facts),
        CommandRow("appoint-head", AppointDivisionHead, policy.organisation, division_facts),
        CommandRow("close", CloseDivision, policy.organisation, division_facts),
    ],
    filters=["kind", "parent_id", "head_id", "closed", "code"],
    sorts=["name"],
)

POSITIONS = Aggregate(
    POSITION,
    path="positions",
    commands=[
        CommandRow("draft", DraftPosition, policy.organisation, position_facts, creates=True),
        CommandRow("approve", ApprovePosition, policy.organisation, position_facts),
        CommandRow("revise", RevisePosition, policy.organisation, position_facts),
        CommandRow("retire", RetirePosition, policy.organisation, position_facts),
    ],
    filters=["division_id", "grade", "status", "reports_to"],
    sorts=["title"],
)

STAFFING_POLICIES = Aggregate(
    STAFFING_POLICY,
    path="staffing-policies",
    commands=[
        CommandRow("set-senior-experience", SetSeniorExperience, policy.staffing_limits, creates=True),
        CommandRow("set-limits", SetStaffingLimits, policy.staffing_limits, creates=True, named=True),
    ],
)
