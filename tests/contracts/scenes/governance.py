"""What happens to decisions, priorities, gates and the portfolio policy."""

from uuid import UUID

from contracts.roles import Role
from tests.business import Business, Json, done, made
from tests.contracts.scenes.cast import Cast
from tests.today import TODAY


def happen(business: Business, cast: Cast) -> None:
    decide(business, cast)
    project = business.propose(cast.team)
    ranked = {"title": "All", "ranks": "projects", "ranking": [project], "reason": "As agreed."}
    made(business.office.post("/priorities", json=ranked))
    pass_gates(business, cast, project)
    limits = {"fewest_in_figures": 5, "reason": "As agreed."}
    executive = business.system("portfolio", Role.EXECUTIVE)
    done(executive.post(f"/portfolio-policies/{UUID(int=0)}/set-limits", json=limits))


def decide(business: Business, cast: Cast) -> None:
    office = business.office
    chosen = {"title": "One data centre", "options": ["one", "two"], "chosen": "one", "rationale": "It is enough."}
    decision: Json = chosen | {"decided_by": cast.team.head.person, "decided_on": str(TODAY)}
    first, given_up = (made(office.post("/decisions", json=decision)) for _ in range(2))
    second = made(office.post("/decisions", json=decision | {"chosen": "two", "supersedes": first}))
    done(office.post(f"/decisions/{second}/carry-out", json={"carried_out_on": str(TODAY)}))
    done(office.post(f"/decisions/{given_up}/give-up", json={"reason": "Too dear."}))


def pass_gates(business: Business, cast: Cast, project: str) -> None:
    senior, head = (business.as_person("portfolio", post) for post in (cast.team.senior, cast.team.head))
    asked = {"project_id": project, "name": "Approval"}
    withdrawn = made(senior.post("/gates", json=asked))
    done(senior.post(f"/gates/{withdrawn}/withdraw", json={"reason": "Again."}))
    decided = made(senior.post("/gates", json=asked))
    done(head.post(f"/gates/{decided}/decide", json={"decision": "kill", "rationale": "Too dear."}))
