"""What operators are told: figures that are true, what is wrong in words, and a page that shows both."""

import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from kafka.errors import KafkaError
from playwright.sync_api import sync_playwright
from sqlalchemy import text

from chassis.messaging.broker import Broker
from chassis.messaging.event_ids import FOREIGN_KIND
from chassis.messaging.kafka import COMMON, Consumer, Message, Producer, Topics
from chassis.messaging.replay import Replay
from chassis.operations.diagnosis import (
    Figures,
    KeysStatus,
    ParkedReason,
    ReaderFigures,
    WorkerFigures,
    diagnose,
    spoken,
)
from chassis.operations.heartbeat import IMPATIENT, MAX_OBSERVATIONS, EndOffsetHistory
from chassis.operations.status import is_current, kinds, revisions
from chassis.postgres.migrations import MIGRATIONS
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE, TOPIC
from tests.chassis.support import as_owner, locked_out
from tests.harness import NOWHERE, Company, Running, company, wait_until, working
from tests.infrastructure import Infrastructure
from tests.patience import patient

WORKER = WorkerFigures(version="1", up_seconds=100, heard_seconds=1, kafka_away_seconds=None)
READER = ReaderFigures(
    reader="picture",
    source="people",
    topic="portolan.people",
    topic_exists=True,
    applied=10,
    event_time=None,
    applied_at=None,
    lag_events=0,
    lag_seconds=0,
    parked=0,
    waiting=0,
)
WELL = Figures(
    service="reporting",
    version="1",
    publishes=True,
    recorded=9,
    published=8,
    relayed=8,
    relay_leads=True,
    relay_lag_events=0,
    relay_lag_seconds=0,
    parked=0,
    waiting_seconds=0,
    parked_reasons=[],
    due=0,
    due_seconds=0,
    last_recorded_at=None,
    last_published_at=None,
    last_applied_at=None,
    readers=[READER],
    workers=[WORKER],
)


def given(**changed: Any) -> Figures:
    """A service that is well but for this."""
    return WELL.model_copy(update=changed)


def reader(**changed: Any) -> list[ReaderFigures]:
    return [READER.model_copy(update=changed)]


def held(**changed: Any) -> KeysStatus:
    known = {"master": "m", "subjects": 2, "erased": 1, "older": 0, "unopened": 0, "unannounced": 0}
    return KeysStatus(**{**known, "last_erased_at": None, **changed})


def worker(**changed: Any) -> list[WorkerFigures]:
    return [WORKER.model_copy(update=changed)]


def then(figures: Figures, *missing: str) -> list[str]:
    """What is judged wrong, without why and what to do, of which there must be something."""
    found = diagnose(figures, missing)
    assert all(problem.why and problem.remedy for problem in found)
    return [problem.what for problem in found]


UNSEEN = reader(topic_exists=False)
FOREIGN_ONE = ParkedReason(reader="picture", reason=FOREIGN_KIND, count=1)


def test_nothing_is_wrong_with_a_service_that_is_well() -> None:
    assert then(WELL) == []


