"""Read topics from given offsets on, outside any consumer group."""

import time
from collections.abc import Mapping, Sequence
from typing import cast

import kafka.record.memory_records

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Record, TopicPartition, connected


class Replay:
    """Reads topics from given places on, outside of any group; ``places`` are the partitions it reads."""

    def __init__(
        self, broker: Broker, topics: Sequence[str], places: Mapping[tuple[str, int], int], *, most: int
    ) -> None:
        self._consumer = connected(
            kafka.KafkaConsumer,
            broker,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=most,
            fetch_max_wait_ms=100,
            metadata_max_age_ms=1_000,
        )
        self._topics = topics
        self.places: list[tuple[str, int]] = []
        try:
            self.wait_for_topics(places)
        except BaseException:
            self.close()
            raise

    def wait_for_topics(self, places: Mapping[tuple[str, int], int] | None = None) -> None:
        """Read topics that came meanwhile as well, from their beginning or the given places."""
        existing = self._consumer.topics()
        found = [
            (topic, partition)
            for topic in self._topics
            if topic in existing
            for partition in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]
        new = [place for place in found if place not in self.places]
        if new:
            at = {place: self._consumer.position(TopicPartition(*place)) for place in self.places}
            self.places = found
            self._consumer.assign([TopicPartition(*place) for place in found])
            self.seek(at | {place: (places or {}).get(place, 0) for place in new})

    def poll(self, timeout_ms: int) -> list[Record]:
        if not self.places:
            time.sleep(timeout_ms / 1000)
            self.wait_for_topics()
            return []
        polled = self._consumer.poll(timeout_ms=timeout_ms)
        return [cast(Record, record) for records in polled.values() for record in records]

    def seek(self, places: Mapping[tuple[str, int], int]) -> None:
        """Go on from these offsets; from the beginning where there is none."""
        for place in self.places:
            self._consumer.seek(TopicPartition(*place), places.get(place, 0))

    def close(self) -> None:
        self._consumer.close(autocommit=False)
