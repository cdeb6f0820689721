"""What falls due in people happens by itself, once and on its day, as the topic tells it; a stop is made up for.

The worker runs only while a test lets it, on a clock that the test moves.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from contracts import people
from portolan.stack.postgres import ServiceDatabase
from services.people.app import SERVICE
from tests.harness import Company, MovableClock, company, everything_on, wait_until, working
from tests.infrastructure import Infrastructure
from tests.people.cast import Cast, cast_of, refused, unknown, wanted_tool
from tests.people.clocked import becomes, noon
from tests.today import TODAY

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
Json = dict[str, Any]


@dataclass
class Firm:
    """People alone with a cast, whose worker is there only between ``at_work`` and its end."""

    company: Company
    cast: Cast
    numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the worker run."""
        with working(self.cast.people):
            yield

    def comes(self, now: datetime) -> None:
        """It is so late now."""
        self.company.move_clock(now)

    def newcomer(self) -> str:
        """The name of somebody new below the junior manager, hired today."""
        name = f"newcomer{next(self.numbers)}"
        self.cast.join(name, "staff", "junior", TODAY)
        return name

    def tool(self, name: str, return_by: date) -> str:
        """The path of a tool that somebody has to return."""
        cast = self.cast
        path = f"/tools/{cast.post(cast.as_person(name), '/tools', **wanted_tool(cast, name))['id']}"
        cast.post(cast.as_person("manager"), f"{path}/approve")
        cast.post(cast.hr, f"{path}/issue", person_id=cast.persons[name], return_by=str(return_by))
        return path

    def looked_after(self, now: datetime) -> None:
        """It is so late now, and the worker has met all that is due by now: a tool, met last, is overdue.

        What is due at the same moment is met in the order of the streams' names.
        """
        path = self.tool("member", max(self.company.clock().date(), now.date() - DAY))
        self.comes(now)
        becomes(self.cast.hr, path, overdue=True)
        self.cast.post(self.cast.hr, f"{path}/return", condition="healthy")

    def happened(self, path: str, *types: str) -> list[Json]:
        """What happened there of these types."""
        items = self.cast.hr.get(f"{path}/history", params={"page_size": 500}).json()["items"]
        return [each for each in items if each["type"] in types]

    def told(self, id: str) -> list[Json]:
        """What the topic says of the aggregates with this id, in order: type, actor and data."""
        self.company.settle()
        topic = self.company.prefix + people.TOPIC
        records = everything_on(self.company.broker, lambda name: name == topic)
        return [message(record) for record in records if record.key.decode().endswith(id)]


def message(record: Any) -> Json:
    """A record of the topic."""
    headers = {name: value.decode() for name, value in record.headers}
    type_ = headers["ce_type"].removeprefix("portolan.people.")
    return {"type": type_, "actor": headers["ce_actor"], "data": json.loads(record.value)}


@pytest.fixture(scope="module")
def running(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Firm]:
    clock = MovableClock(noon(0))
    with company(infrastructure.broker, fresh_database, tmp_path_factory.mktemp("issuer"), clock) as made:
        yield Firm(made, cast_of(made.start(SERVICE, worker=False)))


@pytest.fixture
def firm(running: Firm) -> Iterator[Firm]:
    """The firm at noon today; in the end nothing was parked."""
    running.comes(noon(0))
    yield running
    assert running.cast.people.status()["parked"] == 0


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(), UTC)


def certificate(firm: Firm, name: str, awarded_on: date = TODAY) -> date:
    """Somebody is awarded a certificate for a year; the day it expires."""
    scheme = {"name": f"CSM {uuid4().hex[:8]}", "issuer": "SA", "valid_months": 12}
    scheme_id = firm.cast.post(firm.cast.hr, "/certificate-schemes", **scheme)["id"]
    awarded = {"certificate_id": str(uuid4()), "scheme_id": scheme_id, "awarded_on": str(awarded_on)}
    path = f"/qualifications/{firm.cast.persons[name]}/record-certificate"
    (recorded,) = firm.cast.post(firm.cast.hr, path, **awarded)["certificates"]
    return date.fromisoformat(recorded["expires_on"])


def ends(events: Sequence[Json]) -> list[tuple[str, int | None, str]]:
    """The notices and ends of certificates among some events, in order."""
    told = ("CertificateExpiring", "CertificateExpired")
    return [(each["type"], each["data"].get("days"), each["actor"]) for each in events if each["type"] in told]


def notice(days: int) -> tuple[str, int | None, str]:
    return ("CertificateExpiring", days, "system:people")


EXPIRED = ("CertificateExpired", None, "system:people")


