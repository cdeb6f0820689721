"""The state of a candidacy: what its events add up to."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from chassis.domain.decider import State
from contracts.base import Value
from contracts.values import Line, Name, Personal, Subject, Text

Rating = Annotated[int, Field(ge=1, le=5)]
"""1 (poor) to 5 (excellent)."""


class CandidacyStatus(StrEnum):
    """How far a candidacy has come; a lapsed offer may be made anew, the last three are the end."""

    APPLIED = "applied"
    INTERVIEWED = "interviewed"
    OFFERED = "offered"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OVER = (CandidacyStatus.DECLINED, CandidacyStatus.REJECTED, CandidacyStatus.WITHDRAWN)


class Feedback(Value):
    """What an interviewer thought of the candidate."""

    interviewer_id: UUID
    rating: Personal[Rating | None]
    findings: Personal[Text]


class Interview(Value):
    """An interview on a day with persons who work here; ``held`` once it took place."""

    interview_id: UUID
    takes_place_on: date
    interviewers: tuple[UUID, ...]
    held: bool = False
    feedback: tuple[Feedback, ...] = ()


class Candidacy(State):
    """A candidacy as it stands; ``reason`` is why it ended. ``informed``: the vacancy knows of its offers."""

    vacancy_id: UUID
    position_id: UUID
    candidate_id: Subject
    name: Personal[Name]
    contact: Personal[Line]
    note: Personal[Text | None] = None
    applied_on: date
    status: CandidacyStatus = CandidacyStatus.APPLIED
    interviews: tuple[Interview, ...] = ()
    offers_made: int = 0
    offered_on: date | None = None
    expires_on: date | None = None
    answered_on: date | None = None
    reason: Personal[Line | None] = None
    informed: bool = True
    erased: bool = False

    @property
    def over(self) -> bool:
        """Whether it ended without anybody being hired."""
        return self.status in OVER

    def interview(self, interview_id: UUID) -> Interview | None:
        """The interview with this id, or None."""
        return next((each for each in self.interviews if each.interview_id == interview_id), None)
