"""Each service starts, serves and passes its tests in a tree in which its siblings do not exist."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portolan.names import SERVICES

CHECKOUT = Path(__file__).parents[2]
WITH_IT = (
    "pyproject.toml",
    "contracts",
    "chassis",
    "portolan",
    "services/__init__.py",
    *(f"tests/{module.name}" for module in (CHECKOUT / "tests").glob("*.py")),
)
# CI tries the same examples in every run there too; PostgreSQL and Kafka, which know no service, are this run's.
KEPT = ("PORTOLAN_REQUIRE_ALL", "PORTOLAN_TEST_RUN", "PORTOLAN_REAL_DATA", "PORTOLAN_REAL_DATA_FOLDER")
SIBLINGS = """
import importlib.util, pathlib, services
print(pathlib.Path(services.__file__).parent.parent, *(
    name for name in ("people", "portfolio", "finance", "reporting") if importlib.util.find_spec(f"services.{name}")
))
"""


@pytest.fixture
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkout with one service."""
    for name in (*WITH_IT, f"services/{request.param}", f"tests/{request.param}"):
        source, target = CHECKOUT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return tmp_path


def python(tree: Path, *words: str) -> str:
    """What Python says there."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PORTOLAN_"))}
    environment |= {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, *words]
    with subprocess.Popen(
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, process_group=0
    ) as done:
        try:
            said, _ = done.communicate()
        except BaseException:
            # Out of time, or interrupted: what its tests started goes too; its servers end with it in any case.
            os.killpg(done.pid, signal.SIGKILL)
            raise
    assert done.returncode == 0, said
    return said


# All the tests of a service in one process of its own.
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("tree", SERVICES, ids=SERVICES, indirect=True)
def test_a_service_passes_its_tests_without_its_siblings(tree: Path) -> None:
    service = next(path.parent.name for path in tree.glob("services/*/app.py"))
    assert python(tree, "-c", SIBLINGS).split() == [str(tree), service]
    said = python(tree, "-m", "pytest", "-q", f"tests/{service}")
    passed = re.search(r"(\d+) passed", said)
    assert passed is not None, said
    assert int(passed[1]) >= 15, said
    if left_out := [line for line in said.splitlines() if line.startswith("SKIPPED")]:
        pytest.skip(f"{passed[1]} passed, but: {'; '.join(left_out)}")
