"""The administration of a cluster: users, and ACLs that are brought to what principals should be allowed."""

from collections.abc import Sequence

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError

from chassis.messaging.access import Access, Grant
from chassis.messaging.broker import Broker
from chassis.messaging.kafka import connected

PATIENCE_MS = 10_000
ITERATIONS = 4096
"""Of SCRAM, the least that Kafka takes: passwords are random and long, and every connection pays for more."""


class GrantsRefused(KafkaError):  # type: ignore[misc]
    """The cluster did not take users or ACLs; the text says why."""


class Administration:
    """Users and ACLs of a cluster, over an administrator's connection."""

    def __init__(self, administrator: Broker) -> None:
        self._admin: KafkaAdminClient = connected(KafkaAdminClient, administrator, bootstrap_timeout_ms=PATIENCE_MS)

    def close(self) -> None:
        self._admin.close()

    def set_passwords(self, principals: Sequence[Broker]) -> None:
        """Make these users, or set their passwords, in one call; raises ``GrantsRefused``."""
        changes = [
            UserScramCredentialUpsertion(each.username, each.mechanism, each.secret, ITERATIONS) for each in principals
        ]
        told = self._admin.alter_user_scram_credentials(changes)
        if refused := [f"{user}: {why}" for user, why in told.items() if why is not None]:
            raise GrantsRefused(f"users not made: {'; '.join(refused)}")

    def grant(self, accesses: Sequence[Access]) -> None:
        """Bring the ACLs of these principals to what they should be; those of others stay. Raises ``GrantsRefused``."""
        wanted = {acl_of(access.principal, grant) for access in accesses for grant in access.grants()}
        found = {acl for access in accesses for acl in self.existing(access.principal)}
        if missing := sorted(wanted - found, key=repr):
            told = self._admin.create_acls(missing)
            if refused := told["failed"]:
                raise GrantsRefused(f"ACLs not made: {', '.join(sorted({failure.__name__ for failure in refused}))}")
        if surplus := sorted(found - wanted, key=repr):
            results = self._admin.delete_acls([exactly(acl) for acl in surplus])
            if refused := [failure for _, _, failure in results if failure.errno]:
                raise GrantsRefused(f"ACLs not taken back: {', '.join(sorted({each.__name__ for each in refused}))}")

    def existing(self, principal: str) -> list[ACL]:
        """The ACLs of a principal."""
        anything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        found, _ = self._admin.describe_acls(
            ACLFilter(f"User:{principal}", None, ACLOperation.ANY, ACLPermissionType.ANY, anything)
        )
        return list(found)


def acl_of(principal: str, grant: Grant) -> ACL:
    pattern = ResourcePattern(grant.resource, grant.name, grant.pattern)
    return ACL(f"User:{principal}", "*", grant.operation, ACLPermissionType.ALLOW, pattern)


def exactly(acl: ACL) -> ACLFilter:
    """The filter that finds this ACL and no other."""
    pattern = acl.resource_pattern
    only = ResourcePatternFilter(pattern.resource_type, pattern.resource_name, pattern.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, only)
