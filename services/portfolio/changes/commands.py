"""The command tables of change models, changes and their windows, and the facts their decisions need."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from chassis.commands.table import Aggregate, CommandRow, Criterion
from chassis.domain.decider import Facts, IssuedCommand
from chassis.domain.time_zones import moments_of
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from contracts.portfolio.changes import WindowKind
from contracts.portfolio.services import ServiceStage
from services.portfolio.changes import access
from services.portfolio.changes.domain import change_model, window
from services.portfolio.changes.domain.change import adoption, carrying_out, raising, schedule
from services.portfolio.changes.domain.change.model import Change, ChangeFacts
from services.portfolio.changes.domain.change.rules import CHANGE, ChangeCommand
from services.portfolio.changes.facts import WINDOWS, around, inside, services_of
from services.portfolio.organisation import zones
from services.portfolio.organisation.access import SERVICE, SHAPES_INITIATIVES, WORKS_HERE
from services.portfolio.organisation.facts import division_of, person
from services.portfolio.projects.domain.project.rules import PROJECT

C = Fields(CHANGE)


async def model_facts(
    view: View, _state: change_model.ChangeModel | None, command: change_model.ModelCommand, base: Facts
) -> change_model.ModelFacts:
    match command:
        case change_model.DraftChangeModel(division_id=division_id):
            known = await division_of(view, division_id)
            return change_model.ModelFacts(**vars(base), division_open=known.get("division_open"))
        case _:
            return change_model.ModelFacts(**vars(base))


async def change_facts(view: View, state: Change | None, command: ChangeCommand, base: Facts) -> ChangeFacts:
    """The services it touches, the division with its head, and what the command names."""
    about: Any = command if state is None else state
    division = await division_of(view, about.division_id)
    head = division.get("division_head")
    known: dict[str, Any] = {
        "services": await services_of(view, about.service_ids),
        "division_open": division.get("division_open"),
        "division_head": head.id if head else None,
    }
    match command:
        case raising.RaiseChange(project_id=project_id, model_id=model_id):
            known["model"] = await view.state(change_model.CHANGE_MODEL, model_id)
            known["project_known"] = await view.state(PROJECT, project_id) is not None
        case schedule.ScheduleChange(starts_at=start, ends_at=end) if state:
            known |= await around(view, state, start, end, CHANGE.stream(base.id))
        case schedule.GrantFreezeException(window_id=window_id):
            known["window"] = await view.state(window.WINDOW, window_id)
    return ChangeFacts(**vars(base), **known)


async def window_facts(
    view: View, state: window.Window | None, command: window.WindowCommand, base: Facts
) -> window.WindowFacts:
    """What a window is for, and the changes that a freeze would lie over."""
    view.bump(WINDOWS)
    match command:
        case window.DeclareWindow():
            return await declared(view, command, base)
        case window.MoveWindow() if state:
            return window.WindowFacts(**vars(base), inside=await under(view, state, command, state.time_zone))
        case _:
            return window.WindowFacts(**vars(base))


async def declared(view: View, command: window.DeclareWindow, base: Facts) -> window.WindowFacts:
    found = await services_of(view, command.service_ids)
    in_use = [id for id, service in found.items() if service.stage is not ServiceStage.RETIRED]
    division = await division_of(view, command.division_id) if command.division_id else {}
    return window.WindowFacts(
        **vars(base),
        services_known=len(in_use) == len({*command.service_ids}),
        division_open=division.get("division_open"),
        persons_known=all([await person(view, id) is not None for id in command.excepted_by]),
        inside=await under(view, command, command, command.time_zone),
    )


async def under(
    view: View, scope: window.DeclareWindow | window.Window, time: window.DeclareWindow | window.MoveWindow, zone: str
) -> Sequence[UUID]:
    """The scheduled changes that a freeze at this time would lie over; a maintenance window lies over none."""
    if scope.kind is not WindowKind.FREEZE:
        return ()
    start, _ = moments_of(time.starts, ZoneInfo(zone))
    _, end = moments_of(time.ends, ZoneInfo(zone))
    most = window.MOST_INSIDE + 1
    return await inside(view, scope.service_ids, scope.division_id, scope.kinds_excepted, start, end, most)


def freezes_recorded(
    _command: window.WindowCommand, before: window.Window | None, after: window.Window, facts: Facts
) -> Sequence[IssuedCommand]:
    """Every change says of itself that a freeze lies over it, or no more."""
    earlier, now = set(before.inside if before else ()), set(after.inside)
    return [
        IssuedCommand(CHANGE, id, schedule.RecordFreeze(window_id=facts.id, inside=id in now))
        for id in sorted(earlier ^ now)
    ]


CHANGE_MODELS = Aggregate(
    change_model.CHANGE_MODEL,
    path="change-models",
    commands=[
        CommandRow("draft", change_model.DraftChangeModel, SHAPES_INITIATIVES, creates=True),
        CommandRow("approve", change_model.ApproveChangeModel, access.APPROVES_MODEL),
        CommandRow("retire", change_model.RetireChangeModel, SHAPES_INITIATIVES),
    ],
    facts=model_facts,
    filters=["division_id", "status"],
    sorts=["name"],
    searched=["name"],
)

CHANGES = Aggregate(
    CHANGE,
    path="changes",
    commands=[
        CommandRow("raise", raising.RaiseChange, WORKS_HERE, creates=True),
        CommandRow("assess", raising.AssessChange, access.ASSESSES),
        CommandRow("authorise", raising.AuthoriseChange, access.AUTHORISES),
        CommandRow("cancel", raising.CancelChange, access.CANCELS),
        CommandRow("plan-back-out", schedule.PlanBackOut, access.CARRIES_OUT),
        CommandRow("schedule", schedule.ScheduleChange, access.CARRIES_OUT),
        CommandRow("grant-freeze-exception", schedule.GrantFreezeException, access.EXCEPTS),
        CommandRow("record-freeze", schedule.RecordFreeze, SERVICE),
        CommandRow("record-implementation", carrying_out.RecordImplementation, access.CARRIES_OUT),
        CommandRow("back-out", carrying_out.BackOutChange, access.CARRIES_OUT),
        CommandRow("review", carrying_out.ReviewChange, access.REVIEWS),
        CommandRow("close", carrying_out.CloseChange, access.REVIEWS),
        CommandRow("name-audience", adoption.NameAudience, access.CARRIES_OUT),
        CommandRow("send-message", adoption.SendMessage, access.CARRIES_OUT),
        CommandRow("record-readers", adoption.RecordReaders, access.CARRIES_OUT),
        CommandRow("report-adoption", adoption.ReportAdoption, access.CARRIES_OUT),
        CommandRow("assess-readiness", adoption.AssessReadiness, access.CARRIES_OUT),
    ],
    facts=change_facts,
    zone=zones.OF_DIVISION,
    filters=["division_id", "project_id", "model_id", "kind", "stage", "risk", "succeeded", "starts_on"],
    sorts=["title", "starts_on"],
    searched=["title"],
    criteria=[
        Criterion(
            {"service_id": (UUID | None, Field(None, description="those that touch this service"))},
            lambda _: f"{C.service_ids.json} ? CAST(:service_id AS text)",
            "change_services",
            f"states USING gin (({C.service_ids.json})) WHERE {C.of_kind}",
        )
    ],
)

WINDOWS_OF_CHANGES = Aggregate(
    window.WINDOW,
    path="change-windows",
    commands=[
        CommandRow("declare", window.DeclareWindow, access.DECLARES, creates=True, further=freezes_recorded),
        CommandRow("move", window.MoveWindow, access.KEEPS_WINDOW, further=freezes_recorded),
        CommandRow("withdraw", window.WithdrawWindow, access.KEEPS_WINDOW, further=freezes_recorded),
    ],
    facts=window_facts,
    filters=["kind", "division_id", "withdrawn"],
    sorts=["name"],
    searched=["name"],
    refers={"excepted_by": "person"},
)
