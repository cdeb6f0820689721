"""Names that are the same."""

import pytest

from services.people.hiring.domain.contact import reached_at
from services.people.organisation.domain.identity import identity
from services.people.qualifications.domain.model import same_skill


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Data base", "Data  base"),
        ("Data base", " data\u00a0BASE "),
        ("Kafka", "\uff2b\uff41\uff46\uff4b\uff41"),
        ("Straße", "STRASSE"),
        ("\ufb01nance", "Finance"),
    ],
)
def test_neither_spaces_nor_capitals_nor_full_width_letters_make_another_name(one: str, other: str) -> None:
    assert identity(one) == identity(other)
    assert same_skill(one, other)


def test_other_letters_do() -> None:
    assert identity("Data base") != identity("Database")


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ("Grace@Example.org ", "grace@example.org"),
        ("+47 22 33 44 55", "4722334455"),
        ("4722334455", "4722334455"),
        ("Cobol Street 1", None),
        ("internal", None),
    ],
)
def test_a_person_is_told_by_an_address_or_a_number_and_by_nothing_else(contact: str, found: str | None) -> None:
    assert reached_at(contact) == found
