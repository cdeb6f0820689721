"""What the services answer is what their OpenAPI documents say, whatever they are asked: Schemathesis's checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.roles import Role
from tests import plain_http
from tests.business import Business
from tests.examples import TIMES, examples
from tests.patience import patient

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# Every run makes the cases of each boundary in a schema; `make long` also what is drawn by chance, and chains of calls.
PHASES = ["--phases", "examples,coverage"] if TIMES == 1 else ["--max-examples", str(examples(5))]
ALL_BUT_SYSTEM = [role for role in Role if role is not Role.SYSTEM]


@pytest.fixture(scope="module")
def at_work(business: Business) -> Business:
    """A company in which there is one of everything, so that the ids in its lists lead somewhere."""
    team = business.team()
    business.funded(team)
    business.division_budget(team.division, 500)
    business.settle()
    return business


@pytest.mark.parametrize("service", ["people", "portfolio", "finance", "reporting"])
def test_a_service_answers_as_its_document_says(at_work: Business, service: str, tmp_path: Path) -> None:
    running = at_work.company.running[service]
    # Made when it is first asked for, which Schemathesis waits ten seconds for.
    assert plain_http.get(f"{running.url}/openapi.json", timeout=patient(60)).status_code == 200
    token = running.issuer.token("system:tests", ALL_BUT_SYSTEM)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
    asked = ["run", f"{running.url}/openapi.json", *PHASES]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PORTOLAN_TEST_TOKEN": token}
    outcome = subprocess.run(
        [*command, *asked], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
