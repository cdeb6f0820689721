"""The command table of disciplinary cases, and how their consequence reaches the person."""

from datetime import datetime
from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow, Due, Order
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people import policy
from services.people.api.facts import about, grade_of
from services.people.api.organisation import limits
from services.people.api.persons import PERSONS
from services.people.domain.disciplinary_case import (
    DISCIPLINARY_CASE,
    AppealDecision,
    BeginInvestigation,
    CarryOutConsequence,
    CaseCommand,
    CaseFacts,
    CloseCase,
    DecideAppeal,
    DecideCase,
    DisciplinaryCase,
    DropCase,
    LapseWarning,
    NameAppealHearer,
    NameHearer,
    RecordFindings,
    RecordHearing,
    ReportCase,
    SendAllegation,
)
from services.people.domain.person import PERSON, ReviewEligibility


async def case_facts(view: View, state: DisciplinaryCase | None, command: CaseCommand, base: Facts) -> CaseFacts:
    """The person concerned with their line, whoever is named, the policy."""
    person_id = command.person_id if isinstance(command, ReportCase) else state.person_id if state else None
    if isinstance(command, DecideCase | DecideAppeal | LapseWarning):
        view.bump(f"person:{person_id}:bars")
    named = await view.state(PERSON, named_in(command))
    known = await about(view, base, person_id)
    return CaseFacts(**known, policy=await limits(view), named_grade=grade_of(named))


def named_in(command: CaseCommand) -> UUID | None:
    """Whoever a command names."""
    match command:
        case BeginInvestigation(investigator_id=id) | NameHearer(hearer_id=id) | NameAppealHearer(appeal_hearer_id=id):
            return id
        case _:
            return None


def when_due(case: DisciplinaryCase, due_at: datetime) -> LapseWarning | Due:
    """A consequence is carried out before a later lapse has one of its own."""
    if case.consequence_due_at is None or due_at < case.consequence_due_at:
        return LapseWarning()
    return Due(CarryOutConsequence(), first=[Order(PERSONS, case.person_id, ReviewEligibility())])


DISCIPLINARY_CASES = Aggregate(
    DISCIPLINARY_CASE,
    path="disciplinary-cases",
    commands=[
        CommandRow("report", ReportCase, policy.either(policy.hr, policy.line_above), case_facts, creates=True),
        CommandRow("begin-investigation", BeginInvestigation, policy.hr, case_facts),
        CommandRow("name-hearer", NameHearer, policy.hr, case_facts),
        CommandRow("name-appeal-hearer", NameAppealHearer, policy.hr, case_facts),
        CommandRow("record-findings", RecordFindings, policy.whoever_sees, case_facts),
        CommandRow("send-allegation", SendAllegation, policy.hr, case_facts),
        CommandRow("record-hearing", RecordHearing, policy.whoever_sees, case_facts),
        CommandRow("decide", DecideCase, policy.whoever_sees, case_facts),
        CommandRow("appeal", AppealDecision, policy.whoever_sees, case_facts),
        CommandRow("decide-appeal", DecideAppeal, policy.whoever_sees, case_facts),
        CommandRow("drop", DropCase, policy.hr, case_facts),
        CommandRow("close", CloseCase, policy.hr, case_facts),
        CommandRow("lapse", LapseWarning, policy.service, case_facts),
        CommandRow("carry-out-consequence", CarryOutConsequence, policy.service, case_facts),
    ],
    sees=policy.CASES,
    watched="person_id",
    filters=["person_id", "status", "investigator_id", "hearer_id", "appeal_hearer_id"],
    when_due=when_due,
)
