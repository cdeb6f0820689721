"""The command tables of the organisation: divisions, positions, persons, certificate schemes, the staffing policy."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.commands.table import Aggregate, CommandRow
from chassis.domain.decider import Actor, Facts
from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.store import Store
from contracts import people
from contracts.values import Grade
from services.people.organisation import zones
from services.people.organisation.access import (
    APPOINTS,
    APPROVES_POSITION,
    CHANGES_LINE,
    CORRECTS_ABSENCES,
    CORRECTS_DAYS,
    CORRECTS_STAND_INS,
    ENDS_STANDING_IN,
    HANDS_OVER,
    HAS_JOINED,
    HEADS_ARE_APPOINTED_BY,
    HR,
    NAMES_STAND_IN,
    OWN_LINE,
    PERSON_OR_LINE,
    PERSONNEL,
    REHIRES,
    REINSTATES,
    REVIEWS_ELIGIBILITY,
    SEES_EXPECTED,
    SERVICE,
    SETS_LIMITS,
    SHAPES_ORGANISATION,
    TELLS_EXPERIENCE,
    VERIFIES_EXPERIENCE,
    WAIVES_GATE,
    WITHDRAWS_LEAVING,
)
from services.people.organisation.catalogue import GUARD, catalogue
from services.people.organisation.domain import certificate_scheme, skill, staffing_policy
from services.people.organisation.domain import division as divisions
from services.people.organisation.domain import position as positions
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.person import absence, correction, experience, handover, history, planning
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person import rules as person_rules
from services.people.organisation.domain.person.appointment import AppointPerson, ChangeLineManager, WaiveGate
from services.people.organisation.facts import about, barred, doers, grade_of, holder, limits, line_above
from services.people.organisation.past_days import past_of
from services.people.organisation.past_holders import held_until
from services.people.organisation.past_lines import cycle_between

DIVISION, POSITION = Fields(divisions.DIVISION), Fields(positions.POSITION)
STANDING = f"{POSITION.of_kind} AND {POSITION.status.none_of(positions.PositionStatus.RETIRED)}"

DESCRIPTIONS = people.PositionDrafted, people.PositionRevised

POSITIONS_OF = text(f"SELECT count(*) AS left_inside FROM states WHERE {STANDING} AND {POSITION.division_id} = :id")
DIVISIONS_BELOW = text(
    f"SELECT count(*) AS left_inside FROM states WHERE {DIVISION.of_kind} AND {DIVISION.parent_id} = :id"
    f" AND {DIVISION.closed.fails}"
)
POSITIONS_BELOW = text(f"SELECT {POSITION.grade} AS grade FROM states WHERE {STANDING} AND {POSITION.reports_to} = :id")


async def division_facts(
    view: View, state: divisions.Division | None, command: divisions.DivisionCommand, base: Facts
) -> divisions.DivisionFacts:
    """The parents above, what is left inside, whether the head works here."""
    match command:
        case divisions.EstablishDivision(parent_id=parent_id) | divisions.MoveDivision(parent_id=parent_id):
            above = await view.chain(divisions.DIVISION, parent_id, "parent_id")
            for changed in {parent_id, state.parent_id if state else None} - {None}:
                view.bump(f"division:{changed}:children")
            parents = tuple((id, division.closed) for id, division in above) if above or not parent_id else None
            if isinstance(command, divisions.EstablishDivision) and state is None and command.code is not None:
                view.claim(f"division-code:{identity(command.code)}")
            return divisions.DivisionFacts(**vars(base), parents=parents)
        case divisions.AppointDivisionHead(person_id=person_id):
            person = await view.state(person_rules.PERSON, person_id)
            return divisions.DivisionFacts(**vars(base), head_employed=employed(person))
        case divisions.CloseDivision():
            members = await view.guarded(f"division:{base.id}:positions", POSITIONS_OF, {"id": str(base.id)})
            children = await view.guarded(f"division:{base.id}:children", DIVISIONS_BELOW, {"id": str(base.id)})
            if state and state.parent_id:
                view.bump(f"division:{state.parent_id}:children")
            if state and state.code is not None:
                view.release(f"division-code:{identity(state.code)}")
            return divisions.DivisionFacts(
                **vars(base), members=members[0].left_inside, children=children[0].left_inside
            )
        case divisions.RenameDivision() | divisions.SetDivisionTimeZone() | divisions.SetWorkingCalendar():
            return divisions.DivisionFacts(**vars(base))


def employed(person: person_model.Person | None) -> bool:
    """Return whether somebody works here and holds a position."""
    return person is not None and person.works_here and person.appointment is not None


async def position_facts(
    view: View, state: positions.Position | None, command: positions.PositionCommand, base: Facts
) -> positions.PositionFacts:
    """The division, the superior with all above, the highest grade below, the holder, the policy."""
    described: Any = command if isinstance(command, positions.DraftPosition | positions.RevisePosition) else state
    division_id = (
        described.division_id if isinstance(command, positions.DraftPosition) or state is None else state.division_id
    )
    division = await view.state(divisions.DIVISION, division_id)
    view.bump(f"division:{division_id}:positions")
    above = await view.chain(positions.POSITION, described.reports_to, "reports_to")
    for superior_id in {described.reports_to, state.reports_to if state else None} - {None}:
        view.bump(f"position:{superior_id}:below")
    below = await view.guarded(f"position:{base.id}:below", POSITIONS_BELOW, {"id": str(base.id)})
    grades = sorted((Grade(row.grade) for row in below), key=lambda grade: grade.rank)
    policy = await limits(view)
    approves = isinstance(command, positions.ApprovePosition)
    return positions.PositionFacts(
        **vars(base),
        policy_years=policy.it_management_years,
        four_eyes=policy.four_eyes,
        described_by=await described_by(view, base.id) if approves else frozenset(),
        division_open=None if division is None else not division.closed,
        superior=superior(above),
        highest_below=grades[-1] if grades else None,
        **await gate_of_holder(view, await holder(view, base.id), base),
        open_schemes=await open_schemes(view, described.required_schemes),
        skills=await catalogue(view, skill.names_in(command)),
    )


async def gate_of_holder(view: View, holder_id: UUID | None, base: Facts) -> dict[str, Any]:
    """Who holds a position, with what counts at the gate to a senior one."""
    person = await view.state(person_rules.PERSON, holder_id)
    if person is None:
        return {"holder": None}
    years = experience.verified_years(person.experience, base.today)
    return {"holder": holder_id, "holder_years": years, "holder_waived": person.gate_waived}


async def described_by(view: View, id: UUID) -> frozenset[str]:
    """Who gave a position its present description."""
    history = reversed(await view.history(positions.POSITION, id))
    return doers(next((each for each in history if isinstance(each.event, DESCRIPTIONS)), None))


async def open_schemes(view: View, required: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the certificate schemes that exist and are not retired."""
    found = {id: await view.state(certificate_scheme.CERTIFICATE_SCHEME, id) for id in required}
    return frozenset(id for id, scheme in found.items() if scheme is not None and not scheme.retired)


