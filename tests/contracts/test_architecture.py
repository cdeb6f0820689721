"""The import rules hold, and each service stands alone."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("people", "portfolio", "finance", "reporting")
ALONE = """
import importlib, pkgutil, sys

service, siblings = sys.argv[1], sys.argv[2].split(",")

class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == sibling or name.startswith(sibling + ".") for sibling in siblings):
            raise ModuleNotFoundError(f"{name} is absent", name=name)
        return None

sys.meta_path.insert(0, Absent())
package = importlib.import_module(f"services.{service}")
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if ".migrations." not in name:
        importlib.import_module(name)
assert importlib.import_module(f"services.{service}.app").SERVICE.name == service
try:
    importlib.import_module(siblings[0])
except ModuleNotFoundError:
    print(len(names), "modules stand alone")
"""


def test_the_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stands_alone(service: str) -> None:
    siblings = ",".join(f"services.{other}" for other in SERVICES if other != service)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, service, siblings], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("modules stand alone\n")
