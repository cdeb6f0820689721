"""The version is written once, in pyproject.toml; whatever shows it reads the installed distribution's metadata."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from portolan.stack.postgres import ServiceDatabase
from tests import plain_http
from tests.chassis.counting import SERVICE
from tests.harness import NOWHERE, company

CHECKOUT = Path(__file__).parents[2]
VERSION: str = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]


def test_the_installed_distribution_is_of_this_version() -> None:
    assert metadata.version("portolan") == VERSION, "run `make check`, which installs it again"


@pytest.mark.parametrize("command", ["portolan.cli", "portolan.containers"])
def test_a_command_says_its_version(command: str) -> None:
    run = [sys.executable, "-c", f"from {command} import main; main()", "--version"]
    assert (
        subprocess.run(run, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout == f"portolan {VERSION}\n"
    )


def test_a_services_documents_status_and_metrics_say_its_version(
    fresh_database: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    with company(NOWHERE, fresh_database, tmp_path) as made:
        running = made.start(SERVICE, worker=False)
        openapi, asyncapi = (
            plain_http.get(f"{running.url}/{name}.json", timeout=30) for name in ("openapi", "asyncapi")
        )
        assert openapi.json()["info"]["version"] == asyncapi.json()["info"]["version"] == VERSION
        assert running.status()["version"] == VERSION
        assert f'version="{VERSION}"' in plain_http.get(f"{running.url}/metrics", timeout=30).text


def test_it_is_written_nowhere_else() -> None:
    search = ["git", "grep", "--untracked", "--name-only", "--fixed-strings", f'"{VERSION}"']
    assert subprocess.run(search, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split() == [
        "pyproject.toml"
    ]


def test_it_is_the_newest_release_of_the_changelog() -> None:
    lines = (CHECKOUT / "CHANGELOG.md").read_text().splitlines()
    first = next(line for line in lines if line.startswith("## [") and line != "## [Unreleased]")
    assert first.startswith(f"## [{VERSION}] - 20")
