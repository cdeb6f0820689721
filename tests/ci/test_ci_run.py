"""CI leaves nothing out in silence: a skipped test fails there, and missing data ends the run."""

import os
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
