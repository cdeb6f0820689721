"""Kafka lets in who has credentials, and each principal to what its service's definition names."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import kafka
import pytest
from kafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailedError,
    TopicAuthorizationFailedError,
)
from kafka.structs import TopicPartition
from pydantic import SecretStr

from chassis.messaging.access import Access, groups_of
from chassis.messaging.administration import Administration
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, Topics, UntrustedCertificate, connected, ensure_topic
from portolan.certificates import ensure_certificate
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.counting import SERVICE, TOPIC
from tests.harness import Company, Running, company, wait_until, working
from tests.infrastructure import Infrastructure

RUN = "from tests.chassis.counting import SERVICE; from chassis.service.run import main; main(SERVICE)"
IMPATIENT = {"bootstrap_timeout_ms": 2000, "request_timeout_ms": 5000}


@dataclass(frozen=True)
class Cluster:
    """Two services' principals: ``ours`` publishes and reads what ``theirs`` publishes, who reads nothing."""

    administrator: Broker
    administration: Administration
    prefix: str

    def topic(self, service: str) -> str:
        return f"{self.prefix}portolan.{service}"

    def access(self, service: str) -> Access:
        reads = [self.topic("theirs")] if service == "ours" else []
        name = f"{self.prefix}{service}"
        return Access(name, [self.topic(service)], reads, groups_of(name))

    def broker(self, service: str) -> Broker:
        return replace(
            self.administrator,
            mechanism="SCRAM-SHA-512",
            username=f"{self.prefix}{service}",
            password=SecretStr(f"{service}'s password"),
        )


@pytest.fixture
def cluster(infrastructure: Infrastructure, topic_prefix: str) -> Iterator[Cluster]:
    administration = Administration(infrastructure.broker)
    made = Cluster(infrastructure.broker, administration, topic_prefix)
    administration.set_passwords([made.broker("ours"), made.broker("theirs")])
    administration.grant([made.access("ours"), made.access("theirs")])
    for service in ("ours", "theirs"):
        wait_until(lambda service=service: logs_in(made.broker(service)), f"{service} may log in")  # type: ignore[misc]
        ensure_topic(made.broker(service), made.topic(service), partitions=1, replication=1)
        send(made.broker(service), made.topic(service), b"genuine")
    yield made
    administration.close()


def logs_in(broker: Broker) -> bool:
    try:
        Topics(broker, **IMPATIENT).close()
    except KafkaError:
        return False
    return True


def send(broker: Broker, topic: str, value: bytes) -> None:
    producer = Producer(broker)
    try:
        producer.send_all(topic, [Message(b"key", value, [])])
    finally:
        producer.close()


def received(broker: Broker, topic: str, **settings: Any) -> list[bytes]:
    """What is on a topic, read by place or, with a ``group_id``, as a member of a group."""
    consumer = connected(kafka.KafkaConsumer, broker, auto_offset_reset="earliest", **settings)
    try:
        if "group_id" in settings:
            consumer.subscribe([topic])
        else:
            consumer.assign([TopicPartition(topic, 0)])
        found: list[bytes] = []

        def something_came() -> bool:
            found.extend(record.value for records in consumer.poll(timeout_ms=500).values() for record in records)
            return bool(found)

        wait_until(something_came, "something comes")
        return found
    finally:
        consumer.close(autocommit=False)


def test_a_service_writes_its_own_topic_and_reads_those_it_names(cluster: Cluster) -> None:
    assert received(cluster.broker("ours"), cluster.topic("theirs")) == [b"genuine"]
    group = f"portolan.{cluster.prefix}ours.picture"
    assert received(cluster.broker("ours"), cluster.topic("theirs"), group_id=group) == [b"genuine"]


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT"])
def test_who_does_not_encrypt_or_has_no_credentials_is_refused(cluster: Cluster, protocol: str) -> None:
    with pytest.raises(KafkaError):
        Topics(replace(cluster.broker("ours"), security_protocol=protocol), **IMPATIENT)


@pytest.mark.parametrize("changed", [{"username": "nobody"}, {"password": SecretStr("guessed")}])
def test_a_forger_with_other_credentials_is_told_so(cluster: Cluster, changed: Mapping[str, Any]) -> None:
    with pytest.raises(SaslAuthenticationFailedError) as refused:
        Topics(replace(cluster.broker("ours"), **changed), **IMPATIENT)
    assert "password" not in str(refused.value).lower() or "guessed" not in str(refused.value)


