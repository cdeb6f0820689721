"""The figures that time makes, each against a small company of which everything is worked out by hand."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.roles import Role
from tests.harness import Company, Running
from tests.people.cast import Cast
from tests.people.clocked import becomes, noon
from tests.people.desk.opened import sums, whole
from tests.people.seed import LIMITS, METHOD, POLICY
from tests.today import TODAY

Json = dict[str, Any]
LAST = 400
"""The day the figures are read, counted from today like all others; their twelve months begin on day 34 or 35."""


@pytest.fixture(scope="module")
def people(firm: Company) -> Running:
    return firm.running["people"]


def day(number: int) -> str:
    return str(TODAY + timedelta(days=number))


@pytest.fixture(scope="module")
def shown(cast: Cast, firm: Company) -> Json:
    """The figures of the cast's division, in which seven work, after four hundred days."""
    hiring, reviews = Hiring(cast), Reviews(cast)
    certify(cast)
    tools = issue_tools(cast)
    hiring.open("old", "slow")
    hiring.offer("old")
    reviews.calibrate("member", reviews.make("member", due_on=10, first_on=-40))
    move(firm, 5)
    expected = cast.post(cast.hr, "/persons", name="Expected", effective_on=day(10))["id"]
    cast.post(cast.hr, f"/persons/{expected}/cancel-plan", what="hire")
    hiring.answer("old", "accept-offer")
    move(firm, 40)
    hiring.request("first", "second", "third")
    move(firm, 50)
    hiring.open("first", "second", "third")
    made = {name: reviews.make(name, due_on=60, first_on=-30) for name in MANAGERS}
    reviews.calibrate("member", made["member"])
    reviews.withdraw("member", reviews.make("member", due_on=60, first_on=-20))
    reviews.calibrate("member", reviews.make("member", due_on=500, first_on=-10))
    hiring.offer("first")
    hiring.answer("first", "decline-offer")
    move(firm, 60)
    reviews.calibrate("junior", made["junior"])
    hiring.offer("first", "third", "slow")
    hiring.answer("first", "accept-offer")
    hiring.answer("slow", "accept-offer")
    hiring.answer("third", "decline-offer")
    cast.post(cast.hr, f"{tools['returned']}/return", condition="healthy")
    cast.post(cast.hr, f"{tools['lost']}/report-lost", reason="Left on a train.")
    move(firm, 61)
    reviews.calibrate("peer", made["peer"])
    move(firm, 75)
    reviews.calibrate("manager", made["manager"])
    hiring.offer("second")
    hiring.answer("second", "accept-offer")
    move(firm, LAST)
    learn(cast)
    hiring.settled()
    for name in ("issued", "acknowledged"):
        becomes(cast.hr, tools[name], overdue=True)
    response = cast.hr.get("/figures", params={"division_id": cast.division})
    assert response.status_code == 200, response.text
    return dict(response.json())


def move(firm: Company, number: int) -> None:
    """It is noon of a day."""
    firm.move_clock(noon(number))


