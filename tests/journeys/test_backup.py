"""A stack is backed up, lives on, is destroyed and restored: it is what it was, and life goes on from there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import text

from contracts.roles import Role
from portolan.local import Local
from portolan.names import SERVICES
from portolan.stack.stack import Stack, StackSettings
from tests import plain_http
from tests.business import Business, done, made, ordered
from tests.chassis.support import connected
from tests.harness import Company, wait_until
from tests.journeys.test_newcomer import BLOCK, CHECKOUT, PORTS, Newcomer, environment

# What a restore begins again: offsets, epochs, what was said to Kafka, signs of life.
ANEW = {"relay": ["epoch", "changed_at"], "progress": ["next_offset", "changed_at"], "keys": ["announced", "again_at"]}
Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Door:
    """A service of the local stack, as a business asks it."""

    local: Local
    name: str
    clients: ExitStack = field(default_factory=ExitStack)

    def client(self, *roles: Role, subject: str) -> httpx.Client:
        token = self.local.token(subject, [str(role) for role in roles])
        headers = {"authorization": f"Bearer {token}"}
        made = plain_http.client(base_url=self.local.url(self.name), headers=headers, timeout=30)
        return self.clients.enter_context(made)


class Stacked:
    """The local stack as a company."""

    def __init__(self, local: Local) -> None:
        self.local = local
        self.running = {service: Door(local, service) for service in SERVICES}

    def settle(self) -> None:
        self.local.catch_up(lambda _lag: None)


def a_business(local: Local) -> Business:
    return Business(cast(Company, Stacked(local)))


def let_go(business: Business) -> None:
    """Close the connections of everybody who acted."""
    for running in cast(Stacked, business.company).running.values():
        running.clients.close()


@dataclass(frozen=True)
class Site:
    """A folder in which somebody types the commands of the documentation."""

    someone: Newcomer
    local: Local
    folder: Path

    def scripts(self) -> list[str]:
        """The section's scripts, with this stack's folder in the place of the default one."""
        page = (CHECKOUT / "docs" / "operations.md").read_text().partition("\n## Back up and restore\n")[2]
        found = [block["text"] for block in BLOCK.finditer(page.partition("\n## ")[0]) if block["kind"] == "sh"]
        return [script.replace(".portolan/", f"{self.local.stack.folder}/") for script in found]

    def types(self, script: str) -> str:
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=self.folder,
            env=dict(self.someone.env),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, service: str) -> Rows:
        """Every row of a service's database, but for what a restore begins again."""
        found: Rows = {}
        with connected(self.local.stack.database(service).owner_url) as owner:
            tables = owner.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
            for table in tables.scalars().all():
                if table not in ("lags", "workers"):
                    row = "to_jsonb(t) - CAST(:again AS text[])" if table in ANEW else "t"
                    others = (
                        "WHERE reader <> 'keys'" if table == "progress" else ""
                    )  # it counts what is only said again
                    query = text(f"SELECT ({row})::text AS r FROM {table} t {others} ORDER BY 1")
                    found[table] = list(
                        owner.execute(query, {"again": ANEW.get(table)} if table in ANEW else {}).scalars()
                    )
        return found

    def everything(self) -> dict[str, Rows]:
        return {service: self.rows(service) for service in SERVICES}

    def name_in_reporting(self, division: str) -> str:
        with connected(self.local.stack.database("reporting").url) as reporting:
            query = text("SELECT name FROM divisions WHERE id = :id")
            return str(reporting.execute(query, {"id": division}).scalar_one())

    def well(self) -> None:
        wait_until(lambda: "No problems." in self.someone.says("status"), "nothing is wrong")


@pytest.fixture
def site(new_folder: Callable[[], Path]) -> Iterator[Site]:
    folder = new_folder()
    env = environment(folder)
    ports = {f"{name}_port": int(env[f"PORTOLAN_{name.upper()}_PORT"]) for name in PORTS}
    (folder / ".venv").symlink_to(sys.prefix)
    made = Site(Newcomer(env), Local(Stack(folder / "state", StackSettings(**cast(Any, ports)))), folder)
    made.someone.types("up", "--no-demo")
    try:
        yield made
    finally:
        made.someone.types("clean")


def rename(business: Business, division: str, name: str) -> None:
    done(business.hr.post(f"/divisions/{division}/rename", json={"name": name}))