def test_a_certificate_gives_notice_at_ninety_thirty_and_seven_days_and_expires_each_told_once(firm: Firm) -> None:
    name = firm.newcomer()
    path, expires_on = f"/qualifications/{firm.cast.persons[name]}", certificate(firm, name)

    def happened() -> list[tuple[str, int | None, str]]:
        return ends(firm.happened(path, "CertificateExpiring", "CertificateExpired"))

    expected: list[tuple[str, int | None, str]] = []
    with firm.at_work():
        for days, event in ((90, notice(90)), (30, notice(30)), (7, notice(7)), (0, EXPIRED)):
            comes_at = midnight(expires_on - days * DAY)
            firm.looked_after(comes_at - MOMENT)
            assert happened() == expected, f"too early for the notice of {days} days"
            firm.comes(comes_at)
            expected.append(event)
            wait_until(lambda: len(happened()) >= len(expected), f"what is due {days} days before the end")
            assert happened() == expected
        firm.looked_after(midnight(expires_on + 40 * DAY))
        assert ends(firm.told(firm.cast.persons[name])) == expected


def test_after_a_stop_of_a_day_or_a_hundred_the_nearest_notice_alone_is_given_once(firm: Firm) -> None:
    stopped_at_the_end, stopped_at_notices = firm.newcomer(), firm.newcomer()
    expires_on = certificate(firm, stopped_at_the_end, TODAY - 30 * DAY)
    later = certificate(firm, stopped_at_notices)

    def told(name: str) -> list[tuple[str, int | None, str]]:
        return ends(firm.told(firm.cast.persons[name]))

    with firm.at_work():
        firm.looked_after(midnight(expires_on - 91 * DAY))
        assert (told(stopped_at_the_end), told(stopped_at_notices)) == ([], [])
    # The worker stands still for a day, on which the first notice is due.
    firm.comes(midnight(expires_on - 89 * DAY))
    with firm.at_work():
        wait_until(lambda: bool(told(stopped_at_the_end)), "the notice is made up for")
        firm.looked_after(midnight(expires_on - 88 * DAY))
        assert (told(stopped_at_the_end), told(stopped_at_notices)) == ([notice(90)], [])
    # It stands still for a hundred days, which the one does not outlast, and the other has less than thirty left of.
    firm.comes(midnight(expires_on + 12 * DAY))
    assert timedelta(days=7) < midnight(later) - firm.company.clock() < timedelta(days=30)
    with firm.at_work():
        wait_until(lambda: bool(told(stopped_at_notices)), "the other notice is made up for")
        firm.looked_after(midnight(expires_on + 13 * DAY))
        assert told(stopped_at_the_end) == [notice(90), EXPIRED]
        assert told(stopped_at_notices) == [notice(30)]


def warn(firm: Firm, name: str, outcome: str) -> tuple[str, date]:
    """Somebody is reported, heard and warned, and the case closed; its path, and the day the warning lapses."""
    cast = firm.cast
    said = {"person_id": cast.persons[name], "report": "Took a laptop home.", "occurred_on": str(TODAY)}
    path = f"/disciplinary-cases/{cast.post(cast.hr, '/disciplinary-cases', **said)['id']}"
    cast.post(cast.hr, f"{path}/begin-investigation", investigator_id=cast.persons["manager"])
    cast.post(cast.hr, f"{path}/name-hearer", hearer_id=cast.persons["peer"])
    cast.post(cast.as_person("manager"), f"{path}/record-findings", findings="It is at home.")
    cast.post(cast.hr, f"{path}/send-allegation", allegation="You took it.")
    firm.comes(noon(2))
    held_on = str(TODAY + 2 * DAY)
    cast.post(cast.as_person("peer"), f"{path}/record-hearing", held_on=held_on, record="They say they asked.")
    decided = cast.post(cast.as_person("peer"), f"{path}/decide", outcome=outcome, reasons="As heard.")
    firm.comes(noon(20))
    cast.post(cast.hr, f"{path}/close")
    return path, date.fromisoformat(decided["lapses_on"])


def eligible(firm: Firm, name: str) -> bool:
    return bool(firm.cast.hr.get(f"/persons/{firm.cast.persons[name]}").json()["eligible"])


