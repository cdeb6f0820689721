"""What happens to changes of services, to their models, windows and adoption."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY

BECAUSE = {"reason": "As agreed."}
DAY = TODAY + timedelta(days=40)
THAT_DAY = {"starts": f"{DAY}T00:00", "ends": f"{DAY + timedelta(days=1)}T00:00"}
DAY_BEFORE = {"starts": f"{DAY - timedelta(days=1)}T00:00", "ends": f"{DAY}T00:00"}
IN_FREEZE = {"starts_at": f"{DAY}T12:00:00Z", "ends_at": f"{DAY}T14:00:00Z"}


def happen(business: Business, cast: Cast) -> None:
    model(business, cast)
    about = {"name": "Mail", "summary": "", "division_id": cast.team.division, "criticality": "high"}
    service = made(business.office.post("/services", json=about | {"owner_id": cast.team.manager.person}))
    freeze(business, cast, service)
    carry_out(business, cast, service)


def on_change(client: httpx.Client, change: str, steps: dict[str, Json]) -> None:
    for step, said in steps.items():
        done(client.post(f"/changes/{change}/{step}", json=said))


def model(business: Business, cast: Cast) -> None:
    executive = business.system("portfolio", Role.EXECUTIVE, subject=cast.team.head.person)
    drafted = {"name": "Restart", "division_id": cast.team.division, "procedure": "Do it.", "back_out_plan": "Undo it."}
    path = f"/change-models/{made(business.office.post('/change-models', json=drafted))}"
    done(executive.post(f"{path}/approve", json={}))
    done(business.office.post(f"{path}/retire", json=BECAUSE))


def raised(business: Business, cast: Cast, service: str, kind: str) -> str:
    about = {"title": "New disks", "description": "", "kind": kind, "division_id": cast.team.division}
    junior = business.as_person("portfolio", cast.team.junior)
    return made(junior.post("/changes", json=about | {"service_ids": [service]}))


def freeze(business: Business, cast: Cast, service: str) -> None:
    """A change is in a freeze that is withdrawn, then in one it is excepted from; it is given up."""
    office, change = business.office, raised(business, cast, service, "normal")
    steps: dict[str, Json] = {
        "assess": {"risk": "low", "impact": "None."},
        "authorise": {},
        "plan-back-out": {"back_out_plan": "The old ones."},
        "schedule": IN_FREEZE,
    }
    on_change(office, change, steps)
    window = {"name": "Year end", "kind": "freeze", "time_zone": "UTC", "service_ids": [service]} | THAT_DAY
    window |= {"excepted_by": [cast.team.head.person]}
    withdrawn, moved = (made(office.post("/change-windows", json=window)) for _ in range(2))
    done(office.post(f"/change-windows/{withdrawn}/withdraw", json=BECAUSE))
    head = business.as_person("portfolio", cast.team.head)
    on_change(head, change, {"grant-freeze-exception": {"window_id": moved} | BECAUSE})
    done(office.post(f"/change-windows/{moved}/move", json=DAY_BEFORE | BECAUSE))
    on_change(office, change, {"cancel": BECAUSE})


def carry_out(business: Business, cast: Cast, service: str) -> None:
    """One change fails and is backed out; another one succeeds and is adopted."""
    now = datetime.now(UTC)
    succeeds: dict[str, Json] = {
        "record-implementation": {"finished_at": now.isoformat()},
        "review": {"succeeded": True, "findings": "Well."},
        "close": {},
    }
    for hours, ending in ((9, {"back-out": BECAUSE}), (2, succeeds | adopted(now))):
        start = now - timedelta(hours=hours)
        times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
        begun: dict[str, Json] = {
            "authorise": {},
            "plan-back-out": {"back_out_plan": "The old ones."},
            "schedule": times,
        }
        on_change(business.office, raised(business, cast, service, "emergency"), begun | ending)


def adopted(now: datetime) -> dict[str, Json]:
    about: Json = {"audience": "Sales"}
    message: Json = {"message_id": str(uuid4())}
    scores: Json = dict.fromkeys(("awareness", "desire", "knowledge", "ability", "reinforcement"), 4)
    return {
        "name-audience": about | {"size": 40, "target": 30},
        "send-message": about | message | {"subject": "New mail", "sent_at": now.isoformat()},
        "record-readers": message | {"readers": 12},
        "assess-readiness": about | {"assessed_on": str(TODAY)} | scores,
        "report-adoption": about | {"using": 20, "as_of": str(TODAY)},
    }
