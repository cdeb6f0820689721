"""The command tables of hiring: vacancies, and the candidacies of those who applied."""

from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from services.people.hiring import access
from services.people.hiring.domain import vacancy as vacancies
from services.people.hiring.domain.candidacy import rules as candidacy_rules
from services.people.hiring.domain.candidacy.model import OVER, Candidacy, CandidacyFacts, CandidacyStatus, KnownVacancy
from services.people.hiring.domain.contact import digest_of
from services.people.organisation import zones
from services.people.organisation.access import HR, SERVICE
from services.people.organisation.domain import funding
from services.people.organisation.domain.person.rules import PERSON
from services.people.organisation.domain.position import POSITION, Position, PositionStatus
from services.people.organisation.facts import about, limits, line_above
from services.people.pay.access import SEES_BANDS
from services.people.pay.commands import bands_of
from services.people.pay.domain.pay import PayFacts

VACANCY, CANDIDACY = Fields(vacancies.VACANCY), Fields(candidacy_rules.CANDIDACY)
CANDIDATES_OF = text(
    "SELECT count(*) AS candidates,"
    f" count(*) FILTER (WHERE {CANDIDACY.status.one_of(CandidacyStatus.OFFERED)}) AS live_offers,"
    f" count(*) FILTER (WHERE {CANDIDACY.status.one_of(CandidacyStatus.ACCEPTED, CandidacyStatus.HIRED)}) AS accepted"
    f" FROM states WHERE {CANDIDACY.of_kind} AND {CANDIDACY.vacancy_id} = :id"
)

SOUGHT = text(
    f"SELECT {VACANCY.id} AS id FROM states WHERE {VACANCY.of_kind} AND {VACANCY.position_id} = :id"
    f" AND {VACANCY.status.none_of(vacancies.VacancyStatus.FILLED, vacancies.VacancyStatus.CANCELLED)}"
)

CANDIDACIES_OF = text(
    f"SELECT {CANDIDACY.id} AS id, {CANDIDACY.vacancy_id} AS vacancy_id, {CANDIDACY.status} AS status"
    f" FROM states WHERE {CANDIDACY.of_kind} AND {CANDIDACY.candidate_id} = :id"
)

# What lists filter by is kept beside the sealed state, as a keyed digest, until the candidate is erased.
SAME_CONTACT = text(
    f"SELECT ({CANDIDACY.candidate_id})::uuid AS id FROM states WHERE {CANDIDACY.of_kind}"
    f" AND {CANDIDACY.candidate_id} <> :id AND digests->>'contact_digest' = :digest ORDER BY stream LIMIT 20"
)

OF_ONE_ALONE = (
    candidacy_rules.ScheduleInterview | candidacy_rules.RecordInterview | candidacy_rules.GiveInterviewFeedback
)
"""Commands independent of other candidacies: candidates are interviewed side by side."""

GOING_ON = (CandidacyStatus.APPLIED, CandidacyStatus.INTERVIEWED, CandidacyStatus.OFFERED, CandidacyStatus.LAPSED)


def fillable(position: Position | None) -> bool:
    return position is not None and position.status in (PositionStatus.APPROVED, PositionStatus.REVISED)


async def vacancy_facts(
    view: View, state: vacancies.Vacancy | None, command: vacancies.VacancyCommand, base: Facts
) -> vacancies.VacancyFacts:
    """The position with the line above it, and the offers that are out."""
    position_id = (
        command.position_id if isinstance(command, vacancies.RequestVacancy) else state.position_id if state else None
    )
    position = await view.state(POSITION, position_id)
    (offers,) = await view.guarded(f"vacancy:{base.id}:candidates", CANDIDATES_OF, {"id": str(base.id)})
    known = await about(view, base, None)
    policy = await limits(view)
    return vacancies.VacancyFacts(
        **known | {"line": await line_above(view, position), "four_eyes": policy.four_eyes},
        position_division=position.division_id if position else None,
        position_fillable=fillable(position),
        sought=position_id is not None and looks_for_others(command) and await sought(view, base.id, position_id),
        live_offers=offers.live_offers,
        position_grade=position.grade if position else None,
        funding_required=policy.funding_required,
    )


