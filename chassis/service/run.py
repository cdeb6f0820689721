"""The roles of a service on the command line: migrate, api, worker, republish."""

import asyncio
import sys

from kafka.errors import KafkaError

from chassis.observability import logs
from chassis.service.api import serve
from chassis.service.definition import Service
from chassis.service.preparation import try_master_key
from chassis.service.republish import RepublishRefused, republish
from chassis.service.settings import RoleSettings, SharedSettings, read_settings, stop
from chassis.service.worker import work
from chassis.store.encryption import WrongMasterKey


def reset_to_start(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """The role ``republish``: after a restore, say and read everything again in new topics."""
    if own.migration_url is None:
        stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: republishing takes the owner's address")
    try:
        republish(own.migration_url, shared.kafka_bootstrap, service.topics(shared.kafka_prefix))
    except RepublishRefused as reason:
        stop(f"{service.name} cannot begin again: {reason}")
    except KafkaError as failure:
        stop(f"{service.name} cannot begin again: Kafka at {shared.kafka_bootstrap}: {type(failure).__name__}.")


def main(service: Service) -> None:
    """``python -m services.people.app migrate|api|worker|republish``."""
    roles = {"api": serve, "worker": work, "republish": reset_to_start}
    role = sys.argv[1] if len(sys.argv) == 2 else ""
    if role not in {"migrate", *roles}:
        stop(f"usage: python -m services.{service.name}.app migrate|api|worker|republish")
    shared, own = read_settings(service.name)
    logs.configure(service.name, role, shared.log_format)
    if role == "migrate":
        if own.migration_url is None:
            stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: migrating takes the owner's address")
        # Only this role needs Alembic, which takes long to import.
        from chassis.postgres.migrate import migrate

        migrate(own.migration_url, own.database_url, service.folder, service.read_models(), service.indexes())
    else:
        if service.holds_keys:
            try:
                asyncio.run(try_master_key(service, shared, own))
            except WrongMasterKey as wrong:
                stop(f"{service.name} cannot start: {wrong}.")
        roles[role](service, shared, own)