def superior(above: list[tuple[UUID, positions.Position]]) -> positions.Superior | None:
    """The position at the lower end of a chain of superiors."""
    if not above:
        return None
    _, nearest = above[0]
    retired = nearest.status is positions.PositionStatus.RETIRED
    return positions.Superior(nearest.grade, retired, tuple(id for id, _ in above[1:]))


DIVISIONS = Aggregate(
    divisions.DIVISION,
    path="divisions",
    commands=[
        CommandRow("establish", divisions.EstablishDivision, SHAPES_ORGANISATION, creates=True),
        CommandRow("rename", divisions.RenameDivision, SHAPES_ORGANISATION),
        CommandRow("move", divisions.MoveDivision, SHAPES_ORGANISATION),
        CommandRow("set-time-zone", divisions.SetDivisionTimeZone, SHAPES_ORGANISATION),
        CommandRow("set-working-calendar", divisions.SetWorkingCalendar, SHAPES_ORGANISATION),
        CommandRow("appoint-head", divisions.AppointDivisionHead, HEADS_ARE_APPOINTED_BY),
        CommandRow("close", divisions.CloseDivision, SHAPES_ORGANISATION),
    ],
    facts=division_facts,
    filters=["kind", "parent_id", "head_id", "closed", "code"],
    sorts=["name"],
    searched=["name", "code"],
    refers={"parent_id": "division"},
)


