"""What waits for somebody in changes."""

from collections.abc import Sequence

from chassis.http.desk import Entry, stored
from chassis.store.fields import Fields
from contracts.portfolio.changes import ChangeKind, ChangeStage
from services.portfolio.changes.commands import CHANGE_MODELS, CHANGES
from services.portfolio.changes.domain.change.rules import CHANGE
from services.portfolio.changes.domain.change_model import CHANGE_MODEL, ModelStatus
from services.portfolio.organisation.access import CALLER, ME, SHAPES_INITIATIVES
from services.portfolio.services.domain.service.rules import SERVICE

C, MODEL, S = Fields(CHANGE), Fields(CHANGE_MODEL), Fields(SERVICE)
RAISED_BY_ME = f"({C.raised_by.json} ? {ME} OR {C.raised_by.json} ? {CALLER})"
DRAFTED_BY_ME = f"({MODEL.drafted_by.json} ? {ME} OR {MODEL.drafted_by.json} ? {CALLER})"
TOUCHES_MINE = f"{C.service_ids.json} ?| ARRAY(SELECT {S.id} FROM states WHERE {S.of_kind} AND {S.owner_id} = {ME})"
HEADED = f"{C.division_id} IN (SELECT CAST(id AS text) FROM known_divisions WHERE CAST(head_id AS text) = {ME})"
TO_ASSESS = f"{C.stage.one_of(ChangeStage.NEW)} AND {C.kind.one_of(ChangeKind.NORMAL)}"
TO_AUTHORISE = (
    f"({C.stage.one_of(ChangeStage.ASSESSED)}"
    f" OR {C.stage.one_of(ChangeStage.NEW)} AND {C.kind.one_of(ChangeKind.EMERGENCY)})"
)
IN_FREEZE = f"{C.stage.one_of(ChangeStage.SCHEDULED)} AND {C.freezes.json} <> '[]'"

DECISIONS: Sequence[Entry] = [
    stored(CHANGES, "assess the change", f"{TO_ASSESS} AND {TOUCHES_MINE}"),
    stored(CHANGES, "authorise the change", f"{TO_AUTHORISE} AND ({TOUCHES_MINE} OR {HEADED}) AND NOT {RAISED_BY_ME}"),
    stored(CHANGES, "move the change out of the freeze", f"{IN_FREEZE} AND ({RAISED_BY_ME} OR {TOUCHES_MINE})"),
    stored(CHANGES, "review the change", f"{C.stage.one_of(ChangeStage.IMPLEMENTED)} AND ({TOUCHES_MINE} OR {HEADED})"),
    stored(
        CHANGE_MODELS,
        "approve the change model",
        f"{MODEL.status.one_of(ModelStatus.DRAFTED)} AND {DRAFTED_BY_ME} IS NOT TRUE",
        who=SHAPES_INITIATIVES,
    ),
]
DUE: Sequence[Entry] = [
    stored(
        CHANGES,
        "the change is to be carried out",
        f"{C.stage.one_of(ChangeStage.SCHEDULED)} AND {RAISED_BY_ME}",
        due=C.ends_on,
    )
]