def test_a_broker_with_a_certificate_of_another_authority_is_not_trusted(cluster: Cluster, tmp_path: Path) -> None:
    ensure_certificate(tmp_path / "authority.pem", tmp_path / "broker.pem", ("127.0.0.1",))
    with pytest.raises(UntrustedCertificate):
        Topics(replace(cluster.broker("ours"), ca_file=str(tmp_path / "authority.pem")), **IMPATIENT)


def test_a_broker_under_another_name_than_its_certificate_has_is_not_trusted(cluster: Cluster) -> None:
    port = cluster.administrator.bootstrap.rpartition(":")[2]
    with pytest.raises(UntrustedCertificate):
        Topics(replace(cluster.broker("ours"), bootstrap=f"0.0.0.0:{port}"), **IMPATIENT)


def test_with_another_services_credentials_nobody_forges_its_neighbours_events(cluster: Cluster) -> None:
    for topic in (cluster.topic("ours"), f"{cluster.prefix}portolan.other"):
        with pytest.raises(TopicAuthorizationFailedError):
            send(cluster.broker("theirs"), topic, b"forged")
    assert received(cluster.administrator, cluster.topic("ours")) == [b"genuine"]


def test_a_service_reads_no_topic_that_it_does_not_name(cluster: Cluster) -> None:
    topics = Topics(cluster.broker("theirs"))
    assert topics.existing([cluster.topic("ours"), cluster.topic("theirs")]) == [cluster.topic("theirs")]
    assert topics.lacking(Access("", reads=[cluster.topic("ours")]), None) == [f"read {cluster.topic('ours')}"]
    topics.close()


def test_a_service_creates_no_topic_but_its_own(cluster: Cluster) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        ensure_topic(cluster.broker("theirs"), f"{cluster.prefix}portolan.other", partitions=1, replication=1)


def test_nobody_joins_another_services_group(cluster: Cluster) -> None:
    group = f"portolan.{cluster.prefix}theirs.picture"
    with pytest.raises(GroupAuthorizationFailedError):
        received(cluster.broker("ours"), cluster.topic("theirs"), group_id=group)


def test_granting_again_changes_nothing_and_takes_back_what_is_no_longer_named(cluster: Cluster) -> None:
    before = set(cluster.administration.existing(f"{cluster.prefix}ours"))
    assert len(before) == 4
    cluster.administration.grant([cluster.access("ours"), cluster.access("theirs")])
    assert set(cluster.administration.existing(f"{cluster.prefix}ours")) == before
    cluster.administration.grant([replace(cluster.access("ours"), reads=[])])
    after = set(cluster.administration.existing(f"{cluster.prefix}ours"))
    assert {acl.resource_pattern.resource_name for acl in before - after} == {cluster.topic("theirs")}
    assert after < before
    assert cluster.administration.existing(f"{cluster.prefix}theirs"), "others keep theirs"


def test_what_a_service_may_follows_from_its_definition() -> None:
    assert SERVICE.access("p.", "me") == Access("me", [f"p.{TOPIC}"], [f"p.{TOPIC}"], "portolan.p.counting.")


def test_a_broker_never_tells_its_password() -> None:
    broker = Broker("host:1", "SASL_SSL", username="me", password=SecretStr("confidential"))
    assert "confidential" not in f"{broker} {broker!r} {[broker]}"
    assert broker.settings()["sasl_plain_password"] == "confidential"


