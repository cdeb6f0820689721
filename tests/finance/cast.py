"""A cast for finance's authority: a division with the one above it, those of them, and one of everything they did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts import people
from contracts.people import FundedKind
from contracts.portfolio import risks
from contracts.roles import Role
from contracts.values import Grade, Money
from tests import authority, funding
from tests.business import Post, Team, done, draft, euros, made, on_budget, order
from tests.finance.alone import FinanceAlone
from tests.today import TODAY

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
FIXED = str(UUID(int=0))
YEAR, LAST = TODAY.year, TODAY.year - 1
PERIOD = {"start": str(TODAY), "end": str(TODAY)}

Known = dict[str, str]


@dataclass(frozen=True)
class Cast:
    """``division`` lies below another one; ``asks`` works there and asked for all there is.

    ``project`` is of the division, and ``accountable`` answers for it with ``delegate``. ``head's stand-in`` acts for
    the head, who asked for nothing; so does ``asks``, who stands in for the head too; ``own stand-in`` for them.
    """

    business: FinanceAlone
    division: str
    elsewhere: str
    posts: Mapping[str, Post]
    project: str

    def person(self, name: str) -> str:
        return self.posts[name].person

    def client(self, subject: str, *roles: Role) -> httpx.Client:
        return self.business.system("finance", *roles, subject=subject)

    def in_every_role(self, subject: str) -> httpx.Client:
        """A client of a person or a system whose token grants all there is."""
        return self.client(subject, *ROLES)

    def headers(self, subject: str, *roles: Role, instead_of: str | None = None) -> Mapping[str, str]:
        """What a caller sends."""
        replaced = self.person(instead_of) if instead_of else None
        return authority.headers(self.business.company.issuer, subject, *roles, instead_of=replaced)


def cast_of(business: FinanceAlone) -> Cast:
    """A new cast in divisions of its own."""
    above = business.division()
    division, elsewhere = business.division(above), business.division()
    posts = {
        "asks": business.post(division, "manager"),
        "colleague": business.post(division, "manager"),
        "manager above": business.post(above, "senior manager"),
        "own stand-in": business.post(division, "manager"),
        "head's stand-in": business.post(elsewhere, "manager"),
        "elsewhere": business.post(elsewhere, "manager"),
    }
    for name, headed in (("head", division), ("head above", above), ("head elsewhere", elsewhere)):
        posts[name] = business.post(headed, "senior manager")
        business.head(headed, posts[name])
    for replaced, stand_in in (("head", "head's stand-in"), ("head", "asks"), ("asks", "own stand-in")):
        business.stand_in(posts[replaced], posts[stand_in])
    posts |= {name: business.post(division, "staff") for name in ("accountable", "delegate", "sponsor")}
    team = Team(division, posts["head"], posts["accountable"], posts["delegate"], posts["asks"], posts["sponsor"])
    project = business.approved(team)
    business.delegation_offered(project, team.senior, team.manager)
    business.delegation_accepted(project, team.manager)
    business.settle()
    return Cast(business, division, elsewhere, posts, project)


def related(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of each caller by what they are to the records, and by role alone."""
    staff = ("asks", "head", "head above", "head elsewhere", "accountable", "delegate")
    found = {name: cast.headers(cast.person(name), Role.STAFF) for name in staff}
    managers = ("asks", "colleague", "manager above", "elsewhere")
    found |= {f"{name}, as a manager": cast.headers(cast.person(name), Role.MANAGER) for name in managers}
    found["asks, in every role"] = cast.headers(cast.person("asks"), *ROLES)
    found["asks, for the head"] = cast.headers(cast.person("asks"), *ROLES, instead_of="head")
    found["own stand-in"] = cast.headers(cast.person("own stand-in"), *ROLES, instead_of="asks")
    found["head's stand-in"] = cast.headers(cast.person("head's stand-in"), Role.STAFF, instead_of="head")
    found["system"] = cast.headers("system:reader", Role.STAFF)
    return found | {f"role {role}": cast.headers(str(uuid4()), role) for role in ROLES}


