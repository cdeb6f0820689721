"""People ask finance for hires, training sessions and tools; with workers stopped between steps it ends the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.people.desk.waiting import REFUSED_MONEY
from tests import funding
from tests.business import Business, Json, Post, Team, done, euros
from tests.harness import Company, company, wait_until, working
from tests.infrastructure import Infrastructure
from tests.today import TODAY


@dataclass(frozen=True)
class Firm:
    """People and finance, whose workers run one after the other or together, and only while a step is heard."""

    business: Business
    company: Company
    team: Team
    budget: str
    rounds: Sequence[Sequence[str]]
    stands_still: ClassVar[bool] = True
    """Whether nobody works before a step is heard, so that what is said before an answer can be looked at."""

    def heard(self) -> None:
        """Everybody has heard of the last step; their workers begin again."""
        for names in self.rounds:
            with ExitStack() as stack:
                for name in names:
                    stack.enter_context(working(self.company.running[name]))
                wait_until(lambda names=names: all(map(self._caught_up, names)), f"{names} have heard")  # type: ignore[misc]

    def _caught_up(self, name: str) -> bool:
        running = self.company.running[name]
        status = running.status()
        published = {each: other.status()["relayed"] for each, other in self.company.running.items()}
        applied = {(each["reader"], each["topic"]): each["applied"] for each in status["readers"]}
        prefix = self.company.prefix
        return bool(status["relayed"] == status["published"]) and all(
            applied.get(("reactions", prefix + source.topic), 0) >= published.get(source.service, 0)
            for source in running.service.sources
            if source.reader is None
        )

    def charged(self, category: str) -> Json:
        return funding.charged(self.business, self.budget, category)

    def vacancy(self, id: str) -> Json:
        return done(self.business.hr.get(f"/vacancies/{id}"))

    def position(self, grade: str) -> str:
        return self.business.position(self.team.division, grade, self.team.manager)


TOGETHER, IN_TURN = [["people", "finance"]], [["people"], ["finance"], ["people"], ["finance"]]


@pytest.fixture(scope="module")
def running(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer")) as made:
        for service in (PEOPLE, FINANCE):
            made.start(service, worker=False)
        yield made


class Quiet(Business):
    """Nobody listens while a team is made."""

    def settle(self) -> None:
        """Who listens later hears all of it."""


def at_the_start(running: Company) -> tuple[Business, Company, Team, str]:
    """A team and its budget."""
    business = Quiet(running)
    funding.switch(business, on=True)
    funding.state_rates(business)
    team = business.team()
    has = {"Staff": funding.cost("staff"), "Training": 1000, "Tools": 500, "Rent": 90_000}
    return business, running, team, funding.budget_of(business, team.division, has)


@pytest.fixture(params=[TOGETHER, IN_TURN], ids=["together", "in turn"])
def firm(running: Company, request: pytest.FixtureRequest) -> Iterator[Firm]:
    made = Firm(*at_the_start(running), rounds=request.param)
    made.heard()
    yield made
    assert all(each.status()["parked"] == 0 for each in running.running.values())


def test_a_vacancy_is_refused_revised_funded_and_filled_and_a_leaver_frees_the_rest_of_the_year(firm: Firm) -> None:
    hired_and_left(firm)


def hired_and_left(firm: Firm) -> None:
    business, lead = firm.business, firm.team.manager
    position = firm.position("manager")
    vacancy = funding.vacancy(business, position, lead)
    approver = business.as_person("people", lead)
    if firm.stands_still:
        assert firm.vacancy(vacancy)["funding"]["status"] == "awaiting funding"
        assert funding.desk(business.hr, vacancy) == funding.desk(approver, vacancy) == []
        funding.waits(business, f"/vacancies/{vacancy}/open", "Finance has not answered yet.")
    firm.heard()
    reason = f"Not enough is left for 'Staff' in the budget of {TODAY.year} that would pay."
    assert firm.vacancy(vacancy)["funding"] == {"request": 1, "status": "refused", "reason": reason}
    funding.waits(business, f"/vacancies/{vacancy}/open", reason)
    assert funding.desk(business.hr, vacancy) == funding.desk(approver, vacancy) == [REFUSED_MONEY]
    assert f"{funding.cost('manager'):,}.00 EUR" in funding.reservation(business, vacancy)["figures"]
    assert firm.charged("Staff") == {}

    funding.revise_grade(business, position, "staff", lead)
    funding.approve_vacancy(business, vacancy, lead)
    if firm.stands_still:
        assert firm.vacancy(vacancy)["funding"] == {"request": 2, "status": "awaiting funding", "reason": None}
    firm.heard()
    assert firm.vacancy(vacancy)["funding"]["status"] == "funded"
    assert firm.charged("Staff") == {"reserved": funding.cost("staff")}
    assert (funding.desk(business.hr, vacancy), funding.desk(approver, vacancy)) == (["open the vacancy"], [])

    done(business.hr.post(f"/vacancies/{vacancy}/open", json={}))
    candidacy = funding.fill(business, vacancy, lead)
    firm.heard()
    assert firm.charged("Staff") == {"committed": funding.cost("staff")}
    assert funding.reservation(business, vacancy)["status"] == "committed"

    newcomer = funding.join(business, candidacy, position)
    firm.heard()
    business.leave(newcomer)
    firm.heard()
    assert firm.charged("Staff") == {"committed": funding.cost("staff", 1)}
    assert funding.reservation(business, vacancy)["status"] == "ended"


def test_a_vacancy_that_is_cancelled_frees_its_money_for_the_next(firm: Firm) -> None:
    business, lead = firm.business, firm.team.manager
    first, second = (funding.vacancy(business, firm.position("staff"), lead) for _ in range(2))
    firm.heard()
    states = {each: firm.vacancy(each)["funding"]["status"] for each in (first, second)}
    assert sorted(states.values()) == ["funded", "refused"]
    (paid,), (unpaid,) = ([id for id in states if states[id] == status] for status in ("funded", "refused"))
    done(business.hr.post(f"/vacancies/{paid}/cancel", json={"reason": "Not needed."}))
    firm.heard()
    assert firm.charged("Staff") == {}
    funding.approve_vacancy(business, unpaid, lead)
    firm.heard()
    assert firm.vacancy(unpaid)["funding"]["status"] == "funded"


def test_a_session_takes_enrolments_once_funded_and_is_spent_when_it_took_place(firm: Firm) -> None:
    session_held(firm)


def session_held(firm: Firm) -> None:
    business, division = firm.business, firm.team.division
    session = funding.session(business, division, 1001)
    seat = {"person_id": firm.team.junior.person, "session_id": session}
    if firm.stands_still:
        funding.waits(business, "/enrolments", "Finance has not answered yet.", seat)
    firm.heard()
    funding.waits(business, "/enrolments", "Not enough is left for 'Training'", seat)
    assert funding.desk(business.hr, session) == [REFUSED_MONEY]
    done(business.hr.post(f"/training-sessions/{session}/ask-for-funding", json={"cost": euros(600)}))
    firm.heard()
    assert firm.charged("Training") == {"reserved": 600}
    assert funding.desk(business.hr, session) == []
    assert business.hr.post("/enrolments", json=seat).status_code == 201
    done(business.hr.post(f"/training-sessions/{session}/deliver", json={}))
    firm.heard()
    assert firm.charged("Training") == {"spent": 600}


@pytest.mark.parametrize(("days", "left"), [(20, {}), (5, {"spent": 600})])
def test_the_fee_of_a_cancelled_session_stays_at_short_notice(firm: Firm, days: int, left: Json) -> None:
    business = firm.business
    # In the fiscal year of the budget, which ends with the calendar's.
    starts = min(TODAY + timedelta(days=days), TODAY.replace(month=12, day=31))
    short = (starts - TODAY).days < 14
    session = funding.session(business, firm.team.division, 600, str(starts))
    firm.heard()
    done(business.hr.post(f"/training-sessions/{session}/cancel", json={"reason": "Too few."}))
    firm.heard()
    assert firm.charged("Training") == ({"spent": 600} if short else left)


def test_a_tool_is_issued_once_funded_and_one_that_is_declined_costs_nothing(firm: Firm) -> None:
    tool_issued(firm)


def tool_issued(firm: Firm) -> None:
    business, division = firm.business, firm.team.division
    worker, above = firm.team.junior, firm.team.manager
    tool = funding.tool(business, division, worker, above, 400)
    issue = {"person_id": worker.person}
    if firm.stands_still:
        funding.waits(business, f"/tools/{tool}/issue", "Finance has not answered yet.", issue)
    firm.heard()
    dear = funding.tool(business, division, worker, above, 101)
    firm.heard()
    funding.waits(business, f"/tools/{dear}/issue", "Not enough is left for 'Tools'", issue)
    assert [funding.desk(business.as_person("people", above), each) for each in (tool, dear)] == [[], [REFUSED_MONEY]]
    assert firm.charged("Tools") == {"reserved": 400}
    done(business.hr.post(f"/tools/{tool}/issue", json=issue))
    decline(business, dear, above)
    firm.heard()
    assert firm.charged("Tools") == {"committed": 400}
    assert funding.reservation(business, dear)["status"] == "released"


def decline(business: Business, tool: str, above: Post) -> None:
    client = business.as_person("people", above)
    done(client.post(f"/tools/{tool}/decline", json={"reason": "Too dear."}))
