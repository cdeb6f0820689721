"""A service's settings, read from the environment under one prefix."""

import sys
from pathlib import Path
from typing import NoReturn

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.messaging.broker import Broker

SCRAM = "SCRAM-SHA-512"
MECHANISMS = "^(SCRAM-SHA-256|SCRAM-SHA-512|PLAIN)$"


class SharedSettings(BaseSettings):
    """Settings every service shares: ``PORTOLAN_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="PORTOLAN_", extra="ignore")

    kafka_bootstrap: str
    kafka_prefix: str = Field("", max_length=100, description="before every topic and group: several on one cluster")
    kafka_partitions: int = Field(4, ge=1, le=1000)
    kafka_replication: int = Field(1, ge=1, le=9)
    kafka_security_protocol: str = Field("SASL_SSL", pattern="^(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$")
    kafka_sasl_mechanism: str = Field(SCRAM, pattern=MECHANISMS)
    kafka_ca_file: str | None = Field(None, description="PEM; the authorities of the brokers; unset: the system's")
    kafka_admin_username: str = Field("admin", description="only for `grant`: who may create users and ACLs")
    kafka_admin_password: SecretStr | None = Field(None, description="only for `grant`")
    kafka_admin_sasl_mechanism: str = Field(SCRAM, pattern=MECHANISMS, description="only for `grant`")
    jwks_url: str
    issuer: str
    audience: str = "portolan"
    log_format: str = Field("json", pattern="^(json|console)$")
    problem_base: str = "https://portolan.invalid/problems/"
    traces_endpoint: str | None = Field(
        None, pattern="^(https?://|file:)", description="where spans go: OTLP over HTTP, or a file; unset: nowhere"
    )
    traces_share: float = Field(1.0, ge=0, le=1, description="of the traces that begin here")
    operations_urls: dict[str, str] = Field(
        default_factory=dict, description="as JSON: where operators find each service, for their pages' links"
    )
    trusted_proxies: str = Field(
        "", description="addresses or networks, separated by commas, whose X-Forwarded-For and -Proto are believed"
    )
    allowed_hosts: list[str] = Field(
        default_factory=list, description="as JSON: names under which the service is called; others: 400; empty: any"
    )
    limit_head_bytes: int = Field(65_536, ge=4096, description="of a request's first line and headers; beyond: 431")
    limit_head_seconds: float = Field(10, gt=0, description="until a request's head has come; beyond: 408")
    limit_body_seconds: float = Field(60, gt=0, description="until a request's body has come; beyond: 408")
    limit_connections: int = Field(1000, ge=1, description="at a time, of one API process")
    limit_waits: int = Field(20, ge=1, description="requests of one caller that wait for events at a time; beyond: 429")
    limit_streams: int = Field(10, ge=1, description="live pages of one caller at a time; beyond: 429")
    limit_commands: int = Field(
        300, ge=20, description="of one caller a second, averaged over ten; those of a bulk request count; beyond: 429"
    )
    limit_loads: int = Field(
        5000, ge=20, description="the same for a caller with the role administrator, who loads what other systems hold"
    )
    limit_past_reads: int = Field(
        20,
        ge=1,
        description="of one caller a second, averaged over ten: known_at, effective_on, histories; beyond: 429",
    )
    audit_key: SecretStr | None = Field(
        None, description="base64 of 32 bytes; only for `api`: turns names in the audit trail into pseudonyms, and back"
    )
    audit_days: int = Field(1095, ge=30, le=36_500, description="how long the audit trail is kept")
    master_key: SecretStr | None = Field(None, description="base64 of 32 bytes; only for services that hold keys")
    previous_master_keys: SecretStr = Field(SecretStr(""), description="those before it, separated by commas")


class RoleSettings(BaseSettings):
    """Settings of one service: ``PORTOLAN_<SERVICE>_<NAME>``. Only the migration needs the owner's address."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str
    migration_url: str | None = None
    kafka_username: str | None = Field(None, description="unset: the prefix and the service's name")
    kafka_password: SecretStr | None = Field(None, description="only for `worker`, `republish` and `grant`")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    operations_port: int | None = Field(
        None, ge=0, le=65535, description="metrics, status and operators' routes of the API; unset: on its port"
    )
    worker_port: int | None = Field(None, ge=0, le=65535, description="health and metrics of the worker; unset: none")


def read_settings(service: str) -> tuple[SharedSettings, RoleSettings]:
    """The settings of a service; ends the process with a sentence for each one that is missing or wrong."""
    prefix = f"PORTOLAN_{service.upper()}_"
    problems: list[str] = []
    shared, own = None, None
    try:
        shared = SharedSettings()
    except ValidationError as error:
        problems += [f"PORTOLAN_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
    try:
        own = RoleSettings(_env_prefix=prefix)
    except ValidationError as error:
        problems += [f"{prefix}{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
    if shared is None or own is None:
        stop(f"{service} cannot start; set these environment variables:\n  " + "\n  ".join(problems))
    return shared, own


def principal_of(service: str, shared: SharedSettings, own: RoleSettings) -> str:
    """The name under which a service is known to Kafka."""
    return own.kafka_username or f"{shared.kafka_prefix}{service}"


def broker_of(service: str, shared: SharedSettings, own: RoleSettings) -> Broker:
    """How a service reaches Kafka; ends the process with a sentence where its credentials are missing."""
    name = principal_of(service, shared, own)
    variable = f"PORTOLAN_{service.upper()}_KAFKA_PASSWORD"
    return broker_as(name, own.kafka_password, shared.kafka_sasl_mechanism, shared, service, variable)


def administered_by(service: str, shared: SharedSettings) -> Broker:
    """How the operator reaches Kafka; ends the process with a sentence where the credentials are missing."""
    name, password, mechanism = (
        shared.kafka_admin_username,
        shared.kafka_admin_password,
        shared.kafka_admin_sasl_mechanism,
    )
    return broker_as(name, password, mechanism, shared, service, "PORTOLAN_KAFKA_ADMIN_PASSWORD")


def broker_as(
    name: str, password: SecretStr | None, mechanism: str, shared: SharedSettings, service: str, variable: str
) -> Broker:
    """How a principal reaches Kafka; ``variable`` is where its password is set."""
    protocol, authorities = shared.kafka_security_protocol, shared.kafka_ca_file
    if protocol.startswith("SASL") and not (password and password.get_secret_value()):
        stop(f"{service} cannot start; set {variable}: PORTOLAN_KAFKA_SECURITY_PROTOCOL is {protocol}")
    if protocol == "SASL_PLAINTEXT" and mechanism == "PLAIN":
        stop(f"{service} cannot start: PLAIN sends the password itself; PORTOLAN_KAFKA_SECURITY_PROTOCOL: SASL_SSL")
    if authorities is not None and not Path(authorities).is_file():
        stop(f"{service} cannot start; PORTOLAN_KAFKA_CA_FILE: there is no file {authorities}")
    return Broker(shared.kafka_bootstrap, protocol, mechanism, name, password, authorities)


def stop(sentence: str) -> NoReturn:
    sys.stderr.write(sentence + "\n")
    raise SystemExit(2)
