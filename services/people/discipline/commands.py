"""The command table of disciplinary cases, and how their consequence reaches the person."""

from uuid import UUID

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from services.people.discipline import access
from services.people.discipline.domain.disciplinary_case import rules as disciplinary_case
from services.people.discipline.domain.disciplinary_case.model import CaseFacts, DisciplinaryCase
from services.people.organisation.access import HR, SERVICE
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.facts import about, grade_of, limits


async def case_facts(
    view: View, state: DisciplinaryCase | None, command: disciplinary_case.CaseCommand, base: Facts
) -> CaseFacts:
    """The person concerned with their line, the person who is named, the policy."""
    person_id = (
        command.person_id if isinstance(command, disciplinary_case.ReportCase) else state.person_id if state else None
    )
    if isinstance(
        command, disciplinary_case.DecideCase | disciplinary_case.DecideAppeal | disciplinary_case.LapseWarning
    ):
        view.bump(f"person:{person_id}:bars")
    named = await view.state(PERSON, named_in(command))
    known = await about(view, base, person_id)
    return CaseFacts(**known, policy=await limits(view), named_grade=grade_of(named))


def named_in(command: disciplinary_case.CaseCommand) -> UUID | None:
    """The person a command names."""
    match command:
        case (
            disciplinary_case.BeginInvestigation(investigator_id=id)
            | disciplinary_case.NameHearer(hearer_id=id)
            | disciplinary_case.NameAppealHearer(appeal_hearer_id=id)
        ):
            return id
        case _:
            return None


DISCIPLINARY_CASES = Aggregate(
    disciplinary_case.DISCIPLINARY_CASE,
    path="disciplinary-cases",
    commands=[
        CommandRow(
            "report",
            disciplinary_case.ReportCase,
            access.REPORTS,
            case_facts,
            creates=True,
        ),
        CommandRow("begin-investigation", disciplinary_case.BeginInvestigation, HR, case_facts),
        CommandRow("name-hearer", disciplinary_case.NameHearer, HR, case_facts),
        CommandRow("name-appeal-hearer", disciplinary_case.NameAppealHearer, HR, case_facts),
        CommandRow("record-findings", disciplinary_case.RecordFindings, access.INVESTIGATOR, case_facts),
        CommandRow("send-allegation", disciplinary_case.SendAllegation, HR, case_facts),
        CommandRow("record-hearing", disciplinary_case.RecordHearing, access.HEARER, case_facts),
        CommandRow("decide", disciplinary_case.DecideCase, access.HEARER, case_facts),
        CommandRow("appeal", disciplinary_case.AppealDecision, access.CONCERNED, case_facts),
        CommandRow("decide-appeal", disciplinary_case.DecideAppeal, access.APPEAL_HEARER, case_facts),
        CommandRow("drop", disciplinary_case.DropCase, HR, case_facts),
        CommandRow("close", disciplinary_case.CloseCase, HR, case_facts),
        CommandRow("lapse", disciplinary_case.LapseWarning, SERVICE, case_facts),
        CommandRow("carry-out-consequence", disciplinary_case.CarryOutConsequence, SERVICE, case_facts),
    ],
    sees=access.SEES,
    audited="person_id",
    filters=["person_id", "status", "investigator_id", "hearer_id", "appeal_hearer_id"],
)
