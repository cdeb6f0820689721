"""A cast for portfolio's authority: a line of persons, those beside it, and those who stand in for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx

from contracts.roles import Role
from tests import authority
from tests.business import Post, Team
from tests.portfolio.alone import PortfolioAlone

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)


@dataclass(frozen=True)
class Cast:
    """``left`` > ``suspended`` > ``above`` > ``line manager`` > ``accountable`` > ``delegate`` > ``report``.

    A record belongs to the accountable one. ``head`` heads the division and ``head above`` the one above it,
    outside the line; ``beside`` reports to the line manager too, and stands in for them, as the accountable one does;
    ``another line`` is of another division and stands in for the accountable one.
    """

    business: PortfolioAlone
    division: str
    posts: Mapping[str, Post]

    @property
    def team(self) -> Team:
        """The part of the cast that a project needs."""
        head, senior, manager, junior, sponsor = (
            self.posts[name] for name in ("head", "accountable", "delegate", "report", "sponsor")
        )
        return Team(self.division, head, senior, manager, junior, sponsor)

    def person(self, name: str) -> str:
        return self.posts[name].person

    def own(self, name: str) -> httpx.Client:
        """A client of somebody by what they are to the records alone."""
        return self.business.as_person("portfolio", self.posts[name])

    def in_every_role(self, subject: str) -> httpx.Client:
        """A client of a person or a system whose token grants all there is."""
        return self.business.system("portfolio", *ROLES, subject=subject)

    def headers(self, subject: str, *roles: Role, instead_of: str | None = None) -> Mapping[str, str]:
        """What a caller sends."""
        replaced = self.person(instead_of) if instead_of else None
        return authority.headers(self.business.company.issuer, subject, *roles, instead_of=replaced)


def cast_of(business: PortfolioAlone) -> Cast:
    """A new cast in divisions of its own."""
    above = business.division()
    division, elsewhere = business.division(above), business.division()
    posts: dict[str, Post] = {}
    below = None
    for name, grade in (
        ("left", "executive"),
        ("suspended", "executive"),
        ("above", "executive"),
        ("line manager", "senior manager"),
        ("accountable", "senior manager"),
        ("delegate", "manager"),
        ("report", "junior manager"),
    ):
        below = posts[name] = business.post(division, grade, below)
    posts["beside"] = business.post(division, "senior manager", posts["line manager"])
    posts["sponsor"] = business.post(division, "staff", posts["above"])
    posts["another line"] = business.post(elsewhere, "senior manager")
    for name, headed in (("head", division), ("head above", above)):
        posts[name] = business.post(division, "executive")
        business.head(headed, posts[name])
    for stand_in in ("beside", "accountable"):
        business.stand_in(posts["line manager"], posts[stand_in])
    business.stand_in(posts["accountable"], posts["another line"])
    business.suspend(posts["suspended"])
    business.leave(posts["left"])
    business.settle()
    return Cast(business, division, posts)


def related(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of each caller by what they are to the records, and by role alone."""
    relations = {
        "themselves": "accountable",
        "delegate": "delegate",
        "line manager": "line manager",
        "above": "above",
        "division head": "head",
        "division head above": "head above",
        "business sponsor": "sponsor",
        "report": "report",
        "beside": "beside",
        "another line": "another line",
        "suspended above": "suspended",
        "left above": "left",
    }
    found = {relation: cast.headers(cast.person(name), Role.STAFF) for relation, name in relations.items()}
    found["themselves in every role"] = cast.headers(cast.person("accountable"), *ROLES)
    for who, stand_in, name in (
        ("manager's stand-in", "beside", "line manager"),
        ("themselves as the manager's stand-in", "accountable", "line manager"),
        ("their own stand-in", "another line", "accountable"),
    ):
        found[who] = cast.headers(cast.person(stand_in), Role.STAFF, instead_of=name)
    found["system"] = cast.headers("system:reader", Role.STAFF)
    return found | {f"role {role}": cast.headers(str(uuid4()), role) for role in ROLES}


def out_of_office(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of those who had an office, once they are suspended in it."""
    names = {"themselves": "accountable", "division head": "head"}
    for name in names.values():
        cast.business.suspend(cast.posts[name])
    cast.business.settle()
    return {f"{who}, suspended": cast.headers(cast.person(name), Role.STAFF) for who, name in names.items()}
