"""The catalogue of skills, for decisions and for what is read."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from chassis.store.decision_view import View
from chassis.store.fields import Fields
from chassis.store.past_states import States
from services.people.organisation.domain.identity import identity
from services.people.organisation.domain.skill import SKILL, Catalogue, Known

S = Fields(SKILL)
GUARD = "skills"
LIVE = text(
    f"SELECT {S.name} AS name, {S.aliases.json} AS aliases, {S.levels.json} AS levels FROM states"
    f" WHERE {S.of_kind} AND {S.merged_into} IS NULL AND {S.retired.fails} ORDER BY stream"
)


async def catalogue(view: View, names: Iterable[str]) -> Catalogue:
    """The catalogue, where a decision names a skill."""
    return by_name(await view.guarded(GUARD, LIVE, {})) if any(names) else {}


async def known_skills(states: States) -> Catalogue:
    """The catalogue as it is, or was on the day of these states."""
    return by_name(await states.rows(LIVE))


def by_name(rows: Iterable[Any]) -> Catalogue:
    found: dict[str, Known] = {}
    for row in rows:
        known = Known(name=row.name, levels=tuple(row.levels))
        found |= {identity(name): known for name in (row.name, *row.aliases)}
    return found
