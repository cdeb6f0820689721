"""A service's status as Prometheus gauges."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from chassis.observability.metrics import Gauge
from chassis.operations.diagnosis import ReaderFigures
from chassis.operations.status import Status
from chassis.store.store import Store

GaugesOf = Callable[[Store, datetime], Awaitable[Sequence[Gauge]]]
"""A service's own figures, now."""
DATABASE_UP = "Whether the service reaches its database."


def gauges(status: Status) -> list[Gauge]:
    each = {(reader.reader, reader.source): reader for reader in status.readers}
    by_reader: dict[tuple[str, ...], list[ReaderFigures]] = {}
    for reader in status.readers:
        by_reader.setdefault((reader.reader,), []).append(reader)
    away = [worker for worker in status.living if worker.kafka_away_seconds is not None]
    # fmt: off
    return [
        Gauge("portolan_database_up", DATABASE_UP, values={(): 1}),
        Gauge("portolan_events_recorded", "Events in the log.", values={(): status.recorded}),
        Gauge("portolan_events_public", "Public events in the log.", values={(): status.published}),
        Gauge("portolan_relay_leads", "Whether a worker's relay leads.", values={(): status.relay_leads}),
        Gauge("portolan_relay_lag_events", "Public events not in Kafka yet.", values={(): status.relay_lag_events}),
        Gauge("portolan_relay_lag_seconds", "Age of the oldest event not in Kafka.",
            values={(): status.relay_lag_seconds}),
        Gauge("portolan_reader_lag_events",
            "Messages in Kafka that a reader has not applied, by the topic's last known end.",
            ("reader", "source"), {key: reader.lag_events for key, reader in each.items()}),
        Gauge("portolan_reader_lag_seconds", "Age of the oldest message that a reader has not applied.",
            ("reader", "source"), {key: reader.lag_seconds for key, reader in each.items()}),
        Gauge("portolan_parked", "Messages parked because they cannot be applied.",
            ("reader",), {key: sum(reader.parked for reader in found) for key, found in by_reader.items()}),
        Gauge("portolan_waiting", "Messages parked until their predecessor arrives.",
            ("reader",), {key: sum(reader.waiting for reader in found) for key, found in by_reader.items()}),
        Gauge("portolan_deadlines_due", "Deadlines due whose command was not issued yet.", values={(): status.due}),
        Gauge("portolan_deadlines_due_seconds", "Age of the oldest deadline due.", values={(): status.due_seconds}),
        Gauge("portolan_workers", "Workers with a recent heartbeat.", values={(): len(status.living)}),
        Gauge("portolan_kafka_up", "Whether every living worker reaches Kafka.",
            values={(): 0 if away else 1} if status.living else {}),
        Gauge("portolan_problems", "Problems reported by /status.", values={(): len(status.problems)}),
    ]
    # fmt: on