async def skill_facts(
    view: View, state: skill.Skill | None, command: skill.SkillCommand, base: Facts
) -> skill.SkillFacts:
    """A name belongs to one skill, also to one that was merged; the skill that another is merged into."""
    before = {*map(identity, state.known_as)} if state is not None and state.live else set()
    after = set(before)
    match command:
        case skill.DefineSkill(name=name, aliases=aliases) if state is None:
            after = {*map(identity, (name, *aliases))}
        case skill.ReviseSkill(name=name, aliases=aliases) if before:
            after = {*map(identity, (name, *aliases))}
        case skill.RetireSkill():
            after = set()
    for name in sorted(before - after):
        view.release(f"skill:{name}")
    for name in sorted(after - before):
        view.claim(f"skill:{name}")
    view.bump(GUARD)
    into = await view.state(skill.SKILL, command.into_id) if isinstance(command, skill.MergeSkill) else None
    return skill.SkillFacts(**vars(base), into=into)


SKILLS = Aggregate(
    skill.SKILL,
    path="skills",
    commands=[
        CommandRow("define", skill.DefineSkill, HR, creates=True),
        CommandRow("revise", skill.ReviseSkill, HR),
        CommandRow("merge", skill.MergeSkill, HR, further=skill.names_adopted),
        CommandRow("adopt-names", skill.AdoptNames, SERVICE),
        CommandRow("retire", skill.RetireSkill, HR),
    ],
    facts=skill_facts,
    filters=["retired", "merged_into"],
    sorts=["name"],
    searched=["name", "description"],
    refers={"merged_into": "skill"},
)

POSITIONS = Aggregate(
    positions.POSITION,
    path="positions",
    commands=[
        CommandRow("draft", positions.DraftPosition, SHAPES_ORGANISATION, creates=True),
        CommandRow("approve", positions.ApprovePosition, APPROVES_POSITION),
        CommandRow("revise", positions.RevisePosition, SHAPES_ORGANISATION),
        CommandRow("retire", positions.RetirePosition, SHAPES_ORGANISATION),
    ],
    facts=position_facts,
    zone=zones.OF_DIVISION,
    rewords=lambda command, facts: skill.by_catalogue(command, facts.skills),
    filters=["division_id", "grade", "status", "reports_to"],
    sorts=["title"],
    searched=["title"],
    refers={"reports_to": "position", "required_schemes": "certificate-scheme"},
)

STAFFING_POLICIES = Aggregate(
    staffing_policy.STAFFING_POLICY,
    path="staffing-policies",
    commands=[
        CommandRow("set-senior-experience", staffing_policy.SetSeniorExperience, SETS_LIMITS, creates=True),
        CommandRow("set-limits", staffing_policy.SetStaffingLimits, SETS_LIMITS, creates=True, named=True),
        CommandRow("set-procedures", staffing_policy.SetProcedures, SETS_LIMITS, creates=True, named=True),
        CommandRow("switch-four-eyes", staffing_policy.SwitchFourEyes, SETS_LIMITS, creates=True, named=True),
        CommandRow("switch-funding", staffing_policy.SwitchFunding, SETS_LIMITS, creates=True, named=True),
        CommandRow("set-currencies", staffing_policy.SetCurrencies, SETS_LIMITS, creates=True, named=True),
    ],
)

PERSON = Fields(person_rules.PERSON)
TEAM = text(
    f"SELECT {PERSON.id}::uuid AS id FROM states WHERE {PERSON.of_kind} AND {PERSON.line_manager_id} = :id"
    f" AND {PERSON.employment.none_of(*person_model.NOT_HERE)} ORDER BY stream"
)
HEADED = text(
    f"SELECT {DIVISION.id}::uuid AS id FROM states WHERE {DIVISION.of_kind} AND {DIVISION.head_id} = :id"
    f" AND {DIVISION.closed.fails} ORDER BY stream"
)


