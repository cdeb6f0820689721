"""Every kind of public event happens: a module for each subject, in which whatever changes an aggregate is found."""

from tests.business import Business
from tests.contracts.scenes import (
    allocation,
    changes,
    conversations,
    finance,
    governance,
    initiatives,
    issues,
    people,
    planning,
    policies,
    projects,
    requests,
    risks,
    services,
    technology,
)
from tests.contracts.scenes.cast import cast_of

OF_PORTFOLIO = (
    projects,
    initiatives,
    planning,
    requests,
    governance,
    issues,
    risks,
    services,
    changes,
    allocation,
    policies,
    technology,
)


def happen(business: Business) -> None:
    """All scenes, one after the other, until everybody has heard of them."""
    people.happen(business)
    cast = cast_of(business)
    for subject in OF_PORTFOLIO:
        subject.happen(business, cast)
    business.settle()
    for leaver in (cast.team.junior, cast.alone, cast.team.senior):
        business.leave(leaver)
    finance.happen(business)
    conversations.happen(business)
    business.settle()
