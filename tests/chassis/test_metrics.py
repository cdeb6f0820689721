"""Figures for Prometheus: true counts under few labels, each service's own."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import promql_parser
import psycopg
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from chassis.commands.handler import Handler
from chassis.observability.metrics import MOST_RULES, Metrics
from chassis.observability.telemetry import Telemetry
from chassis.store.group_commit import Appender
from chassis.store.store import Store
from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counter import COUNTERS, EVENTS, AddToCounter, OpenCounter
from tests.chassis.counting import SERVICE
from tests.chassis.support import Together, do
from tests.harness import NOWHERE, Running, company, wait_until, working
from tests.infrastructure import Infrastructure

CHECKOUT = Path(__file__).parents[2]
OBSERVABILITY = CHECKOUT / "deploy" / "observability"
METRIC = re.compile(r"\b(?:portolan|process|python)_[a-z_]+")


def samples(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def figure(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples with these labels."""
    return sum(
        sample.value for sample in samples(text) if sample.name == name and labels.items() <= sample.labels.items()
    )


def shown(metrics: Metrics) -> str:
    return metrics.expose(None)[0].decode()


@pytest.fixture
def counting(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[Running]:
    with company(infrastructure.broker, fresh_database, tmp_path) as made:
        yield made.start(SERVICE, worker=False)


def client_of(running: Running) -> httpx.Client:
    token = running.issuer.token("tester", ["counting"])
    client = plain_http.client(base_url=running.url, headers={"authorization": f"Bearer {token}"}, timeout=60)
    return running.clients.enter_context(client)


def metrics_of(running: Running) -> str:
    return plain_http.get(f"{running.url}/metrics", timeout=30).text


def test_requests_are_counted_under_their_route_and_never_under_their_path(counting: Running) -> None:
    client = client_of(counting)
    id = client.post("/counters", json={"name": "A"}).json()["id"]
    for path in (f"/counters/{id}", f"/counters/{uuid4()}", "/nowhere/secret-path", "/counters/none"):
        client.get(path)
    client.request("PROPFIND", f"/counters/{id}")
    client.post("/counters", json={"name": "A" * 2_000_000})
    text = metrics_of(counting)
    assert figure(text, "portolan_http_requests_total", method="POST", route="/counters", status="201") == 1
    assert figure(text, "portolan_http_requests_total", method="GET", route="/counters/{id}", status="200") == 1
    assert figure(text, "portolan_http_requests_total", method="GET", route="/counters/{id}", status="404") == 1
    assert figure(text, "portolan_http_requests_total", method="GET", route="/counters/{id}", status="422") == 1
    assert figure(text, "portolan_http_requests_total", method="GET", route="other", status="404") == 1
    assert figure(text, "portolan_http_requests_total", method="POST", route="other", status="413") == 1
    assert figure(text, "portolan_http_requests_total", method="other", status="405") == 1
    assert figure(text, "portolan_http_request_seconds_count", method="GET", route="/counters/{id}") == 3
    assert id not in text
    assert "secret-path" not in text
    assert "PROPFIND" not in text


def test_commands_are_counted_by_what_became_of_them(counting: Running) -> None:
    client = client_of(counting)
    first = {"idempotency-key": "k"}
    id = client.post("/counters", json={"name": "A"}, headers=first).json()["id"]
    client.post("/counters", json={"name": "A"}, headers=first)
    client.post(f"/counters/{id}/add", json={"amount": "0"})
    client.post(f"/counters/{id}/add", json={"amount": "1"}, headers={"if-match": '"7"'})
    client.post(f"/counters/{uuid4()}/add", json={"amount": "1"})
    client.post(f"/counters/{id}/move", json={"parent_id": id})
    client.post("/commands", json={"commands": [{"command": "open_counter", "body": {"name": "B"}}] * 3})
    text = metrics_of(counting)
    found = {
        (sample.labels["command"], sample.labels["outcome"], sample.labels["rule"]): sample.value
        for sample in samples(text)
        if sample.name == "portolan_commands_total"
    }
    assert found == {
        ("open_counter", "appended", ""): 4,
        ("open_counter", "repeated", ""): 1,
        ("add_counter", "unchanged", ""): 1,
        ("add_counter", "version-changed", ""): 1,
        ("add_counter", "not-found", ""): 1,
        ("move_counter", "refused", "no-cycles"): 1,
    }
    assert figure(text, "portolan_append_batch_size_sum") == 4
    assert figure(text, "portolan_append_seconds_count") == figure(text, "portolan_append_batch_size_count") <= 4
    assert figure(text, "portolan_append_failures_total") == 0


@pytest.mark.anyio
async def test_conflicts_are_counted_and_not_taken_for_outcomes(database: ServiceDatabase) -> None:
    one, other = (Store(database.url, Telemetry()) for _ in range(2))
    await one.start()
    await other.start()
    id, together = uuid4(), Together(2)
    await do(Handler(one, EVENTS), id, OpenCounter(name="A"))
    meeting = together.of(COUNTERS)
    adding = [do(Handler(store, EVENTS), id, AddToCounter(amount=1), aggregate=meeting) for store in (one, other)]
    await asyncio.gather(*adding)
    texts = [shown(store.telemetry.metrics) for store in (one, other)]
    assert sum(figure(text, "portolan_command_conflicts_total", command="add_counter") for text in texts) == 1
    added = [figure(t, "portolan_commands_total", command="add_counter", outcome="appended") for t in texts]
    assert added == [1, 1]
    await one.stop()
    await other.stop()


@pytest.mark.anyio
async def test_a_failed_append_is_counted_and_the_pool_is_seen(
    own_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(own_database.url)
    await store.start()
    handler = Handler(store, EVENTS)
    await do(handler, uuid4(), OpenCounter(name="A"))
    with monkeypatch.context() as patch:
        patch.setattr(Appender, "call", "SELECT * FROM no_such_function(%s)")
        with pytest.raises(psycopg.errors.UndefinedFunction):
            await do(handler, uuid4(), OpenCounter(name="B"))
    async with store.engine.connect():
        text = shown(store.telemetry.metrics)
    assert figure(text, "portolan_append_failures_total") == 1
    assert figure(text, "portolan_commands_total", outcome="failed") == 1
    assert figure(text, "portolan_pool_connections", pool="reads") == 8
    assert figure(text, "portolan_pool_connections_in_use", pool="reads") == 1
    assert figure(text, "portolan_pool_connections_in_use", pool="appends") == 1, "the one that tells of news is kept"
    await store.stop()


def test_rules_without_end_are_counted_together() -> None:
    metrics = Metrics()
    for number in range(MOST_RULES * 2):
        metrics.handled("a", "refused", f"rule-{number}")
    rules = {s.labels["rule"] for s in samples(shown(metrics)) if s.name == "portolan_commands_total"}
    assert len(rules) == MOST_RULES + 1
    assert figure(shown(metrics), "portolan_commands_total", rule="other") == MOST_RULES


def test_services_in_one_process_count_for_themselves(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        one, other = made.start(SERVICE, worker=False), made.start(SERVICE, worker=False)
        client_of(one).post("/counters", json={"name": "A"})
        assert figure(metrics_of(one), "portolan_commands_total") == 1
        assert figure(metrics_of(other), "portolan_commands_total") == 0


def test_what_waits_to_be_published_and_taken_in_is_seen_by_the_api_and_the_work_by_the_worker(
    counting: Running,
) -> None:
    client = client_of(counting)
    opened = [client.post("/counters", json={"name": name}).json() for name in "ABC"]
    text = metrics_of(counting)
    assert (figure(text, "portolan_relay_lag_events"), figure(text, "portolan_workers")) == (3, 0)
    assert figure(text, "portolan_relay_lag_seconds") > 0
    assert figure(text, "portolan_problems") == 1
    assert figure(text, "portolan_build_info", service="counting", role="api", version=SERVICE.version) == 1
    with working(counting, answering=True):
        wait_until(lambda: counting.status()["readers"][0]["applied"] == 3, "all is applied")
        after = {"portolan-after": f"{opened[0]['stream']}=1"}
        assert client.get(f"/counters/{opened[0]['id']}", headers=after).status_code == 200
        wait_until(lambda: figure(metrics_of(counting), "portolan_workers") == 1, "the worker is heard")
        text = metrics_of(counting)
        assert figure(text, "portolan_wait_seconds_count") == 1
        assert figure(text, "portolan_relay_lag_events") == figure(text, "portolan_reader_lag_events") == 0
        assert figure(text, "portolan_relay_leads") == figure(text, "portolan_kafka_up") == 1
        worker = plain_http.get(f"http://127.0.0.1:{counting.own.worker_port}/metrics", timeout=30)
        assert worker.headers["content-type"].startswith("text/plain")
        assert figure(worker.text, "portolan_published_total") == 3
        assert figure(worker.text, "portolan_read_total", reader="tallies") == 3
        assert figure(worker.text, "portolan_read_seconds_count", reader="tallies") >= 1
        assert figure(worker.text, "portolan_build_info", role="worker") == 1
        assert figure(worker.text, "process_resident_memory_bytes") > 1e6


def exported(running: Running) -> dict[str, tuple[str, str]]:
    """Every metric of the API and the worker with its kind and help."""
    with working(running, answering=True):
        wait_until(lambda: "portolan_kafka_up 1" in metrics_of(running), "the worker is heard")
        texts = [
            metrics_of(running),
            plain_http.get(f"http://127.0.0.1:{running.own.worker_port}/metrics", timeout=30).text,
        ]
    families = (family for text in texts for family in text_string_to_metric_families(text))
    return {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, family.documentation)
        for family in families
    }


def test_alerts_and_the_operators_page_name_metrics_there_are_and_all_are_described(counting: Running) -> None:
    known = exported(counting)
    names = {
        name + suffix
        for name, (kind, _) in known.items()
        for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }
    rules = [
        rule
        for group in yaml.safe_load((OBSERVABILITY / "alerts.yml").read_text())["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        promql_parser.parse(rule["expr"])
        used = set(METRIC.findall(rule["expr"]))
        assert used <= names, rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["remedy"]
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    described = dict(re.findall(r"^\| `(portolan_\w+)`[^|]*\| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    own = {name: text for name, (_, text) in known.items() if name.startswith("portolan_")}
    assert described == own
    alerts = dict(re.findall(r"^\| (Portolan\w+) \| ([^|]+) \|", page, re.MULTILINE))
    assert alerts.keys() == {rule["alert"] for rule in rules}


def test_prometheus_is_told_where_every_service_is() -> None:
    config = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    found = {(each["labels"]["service"], each["labels"]["role"]) for each in job["static_configs"]}
    services = ("people", "portfolio", "finance", "reporting")
    assert found == {(service, role) for service in services for role in ("api", "worker")}
    assert config["rule_files"] == ["alerts.yml"]
