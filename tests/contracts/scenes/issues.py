"""What happens to issues."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY

DUE = str(TODAY + timedelta(days=3))


def happen(business: Business, cast: Cast) -> None:
    junior = cast.team.junior.person
    step = {"step_id": str(uuid4()), "step": "Asked.", "effect": "They will.", "taken_on": str(TODAY)}
    steps: dict[str, Json] = {
        "name-owner": {"owner_id": junior},
        "take-step": step,
        "postpone": {"due_on": DUE, "reason": "Holidays."},
        "resolve": {"resolution": "Here it is."},
        "reopen": {"due_on": DUE, "reason": "Empty."},
        "escalate": {"reason": "I cannot."},
        "close": {"reason": "Not needed."},
    }
    issue = raised(business, cast)
    for command, said in steps.items():
        done(business.office.post(f"/issues/{issue}/{command}", json=said))
    raised(business, cast, title="Fraud", confidential=True)
    for leaver in (junior, cast.alone.person):
        raised(business, cast, owner_id=leaver)


def raised(business: Business, cast: Cast, **changes: Any) -> str:
    about = {"title": "No test data", "division_id": cast.team.division, "due_on": str(TODAY)}
    return made(business.office.post("/issues", json=about | changes))
