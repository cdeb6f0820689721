"""A life in the people service, told with canaries: something in every personal field of everything about a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from chassis.domain.personal import shape
from services.people.app import AGGREGATES
from tests.business import Business, Json, Post, done, euros, items, made
from tests.harness import wait_until

FAMILY, EMPLOYER = "Canaryworth", "Vantablack Aviaries Incorporated"
NAME = f"Perpetua {FAMILY}-Oyelaran"
AMOUNT = "73914.27"
WORDS = (NAME, FAMILY, "Perpetua", EMPLOYER, "Vantablack", AMOUNT)
SAID = f"Ms {FAMILY} of {EMPLOYER}."
DAY = timedelta(days=1)


def personal_events() -> set[tuple[str, str]]:
    """Every kind of aggregate in people with its events that hold something personal."""
    return {
        (aggregate.decider.kind, name)
        for aggregate in AGGREGATES
        for name, event in aggregate.decider.types.items()
        if shape(event).node is not None
    }


@dataclass(frozen=True)
class Record:
    """An aggregate about the person, and a client of somebody who sees all of it; ``words`` where it has a canary's."""

    kind: str
    path: str
    client: httpx.Client
    words: bool = True

    def read(self) -> Json:
        return done(self.client.get(self.path))

    def history(self) -> list[Json]:
        return items(self.client.get(f"{self.path}/history", params={"page_size": 500}))


