"""Who acts in the scenes of portfolio."""

from dataclasses import dataclass

from tests.business import Business, Post, Team


@dataclass(frozen=True)
class Cast:
    """A team, and somebody of its division with nobody above.

    When all scenes are over, the team's junior and senior manager leave, and so does who has nobody above.
    """

    team: Team
    alone: Post


def cast_of(business: Business) -> Cast:
    """People of whom portfolio has heard."""
    team = business.team()
    alone = business.post(team.division, "staff")
    business.settle()
    return Cast(team, alone)
