"""Persons are found by a part of their name, in the order of the reader's language; who was erased is not."""

from typing import Any

import httpx
import pytest

from tests.people.cast import Cast, wanted_tool
from tests.today import TODAY

NAMES = ("Søren Vestergård", "Åse Vestergård", "Zoë Vestergard", "VESTERGÅRD, Ada", "Østen Vestergaard")


@pytest.fixture(scope="module")
def persons(cast: Cast) -> dict[str, str]:
    """The ids of persons with these names, hired in this order."""
    return {name: hired(cast, name) for name in NAMES}


def hired(cast: Cast, name: str) -> str:
    return str(cast.post(cast.hr, "/persons", name=name, effective_on=str(TODAY))["id"])


def page(client: httpx.Client, language: str = "", **asked: Any) -> dict[str, Any]:
    response = client.get("/persons", params=asked, headers={"accept-language": language})
    assert response.status_code == 200, response.text
    return dict(response.json())


def names(client: httpx.Client, language: str = "", **asked: Any) -> list[str]:
    return [person["name"] for person in page(client, language, **asked)["items"]]


def test_a_person_is_found_by_a_part_of_the_name_whatever_accents_and_capitals(
    cast: Cast, persons: dict[str, str]
) -> None:
    found = ["Åse Vestergård", "Søren Vestergård", "VESTERGÅRD, Ada", "Zoë Vestergard"]
    for part in ("vestergard", "VESTERGÅRD", "estergår"):
        assert names(cast.hr, q=part) == found
    assert names(cast.as_person("stranger"), q="zoe vest") == ["Zoë Vestergard"]
    assert names(cast.hr, q="gaard") == ["Østen Vestergaard"]
    assert page(cast.hr, q="vester", count=True, page_size=2)["count"] == 5


def test_persons_are_sorted_as_the_readers_language_does(cast: Cast, persons: dict[str, str]) -> None:
    asked: dict[str, Any] = {"id": [*persons.values()]}
    plain = ["Åse Vestergård", "Østen Vestergaard", "Søren Vestergård", "VESTERGÅRD, Ada", "Zoë Vestergard"]
    assert names(cast.hr, **asked) == names(cast.hr, "de-CH, en;q=0.8", **asked) == plain
    norwegian = ["Søren Vestergård", "VESTERGÅRD, Ada", "Zoë Vestergard", "Østen Vestergaard", "Åse Vestergård"]
    assert names(cast.hr, "nb", **asked) == norwegian
    assert names(cast.hr, "nb", sort="-name", **asked) == norwegian[::-1]


def test_the_pages_of_a_search_follow_each_other_in_one_language(cast: Cast, persons: dict[str, str]) -> None:
    asked: dict[str, Any] = {"q": "vester", "employment": "active", "page_size": 2}
    first = cast.hr.get("/persons", params=asked, headers={"accept-language": "nb"})
    then = cast.hr.get(first.links["next"]["url"], headers={"accept-language": "nb"})
    assert [each["name"] for answer in (first, then) for each in answer.json()["items"]] == [
        "Søren Vestergård",
        "VESTERGÅRD, Ada",
        "Zoë Vestergard",
        "Østen Vestergaard",
    ]
    assert "vester" not in first.json()["next_page_token"].lower()
    other = cast.hr.get(first.links["next"]["url"], headers={"accept-language": "de"})
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "bad-page-token")


def test_a_renamed_person_is_found_by_the_new_name_alone_and_an_erased_one_by_none(cast: Cast) -> None:
    id = hired(cast, "Quillon Fairweather")
    assert names(cast.hr, q="FAIRWEATHER") == ["Quillon Fairweather"]
    cast.post(cast.hr, f"/persons/{id}/rename", name="Quillon Stormcrow")
    assert names(cast.hr, q="fairweather") == []
    assert names(cast.hr, q="stormcrow", sort="hired_on") == ["Quillon Stormcrow"]
    cast.post(cast.hr, f"/persons/{id}/record-leaving", effective_on=str(TODAY))
    cast.post(cast.hr, f"/persons/{id}/erase", reason="Asked for in writing.")
    for asked in (
        {"q": "stormcrow"},
        {"q": "stormcrow", "employment": "left"},
        {"q": "stormcrow", "id": id},
        {"q": "erased"},
    ):
        empty = page(cast.hr, count=True, **asked)
        assert (empty["items"], empty["count"], empty["next_page_token"]) == ([], 0, None)
    last = page(cast.hr, page_size=500)["items"][-1]
    assert (last["id"], last["name"]) == (id, "erased")


def test_records_name_the_persons_they_are_about(cast: Cast) -> None:
    tool = cast.post(cast.as_person("member"), "/tools", **wanted_tool(cast))
    shown = cast.as_person("member").get(f"/tools/{tool['id']}").json()
    assert shown["names"][cast.persons["member"]] == "Member"
