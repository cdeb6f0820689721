"""DisciplinaryCase: from a report to its end as Acas has it; confidential, even that there is one.

Source: Acas Code of Practice on disciplinary and grievance procedures: establish the facts, inform of the problem in
writing, hold a meeting, decide, provide an opportunity to appeal.
"""

from services.people.domain.disciplinary_case.commands import (
    AppealDecision,
    BeginInvestigation,
    CarryOutConsequence,
    CaseCommand,
    CloseCase,
    DecideAppeal,
    DecideCase,
    DropCase,
    LapseWarning,
    NameAppealHearer,
    NameHearer,
    RecordFindings,
    RecordHearing,
    ReportCase,
    SendAllegation,
)
from services.people.domain.disciplinary_case.decide import DISCIPLINARY_CASE, NOTICE_DAYS
from services.people.domain.disciplinary_case.events import (
    AllegationSent,
    AppealDecided,
    AppealHearerNamed,
    CaseAppealed,
    CaseClosed,
    CaseDecided,
    CaseDropped,
    CaseEvent,
    CaseReported,
    ConsequenceCarriedOut,
    FindingsRecorded,
    HearerNamed,
    HearingHeld,
    InvestigationBegun,
    WarningLapsed,
)
from services.people.domain.disciplinary_case.facts import CaseFacts
from services.people.domain.disciplinary_case.state import CaseStatus, DisciplinaryCase, Outcome, Verdict

__all__ = [
    "DISCIPLINARY_CASE",
    "NOTICE_DAYS",
    "AllegationSent",
    "AppealDecided",
    "AppealDecision",
    "AppealHearerNamed",
    "BeginInvestigation",
    "CarryOutConsequence",
    "CaseAppealed",
    "CaseClosed",
    "CaseCommand",
    "CaseDecided",
    "CaseDropped",
    "CaseEvent",
    "CaseFacts",
    "CaseReported",
    "CaseStatus",
    "CloseCase",
    "ConsequenceCarriedOut",
    "DecideAppeal",
    "DecideCase",
    "DisciplinaryCase",
    "DropCase",
    "FindingsRecorded",
    "HearerNamed",
    "HearingHeld",
    "InvestigationBegun",
    "LapseWarning",
    "NameAppealHearer",
    "NameHearer",
    "Outcome",
    "RecordFindings",
    "RecordHearing",
    "ReportCase",
    "SendAllegation",
    "Verdict",
    "WarningLapsed",
]
