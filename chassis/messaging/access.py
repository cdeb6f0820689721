"""What a principal may do in Kafka: nothing but what its ACLs say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kafka.admin import ACLOperation, ACLResourcePatternType, ResourceType


class Grant(NamedTuple):
    """One ACL: a topic or a group, whole or by the beginning of its name, and what may be done with it."""

    resource: ResourceType
    name: str
    pattern: ACLResourcePatternType
    operation: ACLOperation


@dataclass(frozen=True)
class Access:
    """The topics that a principal creates and writes, those it reads, and how the names of its groups begin."""

    principal: str
    writes: Sequence[str] = ()
    reads: Sequence[str] = ()
    groups: str | None = None

    def grants(self) -> set[Grant]:
        """Its ACLs: those that are missing are refused, those beyond are taken back.

        Kafka implies Describe where Read or Write is allowed, and the idempotent producer where any Write is.
        """
        whole = ACLResourcePatternType.LITERAL
        found = {
            Grant(ResourceType.TOPIC, topic, whole, operation)
            for topic in self.writes
            for operation in (ACLOperation.CREATE, ACLOperation.WRITE)
        }
        found |= {Grant(ResourceType.TOPIC, topic, whole, ACLOperation.READ) for topic in self.reads}
        if self.groups is not None:
            found.add(Grant(ResourceType.GROUP, self.groups, ACLResourcePatternType.PREFIXED, ACLOperation.READ))
        return found


def groups_of(service: str) -> str:
    """How the names of a service's consumer groups begin; the rest is the reader's name."""
    return f"portolan.{service}."