class Canary:
    """A person below ``near``, who is below ``middle``, who is below ``top``, and everything recorded about them.

    ``left_open`` has by name what has not ended when they leave.
    """

    def __init__(self, business: Business, post: Post, near: Post, middle: Post, top: Post) -> None:
        self.business, self.post, self.hr = business, post, business.hr
        self.person, self.near, self.middle, self.top = (
            business.as_person("people", each) for each in (post, near, middle, top)
        )
        self.near_id, self.middle_id, self.top_id = near.person, middle.person, top.person
        self.records: list[Record] = [Record("person", f"/persons/{post.person}", self.hr)]
        self.left_open: dict[str, str] = {}
        self.trained = ""

    @property
    def today(self) -> date:
        return self.business.company.clock().date()

    def do(self, who: httpx.Client, path: str, **body: Any) -> Json:
        """Do something that has to work."""
        response = who.post(path, json=body)
        assert response.status_code in (200, 201), f"{path}: {response.text}"
        return dict(response.json())

    def record(self, who: httpx.Client, of_kind: str, collection: str, client: httpx.Client, **body: Any) -> str:
        """Begin something about the person; its path."""
        path = f"/{collection}/{self.do(who, f'/{collection}', **body)['id']}"
        self.records.append(Record(of_kind, path, client))
        return path

    def live(self) -> None:
        """Everything at once, up to the eve of leaving."""
        self.be_away()
        self.pay()
        self.work_part_time()
        self.qualify()
        self.train()
        self.review()
        self.discipline()
        # Days have gone by until the hearing.
        self.do(self.hr, f"{self.trained}/correct-day", effective_on=str(self.today), reason=SAID)
        self.develop()
        self.mentor()
        self.keep_tools()
        self.apply()
        self.business.settle()

    def be_away(self) -> None:
        """An absence and a stand-in were recorded wrongly; both are put right, and withdrawn."""
        path = f"/persons/{self.post.person}"
        absence, past = {"absence_id": str(uuid4())}, {"starts_on": str(self.today - 3 * DAY)}
        self.do(self.hr, f"{path}/correct-absence", **absence, **past, ends_on=str(self.today - DAY), reason=SAID)
        self.do(self.hr, f"{path}/withdraw-absence", **absence, reason=SAID)
        stand_in, first = {"stand_in_id": self.top_id}, str(self.today - 5 * DAY)
        last = {"ends_on": str(self.today + DAY)}
        self.do(self.hr, f"{path}/name-stand-in", **stand_in, **last, starts_on=first)
        self.do(self.hr, f"{path}/correct-stand-in", **stand_in, **past, **last, named_from=first, reason=SAID)
        self.do(self.hr, f"{path}/withdraw-stand-in", **stand_in)

    def pay(self) -> None:
        band = {"grade": "senior manager", "currency": "CHF", "minimum": "1", "maximum": "2"}
        self.do(self.hr, "/pay-bands", **band, effective_on=str(self.today))
        path = f"/pay/{self.post.person}"
        found = {"factors": [{"factor": "experience", "finding": SAID}], "outside_band": SAID}
        yearly = {"amount": AMOUNT, "currency": "CHF"}
        for on in (self.today, self.today + timedelta(days=30)):
            self.do(self.hr, f"{path}/set", yearly=yearly, effective_on=str(on), **found)
        yesterday = str(self.today - timedelta(days=1))
        self.do(self.hr, f"{path}/correct", yearly=yearly, effective_on=yesterday, reason=SAID, **found)
        self.records.append(Record("pay", path, self.hr))

    def work_part_time(self) -> None:
        path, yesterday = f"/contracted-hours/{self.post.person}", str(self.today - timedelta(days=1))
        self.do(self.hr, f"{path}/set", weekly_hours="32", effective_on=str(self.today))
        self.do(self.hr, f"{path}/correct", weekly_hours="30", effective_on=yesterday, reason=SAID)
        capacity = Record("weekly-capacity", f"/weekly-capacities/{self.post.person}", self.hr, words=False)
        wait_until(lambda: self.hr.get(capacity.path).status_code == 200, "their capacity is known")
        self.records += [Record("contracted-hours", path, self.hr, words=False), capacity]

    def qualify(self) -> None:
        path, today = f"/qualifications/{self.post.person}", str(self.today)
        schemes = [
            self.do(self.hr, "/certificate-schemes", name=uuid4().hex, issuer="ISACA", valid_months=36)["id"]
            for _ in range(3)
        ]
        awarded = [{"certificate_id": str(uuid4()), "scheme_id": scheme, "awarded_on": today} for scheme in schemes]
        kept, revoked, rejected = ({"certificate_id": each["certificate_id"]} for each in awarded)
        for certificate in awarded[:2]:
            self.do(self.hr, f"{path}/record-certificate", **certificate, number=SAID)
        earned = {"credit_id": str(uuid4()), "earned_on": today, "credits": "4", "what": SAID}
        self.do(self.hr, f"{path}/record-credits", **kept, **earned)
        fewer = {"credit_id": earned["credit_id"], "earned_on": today, "credits": "3"}
        self.do(self.hr, f"{path}/correct-credits", **kept, **fewer, reason=SAID)
        self.do(self.hr, f"{path}/revoke-certificate", **revoked, reason=SAID, effective_on=today)
        self.do(self.person, f"{path}/record-certificate", **awarded[2], number=SAID)
        self.do(self.hr, f"{path}/revoke-certificate", **rejected, reason=SAID, effective_on=today)
        found = {"skill": "SQL", "level": 3, "effective_on": today}
        self.do(self.near, f"{path}/assess-skill", **found)
        self.do(self.near, f"{path}/correct-assessment", **found | {"level": 2}, reason=SAID)
        degree = {"degree_id": str(uuid4()), "title": SAID, "institution": SAID, "field": SAID, "year": 2001}
        self.do(self.person, f"{path}/record-degree", **degree)
        self.do(self.hr, f"{path}/verify-degree", degree_id=degree["degree_id"])
        self.records.append(Record("qualifications", path, self.hr))

    def train(self) -> None:
        programme = self.do(self.hr, "/training-programmes", title="SQL", hours="8")["id"]
        self.do(self.hr, f"/training-programmes/{programme}/publish")
        days = {"starts_on": str(self.today), "ends_on": str(self.today)}
        terms = {"programme_id": programme, "cost": euros(900), "seats": 2, "place": "Room 4", "provider": "A school"}
        division = done(self.hr.get(f"/persons/{self.post.person}"))["appointment"]["division_id"]
        session = self.do(self.hr, "/training-sessions", division_id=division, **terms, **days)["id"]
        seat = {"person_id": self.post.person, "session_id": session}
        path = self.record(self.hr, "enrolment", "enrolments", self.hr, **seat)
        self.do(self.hr, f"{path}/mark-attendance", attended=True)
        self.do(self.hr, f"{path}/record-result", passed=True, score="87.5", effective_on=str(self.today))
        self.do(self.person, f"{path}/give-feedback", rating=4, feedback=SAID)
        self.trained = path

    def review(self) -> None:
        """One review ends in an appeal, one is acknowledged, one is withdrawn, and one is left open."""
        appealed, acknowledged, withdrawn, left = (self.reviewed(year) for year in range(4))
        for path, ending in ((appealed, "appeal"), (acknowledged, "acknowledge")):
            self.do(self.person, f"{path}/assess-self", rating="4", statement=SAID)
            objective = done(self.near.get(path))["objectives"][0]["objective_id"]
            ratings = [{"objective_id": objective, "rating": "3"}]
            self.do(self.near, f"{path}/assess", ratings=ratings, feedback="2", statement=SAID)
            self.do(self.middle, f"{path}/calibrate", rating="3.5", reasons=SAID)
            self.do(self.person, f"{path}/{ending}", **{"grounds" if ending == "appeal" else "comment": SAID})
        self.do(self.top, f"{appealed}/decide-appeal", rating="4", reasons=SAID)
        self.do(self.near, f"{withdrawn}/withdraw", reason=SAID)
        self.left_open["review"] = left
        self.left_open["cycle"] = f"/review-cycles/{done(self.near.get(left))['cycle_id']}"

    def reviewed(self, year: int) -> str:
        """The path of a review that began, in a cycle of its own."""
        first_on = self.today + timedelta(days=400 * year)
        days = {"first_on": str(first_on), "last_on": str(first_on + 300 * DAY), "due_on": str(first_on + 300 * DAY)}
        method = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}
        cycle = self.do(self.hr, "/review-cycles", name=f"Year {year}", method=method, **days)["id"]
        self.do(self.hr, f"/review-cycles/{cycle}/start")
        objectives = [{"objective_id": str(uuid4()), "title": SAID, "weight": "100"}]
        begun = {"person_id": self.post.person, "cycle_id": cycle, "objectives": objectives}
        path = self.record(self.near, "performance-review", "performance-reviews", self.near, **begun)
        self.do(self.near, f"{path}/revise-objectives", objectives=[objectives[0] | {"title": f"{SAID} Again."}])
        return path

    def discipline(self) -> None:
        """One case goes to the end of an appeal, one is dropped, and one is left open."""
        appealed, dropped, left = (self.reported() for _ in range(3))
        self.do(self.hr, f"{appealed}/begin-investigation", investigator_id=self.near_id)
        self.do(self.hr, f"{appealed}/name-hearer", hearer_id=self.middle_id)
        self.do(self.near, f"{appealed}/record-findings", findings=SAID)
        self.do(self.hr, f"{appealed}/send-allegation", allegation=SAID)
        self.business.company.move_clock(datetime.combine(self.today + 3 * DAY, datetime.min.time(), UTC))
        self.do(self.middle, f"{appealed}/record-hearing", held_on=str(self.today), record=SAID)
        self.do(
            self.middle, f"{appealed}/correct-hearing", held_on=str(self.today), record=f"{SAID} Both.", reason=SAID
        )
        self.do(self.middle, f"{appealed}/decide", outcome="written warning", reasons=SAID)
        self.do(self.person, f"{appealed}/appeal", grounds=SAID)
        self.do(self.hr, f"{appealed}/name-appeal-hearer", appeal_hearer_id=self.top_id)
        self.do(self.top, f"{appealed}/decide-appeal", verdict="upheld", reasons=SAID)
        self.do(self.hr, f"{dropped}/drop", reason=SAID)
        self.left_open["case"] = left

    def reported(self) -> str:
        """The path of a new case."""
        said = {"person_id": self.post.person, "report": SAID, "occurred_on": str(self.today)}
        return self.record(self.hr, "disciplinary-case", "disciplinary-cases", self.hr, **said)

    def develop(self) -> None:
        """One plan is withdrawn, and one is left with a goal open."""
        withdrawn = self.planned()
        self.goal(withdrawn)
        self.do(self.near, f"{withdrawn}/withdraw", reason=SAID)
        path = self.planned()
        missed, extended = self.goal(path), self.goal(path)
        self.do(self.person, f"{path}/agree")
        action = {"action_id": str(uuid4()), "kind": "reading", "what": SAID}
        self.do(self.person, f"{path}/add-action", **action)
        hours = {"entry_id": str(uuid4()), "hours": "2", "effective_on": str(self.today)}
        self.do(self.person, f"{path}/record-learning", action_id=action["action_id"], **hours)
        self.do(self.person, f"{path}/correct-learning", **hours | {"hours": "3"}, reason=SAID)
        self.do(self.near, f"{path}/miss-goal", goal_id=missed, reason=SAID)
        self.do(self.near, f"{path}/extend-goal", goal_id=extended, due_on=str(self.today + 60 * DAY), reason=SAID)
        self.left_open |= {"plan": path, "goal": extended}

    def planned(self) -> str:
        """The path of a plan the line manager proposed."""
        period = {"starts_on": str(self.today), "ends_on": str(self.today + 300 * DAY)}
        plan = {"person_id": self.post.person, **period}
        return self.record(self.near, "development-plan", "development-plans", self.hr, **plan)

    def goal(self, plan: str) -> str:
        """The id of a new goal."""
        goal = {"goal_id": str(uuid4()), "learning": SAID, "due_on": str(self.today + 30 * DAY)}
        self.do(self.near, f"{plan}/add-goal", **goal)
        return goal["goal_id"]

    def mentor(self) -> None:
        """One mentorship is declined, one ended, and one goes on."""
        declined, ended, left = (self.mentored() for _ in range(3))
        self.do(self.top, f"{declined}/end", reason=SAID)
        for path in (ended, left):
            self.do(self.top, f"{path}/accept")
        meeting = {"meeting_id": str(uuid4()), "held_on": str(self.today), "hours": "1"}
        self.do(self.top, f"{ended}/record-meeting", **meeting)
        self.do(self.person, f"{ended}/correct-meeting", **meeting | {"hours": "2"}, reason=SAID)
        self.do(self.person, f"{ended}/end", reason=SAID)
        self.left_open["mentorship"] = left

    def mentored(self) -> str:
        """The path of a mentorship the person proposed."""
        pair = {"person_id": self.post.person, "mentor_id": self.top_id}
        return self.record(self.person, "mentorship", "mentorships", self.hr, **pair, purpose=SAID)

    def keep_tools(self) -> None:
        """One tool is lost, one was declined, and one still waits for a decision."""
        lost, declined, left = (self.wanted() for _ in range(3))
        self.do(self.near, f"{lost}/approve")
        self.do(self.hr, f"{lost}/issue", person_id=self.post.person)
        self.do(self.person, f"{lost}/report-lost", reason=SAID)
        self.do(self.near, f"{declined}/decline", reason=SAID)
        self.left_open["tool"] = left

    def wanted(self) -> str:
        """The path of a tool the person asked for."""
        division = done(self.hr.get(f"/persons/{self.post.person}"))["appointment"]["division_id"]
        tool = {"name": "Laptop", "kind": "equipment", "cost": euros(1500), "division_id": division, "reason": SAID}
        return self.record(self.person, "tool", "tools", self.hr, **tool, person_id=self.post.person)

    def apply(self) -> None:
        """They applied three times: were rejected, withdrew, and declined an offer."""
        rejected, withdrawn, declined = (self.applied() for _ in range(3))
        for path in (rejected, declined):
            talk = {"interview_id": str(uuid4())}
            named = {"takes_place_on": str(self.today), "interviewers": [self.near_id]}
            self.do(self.hr, f"{path}/schedule-interview", **talk, **named)
            self.do(self.hr, f"{path}/record-interview", **talk)
            self.do(self.near, f"{path}/give-feedback", **talk, rating=4, findings=SAID)
        self.do(self.hr, f"{rejected}/reject", reason=SAID)
        self.do(self.hr, f"{withdrawn}/withdraw", reason=SAID)
        pay = {"yearly": {"amount": AMOUNT, "currency": "EUR"}, "factors": [{"factor": "experience", "finding": SAID}]}
        on = str(self.today)
        self.do(self.hr, f"{declined}/make-offer", expires_on=on, starts_on=on, pay=pay)
        self.do(self.hr, f"{declined}/decline-offer", reason=SAID)

    def applied(self) -> str:
        """The path of an application for a vacancy of its own."""
        division = done(self.hr.get(f"/persons/{self.post.person}"))["appointment"]["division_id"]
        position = self.business.position(division, "staff", Post(self.near_id, self.position_of_near()))
        vacancy = made(self.hr.post("/vacancies", json={"position_id": position, "reason": "We grow."}))
        self.do(self.middle, f"/vacancies/{vacancy}/approve")
        self.do(self.hr, f"/vacancies/{vacancy}/open")
        about = {"candidate_id": self.post.person, "name": NAME, "contact": SAID, "note": SAID}
        return self.record(self.hr, "candidacy", "candidacies", self.hr, vacancy_id=vacancy, **about)

    def position_of_near(self) -> str:
        return str(done(self.hr.get(f"/persons/{self.near_id}"))["appointment"]["position_id"])

    def end_what_was_left_open(self) -> None:
        """What is still open about them comes to its end after they are gone, whatever is said of them meanwhile."""
        self.do(self.near, f"{self.left_open['review']}/withdraw", reason=SAID)
        self.do(self.hr, f"{self.left_open['cycle']}/complete")
        self.do(self.hr, f"{self.left_open['case']}/drop", reason=SAID)
        self.do(self.near, f"{self.left_open['plan']}/miss-goal", goal_id=self.left_open["goal"], reason=SAID)
        self.do(self.near, f"{self.left_open['plan']}/close")
        self.do(self.near, f"{self.left_open['tool']}/decline", reason=SAID)


def holds(value: object) -> bool:
    """Whether a value says something a canary says."""
    return isinstance(value, str) and any(word in value for word in WORDS)


def leaves(value: Any, place: str = "") -> dict[str, Any]:
    """Every plain value in a JSON value, by its place."""
    if isinstance(value, dict):
        return {k: v for name, inner in value.items() for k, v in leaves(inner, f"{place}.{name}").items()}
    if isinstance(value, list):
        return {k: v for index, inner in enumerate(value) for k, v in leaves(inner, f"{place}.{index}").items()}
    return {place: value}


def check_erased(before: Sequence[Json], after: Sequence[Json], about: str) -> None:
    """A history says "erased" wherever it said a canary, and else what it said before, or nothing."""
    assert [change["event_id"] for change in after[: len(before)]] == [change["event_id"] for change in before], about
    for change, now in zip(before, after, strict=False):
        left = leaves(now["data"])
        for place, value in leaves(change["data"]).items():
            where = f"{about}: {change['type']}{place}"
            if holds(value):
                # What is not text, such as money, is gone as a whole.
                assert left.get(place) in ("erased", None), where
            else:
                assert left.get(place) in (value, None), where
