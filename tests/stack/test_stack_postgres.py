"""PostgreSQL in a folder: a real server each time."""

import io
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from pyrage.x25519 import Identity

from portolan.stack.dumps import dump, restore
from portolan.stack.errors import StackProblem
from portolan.stack.ports import LOCALHOST, free_ports
from portolan.stack.postgres import Postgres
from portolan.stack.sealing import seal, unseal
from tests.patience import patient

only_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root meets folders that PostgreSQL's account may not enter"
)


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def pid(postgres: Postgres) -> int | None:
    process = postgres.process()
    return process.pid if process else None


def test_it_is_postgresql_18_with_utf8_and_utc(postgres: Postgres) -> None:
    url = postgres.superuser_url()
    assert str(ask(url, "SHOW server_version")).startswith("18.")
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SHOW max_connections") == "400"


def test_a_second_start_changes_nothing(postgres: Postgres) -> None:
    before = pid(postgres)
    assert before is not None
    assert postgres.start() is False
    assert pid(postgres) == before


def test_what_a_services_role_made_for_itself_keeps_no_backup_from_the_owner(postgres: Postgres, folder: Path) -> None:
    service = postgres.create_service_database("careless")
    assert ask(service.url, "SELECT lo_create(0)")
    key = Identity.generate()
    dump(postgres, "careless", folder / "careless.dump.age", [key.to_public()])
    opened = io.BytesIO()
    unseal(folder / "careless.dump.age", opened, key)
    assert opened.getvalue().startswith(b"PGDMP")
    restore(postgres, "careless", folder / "careless.dump.age", key)


