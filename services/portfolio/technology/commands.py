"""The command tables of technologies and their evaluations, and the facts their decisions need."""

from typing import Any

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, WORKS_HERE
from services.portfolio.organisation.facts import division_of, person
from services.portfolio.technology import access
from services.portfolio.technology.domain import evaluation, technology


async def technology_facts(
    view: View, state: technology.Technology | None, command: technology.TechnologyCommand, base: Facts
) -> technology.TechnologyFacts:
    """The division of a new technology; the evaluation a move names, and that of the move before."""
    known: dict[str, Any] = {}
    match command:
        case technology.NoticeTechnology(division_id=division_id) if division_id is not None:
            known = {"division_open": (await division_of(view, division_id)).get("division_open")}
        case technology.MoveTechnology(evaluation_id=id):
            last = state.evaluation_id if state else None
            known = {
                "evaluation": await view.state(evaluation.EVALUATION, id),
                "last": await view.state(evaluation.EVALUATION, last),
            }
    return technology.TechnologyFacts(**vars(base), **known)


async def evaluation_facts(
    view: View, _state: evaluation.Evaluation | None, command: evaluation.EvaluationCommand, base: Facts
) -> evaluation.EvaluationFacts:
    """The technology, and who evaluated it."""
    if not isinstance(command, evaluation.RecordEvaluation):
        return evaluation.EvaluationFacts(**vars(base))
    found = await view.state(technology.TECHNOLOGY, command.technology_id)
    return evaluation.EvaluationFacts(
        **vars(base),
        technology_known=found is not None,
        technology_division=found.division_id if found else None,
        evaluator=await person(view, command.evaluated_by),
    )


async def zone_of_evaluation(view: View, state: Any, command: Any, _base: Facts) -> Any:
    """The zone of the technology's division."""
    found = state or await view.state(technology.TECHNOLOGY, command.technology_id)
    return await zones.zone_of(view, found.division_id if found else None)


TECHNOLOGIES = Aggregate(
    technology.TECHNOLOGY,
    path="technologies",
    commands=[
        CommandRow("notice", technology.NoticeTechnology, WORKS_HERE, creates=True),
        CommandRow("describe", technology.DescribeTechnology, access.MOVES),
        CommandRow("move", technology.MoveTechnology, access.MOVES, further=technology.followed),
    ],
    facts=technology_facts,
    zone=zones.OF_DIVISION,
    filters=["ring", "quadrant", "division_id"],
    sorts=["name"],
    searched=["name"],
)

EVALUATIONS = Aggregate(
    evaluation.EVALUATION,
    path="technology-evaluations",
    commands=[
        CommandRow("record", evaluation.RecordEvaluation, WORKS_HERE, creates=True),
        CommandRow("follow", evaluation.FollowEvaluation, SERVICE),
        CommandRow("dismiss", evaluation.DismissEvaluation, access.MOVES),
    ],
    facts=evaluation_facts,
    zone=zone_of_evaluation,
    filters=["technology_id", "status", "recommends", "evaluated_by"],
    sorts=["evaluated_on"],
    refers={"evaluated_by": "person"},
)
