"""What happens to technologies and their evaluations."""

from tests.business import Business, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY


def happen(business: Business, cast: Cast) -> None:
    office, said = business.office, {"name": "Wasm", "quadrant": "platforms"}
    technology = made(office.post("/technologies", json=said))
    done(office.post(f"/technologies/{technology}/describe", json=said | {"summary": "Runs anywhere."}))
    found = {"technology_id": technology, "recommends": "trial", "findings": "It is fast.", "evidence": "bench/42"}
    by = {"evaluated_by": cast.team.junior.person, "evaluated_on": str(TODAY)}
    followed, dismissed = (made(office.post("/technology-evaluations", json=found | by)) for _ in range(2))
    move = {"ring": "trial", "evaluation_id": followed, "reason": "As found."}
    done(office.post(f"/technologies/{technology}/move", json=move))
    done(office.post(f"/technology-evaluations/{dismissed}/dismiss", json={"reason": "Said already."}))
