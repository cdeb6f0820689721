"""What happens to services, and what tools report of them."""

from datetime import timedelta
from uuid import uuid4

from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY

BECAUSE = {"reason": "As agreed."}
ISO = {"standard": "ISO 27001"}
YESTERDAY = TODAY - timedelta(days=1)


def happen(business: Business, cast: Cast) -> None:
    service = planned(business, cast)
    below = planned(business, cast, owner_id=cast.team.manager.person)
    life = named(cast) | agreed() | {"depend-on": {"service_id": below}, "depend-no-longer": {"service_id": below}}
    life |= {"go-live": {}, "record-degradation": BECAUSE, "record-recovery": {}} | kept_safe()
    for step, said in life.items():
        done(business.office.post(f"/services/{service}/{step}", json=said))
    report(business, service)
    for step, said in {"begin-retirement": BECAUSE, "retire": {}}.items():
        done(business.office.post(f"/services/{service}/{step}", json=said))
    for leaver in (cast.team.junior, cast.alone):
        planned(business, cast, owner_id=leaver.person)


def planned(business: Business, cast: Cast, **changes: str) -> str:
    about = {"name": "Mail", "summary": "", "division_id": cast.team.division, "criticality": "high"}
    return made(business.office.post("/services", json=about | changes))


def named(cast: Cast) -> dict[str, Json]:
    return {
        "revise": {"name": "Post", "summary": "Letters.", "criticality": "low"},
        "name-owner": {"owner_id": cast.team.manager.person} | BECAUSE,
    }


def agreed() -> dict[str, Json]:
    exclusion = {"exclusion_id": str(uuid4())} | BECAUSE
    hours = {"starts_at": f"{YESTERDAY}T20:00:00Z", "ends_at": f"{YESTERDAY}T21:00:00Z"}
    return {
        "agree-targets": {"since": str(TODAY), "targets": {"availability": "99.9"}},
        "exclude-time": exclusion | hours,
        "lift-exclusion": exclusion,
    }


def kept_safe() -> dict[str, Json]:
    """The standards a service meets or not, and its continuity."""
    return {
        "require-standard": ISO,
        "record-compliance": ISO | {"evidence": "The audit."},
        "record-breach": ISO | BECAUSE,
        "except-from-standard": ISO | BECAUSE | {"until": str(TODAY)},
        "write-continuity-plan": {"rto_minutes": 60, "rpo_minutes": 5, "plan": "Restore it."},
        "record-continuity-test": {"tested_on": str(TODAY), "passed": False, "findings": "No space."},
    }


def report(business: Business, service: str) -> None:
    """A tool tells of an incident, of downtime that it takes back, and of a measurement."""
    office, since = business.office, f"{YESTERDAY}T08:00:00Z"
    known = {"source": "monitor", "key": "4711", "service_id": service}
    made(office.post("/incidents", json=known | {"title": "No mail", "priority": "high", "opened_at": since}))
    outage = made(office.post("/outages", json=known | {"cause": "Disk.", "began_at": since}))
    done(office.post(f"/outages/{outage}/withdraw", json=BECAUSE))
    measured = {"metric": "delay", "value": "2", "unit": "s", "measured_at": since}
    made(office.post("/measurements", json=known | measured))
