"""A figure opened: all pages of the records it counts, and what they add up to."""

from decimal import Decimal
from typing import Any

import httpx

Json = dict[str, Any]


def whole(who: httpx.Client, path: str, **asked: Any) -> Json:
    """The answer with the records of all its pages, each of two."""
    response = who.get(path, params={**asked, "page_size": 2})
    assert response.status_code == 200, response.text
    first: Json = response.json()
    items, names, token = first["items"], first["names"], first["next_page_token"]
    while token:
        page = who.get(path, params={**asked, "page_size": 2, "page_token": token}).json()
        assert (page["figure"], page["not_shown"]) == (first["figure"], first["not_shown"])
        items, names, token = [*items, *page["items"]], names | page["names"], page["next_page_token"]
    assert len({each["stream"] for each in items}) == len(items)
    return {**first, "items": items, "names": names, "next_page_token": None}


def sums(opened: Json) -> tuple[str, str]:
    """What the records shown add up to, as figures write it."""
    above, below = (sum((Decimal(each[side]) for each in opened["items"]), Decimal(0)) for side in ("above", "below"))
    return f"{above.normalize():f}", f"{below.normalize():f}"
