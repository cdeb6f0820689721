"""One of everything in people, about one person of the cast: the junior manager."""

import asyncio
from uuid import UUID, uuid4

from chassis.commands.handler import CommandContext, Handler
from chassis.domain.decider import IssuedCommand
from chassis.service.preparation import privacy_of
from chassis.store.store import Store
from services.people.capacity.domain.weekly_capacity import CAPACITY, ReviewCapacity
from tests.people.cast import Cast
from tests.today import TODAY

PAY = {
    "yearly": {"amount": "60000", "currency": "EUR"},
    "factors": [{"factor": "team size", "finding": "Leads five."}],
    "effective_on": str(TODAY),
}
BAND = {"grade": "staff", "currency": "EUR", "minimum": "1", "maximum": "2", "effective_on": str(TODAY)}
LIMITS = {
    "stale_skill_months": 24,
    "certificate_notice_days": [90, 30, 7],
    "written_warning_months": 6,
    "final_warning_months": 12,
    "appeal_days": 5,
    "reason": "As usual.",
}
POLICY = "00000000-0000-0000-0000-000000000000"


METHOD = {"goals": "70", "feedback": "20", "self_assessment": "10", "lowest": 1, "highest": 5}
SKILL = {"skill": "ITMG", "level": 4}
EUR = {"amount": "900", "currency": "EUR"}


def seeded(cast: Cast, grade: str = "staff") -> dict[str, str]:
    """The id of one in each collection, by the collection's path; the pay band is that of a grade without one."""
    junior = cast.persons["junior"]
    cast.post(cast.founder, f"/staffing-policies/{POLICY}/set-limits", **LIMITS)
    cast.post(cast.hr, f"/pay/{junior}/set", **PAY)
    cast.post(cast.hr, f"/contracted-hours/{junior}/set", weekly_hours="32", effective_on=str(TODAY))
    asyncio.run(review_capacity(cast, junior))
    return {
        "divisions": cast.division,
        "positions": cast.positions["junior"],
        "persons": junior,
        "staffing-policies": POLICY,
        "pay-bands": cast.post(cast.hr, "/pay-bands", **BAND | {"grade": grade})["id"],
        "pay": junior,
        "contracted-hours": junior,
        "weekly-capacities": junior,
        **hiring(cast),
        **learning(cast, junior),
        **judging(cast, junior),
        **succession(cast),
    }


async def review_capacity(cast: Cast, person: str) -> None:
    """Work somebody's capacity out, as the worker would."""
    people = cast.people
    store = Store(people.own.database_url, privacy=privacy_of(people.service, people.shared))
    await store.start()
    try:
        handler = Handler(store, people.service.events, people.clock, aggregates=people.service.aggregates)
        order = IssuedCommand(CAPACITY, UUID(person), ReviewCapacity())
        await handler.carry_out(order, CommandContext(handler.system))
    finally:
        await store.stop()


def hiring(cast: Cast) -> dict[str, str]:
    """A vacancy beside the junior manager's position, and a candidate for it."""
    position = cast.position("junior manager", cast.positions["manager"])
    vacancy = cast.post(cast.hr, "/vacancies", position_id=position, reason="We grow.")["id"]
    for step in ("approve", "open"):
        cast.post(cast.as_person("senior"), f"/vacancies/{vacancy}/{step}")
    applied = {"vacancy_id": vacancy, "candidate_id": str(uuid4()), "name": "Grace", "contact": "Cobol Street 1"}
    return {"vacancies": vacancy, "candidacies": cast.post(cast.hr, "/candidacies", **applied)["id"]}


def learning(cast: Cast, person: str) -> dict[str, str]:
    """A course somebody is enrolled in, what they can, what they plan, who helps them and with what."""
    scheme = {"name": f"CSM {uuid4().hex[:6]}", "issuer": "Scrum Alliance", "valid_months": 24, "renewal": None}
    course = {"title": "Leading", "hours": "16", "skills": [SKILL], "division_id": cast.division}
    programme = cast.post(cast.hr, "/training-programmes", **course)["id"]
    cast.post(cast.hr, f"/training-programmes/{programme}/publish")
    terms = {"programme_id": programme, "division_id": cast.division, "cost": EUR, "seats": 3, "place": "Room 4"}
    days = {"starts_on": str(TODAY), "ends_on": str(TODAY), "provider": "Acme"}
    session = cast.post(cast.hr, "/training-sessions", **terms, **days)["id"]
    own = cast.as_person("junior")
    cast.post(own, f"/qualifications/{person}/claim-skill", **SKILL)
    plan = {"person_id": person, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    pair = {"person_id": person, "mentor_id": cast.persons["director"], "purpose": "To lead."}
    tool = {"name": "Cluster", "kind": "lab", "skills": [SKILL], "cost": EUR, "division_id": cast.division}
    return {
        "skills": cast.post(cast.hr, "/skills", name=f"Skill {uuid4().hex[:6]}", levels=[3, 4])["id"],
        "certificate-schemes": cast.post(cast.hr, "/certificate-schemes", **scheme)["id"],
        "training-programmes": programme,
        "training-sessions": session,
        "enrolments": cast.post(own, "/enrolments", person_id=person, session_id=session)["id"],
        "qualifications": person,
        "development-plans": cast.post(own, "/development-plans", **plan)["id"],
        "mentorships": cast.post(own, "/mentorships", **pair)["id"],
        "tools": cast.post(own, "/tools", **tool, person_id=person, reason="To practise.")["id"],
    }


def judging(cast: Cast, person: str) -> dict[str, str]:
    """A review that has begun, and a case that was reported."""
    days = {"first_on": str(TODAY), "last_on": str(TODAY), "due_on": str(TODAY)}
    cycle = cast.post(cast.hr, "/review-cycles", name="This day", method=METHOD, **days)["id"]
    cast.post(cast.hr, f"/review-cycles/{cycle}/start")
    objective = {"objective_id": str(uuid4()), "title": "Keep it running.", "weight": "100"}
    review = {"person_id": person, "cycle_id": cycle, "objectives": [objective]}
    case = {"person_id": person, "report": "Is said to have let others in.", "occurred_on": str(TODAY)}
    return {
        "review-cycles": cycle,
        "performance-reviews": cast.post(cast.as_person("manager"), "/performance-reviews", **review)["id"],
        "disciplinary-cases": cast.post(cast.hr, "/disciplinary-cases", **case)["id"],
    }


def succession(cast: Cast) -> dict[str, str]:
    """The junior manager's position is critical, and the member is named to follow."""
    position = cast.positions["junior"]
    cast.post(cast.hr, f"/successions/{position}/mark-critical", reason="Knows the ledgers.")
    named = {"person_id": cast.persons["member"], "readiness": "1 year"}
    cast.post(cast.hr, f"/successions/{position}/name-successor", **named)
    return {"successions": position}
