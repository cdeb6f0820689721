"""The figures a process counts, for Prometheus: each process has a registry of its own, nothing is global."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_RULES = 300

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series a counter, which nobody reads


@dataclass(frozen=True)
class Pool:
    name: str
    most: int
    in_use: Callable[[], int]


@dataclass(frozen=True)
class Gauge:
    """A figure read elsewhere, with one value for each of its labels' values."""

    name: str
    help: str
    labels: Sequence[str] = ()
    values: Mapping[Any, float] = field(default_factory=dict)

    def family(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(self.name, self.help, labels=self.labels)
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        return family


class PoolCollector(Collector):
    """The sizes of connection pools and the connections in use, read at each scrape."""

    def __init__(self) -> None:
        self.pools: list[Pool] = []

    def collect(self) -> Iterable[Metric]:
        most = {(pool.name,): float(pool.most) for pool in self.pools}
        used = {(pool.name,): float(pool.in_use()) for pool in self.pools}
        yield Gauge("portolan_pool_connections", "Database connections a pool may open.", ["pool"], most).family()
        yield Gauge("portolan_pool_connections_in_use", "Database connections in use.", ["pool"], used).family()


class BuildCollector(Collector):
    def __init__(self, service: str, role: str, version: str) -> None:
        self._labels = {"service": service, "role": role, "version": version}

    def collect(self) -> Iterable[Metric]:
        """Always 1, with what it is as labels."""
        yield InfoMetricFamily("portolan_build", "The service, its role and its version.", self._labels)


class Metrics:
    """The metrics of one process. Names and units follow Prometheus' conventions; labels have few values."""

    def __init__(self, service: str = "", role: str = "", version: str = "") -> None:
        self.registry = CollectorRegistry()
        self.pools = PoolCollector()
        self._rules: set[str] = set()
        self._answers: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        for collector in (self.pools, BuildCollector(service, role, version), ProcessCollector(registry=None)):
            self.registry.register(collector)
        GCCollector(self.registry)
        self.requests = self._counter("http_requests", "HTTP requests answered.", "method", "route", "status")
        self.request_seconds = self._histogram(
            "http_request_seconds",
            "Time to the first byte of a response, without the wait for Portolan-After.",
            SECONDS,
            "method",
            "route",
        )
        self.wait_seconds = self._histogram(
            "wait_seconds", "Time requests waited for the streams in Portolan-After.", SECONDS
        )
        self.commands = self._counter(
            "commands", "Commands by outcome; the rule where one refused.", "command", "outcome", "rule"
        )
        self.conflicts = self._counter(
            "command_conflicts", "Decisions retried because data they had read changed meanwhile.", "command"
        )
        self.append_seconds = self._histogram(
            "append_seconds", "Duration of a call of the append function, which stores a batch of commands.", SECONDS
        )
        self.append_batch_size = self._histogram("append_batch_size", "Commands stored per call.", SIZES)
        self.append_failures = self._counter("append_failures", "Failed calls of the append function.")
        self.publish_seconds = self._histogram(
            "publish_seconds", "Time until Kafka acknowledged a batch of the relay.", SECONDS
        )
        self.published = self._counter("published", "Events sent to Kafka and acknowledged.")
        self.read_seconds = self._histogram("read_seconds", "Time a reader took to apply a batch.", SECONDS, "reader")
        self.read = self._counter("read", "Messages a reader has handled.", "reader")
        self.set_aside = self._counter("set_aside", "Messages parked because their effect failed for good.", "reader")
        self.restarts = self._counter("restarts", "Restarts of the relay or a reader after a failure.", "part")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"portolan_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"portolan_{name}", text, labels, registry=self.registry, buckets=buckets)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request under its route's template, never its path."""
        key = (method if method in METHODS else "other", route, status)
        if (found := self._answers.get(key)) is None:  # finding them by their labels takes longer than counting
            found = self.requests.labels(key[0], route, str(status)), self.request_seconds.labels(key[0], route)
            self._answers[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def handled(self, command: str, outcome: str, rule: str = "") -> None:
        """Count a command; rules beyond a bound are counted together, whatever names they have."""
        if rule not in self._rules:
            if len(self._rules) >= MOST_RULES:
                rule = "other"
            self._rules.add(rule)
        self.commands.labels(command, outcome, rule).inc()

    def expose(self, accept: str | None, gauges: Sequence[Gauge] = ()) -> tuple[bytes, str]:
        """All figures as Prometheus reads them, and the content type; the gauges come from elsewhere."""
        encode, content_type = choose_encoder(accept or "")
        together = CombinedMetrics(self.registry, gauges)
        return encode(together), content_type


class CombinedMetrics(CollectorRegistry):
    """A registry's figures and some that were read for this one look."""

    def __init__(self, registry: CollectorRegistry, gauges: Sequence[Gauge]) -> None:
        super().__init__()
        self._all, self._gauges = registry, gauges

    def collect(self) -> Iterable[Metric]:
        yield from self._all.collect()
        for gauge in self._gauges:
            yield gauge.family()
