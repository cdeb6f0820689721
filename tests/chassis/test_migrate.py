"""Migrating again creates the SQL functions again, from their files, for the service to call."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis.postgres.migrate import FUNCTIONS, migrate
from portolan.stack.postgres import ServiceDatabase
from tests.chassis.support import as_owner, as_service

CHASSIS_TESTS = Path(__file__).parent


@pytest.mark.parametrize("file", sorted(FUNCTIONS.glob("*.sql")), ids=lambda file: file.stem)
def test_a_file_holds_the_function_it_is_named_after(file: Path) -> None:
    assert file.read_text().startswith(f"CREATE OR REPLACE FUNCTION {file.stem}(")


def test_the_newest_version_of_a_function_replaces_the_one_before(
    migrated: Callable[[], ServiceDatabase], tmp_path: Path
) -> None:
    database = migrated()
    (tmp_path / "migrations").symlink_to(CHASSIS_TESTS / "migrations")
    (tmp_path / "sql").mkdir()
    for answer in (1, 2):
        # A function may call one that is created after it.
        (tmp_path / "sql" / "answer.sql").write_text(
            "CREATE OR REPLACE FUNCTION answer() RETURNS integer LANGUAGE sql STABLE AS 'SELECT later()';"
        )
        (tmp_path / "sql" / "later.sql").write_text(
            f"CREATE OR REPLACE FUNCTION later() RETURNS integer LANGUAGE sql STABLE AS 'SELECT {answer}';"
        )
        migrate(database.owner_url, database.url, tmp_path)
        with as_service(database) as service:
            assert service.execute(text("SELECT answer()")).scalar_one() == answer


def test_a_function_that_was_altered_by_hand_is_as_in_its_file_again(migrated: Callable[[], ServiceDatabase]) -> None:
    database = migrated()
    with as_owner(database) as owner:
        owner.execute(
            text("CREATE OR REPLACE FUNCTION restate(batch jsonb) RETURNS integer LANGUAGE sql AS 'SELECT 9'")
        )
        owner.execute(text("GRANT EXECUTE ON FUNCTION erased TO PUBLIC"))
    migrate(database.owner_url, database.url, CHASSIS_TESTS)
    with as_service(database) as service:
        assert service.execute(text("SELECT restate('[]')")).scalar_one() == 0
        with pytest.raises(ProgrammingError, match="permission denied for function erased"):
            service.execute(text("SELECT erased(gen_random_uuid())"))