async def person_facts(
    view: View, state: person_model.Person | None, command: person_rules.PersonCommand, base: Facts
) -> person_model.PersonFacts:
    """The position offered, the line manager with all above, what eligibility depends on."""
    policy = await limits(view)
    eligible: dict[str, Any] = {"policy_years": policy.it_management_years, "four_eyes": policy.four_eyes}
    match command:
        case person_rules.ReviewEligibility(barred=bool(will_be)):
            return person_model.PersonFacts(**vars(base), **eligible, barred=will_be)
    eligible["barred"] = await barred(view, base.id)
    match command:
        case AppointPerson():
            return await appointment_facts(view, state, command, base, eligible)
        case person_rules.HirePerson(division_id=division_id):
            return person_model.PersonFacts(
                **vars(base), **eligible, division_open=await division_open(view, division_id)
            )
        case person_rules.TakeOnPerson(position_id=position_id, effective_on=on):
            appoint = AppointPerson(position_id=position_id, effective_on=on)
            led = await led_by(view, base.id)
            return replace(await appointment_facts(view, state, appoint, base, eligible), **led)
        case planning.RehirePerson():
            return person_model.PersonFacts(**vars(base), **eligible, **await led_by(view, base.id))
        case ChangeLineManager(line_manager_id=manager_id):
            manager = await manager_facts(view, manager_id, base, command.effective_on)
            return person_model.PersonFacts(**vars(base), **eligible, **manager)
        case person_rules.RecordLeaving():
            bump_holder(view, state)
            return person_model.PersonFacts(**vars(base), **eligible, tools_out=await tools_out(view, base.id))
        case planning.CarryOutPlans() if state:
            return await plan_facts(view, state, base, eligible)
        case planning.WithdrawLeaving() if state and state.appointment:
            bump_holder(view, state)
            position = await known_position(view, state.appointment.position_id)
            return person_model.PersonFacts(**vars(base), **eligible, position=position)
        case handover.HandOver(to_id=to_id):
            receiver = grade_of(await view.state(person_rules.PERSON, to_id)) is not None
            led = await led_by(view, base.id)
            return person_model.PersonFacts(
                **await about(view, base, base.id), **eligible, **led, receiver_in_office=receiver
            )
        case absence.NameStandIn(stand_in_id=stand_in_id):
            standing = grade_of(await view.state(person_rules.PERSON, stand_in_id)) is not None
            known = await about(view, base, base.id)
            return person_model.PersonFacts(**known, **eligible, stand_in_active=standing)
        case (
            absence.WithdrawStandIn()
            | absence.RecordAbsence()
            | absence.CancelAbsence()
            | absence.CorrectAbsence()
            | absence.WithdrawAbsence()
            | absence.CorrectStandIn()
            | experience.RecordExperience()
        ):
            return person_model.PersonFacts(**await about(view, base, base.id), **eligible)
        case experience.VerifyExperience(experience_id=experience_id):
            eligible["recorded_by"] = await recorded_by(view, base.id, experience_id)
            return person_model.PersonFacts(**await about(view, base, base.id), **eligible)
        case correction.CorrectDay():
            return await correction_facts(view, command, person_model.PersonFacts(**vars(base), **eligible))
        case person_rules.ErasePerson():
            view.erase(base.id)
    return person_model.PersonFacts(**vars(base), **eligible)


async def division_open(view: View, id: UUID | None) -> bool:
    """Return whether there is such a division, and it is not closed."""
    division = await view.state(divisions.DIVISION, id)
    return division is not None and not division.closed


async def recorded_by(view: View, person_id: UUID, experience_id: UUID) -> frozenset[str]:
    """Who recorded an experience."""
    recorded = (
        each
        for each in reversed(await view.history(person_rules.PERSON, person_id))
        if isinstance(each.event, person_model.ExperienceRecorded) and each.event.experience_id == experience_id
    )
    return doers(next(recorded, None))


async def correction_facts(
    view: View, command: correction.CorrectDay, known: person_model.PersonFacts
) -> person_model.PersonFacts:
    """The past that a correction changes, and the position where it is about an appointment."""
    found = await past_of(view, command, known)
    change = history.change(found.past.happened, command.corrects, command.effective_on)
    if change is None or not isinstance(change.target, people.PersonAppointed):
        return found
    return replace(found, position=await known_position(view, change.target.position_id))


async def plan_facts(
    view: View, state: person_model.Person, base: Facts, eligible: dict[str, Any]
) -> person_model.PersonFacts:
    """Gather the facts of what was planned and is carried out next."""
    known: dict[str, Any] = {}
    match planning.due_plan(state, base):
        case person_model.PlanKind.HIRE:
            known = {"division_open": await division_open(view, state.hired_into)}
        case person_model.PlanKind.APPOINTMENT if state.planned_appointment:
            planned = planning.planned_appointment(state.planned_appointment)
            return await appointment_facts(view, state, planned, base, eligible)
        case person_model.PlanKind.LINE if state.planned_line:
            line = state.planned_line
            known = await manager_facts(view, line.line_manager_id, base, line.planned_for)
        case person_model.PlanKind.REHIRE:
            known = await led_by(view, base.id)
        case person_model.PlanKind.LEAVING:
            bump_holder(view, state)
            known = {"tools_out": await tools_out(view, base.id)}
    return person_model.PersonFacts(**vars(base), **eligible, **known)


