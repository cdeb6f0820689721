"""What waits for somebody in technology."""

from collections.abc import Sequence

from chassis.http.desk import Entry, name_of, stored
from chassis.store.fields import Fields
from services.portfolio.organisation.access import PORTFOLIO_OFFICE
from services.portfolio.technology.commands import EVALUATIONS, TECHNOLOGIES
from services.portfolio.technology.domain.evaluation import EVALUATION, EvaluationStatus

E = Fields(EVALUATION)
RECORDED = E.status.one_of(EvaluationStatus.RECORDED)

DECISIONS: Sequence[Entry] = [
    stored(
        EVALUATIONS,
        "follow the evaluation of a technology or dismiss it",
        RECORDED,
        name=name_of(TECHNOLOGIES, E.technology_id),
        person=E.evaluated_by,
        who=PORTFOLIO_OFFICE,
    )
]
DUE: Sequence[Entry] = []
