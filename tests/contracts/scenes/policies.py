"""What happens to policies, their acknowledgements and exceptions."""

from datetime import timedelta

from contracts.roles import Role
from tests.business import Business, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY, within_today

BECAUSE = {"reason": "As agreed."}


def happen(business: Business, cast: Cast) -> None:
    executive = business.system("portfolio", Role.EXECUTIVE, subject=cast.team.head.person)
    said = {"title": "Passwords", "text": "Long ones.", "audience": [cast.team.division]}
    policy = made(business.office.post("/policies", json=said | {"division_id": cast.team.division}))
    done(business.office.post(f"/policies/{policy}/revise", json=said | {"text": "Longer ones."}))
    done(executive.post(f"/policies/{policy}/approve", json={"policy_version": 1}))
    done(executive.post(f"/policies/{policy}/publish", json={}))
    mine = {"policy_id": policy, "person_id": cast.team.junior.person, "policy_version": 1}
    made(business.as_person("portfolio", cast.team.junior).post("/policy-acknowledgements", json=mine))
    asked = {"policy_id": policy, "division_id": cast.team.division, "until": str(TODAY)} | BECAUSE
    for steps in (["grant", "withdraw"], ["refuse"]):
        exception = made(business.office.post("/policy-exceptions", json=asked))
        for step in steps:
            done(executive.post(f"/policy-exceptions/{exception}/{step}", json=BECAUSE))
    expire(business, policy)
    done(executive.post(f"/policies/{policy}/retire", json=BECAUSE))


def expire(business: Business, policy: str) -> None:
    """The last day of an exception is over where the division is, which has moved from the last zone to the first."""
    division, executive = business.division(), business.system("portfolio", Role.EXECUTIVE, subject="system:steering")

    def move(zone: str) -> None:
        done(business.hr.post(f"/divisions/{division}/set-time-zone", json={"time_zone": zone}))
        business.settle()

    move("Etc/GMT+12")
    until = (within_today() - timedelta(hours=12)).date()
    asked = {"policy_id": policy, "division_id": division, "until": str(until)} | BECAUSE
    exception = made(business.office.post("/policy-exceptions", json=asked))
    done(executive.post(f"/policy-exceptions/{exception}/grant", json=BECAUSE))
    move("Pacific/Kiritimati")
    # Whether the service or somebody who withdraws it is the first to look, it has expired.
    executive.post(f"/policy-exceptions/{exception}/withdraw", json=BECAUSE)