async def led_by(view: View, id: UUID) -> dict[str, Any]:
    """Who reports to a person, the open divisions they head, whether they train, as it is when this is read."""
    team = await view.store.rows(TEAM, {"id": str(id)})
    heads = await view.store.rows(HEADED, {"id": str(id)})
    (sessions,) = await view.store.rows(TRAINS, {"id": str(id)})
    led = {"team": tuple(row.id for row in team), "heads": tuple(row.id for row in heads)}
    return led | {"trains": sessions.trains}


async def is_not_here(store: Store, actor: Actor) -> bool:
    """Return whether somebody has left or not joined yet: they see and do what is their own, and nothing else."""
    if actor.person is None:
        return False
    person: person_model.Person | None = (await store.load(person_rules.PERSON, actor.person)).state
    return person is not None and not person.works_here


async def stands_in(view: View, actor: Actor, at: datetime) -> bool:
    """Return whether the actor is at work and a stand-in on this day, named by somebody who works here."""
    if (
        actor.person is None
        or actor.acts_as is None
        or grade_of(await view.state(person_rules.PERSON, actor.person)) is None
    ):
        return False
    replaced = await view.state(person_rules.PERSON, actor.acts_as)
    if replaced is None or not replaced.works_here:
        return False
    today = await zones.today_of(view, zones.PERSON_ZONE, actor.acts_as, at)
    return any(each.stand_in_id == actor.person and each.on(today) for each in replaced.stand_ins)


async def appointment_facts(
    view: View, state: person_model.Person | None, command: AppointPerson, base: Facts, eligible: dict[str, Any]
) -> person_model.PersonFacts:
    """Gather the facts of an appointment; it changes who holds the old and the new position."""
    position = await view.state(positions.POSITION, command.position_id)
    known = await known_position(view, command.position_id)
    if position is None or known is None:
        return person_model.PersonFacts(**vars(base), **eligible)
    if state is None or state.appointment is None or state.appointment.position_id != command.position_id:
        view.bump(f"position:{command.position_id}:holder")
    bump_holder(view, state)
    default = next((above.id for above in await line_above(view, position)), None)
    manager = await manager_facts(view, command.line_manager_id or default, base, command.effective_on)
    return person_model.PersonFacts(
        **vars(base),
        **eligible,
        position=known,
        default_line_manager=default,
        held_until=await held_until(view, command.position_id, base.id, command.effective_on, base.today),
        **manager,
    )


def bump_holder(view: View, state: person_model.Person | None) -> None:
    """Say that who holds the person's position may change."""
    if state and state.appointment:
        view.bump(f"position:{state.appointment.position_id}:holder")


async def known_position(view: View, id: UUID) -> person_model.KnownPosition | None:
    """A position with its holder; None where there is none."""
    position = await view.state(positions.POSITION, id)
    if position is None:
        return None
    return person_model.KnownPosition(
        id=id,
        title=position.title,
        division_id=position.division_id,
        grade=position.grade,
        it_management_years=position.it_management_years,
        approved=position.status in (positions.PositionStatus.APPROVED, positions.PositionStatus.REVISED),
        holder_id=await holder(view, id),
    )


async def manager_facts(view: View, manager_id: UUID | None, base: Facts, since: date) -> dict[str, Any]:
    """Gather a line manager's employment, the line above, and whether there would have been a cycle since then."""
    above = await view.chain(person_rules.PERSON, manager_id, "line_manager_id")
    if not above:
        return {}
    view.bump(f"person:{above[0][0]}:led")
    return {
        "manager_employed": above[0][1].works_here,
        "manager_hired_on": above[0][1].hired_on,
        "managers_above": tuple(id for id, _ in above[1:]),
        "cycle_on": await cycle_between(view, base.id, [id for id, _ in above], since, base.today),
    }


