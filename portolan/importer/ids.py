"""Ids that follow from a source and its keys: the same at every load, so that loading may be repeated."""

import hmac
from uuid import UUID, uuid5

from portolan.importer.mapping import FileMapping

NAMESPACE = UUID("3f7c1c52-5d0e-5b77-9b43-0d6f4c1d8a60")


def id_of(mapping: FileMapping, kind: str, *key: str) -> UUID:
    """The id of something in a source; nobody can try keys or names against it without the mapping's secret."""
    name = "\x1f".join((mapping.source, kind, *key))
    if mapping.secret is None:
        return uuid5(NAMESPACE, name)
    digest = hmac.digest(mapping.secret.get_secret_value().encode(), NAMESPACE.bytes + name.encode(), "sha256")
    return UUID(bytes=digest[:16], version=5)
