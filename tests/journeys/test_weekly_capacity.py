"""Weekly capacity goes from people to portfolio over a topic that nobody else may read, and tells no reason."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from kafka.errors import TopicAuthorizationFailedError
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from chassis.messaging.access import Access, groups_of
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, Topics
from contracts import finance, people, portfolio
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from tests import plain_http
from tests.harness import Company, MovableClock, company, everything_on, wait_until
from tests.infrastructure import Infrastructure
from tests.people.cast import Cast, cast_of, forbidden, unknown
from tests.people.clocked import noon
from tests.today import TODAY

FULL, DAY, WEEK = Decimal(40), timedelta(days=1), timedelta(days=7)
MONDAY = TODAY - DAY * TODAY.weekday()
NEXT = MONDAY + WEEK


@dataclass
class Firm:
    company: Company
    cast: Cast

    def hours(self, name: str = "member") -> tuple[date, list[Decimal]] | None:
        """The first Monday and the hours by week of somebody, as portfolio has them."""
        engine = create_engine(self.company.running["portfolio"].own.database_url)
        with engine.connect() as connection:
            asked = {"id": self.cast.persons[name]}
            found = connection.execute(
                text("SELECT first_monday, hours FROM capacities WHERE id = CAST(:id AS uuid)"), asked
            ).one_or_none()
        engine.dispose()
        return (found.first_monday, list(found.hours)) if found else None

    def become(self, *hours: Decimal | int, name: str = "member", first: date = MONDAY) -> None:
        """Wait until portfolio has these hours, the last of them in all weeks that follow."""
        expected = [*map(Decimal, hours), *[Decimal(hours[-1])] * (26 - len(hours))]
        wait_until(lambda: self.hours(name) == (first, expected), f"{name} has {hours}")

    def published(self) -> list[Any]:
        topic = self.company.prefix + people.CAPACITY_TOPIC
        return everything_on(self.company.broker, lambda name: name == topic)

    def broker(self, name: str) -> Broker:
        """Kafka, as somebody with credentials of their own reaches it."""
        secret = SecretStr("a subscriber's password")
        username = f"{self.company.prefix}{name}"
        return replace(self.company.broker, mechanism="SCRAM-SHA-512", username=username, password=secret)


@pytest.fixture(scope="module")
def firm(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Firm]:
    folder = tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder, MovableClock(noon(0))) as made:
        for service in (PEOPLE, PORTFOLIO):
            made.start(service)
        made.start(FINANCE, worker=False)
        yield Firm(made, cast_of(made.running["people"]))


@pytest.fixture
def cast(firm: Firm) -> Cast:
    """A cast of its own for each test: what was published about others stays as it is."""
    firm.cast = cast_of(firm.company.running["people"])
    return firm.cast


def away(cast: Cast, starts_on: date, ends_on: date) -> None:
    days = {"starts_on": str(starts_on), "ends_on": str(ends_on)}
    path = f"/persons/{cast.persons['member']}/record-absence"
    cast.post(cast.as_person("junior"), path, absence_id=str(uuid4()), **days)


def test_portfolio_has_the_hours_of_everybody_and_hears_what_changes_them(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    hours = f"/contracted-hours/{cast.persons['member']}"
    half = {"weekly_hours": "20", "effective_on": str(NEXT)}
    cast.post(cast.as_person("manager"), f"{hours}/set", **half)
    forbidden(cast.as_person("member").post(f"{hours}/set", json=half | {"weekly_hours": "25"}))
    firm.become(40, 20)
    away(cast, NEXT, NEXT + DAY)
    firm.become(40, 12, 20)
    holiday = {"day": str(NEXT + 2 * DAY), "name": "Founder's day"}
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "10")
    calendar = {"week": week, "holidays": [holiday]}
    cast.post(cast.founder, f"/divisions/{cast.division}/set-working-calendar", calendar=calendar)
    firm.become(40, 5, 20)
    firm.become(40, 30, 40, name="peer")
    cast.post(cast.hr, f"/persons/{cast.persons['member']}/suspend", effective_on=str(TODAY))
    firm.become(0)
    cast.post(cast.hr, f"/persons/{cast.persons['member']}/reinstate", effective_on=str(TODAY))
    firm.become(40, 5, 20)


def test_what_changes_nothing_is_not_published(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    before = len(firm.published())
    saturday = MONDAY + 5 * DAY
    away(cast, saturday, saturday + DAY)
    away(cast, MONDAY + 40 * WEEK, MONDAY + 41 * WEEK)
    cast.post(cast.hr, f"/persons/{cast.persons['peer']}/suspend", effective_on=str(TODAY))
    firm.become(0, name="peer")
    assert len(firm.published()) == before + 1


def test_who_is_to_leave_is_there_until_then_and_nothing_is_kept_of_who_left(firm: Firm, cast: Cast) -> None:
    path = f"/persons/{cast.persons['member']}"
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(NEXT + 2 * DAY))
    firm.become(40, 16, 0)
    cast.post(cast.hr, f"{path}/record-leaving", effective_on=str(TODAY))
    wait_until(lambda: firm.hours() is None, "portfolio keeps nothing of who left")
    cast.post(cast.hr, f"{path}/erase", reason="Asked for.")
    unknown(cast.as_person("stranger").get(f"/weekly-capacities/{cast.persons['member']}"))


def test_the_person_the_line_above_and_hr_see_hours_and_nobody_else(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    member = cast.persons["member"]
    cast.post(cast.hr, f"/contracted-hours/{member}/set", weekly_hours="30", effective_on=str(TODAY))
    for path in (f"/weekly-capacities/{member}", f"/contracted-hours/{member}"):
        for reader in (cast.as_person("member"), cast.as_person("director"), cast.hr):
            assert reader.get(path).status_code == 200
        for other in ("peer", "stranger"):
            unknown(cast.as_person(other).get(path))


def test_the_weeks_roll_on_as_they_pass(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    away(cast, NEXT, NEXT + 4 * DAY)
    firm.become(40, 0, 40)
    firm.company.move_clock(noon((NEXT - TODAY).days))
    firm.become(0, 40, first=NEXT)
    firm.become(40, name="peer", first=NEXT)
    firm.company.move_clock(noon(0))


def test_every_message_is_sealed_and_numbered_in_order_and_none_is_on_the_public_topic(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    away(cast, NEXT, NEXT)
    firm.become(40, 32, 40)
    stream = f"weekly-capacity-{cast.persons['member']}"
    messages = [dict(record.headers) for record in firm.published() if record.key.decode() == stream]
    assert [int(headers["ce_number"]) for headers in messages] == list(range(1, len(messages) + 1))
    told = [json.loads(record.value)["weeks"] for record in firm.published()]
    assert all(weeks is None or weeks.startswith("enc:1:") for weeks in told)
    public = everything_on(firm.company.broker, lambda name: name == firm.company.prefix + people.TOPIC)
    assert public
    assert not [record for record in public if b"capacity" in record.key]


def test_neither_a_subscriber_nor_finance_may_read_or_even_see_the_topic(firm: Firm, cast: Cast) -> None:
    firm.become(40)
    topic, prefix = firm.company.prefix + people.CAPACITY_TOPIC, firm.company.prefix
    subscriber = firm.broker("subscriber")
    public = [prefix + each.TOPIC for each in (people, portfolio, finance)]
    firm.company.administration.set_passwords([subscriber])
    firm.company.administration.grant([Access(subscriber.username, (), public, groups_of(subscriber.username))])
    reads = Access("", reads=[topic])
    with reaching(firm.company.running["portfolio"].broker) as topics:
        assert (topics.existing([topic]), topics.lacking(reads, None)) == ([topic], [])
    for broker in (subscriber, firm.company.running["finance"].broker):
        with reaching(broker) as topics:
            assert (topics.existing([topic]), topics.lacking(reads, None)) == ([], [f"read {topic}"])
        with pytest.raises(TopicAuthorizationFailedError):
            forge(broker, topic)
    with reaching(subscriber) as topics:
        assert topics.lacking(Access("", reads=public[:1]), None) == []
    with pytest.raises(TopicAuthorizationFailedError):
        forge(firm.company.running["portfolio"].broker, topic)


@contextmanager
def reaching(broker: Broker) -> Iterator[Topics]:
    topics = Topics(broker)
    try:
        yield topics
    finally:
        topics.close()


def forge(broker: Broker, topic: str) -> None:
    producer = Producer(broker)
    try:
        producer.send_all(topic, [Message(b"key", b"forged", [])])
    finally:
        producer.close()


def test_no_document_offers_the_topic_and_only_portfolio_reads_it() -> None:
    for service in (PEOPLE, PORTFOLIO, FINANCE):
        access = service.access("", service.name)
        assert (people.CAPACITY_TOPIC in access.writes) == (service is PEOPLE)
        assert (people.CAPACITY_TOPIC in access.reads) == (service is PORTFOLIO)


def test_the_catalogue_of_events_does_not_name_it(firm: Firm) -> None:
    document = plain_http.get(f"{firm.company.running['people'].url}/asyncapi.json", timeout=30).text
    assert "PersonHired" in document
    assert "apacity" not in document
