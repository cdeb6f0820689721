"""A whole company, whatever happens in it, in whatever order, for days to come and for days that are over.

After every step, for every day and as it was known at every step, whatever was corrected: one holder of a position, a
line without a cycle, nobody senior without gate or waiver, nobody who decided on themselves; and from every state a
command leads on.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, text

from chassis.commands.deadlines import Deadlines
from chassis.commands.handler import Handler
from chassis.service.preparation import privacy_of
from chassis.store.store import Store, StoredEvent
from contracts import people as public
from contracts.roles import Role
from contracts.values import Grade
from portolan.stack.postgres import ServiceDatabase
from services.people.app import AGGREGATES, SERVICE
from services.people.discipline.domain.disciplinary_case import model as case_model
from services.people.discipline.domain.disciplinary_case.rules import DISCIPLINARY_CASE
from services.people.organisation.domain.person import model as person_model
from services.people.organisation.domain.person.experience import verified_years
from services.people.organisation.domain.person.rules import PERSON
from services.people.pay.domain import pay
from services.people.performance.domain.performance_review import model as review_model
from services.people.performance.domain.performance_review.rules import PERFORMANCE_REVIEW
from tests.examples import examples
from tests.harness import NOWHERE, Company, MovableClock, Running, company
from tests.people.clocked import noon
from tests.today import TODAY

# Its machine runs inside an ordinary function, which Hypothesis itself would not mark.
pytestmark = pytest.mark.hypothesis

GRADES = ("executive", "senior manager", "senior manager", "manager", "manager", "junior manager", "staff")
ABOVE = (None, 0, 0, 1, 2, 3, 5)
PERSONS = 7
# The last one is not hired at the beginning.
FOUNDERS = 6
# The positions that the first persons hold from the beginning; the others are vacant.
HELD = (0, 3, 5)
FOUNDED = TODAY - timedelta(days=400)
SENIOR = (Grade.SENIOR_MANAGER, Grade.EXECUTIVE)
SYSTEM = "system:people"
REVIEW_METHOD = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}

# Deciding is not for whom it is about, in whatever place they act.
ON_THEMSELVES = (
    public.SeniorManagerGateWaived,
    public.LeavingWithdrawn,
    public.PersonRehired,
    public.PersonReinstated,
    public.EffectiveDayCorrected,
    person_model.ExperienceVerified,
    pay.PaySet,
    pay.PayPlanned,
    review_model.ReviewerChanged,
    review_model.PerformanceAssessed,
    review_model.ReviewCalibrated,
    review_model.ReviewAppealDecided,
    case_model.InvestigationBegun,
    case_model.HearerNamed,
    case_model.FindingsRecorded,
    case_model.CaseDecided,
    case_model.CaseDropped,
)

some_person, some_position = st.integers(0, PERSONS - 1), st.integers(0, len(GRADES) - 1)
some_day = st.one_of(st.just(0), st.integers(-60, 30))


@dataclass(frozen=True)
class Caller:
    """Who calls: a person, with the role of HR or without, in somebody's place or not; nobody: the office of HR."""

    person: int | None = None
    hr: bool = False
    place_of: int | None = None


in_person = st.builds(Caller, person=some_person, hr=st.booleans(), place_of=st.one_of(st.none(), some_person))
caller = st.one_of(st.just(Caller()), st.just(Caller()), in_person)


class Span(NamedTuple):
    """Days, from the first to the one before ``ended``; None while it goes on."""

    began: date
    ended: date | None

    def meets(self, other: "Span") -> bool:
        return self.began < (other.ended or date.max) and other.began < (self.ended or date.max) and not self.empty

    @property
    def empty(self) -> bool:
        return self.began == self.ended


