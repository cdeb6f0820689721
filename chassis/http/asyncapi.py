"""The AsyncAPI 3.0 document of a service: its topic and every event on it, from the models themselves."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

HEADERS = {
    "ce_specversion": "CloudEvents version, 1.0",
    "ce_id": "the event's id, a UUID",
    "ce_source": "the publishing service",
    "ce_type": "the event's type, `portolan.<service>.<Event>`",
    "ce_subject": "the stream: the aggregate's kind and id; also the message key",
    "ce_time": "when it was recorded, RFC 3339, UTC",
    "ce_number": "its number in the stream: 1, 2, 3 without a gap; drop what is not above the last seen",
    "ce_actor": "who did it: a person's id or a system's name",
    "content-type": "application/json",
}

SCHEMES = {"PLAIN": "plain", "SCRAM-SHA-256": "scramSha256", "SCRAM-SHA-512": "scramSha512"}


def asyncapi_document(service: str, topic: str, events: Sequence[type[BaseModel]], version: str) -> dict[str, Any]:
    """The document without its servers; every message is a CloudEvent in binary mode."""
    _, schema = models_json_schema(
        [(event, "serialization") for event in events], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Portolan {service}: events",
            "version": version,
            "description": "Kept for ever: a new subscriber reads from the first event.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": topic,
                "messages": {e.__name__: {"$ref": f"#/components/messages/{e.__name__}"} for e in events},
            }
        },
        "operations": {
            "publish": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": f"Everything {service} publishes, in order within each stream.",
            }
        },
        "components": {
            "messages": {
                event.__name__: {
                    "name": f"portolan.{service}.{event.__name__}",
                    "title": event.__name__,
                    "summary": (event.__doc__ or "").strip().splitlines()[0],
                    "contentType": "application/json",
                    "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
                    "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
                }
                for event in events
            },
            "schemas": {
                **schema.get("$defs", {}),
                "CloudEventHeaders": {
                    "type": "object",
                    "required": list(HEADERS),
                    "properties": {name: {"type": "string", "description": text} for name, text in HEADERS.items()},
                },
            },
        },
    }


def with_servers(document: dict[str, Any], bootstrap: str, protocol: str, mechanism: str) -> dict[str, Any]:
    """The document with where the brokers are, and how one speaks and logs in to them, in Kafka's own words."""
    server: dict[str, Any] = {"protocol": "kafka-secure" if protocol.endswith("SSL") else "kafka"}
    components = document["components"]
    if protocol.startswith("SASL"):
        server |= {
            "description": f"{protocol}, {mechanism}",
            "security": [{"$ref": "#/components/securitySchemes/sasl"}],
        }
        components = components | {"securitySchemes": {"sasl": {"type": SCHEMES[mechanism]}}}
    hosts = bootstrap.split(",")
    names = ["kafka"] if len(hosts) == 1 else [f"kafka-{place}" for place in range(1, len(hosts) + 1)]
    servers = {name: {"host": host} | server for name, host in zip(names, hosts, strict=True)}
    return document | {"servers": servers, "components": components}
