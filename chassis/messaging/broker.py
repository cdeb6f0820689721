"""How to reach Kafka, and as whom: the one value from which every client is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True)
class Broker:
    """Kafka's addresses, how the way there is protected, and the credentials of a principal.

    ``security_protocol`` and ``mechanism`` are Kafka's own words; ``ca_file`` names the authorities in PEM, None the
    system's. Neither its text nor its hash tells the password.
    """

    bootstrap: str
    security_protocol: str
    mechanism: str = "SCRAM-SHA-512"
    username: str = ""
    password: SecretStr | None = None
    ca_file: str | None = None

    @property
    def encrypted(self) -> bool:
        return self.security_protocol.endswith("SSL")

    @property
    def authenticated(self) -> bool:
        return self.security_protocol.startswith("SASL")

    @property
    def principal(self) -> str:
        """The principal's name, as ACLs have it."""
        return f"User:{self.username}"

    @property
    def secret(self) -> str:
        """The password itself."""
        return self.password.get_secret_value() if self.password else ""

    def settings(self) -> Mapping[str, Any]:
        """The settings of any client of kafka-python."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.security_protocol,
        }
        if self.encrypted:
            settings["ssl_cafile"] = self.ca_file
        if self.authenticated:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.secret,
            }
        return settings
