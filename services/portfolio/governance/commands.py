"""The command tables of decisions, priorities and gates, and the facts they need."""

from collections.abc import Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Decider, Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.portfolio.governance import access
from services.portfolio.governance.domain import decision, gate, priorities
from services.portfolio.initiatives.domain.initiative import INITIATIVE
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE
from services.portfolio.organisation.facts import DIVISION, person
from services.portfolio.projects.commands import gate_of
from services.portfolio.projects.domain.project.rules import PROJECT
from services.portfolio.requests.domain.request.rules import REQUEST

G = Fields(gate.GATE)
RANKED: Mapping[str, Decider[Any]] = {"projects": PROJECT, "requests": REQUEST}
PROPOSED_GATES = text(
    f"SELECT {G.id} AS id FROM states WHERE {G.of_kind} AND {G.project_id} = :project"
    f" AND {G.status.one_of(gate.GateStatus.PROPOSED)}"
)
BELOW = text("SELECT id FROM divisions_below(:division)")


async def is_open(view: View, division_id: UUID | None) -> bool | None:
    found = await view.reference(DIVISION, {"id": division_id}) if division_id else ()
    return not found[0].closed if found else None


async def decision_facts(
    view: View, _state: decision.Decision | None, command: decision.DecisionCommand, base: Facts
) -> decision.DecisionFacts:
    """Who decided, what a decision is about, and the decision whose place it takes."""
    if not isinstance(command, decision.LogDecision):
        return decision.DecisionFacts(**vars(base))
    project, initiative = (
        await view.state(PROJECT, command.project_id),
        await view.state(INITIATIVE, command.initiative_id),
    )
    return decision.DecisionFacts(
        **vars(base),
        decider=await person(view, command.decided_by),
        superseded=await view.state(decision.DECISION, command.supersedes),
        division_open=await is_open(view, command.division_id),
        unknown=(command.project_id is not None and project is None)
        or (command.initiative_id is not None and initiative is None),
    )


async def priorities_facts(
    view: View, state: priorities.Priorities | None, command: priorities.PrioritiesCommand, base: Facts
) -> priorities.PrioritiesFacts:
    """Those of the ranked that exist, and those of the list's division."""
    of: Any = state or command
    divisions = await divisions_of(view, of.ranks, command.ranking)
    return priorities.PrioritiesFacts(
        **vars(base),
        division_open=await is_open(view, of.division_id),
        existing=divisions.keys(),
        within=await within(view, of.division_id, divisions),
    )


async def divisions_of(view: View, ranks: str, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The division of each project or request that exists."""
    decider = RANKED[ranks]
    record = Fields(decider)
    query = text(
        f"SELECT {record.id}::uuid AS id, ({record.division_id})::uuid AS division_id"
        f" FROM states WHERE {record.of_kind} AND stream = ANY(:streams)"
    )
    rows = await view.reference(query, {"streams": [decider.stream(id) for id in ids]})
    return {row.id: row.division_id for row in rows}


async def within(view: View, division_id: UUID | None, divisions: dict[UUID, UUID]) -> Set[UUID]:
    """Those of a division or below it; all, where the list is of all."""
    if division_id is None:
        return divisions.keys()
    below = {row.id for row in await view.reference(BELOW, {"division": division_id})}
    return {id for id, division in divisions.items() if division in below}


async def gate_facts(view: View, state: gate.Gate | None, command: gate.GateCommand, base: Facts) -> gate.GateFacts:
    """The project, who may decide at its gates, and whether another one waits."""
    of: Any = state or command
    project = await view.state(PROJECT, of.project_id)
    known: dict[str, Any] = {"project": project} | (await gate_of(view, project) if project else {})
    if isinstance(command, gate.ProposeGate):
        guard = f"project:{of.project_id}:gates"
        view.bump(guard)
        waiting = await view.guarded(guard, PROPOSED_GATES, {"project": str(of.project_id)})
        known["proposed_already"] = any(row.id != str(base.id) for row in waiting)
    return gate.GateFacts(**vars(base), **known)


DECISIONS = Aggregate(
    decision.DECISION,
    path="decisions",
    commands=[
        CommandRow("log", decision.LogDecision, access.LOGS, creates=True, further=decision.place_taken),
        CommandRow("carry-out", decision.CarryOutDecision, access.FOLLOWS_UP),
        CommandRow("give-up", decision.GiveUpDecision, access.FOLLOWS_UP),
        CommandRow("supersede", decision.SupersedeDecision, SERVICE),
    ],
    facts=decision_facts,
    zone=zones.OF_DIVISION,
    filters=["status", "decided_by", "division_id", "initiative_id", "project_id", "due_on"],
    sorts=["title", "decided_on", "due_on"],
    searched=["title"],
    refers={"decided_by": "person", "supersedes": "decision", "superseded_by": "decision"},
)

PRIORITIES = Aggregate(
    priorities.PRIORITIES,
    path="priorities",
    commands=[
        CommandRow("rank", priorities.RankPriorities, access.RANKS, creates=True),
        CommandRow("rank-again", priorities.RankAgain, access.RANKS),
    ],
    facts=priorities_facts,
    filters=["ranks", "division_id"],
    sorts=["title"],
    searched=["title"],
)

GATES = Aggregate(
    gate.GATE,
    path="gates",
    commands=[
        CommandRow("propose", gate.ProposeGate, access.PROPOSES_GATE, creates=True),
        CommandRow("decide", gate.DecideGate, access.DECIDES_GATE, further=gate.followed),
        CommandRow("withdraw", gate.WithdrawGate, access.PROPOSES_GATE),
    ],
    facts=gate_facts,
    filters=["project_id", "status", "decision"],
    sorts=["name", "status"],
    searched=["name"],
)