def looks_for_others(command: vacancies.VacancyCommand) -> bool:
    """Return whether a command may leave a position with one more vacancy."""
    return isinstance(command, vacancies.RequestVacancy) or (
        isinstance(command, vacancies.CountOffers) and bool(command.withdrawn)
    )


async def sought(view: View, id: UUID, position_id: UUID) -> bool:
    """Return whether another vacancy of the position is live; of two at once, one comes too late."""
    guard = f"position:{position_id}:vacancies"
    view.bump(guard)
    rows = await view.guarded(guard, SOUGHT, {"id": str(position_id)})
    return any(row.id != str(id) for row in rows)


async def zone_of_candidacy(view: View, state: Candidacy | None, command: Any, base: Facts) -> tzinfo:
    """The zone of the position that is to be filled."""
    vacancy = state or await view.state(vacancies.VACANCY, command.vacancy_id)
    return await zones.zone_by(view, zones.POSITION_ZONE, vacancy.position_id if vacancy else None)


async def candidacy_facts(
    view: View, state: Candidacy | None, command: candidacy_rules.CandidacyCommand, base: Facts
) -> CandidacyFacts:
    """The vacancy with its other candidates, the candidate's other candidacies, and the line above the position."""
    of: Any = command if isinstance(command, candidacy_rules.RecordApplication) and state is None else state
    vacancy = await view.state(vacancies.VACANCY, of.vacancy_id)
    position = await view.state(POSITION, vacancy.position_id) if vacancy else None
    if isinstance(command, candidacy_rules.EraseCandidate):
        view.erase(of.candidate_id)
    known = await about(view, base, None)
    return CandidacyFacts(
        **known | {"subject": of.candidate_id, "line": await line_above(view, position)},
        **({} if isinstance(command, OF_ONE_ALONE) else await rivals(view, base.id, of)),
        vacancy=known_vacancy(vacancy, position),
        interviewers_here=await working(view, command),
        is_person=await is_person(view, of.candidate_id),
        known_as=await known_as(view, command) if isinstance(command, candidacy_rules.RecordApplication) else None,
        sees_candidates=HR.holds(base, state, command),
        pay=await pay_facts(view, position, command, base),
    )


async def pay_facts(
    view: View, position: Position | None, command: candidacy_rules.CandidacyCommand, base: Facts
) -> PayFacts | None:
    """What decides on the pay of an offer: the bands of the position's grade, and the currencies in use."""
    if position is None or not isinstance(command, candidacy_rules.MakeOffer) or command.pay is None:
        return None
    return PayFacts(
        **vars(base),
        bands=await bands_of(view, position.grade, command.starts_on or base.today),
        reads_bands=SEES_BANDS.holds(base, None, command),
        policy=await limits(view),
    )


async def known_as(view: View, command: candidacy_rules.RecordApplication) -> UUID | None:
    """Another candidate, who is no person here, with the same contact; of two at once, one comes too late."""
    digest = digest_of(command.contact)
    if digest is None:
        return None
    view.bump("candidates:contacts")
    kept = view.store.privacy.digest(digest, candidacy_rules.CANDIDACY.kind, "contact_digest")
    asked = {"id": str(command.candidate_id), "digest": kept}
    for row in await view.guarded("candidates:contacts", SAME_CONTACT, asked):
        if not await is_person(view, row.id):
            return UUID(str(row.id))
    return None


async def rivals(view: View, id: UUID, of: Candidacy | candidacy_rules.RecordApplication) -> dict[str, Any]:
    """Return the vacancy's other candidates and the candidate's other applications; a command changes both."""
    of_vacancy, of_candidate = f"vacancy:{of.vacancy_id}:candidates", f"candidate:{of.candidate_id}"
    (offers,) = await view.guarded(of_vacancy, CANDIDATES_OF, {"id": str(of.vacancy_id)})
    own = await view.guarded(of_candidate, CANDIDACIES_OF, {"id": str(of.candidate_id)})
    view.bump(of_vacancy, of_candidate)
    others = [row for row in own if row.id != str(id)]
    return {
        "candidates": offers.candidates,
        "taken": offers.live_offers + offers.accepted,
        "applied": any(row.vacancy_id == str(of.vacancy_id) and row.status not in OVER for row in others),
        "offered": any(row.status == CandidacyStatus.OFFERED for row in others),
        "engaged": any(row.status in GOING_ON for row in others),
    }