class Hiring:
    """Vacancies below the junior manager by name, each with the candidate who was offered it last."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.hr = cast, cast.hr
        self.vacancies: dict[str, str] = {}
        self.candidacies: dict[str, str] = {}
        self.offers: dict[str, list[str]] = {}

    def request(self, *names: str) -> None:
        """Ask for them, and have them approved."""
        for name in names:
            position = self.cast.position("staff", self.cast.positions["junior"])
            vacancy = self.cast.post(self.hr, "/vacancies", position_id=position, reason="We grow.")["id"]
            self.cast.post(self.cast.as_person("senior"), f"/vacancies/{vacancy}/approve")
            self.vacancies[name], self.offers[name] = vacancy, []

    def open(self, *names: str) -> None:
        """Open them."""
        for name in names:
            if name not in self.vacancies:
                self.request(name)
            self.cast.post(self.hr, f"/vacancies/{self.vacancies[name]}/open")

    def offer(self, *names: str) -> None:
        """Offer each to a new candidate."""
        for name in names:
            applied = {"candidate_id": str(uuid4()), "name": "Grace", "contact": "Street 1"}
            made = self.cast.post(self.hr, "/candidacies", vacancy_id=self.vacancies[name], **applied)
            path, talk = f"/candidacies/{made['id']}", {"interview_id": str(uuid4())}
            named = {"takes_place_on": day(0), "interviewers": [self.cast.persons["peer"]]}
            self.cast.post(self.hr, f"{path}/schedule-interview", **talk, **named)
            self.cast.post(self.hr, f"{path}/record-interview", **talk)
            self.cast.post(self.hr, f"{path}/make-offer", expires_on=day(LAST))
            self.candidacies[name] = path

    def answer(self, name: str, step: str) -> None:
        """What the candidate says; the vacancy knows of it before time goes on."""
        self.cast.post(self.hr, f"{self.candidacies[name]}/{step}")
        self.offers[name].append(step)
        self.settled(name)

    def settled(self, *names: str) -> None:
        """Every vacancy has applied its offers."""
        for name in names or self.vacancies:
            accepted = self.offers[name].count("accept-offer")
            status = "filled" if accepted else "open"
            expected = {"status": status, "accepted": accepted, "offers_made": len(self.offers[name])}
            becomes(self.hr, f"/vacancies/{self.vacancies[name]}", **expected)


MANAGERS = {
    "member": ("junior", "manager"),
    "junior": ("manager", "senior"),
    "peer": ("senior", "director"),
    "manager": ("senior", "director"),
    "senior": ("director", "director"),
}
"""Who reviews each, and who calibrates it."""


class Reviews:
    """Reviews of the cast, and the cycles by their first day."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.cycles: dict[int, str] = {}

    def make(self, name: str, due_on: int, first_on: int) -> str:
        """The path of a review of ten days that is assessed."""
        cast, reviewer = self.cast, self.cast.as_person(MANAGERS[name][0])
        if first_on not in self.cycles:
            days = {"first_on": day(first_on), "last_on": day(first_on + 9), "due_on": day(due_on)}
            self.cycles[first_on] = cast.post(cast.hr, "/review-cycles", name="Ten days", method=METHOD, **days)["id"]
            cast.post(cast.hr, f"/review-cycles/{self.cycles[first_on]}/start")
        objective = {"objective_id": str(uuid4()), "title": "Cut the outages.", "weight": "100"}
        begun = {"person_id": cast.persons[name], "cycle_id": self.cycles[first_on], "objectives": [objective]}
        path = f"/performance-reviews/{cast.post(reviewer, '/performance-reviews', **begun)['id']}"
        cast.post(cast.as_person(name), f"{path}/assess-self", rating="4", statement="Went well.")
        ratings = [{"objective_id": objective["objective_id"], "rating": "4"}]
        cast.post(reviewer, f"{path}/assess", ratings=ratings, feedback="4", statement="Went well.")
        return path

    def calibrate(self, name: str, path: str) -> None:
        """Calibrate a review of somebody."""
        self.cast.post(self.cast.as_person(MANAGERS[name][1]), f"{path}/calibrate", reasons="Like the others.")

    def withdraw(self, name: str, path: str) -> None:
        """Withdraw a review of somebody."""
        self.cast.post(self.cast.as_person(MANAGERS[name][0]), f"{path}/withdraw", reason="Begun by mistake.")


def certify(cast: Cast) -> None:
    """Two certificates required of the member and one of the junior manager; of these the member holds one.

    The member's other one nobody verified, the junior manager's was revoked, and the peer's nobody asks for.
    """
    schemes = []
    for name in ("CISA", "CISM"):
        body = {"name": f"{name} {uuid4().hex[:8]}", "issuer": "ISACA", "valid_months": 36}
        schemes.append(cast.post(cast.hr, "/certificate-schemes", **body)["id"])
    for name, required in (("member", schemes), ("junior", schemes[:1])):
        path = f"/positions/{cast.positions[name]}"
        now = cast.hr.get(path).json()
        kept = {field: now[field] for field in ("title", "grade", "reports_to", "it_management_years", "duties")}
        cast.post(cast.hr, f"{path}/revise", **kept, required_schemes=required)
    for name, scheme, who in (
        ("member", schemes[0], cast.hr),
        ("member", schemes[1], cast.as_person("member")),
        ("junior", schemes[0], cast.hr),
        ("peer", schemes[0], cast.hr),
    ):
        certificate = {"certificate_id": str(uuid4()), "scheme_id": scheme, "awarded_on": day(0)}
        own = f"/qualifications/{cast.persons[name]}"
        cast.post(who, f"{own}/record-certificate", **certificate)
        if name == "junior":
            revoked = {"certificate_id": certificate["certificate_id"], "effective_on": day(0), "reason": "Forged."}
            cast.post(cast.hr, f"{own}/revoke-certificate", **revoked)


def issue_tools(cast: Cast) -> dict[str, str]:
    """The member's tools, each to be returned by day 50, but for one that has time and one that they keep."""
    found = {}
    for name in ("issued", "acknowledged", "returned", "lost", "later", "kept"):
        wanted = {"name": name, "kind": "equipment", "cost": {"amount": "9", "currency": "EUR"}, "reason": "To work."}
        about = {"division_id": cast.division, "person_id": cast.persons["member"]}
        path = f"/tools/{cast.post(cast.as_person('member'), '/tools', **wanted, **about)['id']}"
        cast.post(cast.as_person("manager"), f"{path}/approve")
        return_by = {} if name == "kept" else {"return_by": day(500 if name == "later" else 50)}
        cast.post(cast.hr, f"{path}/issue", person_id=cast.persons["member"], **return_by)
        if name == "acknowledged":
            cast.post(cast.as_person("member"), f"{path}/acknowledge")
        found[name] = path
    return found


