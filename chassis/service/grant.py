"""The role ``grant``: an operator's credentials give a service its user and its rights in Kafka."""

import structlog
from kafka.errors import KafkaError

from chassis.messaging.administration import Administration, GrantsRefused
from chassis.service.definition import Service
from chassis.service.settings import RoleSettings, SharedSettings, administered_by, broker_of, principal_of, stop

log = structlog.get_logger("service")


def grant(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """Give the service's principal exactly the ACLs that its definition asks for, and its password where SCRAM has one.

    Safe to run at any time; what it did before is not done again.
    """
    if not shared.kafka_security_protocol.startswith("SASL"):
        log.info("nothing to grant", protocol=shared.kafka_security_protocol)
        return
    administrator = administered_by(service.name, shared)
    access = service.access(shared.kafka_prefix, principal_of(service.name, shared, own))
    users = []
    # Where it is not set, or not Kafka's own, users are somebody else's: a directory's, or a cloud's.
    if own.kafka_password is not None and shared.kafka_sasl_mechanism.startswith("SCRAM"):
        users.append(broker_of(service.name, shared, own))
    try:
        administration = Administration(administrator)
        try:
            if users:
                administration.set_passwords(users)
            administration.grant([access])
        finally:
            administration.close()
    except KafkaError as failure:
        why = str(failure) if isinstance(failure, GrantsRefused) else type(failure).__name__
        stop(f"{service.name} got no rights in Kafka at {shared.kafka_bootstrap}: {why}")
    log.info("rights granted", principal=access.principal, acls=len(access.grants()))
