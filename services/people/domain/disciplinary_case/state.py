"""The state of a disciplinary case: what its events add up to."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain.decider import State
from contracts.values import Personal, Subject
from services.people.domain.statement import Statement


class CaseStatus(StrEnum):
    """How far a case has come; it only goes forward."""

    REPORTED = "reported"
    INVESTIGATING = "investigating"
    CHARGED = "charged"
    HEARING_HELD = "hearing held"
    DECIDED = "decided"
    APPEALED = "appealed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What a hearing led to."""

    NO_ACTION = "no action"
    WRITTEN_WARNING = "written warning"
    FINAL_WARNING = "final written warning"
    DISMISSAL = "dismissal"

    @property
    def bars(self) -> bool:
        """Whether nobody is given senior responsibilities while it is live."""
        return self in (Outcome.FINAL_WARNING, Outcome.DISMISSAL)


class Verdict(StrEnum):
    """What an appeal led to: the decision stands, or is as if it had never been made."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


class DisciplinaryCase(State):
    """A case as it stands; each part is None until its step is taken.

    ``live``: a warning or dismissal is in force; ``bars``: it bars from senior responsibilities, too. ``lapses_on`` is
    the first day without it; None for a dismissal, which lasts. ``appeal_until`` is the last day for an appeal, None
    where there is nothing to appeal. ``consequence_due_at``: since when the person's eligibility waits to be worked out
    anew; None where it does not.
    """

    person_id: Subject
    report: Personal[Statement]
    occurred_on: date
    status: CaseStatus = CaseStatus.REPORTED
    investigator_id: UUID | None = None
    hearer_id: UUID | None = None
    appeal_hearer_id: UUID | None = None
    findings: Personal[Statement | None] = None
    investigated_on: date | None = None
    allegation: Personal[Statement | None] = None
    allegation_sent_on: date | None = None
    hearing: Personal[Statement | None] = None
    heard_on: date | None = None
    outcome: Personal[Outcome | None] = None
    reasons: Personal[Statement | None] = None
    decided_on: date | None = None
    lapses_on: date | None = None
    appeal_until: date | None = None
    grounds: Personal[Statement | None] = None
    appeal_reasons: Personal[Statement | None] = None
    closing_reason: Personal[Statement | None] = None
    live: bool = False
    bars: bool = False
    consequence_due_at: datetime | None = None
