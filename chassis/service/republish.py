"""Republish a restored service's log and reread its sources, in recreated topics; run as the database's owner."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Topics
from chassis.operations.diagnosis import LOST_SECONDS
from chassis.postgres.connections import UNLIMITED, engine

TOPICS_RECREATED = "the topics were recreated"
LEADS = text("SELECT NOT pg_try_advisory_xact_lock(hashtext('portolan.relay'))")
WORKS = text("SELECT EXISTS (SELECT FROM workers WHERE heard_at > clock_timestamp() - make_interval(secs => :lost))")
UNDER_WAY = text("SELECT reader FROM rebuilds WHERE state IN ('waiting', 'reading')")
STEPS = [
    # The log goes out from its first event on, and every key before it; so do sign-outs, where they are made.
    text("UPDATE relay SET epoch = epoch + 1, position = 0, published = 0, changed_at = now()"),
    text("UPDATE keys SET announced = 0 WHERE own"),
    text("UPDATE signed_out SET announced = false"),
    # Readers begin at the beginning; their numbers stay, and what is done already falls by them.
    text("UPDATE progress SET next_offset = 0, changed_at = now()"),
    # Whatever is parked lies in some log, and comes again at another offset: the old ones may be given to others.
    text("DELETE FROM parked"),
    text("DELETE FROM lags"),
    text("DELETE FROM workers"),
    text(
        "UPDATE interventions SET outcome = :again, done_at = clock_timestamp()"
        " WHERE done_at IS NULL AND action = 'discard'"
    ),
    # No topic's name has a blank: these places are never again those of a message. The decisions hold by their number.
    text(
        "UPDATE discarded SET topic = topic || ' until ' || to_char(now() AT TIME ZONE 'UTC',"
        " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') WHERE position(' ' IN topic) = 0"
    ),
    text(
        "UPDATE rebuilds SET state = 'failed', finished_at = clock_timestamp(), reason = :again"
        " WHERE state IN ('waiting', 'reading')"
    ),
]


class RepublishRefused(Exception):
    """Republishing is not possible now; the message says why, and what to do."""


def republish(owner_url: str, broker: Broker, topics: Sequence[str]) -> None:
    """Set the relay and every reader back to the beginning, in one transaction; what was done stays done.

    ``topics`` are those the service writes and reads; raises ``RepublishRefused`` where one of them holds messages,
    whose offsets and numbers would be taken for others, or where a worker runs. Doing it again changes nothing more.
    """
    refuse_old_messages(broker, topics)
    owner = engine(owner_url, "republish", options=UNLIMITED)
    try:
        with owner.begin() as connection:
            reset_to_start(connection)
    finally:
        owner.dispose()


def refuse_old_messages(broker: Broker, topics: Sequence[str]) -> None:
    """Raise ``RepublishRefused`` where a topic exists that is not empty."""
    kafka = Topics(broker)
    try:
        full = sorted({topic for (topic, _), end in kafka.ends(topics).items() if end > 0})
    finally:
        kafka.close()
    if full:
        raise RepublishRefused(
            f"{', '.join(full)}: not empty. Stop every worker of every service and delete all topics first;"
            " what they hold comes again from the logs."
        )


def reset_to_start(connection: Connection) -> None:
    """The change itself, within the caller's transaction."""
    if connection.execute(LEADS).scalar_one() or connection.execute(WORKS, {"lost": LOST_SECONDS}).scalar_one():
        raise RepublishRefused(f"A worker runs, or ran until {LOST_SECONDS} seconds ago. Stop every worker first.")
    for reader in connection.execute(UNDER_WAY).scalars().all():
        connection.execute(text("SELECT end_rebuild(:reader)"), {"reader": reader})
    for step in STEPS:
        connection.execute(step, {"again": TOPICS_RECREATED} if ":again" in step.text else {})
