"""CI leaves nothing out in silence: a skipped test fails there, and missing data ends the run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BARE = {"PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    "skipping",
    [
        "import pytest\ndef test_it() -> None:\n    pytest.skip('not here')\n",
        "import pytest\npytest.skip('not here', allow_module_level=True)\n",
    ],
)
def test_where_everything_is_required_a_skipped_test_fails(skipping: str, tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(skipping)
    run = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", str(tmp_path)]
    assert subprocess.run(run, cwd=ROOT, env=BARE, capture_output=True, check=False).returncode in (0, 5)
    required = subprocess.run(
        run, cwd=ROOT, env=BARE | {"PORTOLAN_REQUIRE_ALL": "1"}, capture_output=True, text=True, check=False
    )
    assert required.returncode != 0
    assert "PORTOLAN_REQUIRE_ALL is set, and this was skipped" in required.stdout


@pytest.mark.parametrize("missing", ["data", "data/federal-it-projects-2012.csv", "tools/standin-images/build.sh"])
def test_the_run_ends_at_once_where_what_it_needs_is_missing(missing: str, tmp_path: Path) -> None:
    checkout, shared = tmp_path / "checkout", tmp_path / "shared"
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    for there in ("data/federal-it-projects-2012.csv", "tools/standin-images/build.sh"):
        if missing != "data" or not there.startswith("data/"):
            (shared / there).parent.mkdir(parents=True, exist_ok=True)
        if not there.startswith(missing):
            (shared / there).touch()
    script = ["bash", str(checkout / ".ci/run")]
    run = subprocess.run(script, env=BARE, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"{shared / missing} is missing" in run.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with all that the run needs, whose programs only say that they were called."""
    checkout, programs = tmp_path / "checkout", tmp_path / "programs"
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    for there in ("data/federal-it-projects-2012.csv", "tools/standin-images/build.sh"):
        (tmp_path / "shared" / there).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shared" / there).touch()
    programs.mkdir()
    for name in ("make", "docker", "chromium", "python3"):
        (programs / name).write_text(f'#!/bin/sh\necho "called: {name} $*"\n[ "{name} $*" != "$FAILING" ]\n')
        (programs / name).chmod(0o755)
    return checkout


def run_in(checkout: Path, failing: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{checkout.parent / 'programs'}:{BARE['PATH']}", "FAILING": failing}
    command = ["bash", str(checkout / ".ci/run")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_every_part_runs_says_its_seconds_and_the_tests_come_last(checkout: Path) -> None:
    done = run_in(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    made = [line.removeprefix("called: ") for line in done.stdout.splitlines() if line.startswith("called: make")]
    newcomer = ["make up", "make up", "make down", "make clean"]
    assert made == [*newcomer, "make check", "make test-containers", "make test"]
    for part in ("make up, make down, make clean", "make check", "The images of services and command"):
        assert re.search(rf"^== {part}: \d+ s$", done.stdout, re.MULTILINE), part
    assert done.stdout.splitlines()[-1] == "called: make test"


@pytest.mark.parametrize("failing", ["make up", "make check", "make test-containers", "make test"])
def test_a_part_that_fails_ends_the_run_also_beside_another(checkout: Path, failing: str) -> None:
    done = run_in(checkout, failing)
    assert done.returncode != 0
    made = [line.removeprefix("called: ") for line in done.stdout.splitlines() if line.startswith("called: make")]
    assert made[-1] == failing
