"""A company without people: what people would say of persons and divisions is told by the test."""

from uuid import UUID, uuid4

from contracts import people
from contracts.values import Grade
from tests.business import Business, Post
from tests.harness import Company
from tests.neighbours import Neighbours
from tests.today import TODAY


class WithoutPeople(Business):
    """Acts in the services that there are, and speaks for people."""

    def __init__(self, company: Company) -> None:
        super().__init__(company)
        self.neighbours = Neighbours(company)

    def division(self, parent: str | None = None) -> str:
        id = str(uuid4())
        established = people.DivisionEstablished(
            name="Division", code=None, kind=people.DivisionKind.IT, parent_id=UUID(parent) if parent else None
        )
        self.neighbours.tell("people", f"division-{id}", established)
        return id

    def post(self, division: str, grade: str, below: Post | None = None, *, years: int | None = None) -> Post:
        post = Post(str(uuid4()), str(uuid4()))
        appointed = people.PersonAppointed(
            position_id=UUID(post.position),
            title=grade.title(),
            division_id=UUID(division),
            grade=Grade(grade),
            line_manager_id=UUID(below.person) if below else None,
            transferred=False,
            promoted=False,
            effective_on=TODAY,
        )
        eligible = people.EligibilityChanged(senior_manager=True)
        senior = Grade(grade).rank >= Grade.SENIOR_MANAGER.rank
        self.neighbours.tell("people", f"person-{post.person}", appointed, *([eligible] if senior else []))
        return post

    def head(self, division: str, post: Post) -> None:
        appointed = people.DivisionHeadAppointed(person_id=UUID(post.person))
        self.neighbours.tell("people", f"division-{division}", appointed)

    def stand_in(self, post: Post, by: Post) -> None:
        """Let somebody act in their place today."""
        named = people.StandInNamed(stand_in_id=UUID(by.person), effective_on=TODAY, ends_on=TODAY)
        self.neighbours.tell("people", f"person-{post.person}", named)

    def leave(self, post: Post) -> None:
        left = people.PersonLeft(line_manager_id=None, effective_on=TODAY)
        self.neighbours.tell("people", f"person-{post.person}", left)

    def suspend(self, post: Post) -> None:
        """They do not act until they are reinstated."""
        self.neighbours.tell("people", f"person-{post.person}", people.PersonSuspended(effective_on=TODAY))
