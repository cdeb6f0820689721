"""What happens in people."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from contracts.roles import Role
from tests.business import Business, Json, Post, done, euros, made
from tests.harness import wait_until
from tests.today import TODAY


def happen(business: Business) -> None:
    hr, today = business.hr, {"effective_on": str(TODAY)}
    parent, child = business.division(), business.division()
    done(hr.post(f"/divisions/{child}/rename", json={"name": "Moved"}))
    done(hr.post(f"/divisions/{child}/move", json={"parent_id": parent}))
    done(hr.post(f"/divisions/{child}/set-time-zone", json={"time_zone": "UTC"}))
    boss = business.post(parent, "executive", years=20)
    business.head(parent, boss)
    worker = business.post(child, "staff")
    waived = business.post(parent, "senior manager", boss)
    done(hr.post(f"/persons/{worker.person}/rename", json={"name": "Grace"}))
    for person in (waived, worker):
        manager = {"line_manager_id": None if person is waived else boss.person}
        done(hr.post(f"/persons/{person.person}/change-line-manager", json=manager | today))
    limits = {
        "stale_skill_months": 12,
        "certificate_notice_days": [90, 30, 7],
        "written_warning_months": 6,
        "final_warning_months": 12,
        "appeal_days": 5,
        "reason": "Sooner.",
    }
    done(business.system("people", Role.EXECUTIVE).post(f"/staffing-policies/{UUID(int=0)}/set-limits", json=limits))
    method = {"goals": "60", "feedback": "40", "self_assessment": "0", "lowest": 1, "highest": 5}
    days = {"first_on": str(TODAY), "last_on": str(TODAY), "due_on": str(TODAY)}
    cycle = made(hr.post("/review-cycles", json={"name": "This day", "method": method} | days))
    for step in ("start", "complete"):
        done(hr.post(f"/review-cycles/{cycle}/{step}", json={}))
    for step in ("mark-critical", "mark-no-longer-critical"):
        done(hr.post(f"/successions/{boss.position}/{step}", json={"reason": "Knows the ledgers."}))
    standing = {"stand_in_id": boss.person, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    done(hr.post(f"/persons/{worker.person}/name-stand-in", json=standing))
    done(hr.post(f"/persons/{worker.person}/withdraw-stand-in", json={"stand_in_id": boss.person}))
    done(hr.post(f"/persons/{worker.person}/suspend", json=today))
    done(hr.post(f"/persons/{worker.person}/reinstate", json=today))
    happen_in_training(business, parent, worker)
    tool_approved(business, worker)
    happen_in_hiring(business, business.post(parent, "manager", boss))
    happen_to_qualifications(business, worker, boss)
    business.leave(worker)
    done(hr.post(f"/persons/{worker.person}/withdraw-leaving", json={"reason": "Another person left."}))
    come_back(business, boss)
    another = business.post(business.division(), "executive")
    done(hr.post(f"/persons/{boss.person}/hand-over", json={"to_id": another.person}))
    business.leave(worker)
    done(hr.post(f"/persons/{worker.person}/erase", json={"reason": "Asked for."}))
    revision = {"title": "Other work", "grade": "staff", "reports_to": None, "duties": ["All of it."]}
    demand = {"it_management_years": "1"}
    done(hr.post(f"/positions/{worker.position}/revise", json=revision | demand))
    done(hr.post(f"/positions/{worker.position}/retire", json={"reason": "Not needed."}))
    done(hr.post(f"/divisions/{child}/close", json={"reason": "Empty."}))
    limit = "/staffing-policies/00000000-0000-0000-0000-000000000000/set-senior-experience"
    for years in ("9", "10"):
        done(hr.post(limit, json={"years": years, "reason": "Shortage."}))


def come_back(business: Business, stand_in: Post) -> None:
    """Somebody is hired, leaves and is hired again; the days they left on and somebody stood in are corrected."""
    days = [str(TODAY - timedelta(days=ago)) for ago in (10, 5, 0)]
    person = made(business.hr.post("/persons", json={"name": "Grace", "effective_on": days[0]}))
    standing = {"stand_in_id": stand_in.person, "starts_on": days[0], "ends_on": days[2]}
    done(business.hr.post(f"/persons/{person}/name-stand-in", json=standing))
    later = {"named_from": days[0], "starts_on": days[1], "reason": "A slip of the pen."}
    done(business.hr.post(f"/persons/{person}/correct-stand-in", json=standing | later))
    for command, day in zip(("record-leaving", "rehire"), days[1:], strict=True):
        done(business.hr.post(f"/persons/{person}/{command}", json={"effective_on": day}))
    earlier = {"corrects": 4, "effective_on": str(TODAY - timedelta(days=6)), "reason": "A slip of the pen."}
    done(business.hr.post(f"/persons/{person}/correct-day", json=earlier))


def happen_in_hiring(business: Business, lead: Post) -> None:
    hr, manager = business.hr, business.as_person("people", lead)
    sought = {"position_id": business.position(business.division(), "staff", lead), "reason": "We grow."}
    freeze = {"reason": "No money."}
    for last in ("accept", "cancel"):
        vacancy = made(hr.post("/vacancies", json=sought))
        done(manager.post(f"/vacancies/{vacancy}/approve", json={}))
        for step, body in (("open", {}), ("put-on-hold", freeze), ("open", {})):
            done(hr.post(f"/vacancies/{vacancy}/{step}", json=body))
        if last == "cancel":
            done(hr.post(f"/vacancies/{vacancy}/cancel", json=freeze))
            continue
        applied = {"vacancy_id": vacancy, "candidate_id": str(uuid4()), "name": "Grace", "contact": "Cobol Street 1"}
        path = f"/candidacies/{made(hr.post('/candidacies', json=applied))}"
        talk = {"interview_id": str(uuid4())}
        named: Json = talk | {"takes_place_on": str(TODAY), "interviewers": [lead.person]}
        for step, body in (("schedule-interview", named), ("record-interview", talk)):
            done(hr.post(f"{path}/{step}", json=body))
        done(hr.post(f"{path}/make-offer", json={"expires_on": str(TODAY)}))
        done(hr.post(f"{path}/accept-offer", json={}))
        wait_until(partial(is_filled, business, vacancy), "the vacancy is filled")


def happen_in_training(business: Business, division: str, worker: Post) -> None:
    hr = business.hr
    kafka_course: Json = {"title": "Kafka", "hours": "16", "skills": [{"skill": "Kafka", "level": 3}]}
    programme = made(hr.post("/training-programmes", json=kafka_course))
    path = f"/training-programmes/{programme}"
    revision = kafka_course | {"hours": "8", "description": "", "scheme_id": None, "pass_needed": False}
    for step, body in (("publish", {}), ("revise", revision)):
        done(hr.post(f"{path}/{step}", json=body))
    terms: Json = {
        "programme_id": programme,
        "division_id": division,
        "cost": euros(900),
        "seats": 3,
        "starts_on": str(TODAY),
        "ends_on": str(TODAY),
        "place": "Room 4",
        "provider": "Acme",
    }
    session, other = (made(hr.post("/training-sessions", json=terms)) for _ in range(2))
    enrolment = made(hr.post("/enrolments", json={"person_id": worker.person, "session_id": session}))
    result: Json = {"passed": True, "score": "87.5", "effective_on": str(TODAY)}
    for step, body in (("mark-attendance", {"attended": True}), ("record-result", result)):
        done(hr.post(f"/enrolments/{enrolment}/{step}", json=body))
    done(hr.post(f"/training-sessions/{session}/deliver", json={}))
    done(hr.post(f"/training-sessions/{other}/cancel", json={"reason": "Too few."}))
    done(hr.post(f"{path}/retire", json={"reason": "Old."}))


def tool_approved(business: Business, worker: Post) -> None:
    person = done(business.hr.get(f"/persons/{worker.person}"))
    wanted: Json = {"name": "Cluster", "kind": "lab", "skills": [{"skill": "Kafka", "level": 3}], "cost": euros(9)}
    wanted |= {
        "division_id": person["appointment"]["division_id"],
        "person_id": worker.person,
        "reason": "To practise.",
    }
    tool = made(business.as_person("people", worker).post("/tools", json=wanted))
    above = business.system("people", Role.STAFF, subject=person["line_manager_id"])
    done(above.post(f"/tools/{tool}/approve", json={}))


def is_filled(business: Business, vacancy: str) -> bool:
    return bool(done(business.hr.get(f"/vacancies/{vacancy}"))["status"] == "filled")


def happen_to_qualifications(business: Business, worker: Post, boss: Post) -> None:
    hr = business.hr
    scheme = {"name": "CSM", "issuer": "Scrum Alliance", "valid_months": 24, "renewal": None}
    defined = made(hr.post("/certificate-schemes", json=scheme))
    revised = scheme | {"issuer": "Scrum Alliance Inc.", "budget_management": True}
    done(hr.post(f"/certificate-schemes/{defined}/revise", json=revised))
    path, today = f"/qualifications/{worker.person}", str(TODAY)
    done(hr.post(f"{path}/assess-skill", json={"skill": "ITMG", "level": 4, "effective_on": today}))
    for age in (710, 800):  # one is about to expire and is renewed, the other is over
        certificate = str(uuid4())
        awarded = {"certificate_id": certificate, "scheme_id": defined, "awarded_on": str(TODAY - timedelta(days=age))}
        done(hr.post(f"{path}/record-certificate", json=awarded))
        done(hr.post(f"{path}/review-certificates", json={}))
        if age == 710:
            about = {"certificate_id": certificate, "effective_on": today}
            done(hr.post(f"{path}/renew-certificate", json=about))
            done(hr.post(f"{path}/revoke-certificate", json=about | {"reason": "Elsewhere found out."}))
    done(hr.post(f"/certificate-schemes/{defined}/retire", json={"reason": "Not asked for."}))
    happen_to_development(business, worker, boss)


def happen_to_development(business: Business, worker: Post, boss: Post) -> None:
    learner = business.as_person("people", worker)
    period = {"person_id": worker.person, "starts_on": str(TODAY), "ends_on": str(TODAY)}
    plan = f"/development-plans/{made(learner.post('/development-plans', json=period))}"
    goal = {"goal_id": str(uuid4()), "learning": "To speak.", "due_on": str(TODAY)}
    done(learner.post(f"{plan}/add-goal", json=goal))
    done(business.as_person("people", boss).post(f"{plan}/agree", json={}))
    action = {"action_id": str(uuid4()), "kind": "reading", "what": "A book."}
    done(learner.post(f"{plan}/add-action", json=action))
    spent = {"entry_id": str(uuid4()), "action_id": action["action_id"], "hours": "2", "effective_on": str(TODAY)}
    done(learner.post(f"{plan}/record-learning", json=spent))
    right = {"entry_id": spent["entry_id"], "hours": "3", "effective_on": str(TODAY), "reason": "A slip of the pen."}
    done(learner.post(f"{plan}/correct-learning", json=right))
    other = business.post(business.division(), "staff")
    endings: dict[str, dict[str, str]] = {"complete": {}, "end": {"reason": "Elsewhere needed."}}
    for step, said in endings.items():
        pair = {"person_id": worker.person, "mentor_id": other.person, "purpose": "To lead."}
        mentorship = f"/mentorships/{made(learner.post('/mentorships', json=pair))}"
        done(business.as_person("people", other).post(f"{mentorship}/accept", json={}))
        done(learner.post(f"{mentorship}/{step}", json=said))