def test_a_written_warning_lapses_by_itself_and_nobody_outside_hears_of_it(firm: Firm) -> None:
    name = firm.newcomer()
    firm.cast.experienced(firm.cast.persons[name])
    with firm.at_work():
        path, lapses_on = warn(firm, name, "written warning")
        firm.looked_after(midnight(lapses_on) - MOMENT)
        assert firm.cast.hr.get(path).json()["live"] is True
        firm.comes(midnight(lapses_on))
        becomes(firm.cast.hr, path, live=False, bars=False)
        firm.looked_after(midnight(lapses_on + 40 * DAY))
        (lapsed,) = firm.happened(path, "WarningLapsed")
        assert lapsed["actor"] == "system:people"
        assert firm.told(path[-36:]) == []
        changes = [each for each in firm.told(firm.cast.persons[name]) if each["type"] == "EligibilityChanged"]
        assert [each["data"] for each in changes] == [{"senior_manager": True}]


def test_eligibility_comes_back_once_a_final_warning_lapsed_and_the_topic_says_no_more_than_that(firm: Firm) -> None:
    name = firm.newcomer()
    person = firm.cast.persons[name]
    firm.cast.experienced(person)
    with firm.at_work():
        before = firm.told(person)
        path, lapses_on = warn(firm, name, "final written warning")
        wait_until(lambda: not eligible(firm, name), "the warning bars")
        firm.looked_after(midnight(lapses_on) - MOMENT)
        assert not eligible(firm, name)
        firm.comes(midnight(lapses_on))
        wait_until(lambda: eligible(firm, name), "the warning bars no longer")
        firm.looked_after(midnight(lapses_on + 40 * DAY))
        assert firm.told(person)[len(before) :] == [
            {"type": "EligibilityChanged", "actor": "system:people", "data": {"senior_manager": each}}
            for each in (False, True)
        ]
        assert firm.told(path[-36:]) == []


def test_an_offer_lapses_after_its_last_day(firm: Firm) -> None:
    cast, hr, last = firm.cast, firm.cast.hr, TODAY + 3 * DAY
    wanted = {"position_id": cast.position("staff", cast.positions["junior"]), "openings": 1, "reason": "We grow."}
    vacancy = f"/vacancies/{cast.post(cast.as_person('junior'), '/vacancies', **wanted)['id']}"
    cast.post(cast.as_person("manager"), f"{vacancy}/approve")
    cast.post(hr, f"{vacancy}/open")
    applied = {"candidate_id": str(uuid4()), "name": "Grace Hopper", "contact": "grace@example.org"}
    path = f"/candidacies/{cast.post(hr, '/candidacies', vacancy_id=vacancy[-36:], **applied)['id']}"
    talk = {"interview_id": str(uuid4())}
    named = {"takes_place_on": str(TODAY), "interviewers": [cast.persons["peer"]]}
    cast.post(hr, f"{path}/schedule-interview", **talk, **named)
    cast.post(hr, f"{path}/record-interview", **talk)
    cast.post(hr, f"{path}/make-offer", expires_on=str(last))
    assert hr.get(vacancy).json()["offers_made"] == 1
    with firm.at_work():
        firm.looked_after(midnight(last + DAY) - MOMENT)
        assert hr.get(path).json()["status"] == "offered"
        firm.comes(midnight(last + DAY))
        becomes(hr, path, status="lapsed")
        firm.looked_after(noon(40))
        (lapsed,) = firm.happened(path, "OfferLapsed")
        assert (lapsed["actor"], lapsed["data"]["effective_on"]) == ("system:people", str(last + DAY))
        assert firm.told(path[-36:]) == []
    cast.post(hr, f"{vacancy}/cancel", reason="Nobody came.")


def test_a_tool_is_overdue_after_the_day_it_was_to_be_returned_by(firm: Firm) -> None:
    back_by = TODAY + 3 * DAY
    path = firm.tool(firm.newcomer(), back_by)
    with firm.at_work():
        firm.looked_after(midnight(back_by + DAY) - MOMENT)
        assert firm.cast.hr.get(path).json()["overdue"] is False
        firm.comes(midnight(back_by + DAY))
        becomes(firm.cast.hr, path, overdue=True)
        firm.looked_after(noon(40))
        (overdue,) = firm.happened(path, "ToolOverdue")
        assert overdue["actor"] == "system:people"
        assert [each["type"] for each in firm.told(path[-36:])] == ["ToolApproved"]


