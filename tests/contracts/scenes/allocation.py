"""What happens to allocations, overloads and the skills that projects need."""

from datetime import timedelta

from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.harness import wait_until
from tests.today import TODAY

NEXT = TODAY + timedelta(days=7 - TODAY.weekday())


def happen(business: Business, cast: Cast) -> None:
    project = business.propose(cast.team)
    overload(business, cast, project)
    office, period = business.office, {"start": str(TODAY), "end": str(NEXT)}
    needed: Json = {"project_id": project, "skill": "Java", "level": 4, "heads": 2, "period": period}
    demand = made(office.post("/skill-demands", json=needed))
    done(office.post(f"/skill-demands/{demand}/withdraw", json={"reason": "Not needed."}))


def overload(business: Business, cast: Cast, project: str) -> None:
    """More is allocated to somebody than they have hours, until that ends."""
    worker, manager = cast.team.junior, business.as_person("portfolio", cast.team.manager)

    def has_hours() -> bool:
        load = done(manager.get(f"/load/persons/{worker.person}?from={NEXT}&weeks=1"))
        return load["weeks"][0]["capacity"] is not None

    wait_until(has_hours, "portfolio knows the worker's hours")
    asked = {"person_id": worker.person, "project_id": project, "monday": str(NEXT), "hours": "90"}
    allocation = made(manager.post("/allocations", json=asked | {"overload_reason": "It is law."}))
    done(business.office.post(f"/allocations/{allocation}/end", json={"reason": "Not law."}))