def learn(cast: Cast) -> None:
    """Two plans with hours, of which eight are too long ago."""
    for name, agreed_by, hours in (
        ("member", "junior", ((5, "8"), (45, "3.5"), (60, "2"))),
        ("junior", "manager", ((390, "1.25"),)),
    ):
        period = {"starts_on": day(LAST), "ends_on": day(500)}
        own = cast.as_person(name)
        plan = cast.post(own, "/development-plans", person_id=cast.persons[name], **period)["id"]
        path, action = f"/development-plans/{plan}", {"action_id": str(uuid4())}
        goal = {"goal_id": str(uuid4()), "learning": "To speak.", "due_on": day(500)}
        cast.post(own, f"{path}/add-goal", **goal)
        cast.post(own, f"{path}/add-action", **action, kind="reading", what="A book.")
        cast.post(cast.as_person(agreed_by), f"{path}/agree")
        for on, spent in hours:
            entry = {"entry_id": str(uuid4()), "hours": spent, "effective_on": day(on)}
            cast.post(own, f"{path}/record-learning", **action, **entry)


def figure(shown: Json, name: str) -> tuple[str | None, str | None, str | None]:
    (found,) = [each for each in shown["figures"] if each["name"] == name]
    return found["above"], found["below"], found["value"]


def test_reviews_are_on_time_that_were_calibrated_by_their_day(shown: Json) -> None:
    told = "on day 50 and 60, not on day 61 and 75, and one never; others were withdrawn, not due yet, or long ago"
    assert figure(shown, "reviews on time") == ("2", "5", "0.4000"), told


def test_offers_accepted_are_divided_by_all_that_were_made(shown: Json) -> None:
    told = "two of four; of those vacancies opened on day 50, not of those opened on day 0"
    assert figure(shown, "offer acceptance") == ("2", "4", "0.5000"), told


def test_the_time_to_fill_goes_from_the_day_of_opening_to_that_of_the_last_answer(shown: Json) -> None:
    told = "60 - 50, 75 - 50 and 60 - 0 days; one was filled on day 5, one never"
    assert figure(shown, "time to fill") == ("95", "3", "31.6667"), told


def test_the_certified_share_counts_what_positions_require_and_their_holders_hold(shown: Json) -> None:
    told = "one of three: one nobody verified, one was revoked, and one nobody requires"
    assert figure(shown, "certified share") == ("1", "3", "0.3333"), told


def test_learning_hours_are_those_of_the_last_twelve_months_per_head(shown: Json) -> None:
    assert figure(shown, "learning hours per head") == ("6.75", "7", "0.9643"), "3.5 + 2 + 1.25, without the 8 on day 5"


def test_overdue_returns_are_tools_still_out_after_their_day(shown: Json) -> None:
    told = "two; of the others one was returned, one lost, one has time, and one has no day"
    assert figure(shown, "overdue returns") == ("2", "1", "2.0000"), told


def of_day(cast: Cast, number: int) -> Json:
    """The figures of a day of that year, asked for at its end."""
    asked = {"division_id": cast.division, "effective_on": day(number)}
    response = cast.hr.get("/figures", params=asked)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.usefixtures("shown")
def test_a_vacancy_that_was_filled_later_is_not_filled_on_a_past_day(cast: Cast) -> None:
    assert figure(of_day(cast, 59), "time to fill")[:2] == ("5", "1"), "the one that was filled on day 5"
    assert figure(of_day(cast, 60), "time to fill")[:2] == ("75", "3"), "and two on day 60, after 10 and 60 days"


@pytest.mark.usefixtures("shown")
def test_a_review_that_fell_due_later_does_not_count_on_a_past_day(cast: Cast) -> None:
    assert figure(of_day(cast, 60), "reviews on time") == (None, None, None), "one was due, which is too few to tell"
    assert figure(of_day(cast, 61), "reviews on time")[:2] == ("3", "6"), "five more were due on day 60"


@pytest.mark.usefixtures("shown")
def test_who_was_expected_and_never_came_was_no_headcount_a_year_ago(cast: Cast) -> None:
    everybody = cast.hr.get("/figures", params={"effective_on": day(LAST)}).json()
    assert figure(everybody, "turnover rate")[:2] == ("0", "7")


