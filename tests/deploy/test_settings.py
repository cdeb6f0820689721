"""The table of settings in docs/operations.md is whole and true, and docker-compose.yml passes on what it promises."""

import re
from pathlib import Path

import yaml

from chassis.service.settings import RoleSettings, SharedSettings
from portolan.names import SERVICES
from portolan.stack.stack import StackSettings
from services.finance.app import SERVICE as FINANCE
from services.people.app import SERVICE as PEOPLE
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING

DEFINITIONS = (PEOPLE, PORTFOLIO, FINANCE, REPORTING)
CHECKOUT = Path(__file__).parents[2]
NAME = re.compile(r"\bPORTOLAN_(?:<SERVICE>_)?[A-Z][A-Z_]*[A-Z]\b")
# Set by the tests for themselves.
INTERNAL = {"PORTOLAN_TEST_RUN"}


def documented() -> dict[str, str]:
    """The default of each variable in the tables."""
    rows = re.findall(r"^\| `(PORTOLAN_[^`]+)` \|([^|]*)\| [^|]+ \|$", page(), re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}), "a variable is told twice"
    return {name: default.strip(" `") for name, default in rows}


def page() -> str:
    return (CHECKOUT / "docs" / "operations.md").read_text()


def test_every_setting_of_a_service_is_told_with_its_default() -> None:
    told = documented()
    for prefix, settings in (
        ("PORTOLAN_", SharedSettings),
        ("PORTOLAN_<SERVICE>_", RoleSettings),
        ("PORTOLAN_", StackSettings),
    ):
        for name, field in settings.model_fields.items():
            value = None if field.is_required() else field.get_default(call_default_factory=True)
            default = "" if value is None else str(value) or "none"
            assert told.get(prefix + name.upper()) == default, f"{prefix}{name.upper()} in docs/operations.md"


def test_every_variable_that_is_used_is_told_and_every_one_told_is_used() -> None:
    files = [CHECKOUT / name for name in ("docker-compose.yml", "Makefile", ".ci/run", "deploy/postgres/databases.sh")]
    files += [
        *CHECKOUT.glob("portolan/**/*.py"),
        *(CHECKOUT / "tests" / name for name in ("conftest.py", "examples.py")),
    ]
    used = {name for file in files for name in NAME.findall(file.read_text())}
    told = documented()
    names = {name.replace("<SERVICE>", service.upper()) for name in told for service in SERVICES}
    settings = {f"PORTOLAN_{name.upper()}" for name in SharedSettings.model_fields}
    settings |= {
        f"PORTOLAN_{service.upper()}_{name.upper()}" for service in SERVICES for name in RoleSettings.model_fields
    }
    assert used - names - INTERNAL == set()
    assert names - used - settings - {name for name in names if name.endswith("_PASSWORD")} == set()


def test_every_container_with_the_master_key_is_given_the_previous_ones_too() -> None:
    containers = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"]
    given = {name: container.get("environment") or {} for name, container in containers.items()}
    holders = {name for name, settings in given.items() if "PORTOLAN_MASTER_KEY" in settings}
    assert holders == {name for service in SERVICES for name in (service, f"{service}-worker")}
    previous = {name: settings.get("PORTOLAN_PREVIOUS_MASTER_KEYS") for name, settings in given.items()}
    assert {name for name, setting in previous.items() if setting} == holders
    assert {previous[name] for name in holders} == {"${PORTOLAN_PREVIOUS_MASTER_KEYS:-}"}


def test_the_table_of_acls_is_what_the_services_definitions_ask_for() -> None:
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$", page(), re.MULTILINE)
    told = {name: [re.findall(r"`([^`]+)`", cell) for cell in cells] for name, *cells in rows if name in SERVICES}
    for service in DEFINITIONS:
        access = service.access("", service.name)
        assert told[service.name] == [list(access.writes), list(access.reads), [access.groups]]
    assert len(told) == len(DEFINITIONS)