def test_a_review_is_overdue_after_the_day_it_was_due_by(firm: Firm) -> None:
    cast, due_on, name = firm.cast, TODAY + 3 * DAY, firm.newcomer()
    method = {"goals": "60", "feedback": "30", "self_assessment": "10", "lowest": 1, "highest": 5}
    days = {"first_on": str(TODAY - 30 * DAY), "last_on": str(TODAY), "due_on": str(due_on)}
    cycle = cast.post(cast.hr, "/review-cycles", name="A month", method=method, **days)["id"]
    cast.post(cast.hr, f"/review-cycles/{cycle}/start")
    objectives = [{"objective_id": str(uuid4()), "title": "Cut the outages.", "weight": "100"}]
    begun = {"person_id": cast.persons[name], "cycle_id": cycle, "objectives": objectives}
    junior = cast.as_person("junior")
    path = f"/performance-reviews/{cast.post(junior, '/performance-reviews', **begun)['id']}"
    with firm.at_work():
        firm.looked_after(midnight(due_on + DAY) - MOMENT)
        assert junior.get(path).json()["overdue"] is False
        firm.comes(midnight(due_on + DAY))
        becomes(junior, path, overdue=True)
        firm.looked_after(noon(40))
        types = [each["type"] for each in junior.get(f"{path}/history").json()["items"]]
        assert types.count("ReviewOverdue") == 1
        assert firm.told(path[-36:]) == []


def test_the_review_of_a_succession_plan_falls_due_on_its_day(firm: Firm) -> None:
    cast, next_on = firm.cast, TODAY + 30 * DAY
    path, senior = f"/successions/{cast.positions['manager']}", cast.as_person("senior")
    cast.post(senior, f"{path}/mark-critical", reason="Nobody else knows the ledgers.")
    cast.post(senior, f"{path}/name-successor", person_id=cast.persons["junior"], readiness="1 year")
    cast.post(senior, f"{path}/agree-plan", next_review_on=str(next_on))
    with firm.at_work():
        firm.looked_after(midnight(next_on) - MOMENT)
        assert senior.get(path).json()["review_due"] is False
        firm.comes(midnight(next_on))
        becomes(senior, path, review_due=True)
        firm.looked_after(noon(70))
        (due,) = firm.happened(path, "PlanReviewDue")
        assert due["actor"] == "system:people"
        told = [each["type"] for each in firm.told(path[-36:])]
        assert told.count("PositionMarkedCritical") == 1
        assert "PlanReviewDue" not in told


def test_planned_pay_takes_effect_on_its_day_but_for_who_has_left_by_then(firm: Firm) -> None:
    cast, on, names = firm.cast, TODAY + 3 * DAY, [firm.newcomer() for _ in range(2)]
    terms = {"factors": [{"factor": "expertise", "finding": "Networks."}]}
    paths = [f"/pay/{cast.persons[name]}" for name in names]
    for path in paths:
        for amount, day in (("60000", TODAY), ("65000", on)):
            yearly = {"amount": amount, "currency": "EUR"}
            cast.post(cast.hr, f"{path}/set", **terms, yearly=yearly, effective_on=str(day))
    cast.post(cast.hr, f"/persons/{cast.persons[names[1]]}/record-leaving", effective_on=str(TODAY))
    with firm.at_work():
        firm.looked_after(midnight(on) - MOMENT)
        assert [cast.hr.get(path).json()["yearly"]["amount"] for path in paths] == ["60000", "60000"]
        firm.comes(midnight(on))
        for path in paths:
            becomes(cast.hr, path, planned=[])
        assert [cast.hr.get(path).json()["yearly"]["amount"] for path in paths] == ["65000", "60000"]
        last = [
            firm.happened(path, kind)[-1] for path, kind in zip(paths, ("PaySet", "PlannedPayCancelled"), strict=True)
        ]
        assert {each["actor"] for each in last} == {"system:people"}
        assert last[0]["data"]["effective_on"] == str(on)


def test_a_stand_in_acts_from_the_first_to_the_last_day_and_no_longer(firm: Firm) -> None:
    cast, first, last = firm.cast, TODAY + 3 * DAY, TODAY + 5 * DAY
    peer, in_place = cast.as_person("peer"), {"portolan-for": cast.persons["junior"]}
    pay = f"/pay/{cast.persons['member']}"
    yearly = {"yearly": {"amount": "60000", "currency": "EUR"}, "effective_on": str(TODAY)}
    cast.post(cast.hr, f"{pay}/set", factors=[{"factor": "expertise", "finding": "Networks."}], **yearly)
    named = {"stand_in_id": cast.persons["peer"], "starts_on": str(first), "ends_on": str(last)}
    cast.post(cast.as_person("junior"), f"/persons/{cast.persons['junior']}/name-stand-in", **named)
    firm.comes(midnight(first) - MOMENT)
    refused(peer.get(pay, headers=in_place), "stands-in", 403)
    for now in (midnight(first), midnight(last + DAY) - MOMENT):
        firm.comes(now)
        assert peer.get(pay, headers=in_place).status_code == 200
        unknown(peer.get(pay))
    firm.comes(midnight(last + DAY))
    refused(peer.get(pay, headers=in_place), "stands-in", 403)