@pytest.mark.parametrize(
    ("figures", "what"),
    [
        (given(workers=[]), "reporting's relay is not running: no worker is running"),
        (
            given(workers=worker(heard_seconds=16), relay_leads=False),
            "reporting's relay is not running: no worker is running",
        ),
        (given(workers=[], publishes=False), "reporting applies no events: no worker is running"),
        (given(workers=worker(kafka_away_seconds=40.0)), "Kafka cannot be reached"),
        (
            given(workers=worker(kafka_away_seconds=40.0, kafka_refused="credentials"), relay_leads=False),
            "Kafka refuses the credentials of reporting",
        ),
        (
            given(workers=worker(kafka_away_seconds=40.0, kafka_refused="certificate")),
            "reporting does not trust Kafka's certificate",
        ),
        (
            given(
                workers=worker(kafka_refused="rights: read t"), relay_leads=False, readers=reader(topic_exists=False)
            ),
            "reporting lacks rights in Kafka",
        ),
        (
            given(
                readers=reader(parked=1), parked_reasons=[ParkedReason(reader="picture", reason=FOREIGN_KIND, count=1)]
            ),
            "1 message is parked in reporting under a number that another event has",
        ),
        (given(relay_leads=False), "reporting's relay has no leader"),
        (given(relay_lag_events=3, relay_lag_seconds=31), "reporting relay lag: 3 events, oldest 31 s"),
        (
            given(readers=reader(lag_events=1200, lag_seconds=40)),
            "reporting's picture lags people by 1,200 events, oldest 40 s",
        ),
        (
            given(readers=reader(lag_events=1, lag_seconds=7300)),
            "reporting's picture lags people by 1 event, oldest 2 h",
        ),
        (
            given(readers=reader(topic_exists=False)),
            "reporting's picture receives nothing from people: the topic does not exist",
        ),
        (given(readers=reader(parked=2)), "2 messages are parked in reporting"),
        (given(readers=reader(waiting=1), waiting_seconds=31), "1 message is waiting for a predecessor in reporting"),
        (given(due=1, due_seconds=61), "1 deadline is overdue in reporting, the oldest by 61 s"),
        (given(version="2"), "reporting's worker and API run different versions"),
        (given(keys=held(unopened=1)), "reporting cannot unwrap 1 personal data key"),
        (given(keys=held(unopened=2)), "reporting cannot unwrap 2 personal data keys"),
    ],
)
def test_what_is_wrong_is_said_in_words(figures: Figures, what: str) -> None:
    assert then(figures) == [what]


@pytest.mark.parametrize(
    "figures",
    [
        given(workers=worker(heard_seconds=14)),
        given(workers=[*worker(heard_seconds=5000), WORKER]),
        given(relay_leads=False, workers=worker(up_seconds=5)),
        given(readers=reader(topic_exists=False), workers=worker(up_seconds=5)),
        given(relay_lag_events=5000, relay_lag_seconds=29),
        given(readers=reader(lag_events=5000, lag_seconds=29)),
        given(readers=reader(waiting=1), waiting_seconds=29),
        given(due=5, due_seconds=59),
        given(keys=held()),
        given(publishes=False, relay_leads=False),
        given(publishes=False, relay_leads=False, readers=[], workers=[]),
    ],
)
def test_what_passes_by_itself_is_not_wrong(figures: Figures) -> None:
    assert then(figures) == []


def test_the_remedy_of_a_refusal_names_what_to_set() -> None:
    (credentials,) = diagnose(given(workers=worker(kafka_refused="credentials")))
    assert "PORTOLAN_REPORTING_KAFKA_PASSWORD" in credentials.remedy
    (rights,) = diagnose(given(workers=worker(kafka_refused="rights: write a, read b")))
    assert rights.why == "It may not: write a, read b."
    assert "`grant`" in rights.remedy


def test_what_came_under_anothers_number_is_told_apart_from_what_cannot_be_applied() -> None:
    reasons = [ParkedReason(reader="picture", reason=kind, count=1) for kind in (FOREIGN_KIND, "ValueError")]
    assert then(given(readers=reader(parked=2), parked_reasons=reasons)) == [
        "1 message is parked in reporting under a number that another event has",
        "1 message is parked in reporting",
    ]


