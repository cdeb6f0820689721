"""The local stack's master keys: made once, kept to their owner, handed only to the services that hold keys."""

import base64
from pathlib import Path

from portolan.local import Local
from portolan.names import SERVICES
from portolan.stack.stack import Stack, StackSettings
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING


def test_a_master_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    local = Local(Stack(tmp_path, StackSettings()))
    (key,) = local.master_keys
    assert len(base64.b64decode(key, validate=True)) == 32
    file = tmp_path / "master-keys"
    assert file.stat().st_mode & 0o777 == 0o600
    assert local.master_keys == [key]
    file.write_text(f"new\n{key}\n")
    assert local.master_keys == ["new", key]


def test_every_service_holds_keys_and_is_handed_the_one_that_opens_them() -> None:
    held = {service.name for service in (PEOPLE, PORTFOLIO, FINANCE, REPORTING) if service.holds_keys}
    assert held == set(SERVICES)