@pytest.fixture
def alone(
    infrastructure: Infrastructure, fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> Iterator[tuple[Company, Running]]:
    """A service whose worker does not run yet, and its company."""
    with company(infrastructure.broker, fresh_database, tmp_path) as made:
        yield made, made.start(SERVICE, worker=False)


def problems(running: Running) -> dict[str, str]:
    return {problem["what"]: problem["why"] for problem in running.status()["problems"]}


def test_a_service_with_a_wrong_password_says_so_and_recovers_when_it_is_set_right(
    alone: tuple[Company, Running],
) -> None:
    made, running = alone
    right = running.broker
    made.administration.set_passwords([replace(right, password=SecretStr("another one"))])
    with working(running):
        wait_until(lambda: "Kafka refuses the credentials of counting" in problems(running), "it says so")
        assert "Kafka cannot be reached" not in problems(running)
        assert made.password not in str(running.status())
        made.administration.set_passwords([right])
        wait_until(lambda: running.status()["relay_leads"] and not problems(running), "it has recovered")


def test_a_service_without_rights_names_them_and_recovers_when_they_are_granted(alone: tuple[Company, Running]) -> None:
    made, running = alone
    with working(running):
        wait_until(lambda: running.status()["relay_leads"], "it works")
        made.administration.grant([Access(running.broker.username)])
        wait_until(lambda: "counting lacks rights in Kafka" in problems(running), "it says so")
        topic = f"{made.prefix}{TOPIC}"
        group = f"portolan.{made.prefix}counting.tallies"
        names = f"It may not: write {topic}, read {topic}, join the group {group}."
        wait_until(lambda: names in problems(running).values(), f"{problems(running)} becomes {names}", 20)
        made.grant(running)
        wait_until(lambda: running.status()["relay_leads"] and not problems(running), "it has recovered")


def granting(broker: Broker, prefix: str, changed: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The role ``grant`` as an operator runs it."""
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PORTOLAN_KAFKA_BOOTSTRAP": broker.bootstrap,
        "PORTOLAN_KAFKA_PREFIX": prefix,
        "PORTOLAN_KAFKA_CA_FILE": str(broker.ca_file),
        "PORTOLAN_KAFKA_ADMIN_PASSWORD": broker.secret,
        "PORTOLAN_KAFKA_ADMIN_SASL_MECHANISM": broker.mechanism,
        "PORTOLAN_JWKS_URL": "http://127.0.0.1:1",
        "PORTOLAN_ISSUER": "issuer",
        "PORTOLAN_COUNTING_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        **changed,
    }
    return subprocess.run(
        [sys.executable, "-c", RUN, "grant"], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_an_operator_grants_a_service_its_user_and_its_rights(
    infrastructure: Infrastructure, topic_prefix: str
) -> None:
    done = granting(infrastructure.broker, topic_prefix, {"PORTOLAN_COUNTING_KAFKA_PASSWORD": "confidential"})
    assert done.returncode == 0, done.stderr
    assert "confidential" not in done.stdout + done.stderr
    own = replace(
        infrastructure.broker,
        mechanism="SCRAM-SHA-512",
        username=f"{topic_prefix}counting",
        password=SecretStr("confidential"),
    )
    wait_until(lambda: logs_in(own), "the user may log in")
    ensure_topic(own, topic_prefix + TOPIC, partitions=1, replication=1)
    send(own, topic_prefix + TOPIC, b"genuine")


def test_where_users_are_made_elsewhere_only_rights_are_granted(
    infrastructure: Infrastructure, topic_prefix: str
) -> None:
    assert granting(infrastructure.broker, topic_prefix, {}).returncode == 0
    administration = Administration(infrastructure.broker)
    assert len(administration.existing(f"{topic_prefix}counting")) == 4
    administration.close()


def test_who_may_not_grant_is_told_so_in_one_sentence(infrastructure: Infrastructure, topic_prefix: str) -> None:
    done = granting(infrastructure.broker, topic_prefix, {"PORTOLAN_KAFKA_ADMIN_PASSWORD": "guessed"})
    assert done.returncode == 2
    assert done.stderr == (
        f"counting got no rights in Kafka at {infrastructure.broker.bootstrap}: SaslAuthenticationFailedError\n"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "set PORTOLAN_COUNTING_KAFKA_PASSWORD: PORTOLAN_KAFKA_SECURITY_PROTOCOL is SASL_SSL"),
        (
            {
                "PORTOLAN_COUNTING_KAFKA_PASSWORD": "confidential",
                "PORTOLAN_KAFKA_SASL_MECHANISM": "PLAIN",
                "PORTOLAN_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            },
            "PLAIN sends the password itself",
        ),
        (
            {"PORTOLAN_COUNTING_KAFKA_PASSWORD": "confidential", "PORTOLAN_KAFKA_CA_FILE": "/nowhere/ca.pem"},
            "PORTOLAN_KAFKA_CA_FILE: there is no file /nowhere/ca.pem",
        ),
        ({"PORTOLAN_KAFKA_SECURITY_PROTOCOL": "NONE"}, "PORTOLAN_KAFKA_SECURITY_PROTOCOL: "),
    ],
    ids=["no password", "password in the clear", "no authorities", "no such protocol"],
)
def test_a_worker_that_could_not_speak_to_kafka_says_why_in_one_sentence_at_its_start(
    changed: Mapping[str, str], said: str
) -> None:
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PORTOLAN_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "PORTOLAN_JWKS_URL": "http://127.0.0.1:1",
        "PORTOLAN_ISSUER": "issuer",
        "PORTOLAN_COUNTING_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none",
        **changed,
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, "worker"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("counting cannot start")
    assert "confidential" not in done.stdout + done.stderr
