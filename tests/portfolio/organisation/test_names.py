"""Portfolio names the persons of a project beside their ids, as soon as it knows them and until they are erased."""

from uuid import UUID, uuid4

from contracts import people
from contracts.roles import Role
from tests.business import done
from tests.harness import wait_until
from tests.portfolio.alone import PortfolioAlone
from tests.today import TODAY


def names(business: PortfolioAlone, project: str) -> dict[str, str]:
    """What somebody who has no part in the project is told beside it."""
    reader = business.system("portfolio", Role.STAFF, subject=str(uuid4()))
    return {str(id): str(name) for id, name in done(reader.get(f"/projects/{project}"))["names"].items()}


def test_persons_are_named_beside_their_ids_once_they_are_known_and_until_they_are_erased(
    business: PortfolioAlone,
) -> None:
    team = business.team()
    project = business.propose(team)
    business.settle()
    senior, sponsor = team.senior.person, team.sponsor.person
    assert names(business, project) == {}, "nobody has been heard of by name"
    for person, name in ((senior, "Ada Lovelace"), (sponsor, "Grace Hopper")):
        business.neighbours.tell("people", f"person-{person}", people.PersonHired(name=name, effective_on=TODAY))
    business.settle()
    known = {senior: "Ada Lovelace", sponsor: "Grace Hopper"}
    assert names(business, project) == known
    assert done(business.office.get("/projects", params={"id": project}))["names"] == known
    business.neighbours.tell("people", f"person-{senior}", people.PersonRenamed(name="Ada King"))
    business.settle()
    assert names(business, project)[senior] == "Ada King"
    business.neighbours.erase(UUID(senior))
    wait_until(lambda: names(business, project) == {sponsor: "Grace Hopper"}, "whose key was erased is not named")
    business.neighbours.tell("people", f"person-{sponsor}", people.PersonErased(reason="Asked for in writing."))
    business.settle()
    assert names(business, project) == {}