def test_a_backup_that_cannot_be_restored_says_why_and_changes_nothing(postgres: Postgres, folder: Path) -> None:
    service = postgres.create_service_database("careful")
    key = Identity.generate()
    seal(io.BytesIO(b"no dump" * 1_000_000), folder / "junk.age", [key.to_public()])
    with pytest.raises(StackProblem, match=r"pg_restore failed for careful: .*not appear to be a valid"):
        restore(postgres, "careful", folder / "junk.age", key)
    with pytest.raises(StackProblem, match="does not open"):
        restore(postgres, "careful", folder / "junk.age", Identity.generate())
    assert ask(service.url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


def test_it_listens_on_this_machine_only(
    postgres: Postgres, listening_addresses: Callable[[psutil.Process], set[str]]
) -> None:
    process = postgres.process()
    assert process is not None
    assert listening_addresses(process) == {LOCALHOST}
    assert ask(postgres.superuser_url(), "SHOW unix_socket_directories") == ""


def test_it_is_durable_unless_a_test_says_otherwise(folder: Path) -> None:
    postgres = Postgres(folder / "postgres", free_ports(1)[0])
    try:
        postgres.start()
        settings = ("fsync", "synchronous_commit", "full_page_writes")
        assert [ask(postgres.superuser_url(), f"SHOW {setting}") for setting in settings] == ["on", "on", "on"]
    finally:
        postgres.remove()


def test_a_service_uses_its_database_but_creates_nothing_in_it(postgres: Postgres) -> None:
    database = postgres.create_service_database("creating")
    ask(database.owner_url, "CREATE TABLE things (name text)")
    ask(database.owner_url, f"GRANT SELECT ON things TO {database.role}")
    assert ask(database.url, "SELECT count(*) FROM things") == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(database.url, "INSERT INTO things VALUES ('mine')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(database.url, "CREATE TABLE more (name text)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(database.url, "CREATE TEMPORARY TABLE more (name text)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(database.url, "CREATE SCHEMA more")


@pytest.mark.parametrize("database", ["portolan_hosts", "postgres", "template1"])
@pytest.mark.parametrize("whose", ["url", "owner_url"])
def test_nobody_connects_to_a_database_not_theirs(postgres: Postgres, database: str, whose: str) -> None:
    postgres.create_service_database("hosts")
    guest: str = getattr(postgres.create_service_database("guests"), whose)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        ask(guest.replace("portolan_guests", database), "SELECT 1")


def test_a_wrong_password_is_refused(postgres: Postgres) -> None:
    database = postgres.create_service_database("locked")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        ask(postgres.url(database.role, "guessed", database.database), "SELECT 1")


def test_creating_a_database_again_keeps_its_data_and_passwords(postgres: Postgres) -> None:
    first = postgres.create_service_database("twice")
    ask(first.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    second = postgres.create_service_database("twice")
    assert second == first
    assert ask(second.owner_url, "SELECT answer FROM kept") == 42


def test_a_lost_password_file_is_replaced(postgres: Postgres) -> None:
    first = postgres.create_service_database("forgetful")
    (postgres.folder / "credentials" / "forgetful.json").unlink()
    second = postgres.create_service_database("forgetful")
    assert second.url != first.url
    assert ask(second.url, "SELECT 1") == 1


def test_a_dropped_database_is_gone_with_its_roles(postgres: Postgres) -> None:
    postgres.create_service_database("passing")
    postgres.drop_service_database("passing")
    postgres.drop_service_database("passing")
    assert ask(postgres.superuser_url(), "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'passing%'") == 0
    assert ask(postgres.superuser_url(), "SELECT count(*) FROM pg_database WHERE datname LIKE '%passing'") == 0


def test_passwords_are_readable_by_their_owner_only(postgres: Postgres) -> None:
    postgres.create_service_database("secretive")
    for file in (postgres.folder / "superuser.password", postgres.folder / "credentials" / "secretive.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_kill_9_it_starts_again_with_its_data(new_postgres: Postgres) -> None:
    new_postgres.start()
    database = new_postgres.create_service_database("survivor")
    ask(database.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    process = new_postgres.process()
    assert process is not None
    process.kill()
    process.wait(patient(10))
    assert not new_postgres.is_running()
    assert new_postgres.start() is True
    assert ask(database.owner_url, "SELECT answer FROM kept") == 42


def test_a_recycled_pid_in_its_lock_file_is_no_obstacle(new_postgres: Postgres) -> None:
    new_postgres.start()
    process = new_postgres.process()
    assert process is not None
    process.kill()
    process.wait(patient(10))
    lock_file = new_postgres.data / "postmaster.pid"
    lines = lock_file.read_text().splitlines()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not new_postgres.is_running()
    assert new_postgres.start() is True


def test_stop_leaves_no_process_and_may_be_repeated(new_postgres: Postgres) -> None:
    new_postgres.start()
    process = new_postgres.process()
    assert process is not None
    family = [process, *process.children(recursive=True)]
    new_postgres.stop()
    new_postgres.stop()
    _, alive = psutil.wait_procs(family, timeout=patient(10))
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    assert not new_postgres.is_running()


def test_a_taken_port_is_reported_by_who_has_it(new_postgres: Postgres) -> None:
    with socket.create_server((LOCALHOST, new_postgres.port)), pytest.raises(StackProblem) as problem:
        new_postgres.start()
    assert f"Port {new_postgres.port} for PostgreSQL is taken by " in problem.value.what
    assert f"(pid {os.getpid()})" in problem.value.what
    assert "PORTOLAN_POSTGRES_PORT" in problem.value.what_to_do


def test_another_port_is_refused_while_it_runs(postgres: Postgres) -> None:
    moved = Postgres(postgres.folder, free_ports(1)[0], durable=False)
    with pytest.raises(StackProblem, match=f"running already, on port {postgres.port}"):
        moved.start()


def test_a_server_that_cannot_start_is_quoted(new_postgres: Postgres) -> None:
    new_postgres.prepare()
    with (new_postgres.data / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = 'plenty'\n")
    with pytest.raises(StackProblem, match='invalid value for parameter "shared_buffers": "plenty"'):
        new_postgres.start()


def test_a_server_that_does_not_run_is_a_problem_not_a_traceback(new_postgres: Postgres) -> None:
    with pytest.raises(StackProblem, match=f"PostgreSQL on port {new_postgres.port}"):
        new_postgres.create_service_database("early")


@only_root
def test_below_a_closed_folder_root_keeps_the_data_elsewhere_and_cleans_there(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    postgres = Postgres(closed / "postgres", free_ports(1)[0], durable=False)
    home = postgres.home
    try:
        assert home != postgres.folder
        postgres.start()
        assert ask(postgres.superuser_url(), "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        postgres.remove()
    assert not home.exists()
    assert not postgres.folder.exists()


@only_root
def test_programs_that_its_account_cannot_reach_are_copied(
    new_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portolan.stack.postgres_binaries.Binaries._may_run", lambda _self, _original: False)
    new_postgres.start()
    process = new_postgres.process()
    assert process is not None
    assert Path(process.exe()).is_relative_to(new_postgres.home)
    assert process.uids().real != 0