def known_vacancy(vacancy: vacancies.Vacancy | None, position: Position | None) -> KnownVacancy | None:
    """Return a candidacy's vacancy as its rules need it."""
    if vacancy is None:
        return None
    is_open = vacancy.status is vacancies.VacancyStatus.OPEN
    return KnownVacancy(vacancy.position_id, vacancy.openings, is_open, fillable(position))


async def working(view: View, command: candidacy_rules.CandidacyCommand) -> frozenset[UUID]:
    """Those of the interviewers named who work here."""
    if not isinstance(command, candidacy_rules.ScheduleInterview):
        return frozenset()
    persons = {id: await view.state(PERSON, id) for id in command.interviewers}
    return frozenset(id for id, person in persons.items() if person and person.works_here)


async def is_person(view: View, candidate_id: UUID) -> bool:
    """Return whether a person's records share the candidate's key."""
    person = await view.state(PERSON, candidate_id)
    return person is not None and not person.erased


VACANCIES = Aggregate(
    vacancies.VACANCY,
    path="vacancies",
    commands=[
        CommandRow("request", vacancies.RequestVacancy, access.RECRUITS, creates=True),
        CommandRow("approve", vacancies.ApproveVacancy, access.APPROVES_VACANCY),
        CommandRow("open", vacancies.OpenVacancy, access.RECRUITS),
        CommandRow("put-on-hold", vacancies.PutVacancyOnHold, access.DECIDES),
        CommandRow("cancel", vacancies.CancelVacancy, access.DECIDES),
        CommandRow("count-offers", vacancies.CountOffers, SERVICE),
        CommandRow("note-funding", funding.NoteFunding, SERVICE),
    ],
    facts=vacancy_facts,
    zone=zones.OF_POSITION,
    discloses=access.SEES_REASON,
    private={"reason": None},
    filters=["position_id", "division_id", "status"],
    sorts=["requested_on", "opened_on"],
)

CANDIDACIES = Aggregate(
    candidacy_rules.CANDIDACY,
    path="candidacies",
    commands=[
        CommandRow("record", candidacy_rules.RecordApplication, access.APPLIES, creates=True),
        CommandRow("schedule-interview", candidacy_rules.ScheduleInterview, access.HANDLES),
        CommandRow("record-interview", candidacy_rules.RecordInterview, access.RECORDS_INTERVIEW),
        CommandRow("give-feedback", candidacy_rules.GiveInterviewFeedback, access.GIVES_FEEDBACK),
        CommandRow(
            "make-offer", candidacy_rules.MakeOffer, access.DECIDES_ON_CANDIDATE, further=candidacy_rules.counted
        ),
        CommandRow("accept-offer", candidacy_rules.AcceptOffer, access.HANDLES, further=candidacy_rules.counted),
        CommandRow("agree-start-day", candidacy_rules.AgreeStartDay, access.DECIDES_ON_CANDIDATE),
        CommandRow("hire", candidacy_rules.HireCandidate, access.HIRES, further=candidacy_rules.taken_on),
        CommandRow("decline-offer", candidacy_rules.DeclineOffer, access.HANDLES),
        CommandRow("reject", candidacy_rules.RejectCandidate, access.DECIDES_ON_CANDIDATE),
        CommandRow("withdraw", candidacy_rules.WithdrawCandidate, access.HANDLES, further=candidacy_rules.given_up),
        CommandRow("lapse-offer", candidacy_rules.LapseOffer, SERVICE),
        CommandRow("erase", candidacy_rules.EraseCandidate, HR),
    ],
    facts=candidacy_facts,
    zone=zone_of_candidacy,
    sees=access.SEES_CANDIDACY,
    discloses=access.SEES_OFFERED_PAY,
    private={"pay": None},
    audited="candidate_id",
    filters=["vacancy_id", "position_id", "candidate_id", "status", "contact_digest"],
    sorts=["applied_on"],
)