def test_what_is_missing_comes_first() -> None:
    assert then(given(workers=[]), "database", "issuer keys", "migrations", "states", "Kafka") == [
        "reporting is not ready: database",
        "reporting is not ready: issuer keys",
        "reporting is not ready: migrations",
        "reporting is not ready: states",
        "reporting is not ready: Kafka",
        "reporting's relay is not running: no worker is running",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (200_000, "2 days")]
)
def test_durations_are_spoken(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


def test_the_kind_of_a_reason_is_shown_and_its_text_is_not() -> None:
    secret = 'IntegrityError: Key (name)=(Ada Lovelace) already exists; "x": y'
    reasons = [
        ("picture", secret, 2),
        ("picture", "IntegrityError: another", 1),
        ("picture", "name: Field required", 1),
        ("picture", "a header is not UTF-8", 1),
        ("picture", "<script>alert()</script>", 1),
    ]
    found = {each.reason: each.count for each in kinds(reasons)}
    assert found == {"IntegrityError": 3, "unreadable name": 1, "a header is not UTF-8": 1, "unreadable": 1}


def at(second: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def test_a_delay_begins_when_what_is_missing_was_first_seen() -> None:
    end_offsets, place = EndOffsetHistory(), ("t", 0)
    for second, end in enumerate([5, 5, 8, 8, 12]):
        end_offsets.record(place, end, at(second))
    assert [end_offsets.behind_since(place, offset) for offset in (0, 4, 5, 7, 8, 11, 12)] == [
        at(0),
        at(0),
        at(2),
        at(2),
        at(4),
        at(4),
        None,
    ]
    end_offsets.forget(place, 8)
    assert end_offsets.behind_since(place, 8) == at(4)
    end_offsets.forget(place, 12)
    assert end_offsets.behind_since(place, 12) is None
    end_offsets.record(place, 3, at(9))  # the topic was recreated
    assert end_offsets.behind_since(place, 0) == at(9)


def test_of_very_many_sights_the_first_is_never_forgotten() -> None:
    end_offsets, place = EndOffsetHistory(), ("t", 0)
    for second in range(MAX_OBSERVATIONS * 5):
        end_offsets.record(place, second + 1, at(second))
        assert len(end_offsets._observed[place]) <= MAX_OBSERVATIONS
    assert end_offsets.behind_since(place, 0) == at(0)


def test_a_database_is_current_when_it_has_what_we_know_even_if_it_has_more() -> None:
    known, heads = frozenset({"a1", "a2", "b1"}), frozenset({"a2", "b1"})
    assert is_current({"a2", "b1"}, known, heads)
    assert is_current({"a3", "b1"}, known, heads)
    assert not is_current({"a1", "b1"}, known, heads)
    assert not is_current({"a2"}, known, heads)
    assert not is_current(set(), known, heads)


def test_the_heads_are_read_from_the_migrations() -> None:
    known, heads = revisions([MIGRATIONS, SERVICE.folder / "migrations"])
    assert known == {*(f"chassis_{number:04}" for number in range(1, 8)), "counting_0001"}
    assert heads == {"chassis_0007", "counting_0001"}


def test_a_migration_that_another_follows_is_no_head(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0001.py").write_text('revision = "a1"\ndown_revision = None\n')
    (tmp_path / "versions" / "0002.py").write_text('revision = "a2"\ndown_revision = "a1"\n')
    assert revisions([tmp_path]) == (frozenset({"a1", "a2"}), frozenset({"a2"}))


@pytest.fixture
def alone(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[tuple[Company, ServiceDatabase]]:
    database = fresh_database()
    with company(infrastructure.broker, lambda: database, tmp_path) as made:
        yield made, database


def said(running: Running) -> list[str]:
    return [problem["what"] for problem in running.status()["problems"]]


def opened(running: Running, *names: str) -> None:
    headers = {"authorization": f"Bearer {running.issuer.token('tester', ['counting'])}"}
    with plain_http.client(base_url=running.url, headers=headers, timeout=60) as client:
        for name in names:
            assert client.post("/counters", json={"name": name}).status_code == 201


def test_status_knows_whether_a_worker_lives_and_how_far_everything_is(alone: tuple[Company, ServiceDatabase]) -> None:
    running = alone[0].start(SERVICE, worker=False)
    opened(running, "A", "B")
    before = running.status()
    assert said(running) == ["counting's relay is not running: no worker is running"]
    assert (before["relay_lag_events"], before["relayed"], before["last_published_at"]) == (2, 0, None)
    assert before["relay_lag_seconds"] > 0
    assert datetime.fromisoformat(before["last_recorded_at"]).tzinfo
    with working(running):
        alone[0].settle()
        wait_until(lambda: running.status()["workers"] != [], "the worker is heard")
        wait_until(lambda: running.status()["readers"][0]["topic_exists"], "the worker has seen the topic")
        during = running.status()
        assert during["problems"] == []
        assert (during["relay_lag_events"], during["relay_lag_seconds"]) == (0, 0)
        (tallies,) = during["readers"]
        assert (tallies["source"], tallies["applied"], tallies["lag_events"]) == ("counting", 2, 0)
        assert during["last_published_at"]
        assert during["last_applied_at"] == tallies["applied_at"]
    assert running.status()["workers"] == []
    assert said(running) == ["counting's relay is not running: no worker is running"]


def test_a_reader_that_cannot_go_on_is_seen_with_how_much_and_how_long(alone: tuple[Company, ServiceDatabase]) -> None:
    made, database = alone
    running = made.start(SERVICE)
    opened(running, "A")
    made.settle()
    with as_owner(database) as owner:
        owner.execute(text("ALTER TABLE tallies RENAME TO elsewhere"))
        opened(running, "B", "C")
        wait_until(lambda: running.status()["parked"] == 2, "what cannot be applied is parked")
        (judged,) = [problem for problem in running.status()["problems"] if "parked" in problem["what"]]
        assert judged["what"] == "2 messages are parked in counting"
        assert "UndefinedTable (42P01) (tallies: 2)" in judged["why"]
        assert "portolan parked counting" in judged["remedy"]
        owner.execute(text("ALTER TABLE elsewhere RENAME TO tallies"))
        with as_owner(database) as locking:
            locking.execute(text("BEGIN"))
            locking.execute(text("LOCK TABLE tallies IN ACCESS EXCLUSIVE MODE"))
            opened(running, "D", "E", "F")
            wait_until(lambda: running.status()["readers"][0]["lag_events"] == 3, "three events behind")
            behind = running.status()["readers"][0]["lag_seconds"]
            wait_until(lambda: running.status()["readers"][0]["lag_seconds"] > behind > 0, "the delay grows")
            locking.execute(text("ROLLBACK"))
        wait_until(lambda: running.status()["readers"][0]["lag_events"] == 0, "all is applied")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client gives up on a broker after seconds, and not half a minute."""
    monkeypatch.setattr("chassis.messaging.kafka.COMMON", {**COMMON, **IMPATIENT})


@pytest.mark.usefixtures("impatient")
def test_a_client_that_finds_no_broker_leaves_no_thread_and_no_file_behind() -> None:
    def held() -> tuple[int, int]:
        gc.collect()
        return threading.active_count(), psutil.Process().num_fds()

    before = held()
    for _ in range(2):
        with suppress(KafkaError):
            Topics(NOWHERE)
    with suppress(KafkaError):
        Consumer(NOWHERE, "g")
    with suppress(KafkaError):
        Replay(NOWHERE, ["t"], {}, most=1)
    assert held() == before


@pytest.mark.usefixtures("impatient")
def test_kafka_that_is_away_is_said_by_the_worker(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE)
        wait_until(lambda: "Kafka cannot be reached" in said(running), "it is said")
        port = running.own.worker_port
        answer = plain_http.get(f"http://127.0.0.1:{port}/health/ready", timeout=30)
        assert (answer.status_code, answer.json()["missing"]) == (503, ["Kafka"])
        assert plain_http.get(f"http://127.0.0.1:{port}/health/live", timeout=30).status_code == 200


def test_readiness_names_migrations_that_are_missing(alone: tuple[Company, ServiceDatabase]) -> None:
    made, database = alone
    running = made.start(SERVICE, worker=False)
    assert plain_http.get(f"{running.url}/health/ready", timeout=30).json() == {"ready": True, "missing": []}
    with as_owner(database) as owner:
        owner.execute(text("DELETE FROM alembic_version WHERE version_num LIKE 'counting_%'"))
    answer = plain_http.get(f"{running.url}/health/ready", timeout=30)
    assert (answer.status_code, answer.json()["missing"]) == (503, ["migrations"])
    assert "counting is not ready: migrations" in said(running)


def test_while_states_are_folded_anew_health_says_so_and_requests_are_asked_to_come_again(
    alone: tuple[Company, ServiceDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, database = alone
    monkeypatch.setattr("chassis.service.api.PREPARE_SECONDS", 0.01)
    first = made.start(SERVICE, worker=False)
    with as_owner(database) as waiting:
        waiting.execute(text("BEGIN"))
        waiting.execute(text("LOCK TABLE state_shapes IN ACCESS EXCLUSIVE MODE"))
        running = made.start(SERVICE, worker=False)
        answer = plain_http.get(f"{running.url}/health/ready", timeout=30)
        assert (answer.status_code, answer.json()["missing"]) == (503, ["states"])
        assert plain_http.get(f"{running.url}/health/live", timeout=30).status_code == 200
        headers = {"authorization": f"Bearer {running.issuer.token('tester', ['counting'])}"}
        refused = plain_http.post(f"{running.url}/counters", json={"name": "A"}, headers=headers, timeout=30)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["type"].endswith("/states-stale")
        assert "counting is not ready: states" in said(running)
        waiting.execute(text("ROLLBACK"))
    wait_until(lambda: plain_http.get(f"{running.url}/health/ready", timeout=30).status_code == 200, "it is ready")
    opened(running, "A")
    assert first.status()["recorded"] == 1


def test_the_page_and_the_figures_are_there_when_the_database_is_not(alone: tuple[Company, ServiceDatabase]) -> None:
    made, database = alone
    running = made.start(SERVICE, worker=False)
    with locked_out(database):
        page = plain_http.get(f"{running.url}/operations", timeout=60)
        assert page.status_code == 200
        assert "counting is not ready: database" in page.text
        figures = plain_http.get(f"{running.url}/metrics", timeout=60)
        assert figures.status_code == 200
        assert "portolan_database_up 0.0" in figures.text
        assert plain_http.get(f"{running.url}/health/ready", timeout=60).json()["missing"] == ["database"]
        assert plain_http.get(f"{running.url}/status", timeout=60).status_code == 503


def test_the_page_shows_no_data_and_lets_nothing_foreign_in(alone: tuple[Company, ServiceDatabase]) -> None:
    made, _ = alone
    made.settings["operations_urls"] = {"counting": "http://127.0.0.1:1", "weighing": "http://127.0.0.1:2/"}
    running = made.start(SERVICE, worker=False)
    opened(running, "Ada Lovelace")
    page = plain_http.get(f"{running.url}/operations", timeout=30)
    assert "Ada" not in page.text
    assert "Ada" not in json.dumps(running.status())
    assert 'href="http://127.0.0.1:2/operations"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "counting&#39;s relay is not running: no worker is running" in page.text


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_usable_by_all_and_renews_itself_until_it_is_paused(
    alone: tuple[Company, ServiceDatabase], infrastructure: Infrastructure, scheme: Any
) -> None:
    made, _ = alone
    running = made.start(SERVICE)
    made.settle()
    wait_until(lambda: running.status()["workers"] != [], "the worker is heard")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(color_scheme=scheme)
        page.set_default_timeout(patient(30) * 1000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{running.url}/operations")
        assert page.locator("#wrong .fine").inner_text().endswith("None.")
        poison(infrastructure.broker, made.prefix + TOPIC)
        page.wait_for_selector("text=1 message is parked in counting", timeout=patient(30) * 1000)
        assert page.title().startswith("1 problem")
        assert [(each["id"], each["help"]) for each in Axe().run(page).response["violations"]] == []
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.get_by_role("button", name="Pause").click()
        assert page.locator("#state").inner_text() == "Paused."
        poison(infrastructure.broker, made.prefix + TOPIC)
        wait_until(lambda: running.status()["parked"] == 2, "a second one is parked")
        assert page.locator("text=1 message is parked in counting").count() == 1
        page.get_by_role("button", name="Pause").click()
        page.wait_for_selector("text=2 messages are parked in counting", timeout=patient(30) * 1000)
        assert complaints == []
        browser.close()


def poison(broker: Broker, topic: str) -> None:
    """A message no reader can read."""
    producer = Producer(broker)
    producer.send_all(topic, [Message(b"k", str(time.time()).encode(), [("content-type", b"text/plain")])])
    producer.close()