def refused_to_republish(local: Local, service: str) -> str:
    """What the role says in the middle of everything."""
    settings = {**os.environ, **local.environment(service, "republish"), **local.stack.environment(service)}
    command = [sys.executable, "-m", f"services.{service}.app", "republish"]
    found = subprocess.run(command, env=settings, cwd="/", capture_output=True, text=True, check=False)
    assert found.returncode == 2
    return found.stderr


def test_a_restored_stack_is_what_it_was_and_goes_on(site: Site) -> None:
    business = a_business(site.local)
    team = business.team()
    project = business.funded(team)
    ordered(business.controller, project, 100)
    gone = made(business.hr.post("/persons", json={"name": "Perpetua Canaryworth", "effective_on": "2026-01-05"}))
    done(business.hr.post(f"/persons/{gone}/record-leaving", json={"effective_on": "2026-01-06"}))
    done(business.hr.post(f"/persons/{gone}/erase", json={"reason": "Asked for in writing."}))
    business.settle()

    back_up, restore = site.scripts()
    told = site.types(back_up)
    assert site.local.status("people")["keys"]["master"] in told  # type: ignore[index]
    business.settle()
    before = site.everything()
    assert before["people"]["events"]
    assert before["finance"]["events"]
    folder = site.folder / "monday"
    assert {path.stat().st_mode & 0o077 for path in [folder, *folder.glob("*.*")]} == {0}
    keys = site.local.master_keys[0].encode()
    written = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(written) == {"backup.json", "issuer.tar.age", *(f"{service}.dump.age" for service in SERVICES)}
    assert all(
        content.startswith(b"age-encryption.org/v1\n") for name, content in written.items() if name[-4:] == ".age"
    )
    assert not [name for name, content in written.items() if keys in content]
    recipient = json.loads(written["backup.json"])["recipients"][0]
    assert "is not empty" in site.someone.types("backup", str(folder), "--to", recipient, fails=True)
    elsewhere = str(site.folder / "tuesday")
    assert "Name the recipient with --to" in site.someone.types("backup", elsewhere, fails=True)
    assert "A recipient is `age1`" in site.someone.types("backup", elsewhere, "--to", "age1me", fails=True)

    # What comes after the backup is lost, and its numbers are given again, to other events.
    rename(business, team.division, "Lost Name")
    business.spend(project, 50)
    business.division()
    business.settle()
    assert site.name_in_reporting(team.division) == "Lost Name"
    kept = site.folder / "master-keys-kept-elsewhere"
    key, other = site.folder / "backup-key-kept-elsewhere", site.folder / "another-key"
    restoring = ("restore", str(folder), "--master-keys", str(kept), "--key")
    assert "There is a stack" in site.someone.types(*restoring, str(key), fails=True)
    assert "exists" in site.someone.types("backup-key", str(key), fails=True)
    site.someone.types("backup-key", str(other))
    assert "does not open" in site.someone.types(*restoring, str(other), fails=True)
    assert "holds no key of a backup" in site.someone.types(*restoring, str(kept), fails=True)
    full = "portolan.finance, portolan.people, portolan.people.capacity, portolan.people.keys, portolan.portfolio"
    assert f"people cannot begin again: {full}: not empty" in refused_to_republish(site.local, "people")

    let_go(business)
    site.types(restore)
    assert site.everything() == before
    site.well()

    business = a_business(site.local)
    assert done(business.hr.get(f"/persons/{gone}"))["name"] == "erased"
    for service in ("people", "reporting"):
        with connected(site.local.stack.database(service).url) as connection:
            left = text("SELECT count(*) FROM keys WHERE subject = :id AND wrapped IS NULL AND erased_at IS NOT NULL")
            assert connection.execute(left, {"id": gone}).scalar_one() == 1
    rename(business, team.division, "Kept Name")
    business.spend(project, 70)
    business.funded(business.team())
    business.settle()
    assert site.name_in_reporting(team.division) == "Kept Name"
    statuses = {service: site.local.status(service) or {} for service in SERVICES}
    assert [status["parked"] for status in statuses.values()] == [0, 0, 0, 0]
    for reader in statuses["reporting"]["readers"]:
        if reader["reader"] == "keys":
            assert reader["lag_events"] == 0
        else:
            assert reader["applied"] == statuses[reader["source"]]["published"]

    let_go(business)

    # A backup is whole or refused.
    (folder / "finance.dump.age").write_bytes(written["finance.dump.age"][:-1])
    assert "finance.dump.age is damaged" in site.someone.types(*restoring, str(key), fails=True)
    (folder / "backup.json").unlink()
    assert "not a whole backup" in site.someone.types(*restoring, str(key), fails=True)
