"""The roles of a service on the command line: migrate, grant, api, worker, republish."""

import asyncio
import sys

from kafka.errors import KafkaError

from chassis.observability import logs
from chassis.service.api import serve
from chassis.service.definition import Service
from chassis.service.grant import grant
from chassis.service.preparation import try_master_key
from chassis.service.republish import RepublishRefused, republish
from chassis.service.settings import RoleSettings, SharedSettings, broker_of, read_settings, stop
from chassis.service.worker import work
from chassis.store.encryption import WrongMasterKey


def reset_to_start(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """The role ``republish``: after a restore, say and read everything again in new topics."""
    if own.migration_url is None:
        stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: republishing takes the owner's address")
    try:
        broker = broker_of(service.name, shared, own)
        republish(own.migration_url, broker, service.topics(shared.kafka_prefix))
    except RepublishRefused as reason:
        stop(f"{service.name} cannot begin again: {reason}")
    except KafkaError as failure:
        stop(f"{service.name} cannot begin again: Kafka at {shared.kafka_bootstrap}: {type(failure).__name__}.")


def bring_up_to_date(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """The role ``migrate``: bring the database to its newest shape."""
    if own.migration_url is None:
        stop(f"set PORTOLAN_{service.name.upper()}_MIGRATION_URL: migrating takes the owner's address")
    # Only this role needs Alembic, which takes long to import.
    from chassis.postgres.migrate import migrate

    migrate(own.migration_url, own.database_url, service.folder, service.read_models(), service.indexes())


PREPARING = {"migrate": bring_up_to_date, "grant": grant}
RUNNING = {"api": serve, "worker": work, "republish": reset_to_start}


def main(service: Service) -> None:
    """``python -m services.people.app migrate|grant|api|worker|republish``; the first two also together."""
    wanted = sys.argv[1:]
    preparing = bool(wanted) and all(role in PREPARING for role in wanted)
    if not preparing and not (len(wanted) == 1 and wanted[0] in RUNNING):
        stop(f"usage: python -m services.{service.name}.app migrate|grant|api|worker|republish")
    shared, own = read_settings(service.name)
    logs.configure(service.name, wanted[0], shared.log_format)
    if preparing:
        for role in wanted:
            PREPARING[role](service, shared, own)
        return
    if service.holds_keys:
        try:
            asyncio.run(try_master_key(service, shared, own))
        except WrongMasterKey as wrong:
            stop(f"{service.name} cannot start: {wrong}.")
    RUNNING[wanted[0]](service, shared, own)
