"""Pages of lists in the order of sealed text, which is held in memory; the database says who may see what."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from chassis.store.sealed_texts import Order, SealedTexts, id_at

# So many are looked at, asked about and put in order together; of more, a page is made of those that come first.
FEW = 2000

# First so many times as many as a page shows: nearly all may pass, or nobody but some.
SOME = 4

Passing = Callable[[Collection[bytes] | None, int], Awaitable[Sequence[bytes]]]
"""Those of some ids, or of all, which pass what a list asks for; at most so many."""


@dataclass(frozen=True)
class Walk:
    """A way through an order: all texts, or those with a folded ``part``."""

    texts: SealedTexts
    order: Order
    part: str | None
    descending: bool

    def following(self, place: bytes | None, most: int) -> list[bytes]:
        """The next places, at most so many."""
        if self.part is None:
            return self.order.after(place, most, descending=self.descending)
        rare = self.texts.ngrams.having(self.part, FEW)
        if rare is not None:
            return self.sorted(rare, place)[:most]
        return self.order.after(place, most, descending=self.descending, passes=self.has_part)

    def has_part(self, place: bytes) -> bool:
        return self.part is None or self.part in self.texts.ngrams.text(id_at(place))

    def sorted(self, ids: Collection[bytes], place: bytes | None) -> list[bytes]:
        """The places of these ids that have the part and follow a place."""
        known = (self.order.place_of.get(id) for id in ids)
        places = [each for each in known if each is not None and self.has_part(each)]
        places.sort(reverse=self.descending)
        return [each for each in places if place is None or ((each < place) if self.descending else (each > place))]


async def following(walk: Walk, place: bytes | None, most: int, passing: Passing | None) -> list[bytes]:
    """The next places of what passes; ``passing`` is None where everything does.

    It costs what is shown: few that have the part, or few that pass, are asked about at once; of many of both, some of
    the next ones will do.
    """
    if passing is None:
        return walk.following(place, most)
    if walk.part is not None and len(found := walk.following(place, FEW + 1)) <= FEW:
        return (await passed(found, passing))[:most]
    for size in (SOME * most, FEW):
        few = await passing(None, size + 1)
        if len(few) <= size:
            return walk.sorted(few, place)[:most]
        if len(seen := await passed(walk.following(place, size), passing)) >= most:
            return seen[:most]
    seen = []
    while len(seen) < most and (found := walk.following(place, FEW)):
        seen += await passed(found, passing)
        place = found[-1]
    return seen[:most]


async def passed(places: Sequence[bytes], passing: Passing) -> list[bytes]:
    """Those of these places whose texts pass."""
    ids = {*await passing([id_at(each) for each in places], len(places))}
    return [each for each in places if id_at(each) in ids]
