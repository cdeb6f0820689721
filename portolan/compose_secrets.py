"""Writes the secrets of docker-compose.yml to ``.env``, once: ``python3 -m portolan.compose_secrets``.

Needs no package and no environment, so that a machine with Docker alone can run it.
"""

import base64
import os
import re
import secrets
import sys
from pathlib import Path

SERVICES = ("people", "portfolio", "finance", "reporting")
PASSWORDS = (
    "PORTOLAN_POSTGRES_PASSWORD",
    "PORTOLAN_KAFKA_ADMIN_PASSWORD",
    *(
        f"PORTOLAN_{service.upper()}_{kind}"
        for service in SERVICES
        for kind in ("OWNER_PASSWORD", "PASSWORD", "KAFKA_PASSWORD")
    ),
)
KEYS = ("PORTOLAN_ISSUER_KEY", "PORTOLAN_MASTER_KEY", "PORTOLAN_AUDIT_KEY")
SETTING = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=\s*\S", re.MULTILINE)
HEAD = """\
# The secrets of docker-compose.yml, made by `make secrets`. Anyone who reads this file can read and change everything.
# Lost, PORTOLAN_MASTER_KEY takes every name of a person with it: keep a copy where the backups are not.
"""


def password() -> str:
    """A password that needs no quoting in a URL or a file of settings."""
    return secrets.token_urlsafe(24)


def key() -> str:
    """A key of 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def missing(text: str) -> list[str]:
    """The names of the secrets that a file of settings does not set."""
    known = set(SETTING.findall(text))
    return [name for name in (*PASSWORDS, *KEYS) if name not in known]


def complete(file: Path) -> list[str]:
    """Add the secrets that are missing, readable by the owner alone; what is there stays. The names of the new ones."""
    old = file.read_text() if file.exists() else HEAD
    new = missing(old)
    if not new:
        return []
    lines = [f"{name}={key() if name in KEYS else password()}\n" for name in new]
    text = old + ("" if old.endswith("\n") or not old else "\n") + "".join(lines)
    # Under another name first: a file that was interrupted halfway would look complete.
    begun = file.with_name(f"{file.name}.new")
    begun.unlink(missing_ok=True)
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
    begun.replace(file)
    return new


def main(folder: Path) -> None:
    file = folder / ".env"
    existed = file.exists()
    new = complete(file)
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
        sys.stdout.write(f"{file} could be read by others; now it is yours alone.\n")
    if not new:
        sys.stdout.write(f"{file} has every secret; nothing was changed.\n")
    elif existed:
        sys.stdout.write(f"{file} was there and keeps what it had; added: {', '.join(new)}.\n")
    else:
        sys.stdout.write(f"{file} has {len(new)} random secrets now, readable by you alone. Next: docker compose up\n")


if __name__ == "__main__":
    main(Path.cwd())