def out_of_office(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of those who had an office, once they are suspended in it or have left."""
    cast.business.suspend(cast.posts["head"])
    cast.business.leave(cast.posts["head above"])
    cast.business.leave(cast.posts["accountable"])
    cast.business.settle()
    gone = {"head, suspended": "head", "head above, left": "head above", "accountable, left": "accountable"}
    return {who: cast.headers(cast.person(name), Role.STAFF) for who, name in gone.items()}


def seeded(cast: Cast) -> Known:
    """The id of one in each collection, by the collection's path: the same person asked for all of them."""
    asks, business = cast.in_every_role(cast.person("asks")), cast.business
    budget = business.division_budget(cast.division)
    charged: dict[str, Any] = {"division_budget_id": budget, "category": "software", "amount": euros(5)}
    charged |= {"reference": "Order 7"}
    funding.state_rates(business)
    coming = draft(cast.division, 100, YEAR + 1)
    next_year = made(asks.post("/division-budgets", json=coming))
    done(asks.post(f"/division-budgets/{next_year}/submit", json={}))
    exception = charged | {"amount": euros(50), "reason": "An audit."}
    exception.pop("reference")
    return {
        "finance-policies": FIXED,
        "authority-matrices": matrix(asks),
        "division-budgets": next_year,
        "project-budgets": cast.project,
        "commitments": made(asks.post("/commitments", json=charged)),
        "expenses": submitted(asks, charged),
        "spending-exceptions": made(asks.post("/spending-exceptions", json=exception)),
        "contingency-draws": drawn(business),
        "benefit-confirmations": confirmed(business),
        "reservations": reserved(cast),
        "savings-measures": measure(cast, asks),
        "income-sources": made(asks.post("/income-sources", json=source(cast))),
        "charge-backs": charge(cast, asks),
        "forecasts": forecast(asks, budget),
        "rates": rate(business),
        "year-ends": year_end(cast, asks),
    }


def of_project(cast: Cast) -> Known:
    """An order and an expense of the project, which its own people answer for."""
    asks = cast.in_every_role(cast.person("asks"))
    said = order(cast.project, 5)
    return {"commitments": made(asks.post("/commitments", json=said)), "expenses": submitted(asks, said)}


def submitted(client: httpx.Client, charged: Mapping[str, Any]) -> str:
    id = str(uuid4())
    done(client.post(f"/expenses/{id}/submit", json={**charged, "reference": "Invoice 9", "occurred_on": str(TODAY)}))
    return id


def matrix(client: httpx.Client) -> str:
    """A version that holds long after everything here, so that no authority is asked for now."""
    entries = [{"role": "executive", "up_to": euros(10000)}]
    said = {"valid_from": f"{YEAR + 9}-01-01", "entries": entries, "reason": "As agreed."}
    done(client.post(f"/authority-matrices/{FIXED}/set", json=said))
    return FIXED


def drawn(business: FinanceAlone) -> str:
    project, risk = business.approved(business.team()), str(uuid4())
    done(on_budget(business.controller, project, "confirm-funding", granted=euros(100), contingency=euros(30)))
    asked = risks.ContingencyAsked(project_id=UUID(project), amount=Money.model_validate(euros(20)))
    business.neighbours.tell("portfolio", f"risk-{risk}", asked)
    business.settle()
    return risk


def confirmed(business: FinanceAlone) -> str:
    id = str(uuid4())
    body = {"evidence": "Ledger 4711.", "confirmed_on": str(TODAY)}
    done(business.controller.post(f"/benefit-confirmations/{id}/confirm", json=body))
    return id


def reserved(cast: Cast) -> str:
    """What a vacancy of the division asks for."""
    vacancy = str(uuid4())
    asked = people.FundingAsked(
        kind=FundedKind.HIRING,
        request=1,
        division_id=UUID(cast.division),
        position_id=uuid4(),
        grade=Grade.STAFF,
        needed_on=TODAY,
    )
    cast.business.neighbours.tell("people", f"vacancy-{vacancy}", asked)
    cast.business.settle()
    return vacancy


def measure(cast: Cast, client: httpx.Client) -> str:
    said = {"name": "One licence", "kind": "cashable", "division_id": cast.division, "owner_id": cast.person("asks")}
    amounts = {"baseline": euros(1000), "expected": euros(400), "due_on": str(TODAY)}
    return made(client.post("/savings-measures", json=said | amounts))


def source(cast: Cast) -> dict[str, Any]:
    return {"division_id": cast.division, "name": "Hosting", "currency": "EUR", "period": PERIOD}


def charge(cast: Cast, client: httpx.Client) -> str:
    """A charge-back of another division to this one, issued."""
    values = [{"division_id": cast.division, "value": "1"}]
    pool = {"name": "Servers", "division_id": None, "amount": euros(9), "driver": "users", "values": values}
    body: dict[str, Any] = {"division_id": cast.elsewhere, "name": "IT services", "period": PERIOD, "currency": "EUR"}
    body |= {"method": "direct", "receivers": [cast.division], "pools": [pool]}
    id = made(client.post("/charge-backs", json=body))
    for command in ("calculate", "issue"):
        done(client.post(f"/charge-backs/{id}/{command}", json={}))
    return id


def forecast(client: httpx.Client, budget: str) -> str:
    said = {"category": "software", "period": 2, "amount": euros(7), "reason": "Signed."}
    done(client.post(f"/forecasts/{budget}/state", json=said))
    return budget


def rate(business: FinanceAlone) -> str:
    said = {"base": "ISK", "quote": "EUR", "day": str(TODAY), "rate": "0.0068", "source": "ECB"}
    return made(business.controller.post("/rates", json=said))


def year_end(cast: Cast, client: httpx.Client) -> str:
    root = cast.business.division_budget(cast.elsewhere, 100, year=LAST)
    rules = [{"category": "software", "share": "100"}]
    return made(client.post("/year-ends", json={"fiscal_year": LAST, "parent_budget_id": root, "rules": rules}))