PERSONS = Aggregate(
    person_rules.PERSON,
    path="persons",
    commands=[
        CommandRow("hire", person_rules.HirePerson, PERSONNEL, creates=True),
        CommandRow("take-on", person_rules.TakeOnPerson, SERVICE, creates=True, named=True),
        CommandRow("rename", person_rules.RenamePerson, PERSONNEL),
        CommandRow("record-experience", experience.RecordExperience, TELLS_EXPERIENCE),
        CommandRow("verify-experience", experience.VerifyExperience, VERIFIES_EXPERIENCE),
        CommandRow("end-experience", experience.EndExperience, TELLS_EXPERIENCE),
        CommandRow("withdraw-experience", experience.WithdrawExperience, TELLS_EXPERIENCE),
        CommandRow("appoint", AppointPerson, APPOINTS),
        CommandRow("waive-gate", WaiveGate, WAIVES_GATE),
        CommandRow("change-line-manager", ChangeLineManager, CHANGES_LINE),
        CommandRow("name-stand-in", absence.NameStandIn, NAMES_STAND_IN),
        CommandRow("withdraw-stand-in", absence.WithdrawStandIn, ENDS_STANDING_IN),
        CommandRow("correct-stand-in", absence.CorrectStandIn, CORRECTS_STAND_INS),
        CommandRow("record-absence", absence.RecordAbsence, PERSON_OR_LINE),
        CommandRow("cancel-absence", absence.CancelAbsence, PERSON_OR_LINE),
        CommandRow("correct-absence", absence.CorrectAbsence, CORRECTS_ABSENCES),
        CommandRow("withdraw-absence", absence.WithdrawAbsence, CORRECTS_ABSENCES),
        CommandRow("suspend", person_rules.SuspendPerson, PERSONNEL),
        CommandRow("reinstate", person_rules.ReinstatePerson, REINSTATES),
        CommandRow("record-leaving", person_rules.RecordLeaving, PERSONNEL),
        CommandRow("withdraw-leaving", planning.WithdrawLeaving, WITHDRAWS_LEAVING),
        CommandRow("rehire", planning.RehirePerson, REHIRES),
        CommandRow("correct-day", correction.CorrectDay, CORRECTS_DAYS),
        CommandRow("cancel-plan", planning.CancelPlan, PERSONNEL),
        CommandRow("carry-out-plans", planning.CarryOutPlans, SERVICE),
        CommandRow("hand-over", handover.HandOver, HANDS_OVER, further=person_rules.handed_over),
        CommandRow("erase", person_rules.ErasePerson, PERSONNEL),
        CommandRow("review-eligibility", person_rules.ReviewEligibility, REVIEWS_ELIGIBILITY),
    ],
    facts=person_facts,
    zone=zones.of_person,
    sees=SEES_EXPECTED | HAS_JOINED,
    named_to_all=True,
    discloses=OWN_LINE,
    private={
        "experience": (),
        "absences": (),
        "planned_hire": None,
        "planned_appointment": None,
        "planned_line": None,
        "planned_suspension": None,
        "planned_reinstatement": None,
        "planned_leaving": None,
        "planned_rehire": None,
        "failed_plan": None,
    },
    filters=["employment", "line_manager_id"],
    sorts=["name", "hired_on"],
    searched=["name"],
)

TRAINS = text("SELECT trains(:id) AS trains")
TOOLS_OUT = text("SELECT tools_out(:id) AS number")


async def tools_out(view: View, person_id: UUID) -> int:
    (tools,) = await view.guarded(f"person:{person_id}:tools", TOOLS_OUT, {"id": str(person_id)})
    return int(tools.number)


async def scheme_facts(
    view: View,
    state: certificate_scheme.CertificateScheme | None,
    command: certificate_scheme.CertificateSchemeCommand,
    base: Facts,
) -> Facts:
    """A name belongs to one scheme that is not retired."""
    before = None if state is None or state.retired else claim(state.name)
    after = None if isinstance(command, certificate_scheme.RetireCertificateScheme) else claim(command.name)
    if before == after:
        return base
    if before is not None:
        view.release(before)
    if after is not None:
        view.claim(after)
    return base


def claim(name: str) -> str:
    """The business key of a name, however it is written."""
    return f"certificate-scheme:{identity(name)}"


CERTIFICATE_SCHEMES = Aggregate(
    certificate_scheme.CERTIFICATE_SCHEME,
    path="certificate-schemes",
    commands=[
        CommandRow("define", certificate_scheme.DefineCertificateScheme, HR, creates=True),
        CommandRow("revise", certificate_scheme.ReviseCertificateScheme, HR),
        CommandRow("retire", certificate_scheme.RetireCertificateScheme, HR),
    ],
    facts=scheme_facts,
    filters=["issuer", "budget_management", "retired"],
    sorts=["name"],
    searched=["name", "issuer"],
)
