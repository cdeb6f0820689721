"""The command table of disciplinary cases."""

from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.people.discipline import access
from services.people.discipline.domain.disciplinary_case import rules as disciplinary_case
from services.people.discipline.domain.disciplinary_case.model import CaseFacts, DisciplinaryCase
from services.people.organisation import zones
from services.people.organisation.access import SERVICE
from services.people.organisation.domain.person.model import Employment
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.facts import about, doers, grade_of, limits, lines_of

CASE = Fields(disciplinary_case.DISCIPLINARY_CASE)
BARRING = text(
    f"SELECT {CASE.id} AS id FROM states WHERE {CASE.of_kind} AND {CASE.bars.holds} AND {CASE.person_id} = :id"
)
BAR_OR_FREE = disciplinary_case.DecideCase | disciplinary_case.DecideAppeal | disciplinary_case.LapseWarning


async def case_facts(
    view: View, state: DisciplinaryCase | None, command: disciplinary_case.CaseCommand, base: Facts
) -> CaseFacts:
    """The person concerned with their line, the person who is named, the policy, and what else bars the person."""
    person_id = (
        command.person_id if isinstance(command, disciplinary_case.ReportCase) else state.person_id if state else None
    )
    named = await view.chain(PERSON, named_in(command), "line_manager_id")
    known = await about(view, base, person_id)
    policy = await limits(view)
    return CaseFacts(
        **known,
        actor_line=await lines_of(view, base.actor),
        four_eyes=policy.four_eyes,
        policy=policy,
        named_grade=grade_of(named[0][1]) if named else None,
        named_line=tuple(id for id, _ in named[1:]),
        reporters=await reporters(view, base.id) if named else frozenset(),
        hearer_left=isinstance(command, disciplinary_case.NameHearer) and await hearer_has_left(view, state),
        barred_by_another=isinstance(command, BAR_OR_FREE) and await barred_by_another(view, base.id, person_id),
    )


async def hearer_has_left(view: View, case: DisciplinaryCase | None) -> bool:
    """Return whether the hearer of a case works here no longer."""
    hearer = await view.state(PERSON, case.hearer_id) if case else None
    return hearer is not None and hearer.employment is Employment.LEFT


async def reporters(view: View, id: UUID) -> frozenset[str]:
    """Who reported the case, and in whose place."""
    history = await view.history(disciplinary_case.DISCIPLINARY_CASE, id)
    return doers(history[0] if history else None)


async def barred_by_another(view: View, id: UUID, person_id: UUID | None) -> bool:
    """Return whether another case bars the person now; of two cases decided at once, one sees the other's change."""
    guard = f"person:{person_id}:bars"
    view.bump(guard)
    rows = await view.guarded(guard, BARRING, {"id": str(person_id)})
    return any(row.id != str(id) for row in rows)


def named_in(command: disciplinary_case.CaseCommand) -> UUID | None:
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
        CommandRow("report", disciplinary_case.ReportCase, access.REPORTS, creates=True),
        CommandRow("begin-investigation", disciplinary_case.BeginInvestigation, access.LEADS),
        CommandRow("name-hearer", disciplinary_case.NameHearer, access.LEADS),
        CommandRow("name-appeal-hearer", disciplinary_case.NameAppealHearer, access.LEADS),
        CommandRow("record-findings", disciplinary_case.RecordFindings, access.INVESTIGATOR),
        CommandRow("send-allegation", disciplinary_case.SendAllegation, access.LEADS),
        CommandRow("record-hearing", disciplinary_case.RecordHearing, access.HEARER),
        CommandRow("correct-hearing", disciplinary_case.CorrectHearing, access.HEARER),
        CommandRow(
            "decide", disciplinary_case.DecideCase, access.HEARER, further=disciplinary_case.eligibility_reviewed
        ),
        CommandRow("appeal", disciplinary_case.AppealDecision, access.CONCERNED),
        CommandRow(
            "decide-appeal",
            disciplinary_case.DecideAppeal,
            access.APPEAL_HEARER,
            further=disciplinary_case.eligibility_reviewed,
        ),
        CommandRow("drop", disciplinary_case.DropCase, access.LEADS),
        CommandRow("close", disciplinary_case.CloseCase, access.LEADS),
        CommandRow("lapse", disciplinary_case.LapseWarning, SERVICE, further=disciplinary_case.eligibility_reviewed),
    ],
    facts=case_facts,
    zone=zones.OF_PERSON,
    sees=access.SEES,
    audited="person_id",
    filters=["person_id", "status", "investigator_id", "hearer_id", "appeal_hearer_id"],
)