@pytest.mark.usefixtures("shown")
def test_hours_learnt_later_do_not_count_on_a_past_day(cast: Cast) -> None:
    hours = [figure(of_day(cast, number), "learning hours per head")[0] for number in (44, 45, 60)]
    assert hours == ["8", "11.5", "13.5"]


@pytest.fixture(scope="module")
def openings(cast: Cast, shown: Json) -> list[tuple[Json, Json]]:
    """Each figure of the last day and of day 61 with all that it counts, before time goes on."""
    found = []
    for asked in ({}, {"effective_on": day(61)}):
        of = {"division_id": cast.division, **asked}
        figures = cast.hr.get("/figures", params=of).json()["figures"]
        assert asked or figures == shown["figures"]
        found += [(told, whole(cast.hr, told["records"], **of)) for told in figures]
    return found


def test_every_figure_is_the_sum_of_the_records_it_counts(openings: list[tuple[Json, Json]]) -> None:
    assert len(openings) == 22
    for told, opened in openings:
        assert (opened["figure"], opened["not_shown"]) == (told, 0)
        assert sums(opened) == (told["above"], "0" if told["unit"] == "tools" else told["below"]), told["name"]
        assert opened["items"] or told["above"] == "0"


@pytest.mark.usefixtures("shown")
def test_reviews_are_shown_to_hr_and_to_an_executive_only_counted(cast: Cast) -> None:
    path, of = "/figures/reviews-on-time/records", {"division_id": cast.division, "effective_on": day(LAST)}
    opened, counted = whole(cast.hr, path, **of), whole(cast.people.client(Role.EXECUTIVE), path, **of)
    assert {each["kind"] for each in opened["items"]} == {"performance-review"}
    assert {each["person_id"] for each in opened["items"]} == {cast.persons[name] for name in MANAGERS}
    assert (len(opened["items"]), opened["not_shown"]) == (5, 0)
    assert (counted["items"], counted["not_shown"], counted["figure"]) == ([], 5, opened["figure"])


@pytest.mark.usefixtures("shown")
def test_that_somebody_was_shown_a_review_behind_a_figure_the_person_reads(cast: Cast) -> None:
    def reads() -> int:
        return len(cast.as_person("junior").get(f"/persons/{cast.persons['junior']}/reads").json()["items"])

    before = reads()
    whole(cast.hr, "/figures/reviews-on-time/records", division_id=cast.division, effective_on=day(LAST))
    assert reads() == before + 1


@pytest.mark.usefixtures("shown")
def test_the_records_of_a_figure_that_is_not_told_are_neither_shown_nor_counted(cast: Cast) -> None:
    opened = whole(cast.hr, "/figures/reviews-on-time/records", division_id=cast.division, effective_on=day(60))
    assert (opened["figure"]["below"], opened["items"], opened["not_shown"]) == (None, [], None)


@pytest.mark.usefixtures("openings")
def test_a_skill_is_stale_in_the_figures_on_the_day_it_is_in_a_gap_also_at_the_end_of_a_month(
    cast: Cast, firm: Company
) -> None:
    next_year = (TODAY + timedelta(days=LAST)).year + 1
    year = next(year for year in range(next_year, 9999) if (year + 1) % 4)
    assessed, stale = date(year, 8, 31), date(year + 1, 2, 28)
    limits = LIMITS | {"stale_skill_months": 6}
    cast.post(cast.founder, f"/staffing-policies/{POLICY}/set-limits", **limits)
    path = f"/positions/{cast.positions['peer']}"
    now = cast.hr.get(path).json()
    kept = {field: now[field] for field in ("title", "grade", "reports_to", "it_management_years", "duties")}
    cast.post(cast.hr, f"{path}/revise", **kept, required_skills=[{"skill": "Kafka", "level": 3}])
    cast.post(cast.hr, f"/successions/{cast.positions['peer']}/mark-critical", reason="Alone in it.")
    firm.move_clock(noon((assessed - TODAY).days))
    skill = {"skill": "Kafka", "level": 3, "effective_on": str(assessed)}
    cast.post(cast.hr, f"/qualifications/{cast.persons['peer']}/assess-skill", **skill)
    for on, lacking in ((stale - timedelta(days=1), "0"), (stale, "1")):
        firm.move_clock(noon((on - TODAY).days))
        told = cast.hr.get("/figures", params={"division_id": cast.division}).json()
        assert figure(told, "skill gap")[:2] == (lacking, "1")
        assert [each["depth"] for each in told["bench"]] == [1 - int(lacking)]
        stales = cast.hr.get(f"/persons/{cast.persons['peer']}/gaps").json()["gap"]["stale_skills"]
        assert len(stales) == int(lacking)
