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


def asyncapi_document(
    service: str, topic: str, events: Sequence[type[BaseModel]], version: str, bootstrap: str
) -> dict[str, Any]:
    """The document; every message is a CloudEvent in binary mode."""
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
        "servers": {"kafka": {"host": bootstrap, "protocol": "kafka"}},
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