class World:
    """The service's store beside its API: what falls due is carried out when a test says so, and the log is read."""

    def __init__(self, running: Running, clock: MovableClock) -> None:
        self.running, self.clock = running, clock
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        url = running.own.database_url
        self.store = Store(url, privacy=privacy_of(SERVICE, running.shared))
        self.run(self.store.start())
        handler = Handler(self.store, SERVICE.events, clock, SERVICE.stands_in, AGGREGATES, SERVICE.name)
        self.deadlines = Deadlines(url, AGGREGATES, handler, self.loop, clock)
        self.engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(300)

    def carry_out_what_is_due(self) -> None:
        with self.engine.connect() as connection:
            self.deadlines.look(connection, threading.Event())
            parked = connection.execute(text("SELECT stream, reason FROM deadlines")).all()
        assert parked == [], "what falls due is carried out, or says on its record why not"

    def log(self, decider: Any, id: UUID) -> list[StoredEvent]:
        found: list[StoredEvent] = self.run(self.store.events(decider, id))
        return found

    def close(self) -> None:
        self.run(self.store.stop())
        self.engine.dispose()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class WholeCompany(RuleBasedStateMachine):
    """Hires, moves, leavers, stand-ins, reviews, cases, pay: by every door, at once, for later and for earlier days."""

    world: ClassVar[World]

    @initialize(experienced=st.lists(st.booleans(), min_size=PERSONS, max_size=PERSONS))
    def found(self, experienced: list[bool]) -> None:
        self.days = 0
        self.world.clock.now = noon(0)
        self.division = str(uuid4())
        self.persons = [str(uuid4()) for _ in range(PERSONS)]
        self.positions = [str(uuid4()) for _ in GRADES]
        self.reviews: list[str] = []
        self.cases: list[str] = []
        self.cycle: str | None = None
        self.lines: list[UUID | None] = [None] * PERSONS
        self.changed = True
        name = f"Division {self.division}"
        self.bulk([("establish_division", self.division, {"name": name, "kind": "it", "parent_id": None})])
        for number, id in enumerate(self.positions):
            self.bulk([("draft_position", id, self.terms(number, GRADES[number]))])
        self.bulk([("approve_position", id, {}) for id in self.positions])
        hired = {"name": "Ada", "effective_on": str(FOUNDED)}
        founders = self.persons[:FOUNDERS]
        self.bulk([("hire_person", id, hired) for id in founders])
        seasoned = [id for id, yes in zip(founders, experienced[:FOUNDERS], strict=True) if yes]
        self.bulk([("record_experience_person", id, experience()) for id in seasoned])
        self.bulk([("verify_experience_person", id, {"experience_id": str(EXPERIENCE)}) for id in seasoned])
        for person, position in enumerate(HELD):
            waiver = {} if experienced[person] or GRADES[position] not in SENIOR else {"waiver": {"reason": "Nobody."}}
            body = {"position_id": self.positions[position], "effective_on": str(FOUNDED), **waiver}
            self.bulk([("appoint_person", self.persons[person], body)])
        self.given_up: list[tuple[str, date]] = []

    def terms(self, number: int, grade: str) -> dict[str, Any]:
        above = ABOVE[number]
        return {
            "title": grade.title(),
            "division_id": self.division,
            "grade": grade,
            "reports_to": None if above is None else self.positions[above],
            "it_management_years": "10" if grade in SENIOR else "0",
        }

    # --- doors

    def bulk(self, rows: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Set the company up."""
        if not rows:
            return
        commands = [{"command": command, "id": id, "body": body} for command, id, body in rows]
        answer = self.call(Caller(), "/commands", {"commands": commands})
        assert {outcome["status"] for outcome in answer.json()["outcomes"]} <= {200, 201}, answer.text

    def call(self, who: Caller, path: str, body: dict[str, Any]) -> httpx.Response:
        """Whatever is asked is done, or refused by a rule; nothing else."""
        running = self.world.running
        if who.person is None:
            token = running.issuer.token("system:tests", [Role.HR, Role.EXECUTIVE])
        else:
            token = running.issuer.token(self.persons[who.person], [Role.HR] if who.hr else [Role.STAFF])
        headers = {"authorization": f"Bearer {token}"}
        if who.place_of is not None:
            headers["portolan-for"] = self.persons[who.place_of]
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201, 403, 404, 409, 422), answer.text
        if answer.status_code == 422:
            assert "Input" not in answer.text, "the machine asks for what can be asked for"
        event(
            f"{path.split('/')[1]} {path.rpartition('/')[2] if path.count('/') > 2 else 'create'} {answer.status_code}"
        )
        self.changed = self.changed or answer.status_code < 300
        return answer

    @property
    def client(self) -> httpx.Client:
        return CLIENTS[self.world.running.url]

    def on(self, person: int, command: str, who: Caller, **body: Any) -> None:
        self.call(who, f"/persons/{self.persons[person]}/{command}", body)

    def day(self, offset: int) -> str:
        return str(TODAY + timedelta(days=self.days + offset))

    # --- what happens

    @rule(days=st.integers(1, 45))
    def time_passes(self, days: int) -> None:
        self.days += days
        self.world.clock.now = noon(self.days)
        self.world.carry_out_what_is_due()
        self.changed = True

    @rule(who=caller, person=some_person, position=some_position, day=some_day, waived=st.booleans())
    def somebody_is_appointed(self, who: Caller, person: int, position: int, day: int, waived: bool) -> None:
        waiver = {"waiver": {"reason": "Nobody else."}} if waived else {}
        target = self.positions[position]
        self.on(person, "appoint", who, position_id=target, effective_on=self.day(day), **waiver)

    @rule(person=some_person, number=st.integers(0, 3), early=st.integers(-20, 5))
    def a_position_given_up_is_filled_late(self, person: int, number: int, early: int) -> None:
        if number < len(self.given_up):
            position, ended = self.given_up[-1 - number]
            day = str(ended + timedelta(days=early))
            self.on(person, "appoint", Caller(), position_id=position, effective_on=day)

    # Twice, so that it happens more often than others.
    @rule(person=some_person, position=some_position)
    def hr_appoints_somebody_today(self, person: int, position: int) -> None:
        self.on(person, "appoint", Caller(), position_id=self.positions[position], effective_on=self.day(0))

    @rule(person=some_person, position=some_position, day=some_day)
    def hr_appoints_somebody_on_another_day(self, person: int, position: int, day: int) -> None:
        self.on(person, "appoint", Caller(), position_id=self.positions[position], effective_on=self.day(day))

    @rule(person=some_person, day=some_day)
    def somebody_leaves(self, person: int, day: int) -> None:
        self.on(person, "record-leaving", Caller(), effective_on=self.day(day))

    @rule(who=caller, person=some_person)
    def a_leaving_is_withdrawn(self, who: Caller, person: int) -> None:
        self.on(person, "withdraw-leaving", who, reason="A mistake.")

    @rule(who=caller, person=some_person, day=some_day)
    def somebody_is_rehired(self, who: Caller, person: int, day: int) -> None:
        self.on(person, "rehire", who, effective_on=self.day(day))

    @rule(day=some_day, name=st.sampled_from(["Ada", "Grace"]))
    def somebody_is_hired_or_expected(self, day: int, name: str) -> None:
        self.on(PERSONS - 1, "hire", Caller(), name=name, effective_on=self.day(day), division_id=self.division)

    # Twice, so that it happens more often than others.
    @rule(person=some_person, back=st.integers(0, 6), by=st.integers(-40, 40))
    def hr_corrects_a_day_by_some(self, person: int, back: int, by: int) -> None:
        self.correct(Caller(), person, back, by)

    @rule(who=caller, person=some_person, back=st.integers(0, 6), by=st.integers(-3, 3))
    def a_day_is_corrected(self, who: Caller, person: int, back: int, by: int) -> None:
        self.correct(who, person, back, by)

    def correct(self, who: Caller, person: int, back: int, by: int) -> None:
        """Give another day to one of the last events that have one."""
        log = as_corrected(self.world.log(PERSON, UUID(self.persons[person])))
        days = [stored for stored in log if stored.published and hasattr(stored.event, "effective_on")]
        if back < len(days):
            stored = days[-1 - back]
            event: Any = stored.event
            day = str(event.effective_on + timedelta(days=by))
            body = {"corrects": stored.published, "effective_on": day, "reason": "A slip of the pen."}
            self.on(person, "correct-day", who, **body)

    @rule(person=some_person, what=st.sampled_from([*person_model.PlanKind]))
    def a_plan_is_cancelled(self, person: int, what: str) -> None:
        self.on(person, "cancel-plan", Caller(), what=what)

    @rule(who=caller, person=some_person, back=st.booleans(), day=st.integers(-10, 20))
    def somebody_is_suspended_or_reinstated(self, who: Caller, person: int, back: bool, day: int) -> None:
        self.on(person, "reinstate" if back else "suspend", who, effective_on=self.day(day))

    @rule(who=caller, person=some_person, manager=st.one_of(st.none(), some_person), day=some_day)
    def a_line_manager_changes(self, who: Caller, person: int, manager: int | None, day: int) -> None:
        to = None if manager is None else self.persons[manager]
        self.on(person, "change-line-manager", who, line_manager_id=to, effective_on=self.day(day))

    @rule(who=caller, person=some_person, to=some_person)
    def duties_are_handed_over(self, who: Caller, person: int, to: int) -> None:
        self.on(person, "hand-over", who, to_id=self.persons[to])

    @rule(person=some_person, other=some_person, confidential=st.booleans())
    def a_stand_in_is_named(self, person: int, other: int, confidential: bool) -> None:
        days = {"starts_on": self.day(0), "ends_on": self.day(30), "confidential": confidential}
        self.on(person, "name-stand-in", Caller(person=person), stand_in_id=self.persons[other], **days)

    @rule(
        who=caller,
        person=some_person,
        number=st.integers(1, 2),
        first=st.integers(-40, 20),
        length=st.integers(0, 15),
        act=st.sampled_from(["record", "record", "correct", "withdraw", "cancel"]),
    )
    def an_absence_is_recorded_or_put_right(
        self, who: Caller, person: int, number: int, first: int, length: int, act: str
    ) -> None:
        body = {"absence_id": str(UUID(int=number)), "starts_on": self.day(first), "ends_on": self.day(first + length)}
        put_right = {"reason": "A slip of the pen."} if act in ("correct", "withdraw") else {}
        asked = body | put_right if act in ("record", "correct") else {"absence_id": body["absence_id"]} | put_right
        self.on(person, f"{act}-absence", who, **asked)

    @rule(who=caller, person=some_person, first=st.integers(-40, 0), length=st.integers(0, 40))
    def days_of_a_stand_in_are_corrected(self, who: Caller, person: int, first: int, length: int) -> None:
        before = self.person(person)
        if before is None or not before.stand_ins:
            return
        named = before.stand_ins[0]
        days = {"starts_on": self.day(first), "ends_on": self.day(first + length), "named_from": str(named.starts_on)}
        body = {"stand_in_id": str(named.stand_in_id), "reason": "A slip of the pen."} | days
        self.on(person, "correct-stand-in", who, **body)
        after = self.person(person)
        assert after is not None
        for day in (TODAY + timedelta(days=self.days + ahead) for ahead in range(60)):
            assert acting(after, day) == acting(before, day), "a correction says nothing of today and of days to come"

    def person(self, number: int) -> person_model.Person | None:
        """A person as they are now."""
        return PERSON.fold([each.event for each in self.world.log(PERSON, UUID(self.persons[number]))])

    @rule(who=caller, person=some_person, act=st.sampled_from(["record", "verify", "withdraw"]))
    def experience_changes(self, who: Caller, person: int, act: str) -> None:
        body = experience() if act == "record" else {"experience_id": str(EXPERIENCE)}
        self.on(person, f"{act}-experience", who, **body)

    @rule(who=caller, person=some_person)
    def the_gate_is_waived(self, who: Caller, person: int) -> None:
        self.on(person, "waive-gate", who, reason="Nobody else.")

    @rule(position=some_position, grade=st.sampled_from(GRADES))
    def a_position_is_revised(self, position: int, grade: str) -> None:
        terms = self.terms(position, grade) | {"duties": ["Runs it."]}
        self.call(Caller(), f"/positions/{self.positions[position]}/revise", without(terms, "division_id"))

    @rule(who=caller, person=some_person, day=some_day, yearly=st.integers(30, 90))
    def pay_is_set(self, who: Caller, person: int, day: int, yearly: int) -> None:
        body = {
            "yearly": {"amount": str(yearly * 1000), "currency": "EUR"},
            "factors": [{"factor": "team size", "finding": "Leads five."}],
            "effective_on": self.day(day),
        }
        self.call(who, f"/pay/{self.persons[person]}/set", body)

    @rule(person=some_person)
    def a_review_begins(self, person: int) -> None:
        if self.cycle is None:
            first = TODAY + timedelta(days=self.days - 100)
            days = {"first_on": str(first), "last_on": self.day(0), "due_on": self.day(20)}
            named = {"name": "A year", "method": REVIEW_METHOD, **days}
            self.cycle = str(self.call(Caller(), "/review-cycles", named).json()["id"])
            self.call(Caller(), f"/review-cycles/{self.cycle}/start", {})
        objectives = [{"objective_id": str(EXPERIENCE), "title": "Fewer outages.", "weight": "100"}]
        begun = {"person_id": self.persons[person], "cycle_id": self.cycle, "objectives": objectives}
        answer = self.call(self.above(person), "/performance-reviews", begun)
        if answer.status_code == 201:
            self.reviews.append(answer.json()["id"])

    def above(self, person: int) -> Caller:
        """The line manager as a caller; where there is none, the person."""
        manager = str(self.lines[person]) if self.lines[person] else self.persons[person]
        return Caller(person=self.persons.index(manager))

    @rule(
        who=in_person,
        number=st.integers(0, 3),
        reviewer=some_person,
        step=st.sampled_from(["assess", "calibrate", "change-reviewer", "appeal", "decide-appeal"]),
    )
    def a_review_goes_on(self, who: Caller, number: int, reviewer: int, step: str) -> None:
        rated = [{"objective_id": str(EXPERIENCE), "rating": "4"}]
        bodies: dict[str, dict[str, Any]] = {
            "assess": {"ratings": rated, "feedback": "2", "statement": "Less noise."},
            "calibrate": {"reasons": "Like the others."},
            "change-reviewer": {"reviewer_id": self.persons[reviewer]},
            "appeal": {"grounds": "The outages were planned."},
            "decide-appeal": {"upheld": False, "reasons": "They were not."},
        }
        if number < len(self.reviews):
            self.call(who, f"/performance-reviews/{self.reviews[number]}/{step}", bodies[step])

    @rule(who=caller, person=some_person)
    def a_case_is_reported(self, who: Caller, person: int) -> None:
        body = {"person_id": self.persons[person], "report": "Told a customer's data.", "occurred_on": self.day(-3)}
        answer = self.call(who, "/disciplinary-cases", body)
        if answer.status_code == 201:
            self.cases.append(answer.json()["id"])

    @rule(
        who=caller,
        number=st.integers(0, 3),
        named=some_person,
        step=st.sampled_from(
            [
                "begin-investigation",
                "record-findings",
                "send-allegation",
                "name-hearer",
                "record-hearing",
                "decide",
                "drop",
            ]
        ),
    )
    def a_case_goes_on(self, who: Caller, number: int, named: int, step: str) -> None:
        bodies: dict[str, dict[str, Any]] = {
            "begin-investigation": {"investigator_id": self.persons[named]},
            "record-findings": {"findings": "It is as reported."},
            "send-allegation": {"allegation": "You told it."},
            "name-hearer": {"hearer_id": self.persons[named]},
            "record-hearing": {"held_on": self.day(0), "record": "They were heard."},
            "decide": {"outcome": "dismissal", "reasons": "Trust is gone."},
            "drop": {"reason": "Nothing to answer for."},
        }
        if number < len(self.cases):
            self.call(who, f"/disciplinary-cases/{self.cases[number]}/{step}", bodies[step])

    # --- what always holds

    @invariant()
    def all_rules_hold_on_every_day(self) -> None:
        if not self.changed:
            return
        self.changed = False
        stored = [self.world.log(PERSON, UUID(id)) for id in self.persons]
        # What was known before a correction was looked at before it: after every step, all days as known then.
        logs = [as_corrected(log) for log in stored]
        for before, log in zip(stored, logs, strict=True):
            the_state_is_that_of_the_corrected_days(before, log)
            in_order(log)
            nothing_public_before_they_join(log)
            away_while_employed_and_once_at_a_time(log)
        employed_when_a_line_began([UUID(id) for id in self.persons], logs)
        one_holder(logs)
        self.lines = [next((to for _, to in reversed(managers(log))), None) for log in logs]
        ends = [(str(at), span.ended) for log in logs for at, span in holdings(log) if span.ended]
        self.given_up = sorted(ends, key=lambda each: each[1])
        no_cycles([UUID(id) for id in self.persons], logs)
        for log in logs:
            through_the_gate(log)
        self.nobody_decided_on_themselves(stored)

    def nobody_decided_on_themselves(self, logs: Sequence[list[StoredEvent]]) -> None:
        for id, log in zip(self.persons, logs, strict=True):
            not_by(id, [*log, *self.world.log(pay.PAY, UUID(id))])
            for stored in log:
                if isinstance(stored.event, public.DutiesHandedOver):
                    assert str(stored.event.to_id) not in deciders(stored), stored
        for decider, ids in ((PERFORMANCE_REVIEW, self.reviews), (DISCIPLINARY_CASE, self.cases)):
            for id in ids:
                log = self.world.log(decider, UUID(id))
                about: Any = decider.fold([stored.event for stored in log])
                not_by(str(about.person_id), log)

    def teardown(self) -> None:
        """Every person has something that can be done, and everything that answers to nobody can be found."""
        if not hasattr(self, "persons"):
            return
        token = self.world.running.issuer.token("system:tests", [Role.HR, Role.EXECUTIVE])
        headers = {"authorization": f"Bearer {token}"}
        found = self.client.get("/persons/actions", params={"id": self.persons}, headers=headers).json()["items"]
        assert FOUNDERS <= len(found) <= PERSONS
        for each in found:
            assert any(action["allowed"] for action in each["actions"]), each["id"]


EXPERIENCE = UUID(int=77)
CLIENTS: dict[str, httpx.Client] = {}


def experience() -> dict[str, Any]:
    """Twelve years of IT management before the company was founded."""
    return {
        "experience_id": str(EXPERIENCE),
        "employer": "Acme",
        "role": "Head of IT",
        "it_management": True,
        "started_on": str(FOUNDED - timedelta(days=12 * 366)),
        "ended_on": str(FOUNDED - timedelta(days=1)),
    }


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def deciders(stored: StoredEvent) -> set[str]:
    return {stored.metadata[name] for name in ("actor", "for_whom") if stored.metadata.get(name)}


def not_by(person: str, log: Sequence[StoredEvent]) -> None:
    for stored in log:
        if isinstance(stored.event, ON_THEMSELVES):
            assert person not in deciders(stored), f"{person} decided on themselves: {stored}"


def as_corrected(log: Sequence[StoredEvent]) -> list[StoredEvent]:
    """What happened, on the days that were said last."""
    days: dict[int, date] = {}
    for stored in log:
        if isinstance(stored.event, public.EffectiveDayCorrected):
            days[stored.event.corrects] = stored.event.effective_on
    corrections = (public.EffectiveDayCorrected, person_model.CorrectionRecorded)
    return [
        replace(stored, event=stored.event.model_copy(update={"effective_on": days[stored.published]}))
        if stored.published in days
        else stored
        for stored in log
        if not isinstance(stored.event, corrections)
    ]


def the_state_is_that_of_the_corrected_days(stored: Sequence[StoredEvent], log: Sequence[StoredEvent]) -> None:
    """A correction makes of the record what it had been, had the day been said rightly at once."""
    assert PERSON.fold([each.event for each in stored]) == PERSON.fold([each.event for each in log])


DATED = (
    public.PersonHired,
    public.PersonAppointed,
    public.LineManagerChanged,
    public.PersonSuspended,
    public.PersonReinstated,
    public.PersonLeft,
    public.PersonRehired,
)


def in_order(log: Sequence[StoredEvent]) -> None:
    """Nothing takes effect before what came before it, but for a leaving that was withdrawn."""
    days: list[tuple[bool, date]] = []
    for stored in log:
        event: Any = stored.event
        if isinstance(event, public.LeavingWithdrawn):
            del days[max(place for place, (left, _) in enumerate(days) if left)]
        elif isinstance(event, DATED):
            days.append((isinstance(event, public.PersonLeft), event.effective_on))
    assert days == sorted(days, key=lambda each: each[1]), days


def acting(person: person_model.Person, day: date) -> set[UUID]:
    """Who stands in for a person on a day."""
    return {each.stand_in_id for each in person.stand_ins if each.on(day)}


def away_while_employed_and_once_at_a_time(log: Sequence[StoredEvent]) -> None:
    person = PERSON.fold([each.event for each in log])
    days = sorted((each.starts_on, each.ends_on) for each in person.absences) if person else []
    assert all(one[1] < other[0] for one, other in pairwise(days)), days
    assert person is None or all(person.hired_on <= starts_on for starts_on, _ in days), (person.hired_on, days)


def nothing_public_before_they_join(log: Sequence[StoredEvent]) -> None:
    told = [stored.event for stored in log if stored.published]
    assert not told or isinstance(told[0], public.PersonHired), told


def employments(log: Sequence[StoredEvent]) -> list[Span]:
    """The days somebody worked here, by the log alone."""
    spans: list[Span] = []
    for stored in log:
        match stored.event:
            case public.PersonHired(effective_on=on) | public.PersonRehired(effective_on=on):
                spans.append(Span(on, None))
            case public.PersonLeft(effective_on=on):
                spans[-1] = Span(spans[-1].began, on)
            case public.LeavingWithdrawn():
                spans[-1] = Span(spans[-1].began, None)
    return spans


def employed_when_a_line_began(persons: Sequence[UUID], logs: Sequence[list[StoredEvent]]) -> None:
    """Nobody came to report to somebody before these were hired."""
    here = {person: employments(log) for person, log in zip(persons, logs, strict=True)}
    for log in logs:
        for on, manager in managers(log):
            if manager is not None:
                assert any(span.began <= on for span in here[manager]), f"{manager} led from {on}: {here[manager]}"


def holdings(log: Sequence[StoredEvent]) -> Iterator[tuple[UUID, Span]]:
    """The positions somebody held or holds, each with its days, by the log alone."""
    spans: list[tuple[UUID, Span]] = []
    open_since: tuple[UUID, date] | None = None
    for stored in log:
        match stored.event:
            case public.PersonAppointed(position_id=position, effective_on=on):
                if open_since and open_since[0] == position:
                    continue
                if open_since:
                    spans.append((open_since[0], Span(open_since[1], on)))
                open_since = position, on
            case public.PersonLeft(effective_on=on) if open_since:
                spans.append((open_since[0], Span(open_since[1], on)))
                open_since = None
            case public.LeavingWithdrawn() if spans:
                position, span = spans.pop()
                open_since = position, span.began
    yield from spans
    if open_since:
        yield open_since[0], Span(open_since[1], None)


def one_holder(logs: Sequence[list[StoredEvent]]) -> None:
    held = [(number, position, span) for number, log in enumerate(logs) for position, span in holdings(log)]
    for (one, position, span), (other, same, another) in combinations(held, 2):
        if one != other and position == same:
            assert another.empty or not span.meets(another), f"{one} and {other} held it at once: {span}, {another}"


def managers(log: Sequence[StoredEvent]) -> list[tuple[date, UUID | None]]:
    """The line managers somebody came to have, each from a day on."""
    found: list[tuple[date, UUID | None]] = []
    for stored in log:
        match stored.event:
            case (
                public.PersonAppointed(line_manager_id=manager, effective_on=on)
                | public.LineManagerChanged(line_manager_id=manager, effective_on=on)
            ):
                found.append((on, manager))
            case public.PersonRehired(effective_on=on):
                found.append((on, None))
    return found


def no_cycles(persons: Sequence[UUID], logs: Sequence[list[StoredEvent]]) -> None:
    lines = {person: managers(log) for person, log in zip(persons, logs, strict=True)}
    for day in sorted({on for line in lines.values() for on, _ in line}):
        on_day = {person: next((to for on, to in reversed(line) if on <= day), None) for person, line in lines.items()}
        for person in persons:
            above, seen = on_day[person], set[UUID]()
            while above is not None and above not in seen:
                assert above != person, f"on {day} {person} reported to themselves"
                seen.add(above)
                above = on_day.get(above)


def through_the_gate(log: Sequence[StoredEvent]) -> None:
    """Who was appointed to a senior position had the verified years then, or a waiver came with it."""
    for number, stored in enumerate(log):
        if isinstance(stored.event, public.PersonAppointed) and stored.event.grade in SENIOR:
            before: Any = PERSON.fold([each.event for each in log[:number]])
            after = log[number + 1].event if number + 1 < len(log) else None
            waived = isinstance(after, public.SeniorManagerGateWaived)
            years = verified_years(before.experience, stored.event.effective_on)
            assert waived or years >= Fraction(10), f"{stored} with {years} years"


@pytest.fixture
def world(fresh_database: Callable[[], ServiceDatabase], tmp_path: Path) -> Iterator[World]:
    clock = MovableClock(noon(0))
    made: Company
    with company(NOWHERE, fresh_database, tmp_path, clock) as made:
        running = made.start(SERVICE, worker=False)
        world = World(running, clock)
        CLIENTS[running.url] = running.client()
        yield world
        world.close()
        del CLIENTS[running.url]


def test_whatever_happens_in_a_company_its_rules_hold_on_every_day(world: World) -> None:
    machine = type("OfThisWorld", (WholeCompany,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(12), stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
