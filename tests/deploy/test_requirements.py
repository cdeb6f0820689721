"""A service installs what it needs, by hashes, and the command says what it lacks beside services alone."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))
COMMAND_ALONE = (
    "import sys; sys.modules[sys.argv[1]] = None; from portolan.cli import main; sys.argv[1:] = ['status']; main()"
)


def names(requirements: list[str]) -> set[str]:
    """The packages that requirements name."""
    found = {re.split(r"[\[><=;\s]", each, maxsplit=1)[0].lower().replace("_", "-") for each in requirements}
    return found - {"portolan"}


def locked(name: str) -> set[str]:
    """The packages in a lock."""
    return set(re.findall(r"^([\w.-]+)==", (CHECKOUT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))


def test_a_service_installs_nothing_of_the_command_or_the_local_stack() -> None:
    extras = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"]) <= locked("service")
    assert not names(extras["command"]) & locked("service")
    assert not names(extras["local"]) & locked("command")
    assert locked("service") < locked("command") < locked("runtime") < locked("dev")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_package_is_locked_by_hashes_without_an_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "index-url" not in text
    for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        assert "--hash=sha256:" in block or not block.strip(), block


@pytest.mark.parametrize(
    ("lock", "extras"), [("service", ()), ("command", ("command",)), ("runtime", ("command", "local"))], ids=str
)
def test_a_lock_was_resolved_since_the_project_last_named_a_package(lock: str, extras: Sequence[str]) -> None:
    asked = names(PROJECT["dependencies"]).union(*(names(PROJECT["optional-dependencies"][extra]) for extra in extras))
    text = (CHECKOUT / "requirements" / f"{lock}.txt").read_text()
    blocks = re.findall(r"^([\w.-]+)==(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert {name for name, block in blocks if "portolan (pyproject.toml)" in block} == asked, "run `make lock`"


@pytest.mark.parametrize("package", ["typer", "psutil", "httpx"])
def test_the_command_says_what_to_install_beside_services_alone(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND_ALONE, package], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"The package {package} is not installed" in done.stderr
    assert "pip install 'portolan[local]'" in done.stderr
    assert "Traceback" not in done.stderr
